"""What passes between the house and a marketplace: plain values, no Django, no database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
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
    """A postal address as the marketplace gave it, not normalised. `country` is ISO 3166-1 alpha-2 or ""."""

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


ORDER_FIELDS: tuple[str, ...] = (
    "order_id", "line_id", "placed_at", "paid_at", "ship_by_at", "status", "payment_status", "currency", "total",
    "buyer_id", "buyer_name", "buyer_note", "buyer_email", "shipping_choice",
    "recipient_name", "company", "line1", "line2", "district", "city", "region", "postcode", "country",
    "phone", "tax_id",
    "sku", "title", "variation", "listing_id", "quantity", "unit_price", "cancelled_at", "shipped_at",
)  # fmt: skip
"""The fields a column of an order file can be mapped to."""
ORDER_FIELDS_REQUIRED: tuple[str, ...] = ("order_id", "quantity")
"""Without a column for each of these, and for one of `ORDER_FIELDS_ONE_OF`, the file holds no orders."""
ORDER_FIELDS_ONE_OF: tuple[str, ...] = ("sku", "title")

SKU_FIELDS: tuple[str, ...] = (
    "code", "name", "name_customs_en", "name_customs_zh", "hs_code", "origin_country", "weight_grams", "value",
    "currency", "goods_class", "barcode", "on_hand", "bin", "image_url",
)  # fmt: skip
"""The fields a column of a SKU file can be mapped to. `value` arrives in `SkuDraft.values` as `value_minor`."""
SKU_FIELDS_REQUIRED: tuple[str, ...] = ("code",)


class Problem(StrEnum):
    """What was odd about an order while reading a file. The order is taken in all the same; a person looks at it."""

    ID_LOST_DIGITS = "id_lost_digits"  # a spreadsheet program rounded the order number; the last digits are gone
    NO_DATE = "no_date"  # no order date: `placed_at` is `UNKNOWN_TIME`
    BAD_DATE = "bad_date"  # a date that is none; an unreadable order date leaves `placed_at` at `UNKNOWN_TIME`
    AMBIGUOUS_DATE = "ambiguous_date"  # 05/10 could be May or October and nothing in the file decides
    NO_COUNTRY = "no_country"
    UNKNOWN_COUNTRY = "unknown_country"  # a text that names no country; it stands in `raw`
    NO_ADDRESS = "no_address"  # no street line or no recipient
    NO_ITEM_NAME = "no_item_name"  # a line with neither SKU nor title
    NO_SKU = "no_sku"  # a line with a title only
    NO_PRICE = "no_price"  # an empty price, taken as zero
    BAD_PRICE = "bad_price"  # a price or total that is no amount, taken as zero
    ZERO_PRICE = "zero_price"
    NEGATIVE_PRICE = "negative_price"
    PRICE_ROUNDED = "price_rounded"  # more decimals than the currency has
    UNKNOWN_CURRENCY = "unknown_currency"
    MIXED_CURRENCIES = "mixed_currencies"  # rows of one order name different currencies; the first counts
    UNKNOWN_PAYMENT = "unknown_payment"  # a payment word we do not know, taken as unpaid
    PARTLY_REFUNDED = "partly_refunded"
    PARTLY_SHIPPED = "partly_shipped"
    ROWS_DISAGREE = "rows_disagree"  # rows of one order name different recipients; the first counts
    EXTRA_CELLS = "extra_cells"  # a row longer than the header: a separator inside an unquoted text may have shifted it
    UNREADABLE_TEXT = "unreadable_text"  # bytes that are not of the file's encoding, shown as U+FFFD


UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""`placed_at` of an order without a readable date; always together with `NO_DATE` or `BAD_DATE`."""


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

    def preview_skus(self, path: Path, *, mapping: Mapping[str, str] | None = None, filename: str = "") -> Preview: ...


@dataclass(frozen=True, slots=True)
class Policy:
    """A marketplace's rules as data. 0 means: no limit. `*_minor` is in minor units of the order's own currency."""

    name: str
    merges: bool = True  # may orders of one recipient share a parcel?
    max_lines_per_parcel: int = 0
    max_orders_per_parcel: int = 0
    max_value_minor: int = 0
    handling_hours: int = 48  # from payment to ship-by, when the marketplace gives no instant

    def without_merging(self) -> "Policy":
        return replace(self, merges=False)
