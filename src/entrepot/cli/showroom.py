"""The demo organization of `up --demo`: Alice the owner, Bob the packer, and work in every stage of the desk."""

import os
import secrets
from collections.abc import Callable

from entrepot.cli import sample
from entrepot.cli.sandbox_process import sandbox_for_a_while
from entrepot.cli.sandbox_stores import apps, carrier_codes, connect_shop, tell
from entrepot.cli.verbs import register, waiting
from entrepot.core import sql
from entrepot.core.batch import VERBS
from entrepot.core.clock import now
from entrepot.core.organizations import add_member, create_organization, organization_named
from entrepot.core.permissions import Actor, Role, member_actor, system_actor
from entrepot.core.scope import organization_scope
from entrepot.embedded.home import home
from entrepot.orders.importing import import_orders

ORGANIZATION = "Lantern & Loom"
ALICE = "alice@example.com"
BOB = "bob@example.com"
STORES, SHOP, TRICKLE = 4, "alpha", 6  # orders a minute over all stores
# How far the demo is worked: (verb, items of the nearest deadlines).
STEPS = (
    ("review_orders", 74),
    ("pack_orders", 62),
    ("get_waybills", 44),
    ("allocate_parcels", 36),
    ("ship_parcels", 12),
)


def furnish(say: Callable[[str], None], *, sandbox_port: int, web: str) -> None:
    """Makes the demo once; a database that has an organization already is left alone.

    `web`: where our own pages will answer, for webhooks.
    """
    if organization_named(None) is not None:
        return
    say("Making a demo shop with orders to work on …")
    at = now()
    organization_id = create_organization(name=ORGANIZATION, at=at, time_zone="Asia/Shanghai")
    password = secrets.token_urlsafe(9)
    alice = add_member(
        organization_id=organization_id, email=ALICE, name="Alice", role=Role.OWNER, password=password, at=at
    )
    add_member(organization_id=organization_id, email=BOB, name="Bob", role=Role.PACKER, password=password, at=at)
    store = sample.shop(organization_id, store_name="Lantern & Loom", at=at)
    actor = system_actor(organization_id)
    import_orders(
        organization_id=organization_id,
        store=store,
        drafts=sample.drafts(store, at=at),
        actor=actor,
        at=at,
        options={"file": "orders.csv"},
    )
    _work(organization_id)
    say("Connecting four stores of the sandbox …")
    _connect(organization_id, member_actor(organization_id, alice, "Alice", Role.OWNER), sandbox_port, web)
    note = home() / "sign-in.txt"
    note.touch(mode=0o600)
    os.chmod(note, 0o600)
    note.write_text(f"Sign in as {ALICE} (owner) or {BOB} (packer), password: {password}\n")


def _connect(organization_id: int, owner: Actor, port: int, web: str) -> None:
    """One shop of each of the first four marketplaces that the sandbox plays; orders trickle in from then on."""
    with organization_scope(organization_id):
        ((service,),) = sql.rows(
            "SELECT id FROM connections_shippingservice WHERE organization_id = %s AND code = %s",
            [organization_id, sample.SERVICE],
        )
    with sandbox_for_a_while(home() / "sandbox", port) as url:
        for marketplace, value in list(apps(url).items())[:STORES]:
            connect_shop(
                url, marketplace, SHOP, alias=f"{value['title']} (sandbox)", organization_id=organization_id, actor=owner,
                at=now(), sender=sample.SENDER, default_service_id=service,
            )  # fmt: skip
            tell(url, "orders", {"marketplace": marketplace, "shop": SHOP, "count": 6})
            tell(url, "webhooks", {"marketplace": marketplace, "url": f"{web}/hooks/{marketplace}/"})
        tell(url, "trickle", {"per_minute": TRICKLE})
        codes = carrier_codes(url)
    with organization_scope(organization_id):
        sql.run(
            "UPDATE connections_shippingservice SET carrier_codes = %s::jsonb WHERE organization_id = %s",
            [sql.dump(codes), organization_id],
        )
        # A newcomer should not wait for the first orders.
        sql.run(
            "UPDATE connections_sync SET every_seconds = 20 WHERE organization_id = %s AND every_seconds <= 120",
            [organization_id],
        )


def _work(organization_id: int) -> None:
    register()
    actor = system_actor(organization_id)
    for verb, most in STEPS:
        with organization_scope(organization_id):
            ids = waiting(organization_id, verb, [])[:most]
            if verb == "review_orders":  # leave the odd ones for the newcomer to look at
                ids = [
                    row[0]
                    for row in sql.rows(
                        """
                        SELECT id FROM orders_order WHERE organization_id = %s AND stage = 'to_review'
                            AND cardinality(review_reasons) = 0 ORDER BY deadline_at, id LIMIT %s
                        """,
                        [organization_id, most],
                    )
                ]
        VERBS[verb](organization_id=organization_id, ids=ids, actor=actor, at=now())
