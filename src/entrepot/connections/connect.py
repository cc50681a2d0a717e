"""Connect a store: choose a marketplace, go there and allow it, come back; or give the keys. Only the owner may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from entrepot.connections import grants, pulls
from entrepot.connections.addresses import check_hosts
from entrepot.connections.begun import begin_again, begun_of
from entrepot.connections.plan import TooManyStores, require_room
from entrepot.connections.queries import store_row
from entrepot.connections.stores import create_store, store_by_id, store_named
from entrepot.connections.wire import HouseWire
from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Actor, Permission
from entrepot.core.queue import defer
from entrepot.core.scope import organization_scope
from entrepot.marketplaces.contract import App, AuthForm, CallFailed, Grant, Trouble
from entrepot.marketplaces.registry import connector_of

SALT = "connect-store"
MOST_AGE = 3600
SYNC = "sync_store"


class StateRefused(Exception):
    """What came back from the marketplace is not the answer to a question of ours, or too late."""

    def __init__(self) -> None:
        super().__init__("This authorization was not begun here, or more than an hour ago. Connect the store again.")


class OtherAccount(CallFailed):
    """The owner allowed another shop than the store's own. Its orders and notices must not mix."""

    def __init__(self, own: str, other: str) -> None:
        sentence = _(
            "This store is %(own)s at its marketplace; you allowed %(other)s. Connect another shop as a new store."
        )
        super().__init__(Trouble.INVALID_INPUT, sentence % {"own": own, "other": other}, code="other_account")


class NoShop(CallFailed):
    """The marketplace said yes and named no shop: there is nothing to connect the store to."""

    def __init__(self) -> None:
        sentence = _(
            "The marketplace allowed it and named no shop. Choose a shop there, or open one, and connect again."
        )
        super().__init__(Trouble.INVALID_INPUT, sentence, code="no_shop")


