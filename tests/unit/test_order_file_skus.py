"""SKU files: what each column becomes, and why a row is refused."""

from pathlib import Path

import pytest

from entrepot.marketplaces.order_file import RefusedRow, SkuDraft
from entrepot.marketplaces.registry import order_file


def read(tmp_path: Path, text: str) -> list[SkuDraft | RefusedRow]:
    path = tmp_path / "skus.csv"
    path.write_text(text, encoding="utf-8")
    return list(order_file().skus(path, currency="CNY"))


def test_an_english_file_with_every_column_is_read(tmp_path: Path) -> None:
    text = (
        "SKU,Name,Customs name,Chinese customs name,HS code,Country of origin,Weight (kg),Declared value,Currency,"
        "Goods class,Barcode,On hand,Bin,Image URL\n"
        "MUG-L,Blue mug,Ceramic mug,陶瓷杯,6912.00.21,China,0.45,3.20,USD,general,0012345678905,120,A-01-02,https://e.test/m.png\n"
    )
    (sku,) = read(tmp_path, text)
    assert isinstance(sku, SkuDraft)
    assert (sku.code, sku.row) == ("MUG-L", 2)
    assert sku.values == {
        "name": "Blue mug",
        "name_customs_en": "Ceramic mug",
        "name_customs_zh": "陶瓷杯",
        "hs_code": "69120021",
        "origin_country": "CN",
        "weight_grams": 450,
        "value_minor": 320,
        "currency": "USD",
        "goods_class": "general",
        "barcode": "0012345678905",
        "on_hand": 120,
        "bin": "A-01-02",
        "image_url": "https://e.test/m.png",
    }


def test_a_chinese_file_is_read_and_absent_columns_stay_absent(tmp_path: Path) -> None:
    (sku,) = read(
        tmp_path,
        "商品编码,商品名称,英文报关名,海关编码,重量(g),申报价值,库存数量,库位\nBZ-1,蓝色杯子,mug,69120021,450,20,7,A1\n",
    )
    assert isinstance(sku, SkuDraft)
    assert sku.code == "BZ-1"
    assert sku.values == {
        "name": "蓝色杯子",
        "name_customs_en": "mug",
        "hs_code": "69120021",
        "weight_grams": 450,
        "value_minor": 2000,
        "currency": "CNY",
        "on_hand": 7,
        "bin": "A1",
    }


@pytest.mark.parametrize(
    ("header", "cell", "grams"),
    [
        ("Weight", "450", 450),
        ("Weight (kg)", "0.45", 450),
        ("Weight (g)", "0.5 kg", 500),
        ("Weight", "1.2kg", 1200),
        ("重量(千克)", "0.3", 300),
        ("Weight", "16 oz", 454),
        ("Weight", "0.2", 1),
        ("Weight", "0", 0),
    ],
)
def test_weights_become_grams_by_the_unit_in_cell_or_header(tmp_path: Path, header: str, cell: str, grams: int) -> None:
    (sku,) = read(tmp_path, f"SKU,{header}\nA,{cell}\n")
    assert isinstance(sku, SkuDraft)
    assert sku.values == {"weight_grams": grams}


@pytest.mark.parametrize(
    ("header", "row", "field"),
    [
        ("SKU,Name", ",Mug", "code"),
        ("SKU,HS code", "A,mug", "hs_code"),
        ("SKU,Origin", "A,Atlantis", "origin_country"),
        ("SKU,Weight", "A,heavy", "weight_grams"),
        ("SKU,Weight", "A,-5", "weight_grams"),
        ("SKU,On hand", "A,-1", "on_hand"),
        ("SKU,On hand", "A,1.5", "on_hand"),
        ("SKU,Value", "A,dear", "value"),
        ("SKU,Value,Currency", "A,1,XYZ9", "currency"),
        ("SKU,Name", "5.76822E+17,Mug", "code"),
        ("SKU,Goods class", "A,dangerous", "goods_class"),
        ("SKU,Goods class", "A,battery and liquid", "goods_class"),
    ],
)
def test_a_bad_cell_refuses_its_row_and_no_other(tmp_path: Path, header: str, row: str, field: str) -> None:
    refused, good = read(tmp_path, f"{header}\n{row}\nB\n")
    assert isinstance(refused, RefusedRow)
    assert (refused.row, refused.field) == (2, field)
    assert refused.reason.endswith(".")
    assert isinstance(good, SkuDraft)
    assert (good.code, good.row) == ("B", 3)


