"""Get waybill and void: typed numbers, pools, and every reason why not."""

from uuid import uuid4

from tests.cast import AT, World, address, answers, draft

from entrepot.carriers.registry import expand_range
from entrepot.core import sql
from entrepot.core.report import Refusal


def test_pooled_numbers_are_drawn_oldest_first_one_per_parcel(alice: World) -> None:
    ids = alice.packed(3)
    assert answers(alice.do("get_waybills", ids)) == [(f"P-{i}", None, {}) for i in ids]
    numbers = list(expand_range("RB", 1, 3, "CN"))
    assert alice.rows("SELECT stage, waybill_number FROM parcels_parcel WHERE organization_id = %s ORDER BY id") == [
        ("waybill", number) for number in numbers
    ]
    assert alice.rows(
        "SELECT number, status, is_current, attempt FROM parcels_waybill WHERE organization_id = %s ORDER BY id"
    ) == [(number, "obtained", True, 1) for number in numbers]
    assert (
        alice.column(
            "SELECT number FROM connections_poolednumber WHERE organization_id = %s AND drawn_at IS NOT NULL ORDER BY id"
        )
        == numbers
    )
    assert alice.counts() == {"order.packed": 3, "parcel.waybill": 3}


def test_only_as_many_numbers_are_drawn_as_are_needed_even_in_a_large_pool(alice: World) -> None:
    for n in range(4):
        alice.numbered(2, prefix=f"X{n}")
    drawn = "SELECT count(*)::integer FROM connections_poolednumber WHERE organization_id = %s AND drawn_at IS NOT NULL"
    assert alice.value(drawn) == 8


def test_an_empty_pool_serves_the_first_and_refuses_the_rest(alice: World) -> None:
    ids = alice.packed(3)
    with alice.scope():
        sql.run(
            "DELETE FROM connections_poolednumber WHERE organization_id = %s AND number <> ALL(%s)",
            [alice.organization_id, list(expand_range("RB", 1, 2, "CN"))],
        )
    report = alice.do("get_waybills", ids)
    assert [o.refusal for o in report.outcomes] == [None, None, Refusal.POOL_EMPTY]
    assert report.outcomes[2].facts == {"service": "Registered"}
    assert alice.parcel_stages(ids) == ["waybill", "waybill", "to_process"]


def test_a_typed_number_is_normalised_and_checked(alice: World) -> None:
    good, bad, none = alice.packed(3)
    report = alice.do(
        "get_waybills",
        [good, bad, none],
        service_id=alice.service("typed"),
        numbers={str(good): " rx 123456785 de ", str(bad): "RX123456780DE"},
    )
    assert [o.refusal for o in report.outcomes] == [None, Refusal.BAD_NUMBER, Refusal.NO_NUMBER]
    assert report.outcomes[1].facts["number"] == "RX123456780DE"
    assert alice.column("SELECT waybill_number FROM parcels_parcel WHERE organization_id = %s ORDER BY id") == [
        "RX123456785DE",
        "",
        "",
    ]
    assert alice.value(
        "SELECT service_id FROM parcels_parcel WHERE organization_id = %s AND id = %s", good
    ) == alice.service("typed")


def test_a_number_on_another_parcel_is_refused_and_that_parcel_is_named(alice: World) -> None:
    first, second = alice.packed(2)
    typed = alice.service("typed")
    alice.do("get_waybills", [first], service_id=typed, numbers={str(first): "RX123456785DE"})
    report = alice.do("get_waybills", [second], service_id=typed, numbers={str(second): "RX123456785DE"})
    assert answers(report) == [
        (f"P-{second}", Refusal.NUMBER_IN_USE, {"number": "RX123456785DE", "parcel": f"P-{first}"})
    ]
    assert alice.parcel_stages([first, second]) == ["waybill", "to_process"]


def test_one_number_typed_for_two_parcels_goes_to_one_of_them(alice: World) -> None:
    ids = alice.packed(2)
    report = alice.do(
        "get_waybills", ids, service_id=alice.service("typed"), numbers=dict.fromkeys(map(str, ids), "RX123456785DE")
    )
    assert [o.refusal for o in report.outcomes] == [None, Refusal.NUMBER_IN_USE]
    assert report.outcomes[1].facts["parcel"] == f"P-{ids[0]}"


