"""An address corrected by hand: it stands until the marketplace says another one, and labels made before are stale."""

from dataclasses import asdict, replace
from typing import Any
from uuid import uuid4

import orjson
import pytest
from tests.cast import World, address, answers, broken, draft, fresh_world, line, world_of
from tests.db.api_door import Door, door_of
from tests.db.test_verbs_batches import counted

from entrepot.core.report import Refusal
from entrepot.marketplaces.contract import Address
from entrepot.orders.edit_address import BadAddress, kept_by_hand, problems_of, reasons_with, tidy
from entrepot.orders.recipient import recipient_key

ROW = """
    SELECT recipient::text, recipient_name, country, city, recipient_key, review_reasons, content_hash, stage
    FROM orders_order WHERE organization_id = %s AND id = %s
"""
WORDS = "SELECT words FROM orders_ordersearch WHERE organization_id = %s AND id = %s"
EVENTS = """
    SELECT verb, before::text, after::text, why::text, actor_id FROM core_event
    WHERE organization_id = %s AND subject = 'order' AND subject_id = %s AND verb LIKE '%%address' ORDER BY id
"""


def row(world: World, order: int) -> Any:
    (found,) = world.rows(ROW, order)
    return found


def stored(world: World, order: int) -> Address:
    return Address(**orjson.loads(row(world, order)[0]))


def test_a_correction_changes_the_address_and_everything_that_follows_from_it(alice: World) -> None:
    (order, other) = alice.orders(2)
    before, untouched = row(alice, order), row(alice, other)
    report = alice.do("edit_address", [order], name="Anna Neu", line1=" 77  New Street ", city="Wien", country="at")
    assert answers(report) == [("O-0000", None, {})]
    wanted = address(0, name="Anna Neu", line1="77 New Street", city="Wien", country="AT")
    key = recipient_key(wanted, store_id=alice.store.id, buyer_id="buyer-0")
    recipient, *rest = row(alice, order)
    assert Address(**orjson.loads(recipient)) == wanted
    assert rest == ["Anna Neu", "AT", "Wien", key, [], before[6], "to_review"]
    assert row(alice, other) == untouched
    assert alice.value(WORDS, order) == "O-0000 Buyer 0 Anna Neu buyer-0 SKU-00"
    ((verb, old, new, why, actor),) = alice.rows(EVENTS, order)
    assert (verb, actor) == ("edit_address", alice.actor.member_id)
    assert orjson.loads(old) == {"recipient": asdict(address(0)), "review": []}
    assert orjson.loads(new) == {"recipient": asdict(wanted), "review": []}
    assert orjson.loads(why) == {"marketplace": asdict(address(0))}
    assert alice.counts() == {"order.to_review": 2}


def test_what_is_left_out_stays_and_what_changes_nothing_leaves_no_trace(alice: World) -> None:
    (order,) = alice.orders(1)
    assert alice.do("edit_address", [order], phone="").refused == []
    assert stored(alice, order) == address(0, phone="")
    assert alice.do("edit_address", [order], city="Berlin").refused == []
    assert alice.do("edit_address", [order]).refused == []
    assert len(alice.rows(EVENTS, order)) == 1


def test_a_whole_address_takes_the_reason_to_review_away_and_a_broken_one_brings_it_back(alice: World) -> None:
    alice.take_in(draft("A", line("NEVER-SEEN"), recipient=address(1, line1="", country="")))
    (order,) = alice.order_ids("A")
    assert row(alice, order)[5] == ["no_address", "unknown_sku"]
    alice.do("edit_address", [order], line1="1 Main Street", country="DE")
    assert row(alice, order)[5] == ["unknown_sku"]
    alice.do("edit_address", [order], city="")
    assert row(alice, order)[5] == ["no_address", "unknown_sku"]


def test_reasons_follow_the_address() -> None:
    whole, broken = address(1), address(1, line1="")
    assert reasons_with(["unknown_country", "address_masked", "bad_date"], whole) == ["bad_date"]
    assert reasons_with(["address_masked"], broken) == ["address_masked"]
    assert reasons_with(["unknown_country", "no_address"], address(1, country="")) == ["no_address", "unknown_country"]
    assert reasons_with([], broken) == ["no_address"]