def test_a_code_may_stand_in_a_file_only_once_unless_it_lies_in_several_bins(tmp_path: Path) -> None:
    _, second = read(tmp_path, "SKU,Name\nA,Mug\nA,Cup\n")
    assert isinstance(second, RefusedRow)
    assert "row 2" in second.reason
    first, other, again = read(tmp_path, "SKU,Bin,On hand\nA,B1,5\nA,B2,6\nA,B1,7\n")
    assert isinstance(first, SkuDraft)
    assert isinstance(other, SkuDraft)
    assert (first.values, other.values) == ({"bin": "B1", "on_hand": 5}, {"bin": "B2", "on_hand": 6})
    assert isinstance(again, RefusedRow)
    assert (again.row, again.reason) == (4, "The code A stands in row 2 already. Keep one of the rows.")


def test_an_empty_cell_says_nothing(tmp_path: Path) -> None:
    (sku,) = read(tmp_path, "SKU,Name,Customs name,Barcode,Weight,Goods class,Bin\nA,,,,,,\n")
    assert isinstance(sku, SkuDraft)
    assert sku.values == {}


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("general", "general"),
        ("普货", "general"),
        ("No battery", "general"),
        ("Battery", "battery"),
        ("带电", "battery"),
        ("Built-in battery", "battery"),
        ("内置电池", "battery"),
        ("液体", "liquid"),
        ("Cosmetics", "cosmetic"),
        ("食品", "food"),
        ("带磁", "magnet"),
    ],
)
def test_a_goods_class_becomes_the_house_s_word(tmp_path: Path, cell: str, name: str) -> None:
    (sku,) = read(tmp_path, f"SKU,货物属性\nA,{cell}\n")
    assert isinstance(sku, SkuDraft)
    assert sku.values == {"goods_class": name}


def test_the_preview_of_a_sku_file_shows_its_mapping(tmp_path: Path) -> None:
    path = tmp_path / "skus.csv"
    path.write_text("Colour,Item code,Weight\nblue,A,5\n")
    preview = order_file().preview_skus(path)
    assert (preview.mapping, preview.unmapped, preview.missing) == (
        {"code": "Item code", "weight_grams": "Weight"},
        ("Colour",),
        (),
    )


def test_the_header_of_the_value_names_its_currency(tmp_path: Path) -> None:
    (path := tmp_path / "skus.csv").write_text("SKU,Declared value (EUR)\nA,3.20\n")
    (sku,) = order_file().skus(path, currency="CNY", mapping={"value": "Declared value (EUR)"})
    assert isinstance(sku, SkuDraft)
    assert sku.values == {"value_minor": 320, "currency": "EUR"}


def test_a_stock_beyond_every_count_is_refused_as_such(tmp_path: Path) -> None:
    (refused,) = read(tmp_path, "SKU,On hand\nA,99999999999\n")
    assert isinstance(refused, RefusedRow)
    assert refused.reason == "“99999999999” is more stock than can be counted. Correct it."


def test_a_value_that_may_be_a_thousand_times_as_much_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (refused,) = read(tmp_path, "SKU,Declared value\nA,1.250\n")
    assert isinstance(refused, RefusedRow)
    assert (refused.field, refused.reason) == (
        "value",
        "“1.250” could be a thousand times as much. Write it with two decimals or none.",
    )
