"""The `file` marketplace: everything that sellers export as a table, whoever made it.

CSV, TSV and TXT in any usual encoding, XLSX, XLS and ODS. Format, encoding, delimiter, sheet, header row and columns
are found by content. Nothing here knows Django or a database; a workbook is parsed in a child process under limits.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TypeVar

from entrepot.marketplaces.adapter import Marketplace
from entrepot.marketplaces.contract import OrderDraft
from entrepot.marketplaces.file.cells import raw_of
from entrepot.marketplaces.file.mapping import Plan, plan_orders, plan_skus
from entrepot.marketplaces.file.orders import Orders
from entrepot.marketplaces.file.policy import POLICY
from entrepot.marketplaces.file.skus import Skus
from entrepot.marketplaces.file.survey import survey
from entrepot.marketplaces.file.table import Table, open_table
from entrepot.marketplaces.order_file import (
    ORDER_FIELDS,
    ORDER_FIELDS_ONE_OF,
    ORDER_FIELDS_REQUIRED,
    SKU_FIELDS_REQUIRED,
    FileRefused,
    Preview,
    Problem,
    RefusedRow,
    SkuDraft,
)

MARKETPLACE = Marketplace("file", "File", POLICY)
FIELDS = ORDER_FIELDS
SAMPLE_ROWS = 10
Answer = TypeVar("Answer")

__all__ = ["FIELDS", "MARKETPLACE", "FileMarketplace", "Problem"]


class FileMarketplace:
    """Implements `contract.OrderFile`. Every method raises FileRefused for a file that cannot be used, and only that.

    `orders` and `skus` look through the whole file before they return, so that a refusal comes before the first order.
    `filename` is taken for the sake of the caller; what a file is, its content says.
    """

    def preview(self, path: Path, *, mapping: Mapping[str, str] | None = None, filename: str = "") -> Preview:
        with open_table(path, mapping) as table:
            plan = plan_orders(table.header, mapping)
            return preview_of(table, plan, missing_for_orders(plan))

    def preview_skus(self, path: Path, *, mapping: Mapping[str, str] | None = None, filename: str = "") -> Preview:
        with open_table(path, mapping) as table:
            plan = plan_skus(table.header, mapping)
            return preview_of(table, plan, missing_for_skus(plan))

    def orders(
        self,
        path: Path,
        *,
        time_zone: str,
        currency: str,
        mapping: Mapping[str, str] | None = None,
        filename: str = "",
    ) -> Iterator[OrderDraft | RefusedRow]:
        with ExitStack() as until_given_out:
            table = until_given_out.enter_context(open_table(path, mapping))
            plan = plan_orders(table.header, mapping)
            refuse_unmapped(table, plan, missing_for_orders(plan), "orders")
            found = survey(table, plan, time_zone=time_zone)
            return given_out(Orders(table, plan, found, currency).answers(), until_given_out.pop_all())

    def skus(
        self, path: Path, *, currency: str, mapping: Mapping[str, str] | None = None, filename: str = ""
    ) -> Iterator[SkuDraft | RefusedRow]:
        with ExitStack() as until_given_out:
            table = until_given_out.enter_context(open_table(path, mapping))
            plan = plan_skus(table.header, mapping)
            refuse_unmapped(table, plan, missing_for_skus(plan), "SKUs")
            for _ in table.rows():  # a file that breaks off in the middle is refused before its first row is taken
                pass
            return given_out(Skus(table, plan, currency).answers(), until_given_out.pop_all())


def given_out(answers: Iterator[Answer], table_open: ExitStack) -> Iterator[Answer]:
    """The answers; the table is closed after the last one, or when the caller lets go."""
    with table_open:
        yield from answers


def missing_for_skus(plan: Plan) -> tuple[str, ...]:
    return tuple(name for name in SKU_FIELDS_REQUIRED if name not in plan.columns)


def missing_for_orders(plan: Plan) -> tuple[str, ...]:
    missing = [name for name in ORDER_FIELDS_REQUIRED if name not in plan.columns]
    without_items = plan.layout is not None and plan.layout.without_items
    if not without_items and not any(name in plan.columns for name in ORDER_FIELDS_ONE_OF):
        missing.append(ORDER_FIELDS_ONE_OF[0])
    return tuple(missing)


def refuse_unmapped(table: Table, plan: Plan, missing: tuple[str, ...], what: str) -> None:
    columns = ", ".join(f"“{text[:40]}”" for text in table.header[:30])
    if plan.unknown:
        raise FileRefused(
            "bad_mapping",
            f"The chosen columns for {', '.join(plan.unknown)} are not in this file. Choose among: {columns}.",
        )
    if missing:
        raise FileRefused(
            "missing_columns",
            f"The file has no column that we know as {', '.join(missing)}, so it holds no {what} yet. "
            f"Choose the columns by hand; the file has: {columns}.",
        )


def preview_of(table: Table, plan: Plan, missing: tuple[str, ...]) -> Preview:
    rows = table.rows()
    sample = list(islice(rows, SAMPLE_ROWS))
    used = {position for expression in plan.columns.values() for part in expression for position in part}
    return Preview(
        format=table.format,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheet=table.sheet,
        header_row=table.header_row,
        header=table.header,
        sample=tuple(tuple(map(raw_of, cells)) for _, cells in sample),
        row_count=len(sample) + sum(1 for _ in rows),
        layout=plan.name,
        mapping=dict(plan.shown),
        unmapped=tuple(text for position, text in enumerate(table.header) if position not in used),
        missing=missing,
    )
