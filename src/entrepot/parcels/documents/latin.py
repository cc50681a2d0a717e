"""Text in Latin letters, for posts on the way that read nothing else. Pure: no font and no page.

Han signs are read in Chinese, which is wrong for a Japanese name: 山田 is Yamada, not Shan Tian. Nobody can tell the
right reading from the signs, so Japanese text with Han signs has none here; kana alone are spelled as they sound.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

_LETTER = re.compile(r"[^\W\d_]")
_HAN = re.compile(r"[\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc\u31f0-\u31ff\uff66-\uff9d]")
_SYLLABLE_SIGN = re.compile(r"[\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")  # one Han or Hangul sign is one syllable
_SMALL_Y = {"ゃ": "a", "ゅ": "u", "ょ": "o"}
_SMALL_VOWEL = {"ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o"}
_WORD = re.compile(r"[^\W\d_]+")


def is_latin(text: str) -> bool:
    """Whether every letter is a Latin one, so that no second line in Latin letters is needed."""
    return text.isascii() or all(
        ord(char) < 0x250 or 0x1E00 <= ord(char) <= 0x1EFF for char in text if _LETTER.match(char)
    )


@lru_cache(maxsize=8192)
def reading(text: str, country: str = "") -> str:
    """The text in Latin letters; "" when its signs do not tell how it is read. Latin text stays as it is.

    `country` (ISO 3166-1 alpha-2) is where the address lies: in Japan all Han signs are Japanese ones.
    """
    if is_latin(text):
        return text
    if (country.upper() == "JP" or _KANA.search(text)) and _HAN.search(text):
        return ""
    spelled = _spell_kana(text) if _KANA.search(text) else text
    return anyascii(_SYLLABLE_SIGN.sub(lambda sign: f" {anyascii(sign[0])} ", spelled))


def _spell_kana(text: str) -> str:
    """Kana as they sound (Hepburn without marks of length), each word with a capital."""
    signs = [chr(ord(sign) - 0x60) if "ァ" <= sign <= "ヶ" else sign for sign in unicodedata.normalize("NFKC", text)]
    spelled: list[str] = []
    doubled = False
    for sign in signs:
        if sign == "ー":
            continue
        if sign == "っ":
            doubled = True
            continue
        before = spelled[-1] if spelled else ""
        if sign in _SMALL_Y and before.endswith("i") and len(before) > 1:
            stem = before[:-1]
            spelled[-1] = stem + ("" if stem.endswith(("sh", "ch", "j")) else "y") + _SMALL_Y[sign]
            continue
        if sign in _SMALL_VOWEL and before[-1:] in ("a", "e", "i", "o", "u"):
            spelled[-1] = (before[:-1] or "w") + _SMALL_VOWEL[sign]
            continue
        sound = anyascii(sign) if _KANA.match(sign) else sign
        if doubled and sound[:1].isalpha():
            sound = ("t" if sound.startswith("ch") else sound[0]) + sound
        doubled = False
        spelled.append(sound)
    return _WORD.sub(lambda word: word[0][:1].upper() + word[0][1:], "".join(spelled))
