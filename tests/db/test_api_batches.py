"""Batches through the API: done once, answered one by one, undone."""

from uuid import uuid4

import pytest
from tests.cast import AT, World
from tests.db.api_door import door_of

from entrepot.core.permissions import Permission
from entrepot.core.submit import _run_chunk, run_queued


def test_five_hundred_parcels_ship_in_one_request(alice: World) -> None:
    """T-11: the batch path of the screens, for ERPs."""
    parcels = alice.allocated(500)

    status, batch = door_of(alice).batch("ship_parcels", parcels)

    assert (status, batch["status"]) == (200, "done")
    assert (batch["asked_count"], batch["done_count"], batch["refused_count"]) == (500, 500, 0)
    assert [int(outcome["id"]) for outcome in batch["outcomes"]] == parcels
    assert set(alice.parcel_stages(parcels)) == {"shipped"}


def test_every_asked_id_is_answered_in_the_asked_order(alice: World) -> None:
    orders = alice.orders(2)
    reviewed = alice.reviewed(1, prefix="R")

    status, batch = door_of(alice).batch("review_orders", [orders[1], 999_999_999, *reviewed, orders[0]])

    assert status == 200
    assert [(o["id"], o["name"], o["refusal"]) for o in batch["outcomes"]] == [
        (str(orders[1]), "O-0001", None),
        ("999999999", "999999999", "not_found"),
        (str(reviewed[0]), "R-0000", "wrong_stage"),
        (str(orders[0]), "O-0000", None),
    ]
    assert batch["outcomes"][1]["message"] == "There is no such item in your organization."
    assert batch["outcomes"][2]["facts"] == {"stage": "to_pack", "expected": "to_review"}
    assert alice.order_stages([*orders, *reviewed]) == ["to_pack"] * 3


def test_the_same_uuid_and_body_has_the_same_answer_and_does_nothing_twice(alice: World) -> None:
    orders, uuid, door = alice.orders(2), uuid4(), door_of(alice)

    first = door.batch("review_orders", orders, uuid=uuid)
    again = door.batch("review_orders", orders, uuid=uuid)

    assert first == again
    assert first[1]["uuid"] == str(uuid)
    assert first == (200, door.get(f"/batches/{uuid}")[1])
    assert alice.events("order", orders[0]).count("review") == 1


@pytest.mark.parametrize("other", ["verb", "ids", "options"])
def test_the_same_uuid_with_another_body_is_refused(alice: World, other: str) -> None:
    orders, uuid, door = alice.orders(2), uuid4(), door_of(alice)
    assert door.batch("hold_orders", orders[:1], uuid=uuid, reason="waiting")[0] == 200

    verb = "cancel_orders" if other == "verb" else "hold_orders"
    ids = orders if other == "ids" else orders[:1]
    status, body = door.batch(verb, ids, uuid=uuid, reason="other" if other == "options" else "waiting")

    assert (status, body["code"], body["field"]) == (409, "uuid_taken", "uuid")
    assert alice.order_stages(orders) == ["on_hold", "to_review"]


def test_options_left_out_are_the_same_request_as_their_defaults(alice: World) -> None:
    orders, uuid, door = alice.reviewed(1), uuid4(), door_of(alice)
    first = door.put(f"/batches/{uuid}", {"verb": "pack_orders", "ids": [str(orders[0])]})
    assert first[0] == 200
    assert door.batch("pack_orders", orders, uuid=uuid, merge=True) == first


def test_more_than_five_hundred_are_queued_and_asked_for_later(alice: World) -> None:
    orders, uuid, door = alice.orders(501), uuid4(), door_of(alice)

    status, batch = door.batch("review_orders", orders, uuid=uuid)
    assert (status, batch["status"], batch["progress"], batch["outcomes"]) == (202, "queued", 0, [])
    run_queued(organization_id=alice.organization_id, batch_id=alice.batch(uuid)["id"], at=AT)

    status, batch = door.get(f"/batches/{uuid}")
    assert (status, batch["status"], batch["progress"], batch["done_count"]) == (200, "done", 501, 501)
    assert [int(outcome["id"]) for outcome in batch["outcomes"]] == orders
    assert door.batch("review_orders", orders, uuid=uuid) == (200, batch)


