"""The main job on a year of a real shop: `python -m bench.online_retail FILE.csv[.xz] [--out PAGE.md]`.

FILE is UCI "Online Retail" as CSV (InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID,
Country). Everything runs in a database of its own. What the file says is counted a second time in plain Python, and
both counts must agree; the page that this writes holds the numbers.
"""

import argparse
import csv
import lzma
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from entrepot.cli.scratch import scratch_database

SCARCE = 50  # every 50th SKU opens with half of what was ordered, so that shortages happen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, scratch_database("retail"):
        path = arguments.file
        if path.suffix == ".xz":
            path = Path(folder) / path.stem
            with lzma.open(arguments.file) as packed:
                path.write_bytes(packed.read())
        page = run(path)
    print(page)
    if arguments.out:
        arguments.out.write_text(page)


class Told:
    """What the file says, counted without Entrepot."""

    def __init__(self, path: Path) -> None:
        self.invoices: set[str] = set()
        self.rows = 0
        self.ordered: Counter[str] = Counter()
        quantities: dict[str, list[int]] = defaultdict(list)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            self.rows += 1
            self.invoices.add(row["InvoiceNo"])
            quantities[row["InvoiceNo"]].append(int(row["Quantity"]))
        self.cancellations = {number for number in self.invoices if number.startswith("C")}
        self.adjustments = {n for n in self.invoices - self.cancellations if all(q < 0 for q in quantities[n])}
        self.money = {row["InvoiceNo"] for row in rows if float(row["UnitPrice"]) < 0}
        self.orders = self.invoices - self.cancellations - self.adjustments - self.money
        for row in rows:
            if row["InvoiceNo"] in self.orders:
                self.ordered[row["StockCode"]] += int(row["Quantity"])
        self.taken_back = -sum(int(row["Quantity"]) for row in rows if row["InvoiceNo"] in self.cancellations)


class Stopwatch:
    def __init__(self) -> None:
        self.took: dict[str, float] = {}

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.took[stage] = self.took.get(stage, 0.0) + time.perf_counter() - begin


