"""Where an order stands for one notice: read fresh, because packages are re-cut and orders cancelled at any time."""

from collections.abc import Iterable
from dataclasses import dataclass

from entrepot.marketplaces.contract import Done, Notice, Result, Why
from entrepot.marketplaces.reading import Record
from entrepot.marketplaces.tiktok.orders import CANCELLED, ON_HOLD, PLATFORM, UNPAID

WAITING = frozenset({"", "TO_FULFILL", "CANCELLED"})  # states of a package that nobody shipped


@dataclass(frozen=True, slots=True)
class Piece:
    """A line item: one piece, with the package it is in ("" before there is one) and the number it left under."""

    id: str
    package: str
    number: str
    cancelled: bool
    shipped: bool


@dataclass(frozen=True, slots=True)
class Standing:
    status: str
    pieces: tuple[Piece, ...]
    is_platform: bool = False  # their own carrier: the number is theirs, and so is the label

    def of(self, notice: Notice) -> tuple[Piece, ...]:
        """The pieces of the notice that are still wanted."""
        asked = {line.line_id for line in notice.lines}
        return tuple(piece for piece in self.pieces if piece.id in asked and not piece.cancelled)

    def in_package(self, package: str) -> frozenset[str]:
        return frozenset(p.id for p in self.pieces if p.package == package and not p.cancelled)


def standing_of(order: Record) -> Standing:
    status = order.text("status")
    pieces = tuple(_pieces(order.records("line_items")))
    return Standing(status, pieces, is_platform=order.text("shipping_type") == PLATFORM)


def _pieces(items: Iterable[Record]) -> Iterable[Piece]:
    for item in items:
        state = item.text("package_status")
        number = item.text("tracking_number")
        yield Piece(
            id=item.needed("id"),
            package=item.text("package_id"),
            number=number,
            cancelled=item.text("display_status") in CANCELLED,
            shipped=bool(number) and (state not in WAITING or item.seconds("rts_time") is not None),
        )


def verdict(notice: Notice, standing: Standing | None) -> Done | None:
    """The answer that needs no call: done already, shipped under another number, not allowed. None: go on."""
    if standing is None:
        return _no(notice, Why.OTHER, "no_order", "there is no such order")
    shipped = [piece for piece in standing.of(notice) if piece.shipped]
    others = sorted({piece.number for piece in shipped} - {notice.number})
    if others:
        return Done(notice.key, Result.REJECTED, Why.SHIPPED_ELSEWHERE, "shipped", others[0])
    if shipped and len(shipped) == len(standing.of(notice)):
        return Done(notice.key, Result.ALREADY_DONE, remote_id=shipped[0].package)
    if standing.status in CANCELLED or not standing.of(notice):
        return _no(notice, Why.STATE_CHANGED, "cancelled", f"the order is {standing.status}")
    if standing.status in (UNPAID, ON_HOLD):
        return _no(notice, Why.STATE_CHANGED, "held", f"the order is {standing.status}")
    if standing.is_platform:
        return _no(
            notice, Why.OTHER, "platform_shipping", "TikTok Shop ships this order itself: its label has its number"
        )
    return None


def _no(notice: Notice, why: Why, code: str, message: str) -> Done:
    return Done(notice.key, Result.REJECTED, why, code, message)
