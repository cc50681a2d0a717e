"""Rows of the lists as HTML: one format string each, because a hundred rows must cost less than their query."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from entrepot.marketplaces.policy import ClockName
from entrepot.marketplaces.registry import policy_of
from entrepot.orders.altered import WATCHED
from entrepot.orders.ingest import HELD_BY_MARKETPLACE
from entrepot.parcels.notices import Told
from entrepot.parcels.whereabouts import Mark
from entrepot.web.filters import Store
from entrepot.web.notices_words import word_of
from entrepot.web.tabs import REASONS, STAGES, Tab
from entrepot.web.words import SOON, Clock, money

ROW = (
    '<tr data-id="{id}" data-name="{name}" class="{kind}">'
    '<td class="c"><input type="checkbox" value="{id}" aria-label="{name}"></td>'
    '<td><div class="clip"><a class="no mono" href="/{where}/{id}/">{number}</a>{chips}</div>'
    '<div class="sub clip">{alarm}{under}</div></td>'
    '<td><div class="clip"><bdi>{recipient}</bdi></div>'
    '<div class="sub clip"><span class="flag">{country}</span> <bdi>{city}</bdi></div></td>'
    '<td><div class="item"><span class="thumb t{hue}" aria-hidden="true">{letter}</span><div>'
    '<div class="tq"><span class="clip">{title}</span> <b>× {quantity}</b>{more}</div>'
    '<div class="sub mono clip">{sku}</div></div></div></td>'
    '<td class="opt"><div class="clip">{middle}</div><div class="sub clip">{middle_under}</div></td>'
    '<td><span class="facts">{facts}</span></td><td{when}>{deadline}</td><td class="num opt">{amount}</td></tr>'
)
OF_WORK = (ClockName.STOCK_UP, ClockName.SHIP_BY, ClockName.COLLECT)
SHORT_NUMBER = 12  # signs of an order number that leave room for a chip beside it
PACKING = ("to_review", "to_pack", "packed")  # where a hold of the marketplace stops what our hands do
YES, NO, WAIT, UNSURE, NONE = "yes", "no", "wait", "unsure", ""


def _fact(icon: str, names: Mapping[str, str]) -> dict[str, str]:
    """The four looks of one fact, made once per page."""
    return {
        state: f'<span class="fact {state}" title="{escape(name)}" aria-label="{escape(name)}" role="img">'
        f'<svg class="i"><use href="#i-{icon}"/></svg></span>'
        for state, name in names.items()
    }


def _chip(kind: str, text: str, title: str = "", icon: str = "") -> str:
    picture = f'<svg class="i"><use href="#i-{icon}"/></svg>' if icon else ""
    hover = f' title="{escape(title)}"' if title else ""
    return f' <span class="chip {kind}"{hover}>{picture}{escape(text)}</span>'


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    sku, title, quantity = row["line"] or ("", "", 0)
    name = title or sku or "—"
    more = row["line_count"] - 1
    return {
        "hue": sum(map(ord, sku or name)) % 6,
        "letter": escape(name[:1].upper()),
        "title": escape(name),
        "quantity": quantity,
        "more": f' <span class="muted">+{more}</span>' if more > 0 else "",
        "sku": escape(sku) or "—",
    }


def _deadline(
    clock: Clock, row: Mapping[str, Any], store: Store | None, words: Mapping[str, str], *, open_: bool
) -> dict[str, str]:
    """Time left or late with its word, and under it the wall time, or how long an answer can wait. The tooltip names the
    instant at the store, for the reader, and in UTC."""
    pays = row["stage"] == "unpaid" and row.get("pay_by_at") is not None
    instant = row["pay_by_at"] if pays else row["deadline_at"]
    if not open_:
        return {"deadline": f'<div class="clip muted">{clock.short(instant)}</div>', "when": ""}
    kind, _span, left = clock.until(instant, _amber(store, *((ClockName.PAY_BY,) if pays else OF_WORK)))
    mark = _mark(kind, "clock", left) if kind else left
    under, look = clock.short(instant), "when"
    if pays:
        under = f"{under} {words['ends']}"
    told = f"{words['pay_by' if pays else 'ship_by']}\n{_walls(clock, instant, store)}"
    if (answer := row.get("answer_by_at")) is not None:
        under = _owed(clock, answer, words)
        look = "when owed"
        told += f"\n\n{words['answer_by']}\n{_walls(clock, answer, store)}"
    elif row.get("asked") or row.get("cancellation_asked_at"):
        under, look = _warning("danger", words["asked_short"]), "when owed"
    html = f'<div class="clip">{mark}</div><div class="sub clip {look}">{under}</div>'
    return {"deadline": html, "when": f' title="{escape(told)}"'}


def _handed_over(clock: Clock, row: Mapping[str, Any], store: Store | None, words: Mapping[str, str]) -> dict[str, str]:
    """When a parcel left; above it how long its collection may take, while that clock runs."""
    left, word = clock.short(row["shipped_at"]), words["shipped"]
    instant = row.get("collect_by_at")
    if instant is None:
        return {"deadline": f'<div class="clip">{left}</div><div class="sub">{word}</div>', "when": ""}
    kind, _span, said = clock.until(instant, _amber(store, ClockName.COLLECT))
    html = f'<div class="clip">{_mark(kind or "line", "truck", said)}</div><div class="sub clip">{word} {left}</div>'
    told = f"{words['collect_by']}\n{_walls(clock, instant, store)}"
    return {"deadline": html, "when": f' title="{escape(told)}"'}


def _mark(kind: str, icon: str, text: str) -> str:
    return f'<span class="chip {kind}"><svg class="i"><use href="#i-{icon}"/></svg>{escape(text)}</span>'


def _owed(clock: Clock, answer: datetime, words: Mapping[str, str]) -> str:
    kind, text, _left = clock.until(answer)
    late = kind == "red"
    said = words["answer_late"] if late else f"{words['answer']}: {text}"
    return _warning("danger" if late else "warn", said)


def _warning(kind: str, text: str) -> str:
    return f'<span class="{kind}"><svg class="i"><use href="#i-alert"/></svg> {escape(text)}</span>'


def _walls(clock: Clock, instant: datetime, store: Store | None) -> str:
    return clock.everywhere(instant, store.time_zone if store else "UTC")


def _amber(store: Store | None, *names: ClockName) -> timedelta:
    """How near a deadline shows as near, by the marketplace's own clocks."""
    try:
        return policy_of(store.marketplace).amber(*names) if store else SOON
    except KeyError:  # a store of a marketplace that is not installed any more still has its orders shown
        return SOON


