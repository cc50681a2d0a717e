"""A page per marketplace: its rules, as its policy states them, each with where it comes from."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

import entrepot.marketplaces
from entrepot.marketplaces.policy import (
    Cancelling,
    Clock,
    ClockName,
    Counts,
    LimitName,
    Moved,
    Penalty,
    Per,
    Policy,
    Silence,
    Starts,
)
from entrepot.web.tabs import STAGES

FOLDER = Path(entrepot.marketplaces.__path__[0])
HEAD = """# Rules of `{name}`

Generated from the code by `python -m docs`; do not edit. They stand in `src/entrepot/marketplaces/{name}/policy.py`.

“Source” says where a rule comes from: an id is a line of the requirements, **S** was seen in the marketplace's own
material, **M** is general knowledge that nobody verified, “ours” is a default of Entrepot. No rule was proven against the
live marketplace.
"""
CLOCKS = {
    ClockName.STOCK_UP: "Stock up",
    ClockName.SHIP_BY: "Ship",
    ClockName.COLLECT: "Collection",
    ClockName.ANSWER_CANCELLATION: "Answer a cancellation request",
    ClockName.PAY_BY: "Payment",
}
RUNS = {
    ClockName.STOCK_UP: "until it awaits collection",
    ClockName.SHIP_BY: "until it is in transit",
    ClockName.COLLECT: "until it is in transit",
    ClockName.ANSWER_CANCELLATION: "until the seller answered",
    ClockName.PAY_BY: "until it is paid, else the marketplace cancels",
}
BEGINS = {
    Starts.PLACED: "order placed",
    Starts.PAID: "order paid",
    Starts.READY: "awaiting collection",
    Starts.ASKED: "buyer asked to cancel",
}
UNITS = {Counts.HOURS: "hours", Counts.CALENDAR_DAYS: "calendar days", Counts.WORKING_DAYS: "working days"}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LIMITS = {
    LimitName.PRINT_ORDERS: "Orders per batch of labels",
    LimitName.SHIP_ORDERS: "Orders per batch that ships",
    LimitName.WAYBILL_ROWS: "Rows per upload of waybill numbers",
    LimitName.EXPORT_ROWS: "Rows per export",
    LimitName.EXPORT_DAYS: "Days back that an export may reach",
}
STATES = {
    Moved.UNSHIPPED: "not shipped",
    Moved.SHIPPED: "shipped, not received yet",
    Moved.RECEIVED: "received by the marketplace",
}
SILENCE = {
    Silence.STAYS: "Nothing is known to happen to a request without an answer.",
    Silence.CANCELS: "A request without an answer cancels the order.",
}


def policies() -> list[Policy]:
    """Of every folder in `marketplaces`, by name."""
    names = sorted(path.parent.name for path in FOLDER.glob("*/policy.py") if path.parent.name != "template")
    found = [import_module(f"entrepot.marketplaces.{name}.policy").POLICY for name in names]
    assert all(isinstance(policy, Policy) for policy in found)
    return found


def pages() -> dict[str, str]:
    return {f"marketplaces/{policy.name}.md": page(policy) for policy in policies()}


def page(policy: Policy) -> str:
    lines = [HEAD.format(name=policy.name)]
    lines += section(
        "Clocks", ("Clock", "Time", "Begins with", "Runs", "Calendar", "Due soon", "Source"), map(clock, policy.clocks)
    )
    lines += handling(policy)
    lines += section("Parcels", ("Rule", "Value", "Source"), merging(policy))
    rows = ((LIMITS[one.name], f"{one.most:,}", one.source) for one in policy.limits)
    lines += section("Batches", ("Limit", "At most", "Source"), rows)
    lines += cancelling(policy.cancelling)
    columns = ("A seller's cancellation of an order that is", "From day", "Costs", "Goes to", "Source")
    lines += section("Penalties", columns, map(penalty, policy.penalties))
    lines += others(policy)
    names = ((STAGES.get(one.ours, one.ours), one.name, ", ".join(f"`{word}`" for word in one.remote) or "—", one.source)
             for one in policy.stages)  # fmt: skip
    lines += section("Stages", ("Ours", "Theirs", "Status words", "Source"), names)
    return "\n".join(lines)


def section(title: str, columns: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return [f"## {title}", "", "No rule is known.", ""]
    return [f"## {title}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|", *body, ""]


def clock(one: Clock) -> Sequence[str]:
    return (
        CLOCKS[one.name], f"{one.amount} {UNITS[one.counts]}", BEGINS[one.starts], RUNS[one.name],
        "; ".join(calendar(one)) or "—", f"{one.amber_hours} h before", one.source,
    )  # fmt: skip


def calendar(one: Clock) -> Iterator[str]:
    local = one.counts is not Counts.HOURS or one.cut_off is not None
    if local:
        yield f"zone {one.time_zone or 'of the store'}"
    if one.cut_off is not None:
        yield f"from {one.cut_off:%H:%M} on the next day"
    if one.counts is Counts.WORKING_DAYS:
        yield "off: " + (", ".join(DAYS[day] for day in sorted(one.weekend)) or "no weekday")
        yield f"holidays of {one.country}" if one.country else "no holidays"
    if one.valid_from is not None:
        yield f"orders from {one.valid_from}"
    if one.valid_until is not None:
        yield f"orders until {one.valid_until}"


def handling(policy: Policy) -> list[str]:
    stock_up = any(one.name is ClockName.STOCK_UP for one in policy.clocks)
    word = "stock up" if stock_up else "ship"
    return [
        f"A store begins with {policy.handling_hours} hours to {word}; its settings may say otherwise. An instant that",
        "the marketplace gives with the order wins over the clocks that begin with the payment.",
        "",
    ]


def merging(policy: Policy) -> Iterator[Sequence[str]]:
    source = policy.merging_source
    yield "Orders of one recipient share a parcel", "yes" if policy.merges else "no", source
    for name, most in (("Lines", policy.max_lines_per_parcel), ("Orders", policy.max_orders_per_parcel)):
        yield f"{name} per parcel", f"{most:,}" if most else "no limit", source
    value = f"{policy.max_value_minor:,} minor units" if policy.max_value_minor else "no limit"
    yield "Value per parcel", value, source


def cancelling(rules: Cancelling) -> list[str]:
    states = ", ".join(STATES[one] for one in rules.seller_may) or "never"
    lines = [
        "## Cancelling",
        "",
        f"- {SILENCE[rules.on_silence]}",
        f"- The seller may cancel an order that is: {states}.",
    ]
    if rules.takes_off_sale:
        lines.append("- A seller's cancellation sets the listing's stock to 0 and takes it off sale.")
    if rules.rate_window:
        lines.append(f"- The share of orders that the seller cancels is counted by {rules.rate_window}.")
    if rules.most_per_line_minor:
        lines.append(f"- Before it is received, a line never costs more than {rules.most_per_line_minor / 100:,.2f}.")
    return [*lines, f"- Source: {rules.source}.", ""]


def penalty(one: Penalty) -> Sequence[str]:
    per = "line" if one.per is Per.LINE else "order"
    goes = "the buyer" if one.to_buyer else "the marketplace"
    amount = f"{one.amount_minor / 100:,.2f} {one.currency} per {per}"
    return STATES[one.state], f"{one.from_day}", amount, goes, one.source


def others(policy: Policy) -> list[str]:
    lines = []
    if policy.reminders_minutes:
        spans = " and ".join(f"{n // 60} h" if n % 60 == 0 else f"{n} min" for n in policy.reminders_minutes)
        lines.append(
            f"- An unpaid buyer is reminded by the marketplace after {spans}. Source: {policy.reminders_source}."
        )
    if policy.address_until:
        until = STAGES.get(policy.address_until, policy.address_until)
        lines.append(f"- An address may be edited until the stage “{until}”. Source: {policy.address_source}.")
    if (again := policy.redelivery) is not None:
        until = f" of orders placed until {again.ordered_until}" if again.ordered_until else ""
        times = "once" if again.times == 1 else f"{again.times} times"
        lines.append(f"- A parcel{until} that could not be delivered may be sent out again {times}, within {again.within_days}"
                     f" days. The marketplace asks the carrier within {again.follow_up_working_days} working days. Source:"
                     f" {again.source}.")  # fmt: skip
    return ["## Other rules", "", *(lines or ["No rule is known."]), ""]
