"""Import SKUs: catalogue facts from a file; listings of equal code pair themselves, held orders lose their reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.core import sql
from entrepot.core.batch import Work
from entrepot.marketplaces.order_file import SkuDraft

FACTS = {
    "name": "text", "barcode": "text", "name_customs_en": "text", "name_customs_zh": "text", "hs_code": "text",
    "origin_country": "text", "weight_grams": "integer", "value_minor": "bigint", "currency": "text",
    "goods_class": "text",
}  # fmt: skip
DEFAULTS: dict[str, Any] = {"weight_grams": 0, "value_minor": 0, "currency": "USD", "goods_class": "general"}


def save_skus(work: Work, drafts: Sequence[SkuDraft]) -> dict[str, tuple[int, bool]]:
    """Creates or updates SKUs; what the drafts do not say stays as it is. Returns code -> (id, created).

    Several drafts of one code (it lies in several bins) say together what it is; of two facts the later one counts.
    """
    by_code: dict[str, dict[str, Any]] = {}
    for draft in drafts:
        by_code.setdefault(draft.code, {}).update(draft.values)
    given = {name for values in by_code.values() for name in values if name in FACTS}
    known = {
        row["code"]: row
        for row in sql.dicts(
            f"""
            SELECT code, {", ".join(FACTS)} FROM catalog_sku
            WHERE organization_id = %s AND code IN (SELECT value FROM json_array_elements_text(%s::json))
            """,
            [work.organization_id, sql.dump(list(by_code))],
        )
    }
    updates = ", ".join(f"{name} = excluded.{name}" for name in sorted(given))
    rows = sql.insert(
        "catalog_sku",
        {
            "organization_id": "bigint", "code": "text", **FACTS, "is_active": "boolean", "created_at": "timestamptz",
            "updated_at": "timestamptz",
        },
        [
            {
                "organization_id": work.organization_id,
                "code": code,
                **_facts(values, known.get(code, {})),
                "is_active": True,
                "created_at": work.at,
                "updated_at": work.at,
            }
            for code, values in sorted(by_code.items())
        ],
        suffix=f"""
        ON CONFLICT (organization_id, code) DO UPDATE SET updated_at = excluded.updated_at{", " if updates else ""}{updates}
        RETURNING code, id, xmax = 0
        """,
    )  # fmt: skip
    return {code: (i, fresh) for code, i, fresh in rows}


def _facts(values: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What the rows say, else what is known, else the default: a blank cell takes nothing away."""
    return {name: values.get(name, known.get(name, DEFAULTS.get(name, ""))) for name in FACTS}


def pair_equal_codes(work: Work, sku_ids: Sequence[int]) -> list[int]:
    """Pairs unpaired listings with SKUs of the same code; returns the listings that got one."""
    return [
        row[0]
        for row in sql.rows(
            """
            INSERT INTO catalog_pairing (organization_id, listing_id, sku_id, quantity, is_automatic, created_at)
            SELECT l.organization_id, l.id, s.id, 1, true, %(at)s
            FROM catalog_sku s JOIN catalog_listing l ON l.organization_id = s.organization_id AND l.code = s.code
            WHERE s.organization_id = %(org)s AND l.organization_id = %(org)s AND s.id = ANY(%(skus)s)
                AND NOT EXISTS (SELECT 1 FROM catalog_pairing p WHERE p.organization_id = %(org)s AND p.listing_id = l.id)
            ON CONFLICT DO NOTHING RETURNING listing_id
            """,
            {"at": work.at, "org": work.organization_id, "skus": list(sku_ids)},
        )
    ]
