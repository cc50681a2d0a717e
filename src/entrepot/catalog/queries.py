"""SKUs and listings as the goods pages list them. Pages are cut by code, never by an offset."""

from typing import Any

from entrepot.core import sql

PAGE = 100


def like(text: str) -> str:
    """A pattern that finds `text` anywhere; its own percent signs and underscores mean themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def skus_of(organization_id: int, *, text: str = "", after: str = "", limit: int = PAGE) -> list[dict[str, Any]]:
    """SKUs by code, after `after`; `text` stands in code, name or barcode."""
    return sql.dicts(
        """
        SELECT id, code, name, barcode, name_customs_en, name_customs_zh, hs_code, origin_country, weight_grams,
            value_minor, currency, goods_class, is_active
        FROM catalog_sku
        WHERE organization_id = %(org)s AND code > %(after)s
            AND (%(text)s = '' OR code ILIKE %(like)s OR name ILIKE %(like)s OR barcode = %(text)s)
        ORDER BY code LIMIT %(limit)s
        """,
        {"org": organization_id, "after": after, "text": text, "like": like(text), "limit": limit},
    )


def sku_row(organization_id: int, sku_id: int) -> dict[str, Any] | None:
    found = sql.dicts(
        """
        SELECT id, code, name, barcode, name_customs_en, name_customs_zh, hs_code, origin_country, weight_grams,
            value_minor, currency, goods_class, is_active
        FROM catalog_sku WHERE organization_id = %s AND id = %s
        """,
        [organization_id, sku_id],
    )
    return found[0] if found else None


def sku_ids(organization_id: int, codes: list[str]) -> dict[str, int]:
    """code -> id of those that there are."""
    found = sql.rows(
        "SELECT code, id FROM catalog_sku WHERE organization_id = %s AND code = ANY(%s)", [organization_id, codes]
    )
    return dict(found)