def _store_name(stores: Mapping[int, Store], row: Mapping[str, Any]) -> str:
    store = stores.get(row["store_id"])
    return store.name if store else "—"


def held_because(reason: str) -> str:
    """A reason in the reader's language, where it is one of ours; what a person wrote stands as it is."""
    return gettext("held by the marketplace") if reason == HELD_BY_MARKETPLACE else reason or "—"


def _shown(row: Mapping[str, Any]) -> str:
    """The number that people read, where it is another than the marketplace's own."""
    shown = row.get("shown") or ""
    return f"<b>{escape(shown)}</b> · " if shown and shown != row["external_id"] else ""


def _order_of(parcel: Mapping[str, Any]) -> str:
    """The number of a parcel's first order as people read it; the marketplace's own, where it is another, on hovering."""
    shown, number = escape(parcel["order"]), escape(parcel["order_number"])
    return shown if shown == number else f'<span title="{number}">{shown}</span>'


def order_rows(rows: Iterable[Mapping[str, Any]], tab: Tab, clock: Clock, stores: Mapping[int, Store]) -> SafeString:
    facts = {
        "paid": _fact("check", {YES: gettext("Paid"), NONE: gettext("Not paid")}),
        "paired": _fact("shelf", {YES: gettext("All SKUs known"), NO: gettext("Unknown SKU")}),
        "reviewed": _fact("list", {YES: gettext("Reviewed"), NONE: gettext("Not reviewed")}),
        "packed": _fact("box", {YES: gettext("Packed"), NONE: gettext("Not packed")}),
        "shipped": _fact("truck", {YES: gettext("Handed over"), NONE: gettext("Not handed over")}),
    }
    words = _Words.of()
    return mark_safe("".join(_order(row, tab, clock, stores, facts, words) for row in rows))  # noqa: S308 - escaped below


