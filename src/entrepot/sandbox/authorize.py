"""The page on which a seller lets us in: choose a shop, allow or deny. As plain as a test of a browser needs it."""

import html
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Final

from entrepot.sandbox.shops import Shop
from entrepot.sandbox.twin import Exchange, Reply, html_reply, redirect_reply

PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>
body{{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:12vh auto;padding:0 1rem;color:#1d2327}}
fieldset{{border:1px solid #c3c9d0;padding:.75rem 1rem;margin:1rem 0}}label{{display:block;padding:.35rem 0}}
button{{font:inherit;padding:.45rem 1.2rem;margin-right:.5rem;border:1px solid #1d2327;background:#fff;cursor:pointer}}
button[value=allow]{{background:#1d2327;color:#fff}}small{{color:#5b6570}}</style></head><body>
<h1>{title}</h1><p>Entrepot wants to read and ship the orders of your shop.<br>Entrepot 希望读取并发货您店铺的订单。</p>
<form id="authorize" method="post"><fieldset><legend>Shop / 店铺</legend>{shops}</fieldset>
<button name="decision" value="allow">Allow / 同意</button><button name="decision" value="deny">Deny / 拒绝</button></form>
<p><small>This is a sandbox: no real marketplace is asked. 这是沙箱，并非真实平台。</small></p></body></html>"""
SHOP: Final = '<label><input type="radio" name="shop" value="{name}"{checked}> {title} ({name})</label>'


def authorize(
    exchange: Exchange,
    *,
    title: str,
    shops: list[Shop],
    back_to: str,
    allowed: Callable[[Shop], Mapping[str, str]],
    denied: Mapping[str, str],
) -> Reply:
    """The page on GET; on POST back to `back_to` with what `allowed` gives for the chosen shop, or with `denied`."""
    request = exchange.request
    if not back_to.startswith(("http://", "https://")):
        return html_reply(f"<h1>{html.escape(title)}</h1><p>The redirect address is missing or not allowed.</p>", 400)
    if request.method != "POST":
        preset = request.args.get("preset", "")  # a page that was offered the choice before
        first = preset if preset in {shop.name for shop in shops} else next((shop.name for shop in shops), "")
        rows = "".join(
            SHOP.format(
                name=html.escape(shop.name),
                title=html.escape(shop.title or shop.id),
                checked=" checked" if shop.name == first else "",
            )
            for shop in shops
        )
        return html_reply(PAGE.format(title=html.escape(title), shops=rows))
    chosen = next((shop for shop in shops if shop.name == request.form.get("shop")), None)
    if request.form.get("decision") != "allow":
        return redirect_reply(_with(back_to, denied))
    if chosen is None:
        return html_reply("<p>No shop was chosen.</p>", 400)
    return redirect_reply(_with(back_to, allowed(chosen)))


def _with(url: str, values: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urllib.parse.urlencode(values)}"