def test_a_running_batch_says_how_many_and_leaves_its_outcomes_for_the_end(alice: World) -> None:
    orders, uuid, door = alice.orders(501), uuid4(), door_of(alice)
    door.batch("review_orders", orders, uuid=uuid)
    with alice.scope():
        assert _run_chunk(alice.organization_id, alice.batch(uuid)["id"], AT) is True

    running = door.get(f"/batches/{uuid}")[1]

    assert (running["status"], running["progress"], running["done_count"]) == ("running", 500, 500)
    assert running["outcomes"] == []
    assert len(alice.batch(uuid)["outcomes"]) > 0


class TestAllOfAFilter:
    def body(self, expected: int, **chosen: object) -> dict[str, object]:
        return {"verb": "review_orders", "all_of": {"filter": chosen, "expected": expected}}

    def test_it_is_found_again_on_the_server(self, alice: World) -> None:
        orders = alice.orders(3)
        alice.reviewed(1, prefix="R")
        status, batch = door_of(alice).put(f"/batches/{uuid4()}", self.body(3, stage="to_review"))
        assert (status, [int(o["id"]) for o in batch["outcomes"]]) == (200, orders)

    def test_a_moved_count_is_refused_and_nothing_is_done(self, alice: World) -> None:
        orders, uuid, door = alice.orders(3), uuid4(), door_of(alice)
        status, body = door.put(f"/batches/{uuid}", self.body(2, stage="to_review"))
        assert (status, body["code"], body["field"]) == (409, "count_moved", "all_of.expected")
        assert body["message"].startswith("You confirmed 2 items, the filter now holds 3.")
        assert alice.order_stages(orders) == ["to_review"] * 3
        assert door.get(f"/batches/{uuid}")[0] == 404

    def test_sent_again_it_has_the_same_answer_though_the_filter_is_empty_now(self, alice: World) -> None:
        alice.orders(3)
        uuid, door = uuid4(), door_of(alice)
        first = door.put(f"/batches/{uuid}", self.body(3, stage="to_review"))
        assert first[0] == 200
        assert door.put(f"/batches/{uuid}", self.body(3, stage="to_review")) == first
        assert door.put(f"/batches/{uuid}", self.body(4, stage="to_review"))[0] == 409

    def test_another_filter_of_the_same_count_is_another_request(self, alice: World) -> None:
        alice.orders(3)
        uuid, door = uuid4(), door_of(alice)
        assert door.put(f"/batches/{uuid}", self.body(3, stage="to_review"))[0] == 200
        status, body = door.put(f"/batches/{uuid}", self.body(3, stage="to_review", country="DE"))
        assert (status, body["code"]) == (409, "uuid_taken")
        named = {"verb": "review_orders", "ids": [str(i) for i in alice.batch(uuid)["asked"]]}
        assert door.put(f"/batches/{uuid}", named)[0] == 409

    def test_a_filter_never_reaches_another_organization(self, alice: World, charlie: World) -> None:
        orders = alice.orders(3)
        status, batch = door_of(charlie).put(f"/batches/{uuid4()}", self.body(2, stage="to_review"))
        assert (status, batch["done_count"]) == (200, 2)
        assert alice.order_stages(orders) == ["to_review"] * 3

    def test_parcels_have_a_filter_of_their_own(self, alice: World) -> None:
        alice.packed(1, prefix="P")
        ready = alice.allocated(2, prefix="A")
        body = {
            "verb": "ship_parcels",
            "all_of": {"filter": {"stage": "to_print", "supply": "in_stock"}, "expected": 2},
        }
        status, batch = door_of(alice).put(f"/batches/{uuid4()}", body)
        assert (status, sorted(int(o["id"]) for o in batch["outcomes"])) == (200, ready)


