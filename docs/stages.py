"""The page of stages, from the two transition tables and the tabs of the desk."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from entrepot.orders import states as orders
from entrepot.parcels import states as parcels
from entrepot.web.tabs import STAGES, TABS

HEAD = """# Stages

Generated from the code by `python -m docs`; do not edit.

An order and a parcel each have a stage of their own. A verb moves it; nothing else does. The tables below are the
whole truth: an act that is not in a row is refused from that stage. Why there are two chains:
[ADR 9](../adr/0009-two-chains-and-five-facts.md).
"""
SUPPLY = {
    parcels.Supply.NONE: "stock was not asked yet",
    parcels.Supply.IN_STOCK: "every piece it needs is promised to it; also when none of its lines is paired with a SKU",
    parcels.Supply.SHORT: "something is missing; nothing is promised to it",
}
# Stages the table names although nothing leads into them yet.
NOT_YET = (parcels.Stage.IN_TRANSIT, parcels.Stage.DELIVERED, parcels.Stage.FAILED)


def page() -> str:
    lines = [HEAD, "## Order", "", *table(orders.Stage, orders.Act, orders.TRANSITIONS), ""]
    lines += ["## Parcel", "", *table(parcels.Stage, parcels.Act, parcels.TRANSITIONS), ""]
    names = ", ".join(f"`{stage.value}`" for stage in NOT_YET)
    lines += [f"Nothing leads into {names} yet: parcels are not tracked so far.", ""]
    lines += ["`to_print` has a second fact, `supply`:", "", "| Supply | Meaning |", "|---|---|"]
    lines += [f"| `{supply.value or '(empty)'}` | {SUPPLY[supply]} |" for supply in parcels.Supply]
    lines += ["", "## Tabs of the desk", "", "| Tab | Shows | Stages | Acts |", "|---|---|---|---|"]
    for tab in TABS.values():
        stages = ", ".join(f"`{stage}`" for stage in tab.stages) or "all"
        supply = f", supply `{tab.supply}`" if "to_print" in tab.stages and tab.supply else ""
        acts = ", ".join(act.name + (f" ({act.key})" if act.key else "") for act in reversed(tab.acts)) or "none"
        lines.append(f"| {tab.name} | {tab.subject}s | {stages}{supply} | {acts} |")
    lines += ["", "The letter in brackets is the key that does it. “Short” is a half of “To print”.", ""]
    return "\n".join(lines)


def table(stages: type[StrEnum], acts: type[StrEnum], transitions: Mapping[Any, Mapping[Any, Any]]) -> Iterator[str]:
    yield "| Stage | On screen | Acts and where they lead |"
    yield "|---|---|---|"
    for stage in stages:
        steps = [(act, transitions[act][stage]) for act in acts if stage in transitions[act]]
        told = ", ".join(f"{act.value} → `{to.value}`" if to != stage else f"{act.value} (stays)" for act, to in steps)
        yield f"| `{stage.value}` | {STAGES[stage.value]} | {told or 'none'} |"
