"""What a page of the desk costs: a fixed number of statements, each fit for a cluster, whatever the number of rows."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import cast
from tests.cast import World, address, draft

from entrepot.core import sql
from entrepot.orders import stage_counts
from entrepot.web.search import find


def statements(door: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert door.get(address).status_code == 200
    return len(seen)


PAGES = (
    "/", "/desk/unpaid/", "/desk/review/", "/desk/pack/", "/desk/process/", "/desk/waybill/", "/desk/print/",
    "/desk/short/", "/desk/shipped/", "/desk/hold/", "/desk/cancelled/", "/desk/all/", "/batches/",
    "/search/?q=Buyer", "/desk/review/export.csv", "/desk/print/export.xlsx", "/desk/process/countries/",
    "/desk/review/?country=DE&store=1&due=48h&reason=unknown_sku&asked=1&from=2026-11-01&to=2026-11-30",
    "/desk/print/?country=DE&store=1&service=1&printed=0&due=overdue&asked=1&from=2026-11-01&to=2026-11-30",
)  # fmt: skip


def test_no_page_costs_more_statements_for_more_rows(alice: World, door: Client) -> None:
    alice.shipped(1, prefix="A")
    alice.allocated(1, prefix="B")
    alice.packed(1, prefix="C")
    alice.orders(1, prefix="D")
    few = {page: statements(door, page) for page in PAGES}
    alice.shipped(8, prefix="E")
    alice.allocated(8, prefix="F")
    alice.packed(8, prefix="G")
    alice.orders(8, prefix="H")
    assert {page: statements(door, page) for page in PAGES} == few
    # With session, member, BEGIN, SET LOCAL and the stores that have stopped; a filtered list counts the tabs of orders
    # and of parcels, one each.
    assert max(count for page, count in few.items() if "?country" not in page) <= 23
    assert max(few.values()) <= 25


def tabs(door: Client, address: str) -> dict[str, tuple[str, str]]:
    """Tab -> (its count, the address that it leads to)."""
    bar = door.get(address).content.decode().partition('aria-label="Stages">')[2].partition("</nav>")[0]
    found = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)(?:<b>([^<]*)</b>)?</a>', bar)
    return {name: (count, href.replace("&amp;", "&")) for href, name, count in found}


def test_the_counts_of_the_tabs_follow_a_filter_that_goes_along_with_the_reader(alice: World, door: Client) -> None:
    alice.shipped(2, prefix="S")
    alice.allocated(3, prefix="P")
    alice.packed(2, prefix="K")
    alice.take_in(draft("FR", n=900, recipient=address(900, country="FR")), draft("DE", n=901))
    alice.do("review_orders", alice.order_ids("FR"))
    assert (tabs(door, "/desk/review/")["To review"], tabs(door, "/desk/review/")["To print"]) == (
        ("1", "/desk/review/"),
        ("3", "/desk/print/"),
    )
    for page in ("/desk/review/", "/desk/print/"):  # what belongs to one tab only stays there
        assert tabs(door, f"{page}?country=FR&due=overdue&printed=0&reason=none&asked=1") == {
            "Unpaid": ("0", "/desk/unpaid/?country=FR"),
            "To review": ("0", "/desk/review/?country=FR"),
            "To pack": ("1", "/desk/pack/?country=FR"),
            "To process": ("0", "/desk/process/?country=FR"),
            "Waybill": ("0", "/desk/waybill/?country=FR"),
            "To print": ("0", "/desk/print/?country=FR"),
            "Shipped": ("0", "/desk/shipped/?country=FR"),
            "On hold": ("0", "/desk/hold/?country=FR"),
            "Cancelled": ("0", "/desk/cancelled/?country=FR"),
            "All orders": ("", "/desk/all/?country=FR"),
        }
    mine = tabs(door, f"/desk/print/?store={alice.store.id}&service={alice.service()}")
    assert (mine["To review"], mine["To process"], mine["To print"], mine["Shipped"]) == (
        ("1", f"/desk/review/?store={alice.store.id}"),
        ("2", f"/desk/process/?store={alice.store.id}&service={alice.service()}"),
        ("3", f"/desk/print/?store={alice.store.id}&service={alice.service()}"),
        ("2", f"/desk/shipped/?store={alice.store.id}&service={alice.service()}"),
    )
    other = tabs(door, "/desk/print/?store=99999&from=2026-11-01&to=2026-11-30")
    assert {count for name, (count, _) in other.items() if name != "All orders"} == {"0"}


def test_a_filtered_tab_looks_at_the_latest_of_what_is_past_and_says_that_there_may_be_more(
    alice: World, door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_counts, "MOST_PAST", 2)
    alice.shipped(3, prefix="S")
    assert tabs(door, f"/desk/review/?store={alice.store.id}")["Shipped"][0] == "2+"
    assert tabs(door, "/desk/review/?country=FR")["Shipped"][0] == ""  # none of those looked at: not known
    assert tabs(door, "/desk/review/")["Shipped"][0] == "3"


@pytest.mark.parametrize(("page", "named"), [("waybill", True), ("print", True), ("shipped", False), ("pack", False)])
def test_a_store_without_a_sender_is_named_where_labels_are_printed(
    alice: World, door: Client, page: str, named: bool
) -> None:
    assert "No sender" not in door.get(f"/desk/{page}/").content.decode()
    with alice.scope():
        sql.run(
            "UPDATE connections_store SET sender = sender - 'city' WHERE organization_id = %s", [alice.organization_id]
        )
    text = door.get(f"/desk/{page}/").content.decode()
    assert ("No sender: Main Street" in text) is named
    assert (f'href="/settings/stores/{alice.store.id}/#sender"' in text) is named


def test_the_story_of_a_row_costs_a_fixed_number_of_statements(alice: World, door: Client) -> None:
    (order,) = alice.orders(1)
    before = statements(door, f"/orders/{order}/")
    alice.do("review_orders", [order])
    alice.do("pack_orders", [order])
    assert statements(door, f"/orders/{order}/") == before


def test_an_address_that_makes_no_sense_is_answered_like_one_without_it(alice: World, door: Client) -> None:
    alice.orders(1)
    for query in (
        "store=²", "after=2026-11-20T09:00:00%2B00:00~²", "size=²", "from=0001-01-01", "to=9999-12-31",
        "after=2026-11-20T09:00:00%2B00:00~99999999999999999999",
    ):  # fmt: skip
        answer = door.get(f"/desk/review/?{query}")
        assert answer.status_code == 200, query
        assert "O-0000" in answer.content.decode(), query
    for page in (
        "/stock/?after=a,²",
        "/stock/?q=%00",
        "/pairing/?after=²",
        "/search/?q=%00",
        "/desk/pack/?country=%00",
    ):
        assert door.get(page).status_code == 200, page
    assert door.post("/pairing/make/", {"listing": "9" * 30}).status_code == 302
    assert door.post("/preferences/", {"organization": "²"}).status_code == 302


def test_a_downloaded_result_holds_no_formula_in_names_nor_reasons(alice: World, door: Client) -> None:
    batch = uuid4()
    (parcel,) = alice.packed(1)
    alice.do("get_waybills", [parcel], uuid=batch, service_id=alice.service("typed"), numbers={str(parcel): "=1+1"})
    text = door.get(f"/batches/{batch}/results.csv").content.decode("utf-8-sig")
    assert "'=1+1 is not a valid number" in text
    assert ",=" not in text


def test_all_of_a_filter_is_no_way_around_the_limit_of_the_desk(alice: World, door: Client) -> None:
    (order,) = alice.orders(1)
    values = {"all": "1", "expected": "20001", "uuid": str(uuid4())}
    page = door.post("/desk/review/do/review/", values)
    assert "Nothing is selected" in page.content.decode()
    assert alice.order_stages([order]) == ["to_review"]


def test_order_processing_opens_on_what_waits_for_review(alice: World, door: Client) -> None:
    assert 'href="/desk/review/"' in door.get("/").content.decode()
    opened = door.get("/desk/", follow=True)
    assert opened.redirect_chain == [("/desk/review/", 302)]


def confirmed(door: Client, uuid: object, count: int, query: str = "") -> str:
    values = {"all": "1", "expected": str(count), "uuid": str(uuid)}
    return door.post(f"/desk/review/do/review/{query}", values).content.decode()


def test_all_of_a_filter_sent_again_shows_the_first_answer_though_nothing_is_left_in_it(
    alice: World, door: Client
) -> None:
    orders, uuid = alice.orders(3), uuid4()
    assert "Review: 3 done" in confirmed(door, uuid, 3, "?country=DE")
    assert "Review: 3 done" in confirmed(door, uuid, 3, "?country=DE")
    assert [alice.events("order", i).count("review") for i in orders] == [1, 1, 1]


def test_another_filter_under_the_same_uuid_does_nothing(alice: World, door: Client) -> None:
    alice.orders(3)
    uuid = uuid4()
    confirmed(door, uuid, 3, "?country=DE")
    later = alice.orders(3, prefix="L")
    assert "Reload the page and try again." in confirmed(door, uuid, 3)
    assert alice.order_stages(later) == ["to_review"] * 3


def test_typed_numbers_are_not_given_to_all_of_a_filter_which_may_hold_others_by_now(
    alice: World, door: Client
) -> None:
    parcels = alice.packed(2)
    wanted = {"all": "1", "expected": "2", "service": str(alice.service("typed")), "numbers": "N-1 N-2"}
    said = door.post("/desk/process/do/waybill/", {"uuid": str(uuid4()), **wanted}).content.decode()
    assert "Numbers are given to parcels that are chosen one by one" in said
    numbers = alice.rows(
        "SELECT waybill_number FROM parcels_parcel WHERE organization_id = %s AND id = ANY(%s)", parcels
    )
    assert numbers == [("",), ("",)]


@pytest.mark.parametrize(
    ("kind", "asked", "orders", "unknown"),
    [
        ("all", "A-1, LAMP", ["A-1", "A-2"], []),
        ("all", "A-1, LAMP, NONE", ["A-1", "A-2"], ["NONE"]),
        ("all", "LAMP\nSHADE", ["A-2", "A-3"], []),
        ("sku", "LAMP NONE", ["A-2"], ["NONE"]),
        ("order", "A-1, LAMP", ["A-1"], ["LAMP"]),
        ("all", "LAMP Souza", [], ["LAMP", "Souza"]),
    ],
)
def test_skus_pasted_among_numbers_are_found(
    alice: World, kind: str, asked: str, orders: list[str], unknown: list[str]
) -> None:
    lamp, shade = cast.line(sku="LAMP"), cast.line(sku="SHADE")
    alice.take_in(draft("A-1"), draft("A-2", lamp), draft("A-3", shade))
    with alice.scope():
        found = find(alice.organization_id, kind, asked)
    ids = dict(zip(alice.order_ids("A-1", "A-2", "A-3"), ("A-1", "A-2", "A-3"), strict=True))
    assert (sorted(ids[i] for i in found.orders), found.unknown) == (orders, unknown)