def test_a_number_that_is_not_given_up_after_all_goes_to_nobody_else(alice: World) -> None:
    ids, typed = alice.packed(7), alice.service("typed")
    n = list(expand_range("RX", 1, 8, "CN"))
    had = dict(zip(ids, n, strict=False))
    alice.do("get_waybills", ids, service_id=typed, numbers={str(i): number for i, number in had.items()})
    first, second, third, free, next_to_free, twin, holder = ids
    wanted = {first: n[6], second: n[0], third: n[1], free: n[7], next_to_free: n[3], twin: n[0]}
    in_use = Refusal.NUMBER_IN_USE
    assert answers(
        alice.do("renew_waybills", list(wanted), numbers={str(i): number for i, number in wanted.items()})
    ) == [
        (f"P-{first}", in_use, {"number": n[6], "parcel": f"P-{holder}"}),
        (f"P-{second}", in_use, {"number": n[0], "parcel": f"P-{first}"}),
        (f"P-{third}", in_use, {"number": n[1], "parcel": f"P-{second}"}),
        (f"P-{free}", None, {}),
        (f"P-{next_to_free}", None, {}),
        (f"P-{twin}", in_use, {"number": n[0], "parcel": f"P-{first}"}),
    ]
    living = "SELECT parcel_id, number FROM parcels_waybill WHERE organization_id = %s AND is_current AND status = 'obtained'"
    assert dict(alice.rows(living)) == {**had, free: n[7], next_to_free: n[3]}
    assert alice.do("renew_waybills", [second], numbers={str(second): n[4]}).refused == []


def test_a_number_of_the_pool_that_somebody_typed_is_not_drawn_again(alice: World) -> None:
    typed, drawn, later = alice.packed(3)
    n = list(expand_range("RB", 1, 3, "CN"))
    assert answers(alice.do("get_waybills", [drawn, typed], numbers={str(typed): n[0]})) == [
        (f"P-{drawn}", None, {}),
        (f"P-{typed}", None, {}),
    ]
    assert answers(alice.do("get_waybills", [later])) == [(f"P-{later}", None, {})]
    numbers = "SELECT waybill_number FROM parcels_parcel WHERE organization_id = %s AND id = ANY(%s) ORDER BY id"
    assert alice.column(numbers, [typed, drawn, later]) == n
    taken = (
        "SELECT number FROM connections_poolednumber WHERE organization_id = %s AND drawn_at IS NOT NULL ORDER BY id"
    )
    assert alice.column(taken) == n


def test_a_parcel_without_a_service_is_refused(alice: World) -> None:
    with alice.scope():
        sql.run(
            "UPDATE connections_store SET default_service_id = NULL WHERE organization_id = %s", [alice.organization_id]
        )
    (parcel,) = alice.packed(1)
    report = alice.do("get_waybills", [parcel])
    where = {"store": "Main Street", "store_id": alice.store.id}
    assert answers(report) == [(f"P-{parcel}", Refusal.NO_SERVICE, where)]
    assert report.outcomes[0].sentence == (
        "It has no shipping service that is in use. Choose one when you get the waybill, or give store “Main Street” a "
        "default one under Stores › Main Street."
    )


def test_a_parcel_packed_without_a_service_takes_the_default_that_its_store_was_given_since(alice: World) -> None:
    def default(service: int | None) -> None:
        with alice.scope():
            sql.run(
                "UPDATE connections_store SET default_service_id = %s WHERE organization_id = %s",
                [service, alice.organization_id],
            )

    default(None)
    (parcel,) = alice.packed(1)
    default(alice.service())
    assert answers(alice.do("get_waybills", [parcel])) == [(f"P-{parcel}", None, {})]
    assert alice.column("SELECT service_id FROM parcels_parcel WHERE organization_id = %s AND id = %s", parcel) == [
        alice.service()
    ]


def test_a_parcel_whose_order_is_cancelled_gets_no_number(alice: World) -> None:
    (parcel,) = alice.packed(1)
    alice.take_in(draft("O-0000", cancelled=True, external_status="cancelled"))
    facts = {"order": "O-0000", "store": "Main Street"}
    assert answers(alice.do("get_waybills", [parcel])) == [(f"P-{parcel}", Refusal.CANCELLED_THERE, facts)]


def test_a_parcel_whose_buyer_asked_to_cancel_gets_no_number(alice: World) -> None:
    (parcel,) = alice.packed(1)
    alice.take_in(draft("O-0000", cancel_asked_at=AT))
    refusal = Refusal.CANCELLATION_ASKED
    assert answers(alice.do("get_waybills", [parcel])) == [(f"P-{parcel}", refusal, {"order": "O-0000"})]