def run(path: Path) -> str:
    from entrepot.cli.verbs import register, waiting
    from entrepot.core import counters, sql
    from entrepot.core.batch import VERBS
    from entrepot.core.clock import now
    from entrepot.core.invariants import prove
    from entrepot.core.organizations import create_organization
    from entrepot.core.permissions import system_actor
    from entrepot.core.scope import organization_scope
    from entrepot.inventory.import_stock import import_skus
    from entrepot.inventory.invariants import INVARIANTS as SHELF
    from entrepot.marketplaces.order_file import SkuDraft
    from entrepot.marketplaces.registry import order_file
    from entrepot.orders.importing import import_orders
    from entrepot.orders.invariants import INVARIANTS as ORDERS
    from entrepot.parcels.invariants import INVARIANTS as PARCELS

    register()
    told, watch = Told(path), Stopwatch()
    org = create_organization(name="Online Retail", at=now(), time_zone="Europe/London")
    actor = system_actor(org)
    store = _shop(org, actor)
    codes = sorted(told.ordered)
    opening = {code: told.ordered[code] // (2 if n % SCARCE == 0 else 1) for n, code in enumerate(codes)}
    drafts = [SkuDraft(code, n, {"on_hand": opening[code], "bin": f"B-{n % 200:03}"}) for n, code in enumerate(codes)]
    import_skus(organization_id=org, drafts=drafts, actor=actor, at=now())

    def take_in() -> dict[str, Any]:
        found = order_file().orders(path, time_zone=store.time_zone, currency=store.currency, filename=path.name)
        return import_orders(organization_id=org, store=store, drafts=found, actor=actor, at=now())

    with watch.of("import"):
        imported = take_in()
    with watch.of("import again"):
        again = take_in()
    refused: Counter[str] = Counter()
    for verb in ("review_orders", "pack_orders", "get_waybills", "allocate_parcels", "print_parcels", "ship_parcels"):
        with organization_scope(org):
            ids = waiting(org, verb, [])
        for start in range(0, len(ids), 500):
            with watch.of(verb):
                report = VERBS[verb](organization_id=org, ids=ids[start : start + 500], actor=actor, at=now())
            refused.update(f"{verb}: {outcome.refusal}" for outcome in report.refused)
    with organization_scope(org):
        counts = counters.read(org)
        why = dict(
            sql.rows(
                "SELECT why, sum(quantity)::integer FROM orders_cancellationline WHERE organization_id = %s GROUP BY why",
                [org],
            )
        )
        shelf = dict(
            sql.rows(
                """
                SELECT k.code, sum(s.on_hand)::integer FROM inventory_stock s
                JOIN catalog_sku k ON k.organization_id = s.organization_id AND k.id = s.sku_id
                WHERE s.organization_id = %s AND k.organization_id = %s GROUP BY k.code
                """,
                [org, org],
            )
        )
        shipped = dict(
            sql.rows(
                """
                SELECT l.sku_code, sum(pl.quantity)::integer FROM parcels_parcel p
                JOIN parcels_parcelline pl ON pl.organization_id = p.organization_id AND pl.parcel_id = p.id
                JOIN orders_orderline l ON l.organization_id = pl.organization_id AND l.id = pl.order_line_id
                WHERE p.organization_id = %s AND pl.organization_id = %s AND l.organization_id = %s
                    AND p.shipped_at IS NOT NULL GROUP BY l.sku_code
                """,
                [org, org, org],
            )
        )
    with watch.of("check"):
        broken = prove([*SHELF, *ORDERS, *PARCELS])
    _must_agree(told, imported, again, why, opening, shelf, shipped, broken)
    return _page(path, told, imported, why, counts, refused, shipped, opening, watch)


def _shop(org: int, actor: Any) -> Any:
    """The file names no street, so no carrier would take these parcels: numbers of our own."""
    from entrepot.connections.stores import create_store
    from entrepot.core.clock import now
    from entrepot.core.scope import organization_scope

    with organization_scope(org):
        return create_store(
            organization_id=org, name="Online Retail", marketplace="file", currency="GBP", time_zone="Europe/London",
            actor=actor, at=now(),
        )  # fmt: skip


def _must_agree(
    told: Told,
    imported: dict[str, Any],
    again: dict[str, Any],
    why: dict[str, int],
    opening: dict[str, int],
    shelf: dict[str, int],
    shipped: dict[str, int],
    broken: list[Any],
) -> None:
    """Every number by two ways; the first difference ends the run."""
    orders = imported["orders"]
    assert imported["rows"] == told.rows, (imported["rows"], told.rows)
    assert orders == {"created": len(told.orders), "updated": 0, "unchanged": 0, "cancelled": len(told.cancellations)}
    assert len(told.orders) + len(told.cancellations) + len(imported["refused"]) == len(told.invoices)
    assert again["orders"] == {
        "created": 0, "updated": 0, "unchanged": len(told.orders) + len(told.cancellations), "cancelled": 0,
    }  # fmt: skip
    assert sum(why.values()) == told.taken_back, (why, told.taken_back)
    wrong = {code: (opening[code], shipped.get(code, 0), shelf[code]) for code in opening
             if opening[code] - shipped.get(code, 0) != shelf[code]}  # fmt: skip
    assert not wrong, f"stock is not opening less shipped: {list(wrong.items())[:5]}"
    assert not broken, broken


def _page(
    path: Path,
    told: Told,
    imported: dict[str, Any],
    why: dict[str, int],
    counts: dict[str, int],
    refused: Counter[str],
    shipped: dict[str, int],
    opening: dict[str, int],
    watch: Stopwatch,
) -> str:
    def table(rows: list[tuple[str, Any]]) -> str:
        return "\n".join(["| | |", "|---|---:|", *(f"| {name} | {value:,} |" for name, value in rows)])

    matched = {name: pieces for name, pieces in why.items() if name in ("same_price", "other_price")}
    return "\n".join(
        [
            "# A real year through the main job",
            "",
            'UCI "Online Retail" (Dr. Daqing Chen; CC BY 4.0): invoices of a UK gift seller. This page is written by',
            "`python -m bench.online_retail FILE`, which counts the file a second time in plain Python and stops at the",
            "first difference. The times are of one run on two shared cores; read them as proportions.",
            "",
            "## What the file holds, and what became of it",
            "",
            table(
                [
                    ("rows", told.rows),
                    ("invoices", len(told.invoices)),
                    ("taken in as orders", imported["orders"]["created"]),
                    ("taken in as cancellations (C…)", imported["orders"]["cancelled"]),
                    ("refused, each with its row and reason (stock and money adjustments)", len(imported["refused"])),
                    ("SKUs", len(opening)),
                ]
            ),
            "",
            "The same file a second time: everything unchanged.",
            "",
            "## Cancellations, in pieces, by what they were matched to",
            "",
            table(sorted(why.items())),
            "",
            f"{sum(matched.values()):,} of {told.taken_back:,} pieces were found on an earlier invoice of the same customer.",
            "The rest names no customer, is a discount or fee, or goes beyond what that customer bought in this file.",
            "",
            "## Where everything stands",
            "",
            table([(key, value) for key, value in sorted(counts.items()) if value]),
            "",
            "Refused on the way, by verb and reason:",
            "",
            table(sorted(refused.items())),
            "",
            f"Every {SCARCE}th SKU was opened with half of what was ordered, so that some parcels had to wait.",
            f"{sum(shipped.values()):,} pieces left; for each SKU, opening stock less shipped pieces is what lies on the shelf.",
            "`entrepot check` holds in every point.",
            "",
            "## Time",
            "",
            table([(f"{stage} (seconds)", round(took, 1)) for stage, took in watch.took.items()]),
            "",
        ]
    )


if __name__ == "__main__":
    main()
