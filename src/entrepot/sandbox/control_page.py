"""The control page: one HTML page without a framework, in English and Chinese."""

import html
from typing import Any, Final

WORDS: Final = {
    "title": ("Sandbox of marketplaces", "平台沙箱"),
    "note": ("Marketplaces played on this machine. Nothing here is real.", "在本机模拟的平台，一切皆非真实。"),
    "clock": ("Clock", "时钟"), "run": ("Run", "运行"), "pause": ("Pause", "暂停"),
    "hour": ("+1 hour", "快进1小时"), "day": ("+1 day", "快进1天"),
    "running": ("running", "运行中"), "standing": ("standing still", "已暂停"),
    "orders": ("Orders", "订单"), "make": ("Make orders", "生成订单"), "marketplace": ("Marketplace", "平台"),
    "shop": ("Shop", "店铺"), "count": ("Count", "数量"), "kind": ("Kind", "类型"), "any": ("any", "随机"),
    "trickle": ("By themselves, per minute", "每分钟自动生成"), "set": ("Set", "设置"),
    "faults": ("Faults", "故障"), "rate": ("Rate", "概率"), "on": ("Turn on", "开启"), "off": ("Turn off", "关闭"),
    "clear": ("Turn all off", "全部关闭"), "none": ("Nothing goes wrong.", "当前没有故障。"), "all": ("all", "全部"),
    "last": ("Last changed orders", "最近变动的订单"), "order": ("Order", "订单号"), "status": ("Status", "状态"),
    "numbers": ("Numbers", "运单号"), "changed": ("Changed", "变动时间"), "rejected": ("Refused", "拒绝次数"),
    "empty": ("No orders yet.", "还没有订单。"), "act": ("What happens", "触发事件"), "do": ("Do", "执行"),
}  # fmt: skip
ACTS: Final = {
    "cancel": ("It is cancelled", "被取消"), "ask_cancel": ("The buyer asks to cancel", "买家申请取消"),
    "change_address": ("The address changes", "更改收货地址"), "hold": ("It is held", "被平台扣留"),
    "release": ("It is released", "解除扣留"), "pay": ("The buyer pays", "买家付款"),
}  # fmt: skip
"""What can be made to happen to one order by hand. Not every order does everything: the twin says so."""
STYLE: Final = """:root{color-scheme:light dark;--line:#d5dae0;--dim:#5b6570}
@media(prefers-color-scheme:dark){:root{--line:#3a424b;--dim:#a3adb8}}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.4rem;margin:0}
h2{font-size:1rem;margin:1.6rem 0 .4rem;border-top:1px solid var(--line);padding-top:.8rem}
p{margin:.2rem 0}.dim{color:var(--dim)}form{display:inline-flex;gap:.5rem;align-items:end;flex-wrap:wrap;margin:.3rem .8rem .3rem 0}
label{display:grid;font-size:.85rem;color:var(--dim)}form{vertical-align:bottom}
button,select,input{font:inherit;padding:.25rem .6rem;height:2.2rem;box-sizing:border-box}input{width:6rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}th{font-weight:600;font-size:.85rem}
td form{margin:0;flex-wrap:nowrap}td select{max-width:9rem;padding-inline:.2rem}td:nth-child(3),td:nth-child(4){overflow-wrap:anywhere}
nav{float:right}#said{color:#b3261e;position:sticky;top:0;background:Canvas;z-index:1}
@media(prefers-color-scheme:dark){#said{color:#f2b8b5}}"""
SCRIPT: Final = """for(const form of document.querySelectorAll('form[data-verb]'))form.addEventListener('submit',async event=>{
event.preventDefault();const value={};for(const [name,text] of new FormData(form,event.submitter))if(text!=='')
value[name]=name==='kinds'?[text]:['count','rate','per_minute','seconds'].includes(name)?Number(text):name==='on'?text==='1':
name==='clear'?true:text;const got=await fetch('/control/'+form.dataset.verb,{method:'POST',body:JSON.stringify(value)});
if(got.ok)location.reload();else document.getElementById('said').textContent=(await got.json()).error});"""


