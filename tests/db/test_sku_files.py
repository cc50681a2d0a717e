"""A SKU file into catalogue and shelf: bins, goods classes, blank cells, long cells."""

from pathlib import Path
from typing import Any

import pytest
from tests.cast import AT, World

from entrepot.catalog.models import GoodsClass, Sku
from entrepot.inventory.import_stock import import_skus
from entrepot.inventory.models import Bin
from entrepot.marketplaces.file.goods import CLASSES
from entrepot.marketplaces.file.skus import LONGEST
from entrepot.marketplaces.registry import order_file
from entrepot.orders.pairing import forget_unknown_skus

LIES = """
    SELECT k.code, b.code, s.on_hand FROM inventory_stock s
    JOIN catalog_sku k ON k.organization_id = s.organization_id AND k.id = s.sku_id
    JOIN inventory_bin b ON b.organization_id = s.organization_id AND b.id = s.bin_id
    WHERE s.organization_id = %s AND k.code LIKE 'NEW%%' ORDER BY k.code, b.code
"""
FACTS = """
    SELECT code, name, name_customs_en, barcode, hs_code, weight_grams, goods_class FROM catalog_sku
    WHERE organization_id = %s AND code LIKE 'NEW%%' ORDER BY code
"""


def bring(world: World, folder: Path, text: str) -> dict[str, Any]:
    path = folder / "skus.csv"
    path.write_text(text, encoding="utf-8")
    return import_skus(
        organization_id=world.organization_id, drafts=order_file().skus(path, currency="USD"), actor=world.actor, at=AT,
        on_paired=forget_unknown_skus,
    )  # fmt: skip


def test_a_sku_that_lies_in_two_bins_has_its_stock_in_both(alice: World, tmp_path: Path) -> None:
    done = bring(alice, tmp_path, "SKU,Name,On hand,Bin\nNEW,Mug,5,A-1\nNEW,,7,B-1\nNEW-2,Cup,3,A-1\n")
    assert (done["rows"], done["stock"], done["refused"]) == (3, 3, [])
    assert alice.rows(LIES) == [("NEW", "A-1", 5), ("NEW", "B-1", 7), ("NEW-2", "A-1", 3)]
    assert alice.shelf("NEW") == (12, 0)
    assert alice.column("SELECT name FROM catalog_sku WHERE organization_id = %s AND code = 'NEW'") == ["Mug"]


def test_a_blank_cell_takes_no_fact_away(alice: World, tmp_path: Path) -> None:
    header = "SKU,Name,Customs name,Barcode,HS code,Weight (g),Goods class\n"
    facts = ("NEW", "Desk lamp", "Lamp", "4006381333931", "940540", 120, "battery")
    bring(alice, tmp_path, header + "NEW,Desk lamp,Lamp,4006381333931,940540,120,带电\n")
    assert alice.rows(FACTS) == [facts]
    assert bring(alice, tmp_path, header + "NEW,,,,,,\nNEW-2,Cup,,,,,\n")["refused"] == []
    assert alice.rows(FACTS) == [facts, ("NEW-2", "Cup", "", "", "", 0, "general")]


@pytest.mark.parametrize(
    ("header", "row", "field"),
    [
        ("SKU,Name", f"NEW,{'n' * 301}", "name"),
        ("SKU,Name", f"{'C' * 101},Mug", "code"),
        ("SKU,Bin,On hand", f"NEW,{'b' * 41},5", "bin"),
        ("SKU,Customs name", f"NEW,{'n' * 201}", "name_customs_en"),
        ("SKU,Barcode", f"NEW,{'4' * 61}", "barcode"),
        ("SKU,Goods class", "NEW,Fragile things of glass", "goods_class"),
    ],
)
def test_a_cell_too_long_to_keep_refuses_its_row_and_no_other(
    alice: World, tmp_path: Path, header: str, row: str, field: str
) -> None:
    done = bring(alice, tmp_path, f"{header}\n{row}\nNEW-2\n")
    assert [(one["row"], one["field"]) for one in done["refused"]] == [(2, field)]
    assert alice.column("SELECT code FROM catalog_sku WHERE organization_id = %s AND code LIKE 'NEW%%'") == ["NEW-2"]


def test_the_reader_takes_texts_as_long_as_the_columns_of_the_house_and_its_classes() -> None:
    fields = {**dict.fromkeys(LONGEST, Sku), "bin": Bin}
    columns = {name: model._meta.get_field("code" if name == "bin" else name) for name, model in fields.items()}
    assert {name: getattr(column, "max_length", 0) for name, column in columns.items()} == LONGEST
    assert list(CLASSES) == GoodsClass.values
