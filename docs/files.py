"""The page of files that can be imported, from the reader's own tables."""

from entrepot.carriers.registry import NUMBER_FORMATS
from entrepot.marketplaces.file import limits, synonyms
from entrepot.marketplaces.file.layouts import LAYOUTS
from entrepot.marketplaces.order_file import (
    ORDER_FIELDS,
    ORDER_FIELDS_ONE_OF,
    ORDER_FIELDS_REQUIRED,
    SKU_FIELDS,
    SKU_FIELDS_REQUIRED,
    Problem,
)
from entrepot.web.reader_words import BY_CODE

HEAD = """# Files

Generated from the code by `python -m docs`; do not edit.
How to import one: [import a file](../how-to/import-a-file.md).

The reader takes CSV, TSV and TXT in any usual encoding, XLSX, XLS and ODS. It looks at the content, not at the file's
name: format, encoding, delimiter, sheet, header row and columns are found by themselves. A workbook is read in a child
process under limits of memory and time.

What comes in is never thrown away because it is odd. An order with a problem is taken in and waits for a person in
“To review” with the problem as a chip. Only a row that holds no order at all is refused, with its number and a remedy.
"""
PROBLEMS = {
    Problem.ID_LOST_DIGITS: "A spreadsheet program rounded the order number; its last digits are gone.",
    Problem.NO_DATE: "There is no order date.",
    Problem.BAD_DATE: "A date that is none.",
    Problem.AMBIGUOUS_DATE: "05/10 could be May or October, and nothing in the file decides.",
    Problem.NO_COUNTRY: "There is no country.",
    Problem.UNKNOWN_COUNTRY: "The text names no country we know.",
    Problem.NO_ADDRESS: "There is no street line or no recipient.",
    Problem.NO_ITEM_NAME: "A line with neither SKU nor title.",
    Problem.NO_SKU: "A line with a title only.",
    Problem.NO_PRICE: "An empty price, taken as zero.",
    Problem.BAD_PRICE: "A price or total that is no amount, taken as zero.",
    Problem.ZERO_PRICE: "A price of zero.",
    Problem.NEGATIVE_PRICE: "A price below zero.",
    Problem.AMBIGUOUS_PRICE: "1.250 was taken with three decimals; it could be 1,250, and nothing in the column decides.",
    Problem.PRICE_ROUNDED: "More decimals than the currency has.",
    Problem.UNKNOWN_CURRENCY: "A currency we do not know.",
    Problem.MIXED_CURRENCIES: "Rows of one order name different currencies; the first counts.",
    Problem.UNKNOWN_PAYMENT: "A payment word we do not know, taken as unpaid.",
    Problem.PARTLY_REFUNDED: "Part of the money went back.",
    Problem.PARTLY_SHIPPED: "Part of the order left already.",
    Problem.ROWS_DISAGREE: "Rows of one order name different recipients; the first counts.",
    Problem.EXTRA_CELLS: "A row longer than its header: a separator inside an unquoted text may have shifted it.",
    Problem.UNREADABLE_TEXT: "Bytes that do not belong to the file's encoding.",
}
LIMITS = (
    ("File", f"{limits.FILE_BYTES // limits.MB} MB"),
    ("Workbook, unpacked", f"{limits.UNPACKED_BYTES // limits.MB} MB"),
    ("Rows", f"{limits.ROWS:,}"),
    ("Columns", f"{limits.COLUMNS:,}"),
    ("Characters in a cell", f"{limits.CELL_CHARS:,}"),
    ("Sheets of a workbook", f"{limits.SHEETS:,}"),
    ("Memory of the reader", f"{limits.CHILD_MEMORY_BYTES // limits.MB} MB"),
    ("Time for one workbook", f"{limits.CHILD_WALL_SECONDS} s"),
)


def page() -> str:
    lines = [HEAD, "## Known exports", "", "A file with all of these headers is recognised, whoever exported it."]
    lines += ["", "| Layout | Recognised by | Source of the header row |", "|---|---|---|"]
    for layout in LAYOUTS:
        signature = ", ".join(f"`{header}`" for header in layout.signature)
        lines.append(f"| {layout.name} | {signature} | {layout.notes or 'a real export'} |")
    lines += [
        "",
        "Any other file is mapped by the words in its header, or by hand. The words are known in English, Chinese,",
    ]
    lines += ["German, French and others.", ""]
    lines += ["## Fields of an order file", "", fields_needed(ORDER_FIELDS_REQUIRED, ORDER_FIELDS_ONE_OF), ""]
    lines += field_table(ORDER_FIELDS, synonyms.ORDER)
    lines += ["", "## Fields of a SKU file", "", fields_needed(SKU_FIELDS_REQUIRED, ()), ""]
    lines += field_table(SKU_FIELDS, synonyms.SKU)
    lines += ["", "## Problems", "", "Kept on the order and shown in “To review”.", ""]
    lines += ["| Code | Meaning |", "|---|---|"]
    lines += [f"| `{problem.value}` | {PROBLEMS[problem]} |" for problem in Problem]
    lines += ["", "## When a whole file is refused", "", "| Code | Said on screen |", "|---|---|"]
    lines += [f"| `{code}` | {sentence} |" for code, sentence in BY_CODE.items()]
    lines += ["", "## Limits", "", "| What | Most |", "|---|---|"]
    lines += [f"| {name} | {most} |" for name, most in LIMITS]
    formats = ", ".join(f"`{name}`" for name in NUMBER_FORMATS)
    lines += ["", "## Formats of waybill numbers", ""]
    lines += [f"A shipping service names one; typed and pooled numbers obey it: {formats}."]
    return "\n".join([*lines, ""])


def fields_needed(required: tuple[str, ...], one_of: tuple[str, ...]) -> str:
    text = "Needed: " + ", ".join(f"`{name}`" for name in required)
    return text + (f", and one of {', '.join(f'`{name}`' for name in one_of)}." if one_of else ".")


def field_table(names: tuple[str, ...], words: dict[str, tuple[str, ...]]) -> list[str]:
    rows = ["| Field | Headers that are understood, for example |", "|---|---|"]
    return rows + [f"| `{name}` | {', '.join(words.get(name, ())[:4])} |" for name in names]