def test_shipped_and_cancelled_orders_are_refused_with_the_reason(alice: World) -> None:
    alice.shipped(1, prefix="GONE")
    (gone,), (dead,), (fine,) = alice.order_ids("GONE-0000"), alice.orders(1, prefix="DEAD"), alice.orders(1)
    alice.do("cancel_orders", [dead], reason="Double order")
    report = alice.do("edit_address", [gone, dead, fine, 999_999], line1="77 New Street")
    assert answers(report) == [
        ("GONE-0000", Refusal.ADDRESS_FINAL, {}),
        ("DEAD-0000", Refusal.CANCELLED, {"order": "DEAD-0000"}),
        ("O-0000", None, {}),
        ("999999", Refusal.NOT_FOUND, {}),
    ]
    assert [one.sentence for one in report.refused][:2] == [
        "Its goods have left: the address cannot be changed any more.",
        "Order DEAD-0000 was cancelled.",
    ]
    assert (stored(alice, gone), stored(alice, dead)) == (address(0), address(0))


@pytest.mark.parametrize("stage", ["unpaid", "to_pack", "on_hold", "packed"])
def test_everywhere_before_shipping_it_may_be_corrected(alice: World, stage: str) -> None:
    from entrepot.marketplaces.contract import PaymentState

    (order,) = alice.orders(1)
    if stage == "unpaid":
        alice.take_in(draft("U", payment=PaymentState.UNPAID))
        (order,) = alice.order_ids("U")
    elif stage == "on_hold":
        alice.do("hold_orders", [order], reason="ask")
    else:
        alice.do("review_orders", [order])
        if stage == "packed":
            alice.do("pack_orders", [order])
    assert alice.do("edit_address", [order], line1="77 New Street").refused == []
    assert (stored(alice, order).line1, alice.order_stages([order])) == ("77 New Street", [stage])


def test_what_no_label_can_hold_is_named_part_by_part(alice: World) -> None:
    (order,) = alice.orders(1)
    with pytest.raises(BadAddress) as bad:
        alice.do("edit_address", [order], country="XX", phone="1" * 41, planet="Mars", city="a\x07b")
    assert bad.value.problems == {
        "country": "This is no country. Write its name or its two-letter code.",
        "phone": "This is too long for a label.",
        "planet": "An address has no such part.",
        "city": "There are signs in it that cannot be printed.",
    }
    assert stored(alice, order) == address(0)
    assert problems_of(tidy({"country": " de ", "line1": "a\u200cb\n c"})) == {}
    assert tidy({"country": " de ", "line1": "a\u200cb\n c"}) == {"country": "DE", "line1": "a\u200cb c"}


def test_the_same_version_again_leaves_the_correction_alone(alice: World) -> None:
    (order,) = alice.orders(1)
    alice.do("edit_address", [order], line1="77 New Street")
    result = alice.take_in(draft("O-0000"))
    assert result["orders"] == {"created": 0, "updated": 0, "unchanged": 1, "cancelled": 0}
    assert stored(alice, order).line1 == "77 New Street"


def test_a_newer_version_with_another_address_overwrites_and_history_shows_it(alice: World) -> None:
    (order,) = alice.orders(1)
    alice.do("edit_address", [order], line1="77 New Street")
    alice.take_in(draft("O-0000", recipient=address(0, line1="9 Their Street")))
    assert stored(alice, order).line1 == "9 Their Street"
    ((old, new),) = alice.rows(
        """
        SELECT before -> 'recipient' ->> 'line1', after -> 'recipient' ->> 'line1' FROM core_event
        WHERE organization_id = %s AND subject_id = %s AND verb = 'update'
        """,
        order,
    )
    assert (old, new) == ("77 New Street", "9 Their Street")


