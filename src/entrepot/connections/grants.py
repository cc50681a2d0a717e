"""What sellers granted us: kept encrypted, read for a call, refreshed by one worker at a time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from entrepot.connections.own_words import NOT_CONNECTED, RENEWING
from entrepot.core import sql
from entrepot.core.scope import organization_scope
from entrepot.core.secrets import decrypt, encrypt
from entrepot.marketplaces.contract import Access, App, CallFailed, Grant, Trouble

SOON = timedelta(seconds=10)  # when to come again for a token that another worker is about to bring


class NotConnected(Exception):
    """The store has no grant, or the seller took it back."""

    def __init__(self, store_id: int, state: str) -> None:
        super().__init__(NOT_CONNECTED)
        self.store_id, self.state = store_id, state


def keep_grant(organization_id: int, store_id: int, app: App, grant: Grant, at: datetime) -> None:
    """Keeps a fresh grant of a store, in place of an older one. Call it inside the organization's scope."""
    sql.run(
        """
        INSERT INTO connections_grant AS g (organization_id, store_id, account, app_key, hosts, extra, secrets, expires_at,
            refresh_expires_at, state, granted_at, refreshed_at)
        VALUES (%(org)s, %(store)s, %(account)s, %(key)s, %(hosts)s::jsonb, %(extra)s::jsonb, %(secrets)s, %(expires)s,
            %(refresh_expires)s, 'ok', %(at)s, %(at)s)
        ON CONFLICT (organization_id, store_id) DO UPDATE SET account = excluded.account, app_key = excluded.app_key,
            hosts = excluded.hosts, extra = excluded.extra, secrets = excluded.secrets, expires_at = excluded.expires_at,
            refresh_expires_at = excluded.refresh_expires_at, state = 'ok', granted_at = excluded.granted_at,
            refreshed_at = excluded.refreshed_at
        """,
        _values(organization_id, store_id, app, grant) | {"at": at},
    )


def _values(organization_id: int, store_id: int, app: App, grant: Grant) -> dict[str, Any]:
    secrets = {"app_secret": app.secret, "access_token": grant.access_token, "refresh_token": grant.refresh_token,
               "app_extra": dict(app.extra)}  # fmt: skip
    return {
        "org": organization_id,
        "store": store_id,
        "account": grant.account,
        "key": app.key,
        "hosts": sql.dump(dict(app.hosts)),
        "extra": sql.dump(dict(grant.extra)),
        "secrets": encrypt(sql.dump(secrets)),
        "expires": grant.expires_at,
        "refresh_expires": grant.refresh_expires_at,
    }


def app_of(organization_id: int, store_id: int) -> App:
    """Our registration that a store uses, connected or not. Call it inside the organization's scope."""
    ((key, hosts, secrets),) = sql.rows(
        "SELECT app_key, hosts::text, secrets FROM connections_grant WHERE organization_id = %s AND store_id = %s",
        [organization_id, store_id],
    )
    return _app(key, orjson.loads(decrypt(secrets)), hosts)


def _app(key: str, secrets: Mapping[str, Any], hosts: str) -> App:
    return App(key, secrets["app_secret"], orjson.loads(hosts), secrets.get("app_extra", {}))


def access_of(organization_id: int, store_id: int) -> Access:
    """
    Raises:
        NotConnected: there is no grant, or it is dead.
    """
    with organization_scope(organization_id):
        return _read(organization_id, store_id)


def _read(organization_id: int, store_id: int, *, lock: bool = False) -> Access:
    found = sql.dicts(
        f"""
        SELECT account, app_key, hosts::text AS hosts, extra::text AS extra, secrets, expires_at, refresh_expires_at, state
        FROM connections_grant WHERE organization_id = %s AND store_id = %s {"FOR NO KEY UPDATE" if lock else ""}
        """,
        [organization_id, store_id],
    )
    if not found or found[0]["state"] != "ok":
        raise NotConnected(store_id, found[0]["state"] if found else "never connected")
    row = found[0]
    secrets: Mapping[str, Any] = orjson.loads(decrypt(row["secrets"]))
    return Access(
        _app(row["app_key"], secrets, row["hosts"]),
        Grant(
            row["account"], secrets["access_token"], secrets["refresh_token"], row["expires_at"],
            row["refresh_expires_at"], orjson.loads(row["extra"]),
        ),
    )  # fmt: skip


def refresh(
    organization_id: int, store_id: int, stale: Grant, renew: Callable[[Access], Grant], at: datetime
) -> Access:
    """The access to use instead of a stale one.

    The row stays locked while the marketplace is asked: a refresh token may be good for a single use, and two workers
    that want one get one. The second finds the fresh pair and asks nothing. The pair is committed before anybody uses it.

    Raises:
        NotConnected: the marketplace no longer honours the grant; the store waits for its owner.
        CallFailed: it could not be asked now, or another worker has been asking for longer than we wait (THROTTLED).
    """
    try:
        return _refresh(organization_id, store_id, stale, renew, at)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise CallFailed(Trouble.THROTTLED, RENEWING, retry_at=at + SOON) from None


def _refresh(
    organization_id: int, store_id: int, stale: Grant, renew: Callable[[Access], Grant], at: datetime
) -> Access:
    dead: CallFailed | None = None
    with organization_scope(organization_id):
        sisters = _sisters(organization_id, store_id)
        held = _read(organization_id, store_id)
        if held.grant.access_token != stale.access_token:
            return held
        try:
            fresh = renew(held)
        except CallFailed as failed:
            if failed.trouble not in (Trouble.AUTH_REVOKED, Trouble.AUTH_EXPIRED, Trouble.SHOP_DISABLED):
                raise
            dead = failed
            set_state(organization_id, store_id, "revoked")
        else:
            fresh = replace(fresh, account=fresh.account or held.grant.account)
            for sister, access in sisters.items():
                if access.grant.refresh_token == held.grant.refresh_token:  # one pair for all shops of a seller
                    own = replace(fresh, account=access.grant.account, extra={**fresh.extra, **access.grant.extra})
                    _renew(organization_id, sister, access.app, fresh if sister == store_id else own, at)
            return Access(held.app, fresh)
    raise NotConnected(store_id, "revoked") from dead


def _sisters(organization_id: int, store_id: int) -> dict[int, Access]:
    """The living grants of the same app, locked: shops of one seller may share a pair of tokens."""
    found = sql.rows(
        """
        SELECT store_id FROM connections_grant WHERE organization_id = %s AND state = 'ok' AND app_key IN (
            SELECT app_key FROM connections_grant WHERE organization_id = %s AND store_id = %s)
        ORDER BY store_id FOR NO KEY UPDATE
        """,
        [organization_id, organization_id, store_id],
    )
    return {row[0]: _read(organization_id, row[0]) for row in found}


def _renew(organization_id: int, store_id: int, app: App, fresh: Grant, at: datetime) -> None:
    sql.run(
        """
        UPDATE connections_grant SET account = %(account)s, extra = %(extra)s::jsonb, secrets = %(secrets)s,
            expires_at = %(expires)s, refresh_expires_at = %(refresh_expires)s, refreshed_at = %(at)s
        WHERE organization_id = %(org)s AND store_id = %(store)s
        """,
        _values(organization_id, store_id, app, fresh) | {"at": at},
    )


def set_state(organization_id: int, store_id: int, state: str) -> None:
    """`state`: pending, ok, expired or revoked. Call it inside the organization's scope."""
    sql.run(
        "UPDATE connections_grant SET state = %s WHERE organization_id = %s AND store_id = %s",
        [state, organization_id, store_id],
    )
