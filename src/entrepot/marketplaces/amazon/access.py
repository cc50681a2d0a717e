"""Login with Amazon: consent page, tokens, their renewal."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from entrepot.marketplaces.amazon.client import AUTH, AUTHORIZE, REGION, REGIONS, host
from entrepot.marketplaces.amazon.errors import login_failure
from entrepot.marketplaces.amazon.orders import SITE
from entrepot.marketplaces.answers import json_value
from entrepot.marketplaces.contract import App, CallFailed, Grant, Request, Trouble, Wire
from entrepot.marketplaces.reading import Malformed, Record

FORM = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8", "accept": "application/json"}


def authorize_url(app: App, *, state: str, back_to: str) -> str:
    """Amazon has two names for an app: the application id of the consent page, and the client id (our key) of tokens.

    Raises:
        CallFailed: INVALID_INPUT, `app.extra["region"]` is none of Amazon's.
    """
    region_of(app)
    query = {"application_id": app.extra.get("application_id") or app.key, "state": state, "redirect_uri": back_to}
    return f"{host(app, 'authorize', AUTHORIZE)}?{urlencode(query)}"


def region_of(app: App) -> str:
    """The region whose host is called; Europe when the app names none. It becomes a part of the host's name."""
    region = app.extra.get("region", "").strip().lower() or REGION
    if region not in REGIONS:
        raise CallFailed(Trouble.INVALID_INPUT, f"{region!r} is no region: {', '.join(REGIONS)}", code="region")
    return region


def exchange(wire: Wire, app: App, answer: Mapping[str, str], *, back_to: str, now: datetime) -> Grant:
    code, seller = answer.get("spapi_oauth_code", ""), answer.get("selling_partner_id", "")
    if not code or not seller:
        said = answer.get("error_description") or answer.get("error") or "The seller brought back no code."
        raise CallFailed(Trouble.AUTH_REVOKED, said)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back_to}
    extra = {"region": region_of(app)}
    if answer.get(SITE):
        extra[SITE] = answer[SITE]
    return _tokens(wire, app, form, Grant(account=seller, access_token="", extra=extra), now)


def refresh(wire: Wire, app: App, held: Grant, *, now: datetime) -> Grant:
    return _tokens(wire, app, {"grant_type": "refresh_token", "refresh_token": held.refresh_token}, held, now)


def _tokens(wire: Wire, app: App, form: Mapping[str, str], held: Grant, now: datetime) -> Grant:
    filled = {**form, "client_id": app.key, "client_secret": app.secret}
    url = f"{host(app, 'auth', AUTH)}/o2/token"
    answer = wire.send(Request("token", "POST", url, FORM, urlencode(filled).encode()))
    if answer.status != 200:
        raise login_failure(answer)
    try:
        body = Record(json_value(answer.content))
        token, lives = body.needed("access_token"), body.whole("expires_in")
    except (ValueError, Malformed) as problem:
        raise CallFailed(Trouble.PROTOCOL, f"Login with Amazon: {problem}") from None
    return Grant(
        account=held.account,
        access_token=token,
        refresh_token=body.text("refresh_token") or held.refresh_token,
        expires_at=now + timedelta(seconds=lives) if lives > 0 else None,
        extra=held.extra,
    )