class TestKeptByHand:
    """What update asks for: a newer version that says the address that was corrected keeps the correction."""

    def kept(self, world: World, order: int, **changes: Any) -> Any:
        with world.scope():
            return kept_by_hand(world.organization_id, {order: draft("O-0000", external_status="new", **changes)})[
                order
            ]

    def test_a_version_that_repeats_the_old_address_keeps_the_correction(self, alice: World) -> None:
        (order,) = alice.orders(1)
        assert self.kept(alice, order) == draft("O-0000", external_status="new")
        alice.do("edit_address", [order], line1="77 New Street")
        alice.do("edit_address", [order], phone="+1")
        corrected = address(0, line1="77 New Street", phone="+1")
        assert self.kept(alice, order) == draft("O-0000", external_status="new", recipient=corrected)

    def test_a_version_with_another_address_is_taken_as_it_is(self, alice: World) -> None:
        (order,) = alice.orders(1)
        alice.do("edit_address", [order], line1="77 New Street")
        other = address(0, line1="9 Their Street")
        assert self.kept(alice, order, recipient=other).recipient == other
        alice.take_in(draft("O-0000", recipient=other))
        assert self.kept(alice, order, recipient=other).recipient == other

    def test_a_masked_address_that_was_completed_is_masked_no_more(self, alice: World) -> None:
        masked = address(0, line1="", name="B***")
        alice.take_in(draft("O-0000", recipient=masked, address_masked=True))
        (order,) = alice.order_ids("O-0000")
        alice.do("edit_address", [order], line1="1 Main Street", name="Buyer")
        kept = self.kept(alice, order, recipient=masked, address_masked=True)
        assert (kept.recipient, kept.address_masked) == (replace(masked, line1="1 Main Street", name="Buyer"), False)

    def test_an_undone_correction_is_no_correction(self, alice: World) -> None:
        (order,), batch = alice.orders(1), uuid4()
        alice.do("edit_address", [order], uuid=batch, line1="77 New Street")
        alice.undo(batch)
        assert self.kept(alice, order).recipient == address(0)
        other = uuid4()
        alice.do("edit_address", [order], line1="77 New Street")
        alice.do("edit_address", [order], uuid=other, line1="0 Main Street")
        assert self.kept(alice, order).recipient == address(0)
        alice.undo(other)
        assert self.kept(alice, order).recipient == address(0, line1="77 New Street")


class TestUndo:
    def test_the_former_address_comes_back_with_its_reasons_and_words(self, alice: World) -> None:
        alice.take_in(draft("A", recipient=address(1, line1="", country="")))
        (order,), batch = alice.order_ids("A"), uuid4()
        before, words = row(alice, order), alice.value(WORDS, order)
        alice.do(
            "edit_address", [order], uuid=batch, name="X", line1="1 Main Street", country="DE", email="x@y.example"
        )
        assert alice.value(WORDS, order) == "A Buyer 0 X buyer-0 x@y.example SKU-00"
        assert row(alice, order) != before
        assert answers(alice.undo(batch)) == [("A", None, {})]
        assert (row(alice, order), alice.value(WORDS, order)) == (before, words)
        assert [one[0] for one in alice.rows(EVENTS, order)] == ["edit_address", "undo_edit_address"]

    def test_one_that_was_changed_again_stays_as_it_is(self, alice: World) -> None:
        first, second, third = alice.orders(3)
        batch = uuid4()
        alice.do("edit_address", [first, second, third], uuid=batch, line1="77 New Street")
        alice.do("edit_address", [second], line1="78 New Street")
        alice.do("cancel_orders", [third], reason="x")
        assert answers(alice.undo(batch)) == [
            ("O-0000", None, {}),
            ("O-0001", Refusal.ADDRESS_CHANGED, {}),
            ("O-0002", Refusal.CANCELLED, {"order": "O-0002"}),
        ]
        assert [stored(alice, one).line1 for one in (first, second, third)] == [
            "0 Main Street", "78 New Street", "77 New Street",
        ]  # fmt: skip

    def test_one_that_left_since_keeps_the_address_it_left_with(self, alice: World) -> None:
        (order,), batch = alice.reviewed(1), uuid4()
        alice.do("edit_address", [order], uuid=batch, line1="77 New Street")
        parcels = [int(i) for i in alice.do("pack_orders", [order]).result["parcels"]]
        for verb in ("get_waybills", "allocate_parcels", "ship_parcels"):
            assert alice.do(verb, parcels).refused == []
        assert answers(alice.undo(batch)) == [("O-0000", Refusal.ADDRESS_FINAL, {})]
        assert stored(alice, order).line1 == "77 New Street"


