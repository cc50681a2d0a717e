"""Dates as exports write them, to instants in UTC.

The order of day and month is decided per column by evidence over the whole file (a 13 or more in one place), else by
the layout, else by the evidence of the file's other date columns, else by the store's time zone.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from entrepot.marketplaces.file.cells import SPACES, Cell, text_of

DMY, MDY = "dmy", "mdy"
EARLIEST_YEAR, LATEST_YEAR = 1980, 2100
"""No order that anybody ships is older or younger; such a date is a slip of the pen."""
MONTH_FIRST_ZONES = frozenset(
    {
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
        "America/Phoenix",
        "America/Anchorage",
        "America/Detroit",
        "America/Boise",
        "America/Juneau",
        "America/Adak",
        "Pacific/Honolulu",
        "Pacific/Guam",
        "Asia/Manila",
    }
)
MONTH_FIRST_AREAS = ("US/", "America/Indiana/", "America/Kentucky/", "America/North_Dakota/")
MONTHS = {
    1: "jan january januar janvier janv enero ene januari gennaio gen",
    2: "feb february februar fevrier fevr febrero februari febbraio",
    3: "mar march marz mrz maerz mars marzo maret maart",
    4: "apr april avril avr abril abr aprile",
    5: "may mai mayo mei maggio mag",
    6: "jun june juni juin junio giugno giu",
    7: "jul july juli juillet juil julio luglio lug",
    8: "aug august aout agosto ago agustus augustus agu",
    9: "sep sept september septembre septiembre settembre set",
    10: "oct october okt oktober octobre octubre ottobre ott",
    11: "nov november novembre noviembre",
    12: "dec december dez dezember decembre diciembre dic des desember dicembre",
}
LONGEST = 100
"""No date is longer. Looking for one takes time by the square of the text's length."""
ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "pst": -480, "pdt": -420, "mst": -420, "mdt": -360, "est": -300, "edt": -240,
    "cet": 60, "cest": 120, "bst": 60, "jst": 540, "kst": 540, "sgt": 480, "hkt": 480, "wib": 420,
}  # fmt: skip
"""Minutes from UTC. CST is left out: it is Chicago and China."""

_TIME = re.compile(
    r"(?:^|[ tT,])\s*(\d{1,2})[:.hH](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([aApP]\.?\s?[mM]\.?|上午|下午)?"
    r"\s*(?:\(?(?:UTC|GMT)?\s*([+-]\d{1,2}(?::?\d{2})?)\)?|\(?([A-Za-z]{1,5})\)?)?\s*$"
)
_YEAR_FIRST = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$")
_COMPACT = re.compile(r"^(20\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$")
_NUMERIC = re.compile(r"^(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{2})\.?$")
_WORD = re.compile(r"[^\W\d_]+")


@cache
def month_names() -> dict[str, int]:
    return {name: number for number, names in MONTHS.items() for name in names.split()}


def month_first(time_zone: str) -> bool:
    return time_zone in MONTH_FIRST_ZONES or time_zone.startswith(MONTH_FIRST_AREAS)


def evidence(texts: Iterable[str]) -> str:
    """What a column's numeric dates prove: "dmy", "mdy", or "" when nothing or both."""
    votes = {DMY: 0, MDY: 0}
    for text in texts:
        day_part, _ = split_time(text)
        if found := _NUMERIC.match(day_part):
            first, second = int(found[1]), int(found[2])
            if first > 12 >= second:
                votes[DMY] += 1
            elif second > 12 >= first:
                votes[MDY] += 1
    if not votes[DMY] and not votes[MDY]:
        return ""
    return DMY if votes[DMY] >= votes[MDY] else MDY


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime | None  # None: the text is no date
    ambiguous: bool = False