class _Words(dict[str, str]):
    @classmethod
    def of(cls) -> "_Words":
        words = cls({name: gettext(text) for name, text in (STAGES | REASONS).items()})
        words["asked"] = gettext("Cancellation asked")
        words["answering"] = gettext("Answer on its way")
        words["placed"] = gettext("placed")
        words["answer"] = gettext("Answer")
        words["asked_short"] = gettext("Cancel asked")
        words["answer_late"] = gettext("Answer overdue")
        words["answer_by"] = gettext("Answer the cancellation by")
        words["ship_by"] = gettext("Ship by")
        words["pay_by"] = gettext("Cancelled unless paid by")
        words["ends"] = gettext("ends")
        words["held_there"] = gettext("On hold there")
        words["held_there_long"] = gettext(
            "The marketplace holds its order: it must not go until it is released there."
        )
        words["hidden_long"] = gettext(
            "No waybill and no label until its marketplace shows the address or it is edited."
        )
        words["altered"] = gettext("Changed there")
        words["altered_long"] = gettext("The marketplace changed its address or goods after it was reviewed.")
        words["altered_unseen"] = gettext("The marketplace changed its address or goods since it came in.")
        words["by_marketplace"] = gettext("Shipped by the marketplace")
        words["by_service"] = gettext("Shipped by a service")
        words["collect_by"] = gettext("To be collected by")
        words["note"] = gettext("Buyer's note")
        return words


def _order(
    row: Mapping[str, Any],
    tab: Tab,
    clock: Clock,
    stores: Mapping[int, Store],
    facts: Mapping[str, Mapping[str, str]],
    words: Mapping[str, str],
) -> str:
    stage, number = row["stage"], escape(row["external_id"])
    chips, kind = "", ""
    if row["answering"] and stage != "cancelled":
        row = {**row, "answer_by_at": None, "cancellation_asked_at": None}
        chips, kind = _chip("amb", words["answering"], icon="clock"), "answering"
    elif row["cancellation_asked_at"] and stage != "cancelled":
        chips, kind = _chip("red", words["asked"], icon="alert"), "bad"
    elif (stage == "cancelled" or row["ended_at"]) and tab.slug != "cancelled":
        chips, kind = _chip("red", words["cancelled"], icon="cross"), "bad"
    elif row["held_there_at"] and stage in PACKING:
        chips, kind = _chip("red", words["held_there"], words["held_there_long"], "pause"), "bad"
    elif not tab.stages:
        chips = _chip("line", words[stage])
    if row["altered_at"] and stage in WATCHED:
        seen = "altered_long" if stage in ("to_pack", "packed") else "altered_unseen"
        chips += _chip("amb", words["altered"], words[seen], "alert")
    if "address_masked" in row["review_reasons"] and stage in ("to_pack", "packed") and not row["held_there_at"]:
        chips += _chip("amb", words["address_masked"], words["hidden_long"], "alert")
    # Numbers are long: the second line has room for words.
    crowded = chips.count('class="chip') > 1 or len(number) > SHORT_NUMBER
    alarm, chips = (chips.strip(), "") if kind or crowded else ("", chips)
    reasons = row["review_reasons"] if stage in ("to_review", "unpaid") else ()
    middle, under = clock.short(row["placed_at"]), clock.since(row["placed_at"])
    if stage == "on_hold":
        until = clock.short(row["held_until"]) if row["held_until"] else ""
        middle, under = escape(held_because(row["hold_reason"])), f"→ {until}" if until else words["on_hold"]
    elif stage == "followed":
        store = stores.get(row["store_id"])
        middle, under = (
            escape(words["by_service" if store and store.fulfilment == "service" else "by_marketplace"]),
            middle,
        )
    elif reasons:
        names = [words.get(reason, reason) for reason in reasons]
        more = f" +{len(names) - 1}" if len(names) > 1 else ""
        note = row["buyer_note"] if "buyer_note" in reasons else ""
        title = ", ".join(names) + (f": {note}" if note else "")
        why = _chip("amb", names[0] + more, title, "alert")
        middle, under = why, f"{words['placed']} {middle}"
        alarm += f'<span class="narrow">{why.strip()}</span>'  # where the middle column has no room
    done = stage in ("packed", "shipped")
    return ROW.format(
        id=row["id"], name=number, kind=kind, where="orders", number=number, chips=chips, alarm=alarm,
        under=f'{_shown(row)}{escape(_store_name(stores, row))}',
        recipient=escape(row["recipient_name"]) or "—", country=escape(row["country"]) or "—", city=escape(row["city"]),
        **_line(row), middle=middle, middle_under=under,
        facts=(
            facts["paid"][YES if row["paid_at"] else NONE]
            + facts["paired"][NO if "unknown_sku" in row["review_reasons"] else YES]
            + facts["reviewed"][YES if done or stage == "to_pack" else NONE]
            + facts["packed"][YES if done else NONE]
            + facts["shipped"][YES if stage == "shipped" else NONE]
        ),
        **_deadline(
            clock, row, stores.get(row["store_id"]), words,
            open_=tab.open or stage in ("unpaid", "to_review", "to_pack", "packed", "on_hold"),
        ),
        amount=escape(money(row["total_minor"], row["currency"])),
    )  # fmt: skip