def page(state: dict[str, Any], recent: list[dict[str, Any]], known: list[str], kinds: list[str], language: str) -> str:
    """`state` is the control API's; `recent` are ledger entries, newest first; `language` is "zh" or "en"."""
    word = {name: html.escape(texts[1 if language == "zh" else 0]) for name, texts in WORDS.items()}
    other = '<a href="/?lang=en">English</a>' if language == "zh" else '<a href="/?lang=zh" lang="zh">中文</a>'
    places = _select("marketplace", list(state["shops"]), word["marketplace"])
    return f"""<!doctype html><html lang="{"zh-Hans" if language == "zh" else "en"}"><head><meta charset="utf-8">
<title>{word["title"]}</title><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>{STYLE}</style></head><body><nav>{other}</nav><h1>{word["title"]}</h1><p class="dim">{word["note"]}</p>
<p id="said" role="alert"></p>
<h2>{word["clock"]}</h2><p><b>{state["clock"]["now"]}</b> · {word["running" if state["clock"]["running"] else "standing"]}</p>
{_clock(word)}
<h2>{word["orders"]}</h2>
<form data-verb="orders">{places}{_select("shop", ["alpha", "beta"], word["shop"])}
{_select("kinds", kinds, word["kind"], word["any"])}<label>{word["count"]}
<input name="count" type="number" min="1" max="1000" value="10"></label><button>{word["make"]}</button></form>
<form data-verb="trickle"><label>{word["trickle"]}<input name="per_minute" type="number" min="0" max="6000"
value="{state["trickle_per_minute"]:g}"></label><button>{word["set"]}</button></form>
<h2>{word["faults"]}</h2>{_rates(state["faults"], word)}
<form data-verb="faults">{_select("marketplace", ["*", *state["shops"]], word["marketplace"])}
{_select("fault", known, word["faults"])}<label>{word["rate"]}<input name="rate" type="number" min="0" max="1" step="0.01"
value="0.1"></label><button name="on" value="1">{word["on"]}</button><button name="on" value="0">{word["off"]}</button></form>
<form data-verb="faults"><button name="clear" value="1">{word["clear"]}</button></form>
<h2>{word["last"]}</h2>{_orders(recent, word, 1 if language == "zh" else 0)}<script>{SCRIPT}</script></body></html>"""


def _clock(word: dict[str, str]) -> str:
    rows = (("run", "run", 0), ("pause", "pause", 0), ("jump", "hour", 3600), ("jump", "day", 86400))
    return "".join(
        f'<form data-verb="clock"><input type="hidden" name="seconds" value="{seconds}">'
        f'<button name="action" value="{action}">{word[name]}</button></form>'
        for action, name, seconds in rows
    )


def _select(name: str, values: list[str], label: str, first: str = "") -> str:
    empty = f'<option value="">{first}</option>' if first else ""
    options = "".join(f"<option>{html.escape(value)}</option>" for value in values)
    return f'<label>{label}<select name="{name}">{empty}{options}</select></label>'


def _rates(rates: dict[str, dict[str, float]], word: dict[str, str]) -> str:
    on = [(where, name, rate) for where, some in rates.items() for name, rate in some.items()]
    if not on:
        return f'<p class="dim">{word["none"]}</p>'
    rows = "".join(
        f"<tr><td>{word['all'] if where == '*' else html.escape(where)}<td>{html.escape(name)}<td>{rate:.1%}"
        for where, name, rate in on
    )
    return f"<table><tr><th>{word['marketplace']}<th>{word['faults']}<th>{word['rate']}{rows}</table>"


def _orders(recent: list[dict[str, Any]], word: dict[str, str], tongue: int) -> str:
    if not recent:
        return f'<p class="dim">{word["empty"]}</p>'
    names = ("marketplace", "shop", "order", "status", "numbers", "rejected", "changed")
    head = "".join(f"<th>{word[name]}" for name in (*names, "act"))
    options = "".join(f'<option value="{act}">{html.escape(texts[tongue])}</option>' for act, texts in ACTS.items())
    rows = []
    for one in recent:
        numbers = ", ".join(shipment["number"] or "–" for shipment in one["shipments"])
        cells = (
            one["marketplace"],
            one["shop"],
            one["order_id"],
            one["status"],
            numbers,
            one["rejected"],
            one["updated_at"][5:19].replace("T", " "),
        )
        row = "".join(f"<td>{html.escape(str(cell))}" for cell in cells)
        rows.append(f"<tr>{row}<td>{_menu(one, options, word)}")
    return f"<table><tr>{head}{''.join(rows)}</table>"


def _menu(one: dict[str, Any], options: str, word: dict[str, str]) -> str:
    """Makes something happen to one order. Another choice of the same list must not come back with the page."""
    order_id = html.escape(one["order_id"])
    return (
        f'<form data-verb="act"><input type="hidden" name="marketplace" value="{html.escape(one["marketplace"])}">'
        f'<input type="hidden" name="order_id" value="{order_id}">'
        f'<select name="act" aria-label="{word["act"]} {order_id}" autocomplete="off">{options}</select>'
        f"<button>{word['do']}</button></form>"
    )