def test_a_second_number_is_refused_until_the_first_is_void(alice: World) -> None:
    (parcel,) = alice.allocated(1)
    facts = {"stage": "to_print", "expected": "to_process"}
    assert answers(alice.do("get_waybills", [parcel])) == [(f"P-{parcel}", Refusal.WRONG_STAGE, facts)]
    assert alice.do("void_waybills", [parcel]).refused == []
    assert alice.shelf("SKU-00") == (10_000, 0)
    assert alice.rows(
        "SELECT stage, supply, waybill_number FROM parcels_parcel WHERE organization_id = %s AND id = %s", parcel
    ) == [("to_process", "", "")]
    assert alice.do("get_waybills", [parcel]).refused == []
    numbers = list(expand_range("RB", 1, 2, "CN"))
    assert alice.rows(
        "SELECT attempt, number, status, is_current FROM parcels_waybill WHERE organization_id = %s ORDER BY attempt"
    ) == [(1, numbers[0], "voided", False), (2, numbers[1], "obtained", True)]
    assert alice.events("parcel", parcel) == ["pack", "waybill", "allocate", "void", "waybill"]


def test_void_refuses_what_has_no_number_or_is_gone(alice: World) -> None:
    (new,) = alice.packed(1, prefix="N")
    (gone,) = alice.shipped(1, prefix="G")
    assert answers(alice.do("void_waybills", [new, gone, 999_999])) == [
        (f"P-{new}", Refusal.WRONG_STAGE, {"stage": "to_process", "expected": "waybill, to_print"}),
        (f"P-{gone}", Refusal.WRONG_STAGE, {"stage": "shipped", "expected": "waybill, to_print"}),
        ("P-999999", Refusal.NOT_FOUND, {}),
    ]


def test_an_undone_waybill_is_void_but_its_number_stays_drawn(alice: World) -> None:
    stayed, moved = alice.packed(2)
    batch = uuid4()
    alice.do("get_waybills", [stayed, moved], uuid=batch)
    alice.do("allocate_parcels", [moved])
    assert answers(alice.undo(batch)) == [
        (f"P-{stayed}", None, {}),
        (f"P-{moved}", Refusal.CHANGED_SINCE, {"stage": "to_print"}),
    ]
    assert alice.parcel_stages([stayed, moved]) == ["to_process", "to_print"]
    drawn = "SELECT count(*)::integer FROM connections_poolednumber WHERE organization_id = %s AND drawn_at IS NOT NULL"
    assert alice.value(drawn) == 2


def test_undo_does_not_void_a_number_that_a_later_batch_got(alice: World) -> None:
    (parcel,) = alice.packed(1)
    first = uuid4()
    alice.do("get_waybills", [parcel], uuid=first)
    alice.do("void_waybills", [parcel])
    alice.do("get_waybills", [parcel])
    assert answers(alice.undo(first)) == [(f"P-{parcel}", Refusal.CHANGED_SINCE, {"stage": "waybill"})]
    assert alice.parcel_stages([parcel]) == ["waybill"]


def test_undo_does_not_void_a_number_that_took_the_place_of_the_batchs_own(alice: World) -> None:
    renewed, as_it_was = alice.packed(2)
    batch = uuid4()
    alice.do("get_waybills", [renewed, as_it_was], uuid=batch)
    alice.do("renew_waybills", [renewed])
    alice.do("print_parcels", [renewed])
    number = "SELECT waybill_number FROM parcels_parcel WHERE organization_id = %s AND id = %s"
    later = alice.value(number, renewed)
    assert answers(alice.undo(batch)) == [
        (f"P-{renewed}", Refusal.CHANGED_SINCE, {"stage": "waybill"}),
        (f"P-{as_it_was}", None, {}),
    ]
    assert [alice.value(number, i) for i in (renewed, as_it_was)] == [later, ""]
    assert alice.parcel_stages([renewed, as_it_was]) == ["waybill", "to_process"]


def test_a_new_number_after_a_void_one_has_no_printed_label(alice: World) -> None:
    voided, other = alice.allocated(2)
    marks = "SELECT id, document FROM parcels_printmark WHERE organization_id = %s ORDER BY id, document"
    for document in ("label", "pick_list"):
        alice.do("print_parcels", [voided, other], document=document)
    alice.do("void_waybills", [voided])
    alice.do("get_waybills", [voided])
    alice.do("allocate_parcels", [voided])
    assert alice.rows(marks) == [(voided, "pick_list"), (other, "label"), (other, "pick_list")]
    alice.do("print_parcels", [voided])
    assert (
        alice.value(
            "SELECT times FROM parcels_printmark WHERE organization_id = %s AND id = %s AND document = 'label'", voided
        )
        == 1
    )


NUMBERS = "SELECT id, waybill_number FROM parcels_parcel WHERE organization_id = %s"