class TestUndo:
    def test_it_puts_back_and_answers_as_a_batch_of_its_own(self, alice: World) -> None:
        orders, uuid, undo, door = alice.orders(2), uuid4(), uuid4(), door_of(alice)
        _, batch = door.batch("review_orders", orders, uuid=uuid)
        assert batch["can_undo"] is True

        status, undone = door.post(f"/batches/{uuid}/undo", {"uuid": str(undo)})

        assert (status, undone["uuid"], undone["verb"], undone["done_count"]) == (
            200,
            str(undo),
            "undo_review_orders",
            2,
        )
        assert alice.order_stages(orders) == ["to_review"] * 2
        assert door.get(f"/batches/{uuid}")[1]["status"] == "undone"
        assert door.post(f"/batches/{uuid}/undo", {"uuid": str(undo)}) == (status, undone)

    def test_above_five_hundred_items_it_is_queued_and_counts_until_it_is_done(self, alice: World) -> None:
        orders, uuid, undo, door = alice.orders(501), uuid4(), uuid4(), door_of(alice)
        door.batch("review_orders", orders, uuid=uuid)
        run_queued(organization_id=alice.organization_id, batch_id=alice.batch(uuid)["id"], at=AT)

        status, waiting = door.post(f"/batches/{uuid}/undo", {"uuid": str(undo)})

        assert (status, waiting["status"], waiting["asked_count"]) == (202, "queued", 501)
        assert door.post(f"/batches/{uuid}/undo", {"uuid": str(undo)}) == (202, waiting)
        run_queued(organization_id=alice.organization_id, batch_id=alice.batch(undo)["id"], at=AT)
        status, undone = door.get(f"/batches/{undo}")
        assert (status, undone["status"], undone["done_count"], len(undone["outcomes"])) == (200, "done", 501, 501)
        assert set(alice.order_stages(orders)) == {"to_review"}

    def test_what_cannot_be_undone_says_so(self, alice: World) -> None:
        orders, uuid, door = alice.orders(1), uuid4(), door_of(alice)
        door.batch("review_orders", orders, uuid=uuid)
        door.post(f"/batches/{uuid}/undo", {"uuid": str(uuid4())})
        status, body = door.post(f"/batches/{uuid}/undo", {"uuid": str(uuid4())})
        assert (status, body) == (409, {"code": "cannot_undo", "message": "This batch was undone already."})
        assert door.post(f"/batches/{uuid4()}/undo", {"uuid": str(uuid4())})[0] == 404

    def test_the_uuid_of_an_undo_must_be_new(self, alice: World) -> None:
        orders, uuid, door = alice.orders(1), uuid4(), door_of(alice)
        door.batch("review_orders", orders, uuid=uuid)
        status, body = door.post(f"/batches/{uuid}/undo", {"uuid": str(uuid)})
        assert (status, body["code"]) == (409, "uuid_taken")
        assert alice.order_stages(orders) == ["to_pack"]


class TestWalls:
    def test_charlie_can_neither_see_nor_move_nor_undo_what_is_alices(self, alice: World, charlie: World) -> None:
        orders, uuid, his = alice.orders(1), uuid4(), door_of(charlie)
        assert door_of(alice).batch("review_orders", orders, uuid=uuid)[0] == 200

        assert his.get(f"/batches/{uuid}")[0] == 404
        assert his.post(f"/batches/{uuid}/undo", {"uuid": str(uuid4())})[0] == 404
        status, batch = his.batch("hold_orders", orders)
        assert (status, [o["refusal"] for o in batch["outcomes"]]) == (200, ["not_found"])
        assert alice.order_stages(orders) == ["to_pack"]
        assert his.batch("review_orders", charlie.orders(1, prefix="own"), uuid=uuid)[0] == 200  # a UUID is one's own

    def test_a_packer_ships_but_does_not_review(self, alice: World, bob: World) -> None:
        orders, parcels, door = alice.orders(1), alice.allocated(1, prefix="A"), door_of(bob)
        status, body = door.batch("review_orders", orders)
        assert (status, body["code"]) == (403, "not_allowed")
        assert door.batch("ship_parcels", parcels)[1]["done_count"] == 1
        assert alice.order_stages(orders) == ["to_review"]

    def test_a_packer_does_not_undo_a_review(self, alice: World, bob: World) -> None:
        orders, uuid = alice.orders(1), uuid4()
        door_of(alice).batch("review_orders", orders, uuid=uuid)
        assert door_of(bob).post(f"/batches/{uuid}/undo", {"uuid": str(uuid4())})[0] == 403
        assert alice.order_stages(orders) == ["to_pack"]

    def test_an_owner_with_a_token_of_few_scopes_has_few_powers(self, alice: World) -> None:
        orders = alice.orders(1)
        door = door_of(alice, Permission.VIEW, Permission.SHIP)
        assert door.batch("review_orders", orders)[0] == 403
        assert alice.order_stages(orders) == ["to_review"]


