"""The merchant's consent: the shop's own page, the code, an offline token with or without an end."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from entrepot.marketplaces.answers import json_bytes, json_record
from entrepot.marketplaces.contract import Access, App, CallFailed, Grant, Request, Trouble, Wire
from entrepot.marketplaces.reading import Record
from entrepot.marketplaces.shopify.client import refuse_status, shop_host

SCOPES = (
    "read_orders,read_products,read_inventory,write_inventory,read_locations,"
    "read_merchant_managed_fulfillment_orders,write_merchant_managed_fulfillment_orders,"
    "read_assigned_fulfillment_orders,write_assigned_fulfillment_orders"
)
DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")


def domain_of(named: str) -> str:
    """ "Alpha", "alpha.myshopify.com" and "https://alpha.myshopify.com/" are one shop.

    Raises:
        CallFailed: INVALID_INPUT, it is no shop's name. Our secret goes to no other host.
    """
    handle = named.strip().lower().removeprefix("https://").rstrip("/").removesuffix(".myshopify.com")
    domain = f"{handle}.myshopify.com"
    if not DOMAIN.fullmatch(domain):
        raise CallFailed(Trouble.INVALID_INPUT, f"{named!r} is no shop: it looks like name.myshopify.com", code="shop")
    return domain


def authorize_url(app: App, *, state: str, back_to: str) -> str:
    """Each shop has a page of its own: `app.extra["shop"]` names it."""
    query = {
        "client_id": app.key,
        "scope": app.extra.get("scopes", SCOPES),
        "redirect_uri": back_to,
        "state": state,
    }
    return f"{shop_host(app, domain_of(app.extra.get('shop', '')))}/admin/oauth/authorize?{urlencode(query)}"


def exchange(wire: Wire, app: App, answer: Mapping[str, str], *, now: datetime) -> Sequence[Grant]:
    """The query that came back is signed; it is believed only then."""
    if not answer.get("code"):
        raise CallFailed(Trouble.AUTH_REVOKED, answer.get("error", "") or "no code came back", code="no_code")
    if not is_answer_signed(app, answer):
        raise CallFailed(Trouble.INVALID_INPUT, "the answer is not signed by Shopify", code="hmac")
    shop = domain_of(answer.get("shop", ""))
    body = {"client_id": app.key, "client_secret": app.secret, "code": answer["code"], "expiring": "1"}
    return [_token(wire, app, "token.get", shop, body, now=now)]


def is_answer_signed(app: App, answer: Mapping[str, str]) -> bool:
    message = urlencode(sorted((name, value) for name, value in answer.items() if name not in ("hmac", "signature")))
    wanted = hmac.new(app.secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), answer.get("hmac", "").encode())


def refresh(wire: Wire, access: Access, *, now: datetime) -> Grant:
    app, grant = access.app, access.grant
    if not grant.refresh_token:
        raise CallFailed(Trouble.AUTH_REVOKED, "a token without an end cannot be refreshed", code="no_refresh_token")
    body = {
        "client_id": app.key,
        "client_secret": app.secret,
        "grant_type": "refresh_token",
        "refresh_token": grant.refresh_token,
    }
    return _token(wire, app, "token.refresh", grant.account, body, now=now)


def _token(wire: Wire, app: App, operation: str, shop: str, body: Mapping[str, str], *, now: datetime) -> Grant:
    headers = {"content-type": "application/json", "accept": "application/json"}
    url = f"{shop_host(app, shop)}/admin/oauth/access_token"
    answer = wire.send(Request(operation, "POST", url, headers, json_bytes(body)))
    if answer.status in (400, 401, 403):  # the code or the refresh token is not good (any more)
        message = answer.content[:200].decode(errors="replace")
        raise CallFailed(Trouble.AUTH_REVOKED, message, code=str(answer.status))
    refuse_status(answer, now=now, writes=False)
    return _grant_of(json_record(answer), shop, now=now)


def _grant_of(told: Record, shop: str, *, now: datetime) -> Grant:
    def end(name: str) -> datetime | None:
        seconds = told.whole(name)
        return now + timedelta(seconds=seconds) if seconds else None

    return Grant(
        account=shop,
        access_token=told.needed("access_token"),
        refresh_token=told.text("refresh_token"),
        expires_at=end("expires_in"),
        refresh_expires_at=end("refresh_token_expires_in"),
        extra={"scope": told.text("scope")},
    )


def is_webhook_signed(secret: str, body: bytes, claimed: str) -> bool:
    wanted = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(wanted, claimed.encode())