def parcel_rows(
    rows: Iterable[Mapping[str, Any]],
    tab: Tab,
    clock: Clock,
    stores: Mapping[int, Store],
    services: Mapping[int, str],
    told: Mapping[int, Told],
) -> SafeString:
    facts = {
        "waybill": _fact("waybill", {YES: gettext("Waybill number"), NONE: gettext("No waybill number")}),
        "stock": _fact("shelf", {YES: gettext("In stock"), NO: gettext("Short"), NONE: gettext("Not allocated")})
        | _fact("unsure", {UNSURE: gettext("Not counted: unknown SKU")}),
        "pick": _fact("list", {YES: gettext("Pick list printed"), NONE: gettext("Pick list not printed")}),
        "label": _fact("print", {YES: gettext("Label printed"), NONE: gettext("Label not printed")}),
        "shipped": _fact("truck", {YES: gettext("Handed over"), NONE: gettext("Not handed over")}),
    }
    words = _Words.of()
    words["merged"] = gettext("{n} orders merged")
    words["address_changed"] = gettext("Address changed")
    words["address_changed_long"] = gettext("Its order goes to another address since it was packed.")
    words["no_service"] = gettext("No service")
    words["handed"] = gettext("Cancelled: has it left?")
    words["handed_title"] = gettext("Its order was cancelled. Was the parcel handed over?")
    words["intercept"] = gettext("To intercept")
    words["elsewhere"] = gettext("Shipped elsewhere")
    words["elsewhere_title"] = gettext("Its order has left under another number, as its marketplace says.")
    words["surplus"] = gettext("Partly cancelled")
    words["surplus_title"] = gettext(
        "Some of its goods were cancelled after they were packed. Unpack it and pack the rest."
    )
    return mark_safe(  # noqa: S308 - every value is escaped in _parcel
        "".join(_parcel(row, tab, clock, stores, services, facts, words, told.get(row["id"])) for row in rows)
    )