def test_hold_takes_a_reason_and_an_instant(alice: World) -> None:
    orders = alice.orders(1)
    status, _ = door_of(alice).batch("hold_orders", orders, reason="address", until="2026-12-01T08:00:00+08:00")
    _, order = door_of(alice).get(f"/orders/{orders[0]}")
    assert (status, order["hold_reason"], order["held_until"]) == (200, "address", "2026-12-01T00:00:00Z")


def test_typed_numbers_reach_their_parcels(alice: World) -> None:
    parcels = alice.packed(2)
    numbers = {str(parcels[0]): "rb 47312482 9 cn", str(parcels[1]): "RB473124820CN"}
    status, batch = door_of(alice).batch(
        "get_waybills", parcels, service_id=str(alice.service("typed")), numbers=numbers
    )
    assert (status, [o["refusal"] for o in batch["outcomes"]]) == (200, [None, "bad_number"])
    assert door_of(alice).get(f"/parcels/{parcels[0]}")[1]["waybill_number"] == "RB473124829CN"


VALID = {"verb": "review_orders", "ids": ["1"]}


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"", 422, "invalid", "body"),
        (b"{", 400, "bad_request", None),
        (b"\xff", 400, "bad_request", None),
        (b'{"verb":"\\ud800","ids":["1"]}', 400, "bad_request", None),
        (b"[" * 10_000, 400, "bad_request", None),
        ([], 422, "invalid", "body"),
        ({}, 422, "unknown_verb", "verb"),
        ({"verb": "explode", "ids": ["1"]}, 422, "unknown_verb", "verb"),
        ({"verb": "review_orders"}, 422, "invalid", "body"),
        ({**VALID, "all_of": {"filter": {}, "expected": 1}}, 422, "invalid", "body"),
        ({**VALID, "ids": []}, 422, "invalid", "ids"),
        ({**VALID, "ids": [1]}, 422, "invalid", "ids.0"),
        ({**VALID, "ids": ["1", "0"]}, 422, "invalid", "ids.1"),
        ({**VALID, "ids": ["9223372036854775808"]}, 422, "invalid", "ids.0"),
        ({**VALID, "ids": [str(n) for n in range(1, 15_002)]}, 422, "invalid", "ids"),
        ({**VALID, "options": {"reason": "x"}}, 422, "invalid", "options.reason"),
        ({**VALID, "verb": "hold_orders", "options": {"reason": "a\0"}}, 422, "invalid", "options.reason"),
        ({**VALID, "verb": "hold_orders", "options": {"until": "soon"}}, 422, "invalid", "options.until"),
        ({**VALID, "verb": "print_parcels", "options": {"document": "map"}}, 422, "invalid", "options.document"),
        ({**VALID, "verb": "get_waybills", "options": {"numbers": {"2": "RB1"}}}, 422, "invalid", "body"),
        ({"verb": "ship_parcels", "all_of": {"filter": {"x": 1}, "expected": 1}}, 422, "invalid", "all_of.filter.x"),
    ],
)  # fmt: skip
def test_odd_bodies_are_named_and_refused(
    alice: World, body: object, status: int, code: str, field: str | None
) -> None:
    found, answer = door_of(alice).put(f"/batches/{uuid4()}", body)
    assert (found, answer["code"], answer.get("field")) == (status, code, field)


def test_fifteen_thousand_ids_are_taken(alice: World) -> None:
    alice.orders(1)
    uuid = uuid4()
    status, batch = door_of(alice).batch("review_orders", range(1, 15_001), uuid=uuid)
    assert (status, batch["status"], batch["asked_count"]) == (202, "queued", 15_000)