@dataclass(slots=True)
class DateReader:
    """Reads one column. Remembers what it has read: exports repeat their dates."""

    zone: ZoneInfo
    order: str
    proven: bool  # by evidence or by the layout
    seen: dict[Cell, Moment] = field(default_factory=dict)

    def read(self, cell: Cell) -> Moment:
        if (known := self.seen.get(cell)) is not None:
            return known
        if len(self.seen) > 100_000:
            self.seen.clear()
        moment = self.seen[cell] = self.parse(cell)
        return moment

    def parse(self, cell: Cell) -> Moment:
        if not isinstance(cell, str):
            return self.serial(cell)
        text = text_of(cell)
        day_part, clock = split_time(text)
        found = calendar_day(day_part, self.order)
        if found is None:
            return Moment(None)
        (year, month, day), doubt = found
        if not EARLIEST_YEAR <= year <= LATEST_YEAR:
            return Moment(None)
        hour, minute, second, zone = clock or (0, 0, 0, None)
        if compact := _COMPACT.match(day_part):
            hour, minute, second = int(compact[4] or hour), int(compact[5] or minute), int(compact[6] or second)
        try:
            naive = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  # made aware in the next line
            return Moment(naive.replace(tzinfo=zone or self.zone).astimezone(UTC), doubt and not self.proven)
        except (ValueError, OverflowError):
            return Moment(None)

    def serial(self, days: float) -> Moment:
        """A date that a workbook shows as a plain number: days since 1899-12-30, local time."""
        if 20260000 < days < 21000000 or 20000101 <= days < 20260000:
            return self.parse(text_of(days))
        if not 20_000 < days < 80_000:
            return Moment(None)
        naive = datetime(1899, 12, 30) + timedelta(seconds=round(days * 86_400))  # noqa: DTZ001
        return Moment(naive.replace(tzinfo=self.zone).astimezone(UTC))


def split_time(text: str) -> tuple[str, tuple[int, int, int, tzinfo | None] | None]:
    """The day's part of the text, and hour, minute, second and zone if it has them. A text too long for a date has no
    part that is one."""
    text = text.strip(SPACES)
    if len(text) > LONGEST:
        return "", None
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    found = _TIME.search(text)
    if not found or not found.start():
        return text.rstrip(",zZ") if text[-1:] in "zZ" and text[:1].isdigit() else text, None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    half = (found[4] or "").casefold().replace(".", "").replace(" ", "")
    if half in ("pm", "下午") and hour < 12:
        hour += 12
    elif half in ("am", "上午") and hour == 12:
        hour = 0
    word = (found[6] or "").casefold()
    if word and word not in ZONES:
        return text, None
    zone = offset(found[5]) if found[5] else timezone(timedelta(minutes=ZONES[word])) if word else None
    return text[: found.start()].rstrip(", "), (hour, minute, second, zone)


def offset(text: str) -> tzinfo | None:
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 15 or minutes > 59:
        return None
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def calendar_day(text: str, order: str) -> tuple[tuple[int, int, int], bool] | None:
    """(year, month, day) and whether day and month could be exchanged."""
    if found := _YEAR_FIRST.match(text) or _COMPACT.match(text):
        return (int(found[1]), int(found[2]), int(found[3])), False
    if found := _NUMERIC.match(text):
        first, second, year = int(found[1]), int(found[2]), full_year(found[3])
        if first > 12:
            return (year, second, first), False
        if second > 12:
            return (year, first, second), False
        month, day = (first, second) if order == MDY else (second, first)
        return (year, month, day), first != second
    return with_month_name(text)


def with_month_name(text: str) -> tuple[tuple[int, int, int], bool] | None:
    """`Oct-05-26`, `05-oct.-26`, `5. Oktober 2026`, `October 5th, 2026`, `Mon, 5 Oct 2026`: the year stands last."""
    if len(text) > 60:
        return None
    folded = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    months = [month_names()[word] for word in _WORD.findall(folded) if word in month_names()]
    numbers = re.findall(r"\d+", folded)
    if len(months) != 1 or len(numbers) != 2:
        return None
    if len(numbers[0]) == 4:
        return (int(numbers[0]), months[0], int(numbers[1])), False
    if len(numbers[0]) > 2 or len(numbers[1]) not in (2, 4):
        return None
    return (full_year(numbers[1]), months[0], int(numbers[0])), False


def full_year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)
