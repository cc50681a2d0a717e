"""What the API answers with. Money is integer minor units of `currency`; weights are grams; instants are UTC."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from entrepot.api.fields import IdOut


class Address(BaseModel):
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


class Event(BaseModel):
    """One entry of history: who did what, before and after, and why when a rule decided."""

    id: IdOut
    verb: str
    at: datetime
    actor: str | None = Field(description="Null when the system did it.")
    batch: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    why: dict[str, Any] | None


class OrderLine(BaseModel):
    id: IdOut
    external_id: str
    sku_code: str
    title: str
    variation: str
    quantity: int
    cancelled: int
    packed: int
    surplus: int = Field(
        description="Packed pieces that were cancelled since. Unpacking their parcel cancels them here."
    )
    unit_price_minor: int


class OrderOut(BaseModel):
    id: IdOut
    number: str = Field(description="The marketplace's order number.")
    store_id: IdOut
    store_name: str
    stage: str
    external_status: str = Field(description="The marketplace's own word, verbatim.")
    hold_reason: str
    held_until: datetime | None
    held_there_at: datetime | None = Field(description="The marketplace holds it since then: no parcel of it may go.")
    cancellation_asked_at: datetime | None
    ended_at: datetime | None = Field(description="Cancelled for good since then; a packed one ends with unpacking.")
    review_reasons: list[str]
    placed_at: datetime
    paid_at: datetime | None
    deadline_at: datetime
    currency: str
    total_minor: int
    buyer_id: str
    buyer_name: str
    buyer_note: str
    shipping_choice: str
    country: str
    recipient: Address
    lines: list[OrderLine]
    parcel_ids: list[IdOut]
    created_at: datetime
    updated_at: datetime


class OrderStory(OrderOut):
    events: list[Event] = Field(description="Newest first, at most 500.")


class ParcelLine(BaseModel):
    id: IdOut
    order_id: IdOut
    order_number: str
    order_line_id: IdOut
    sku_code: str
    title: str
    variation: str
    quantity: int


class Waybill(BaseModel):
    id: IdOut
    attempt: int
    service_id: IdOut
    service_name: str
    status: str
    is_current: bool
    number: str
    message: str
    created_at: datetime
    changed_at: datetime


class PrintMark(BaseModel):
    document: str
    times: int
    first_at: datetime
    last_at: datetime


class ParcelOut(BaseModel):
    id: IdOut
    name: str = Field(description='What people call it: "P-1042".')
    store_id: IdOut
    store_name: str
    stage: str
    supply: str = Field(description='"in_stock", "short", or "" before stock was allocated.')
    service_id: IdOut | None
    service_name: str | None
    waybill_number: str
    deadline_at: datetime
    country: str
    recipient: Address
    order_count: int
    line_count: int
    currency: str
    total_minor: int
    packed_at: datetime
    shipped_at: datetime | None
    settled_at: datetime | None = Field(description="Its order was cancelled, and a person said where it is.")
    intercept_at: datetime | None = Field(description="To be caught on the road since then.")
    lines: list[ParcelLine]
    waybills: list[Waybill]
    prints: list[PrintMark]


class ParcelStory(ParcelOut):
    events: list[Event] = Field(description="Newest first, at most 500.")


class Service(BaseModel):
    """A shipping service. `free_numbers` is what is left in its pool; null when numbers are typed."""

    id: IdOut
    code: str
    name: str
    carrier: str
    account_name: str
    numbering: str
    number_format: str
    is_enabled: bool
    free_numbers: int | None


class SkuOut(BaseModel):
    id: IdOut
    code: str
    name: str
    barcode: str
    name_customs_en: str
    name_customs_zh: str
    hs_code: str
    origin_country: str
    weight_grams: int
    value_minor: int
    currency: str
    goods_class: str
    is_active: bool
    created_at: datetime
    updated_at: datetime


class StockOut(BaseModel):
    """Pieces of one SKU in one bin. `available` is `on_hand` minus `allocated`."""

    id: IdOut
    sku_id: IdOut
    sku_code: str
    warehouse: str
    bin: str
    on_hand: int
    allocated: int
    available: int


class Counts(BaseModel):
    counts: dict[str, int] = Field(description='How many are where: "order.to_review", "parcel.to_print.short" …')


class OrderPage(BaseModel):
    items: list[OrderOut]
    next_cursor: str | None


class ParcelPage(BaseModel):
    items: list[ParcelOut]
    next_cursor: str | None


class SkuPage(BaseModel):
    items: list[SkuOut]
    next_cursor: str | None


class StockPage(BaseModel):
    items: list[StockOut]
    next_cursor: str | None


class ServiceList(BaseModel):
    items: list[Service]
