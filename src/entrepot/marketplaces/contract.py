"""What passes between the house and a marketplace: plain values, no Django, no database.

A connector translates: it makes requests in the marketplace's own wire format, hands them to the `Wire` it is given, and
reads the answers into the values below. It keeps nothing, waits for nothing and decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

# -- orders


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
    cancelled: int = 0  # pieces of `quantity` that the marketplace has cancelled


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
    shipped: bool = False  # the marketplace or the file says it has left already
    problems: tuple[str, ...] = ()  # review reasons found while reading, e.g. "bad_date"; the order is still taken in
    raw: Sequence[Mapping[str, Any]] = ()  # verbatim: the file's own cells row by row, or the marketplace's one object
    rows: tuple[int, ...] = ()  # 1-based row numbers in the file
    updated_at: datetime | None = None  # the marketplace's own time of this version; an older version changes nothing
    on_hold: bool = False  # paid, but the marketplace does not release it yet (fraud check, buyer may still cancel)
    cancel_asked_at: datetime | None = None  # the buyer asks to cancel since then, or since this version at the latest
    cancel_request_id: str = ""  # what an answer must name, where the marketplace has such an id
    address_masked: bool = False  # the address is hidden for now and comes with a later version
    numbers: tuple[str, ...] = ()  # tracking numbers the marketplace already has for this order
    handles: Mapping[str, str] = field(default_factory=dict)  # what later calls must name (package id, shop region …)


UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""`placed_at` of an order without a readable date; a review reason always says so."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An order that could not be read. It is stored raw, listed and asked for again; the page goes on."""

    external_id: str
    reason: str  # one sentence: the field and what was wrong with it
    raw: Any


# -- access


@dataclass(frozen=True, slots=True)
class App:
    """Our registration at the marketplace. `hosts` replaces the official hosts by name (the sandbox, a regional host); a
    connector falls back to its own."""

    key: str
    secret: str = field(repr=False)
    hosts: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)  # what else the registration gave (service id, scopes)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a seller granted us. Lifetimes come from the marketplace's answer, never from our own table."""

    account: str  # the marketplace's name of the seller account (shop id, shop domain, seller id)
    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None  # None: does not expire
    refresh_expires_at: datetime | None = None
    extra: Mapping[str, str] = field(default_factory=dict)  # shop_cipher, marketplace id, region …


@dataclass(frozen=True, slots=True)
class Access:
    app: App
    grant: Grant


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `url` may hold secrets: only `operation` is ever logged."""

    operation: str  # our name of the call: rate bucket and log
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)
    writes: bool = False  # changes something over there: without an answer its outcome is unknown


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes


class Wire(Protocol):
    """Sends requests, one at a time, under a timeout and the rate budget shared by all workers.

    Raises:
        CallFailed: THROTTLED when the budget is spent, TRANSIENT when the other side could not be reached (nothing was
            sent), UNKNOWN_OUTCOME when a request that writes was sent and no answer came, TRANSIENT for one that reads.
    """

    def send(self, request: Request) -> Answer: ...


class Trouble(StrEnum):
    """Why a call failed. Each marketplace maps its codes to these by a table."""

    AUTH_EXPIRED = "auth_expired"  # refresh once, then the store waits for its owner
    AUTH_REVOKED = "auth_revoked"  # the seller took the grant back, or its refresh token is dead
    SCOPE_MISSING = "scope_missing"
    THROTTLED = "throttled"  # again at `retry_at`
    QUOTA_EXHAUSTED = "quota_exhausted"  # no call before `retry_at`
    TRANSIENT = "transient"
    CLOCK_SKEW = "clock_skew"  # our clock or theirs is wrong
    INVALID_INPUT = "invalid_input"
    BUSINESS_STATE = "business_state"
    NOT_FOUND = "not_found"
    SHOP_DISABLED = "shop_disabled"
    UNKNOWN_OUTCOME = "unknown_outcome"  # a write without an answer: ask whether it happened before asking again
    PROTOCOL = "protocol"  # an answer we cannot read


class CallFailed(Exception):
    """A whole call failed. The message is the marketplace's own words; it never holds a secret."""

    def __init__(
        self, trouble: Trouble, message: str = "", *, code: str = "", retry_at: datetime | None = None
    ) -> None:
        super().__init__(f"{trouble}: {code} {message}".strip())
        self.trouble, self.message, self.code, self.retry_at = trouble, message, code, retry_at


# -- pulling


@dataclass(frozen=True, slots=True)
class Window:
    """The span of update times being paged through: frozen, so that it comes to an end. What changes meanwhile leaves it,
    and must not hide what follows: pages go by the last one's place, never by counting from the first. `page` is the token
    of the next page, the marketplace's or the connector's own; "" asks for the first."""

    since: datetime
    until: datetime
    page: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`next_page` "" ends the window."""

    orders: tuple[OrderDraft | Unreadable, ...]
    next_page: str = ""


# -- telling


@dataclass(frozen=True, slots=True)
class NoticeLine:
    line_id: str  # the marketplace's line id
    quantity: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Tell the marketplace that (part of) an order is in a parcel. `key` is ours, stable over every retry."""

    key: str
    order_id: str  # the marketplace's order number
    lines: tuple[NoticeLine, ...]
    whole: bool  # the parcel holds all that is left of the order
    number: str
    carrier: str  # the marketplace's own code of the carrier, "" if the service has none set
    carrier_name: str
    shipped_at: datetime
    tracking_url: str = ""
    replaces: str = ""  # the number told before, when it is corrected
    replaces_carrier: str = ""
    handles: Mapping[str, str] = field(default_factory=dict)  # the order's