def test_an_undone_renewal_gives_each_parcel_its_former_number_service_and_no_printed_label(alice: World) -> None:
    kept, moved = alice.allocated(2)
    (bare,) = alice.packed(1, prefix="B")
    before = dict(alice.rows(NUMBERS))
    shelf = alice.shelf("SKU-00")
    batch, typed = uuid4(), alice.service("typed")
    n = list(expand_range("RX", 1, 4, "CN"))
    ids = [kept, moved, bare]
    typed_numbers = {str(i): number for i, number in zip(ids, n, strict=False)}
    assert alice.do("renew_waybills", ids, uuid=batch, service_id=typed, numbers=typed_numbers).refused == []
    alice.do("renew_waybills", [moved], numbers={str(moved): n[3]})
    alice.do("print_parcels", [kept])
    assert answers(alice.undo(batch)) == [
        (f"P-{kept}", None, {}),
        (f"P-{moved}", Refusal.CHANGED_SINCE, {"stage": "to_print"}),
        (f"P-{bare}", None, {}),
    ]
    assert dict(alice.rows(NUMBERS)) == {**before, moved: n[3]}
    assert before[bare] == ""
    assert alice.parcel_stages(ids) == ["to_print", "to_print", "to_process"]
    assert alice.shelf("SKU-00") == shelf
    living = "SELECT number, service_id, attempt FROM parcels_waybill WHERE organization_id = %s AND parcel_id = %s AND is_current"
    assert alice.rows(living, kept) == [(before[kept], alice.service(), 3)]
    assert alice.rows("SELECT id FROM parcels_printmark WHERE organization_id = %s AND document = 'label'") == []
    assert alice.do("ship_parcels", [kept]).refused == []


def test_an_undone_swap_of_numbers_is_swapped_back(alice: World) -> None:
    ids, typed, batch = alice.packed(2), alice.service("typed"), uuid4()
    n = list(expand_range("RX", 1, 2, "CN"))
    alice.do("get_waybills", ids, service_id=typed, numbers=dict(zip(map(str, ids), n, strict=True)))
    swapped = dict(zip(map(str, ids), reversed(n), strict=True))
    assert alice.do("renew_waybills", ids, numbers=swapped, uuid=batch).refused == []
    assert alice.undo(batch).refused == []
    assert dict(alice.rows(NUMBERS)) == dict(zip(ids, n, strict=True))


def test_a_former_number_that_another_parcel_has_by_now_stays_there_when_the_renewal_is_undone(alice: World) -> None:
    (first, second), typed, batch = alice.packed(2), alice.service("typed"), uuid4()
    n = list(expand_range("RX", 1, 2, "CN"))
    alice.do("get_waybills", [first], service_id=typed, numbers={str(first): n[0]})
    alice.do("renew_waybills", [first], numbers={str(first): n[1]}, uuid=batch)
    alice.do("get_waybills", [second], service_id=typed, numbers={str(second): n[0]})
    assert answers(alice.undo(batch)) == [
        (f"P-{first}", Refusal.NUMBER_IN_USE, {"number": n[0], "parcel": f"P-{second}"})
    ]
    assert dict(alice.rows(NUMBERS)) == {first: n[1], second: n[0]}


def test_a_former_number_bound_to_another_address_does_not_come_back(alice: World) -> None:
    (parcel,), batch = alice.numbered(1), uuid4()
    alice.do("edit_address", alice.order_ids("O-0000"), line1="77 New Street")
    alice.do("renew_waybills", [parcel], uuid=batch)
    after = alice.rows(NUMBERS)
    assert answers(alice.undo(batch)) == [(f"P-{parcel}", Refusal.CHANGED_SINCE, {"stage": "waybill"})]
    assert alice.rows(NUMBERS) == after


def test_after_its_renewal_was_undone_the_first_waybill_can_be_undone_too(alice: World) -> None:
    (parcel,), first, second = alice.packed(1), uuid4(), uuid4()
    alice.do("get_waybills", [parcel], uuid=first)
    alice.do("renew_waybills", [parcel], uuid=second)
    assert answers(alice.undo(second)) == answers(alice.undo(first)) == [(f"P-{parcel}", None, {})]
    assert alice.rows(NUMBERS) == [(parcel, "")]


def test_an_incomplete_address_gets_no_waybill_and_the_missing_part_is_named(alice: World) -> None:
    alice.take_in(draft("A", recipient=address(1, city="")))
    alice.do("review_orders", alice.order_ids("A"))
    (parcel,) = (int(i) for i in alice.do("pack_orders", alice.order_ids("A")).result["parcels"])
    assert answers(alice.do("get_waybills", [parcel])) == [(f"P-{parcel}", Refusal.NO_ADDRESS, {"field": "city"})]


def test_more_lines_than_the_service_carries_are_refused(alice: World) -> None:
    (parcel,) = alice.packed(1, lines=3)
    with alice.scope():
        sql.run(
            "UPDATE connections_shippingservice SET max_lines = 2 WHERE organization_id = %s", [alice.organization_id]
        )
    assert answers(alice.do("get_waybills", [parcel])) == [
        (f"P-{parcel}", Refusal.TOO_MANY_LINES, {"count": 3, "limit": 2})
    ]
