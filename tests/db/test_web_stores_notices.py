"""Shipping notices on screen: the mark on the row, the marketplace's words, telling again, dismissing, early telling."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from tests.cast import ALICE, BOB, CHARLIE, World
from tests.db.test_notices import notices, ready, tell
from tests.db.test_web_stores import client_of, page
from tests.scripted import Scripted, play

from entrepot.core import sql
from entrepot.core.clock import now
from entrepot.marketplaces.contract import CallFailed, Trouble, Why
from entrepot.parcels.notices import Told, told_of
from entrepot.web.notices_words import STATES, WHYS

DAY = timedelta(days=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield from play(monkeypatch)


def refused(world: World, there: Scripted, *numbers: str) -> tuple[int, list[int]]:
    """Shipped parcels whose notices are refused: the marketplace has other numbers already."""
    store, parcels = ready(world, there, *numbers)
    for number in numbers:
        there.numbers[number] = ["ELSEWHERE-1"]
    world.do("ship_parcels", parcels)
    assert tell(world, store) == len(numbers)
    return store, parcels


def do(client: Client, slug: str, ids: list[int], **more: str) -> Any:
    return client.post(f"/notices/do/{slug}/", {"ids": ",".join(map(str, ids)), "uuid": str(uuid4()), **more})


def told(world: World, parcels: list[int]) -> list[Told | None]:
    with world.scope():
        found = told_of(world.organization_id, parcels)
    return [found.get(i) for i in parcels]


def test_a_refusal_is_listed_with_its_class_the_next_step_and_the_marketplace_s_words(
    alice: World, there: Scripted
) -> None:
    _store, (parcel,) = refused(alice, there, "S-1")
    client = client_of(ALICE)
    text = page(client, "/notices/")
    for words in ("The marketplace has another number already", "<q>has ELSEWHERE-1</q></div>", f"P-{parcel}"):
        assert words in text
    assert "Next step: Compare the two numbers." in text
    assert 'title="Code: E9"' in text  # a code for their support, and no word for a reader
    drawer = page(client, f"/parcels/{parcel}/")
    for words in ("Compare the two numbers.", "has ELSEWHERE-1", 'data-act="retry"', 'data-act="dismiss"'):
        assert words in drawer
    assert "平台已有其他运单号" in page(client_of(ALICE, "zh-hans"), "/notices/")


def test_an_order_s_drawer_shows_what_was_told_of_each_parcel_and_acts_on_those_refused(
    alice: World, there: Scripted
) -> None:
    _store, (parcel,) = refused(alice, there, "S-1")
    client, (order,) = client_of(ALICE), alice.order_ids("S-1")
    drawer = page(client, f"/orders/{order}/")
    notices_part = drawer.split('<section class="notices">')[1].split("</section>")[0]
    for words in (f">P-{parcel}</a>", "Compare the two numbers.", "has ELSEWHERE-1"):
        assert words in notices_part
    assert "data-act" not in notices_part  # the note on top has the two buttons, so that they are one act
    head = drawer.split('<section class="story-head">')[1].split("</section>")[0]
    said = "The marketplace refused the number: The marketplace has another number already."
    for words in (
        said,
        "Compare the two numbers.",
        f'data-of-parcels="{parcel}"',
        'data-act="retry"',
        'data-act="dismiss"',
    ):
        assert words in head
    do(client, "dismiss", [parcel], reason="Sent by hand")
    drawer = page(client, f"/orders/{order}/")
    assert "Refusal dismissed" in drawer
    assert "data-of-parcels" not in drawer


def test_a_refusal_stands_on_top_of_the_parcel_s_drawer_and_telling_again_is_one_act_the_natural_one(
    alice: World, there: Scripted
) -> None:
    _store, (parcel,) = refused(alice, there, "S-1")
    drawer = page(client_of(ALICE), f"/parcels/{parcel}/")
    head = drawer.split('<section class="story-head">')[1].split("</section>")[0]
    assert "<b>The marketplace refused the number: The marketplace has another number already.</b>" in head
    found = re.findall(r'class="btn([^"]*)" data-act="([^"]+)"', drawer)
    assert [slug for look, slug in found if "pri" in look] == ["retry"]
    assert sorted(slug for _look, slug in found if slug in ("notify", "retry", "dismiss")) == ["dismiss", "retry"]


def test_an_order_that_nobody_was_told_of_has_no_notices(alice: World, there: Scripted) -> None:
    _store, (parcel,) = ready(alice, there, "S-1")
    alice.do("void_waybills", [parcel])  # a number is what could be told
    assert 'class="notices"' not in page(client_of(ALICE), f"/orders/{alice.order_ids('S-1')[0]}/")


def test_today_names_refused_notices_with_their_count_and_the_way_there(alice: World, there: Scripted) -> None:
    client = client_of(ALICE)
    assert "No orders yet" in page(client, "/")
    refused(alice, there, "S-1", "S-2")
    text = page(client, "/")
    assert '<div class="number red"><a href="/notices/"><b>2</b>' in text
    with alice.scope():
        parcels = alice.column("SELECT parcel_id FROM parcels_shippingnotice WHERE organization_id = %s")
    do(client, "dismiss", parcels, reason="Sent by hand")
    text = page(client, "/")
    assert '<a href="/notices/"><b>' not in text
    assert "No orders yet" not in text


def test_the_menu_counts_refusals_and_the_row_names_them(alice: World, there: Scripted) -> None:
    refused(alice, there, "S-1", "S-2")
    client = client_of(ALICE)
    assert "<span>Refused notices</span><b>2</b>" in page(client, "/")
    text = page(client, "/desk/shipped/")
    assert text.count('#i-cross"/></svg>Refused</span>') == 2
    assert 'aria-label="Marketplace: Refused"' in text


def test_telling_again_with_another_carrier_succeeds(alice: World, there: Scripted) -> None:
    store, parcels = refused(alice, there, "S-1")
    there.numbers["S-1"] = []
    answer = do(client_of(ALICE), "retry", parcels, carrier="CN_POST")
    assert answer.headers["HX-Trigger"] == "desk-changed"
    assert "Tell again: 1 on their way" in answer.content.decode()
    assert alice.column("SELECT carrier FROM parcels_shippingnotice WHERE organization_id = %s") == ["CN_POST"]
    tell(alice, store, now() + DAY)
    assert notices(alice) == [("S-1", "accepted")]
    assert told(alice, parcels) == [Told.TOLD]


def test_where_the_order_has_changed_there_the_next_steps_are_buttons_and_telling_again_is_not_the_natural_one(
    alice: World, there: Scripted
) -> None:
    store, (parcel, here) = ready(alice, there, "S-1", "S-2")
    there.numbers = {"S-1": ["ELSEWHERE-1"], "S-2": ["ELSEWHERE-2"]}
    alice.do("ship_parcels", [parcel])
    alice.do("notify_parcels", [here])
    assert tell(alice, store) == 2
    with alice.scope():
        sql.run(
            "UPDATE parcels_shippingnotice SET why = 'state_changed' WHERE organization_id = %s",
            [alice.organization_id],
        )
    client = client_of(ALICE)

    def buttons(path: str) -> list[tuple[str, str]]:
        head = page(client, path).split('<section class="story-head">')[1].split("</section>")[0]
        note = head.split('data-of-parcels="')[1].split("</div>")[0]
        return re.findall(r'class="btn([^"]*)" data-act="([^"]+)"', note)

    ours = [(" pri", "ask"), ("", "retry"), ("", "dismiss")]
    assert buttons(f"/parcels/{parcel}/") == buttons(f"/orders/{alice.order_ids('S-1')[0]}/") == ours
    assert buttons(f"/parcels/{here}/") == [(" pri", "ask"), (" bad", "unpack"), *ours[1:]]
    assert "stands in the order&#x27;s history" in client.post("/notices/ask/", {"ids": str(parcel)}).content.decode()
    wanted = alice.column("SELECT wanted FROM connections_sync WHERE organization_id = %s")
    assert wanted == [["S-1"]]
    assert sql.rows("SELECT args ->> 'store_id' FROM procrastinate_jobs WHERE task_name = 'sync_store'") == [
        (str(store),)
    ]
    assert (
        client_of(CHARLIE).post("/notices/ask/", {"ids": str(parcel)}).status_code == 200
    )  # it finds nothing to ask for
    assert alice.column("SELECT wanted FROM connections_sync WHERE organization_id = %s") == wanted


def test_a_number_that_the_marketplace_gave_the_parcel_itself_is_called_so(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    alice.do("ship_parcels", [parcel])
    tell(alice, store)
    label, client = "The marketplace&#x27;s own number:", client_of(ALICE)
    for message, remote, named in (
        ("NLSGP0000000010", "pk-1", True),
        ("NLSGP0000000010", "", False),
        ("all fine", "p", False),
    ):
        with alice.scope():
            sql.run(
                "UPDATE parcels_shippingnotice SET message = %s, remote_id = %s WHERE organization_id = %s",
                [message, remote, alice.organization_id],
            )
        drawer = page(client, f"/parcels/{parcel}/").replace("'", "&#x27;")
        assert (f'{label} <span class="mono">{message}</span>' in drawer) is named


def test_what_waits_for_an_answer_leads_to_its_two_buttons(alice: World, there: Scripted) -> None:
    _store, (parcel,) = ready(alice, there, "S-1")
    (order,) = alice.order_ids("S-1")
    with alice.scope():
        sql.run(
            "UPDATE orders_order SET cancellation_asked_at = now() WHERE organization_id = %s", [alice.organization_id]
        )
    client = client_of(ALICE)
    sent = {"ids": str(parcel), "uuid": str(uuid4())}
    text = client.post("/desk/print/do/ship/", sent, headers={"HX-Request": "true"}).content.decode()
    assert "Decide that first." in text
    assert (
        f'<a class="btn small no" href="/parcels/{parcel}/">Decide · <span class="mono">P-{parcel}</span></a>' in text
    )
    answers = page(client, f"/parcels/{parcel}/").split(f'data-of-orders="{order}"')[1]
    assert 'data-act="accept"' in answers
    assert 'data-act="reject"' in answers


def test_the_list_renews_itself_until_the_marketplace_has_answered(alice: World, there: Scripted) -> None:
    store, parcels = refused(alice, there, "S-1")
    client = client_of(ALICE)
    assert "hx-trigger" not in page(client, "/notices/").split('id="desk"')[1].split('class="gridwrap"')[0]
    do(client, "retry", parcels)
    text = client.get("/notices/", headers={"HX-Target": "desk", "HX-Request": "true"}).content.decode()
    assert 'hx-get="/notices/" hx-trigger="load delay:3s" hx-target="#desk"' in text
    assert "1 on the way: the answer comes here by itself" in text
    assert "No notice is refused" not in text
    tell(alice, store, now() + DAY)  # refused again
    text = page(client, "/notices/")
    assert f'data-id="{parcels[0]}"' in text
    assert "on the way" not in text
    do(client, "retry", parcels)
    with alice.scope():
        sql.run("UPDATE connections_grant SET state = 'revoked' WHERE organization_id = %s", [alice.organization_id])
    assert "No notice is refused" in page(client, "/notices/")  # it waits for its store, whose own trouble is shown


def test_dismissing_asks_a_reason_keeps_the_trace_and_clears_the_alert(alice: World, there: Scripted) -> None:
    _store, parcels = refused(alice, there, "S-1")
    client = client_of(ALICE)
    assert "Say why they are dismissed." in do(client, "dismiss", parcels, reason=" ").content.decode()
    assert notices(alice) == [("S-1", "refused")]
    assert "Dismiss notices: 1 done" in do(client, "dismiss", parcels, reason="Cancelled and not sent").content.decode()
    assert notices(alice) == [("S-1", "dismissed")]
    assert "No notice is refused" in page(client, "/notices/")
    drawer = page(client, f"/parcels/{parcels[0]}/")
    assert "Refusal dismissed" in drawer
    assert "has ELSEWHERE-1" in drawer
    assert alice.value(
        "SELECT why ->> 'reason' FROM core_event WHERE organization_id = %s AND verb = 'dismiss_notice'"
    ) == ("Cancelled and not sent")


def test_a_refresh_of_the_list_brings_the_menu_s_count_along(alice: World, there: Scripted) -> None:
    refused(alice, there, "S-1")
    text = client_of(ALICE).get("/notices/", headers={"HX-Request": "true", "HX-Target": "desk"}).content.decode()
    assert 'id="desk"' in text
    assert 'hx-swap-oob="true"' in text
    assert "<html" not in text


def test_early_telling_leaves_stage_and_stock_and_shows_as_told_early(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    client, stock = client_of(ALICE), alice.shelf("SKU-00")
    text = page(client, "/desk/print/")
    assert 'data-act="notify"' in text
    assert "they stay on this tab and no stock is deducted" in text
    answer = client.post("/desk/print/do/notify/", {"ids": str(parcels[0]), "uuid": str(uuid4())})
    assert "Notify early: 1 done" in answer.content.decode()
    assert told(alice, parcels) == [Told.DUE]
    tell(alice, store, now() + DAY)
    assert told(alice, parcels) == [Told.EARLY]
    assert "Told early</span>" in page(client, "/desk/print/")
    assert (alice.parcel_stages(parcels), alice.shelf("SKU-00")) == (["to_print"], stock)
    alice.do("ship_parcels", parcels)
    text = page(client, "/desk/shipped/")
    assert "Told early</span>" not in text
    assert 'aria-label="Marketplace: Told"' in text


def test_a_lost_answer_shows_as_unknown_and_being_checked(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)

    def lose(name: str) -> None:
        if name == "shipped":
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")

    there.before = lose
    tell(alice, store)
    assert told(alice, parcels) == [Told.UNKNOWN]
    assert "Unknown, checking</span>" in page(client_of(ALICE), "/desk/shipped/")


def test_without_a_connected_store_nobody_is_offered_to_tell_anything(alice: World, there: Scripted) -> None:
    (parcel,) = alice.allocated(1)
    client = client_of(ALICE)
    text = page(client, "/desk/print/")
    assert 'data-act="notify"' not in text
    assert "#i-tell" not in text.split("</defs>")[1]
    drawer = page(client, f"/parcels/{parcel}/")
    assert "Shipping notices" not in drawer
    assert 'data-act="notify"' not in drawer


def test_who_may_not_ship_sees_the_refusal_and_no_button_and_strangers_see_nothing(
    alice: World, bob: World, there: Scripted
) -> None:
    _store, parcels = refused(alice, there, "S-1")
    alice.rows("UPDATE core_member SET role = 'viewer' WHERE organization_id = %s AND name = 'Bob' RETURNING id")
    viewer = client_of(BOB)
    text = page(viewer, "/notices/")
    assert "has ELSEWHERE-1" in text
    assert "data-act" not in text.split('id="bulk"')[1].split("</div>")[0]
    assert do(viewer, "dismiss", parcels, reason="x").status_code == 403
    stranger = client_of(CHARLIE)
    assert "ELSEWHERE" not in page(stranger, "/notices/")
    assert "0 done" in do(stranger, "dismiss", parcels, reason="x").content.decode()
    assert notices(alice) == [("S-1", "refused")]


def test_every_state_and_every_class_has_its_words() -> None:
    assert set(STATES) == set(Told)
    assert set(WHYS) == set(Why)
