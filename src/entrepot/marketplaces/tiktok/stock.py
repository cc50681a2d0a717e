"""Telling how much there is. The marketplace wants every warehouse of a SKU named, so the levels are read first."""

from collections.abc import Sequence
from typing import Any

from entrepot.marketplaces.answers import chunks
from entrepot.marketplaces.contract import CallFailed, Done, Result, StockLevel, Why
from entrepot.marketplaces.outcomes import answer_to, in_order
from entrepot.marketplaces.reading import Record
from entrepot.marketplaces.tiktok.client import Client
from entrepot.marketplaces.tiktok.errors import why_of

PRODUCTS = 100  # per reading


def set_stock(client: Client, levels: Sequence[StockLevel]) -> list[Done]:
    """`handles["warehouse_id"]` names the warehouse where a SKU has several; the others keep what they have."""
    skus = _skus(client, levels)
    answers: list[Done] = []
    by_product: dict[str, list[tuple[StockLevel, str, list[dict[str, Any]]]]] = {}
    for level in levels:
        sku = skus.get((level.listing_id, level.sku_code))
        prepared = _prepare(level, sku)
        if isinstance(prepared, Done):
            answers.append(prepared)
        elif sku is not None:
            by_product.setdefault(level.listing_id, []).append((level, sku.needed("id"), prepared))
    for product, rows in by_product.items():
        body = {"skus": [{"id": sku_id, "inventory": inventory} for _, sku_id, inventory in rows]}
        path = f"/product/202309/products/{product}/inventory/update"
        try:
            data = client.write("inventory.update", path, body)
            failed = {e.record("detail").text("sku_id"): e for e in data.records("errors")}
        except CallFailed as failure:
            answers += [answer_to(level.key, failure, why_of) for level, _, _ in rows]
            continue
        answers += [_answer(level, sku_id, failed.get(sku_id)) for level, sku_id, _ in rows]
    return in_order(levels, answers)


def _skus(client: Client, levels: Sequence[StockLevel]) -> dict[tuple[str, str], Record]:
    found = {}
    for some in chunks(sorted({level.listing_id for level in levels if level.listing_id}), PRODUCTS):
        data = client.search("inventory.search", "/product/202309/inventory/search", {}, {"product_ids": list(some)})
        for product in data.records("inventory"):
            for sku in product.records("skus"):
                found[product.text("product_id"), sku.text("seller_sku")] = sku
    return found


def _prepare(level: StockLevel, sku: Record | None) -> Done | list[dict[str, Any]]:
    """What stands in each warehouse afterwards."""
    if sku is None:
        return Done(level.key, Result.REJECTED, Why.OTHER, "no_sku", "the listing has no such SKU")
    now = {w.needed("warehouse_id"): w.whole("available_quantity") for w in sku.records("warehouse_inventory")}
    chosen = level.handles.get("warehouse_id") or (next(iter(now)) if len(now) == 1 else "")
    if chosen not in now:
        return Done(level.key, Result.REJECTED, Why.OTHER, "which_warehouse", f"choose among {', '.join(sorted(now))}")
    if now[chosen] == level.quantity:
        return Done(level.key, Result.ALREADY_DONE)
    return [{"warehouse_id": w, "quantity": level.quantity if w == chosen else q} for w, q in now.items()]


def _answer(level: StockLevel, sku_id: str, error: Record | None) -> Done:
    if error is None:
        return Done(level.key, Result.OK, remote_id=sku_id)
    return Done(level.key, Result.REJECTED, why_of(error.text("code")), error.text("code"), error.text("message"))
