"""The key `u`: it names what it undoes, does so unasked only for what was done here just now, and never falls through."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.test import Client
from django.urls import reverse
from tests import cast
from tests.cast import World

from entrepot.core import sql
from entrepot.core.clock import now
from entrepot.core.models import User


def act(door: Client, act: str, slug: str, ids: list[int]) -> UUID:
    uuid = uuid4()
    page = door.post(
        reverse("desk-act", args=[slug, act]),
        {"uuid": str(uuid), "ids": ",".join(map(str, ids))},
        HTTP_HX_REQUEST="true",
    )
    assert page.status_code == 200
    return uuid


def press(door: Client, made: UUID | str = "") -> str:
    return door.post("/batches/undo/", {"made": str(made)}, HTTP_HX_REQUEST="true").content.decode()


def stages(alice: World, orders: list[int]) -> set[str]:
    with alice.scope():
        found = sql.rows(
            "SELECT DISTINCT stage FROM orders_order WHERE organization_id = %s AND id = ANY(%s)",
            [alice.organization_id, orders],
        )
    return {row[0] for row in found}


def age(alice: World, batch: UUID, by: timedelta) -> None:
    with alice.scope():
        sql.run(
            "UPDATE core_batch SET created_at = %s WHERE organization_id = %s AND uuid = %s",
            [now() - by, alice.organization_id, batch],
        )


def test_what_this_page_did_just_now_is_undone_at_once(alice: World, door: Client) -> None:
    orders = alice.orders(2)
    made = act(door, "review", "review", orders)
    assert "Undo: Review: 2 done" in press(door, made)
    assert stages(alice, orders) == {"to_review"}


def test_what_another_page_did_is_asked_about_by_name_and_stays_done(alice: World, door: Client) -> None:
    orders = alice.orders(2)
    made = act(door, "review", "review", orders)
    said = press(door)
    assert "Undo “Review” of 2 orders, just now?" in said
    assert f'hx-post="/batches/{made}/undo/"' in said
    assert stages(alice, orders) == {"to_pack"}


def test_what_is_older_than_a_minute_is_asked_about(alice: World, door: Client) -> None:
    orders = alice.orders(1)
    made = act(door, "review", "review", orders)
    age(alice, made, timedelta(minutes=2, seconds=5))
    assert "Undo “Review” of 1 order, 2 min ago?" in press(door, made)
    assert stages(alice, orders) == {"to_pack"}


def test_what_was_not_the_last_act_is_asked_about(alice: World, door: Client) -> None:
    first, second = alice.orders(1, prefix="A"), alice.orders(1, prefix="B")
    made = act(door, "review", "review", first)
    later = act(door, "review", "review", second)
    said = press(door, made)
    assert f'hx-post="/batches/{later}/undo/"' in said
    assert stages(alice, [*first, *second]) == {"to_pack"}


def test_after_a_print_it_says_that_printing_cannot_be_undone_and_asks_about_the_act_before(
    alice: World, door: Client
) -> None:
    orders, parcels = alice.orders(1, prefix="A"), alice.allocated(1, prefix="B")
    review = act(door, "review", "review", orders)
    made = act(door, "label", "print", parcels)
    said = press(door, made)
    assert "“Print labels” of 1 parcel cannot be undone." in said
    assert "Undo “Review” of 1 order, just now?" in said
    assert f'hx-post="/batches/{review}/undo/"' in said
    assert stages(alice, orders) == {"to_pack"}


def test_with_nothing_to_undo_it_says_so(alice: World, door: Client) -> None:
    assert "There is nothing of yours of the last 24 hours to undo." in press(door)


def test_a_batch_that_still_runs_holds_the_key_back(alice: World, door: Client) -> None:
    orders = alice.orders(1)
    act(door, "review", "review", orders)
    running = act(door, "review", "review", alice.orders(1, prefix="R"))
    with alice.scope():
        sql.run(
            "UPDATE core_batch SET status = 'running' WHERE organization_id = %s AND uuid = %s",
            [alice.organization_id, running],
        )
    assert "“Review” is still running. Undo it when it is finished." in press(door, running)
    assert stages(alice, orders) == {"to_pack"}


def test_the_button_of_a_list_names_what_it_would_undo(alice: World, door: Client) -> None:
    act(door, "review", "review", alice.orders(2))
    page = door.get("/desk/waybill/").content.decode()
    assert 'title="Undo “Review” of 2 orders, just now?"' in page
    assert '<span class="word">Undo: Review</span>' in page


def test_nobody_undoes_what_others_did(alice: World, bob: World, door: Client) -> None:
    orders = alice.orders(1)
    alice.do("review_orders", orders)
    other = Client()
    other.force_login(User.objects.get(email=cast.BOB), backend="django.contrib.auth.backends.ModelBackend")
    assert "There is nothing of yours of the last 24 hours to undo." in press(other)
