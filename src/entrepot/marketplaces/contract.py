"""What passes between the house and a marketplace: plain values, no Django, no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum


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


UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""`placed_at` of an order without a readable date; always together with `NO_DATE` or `BAD_DATE`."""


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