def _parcel(
    row: Mapping[str, Any],
    tab: Tab,
    clock: Clock,
    stores: Mapping[int, Store],
    services: Mapping[int, str],
    facts: Mapping[str, Mapping[str, str]],
    words: Mapping[str, str],
    told: Told | None,
) -> str:
    chips, kind, alarm = "", "", ""  # one mark beside the number, further ones on the second line
    if row["mark"] or any(row[what] for what in ("asked", "held_there", "elsewhere", "surplus", "hidden")):
        alarm, kind = stopped_chip(row, words)  # its words are long: the second line has room for them
    elif row["order_count"] > 1:
        chips = _chip("blu", words["merged"].format(n=row["order_count"]))
    if row["address_changed"] and row["mark"] not in (Mark.CANCELLED, Mark.INTERCEPT):
        alarm, chips = (
            (alarm + chips).strip(),
            _chip("amb", words["address_changed"], words["address_changed_long"], "alert"),
        )
    if not tab.stages:
        alarm += _chip("line", words[row["stage"]])
    store = stores.get(row["store_id"])
    tell = ""
    if told or (store and store.marketplace != "file"):
        tell, warning = _notice(told, shipped=row["shipped_at"] is not None)
        alarm += warning
    if not chips and not kind:
        chips, alarm = alarm, ""
    name, number = f"P-{row['id']}", escape(row["waybill_number"])
    service = services.get(row["service_id"])
    stock = NO if row["supply"] == "short" else UNSURE if row["uncounted"] else YES if row["supply"] else NONE
    more = f" +{row['order_count'] - 1}" if row["order_count"] > 1 else ""
    if tab.slug == "shipped":
        deadline = _handed_over(clock, row, store, words)
    else:
        open_ = row["shipped_at"] is None and row["stage"] != "unpacked"
        deadline = _deadline(clock, row, stores.get(row["store_id"]), words, open_=open_)
    return ROW.format(
        id=row["id"], name=name, kind=kind, where="parcels", number=name, chips=chips, alarm=alarm,
        under=f'{_order_of(row)}{more} · {escape(_store_name(stores, row))}',
        recipient=escape(row["recipient_name"]) or "—", country=escape(row["country"]) or "—", city=escape(row["city"]),
        **_line(row),
        middle=escape(service) if service else f'<span class="warn">{words["no_service"]}</span>',
        middle_under=f'<span class="mono">{number}</span>' if number else "—",
        facts=(
            facts["waybill"][YES if number else NONE]
            + facts["stock"][stock]
            + facts["pick"][YES if "pick_list" in row["marks"] else NONE]
            + facts["label"][YES if "label" in row["marks"] else NONE]
            + facts["shipped"][YES if row["shipped_at"] else NONE]
            + tell
        ),
        **deadline,
        amount=escape(money(row["total_minor"], row["currency"])),
    )  # fmt: skip


def stopped_chip(row: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, str]:
    """(chip, class of the row) of a parcel that must not go. Red says so in words too; settled, it is calm."""
    mark = row["mark"]
    if mark == Mark.SETTLED:
        return _chip("line", words["cancelled"], icon="cross"), ""
    if mark == Mark.INTERCEPT:
        return _chip("red", words["intercept"], icon="alert"), "bad"
    if mark == Mark.CANCELLED:
        left = row["stage"] in ("to_print", "shipped", "in_transit") and row["supply"] != "short"
        said, title = (words["handed"], words["handed_title"]) if left else (words["cancelled"], "")
        return _chip("red", said, title, "cross"), "bad"
    if row["asked"]:
        return _chip("red", words["asked"], icon="alert"), "bad"
    if row["held_there"]:
        return _chip("red", words["held_there"], words["held_there_long"], "pause"), "bad"
    if row["elsewhere"]:
        return _chip("red", words["elsewhere"], words["elsewhere_title"], "alert"), "bad"
    if row["surplus"]:
        return _chip("red", words["surplus"], words["surplus_title"], "cross"), "bad"
    return _chip("amb", words["address_masked"], words["hidden_long"], "alert"), ""


def _notice(told: Told | None, *, shipped: bool) -> tuple[str, str]:
    """(the mark of what the marketplace was told, a chip beside the number where somebody should look)."""
    if told is None:
        return _fact("tell", {NONE: gettext("Marketplace not told")})[NONE], ""
    kind, icon, word = word_of(told, shipped=shipped)
    state = {"grn": YES, "red": NO, "line": NONE}.get(kind, WAIT)
    mark = _fact("tell", {state: f"{gettext('Marketplace')}: {word}"})[state]
    keeps = told is Told.OTHER or (told in (Told.EARLY, Told.TOLD) and not shipped)
    named = keeps or told in (Told.REFUSED, Told.UNKNOWN)
    title = gettext("The marketplace keeps the number that it was told until it is told the next one.") if keeps else ""
    return mark, _chip(kind, word, title, icon) if named else ""
