"""Every marked string has its Chinese, and the compiled catalogue is the one of the source."""

import re
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog

import entrepot
from entrepot.web.reader_words import BY_CODE, REASONS, reason_sentence, refusal_sentence

SOURCE = Path(entrepot.__file__).parent
FOLDER = SOURCE / "locale" / "zh_Hans" / "LC_MESSAGES"
MARKED = re.compile(r"""\{%\s*(?:translate|trans)\s+(?:"([^"]+)"|'([^']+)')""")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    with (FOLDER / "django.po").open("rb") as file:
        return pofile.read_po(file, locale="zh_Hans")


def test_every_string_of_the_catalogue_has_a_chinese_translation(catalog: Catalog) -> None:
    without = [
        message.id
        for message in catalog
        if message.id
        and (message.fuzzy or not all(message.string if isinstance(message.string, tuple) else [message.string]))
    ]
    assert without == []


def test_every_string_of_the_templates_is_in_the_catalogue(catalog: Catalog) -> None:
    missing = sorted(
        {
            text
            for template in (SOURCE / "web" / "templates").rglob("*.html")
            for found in MARKED.finditer(template.read_text())
            if (text := found[1] or found[2]) and text not in catalog
        }
    )
    assert missing == [], "run bin/messages and translate them"


def test_the_compiled_catalogue_is_fresh(catalog: Catalog) -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = mofile.read_mo(file)
    assert texts(compiled) == texts(catalog), "run bin/messages --compile"


def texts(catalog: Catalog) -> dict[str, str]:
    """First text of each message -> its (only) Chinese form."""
    return {first(message.id): first(message.string) for message in catalog if message.id}


def first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def test_a_translation_keeps_the_placeholders_of_its_source(catalog: Catalog) -> None:
    hole = re.compile(r"%\(\w+\)s|\{\w+\}")
    broken = []
    for message in catalog:
        if not message.id:
            continue
        plural = isinstance(message.id, tuple | list)
        wanted = set(hole.findall(message.id[1] if plural else message.id))
        given = set(hole.findall(message.string[0] if plural else message.string))
        if given != wanted:
            broken.append((message.id, message.string))
    assert broken == []


def test_the_reader_s_sentences_are_said_in_chinese() -> None:
    from django.utils import translation

    with translation.override("zh-hans"):
        assert reason_sentence("The row has no quantity. Fill it in, or delete the row.") == (
            "此行没有数量。请补充或删除此行。"
        )
        assert reason_sentence("“two” is not a whole number of pieces. Correct the quantity.") == (
            "“two”不是整数件数。请更正数量。"
        )
        assert reason_sentence("A sentence nobody wrote.") == "A sentence nobody wrote."
        assert refusal_sentence("encrypted", "The workbook …") == (
            "工作簿有密码保护。请打开文件，移除密码并保存，然后重新选择。"
        )
    with translation.override("en"):
        assert refusal_sentence("encrypted", "The workbook …") == "The workbook …"


def test_the_reader_says_no_row_refusal_that_is_not_known_here() -> None:
    """Looks for the reader's sentences in its source: each must be one of REASONS up to what stands in braces."""
    known = [re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(text)).removesuffix(r"\Z")) for text in REASONS]
    said = []
    for name in ("orders.py", "skus.py"):
        text = (SOURCE / "marketplaces" / "file" / name).read_text()
        said += re.findall(r'(?:reason = |return |BadCell\(\s*"\w+", )f?"([A-Z“][^"]{20,})"', text)
    assert len(said) >= 10
    unknown = [text for text in said if not any(pattern.fullmatch(text) for pattern in known)]
    assert unknown == []
    assert {"encrypted", "damaged", "not_a_table", "empty", "missing_columns"} <= set(BY_CODE)
