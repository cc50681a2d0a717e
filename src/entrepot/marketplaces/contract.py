"""What passes between the house and a marketplace: plain values, no Django, no database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol


class PaymentState(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    REFUNDED = "refunded"


class OrderKind(StrEnum):
    ORDER = "order"
    CANCELLATION = "cancellation"  # a document that takes back lines of earlier orders (negative invoice)


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as the marketplace gave it; nothing is normalised here. `country` is ISO 3166-1 alpha-2 or ""."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    district: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One line of an order. `quantity` is positive; in a cancellation it is the quantity taken back."""

    external_id: str  # the marketplace's line id, or the position within the order ("1", "2" …) when it has none
    sku_code: str
    title: str
    quantity: int
    unit_price_minor: int  # integer minor units of the order's currency
    variation: str = ""
    listing_id: str = ""  # the marketplace's product id, if given
    row: int = 0  # 1-based row in the file


@dataclass(frozen=True, slots=True)
class OrderDraft:
    external_id: str
    kind: OrderKind
    payment: PaymentState
    external_status: str  # verbatim
    placed_at: datetime  # aware, UTC
    paid_at: datetime | None
    ship_by_at: datetime | None
    currency: str
    total_minor: int
    buyer_id: str
    buyer_name: str
    buyer_note: str
    shipping_choice: str  # the service the buyer chose, verbatim
    recipient: Address
    lines: tuple[LineDraft, ...]
    cancelled: bool = False
    shipped: bool = False  # the file says it has left already
    problems: tuple[str, ...] = ()  # review reasons found while reading, e.g. "bad_date"; the order is still taken in
    raw: Sequence[Mapping[str, str]] = ()  # the file's own cells, row by row
    rows: tuple[int, ...] = ()  # 1-based row numbers in the file


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that holds no order at all. `reason` is a sentence with the remedy."""

    row: int
    field: str
    reason: str
    cells: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SkuDraft:
    """One row of a SKU file: catalogue facts and, if the columns are there, opening stock."""

    code: str
    row: int
    values: Mapping[str, Any] = field(default_factory=dict)  # only the columns the file has


class FileRefused(Exception):
    """The file could not be read at all. `code` is stable; the message is one clear sentence with the remedy."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Preview:
    """What was detected in a file, and what its first rows would become."""

    format: str  # csv, tsv, xlsx, xls, ods
    encoding: str  # "" for workbooks
    delimiter: str  # "" for workbooks
    sheet: str
    header_row: int  # 1-based
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]  # first data rows, as text
    row_count: int  # data rows
    layout: str  # name of the known layout, "" if none
    mapping: Mapping[str, str]  # our field -> header text
    unmapped: tuple[str, ...]  # headers nothing was made of
    missing: tuple[str, ...]  # our required fields without a column


class OrderFile(Protocol):
    """The `file` marketplace: reads what sellers export."""

    def preview(self, path: Path, *, mapping: Mapping[str, str] | None = None, filename: str = "") -> Preview: ...

    def orders(
        self,
        path: Path,
        *,
        time_zone: str,
        currency: str,
        mapping: Mapping[str, str] | None = None,
        filename: str = "",
    ) -> Iterator[OrderDraft | RefusedRow]: ...

    def skus(
        self, path: Path, *, currency: str, mapping: Mapping[str, str] | None = None, filename: str = ""
    ) -> Iterator[SkuDraft | RefusedRow]: ...