class TestParcels:
    def test_a_label_made_before_is_stale_and_a_new_waybill_takes_the_new_address(self, alice: World) -> None:
        (parcel, fine) = alice.allocated(2)
        (order,) = alice.order_ids("O-0000")
        alice.do("edit_address", [order], line1="77 New Street")
        stale = [(f"P-{parcel}", Refusal.STALE_LABEL, {"order": "O-0000"}), (f"P-{fine}", None, {})]
        assert answers(alice.do("print_parcels", [parcel, fine])) == stale
        assert answers(alice.do("ship_parcels", [parcel, fine])) == stale
        alice.do("void_waybills", [parcel])
        for verb in ("get_waybills", "allocate_parcels", "print_parcels", "ship_parcels"):
            assert answers(alice.do(verb, [parcel])) == [(f"P-{parcel}", None, {})], verb
        assert self.line1(alice, parcel) == "77 New Street"

    def test_a_new_waybill_by_one_press_takes_the_new_address_where_the_parcel_stands_with_its_stock(
        self, alice: World
    ) -> None:
        parcel, fine = alice.allocated(2)
        (order,) = alice.order_ids("O-0000")
        alice.do("print_parcels", [parcel, fine])
        numbers = self.numbers(alice)
        shelf = alice.shelf("SKU-00")
        alice.do("edit_address", [order], line1="77 New Street")
        assert answers(alice.do("renew_waybills", [parcel])) == [(f"P-{parcel}", None, {})]
        assert self.line1(alice, parcel) == "77 New Street"
        now = self.numbers(alice)
        assert now[parcel] not in numbers.values()
        assert now[fine] == numbers[fine]
        assert alice.parcel_stages([parcel, fine]) == ["to_print", "to_print"]
        assert alice.shelf("SKU-00") == shelf == (10_000, 1)
        assert alice.counts() == {"order.packed": 2, "parcel.to_print.in_stock": 2}
        waybills = alice.rows(
            "SELECT number, status, is_current FROM parcels_waybill WHERE organization_id = %s AND parcel_id = %s "
            "ORDER BY attempt", parcel,
        )  # fmt: skip
        assert waybills == [(numbers[parcel], "voided", False), (now[parcel], "obtained", True)]
        # the label of the former number is waste paper; the other parcel's is not
        marks = "SELECT id FROM parcels_printmark WHERE organization_id = %s AND document = 'label'"
        assert alice.column(marks) == [fine]
        for verb in ("print_parcels", "ship_parcels"):
            assert answers(alice.do(verb, [parcel])) == [(f"P-{parcel}", None, {})], verb
        assert broken() == []

    def test_one_that_gets_no_other_number_keeps_its_own_and_is_stale_still(self, alice: World) -> None:
        (parcel,), typed = alice.packed(1), alice.service("typed")
        other, _third = alice.packed(2, prefix="X")
        for one, number in ((parcel, "RX123456785DE"), (other, "RX473124829DE")):
            report = alice.do("get_waybills", [one], service_id=typed, numbers={str(one): number})
            assert report.refused == [], report.refused
        alice.do("edit_address", alice.order_ids("O-0000"), line1="77 New Street")
        for options, refusal, facts in (
            ({}, Refusal.NO_NUMBER, {}),
            ({"numbers": {str(parcel): "RX473124829DE"}}, Refusal.NUMBER_IN_USE,
             {"number": "RX473124829DE", "parcel": f"P-{other}"}),
        ):  # fmt: skip
            assert answers(alice.do("renew_waybills", [parcel], **options)) == [(f"P-{parcel}", refusal, facts)]
            assert self.line1(alice, parcel) == "0 Main Street"
            assert self.numbers(alice)[parcel] == "RX123456785DE"
            assert alice.rows(
                "SELECT number, status, is_current FROM parcels_waybill WHERE organization_id = %s AND parcel_id = %s",
                parcel,
            ) == [("RX123456785DE", "obtained", True)]
            assert answers(alice.do("print_parcels", [parcel])) == [
                (f"P-{parcel}", Refusal.STALE_LABEL, {"order": "O-0000"})
            ]
        assert broken() == []

    def numbers(self, world: World) -> dict[int, str]:
        return dict(world.rows("SELECT id, waybill_number FROM parcels_parcel WHERE organization_id = %s"))

    def test_a_parcel_without_a_waybill_follows_by_itself(self, alice: World) -> None:
        alice.take_in(draft("A", recipient=address(0, line1="")))
        orders = alice.order_ids("A")
        alice.do("review_orders", orders)
        (parcel,) = (int(i) for i in alice.do("pack_orders", orders).result["parcels"])
        (refused,) = alice.do("get_waybills", [parcel]).refused
        assert refused.sentence == (
            "The recipient's address is incomplete: street is missing. Edit the address of its order."
        )
        alice.do("edit_address", orders, line1="77 New Street")
        assert alice.do("get_waybills", [parcel]).refused == []
        assert self.line1(alice, parcel) == "77 New Street"

    def line1(self, world: World, parcel: int) -> str:
        return str(
            world.value(
                "SELECT recipient ->> 'line1' FROM parcels_parcel WHERE organization_id = %s AND id = %s", parcel
            )
        )


