"""Where an order stands for one notice: what is still to fulfil, and what left under which number."""

from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.marketplaces.contract import Done, Notice, Result, Why
from entrepot.marketplaces.reading import Record
from entrepot.marketplaces.shopify.orders import number_of

OPEN = frozenset({"OPEN", "IN_PROGRESS"})
HELD = frozenset({"ON_HOLD", "SCHEDULED"})
UNDONE = frozenset({"CANCELLED", "ERROR", "FAILURE"})  # fulfilments that did not happen


@dataclass(frozen=True, slots=True)
class Remaining:
    """What a fulfilment order still has of a line, and where it ships from."""

    part: str  # the fulfilment order
    item: str  # its own id of the line
    line: str
    location: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Told:
    id: str
    numbers: tuple[str, ...]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    is_cancelled: bool
    is_held: bool
    remaining: tuple[Remaining, ...]
    told: tuple[Told, ...]

    def told_under(self, number: str, line: str) -> int:
        return sum(told.lines.get(line, 0) for told in self.told if number in told.numbers)

    def left(self, line: str) -> int:
        return sum(rest.quantity for rest in self.remaining if rest.line == line)

    def other_number(self, notice: Notice) -> str:
        """A number that lines of the notice left under and that is not its own; "" if there is none."""
        lines = {line.line_id for line in notice.lines}
        found = (number for told in self.told if lines & told.lines.keys() for number in told.numbers)
        return next((number for number in found if number != notice.number), "")


def standing_of(order: Record) -> Standing:
    parts = order.record("fulfillmentOrders").records("nodes")
    return Standing(
        is_cancelled=order.instant("cancelledAt") is not None,
        is_held=any(part.text("status") in HELD for part in parts),
        remaining=tuple(rest for part in parts if part.text("status") in OPEN for rest in _remaining(part)),
        told=tuple(_told(made) for made in order.records("fulfillments") if made.text("status") not in UNDONE),
    )


def _remaining(part: Record) -> list[Remaining]:
    location = part.record("assignedLocation").record("location").text("id")
    return [
        Remaining(
            part.needed("id"),
            item.needed("id"),
            number_of(item.record("lineItem").needed("id")),
            location,
            item.whole("remainingQuantity"),
        )
        for item in part.record("lineItems").records("nodes")
    ]


def _told(made: Record) -> Told:
    lines: dict[str, int] = {}
    for item in made.record("fulfillmentLineItems").records("nodes"):
        line = number_of(item.record("lineItem").needed("id"))
        lines[line] = lines.get(line, 0) + item.whole("quantity")
    numbers = tuple(number for info in made.records("trackingInfo") if (number := info.text("number")))
    return Told(made.needed("id"), numbers, lines)


def verdict(notice: Notice, standing: Standing | None) -> Done | None:
    """The answer that needs no call: done already, shipped under another number, not allowed. None: go on."""
    if standing is None:
        return Done(notice.key, Result.REJECTED, Why.OTHER, "no_order", "there is no such order")
    missing = still_to_tell(notice, standing)
    if not missing:
        told = next(told for told in standing.told if notice.number in told.numbers)
        return Done(notice.key, Result.ALREADY_DONE, remote_id=told.id)
    if standing.is_cancelled:
        return Done(notice.key, Result.REJECTED, Why.STATE_CHANGED, "cancelled", "the order is cancelled")
    if all(quantity <= standing.left(line) for line, quantity in missing.items()):
        return None
    if other := standing.other_number(notice):
        return Done(notice.key, Result.REJECTED, Why.SHIPPED_ELSEWHERE, "shipped", other)
    if standing.is_held:
        return Done(notice.key, Result.REJECTED, Why.STATE_CHANGED, "held", "the order is on hold")
    return Done(notice.key, Result.REJECTED, Why.STATE_CHANGED, "nothing_left", "nothing of it is left to fulfil")


def still_to_tell(notice: Notice, standing: Standing) -> dict[str, int]:
    """Line -> pieces of the notice that have not left under its number."""
    wanted: dict[str, int] = {}
    for line in notice.lines:
        wanted[line.line_id] = wanted.get(line.line_id, 0) + line.quantity
    missing = {line: quantity - standing.told_under(notice.number, line) for line, quantity in wanted.items()}
    return {line: quantity for line, quantity in missing.items() if quantity > 0}
