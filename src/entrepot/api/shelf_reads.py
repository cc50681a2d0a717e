"""SKUs, stock, stores and services as the API shows them: one statement each."""

from typing import Any

from entrepot.api.cursors import Order, page
from entrepot.core import sql

Page = tuple[list[dict[str, Any]], str | None]
BY_ID = Order()

SKU_COLUMNS = """
    id, code, name, barcode, name_customs_en, name_customs_zh, hs_code, origin_country, weight_grams, value_minor,
    currency, goods_class, is_active, created_at, updated_at
"""


def skus_page(organization_id: int, codes: list[str], updated_since: Any, *, cursor: str | None, limit: int) -> Page:
    after, place = BY_ID.after("k", cursor)
    found = sql.dicts(
        f"""
        SELECT {SKU_COLUMNS} FROM catalog_sku k WHERE k.organization_id = %s
            AND (%s::text[] IS NULL OR k.code = ANY(%s)) AND (%s::timestamptz IS NULL OR k.updated_at >= %s) AND {after}
        ORDER BY k.id LIMIT %s
        """,
        [organization_id, codes or None, codes, updated_since, updated_since, *place, limit + 1],
    )
    return page(found, limit, BY_ID)


def stock_page(organization_id: int, codes: list[str], *, cursor: str | None, limit: int) -> Page:
    after, place = BY_ID.after("t", cursor)
    chosen = "AND k.code = ANY(%s)" if codes else ""
    found = sql.dicts(
        f"""
        SELECT t.id, t.sku_id, k.code AS sku_code, w.name AS warehouse, b.code AS bin, t.on_hand, t.allocated,
            t.on_hand - t.allocated AS available
        FROM inventory_stock t
        JOIN catalog_sku k ON k.organization_id = t.organization_id AND k.id = t.sku_id
        JOIN inventory_warehouse w ON w.organization_id = t.organization_id AND w.id = t.warehouse_id
        JOIN inventory_bin b ON b.organization_id = t.organization_id AND b.id = t.bin_id
        WHERE t.organization_id = %s AND k.organization_id = %s AND w.organization_id = %s AND b.organization_id = %s
            {chosen} AND {after}
        ORDER BY t.id LIMIT %s
        """,
        [*[organization_id] * 4, *([codes] if codes else []), *place, limit + 1],
    )
    return page(found, limit, BY_ID)


def services(organization_id: int) -> list[dict[str, Any]]:
    return sql.dicts(
        """
        SELECT v.id, v.code, v.name, a.carrier, a.name AS account_name, v.numbering, v.number_format, v.is_enabled,
            CASE WHEN v.numbering = 'pool' THEN (SELECT count(*) FROM connections_poolednumber n
                WHERE n.organization_id = %(org)s AND n.service_id = v.id AND n.drawn_at IS NULL) END AS free_numbers
        FROM connections_shippingservice v
        JOIN connections_carrieraccount a ON a.organization_id = v.organization_id AND a.id = v.account_id
        WHERE v.organization_id = %(org)s AND a.organization_id = %(org)s ORDER BY v.name, v.id
        """,
        {"org": organization_id},
    )
