"""Pair listings with SKUs: what a store sells under its code is what lies on our shelf. Waiting orders learn it."""

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.catalog.import_skus import pair_equal_codes, save_skus
from entrepot.core import history, sql
from entrepot.core.batch import Work, verb
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.marketplaces.order_file import SkuDraft
from entrepot.orders.pairing import forget_unknown_skus

LONGEST_CODE = 100


@verb(name="pair_listings", subject=Subject.SKU, permission=Permission.CATALOG)
def pair_listings(work: Work, ids: Sequence[int], *, parts: Sequence[Sequence[int]]) -> Report:
    """Makes each listing of `ids` stand for `parts`: (SKU id, pieces). Several parts are a bundle.

    Raises:
        ValueError: no part, a SKU twice or of another organization, or pieces below one.
    """
    pieces = {int(sku): int(count) for sku, count in parts}
    known: dict[int, str] = dict(
        sql.rows(
            "SELECT id, code FROM catalog_sku WHERE organization_id = %s AND id = ANY(%s)",
            [work.organization_id, list(pieces)],
        )
    )
    if not pieces or len(pieces) != len(parts) or len(known) != len(pieces) or min(pieces.values()) < 1:
        raise ValueError("Every part needs a SKU of the organization, each once, and at least one piece.")
    names = _lock(work, ids)
    before = _parts(work, list(names))
    sql.run(
        "DELETE FROM catalog_pairing WHERE organization_id = %s AND listing_id = ANY(%s)",
        [work.organization_id, list(names)],
    )
    sql.insert(
        "catalog_pairing",
        {
            "organization_id": "bigint", "listing_id": "bigint", "sku_id": "bigint", "quantity": "integer",
            "is_automatic": "boolean", "created_at": "timestamptz",
        },
        [
            {
                "organization_id": work.organization_id, "listing_id": listing, "sku_id": sku, "quantity": count,
                "is_automatic": False, "created_at": work.at,
            }
            for listing in names
            for sku, count in pieces.items()
        ],
    )  # fmt: skip
    forget_unknown_skus(work, list(names))
    after = [{"sku": known[sku], "pieces": count} for sku, count in pieces.items()]
    _note(work, "pair_listings", dict.fromkeys(pieces, (names, before)), after)
    return _answers(ids, names)


@verb(name="make_skus", subject=Subject.SKU, permission=Permission.CATALOG)
def make_skus(work: Work, ids: Sequence[int]) -> Report:
    """Makes a SKU of the same code and name for each unpaired listing of `ids`, and pairs them."""
    names = _lock(work, ids)
    titles: dict[str, str] = dict(
        sql.rows(
            "SELECT code, title FROM catalog_listing WHERE organization_id = %s AND id = ANY(%s)",
            [work.organization_id, list(names)],
        )
    )
    taken = {
        row[0]
        for row in sql.rows(
            "SELECT code FROM catalog_sku WHERE organization_id = %s AND code = ANY(%s)",
            [work.organization_id, list(titles)],
        )
    }
    fresh = [
        SkuDraft(code, 0, {"name": title}) for code, title in titles.items() if code not in taken and len(code) <= 100
    ]
    made = save_skus(work, fresh) if fresh else {}
    existing = sql.rows(
        "SELECT id FROM catalog_sku WHERE organization_id = %s AND code = ANY(%s)", [work.organization_id, list(titles)]
    )
    paired = set(pair_equal_codes(work, [row[0] for row in existing]))
    if paired:
        forget_unknown_skus(work, sorted(paired))
    history.record(
        organization_id=work.organization_id,
        subject=Subject.SKU,
        verb="make_skus",
        changes=[Change(i, None, {"code": code, "name": titles[code]}) for code, (i, _fresh) in made.items()],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
    return _answers(ids, names)


def _lock(work: Work, ids: Sequence[int]) -> dict[int, str]:
    return dict(
        sql.rows(
            """
            SELECT id, code FROM catalog_listing WHERE organization_id = %s AND id = ANY(%s)
            ORDER BY id FOR NO KEY UPDATE
            """,
            [work.organization_id, list(ids)],
        )
    )


def _parts(work: Work, listing_ids: list[int]) -> list[dict[str, Any]]:
    return sql.dicts(
        """
        SELECT p.listing_id, k.code AS sku, p.quantity AS pieces FROM catalog_pairing p
        JOIN catalog_sku k ON k.organization_id = p.organization_id AND k.id = p.sku_id
        WHERE p.organization_id = %s AND k.organization_id = %s AND p.listing_id = ANY(%s) ORDER BY p.listing_id, k.code
        """,
        [work.organization_id, work.organization_id, listing_ids],
    )


def _note(
    work: Work,
    verb_name: str,
    changed: Mapping[int, tuple[Mapping[int, str], list[dict[str, Any]]]],
    after: list[dict[str, Any]],
) -> None:
    history.record(
        organization_id=work.organization_id,
        subject=Subject.SKU,
        verb=verb_name,
        changes=[
            Change(sku, {"parts": before}, {"listings": list(names.values()), "parts": after})
            for sku, (names, before) in changed.items()
        ],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )


def _answers(ids: Sequence[int], names: Mapping[int, str]) -> Report:
    return Report(tuple(Outcome(i, names[i]) if i in names else Outcome(i, refusal=Refusal.NOT_FOUND) for i in ids))
