"""The whole main job in verbs, once."""

from uuid import uuid4

from tests.cast import World


def test_the_main_job_leads_from_an_import_to_shipped_parcels(alice: World) -> None:
    parcels = alice.shipped(3)
    assert alice.parcel_stages(parcels) == ["shipped"] * 3
    assert alice.counts() == {"order.shipped": 3, "parcel.shipped": 3}
    assert alice.shelf("SKU-00") == (9_999, 0)
    assert alice.shelf("SKU-03") == (10_000, 0)
    report = alice.do("print_parcels", parcels, document="label")
    assert (report.refused, report.result["pages"]) == ([], 3)


def test_the_whole_job_can_be_undone_step_by_step(alice: World) -> None:
    orders = alice.orders(3)
    review, pack, waybill, allocate, ship = (uuid4() for _ in range(5))
    alice.do("review_orders", orders, uuid=review)
    parcels = [int(i) for i in alice.do("pack_orders", orders, uuid=pack).result["parcels"]]
    alice.do("get_waybills", parcels, uuid=waybill)
    alice.do("allocate_parcels", parcels, uuid=allocate)
    alice.do("ship_parcels", parcels, uuid=ship)
    for batch, counts in (
        (ship, {"order.packed": 3, "parcel.to_print.in_stock": 3}),
        (allocate, {"order.packed": 3, "parcel.waybill": 3}),
        (waybill, {"order.packed": 3, "parcel.to_process": 3}),
        (pack, {"order.to_pack": 3, "parcel.unpacked": 3}),
        (review, {"order.to_review": 3, "parcel.unpacked": 3}),
    ):
        assert alice.undo(batch).refused == []
        assert alice.counts() == counts
    assert alice.shelf("SKU-00") == (10_000, 0)
