"""Whatever is set up stands in history: who made it, when, and as what. Asking again for what is there writes nothing."""

from typing import Any

import pytest
from tests.cast import AT, World, fresh_world

from entrepot.carriers.registry import expand_range
from entrepot.connections import services, stores
from entrepot.core.batch import loads
from entrepot.core.organizations import create_organization
from entrepot.core.permissions import NotAllowed


def story(world: World, subject: str, subject_id: int) -> list[tuple[Any, ...]]:
    found = world.rows(
        """
        SELECT verb, actor_id, at, before, after FROM core_event
        WHERE organization_id = %s AND subject = %s AND subject_id = %s ORDER BY id
        """,
        subject,
        subject_id,
    )
    return [(verb, actor, at, before, loads(after)) for verb, actor, at, before, after in found]


def account_of(world: World, name: str) -> int:
    return services.create_account(
        organization_id=world.organization_id, carrier="manual", name=name, actor=world.actor, at=AT
    )


def service_of(world: World, account: int, code: str) -> int:
    return services.create_service(
        organization_id=world.organization_id, account_id=account, code=code, name="Air", numbering="pool",
        number_format="s10", actor=world.actor, at=AT,
    )  # fmt: skip


def test_an_account_a_service_and_its_numbers_are_each_told_once(alice: World) -> None:
    me = alice.actor.member_id
    with alice.scope():
        account = account_of(alice, "Air post")
        assert account_of(alice, "Air post") == account
        service = service_of(alice, account, "air")
        assert service_of(alice, account, "air") == service
        for _ in range(2):
            services.add_numbers(
                organization_id=alice.organization_id, service_id=service, actor=alice.actor, at=AT,
                numbers=expand_range("RA", 1, 30, "CN"),
            )  # fmt: skip
    first, *_, last = expand_range("RA", 1, 30, "CN")
    assert story(alice, "account", account) == [
        ("create_account", me, AT, None, {"carrier": "manual", "name": "Air post"})
    ]
    facts = {"account_id": account, "code": "air", "name": "Air", "numbering": "pool", "number_format": "s10"}
    assert story(alice, "service", service) == [
        ("create_service", me, AT, None, facts),
        ("add_numbers", me, AT, None, {"added": 30, "first": first, "last": last}),
    ]


def test_a_store_is_told_once(alice: World) -> None:
    def make() -> int:
        return stores.create_store(
            organization_id=alice.organization_id, name="Side Street", marketplace="file", currency="EUR",
            time_zone="Europe/Berlin", actor=alice.actor, at=AT, default_service_id=alice.service(),
        ).id  # fmt: skip

    with alice.scope():
        store = make()
        assert make() == store
    facts = {
        "name": "Side Street", "marketplace": "file", "currency": "EUR", "time_zone": "Europe/Berlin",
        "default_service_id": alice.service(),
    }  # fmt: skip
    assert story(alice, "store", store) == [("create_store", alice.actor.member_id, AT, None, facts)]


def test_an_organization_begins_its_own_history_and_nobody_else_s(alice: World) -> None:
    made = create_organization(name="Third", at=AT, time_zone="Asia/Shanghai")
    third = World(made, alice.actor)
    assert story(third, "organization", made) == [
        ("create_organization", None, AT, None, {"name": "Third", "time_zone": "Asia/Shanghai"})
    ]
    assert story(alice, "organization", made) == []


def test_numbers_of_a_whole_pool_are_one_line_of_history(committed: str) -> None:
    world = fresh_world("Numbers", numbers=1000)
    assert [line[4]["added"] for line in story(world, "service", world.service()) if line[0] == "add_numbers"] == [1000]


def set_codes(world: World, service: int, codes: dict[str, str]) -> bool:
    return services.set_carrier_codes(
        organization_id=world.organization_id, service_id=service, codes=codes, actor=world.actor, at=AT
    )


def codes_of(world: World, service: int) -> dict[str, str]:
    ((codes,),) = world.rows(
        "SELECT carrier_codes FROM connections_shippingservice WHERE organization_id = %s AND id = %s", service
    )
    return dict(loads(codes))


def test_what_marketplaces_call_a_carrier_is_set_one_by_one_and_told_once(alice: World) -> None:
    service = alice.service()
    with alice.scope():
        assert set_codes(alice, service, {"tiktok": " 7117 ", "shopify": ""})
        assert not set_codes(alice, service, {"tiktok": "7117"})
        assert set_codes(alice, service, {"shopify": "China Post"})
        assert codes_of(alice, service) == {"tiktok": "7117", "shopify": "China Post"}
        assert set_codes(alice, service, {"tiktok": " "})
    assert codes_of(alice, service) == {"shopify": "China Post"}
    told = [(loads(line[3]), line[4]) for line in story(alice, "service", service) if line[0] == "set_carrier_codes"]
    assert told == [
        ({}, {"tiktok": "7117"}),
        ({"tiktok": "7117"}, {"tiktok": "7117", "shopify": "China Post"}),
        ({"tiktok": "7117", "shopify": "China Post"}, {"shopify": "China Post"}),
    ]


def test_carrier_codes_are_for_those_who_may_set_up_and_for_services_of_their_own(
    alice: World, bob: World, charlie: World
) -> None:
    service = alice.service()
    with bob.scope(), pytest.raises(NotAllowed):
        set_codes(bob, service, {"tiktok": "1"})
    with charlie.scope():
        assert not set_codes(charlie, service, {"tiktok": "1"})
    assert codes_of(alice, service) == {}
