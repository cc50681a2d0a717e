"""What is in parcels, read for documents: four statements for any number of parcels."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from entrepot.connections.sender import is_whole
from entrepot.core import sql
from entrepot.core.countries import COUNTRIES
from entrepot.orders.queries import SHOWN
from entrepot.parcels.documents.customs_forms import CN22_LIMIT_SDR, needs_cn23
from entrepot.parcels.documents.figures import decimals_of
from entrepot.parcels.documents.values import (
    DocumentLine,
    HandoverRow,
    HandoverValues,
    LabelValues,
    Party,
    PickRow,
    SlipValues,
)
from entrepot.parcels.lines import name_of

NEEDS_CN23 = f"Value above {CN22_LIMIT_SDR} SDR: needs CN23. 申报价值超过 {CN22_LIMIT_SDR} SDR，需附 CN23。"
GOODS_MARKS = {"battery": "PI967", "liquid": "LIQUID", "cosmetic": "COSMETIC", "magnet": "MAGNET"}


def party(address: Mapping[str, str]) -> Party:
    """An address as stored, in the form documents take it."""
    country = address.get("country", "")
    return Party(
        name=address.get("name", ""),
        company=address.get("company", ""),
        lines=tuple(line for part in ("line1", "line2", "district") if (line := address.get(part, ""))),
        city=address.get("city", ""),
        region=address.get("region", ""),
        postcode=address.get("postcode", ""),
        country=country,
        country_name_en=COUNTRIES.get(country, ("", ""))[0],
        phone=address.get("phone", ""),
    )


@dataclass(frozen=True, slots=True)
class Contents:
    """One parcel with everything a document may say about it."""

    parcel: Mapping[str, Any]
    lines: tuple[DocumentLine, ...]
    order_numbers: tuple[str, ...]  # as people call them: #1001, not the interface's 5551234567890
    note: str

    @property
    def number(self) -> str:
        return name_of(self.parcel["id"])

    @property
    def picks(self) -> tuple[DocumentLine, ...]:
        """Lines of one SKU from one bin as one: a packer takes them in one go, whichever order they are of."""
        found: dict[DocumentLine, int] = defaultdict(int)
        for line in self.lines:
            found[replace(line, quantity=0)] += line.quantity
        return tuple(replace(line, quantity=pieces) for line, pieces in found.items())

    @property
    def weight_grams(self) -> int:
        """Of everything in it; 0 when the weight of a line is not known."""
        grams = [line.weight_grams * line.quantity for line in self.lines]
        return sum(grams) if all(grams) else 0

    @property
    def needs_cn23(self) -> bool:
        """Whether its declared value is too high for the CN22 on the label."""
        totals: dict[str, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            totals[line.currency] += Decimal(line.value_minor * line.quantity).scaleb(-decimals_of(line.currency))
        sender = _json(self.parcel["sender"]).get("country", "")
        return needs_cn23(totals, sender=sender, recipient=self.parcel["country"])

    @property
    def has_sender(self) -> bool:
        return is_whole(_json(self.parcel["sender"]))

    @property
    def sender(self) -> Party:
        """Who stands as FROM: without a name of its own, the store."""
        return party(
            {"name": self.parcel["store_name"], **{k: v for k, v in _json(self.parcel["sender"]).items() if v}}
        )

    @property
    def goods_mark(self) -> str:
        return next((GOODS_MARKS[line.goods_class] for line in self.lines if line.goods_class in GOODS_MARKS), "")

    def label(self, on: date) -> LabelValues:
        return LabelValues(
            parcel_number=self.number,
            waybill_number=self.parcel["waybill_number"],
            service_name=self.parcel["service_name"] or "",
            sorting_code="",
            sender=self.sender,
            recipient=party(_json(self.parcel["recipient"])),
            lines=self.picks,
            order_numbers=self.order_numbers,
            printed_on=on,
            goods_mark=self.goods_mark,
            weight_grams=self.weight_grams,
            instruction=NEEDS_CN23 if self.needs_cn23 else "",
            undeliverable="",
        )

    def slip(self, on: date) -> SlipValues:
        return SlipValues(
            parcel_number=self.number,
            store_name=self.parcel["store_name"],
            sender=self.sender,
            recipient=party(_json(self.parcel["recipient"])),
            lines=self.lines,
            order_numbers=self.order_numbers,
            note=self.note,
            printed_on=on,
        )

    @staticmethod
    def pick_rows(contents: Sequence["Contents"]) -> list[PickRow]:
        """What to take from each bin, and for which parcels."""
        found: dict[tuple[str, str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for content in contents:
            for line in content.lines:
                found[line.bin, line.sku_code, line.name, line.variation][content.number] += line.quantity
        return [
            PickRow(
                bin=place, sku_code=code, name=name, variation=variation, quantity=sum(parcels.values()),
                parcels=tuple(parcels.items()),
            )
            for (place, code, name, variation), parcels in sorted(found.items())
        ]  # fmt: skip

    @staticmethod
    def handover(contents: Sequence["Contents"], *, number: str, on: date) -> HandoverValues:
        services = sorted({content.parcel["service_name"] or "" for content in contents})
        carriers = sorted({content.parcel["account_name"] or "" for content in contents})
        return HandoverValues(
            carrier_name=", ".join(carriers),
            service_name=", ".join(services),
            number=number,
            handed_on=on,
            sender=contents[0].sender,
            rows=tuple(
                HandoverRow(
                    waybill_number=content.parcel["waybill_number"],
                    parcel_number=content.number,
                    country=content.parcel["country"],
                    weight_grams=content.weight_grams,
                    pieces=sum(line.quantity for line in content.lines),
                )
                for content in contents
            ),
        )


def _json(value: Any) -> dict[str, str]:
    found: dict[str, str] = orjson.loads(value) if isinstance(value, str | bytes) else value
    return found


def read_contents(organization_id: int, parcel_ids: Sequence[int]) -> list[Contents]:
    """Contents in the order of `parcel_ids`."""
    params = {"org": organization_id, "ids": list(parcel_ids)}
    parcels = {row["id"]: row for row in sql.dicts(_PARCELS, params)}
    lines: dict[int, list[DocumentLine]] = defaultdict(list)
    for row in sql.dicts(_LINES, params):
        parcel_id = row.pop("parcel_id")
        lines[parcel_id].append(DocumentLine(**row))
    numbers: dict[int, list[str]] = defaultdict(list)
    notes: dict[int, list[str]] = defaultdict(list)
    for parcel_id, number, note, _order in sql.rows(_ORDERS, params):
        numbers[parcel_id].append(number)
        if note:
            notes[parcel_id].append(note)
    return [
        Contents(parcels[i], tuple(lines[i]), tuple(numbers[i]), "\n".join(notes[i]))
        for i in parcel_ids
        if i in parcels
    ]


_PARCELS = """
    SELECT p.id, p.store_id, p.waybill_number, p.country, p.recipient, s.name AS store_name, s.sender, v.name AS service_name,
        a.name AS account_name
    FROM parcels_parcel p
    JOIN connections_store s ON s.organization_id = p.organization_id AND s.id = p.store_id
    LEFT JOIN connections_shippingservice v ON v.organization_id = p.organization_id AND v.id = p.service_id
        AND v.organization_id = %(org)s
    LEFT JOIN connections_carrieraccount a ON a.organization_id = p.organization_id AND a.id = v.account_id
        AND a.organization_id = %(org)s
    WHERE p.organization_id = %(org)s AND s.organization_id = %(org)s AND p.id = ANY(%(ids)s)
