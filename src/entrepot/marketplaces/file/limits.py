"""How much a file may ask of us. A file beyond a limit is refused by name, before or while it is read."""

MB = 1024 * 1024

FILE_BYTES = 100 * MB
UNPACKED_BYTES = 400 * MB
"""All members of a workbook archive together, and the text a workbook may become."""
ROWS = 1_000_000
COLUMNS = 1_000
CELL_CHARS = 131_072
"""The csv module's own field limit; a spreadsheet cell holds 32,767."""
ROW_CHARS = 4_000_000
ROW_LINES = 20_000
"""Physical lines of one record: texts in quotes may hold newlines."""
SHEETS = 100
ARCHIVE_MEMBERS = 10_000

CHILD_MEMORY_BYTES = 400 * MB
CHILD_BASE_SECONDS = 8
CHILD_BYTES_PER_SECOND = 10 * MB
"""Unpacked bytes for which a workbook gets one more second of processor time."""
CHILD_WALL_SECONDS = 150