def test_one_and_fifty_corrections_cost_the_same_statements(committed: str) -> None:
    world = fresh_world("Budget of corrections")
    sent, undone = [], []
    for n in (1, 50):
        ids, batch = world.orders(n, prefix=f"N{n}", lines=2), uuid4()
        with counted() as statements:
            assert world.do("edit_address", ids, uuid=batch, line1="77 New Street").refused == []
        sent.append(len(statements))
        with counted() as statements:
            assert len(world.undo(batch).done) == n
        undone.append(len(statements))
    assert sent[0] == sent[1] <= 16
    assert undone[0] == undone[1] <= 22


class TestTheApi:
    def test_a_correction_answers_with_the_order_and_its_history(self, alice: World) -> None:
        (order,) = alice.orders(1)
        status, found = door_of(alice).post(f"/orders/{order}/address", {"line1": "77 New Street", "tax_id": "IM1"})
        assert status == 200, found
        assert found["recipient"] == asdict(address(0, line1="77 New Street", tax_id="IM1"))
        assert [event["verb"] for event in found["events"]] == ["edit_address", "import"]

    def test_the_same_uuid_does_nothing_twice_and_can_be_undone(self, alice: World) -> None:
        (order,), uuid = alice.orders(1), str(uuid4())
        body = {"uuid": uuid, "line1": "77 New Street"}
        for _ in range(2):
            assert door_of(alice).post(f"/orders/{order}/address", body)[0] == 200
        assert len(alice.rows(EVENTS, order)) == 1
        status, answer = door_of(alice).post(f"/batches/{uuid}/undo", {"uuid": str(uuid4())})
        assert (status, answer["done_count"]) == (200, 1)
        assert stored(alice, order) == address(0)

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            ({"country": "XX"}, "country: This is no country. Write its name or its two-letter code."),
            ({"city": "a\x85b\x7f"}, "city: There are signs in it that cannot be printed."),
        ],
    )
    def test_what_cannot_stand_is_refused_by_name(self, alice: World, body: dict[str, str], says: str) -> None:
        (order,) = alice.orders(1)
        status, answer = door_of(alice).post(f"/orders/{order}/address", body)
        assert (status, answer["code"], answer["message"]) == (422, "invalid", says)
        assert stored(alice, order) == address(0)

    def test_orders_that_left_or_are_of_others_are_not_changed(self, alice: World, charlie: World) -> None:
        alice.shipped(1)
        (gone,) = alice.order_ids("O-0000")
        assert self.code(door_of(alice), gone) == (409, "address_final")
        assert self.code(door_of(charlie), gone) == (404, "not_found")
        assert self.code(door_of(world_of("bob@lantern.example")), gone) == (403, "not_allowed")

    def code(self, door: Door, order: int) -> tuple[int, str]:
        status, answer = door.post(f"/orders/{order}/address", {"line1": "x"})
        return status, answer["code"]