class AliasTaken(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is a store named “{name}” already. Choose another alias.")


@dataclass(frozen=True, slots=True)
class Begun:
    """`url`: where the owner allows it; "" when keys were enough and the store is connected. `left`: see `Connected`."""

    store_id: int
    url: str
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connected:
    """The store that is connected now, and the accounts of further shops for which the plan had no room: `left`."""

    store_id: int
    left: tuple[str, ...]


def begin(
    *,
    organization_id: int,
    name: str,
    marketplace: str,
    app: App,
    currency: str,
    time_zone: str,
    back_to: str,
    actor: Actor,
    at: datetime,
    keys: Mapping[str, str] | None = None,
    sender: dict[str, str] | None = None,
    default_service_id: int | None = None,
) -> Begun:
    """Makes the store, or takes the one of this alias that was begun and never allowed; keeps the app's keys, and says
    where to go.

    Raises:
        NotAllowed: the actor is not an owner.
        AliasTaken: another store has this alias.
        CallFailed: the keys were refused (a marketplace without OAuth).
    """
    actor.require(Permission.CONNECT)
    with organization_scope(organization_id):
        store_id = begun_of(organization_id, marketplace).get(name)
        if store_id is not None:  # begun before and never allowed: it goes on
            begin_again(
                organization_id, store_id, currency=currency, time_zone=time_zone, sender=sender,
                default_service_id=default_service_id,
            )  # fmt: skip
        elif store_named(organization_id, name):
            raise AliasTaken(name)
        else:
            store_id = create_store(
                organization_id=organization_id, name=name, marketplace=marketplace, currency=currency,
                time_zone=time_zone, actor=actor, at=at, sender=sender, default_service_id=default_service_id,
            ).id  # fmt: skip
        _keep_app(organization_id, store_id, app, at)
    return resume(organization_id=organization_id, store_id=store_id, back_to=back_to, actor=actor, at=at, keys=keys)


def resume(
    *,
    organization_id: int,
    store_id: int,
    back_to: str,
    actor: Actor,
    at: datetime,
    keys: Mapping[str, str] | None = None,
) -> Begun:
    """The same for a store that is there: its grant ended, or its owner went away half-way."""
    actor.require(Permission.CONNECT)
    with organization_scope(organization_id):
        store = store_by_id(organization_id, store_id)
        app = grants.app_of(organization_id, store_id)
    assert store is not None
    connector = connector_of(store.marketplace)
    if connector.can.auth is AuthForm.KEYS:
        done = _settle(organization_id, store_id, store.marketplace, dict(keys or {}), back_to, actor, at)
        return Begun(store_id, "", done.left)
    state = signing.dumps([organization_id, store_id, actor.member_id], salt=SALT)
    return Begun(store_id, connector.authorize_url(app, state=state, back_to=back_to))


def come_back(*, answer: Mapping[str, str], back_to: str, actor: Actor, at: datetime) -> Connected:
    """The marketplace sent the owner back. Returns the store that is connected now, and what there was no room for.

    Raises:
        StateRefused: the state is not ours, of another member, or old.
        CallFailed: the owner denied it, or the code was refused.
    """
    actor.require(Permission.CONNECT)
    try:
        organization_id, store_id, member_id = signing.loads(answer.get("state", ""), salt=SALT, max_age=MOST_AGE)
    except signing.BadSignature as error:
        raise StateRefused from error
    if (organization_id, member_id) != (actor.organization_id, actor.member_id):
        raise StateRefused
    with organization_scope(organization_id):
        store = store_by_id(organization_id, store_id)
    if store is None:
        raise StateRefused
    return _settle(organization_id, store_id, store.marketplace, answer, back_to, actor, at)


def _settle(
    organization_id: int,
    store_id: int,
    marketplace: str,
    answer: Mapping[str, str],
    back_to: str,
    actor: Actor,
    at: datetime,
) -> Connected:
    """Returns the store that is connected now: another than asked for, when the shop has one already."""
    connector = connector_of(marketplace)
    with organization_scope(organization_id):
        app = grants.app_of(organization_id, store_id)
    wire = HouseWire(organization_id, store_id, connector, lambda: at)
    granted = connector.exchange(wire, app, answer, back_to=back_to, now=at)
    if not granted:
        raise NoShop
    with organization_scope(organization_id):
        here = _accounts(organization_id, marketplace)
        own = next((account for account, store in here.items() if store == store_id), "")
        if own and own not in {grant.account for grant in granted}:
            raise OtherAccount(own, ", ".join(grant.account for grant in granted))
        free = None if own else store_id  # the new store takes the first shop that no store has yet
        taken: list[tuple[int, Grant]] = []
        left = []
        for grant in granted:
            try:
                target = here.get(grant.account) or free or _sister(organization_id, store_id, grant, app, actor, at)
            except TooManyStores:  # as many as fit are connected
                left.append(grant.account)
                continue
            taken.append((target, grant))
            free = None if target == free else free
        targets = [target for target, _grant in taken]
        # Written in the order in which a refresh locks the grants of one app.
        for target, grant in sorted(taken, key=lambda pair: pair[0]):
            grants.keep_grant(organization_id, target, app, grant, at)
            pulls.start(organization_id, target, at, connector.can.every)
            history.record(
                organization_id=organization_id,
                subject=Subject.STORE,
                verb="connect_store",
                changes=[Change(target, None, {"account": grant.account})],
                actor_id=actor.member_id,
                batch_id=None,
                at=at,
            )
            defer(SYNC, queue="outside", once=f"sync-{organization_id}-{target}", organization_id=organization_id,
                  store_id=target, why="consent")  # fmt: skip
        if store_id not in targets:  # its shop is another store's already: this one was never needed
            sql.run("DELETE FROM connections_store WHERE organization_id = %s AND id = %s", [organization_id, store_id])
    return Connected(targets[0], tuple(left))


def _accounts(organization_id: int, marketplace: str) -> dict[str, int]:
    """account -> store, of the stores of this marketplace that were connected once."""
    return dict(
        sql.rows(
            """
            SELECT g.account, g.store_id FROM connections_grant g
            JOIN connections_store s ON s.organization_id = %(org)s AND s.id = g.store_id
            WHERE g.organization_id = %(org)s AND s.marketplace = %(marketplace)s AND g.account <> '' ORDER BY g.store_id DESC
            """,
            {"org": organization_id, "marketplace": marketplace},
        )
    )


def _sister(organization_id: int, store_id: int, grant: Grant, app: App, actor: Actor, at: datetime) -> int:
    """One authorization may bring several shops: each is a store of its own, named after its account."""
    first = store_row(organization_id, store_id)
    assert first is not None
    made = create_store(
        organization_id=organization_id, name=f"{first['name'][:40]} · {grant.account[-36:]}",
        marketplace=first["marketplace"], currency=first["currency"], time_zone=first["time_zone"], actor=actor, at=at,
        sender=first["sender"], default_service_id=first["default_service_id"],
    )  # fmt: skip
    return made.id


def _keep_app(organization_id: int, store_id: int, app: App, at: datetime) -> None:
    check_hosts(app.hosts)
    known = sql.rows(
        "SELECT account FROM connections_grant WHERE organization_id = %s AND store_id = %s",
        [organization_id, store_id],
    )
    grants.keep_grant(organization_id, store_id, app, Grant(known[0][0] if known else "", ""), at)
    grants.set_state(organization_id, store_id, "pending")


def change_app(*, organization_id: int, store_id: int, app: App, actor: Actor, at: datetime) -> None:
    """Other keys for a store that is there. It waits for its owner's consent again: the old one was for the old app."""
    actor.require(Permission.CONNECT)
    with organization_scope(organization_id):
        _keep_app(organization_id, store_id, app, at)
        history.note(
            "change_app",
            organization_id=organization_id,
            subject=Subject.STORE,
            change=Change(store_id, None, {"app_key": app.key}),
            actor_id=actor.member_id,
            at=at,
        )


def switch(*, organization_id: int, store_ids: Sequence[int], enabled: bool, actor: Actor, at: datetime) -> None:
    """Switches stores on or off. Off: no sync, no stock push, no notices; everything that is here stays. Owners only."""
    actor.require(Permission.CONNECT)
    with organization_scope(organization_id):
        off = "SELECT 1 FROM connections_store WHERE organization_id = %s AND id = ANY(%s) AND NOT is_enabled"
        if enabled and (more := len(sql.rows(off, [organization_id, list(store_ids)]))):
            require_room(organization_id, more=more)
        changed = sql.rows(
            """
            UPDATE connections_store SET is_enabled = %s
            WHERE organization_id = %s AND id = ANY(%s) AND is_enabled <> %s RETURNING id
            """,
            [enabled, organization_id, list(store_ids), enabled],
        )
        history.record(
            organization_id=organization_id,
            subject=Subject.STORE,
            verb="enable_store" if enabled else "disable_store",
            changes=[Change(row[0], {"enabled": not enabled}, {"enabled": enabled}) for row in changed],
            actor_id=actor.member_id,
            batch_id=None,
            at=at,
        )


def sync_now(*, organization_id: int, store_ids: Sequence[int], actor: Actor, at: datetime) -> None:
    """The button “Sync orders”.

    Raises:
        NotAllowed: the actor may not import orders.
    """
    actor.require(Permission.IMPORT)
    with organization_scope(organization_id):
        for store_id in sorted(set(store_ids)):  # whoever else wakes several takes them in this order too
            pulls.wake(organization_id, store_id, [], at)
            defer(SYNC, queue="outside", once=f"sync-{organization_id}-{store_id}", organization_id=organization_id,
                  store_id=store_id, why="button")  # fmt: skip


def expiring(organization_id: int, by: datetime) -> list[dict[str, Any]]:
    """Stores whose authorization ends by then or has ended: the alarm. Call it inside the scope."""
    return sql.dicts(
        """
        SELECT s.id, s.name, g.state, coalesce(g.refresh_expires_at, g.expires_at) AS ends_at FROM connections_grant g
        JOIN connections_store s ON s.organization_id = %(org)s AND s.id = g.store_id
        WHERE g.organization_id = %(org)s AND s.is_enabled
            AND (g.state IN ('expired', 'revoked') OR g.refresh_expires_at < %(by)s)
        ORDER BY s.name
        """,
        {"org": organization_id, "by": by},
    )
