"""A file whose headers are the words of our own pages is read without asking, in both languages."""

import pytest
from django.utils import translation

from entrepot.marketplaces.file.cells import norm
from entrepot.marketplaces.file.goods import goods_class
from entrepot.marketplaces.file.synonyms import ORDER, SKU
from entrepot.web.choices import GOODS
from entrepot.web.forms import SkuForm
from entrepot.web.import_preview import FIELDS


def fields_named(table: dict[str, tuple[str, ...]], header: str) -> list[str]:
    return [field for field, words in table.items() if norm(header) in set(map(norm, words))]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("table", [ORDER, SKU])
def test_every_field_of_the_import_page_is_known_by_its_own_name(
    table: dict[str, tuple[str, ...]], language: str
) -> None:
    with translation.override(language):
        names = {field: translation.gettext(FIELDS[field]) for field in table}
    assert {field: fields_named(table, name) for field, name in names.items()} == {field: [field] for field in table}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_field_of_the_sku_page_is_known_by_its_own_name(language: str) -> None:
    with translation.override(language):
        names = {name: str(field.label) for name, field in SkuForm.base_fields.items() if name != "is_active"}
    assert {field: fields_named(SKU, name) for field, name in names.items()} == {field: [field] for field in names}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_goods_class_of_the_sku_page_is_known_by_its_own_name(language: str) -> None:
    with translation.override(language):
        names = {name: str(label) for name, label in GOODS.items()}
    assert {name: goods_class(label) for name, label in names.items()} == {name: name for name in names}


def test_a_german_article_is_the_items_name() -> None:
    assert fields_named(ORDER, "Artikel") == ["title"]
