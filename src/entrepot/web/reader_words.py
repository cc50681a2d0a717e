"""What the file reader says, in the language of the screen.

The reader is a leaf without Django, so its sentences are plain English. They are kept in batches as they were said;
here they are recognised and said again. A sentence that is not recognised is shown as it is.
"""

import re
from functools import cache

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

# Words in braces are whatever the reader put there.
REASONS = (
    _("The row has no order number. Fill it in, or delete the row."),
    _("The order number has {count} characters, at most {most} are possible. Correct it."),
    _("The quantity is 0, so there is nothing to ship. Correct it, or delete the row."),
    _("“{text}” is not a whole number of pieces. Correct the quantity."),
    _("“{text}” is more pieces than can be counted. Correct the quantity."),
    _("The row has no quantity. Fill it in, or delete the row."),
    _("The order has no row with a quantity."),
    _("All quantities are negative: this is a stock adjustment, not an order. Book it as a stock movement."),
    _("A negative quantity takes goods back. Record it as a return, or delete the row."),
    _("All prices are negative: this is a money adjustment, not an order. Book it in the ledger."),
    _(
        "Several orders share the number {number}, because a spreadsheet program has cut off its last digits. "
        "Export the file again and import it without opening and saving it in between."
    ),
    _("The row has no SKU code. Fill it in, or delete the row."),
    _("The code {code} has lost its last digits in a spreadsheet. Format the column as text."),
    _("The code has {count} characters, at most {most} are allowed. Shorten it."),
    _("The text has {count} characters, at most {most} are allowed. Shorten it."),
    _("“{text}” is no class of goods. Write one of: {names}."),
    _("The code {code} stands in row {row} already. Keep one of the rows."),
    _("“{text}” is no country. Write its name or its two-letter code."),
    _("“{text}” is no stock: write a whole number, 0 or more."),
    _("“{text}” is more stock than can be counted. Correct it."),
    _("“{text}” is no currency. Write its three-letter code, such as USD."),
    _("“{text}” is no customs code: write 4 to 12 digits."),
    _("“{text}” is no value: write an amount, 0 or more."),
    _("“{text}” could be a thousand times as much. Write it with two decimals or none."),
    _("“{text}” is no weight: write a number, in g or kg."),
    _("“{text}” is heavier than anything. Correct the weight."),
)

# Refusals of whole files: by their stable code where one sentence fits all cases, else by what the reader said.
BY_CODE = {
    "encrypted": _(
        "The workbook is protected by a password. Open it, remove the password, save it and choose it again."
    ),
    "damaged": _("The workbook is damaged and cannot be read. Open it in a spreadsheet program and save it anew."),
    "hostile": _("The workbook is not an ordinary one. Export it anew from its source."),
    "too_big": _("The file is too big. Split it by date, or save the sheet as CSV, and import the parts."),
    "unsupported_format": _("This kind of file cannot be read. Save it as XLSX or CSV and choose that file."),
    "row_too_long": _(
        "A row is longer than any order: a quotation mark may be open. Correct that row, or export the file anew."
    ),
    "unclosed_quote": _("A quotation mark is opened and never closed. Correct that row, or export the file anew."),
    "not_a_table": _(
        "This is not a table of text. Export the orders as CSV, TSV, XLSX, XLS or ODS and choose that file."
    ),
    "timeout": _("The file takes too long to read. Copy its rows into a new workbook, or save the sheet as CSV."),
    "too_many_rows": _("The file has too many rows. Split it by date and import the parts."),
    "too_many_columns": _("The file has too many columns. Delete those that are not needed."),
    "empty": _("The file is empty. Export the orders again and choose that file."),
    "bad_mapping": _("The chosen columns are not in this file. Choose the columns anew."),
    "missing_columns": _("Columns that are needed are missing in this file. Choose the columns by hand."),
    "gone": _("The file is not there any more. Choose it again."),
    "broken": _("Something went wrong on our side. What was taken in before stays; import the file again to go on."),
    "restarted": _("The work was broken off and started again."),
}


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*?)", re.escape(text)) + r"\Z", re.DOTALL), text)
        for text in REASONS
    ]


def reason_sentence(english: str) -> str:
    """Why a row was refused, translated."""
    for pattern, text in _patterns():
        if found := pattern.match(english):
            return gettext(text).format(**found.groupdict())
    return english


def refusal_sentence(code: str, english: str) -> str:
    """Why a file was refused. English keeps the reader's own sentence, which knows the details."""
    if english and (get_language() or "en").startswith("en"):
        return english
    return gettext(BY_CODE[code]) if code in BY_CODE else english or code
