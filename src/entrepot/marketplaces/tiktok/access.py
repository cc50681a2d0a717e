"""The seller's consent: the page, the tokens, the shops. Secrets travel in these URLs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from entrepot.marketplaces.contract import Access, App, CallFailed, Grant, Request, Trouble, Wire
from entrepot.marketplaces.reading import Record
from entrepot.marketplaces.tiktok.client import AUTH, AUTHORIZE, Client, data_of, host


def authorize_url(app: App, *, state: str, back_to: str) -> str:
    """The page answers to the address registered with the app; `redirect_uri` only repeats it.

    Their console shows a service id beside the app key; the page of consent wants that one. Without it the key is sent.
    """
    query = {"service_id": app.extra.get("service_id") or app.key, "state": state, "redirect_uri": back_to}
    return f"{host(app, 'authorize', AUTHORIZE)}?{urlencode(query)}"


def exchange(wire: Wire, app: App, answer: Mapping[str, str], *, now: datetime) -> Sequence[Grant]:
    """One grant per shop. All of them hold the same tokens: `extra["open_id"]` says which belong together."""
    code = answer.get("code") or answer.get("auth_code") or ""
    if not code:
        raise CallFailed(Trouble.AUTH_REVOKED, answer.get("error", "") or "no code came back", code="no_code")
    query = {"auth_code": code, "grant_type": "authorized_code"}
    tokens = _tokens(wire, app, "token.get", "/api/v2/token/get", query, now=now)
    found = Client(wire, Access(app, tokens), now).get("authorization.shops", "/authorization/202309/shops", {})
    return [
        replace(
            tokens,
            account=shop.needed("id"),
            extra={
                **tokens.extra,
                "shop_cipher": shop.needed("cipher"),
                "name": shop.text("name"),
                "region": shop.text("region"),
                "seller_type": shop.text("seller_type"),
            },
        )
        for shop in found.records("shops")
    ]


def refresh(wire: Wire, access: Access, *, now: datetime) -> Grant:
    if not access.grant.refresh_token:
        raise CallFailed(Trouble.AUTH_REVOKED, "there is no refresh token", code="no_refresh_token")
    query = {"refresh_token": access.grant.refresh_token, "grant_type": "refresh_token"}
    tokens = _tokens(wire, access.app, "token.refresh", "/api/v2/token/refresh", query, now=now)
    return replace(tokens, account=access.grant.account, extra={**access.grant.extra, **tokens.extra})


def _tokens(wire: Wire, app: App, operation: str, path: str, query: Mapping[str, str], *, now: datetime) -> Grant:
    named = {"app_key": app.key, "app_secret": app.secret, **query}
    request = Request(operation, "GET", f"{host(app, 'auth', AUTH)}{path}?{urlencode(named)}")
    try:
        data = data_of(wire.send(request), now=now, writes=False)
    except CallFailed as failure:
        if failure.trouble is Trouble.AUTH_EXPIRED:  # here it is the refresh token itself that has ended
            raise CallFailed(Trouble.AUTH_REVOKED, failure.message, code=failure.code) from None
        raise
    return grant_of(data)


def grant_of(data: Record) -> Grant:
    """Both lifetimes are absolute Unix times, whatever their names say."""
    return Grant(
        account="",
        access_token=data.needed("access_token"),
        refresh_token=data.text("refresh_token"),
        expires_at=data.seconds("access_token_expire_in"),
        refresh_expires_at=data.seconds("refresh_token_expire_in"),
        extra={"open_id": data.text("open_id")},
    )
