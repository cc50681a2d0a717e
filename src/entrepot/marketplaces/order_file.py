"""What passes between the house and a file of orders or SKUs: what was detected, what its rows became."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from entrepot.marketplaces.contract import OrderDraft


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
    values: Mapping[str, Any] = field(default_factory=dict)  # only what the row says


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
    AMBIGUOUS_PRICE = "ambiguous_price"  # 1.250 could be a thousand times as much and nothing in the column decides
    PRICE_ROUNDED = "price_rounded"  # more decimals than the currency has
    UNKNOWN_CURRENCY = "unknown_currency"
    MIXED_CURRENCIES = "mixed_currencies"  # rows of one order name different currencies; the first counts
    UNKNOWN_PAYMENT = "unknown_payment"  # a payment word we do not know, taken as unpaid
    PARTLY_REFUNDED = "partly_refunded"
    PARTLY_SHIPPED = "partly_shipped"
    ROWS_DISAGREE = "rows_disagree"  # rows of one order name different recipients; the first counts
    EXTRA_CELLS = "extra_cells"  # a row longer than the header: a separator inside an unquoted text may have shifted it
    UNREADABLE_TEXT = "unreadable_text"  # bytes that are not of the file's encoding, shown as U+FFFD


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