"""

# One row per SKU of a line and bin it is allocated from; what is not allocated lies in one bin. An unpaired line stands
# for itself. Without a declared value the line's price counts, shared by the pieces of a bundle.
_LINES = """
    SELECT pl.parcel_id, coalesce(k.code, l.sku_code) AS sku_code, coalesce(nullif(k.name, ''), l.title) AS name,
        coalesce(k.name_customs_en, '') AS name_customs_en, coalesce(k.name_customs_zh, '') AS name_customs_zh,
        coalesce(b.pieces, pl.quantity * coalesce(pa.quantity, 1))::integer AS quantity, coalesce(b.code, '') AS bin, l.variation,
        coalesce(k.hs_code, '') AS hs_code, coalesce(k.origin_country, '') AS origin_country,
        coalesce(k.weight_grams, 0) AS weight_grams,
        CASE WHEN coalesce(k.value_minor, 0) > 0 THEN k.value_minor
            ELSE l.unit_price_minor / coalesce((SELECT sum(every.quantity) FROM catalog_pairing every
                WHERE every.organization_id = %(org)s AND every.listing_id = l.listing_id), 1) END::bigint AS value_minor,
        CASE WHEN coalesce(k.value_minor, 0) > 0 THEN k.currency ELSE p.currency END AS currency,
        coalesce(k.goods_class, 'general') AS goods_class
    FROM parcels_parcelline pl
    JOIN parcels_parcel p ON p.organization_id = pl.organization_id AND p.id = pl.parcel_id
    JOIN orders_orderline l ON l.organization_id = pl.organization_id AND l.id = pl.order_line_id
    LEFT JOIN catalog_pairing pa ON pa.organization_id = pl.organization_id AND pa.listing_id = l.listing_id
        AND pa.organization_id = %(org)s
    LEFT JOIN catalog_sku k ON k.organization_id = pl.organization_id AND k.id = pa.sku_id AND k.organization_id = %(org)s
    LEFT JOIN LATERAL (
        (SELECT bin.code, al.quantity AS pieces FROM inventory_allocation al
        JOIN inventory_stock st ON st.organization_id = al.organization_id AND st.id = al.stock_id
        JOIN inventory_bin bin ON bin.organization_id = al.organization_id AND bin.id = st.bin_id
        WHERE al.organization_id = %(org)s AND st.organization_id = %(org)s AND bin.organization_id = %(org)s
            AND al.group_id = pl.parcel_id AND al.line_id = pl.id AND st.sku_id = k.id)
        UNION ALL
        (SELECT bin.code, NULL FROM inventory_stock st
        JOIN inventory_bin bin ON bin.organization_id = st.organization_id AND bin.id = st.bin_id
        WHERE st.organization_id = %(org)s AND bin.organization_id = %(org)s AND st.sku_id = k.id
            AND NOT EXISTS (SELECT 1 FROM inventory_allocation al WHERE al.organization_id = %(org)s
                AND al.group_id = pl.parcel_id AND al.line_id = pl.id)
        ORDER BY bin.code LIMIT 1)
    ) b ON true
    WHERE pl.organization_id = %(org)s AND p.organization_id = %(org)s AND l.organization_id = %(org)s
        AND pl.parcel_id = ANY(%(ids)s)
    ORDER BY pl.parcel_id, b.code, pl.id
"""

_ORDERS = f"""
    SELECT DISTINCT pl.parcel_id, {SHOWN} AS shown, o.buyer_note, o.id FROM parcels_parcelline pl
    JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
    WHERE pl.organization_id = %(org)s AND o.organization_id = %(org)s AND pl.parcel_id = ANY(%(ids)s)
    ORDER BY pl.parcel_id, shown, o.id
"""