class Result(StrEnum):
    OK = "ok"
    ALREADY_DONE = "already_done"  # it has our number already: success
    REJECTED = "rejected"
    RETRY_LATER = "retry_later"
    UNKNOWN = "unknown"  # nobody knows: ask before asking again


class Why(StrEnum):
    """Classes of rejected notices; each has its next step on screen."""

    STATE_CHANGED = "state_changed"  # cancelled, refunded, held: shipping is not allowed now
    SHIPPED_ELSEWHERE = "shipped_elsewhere"  # it has another number already
    BAD_NUMBER = "bad_number"  # the number or the carrier is not accepted
    LATE = "late"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Done:
    """The marketplace's answer to one item, found by `key`."""

    key: str
    result: Result
    why: Why | None = None
    code: str = ""
    message: str = ""  # the marketplace's own words
    retry_at: datetime | None = None
    remote_id: str = ""  # what the marketplace calls what it made


@dataclass(frozen=True, slots=True)
class CancelAnswer:
    key: str
    order_id: str
    request_id: str
    accept: bool
    reason: str = ""  # the marketplace's reason code of a refusal
    handles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StockLevel:
    key: str
    listing_id: str
    sku_code: str
    quantity: int
    expected: int | None = None  # what we believe stands there; compare-and-set where the marketplace can
    handles: Mapping[str, str] = field(default_factory=dict)


# -- being told


class EventKind(StrEnum):
    ORDER = "order"  # something about `order_ids` changed: pull them
    REVOKED = "revoked"
    EXPIRING = "expiring"  # the authorization ends soon
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook only wakes a pull; nothing is believed of it but what to look at."""

    kind: EventKind
    account: str
    order_ids: tuple[str, ...] = ()
    delivery_id: str = ""


# -- what a marketplace can do


class ShipBy(StrEnum):
    ORDER = "order"  # only whole orders
    LINE = "line"  # whole lines
    PIECE = "piece"  # any quantity of a line


class AuthForm(StrEnum):
    OAUTH = "oauth"
    KEYS = "keys"  # the seller copies keys from the back office


@dataclass(frozen=True, slots=True)
class Capabilities:
    auth: AuthForm
    window_most: timedelta  # the longest span one listing may ask for
    lag: timedelta  # how far behind now a listing must end
    overlap: timedelta  # how much of the last window is read again
    page_most: int
    get_most: int  # orders per `get`
    ship: ShipBy
    parcels_per_order: int  # the most numbers one order can carry; 0: no limit
    notices_per_call: int
    renumber: bool  # a told number can be corrected
    cancel_answers: bool
    stock: bool
    webhooks: bool
    needs_app: bool = True  # the organization gives an app key and secret of its own
    every: timedelta = timedelta(minutes=2)  # how often to look unasked; the budget of its listing must allow it
    asks: tuple[str, ...] = ()  # what `authorize_url` must find in `App.extra`, from the seller: "shop"
    may_ask: tuple[str, ...] = ()  # the same, but absent or empty is allowed: the connector falls back to its own


class Connector(Protocol):
    """One marketplace. Every method may raise `CallFailed`; methods over several items answer for each by its key."""

    name: str
    can: Capabilities
    buckets: Mapping[str, "Bucket"]  # operation -> its rate budget; "" is that of all others

    def authorize_url(self, app: App, *, state: str, back_to: str) -> str: ...

    def exchange(
        self, wire: Wire, app: App, answer: Mapping[str, str], *, back_to: str, now: datetime
    ) -> Sequence[Grant]:
        """The grants that an authorization brought: one per shop. `answer` is the query that came back, or the key form."""

    def refresh(self, wire: Wire, access: Access, *, now: datetime) -> Grant: ...

    def pull(self, wire: Wire, access: Access, window: Window, *, now: datetime) -> Page: ...

    def get(
        self, wire: Wire, access: Access, order_ids: Sequence[str], *, now: datetime
    ) -> Sequence[OrderDraft | Unreadable]:
        """Orders by number; one that does not exist there is absent from the answer."""

    def ship(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]: ...

    def look_up(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        """Whether notices of unknown outcome happened: OK, REJECTED/SHIPPED_ELSEWHERE with the other number in
        `message`, or RETRY_LATER without `retry_at`: it did not happen, tell it again."""

    def renumber(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]: ...

    def answer_cancellations(
        self, wire: Wire, access: Access, answers: Sequence[CancelAnswer], *, now: datetime
    ) -> Sequence[Done]: ...

    def set_stock(
        self, wire: Wire, access: Access, levels: Sequence[StockLevel], *, now: datetime
    ) -> Sequence[Done]: ...

    def verify(self, app: App, *, url: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether a webhook is signed by the marketplace. Header names in lower case."""

    def events(self, *, headers: Mapping[str, str], body: bytes) -> Sequence[Event]: ...


@dataclass(frozen=True, slots=True)
class Bucket:
    """A rate budget: `per_second` sustained, `burst` at once. Answers may correct it (`Retry-After`, cost)."""

    per_second: float
    burst: int
