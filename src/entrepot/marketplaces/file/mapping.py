"""Which column holds which of our fields: the user's word first, then the known layouts, then the headers' meaning."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from entrepot.marketplaces.file.cells import Cell, norm, text_of
from entrepot.marketplaces.file.layouts import LAYOUTS, Layout
from entrepot.marketplaces.file.synonyms import ORDER, SKU
from entrepot.marketplaces.order_file import FileRefused

Expression = tuple[tuple[int, ...], ...]
"""Alternatives, the first filled one counts; each is one column or several that are joined."""
HEADER_SEARCH_ROWS = 40


@dataclass(frozen=True, slots=True)
class Plan:
    layout: Layout | None
    columns: Mapping[str, Expression]
    shown: Mapping[str, str] = field(default_factory=dict)  # our field -> the header text of its first column
    unknown: tuple[str, ...] = ()  # fields the user mapped to a header that is not in the file

    @property
    def name(self) -> str:
        return self.layout.name if self.layout else ""


@cache
def known_headers() -> frozenset[str]:
    """Every header text that any layout or synonym speaks of, normalised."""
    words: set[str] = set()
    for table in (ORDER, SKU):
        for synonyms in table.values():
            words.update(map(norm, synonyms))
    for layout in LAYOUTS:
        words.update(map(norm, layout.signature))
        for expression in layout.columns.values():
            words.update(norm(part) for alternative in expression.split(" | ") for part in alternative.split(" + "))
    return frozenset(words)


def recognised(cells: Sequence[Cell], wanted: frozenset[str]) -> int:
    """How many different headers we know stand in this row; the user's own count double."""
    texts = {norm(text_of(cell)) for cell in cells[:1000] if isinstance(cell, str) and len(cell) <= 120}
    return len(texts & known_headers()) + 2 * len(texts & wanted)


def find_header(rows: Sequence[Sequence[Cell]], wanted: frozenset[str]) -> tuple[int, int]:
    """Index of the header among the first rows and its score; (-1, 0) when all rows are blank."""
    widths = [sum(1 for cell in row if text_of(cell)) for row in rows]
    if not any(widths):
        return -1, 0
    scores = [recognised(row, wanted) for row in rows[:HEADER_SEARCH_ROWS]]
    best = max(scores)
    if best >= 2:
        return scores.index(best), best
    widest = max(widths)
    return next(index for index, width in enumerate(widths) if width * 2 >= widest and width), best


def unique_headers(cells: Sequence[Cell]) -> tuple[str, ...]:
    """Header texts, the second `Name` as `Name (2)`, an empty one as `column 7`; trailing empty ones are dropped."""
    texts = [text_of(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    seen: dict[str, int] = {}
    result: list[str] = []
    for position, text in enumerate(texts, 1):
        name = text or f"column {position}"
        seen[name] = seen.get(name, 0) + 1
        candidate = name if seen[name] == 1 else f"{name} ({seen[name]})"
        while candidate in result:
            candidate += "'"
        result.append(candidate)
    return tuple(result)


def plan_orders(header: Sequence[str], mapping: Mapping[str, str] | None) -> Plan:
    index = first_positions(header)
    layout = matching_layout(index)
    columns: dict[str, Expression] = {}
    if layout:
        for name, expression in layout.columns.items():
            if found := resolved(expression, index):
                columns[name] = found
    if layout is None or layout.complete:
        by_meaning(ORDER, index, columns)
    return with_users_word(header, index, layout, columns, mapping, ORDER)


def plan_skus(header: Sequence[str], mapping: Mapping[str, str] | None) -> Plan:
    index = first_positions(header)
    columns: dict[str, Expression] = {}
    by_meaning(SKU, index, columns)
    return with_users_word(header, index, None, columns, mapping, SKU)


def first_positions(header: Sequence[str]) -> dict[str, int]:
    index: dict[str, int] = {}
    for position, text in enumerate(header):
        index.setdefault(norm(text), position)
    return index


def matching_layout(index: Mapping[str, int]) -> Layout | None:
    """The layout whose signature is wholly there; among several the one that explains most columns."""
    matches = [layout for layout in LAYOUTS if all(norm(text) in index for text in layout.signature)]
    return max(matches, key=lambda layout: sum(1 for e in layout.columns.values() if resolved(e, index)), default=None)


def resolved(expression: str, index: Mapping[str, int]) -> Expression:
    alternatives: list[tuple[int, ...]] = []
    for alternative in expression.split(" | "):
        found = [norm(part) for part in alternative.split(" + ")]
        if positions := tuple(index[text] for text in found if text in index):
            alternatives.append(positions)
    return tuple(alternatives)


def by_meaning(synonyms: Mapping[str, Sequence[str]], index: Mapping[str, int], columns: dict[str, Expression]) -> None:
    """Fill the fields that have no column yet. The best word of any field goes first, so that `name` comes last."""
    used = {position for expression in columns.values() for part in expression for position in part}
    claims = sorted(
        (rank, place, name, index[norm(word)])
        for place, (name, words) in enumerate(synonyms.items())
        for rank, word in enumerate(words)
        if norm(word) in index
    )
    for _, _, name, position in claims:
        if name not in columns and position not in used:
            columns[name] = ((position,),)
            used.add(position)


def with_users_word(
    header: Sequence[str],
    index: Mapping[str, int],
    layout: Layout | None,
    columns: dict[str, Expression],
    mapping: Mapping[str, str] | None,
    fields: Iterable[str],
) -> Plan:
    shown = {name: header[expression[0][0]] for name, expression in columns.items()}
    exact = {text: position for position, text in reversed(list(enumerate(header)))}
    unknown: list[str] = []
    chosen: dict[str, int] = {}
    for name, text in (mapping or {}).items():
        if name not in fields:
            raise FileRefused("bad_mapping", f"There is no field “{name}” to map a column to. Choose the columns anew.")
        if not text.strip():
            columns.pop(name, None)
            shown.pop(name, None)
        elif shown.get(name) != text:  # the column we found ourselves keeps its alternatives
            position = exact.get(text, index.get(norm(text), -1))
            if position < 0:
                unknown.append(name)
            else:
                chosen[name] = position
    for name, position in chosen.items():
        for other in [o for o, e in columns.items() if e == ((position,),) and o not in (mapping or {})]:
            del columns[other], shown[other]
        columns[name], shown[name] = ((position,),), header[position]
    return Plan(layout=layout, columns=columns, shown=shown, unknown=tuple(unknown))


def read_column(cells: Sequence[Cell], expression: Expression) -> str:
    """The text of the first filled alternative."""
    if len(expression) == 1 and len(expression[0]) == 1:  # nearly always: read for every field of every row
        position = expression[0][0]
        return text_of(cells[position]) if position < len(cells) else ""
    for alternative in expression:
        parts = [text for position in alternative if position < len(cells) and (text := text_of(cells[position]))]
        if parts:
            return " ".join(parts)
    return ""


def cell_of(cells: Sequence[Cell], expression: Expression) -> Cell:
    """The cell itself, for numbers and dates: of the first filled alternative's first column."""
    for alternative in expression:
        position = alternative[0]
        if position < len(cells) and text_of(cells[position]):
            return cells[position]
    return ""
