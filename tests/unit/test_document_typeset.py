"""Text into runs of fonts: which font, in which order, shaped or not."""

from __future__ import annotations

import pytest

from entrepot.parcels.documents.faces import PRIVATE, face
from entrepot.parcels.documents.latin import is_latin
from entrepot.parcels.documents.typeset import clean, latinized, reads_from_right, typeset, width_of


def faces_of(text: str) -> list[str]:
    return [run.face.name for run in typeset(text).runs]


def test_plain_latin_is_one_run() -> None:
    assert faces_of("Łukasz Wiśniewski, Nguyễn, Straße 12") == ["latin"]


def test_bold_latin_has_its_own_face_and_bold_chinese_is_thickened() -> None:
    assert [run.face.name for run in typeset("PL", bold=True).runs] == ["latin-bold"]
    (chinese,) = typeset("波兰", bold=True).runs
    assert (chinese.face.name, chinese.face.thicken) == ("cjk", True)
    assert not typeset("波兰").runs[0].face.thicken


@pytest.mark.parametrize(
    ("text", "face"),
    [
        ("张伟", "cjk"),
        ("山田はな", "cjk"),
        ("김민준", "cjk"),
        ("สมชาย", "thai"),
        ("محمد", "arabic"),
        ("יוסי", "hebrew"),
    ],
)
def test_each_script_finds_its_face(text: str, face: str) -> None:
    assert faces_of(text) == [face]


def test_mixed_text_changes_face_where_the_script_changes() -> None:
    assert [(run.face.name, run.text) for run in typeset("SOHO现代城A座").runs] == [
        ("latin", "SOHO"),
        ("cjk", "现代城"),
        ("latin", "A"),
        ("cjk", "座"),
    ]


def test_arabic_letters_join() -> None:
    word = typeset("محمد").runs[0].glyphs
    letters = [typeset(letter).runs[0].glyphs[0].char for letter in "محمد"]
    assert len(word) == 4
    assert [glyph.char for glyph in reversed(word)] != letters
    assert [glyph.x for glyph in word] == sorted(glyph.x for glyph in word)


def test_arabic_stands_from_right_to_left_and_its_number_from_left_to_right() -> None:
    runs = typeset("مبنى 4521 شارع").runs
    assert [run.text.strip() for run in runs if run.text.strip()] == ["شارع", "4521", "مبنى"]


def test_brackets_of_right_to_left_text_turn() -> None:
    hebrew, opening = typeset("(א)").runs
    assert opening.text == ")"  # the opening bracket stands at the right and opens to the left
    left_bracket = face("hebrew").font.face.charToGlyph[ord("(")]
    assert hebrew.glyphs[0].char == chr(PRIVATE + left_bracket)


def test_thai_vowels_stand_above_and_take_no_room() -> None:
    assert width_of("กี่", 10) == pytest.approx(width_of("ก", 10))


def test_a_character_no_font_has_is_spelled_out_not_boxed() -> None:
    line = typeset("A😀B")
    assert "".join(run.text for run in line.runs).startswith("A")
    assert all(char in run.face.covers for run in line.runs for char in run.text)
    assert clean("ក\u17b6") == "ka"  # Khmer has no face here


def test_width_is_that_of_the_parts() -> None:
    assert width_of("AB", 10) == pytest.approx(width_of("A", 10) + width_of("B", 10))
    assert width_of("波兰", 10) == pytest.approx(20, rel=0.05)
    assert width_of("", 10) == 0


def test_control_and_direction_marks_do_not_print() -> None:
    assert clean("a\u202eb\u200b\tc\n\n d\x00") == "ab c d"
    assert clean("e\u0301") == "é"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"


def test_latin_with_accents_needs_no_second_line() -> None:
    assert is_latin("Łódź, Nguyễn 12/3 – 5")
    assert latinized("Łódź") == "Łódź"


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("张伟", "Zhang Wei"),
        ("北京市, 北京", "Bei Jing Shi, Bei Jing"),
        ("김민준", "Gim Min Jun"),
        ("Москва", "Moskva"),
        ("Αθήνα", "Athina"),
    ],
)
def test_other_scripts_are_spelled_in_latin(text: str, latin: str) -> None:
    assert not is_latin(text)
    assert latinized(text) == latin


@pytest.mark.parametrize(
    ("text", "country", "latin"),
    [
        ("ヤマダ タロウ", "JP", "Yamada Tarou"),
        ("きょうと じゅん", "JP", "Kyouto Jun"),
        ("カブシキガイシャ マッチ", "US", "Kabushikigaisha Matchi"),
        ("シェリー・サッカー", "JP", "Sheri-Sakka"),
        ("ﾔﾏﾀﾞ", "JP", "Yamada"),
        ("フィリピン ウィーン", "", "Firipin Win"),
        ("山田 太郎", "JP", ""),
        ("山田 たろう", "US", ""),
        ("グリーンハイツ405号", "JP", ""),
        ("山田 太郎", "CN", "Shan Tian Tai Lang"),
        ("約翰・史密斯", "TW", "Yue Han - Shi Mi Si"),
        ("Yamada", "JP", "Yamada"),
    ],
)
def test_japanese_is_never_read_as_chinese_and_kana_are_spelled_as_they_sound(
    text: str, country: str, latin: str
) -> None:
    assert latinized(text, country) == latin


def test_direction_follows_the_first_letter() -> None:
    assert reads_from_right("شارع 12")
    assert reads_from_right("12 שלום")
    assert not reads_from_right("Street שלום")
    assert not reads_from_right("")
