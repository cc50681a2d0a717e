"""What the documents print. Built by whoever reads the database; nothing here knows where the facts came from.

Weights are grams, money is integer minor units, dates are given: nothing is looked up and no clock is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DeclarationCategory(StrEnum):
    """The boxes of the CN22 form."""

    GIFT = "gift"
    DOCUMENTS = "documents"
    SAMPLE = "sample"
    SALE = "sale"
    RETURNED = "returned"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Party:
    """A sender or recipient, each part in the script it was given in. Unknown parts are empty strings."""

    name: str
    company: str
    lines: tuple[str, ...]
    city: str
    region: str
    postcode: str
    country: str  # ISO 3166-1 alpha-2
    country_name_en: str
    phone: str


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One SKU in a parcel. Weight and value are per piece; `name` is the seller's own short name.

    `weight_grams` 0: not known.
    """

    sku_code: str
    name: str
    name_customs_en: str
    name_customs_zh: str
    quantity: int
    bin: str
    variation: str
    hs_code: str
    origin_country: str
    weight_grams: int
    value_minor: int
    currency: str
    goods_class: str


@dataclass(frozen=True, slots=True)
class LabelValues:
    """Everything one 100 x 150 mm label holds.

    `goods_mark` is a handling mark such as "PI967", `instruction` a packing note, `undeliverable` "return",
    "destroy" or empty. `weight_grams` is the gross weight of the parcel, 0 when it is not known.
    """

    parcel_number: str
    waybill_number: str
    service_name: str
    sorting_code: str
    sender: Party
    recipient: Party
    lines: tuple[DocumentLine, ...]
    order_numbers: tuple[str, ...]
    printed_on: date
    goods_mark: str
    weight_grams: int
    instruction: str
    undeliverable: str
    category: DeclarationCategory = DeclarationCategory.SALE


@dataclass(frozen=True, slots=True)
class PickRow:
    """Pieces of one SKU to take from one bin. `parcels` holds (parcel number, pieces) and adds up to `quantity`."""

    bin: str
    sku_code: str
    name: str
    variation: str
    quantity: int
    parcels: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SlipValues:
    """A packing slip: what is in the parcel, without prices. `note` is printed large, e.g. how to pack."""

    parcel_number: str
    store_name: str
    sender: Party
    recipient: Party
    lines: tuple[DocumentLine, ...]
    order_numbers: tuple[str, ...]
    note: str
    printed_on: date


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """One parcel given to the carrier. `weight_grams` 0: not known."""

    waybill_number: str
    parcel_number: str
    country: str
    weight_grams: int
    pieces: int


@dataclass(frozen=True, slots=True)
class HandoverValues:
    """A batch of parcels given to one carrier; `number` is the batch number printed as one barcode."""

    carrier_name: str
    service_name: str
    number: str
    handed_on: date
    rows: tuple[HandoverRow, ...]
    sender: Party
