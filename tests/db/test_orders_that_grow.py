"""A newer version that adds pieces to a packed order brings it back to review; nothing is lost. Split orders keep their amount."""

from dataclasses import replace

from tests.cast import draft, line


def test_a_packed_order_that_grew_is_reviewed_again_and_its_rest_packed_and_shipped(alice):
    first = draft("G-1", line("SKU-01", 2))
    alice.take_in(first)
    [order] = alice.order_ids("G-1")
    alice.do("review_orders", [order])
    alice.do("pack_orders", [order])

    alice.take_in(replace(first, lines=(line("SKU-01", 5),)))

    assert alice.order_stages([order]) == ["to_review"]
    assert alice.value("SELECT review_reasons FROM orders_order WHERE organization_id = %s AND id = %s", order) == [
        "grew_after_packing"
    ]
    alice.do("review_orders", [order])
    alice.do("pack_orders", [order])
    assert alice.order_stages([order]) == ["packed"]
    pieces = alice.column("SELECT quantity FROM parcels_parcelline WHERE organization_id = %s ORDER BY id")
    assert pieces == [2, 3]


def test_the_parcels_of_one_order_share_its_amount(alice):
    alice.take_in(draft("G-2", line("SKU-01", 2), total_minor=1234))
    [order] = alice.order_ids("G-2")
    alice.do("review_orders", [order])
    alice.do("pack_orders", [order])
    assert alice.column("SELECT total_minor FROM parcels_parcel WHERE organization_id = %s") == [1234]
