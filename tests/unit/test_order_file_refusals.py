"""A file that cannot be used is refused with a code and a sentence: quickly, in little memory, never otherwise."""

import io
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from entrepot.marketplaces.contract import OrderDraft
from entrepot.marketplaces.file import guarded, limits
from entrepot.marketplaces.order_file import FileRefused, Problem, RefusedRow
from entrepot.marketplaces.registry import order_file

FILES = Path(__file__).parents[1] / "data" / "files"
SECONDS = 20  # on a busy machine; alone each takes less than five
CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = {
    "[Content_Types].xml": CONTENT_TYPES,
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    f'xmlns:r="{RELATION}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def refused(path: Path) -> FileRefused:
    """The refusal of the file, by preview and by orders alike."""
    started = time.monotonic()
    with pytest.raises(FileRefused) as first:
        order_file().preview(path)
    with pytest.raises(FileRefused) as second:
        list(order_file().orders(path, time_zone="UTC", currency="EUR"))
    assert time.monotonic() - started < 2 * SECONDS
    assert first.value.code == second.value.code
    assert first.value.sentence.endswith(".")
    return first.value


def book(path: Path, sheet: str, **more: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**PARTS, "xl/worksheets/sheet1.xml": sheet, **more}.items():
            archive.writestr(name, text)
    return path


def sheet_of(rows: str) -> str:
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_the_hand_made_workbook_of_these_tests_is_a_good_one(tmp_path: Path) -> None:
    rows = f'<row r="1">{cell("A1", "Order ID")}{cell("B1", "SKU")}{cell("C1", "Quantity")}</row>'
    assert order_file().preview(book(tmp_path / "o.xlsx", sheet_of(rows))).header == ("Order ID", "SKU", "Quantity")


@pytest.mark.parametrize("name", ["example_password.xlsx", "rc4cryptoapi_password.xls"])
def test_a_workbook_with_a_password_is_refused_with_the_remedy(name: str) -> None:
    refusal = refused(FILES / "msoffcrypto" / name)
    assert refusal.code == "encrypted"
    assert "remove the password" in refusal.sentence


def test_an_encrypted_open_document_is_refused_as_such(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "o.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "x")
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    assert refused(tmp_path / "o.ods").code == "encrypted"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"\xef\xbb\xbf\n,,\n", "empty"),
        (b"%PDF-1.7\n" + bytes(range(256)), "unsupported_format"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "unsupported_format"),
        (b"\x1f\x8b\x08" + bytes(range(200)), "unsupported_format"),
        (b"<html><table><tr><td>Order ID</td></tr></table></html>", "unsupported_format"),
        (b'<?xml version="1.0"?><Workbook/>', "unsupported_format"),
        (bytes(range(256)) * 40, "not_a_table"),
        (b"\x00\x01\x02\x03" * 500, "not_a_table"),
        (b"PK\x03\x04" + b"broken" * 50, "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "damaged"),
        (b'Order ID,SKU,Quantity\nA1,"open,1\nA2,S,1\n', "unclosed_quote"),
        (b'Order ID,SKU,Quantity\nA1,"open' + b"x,\n" * 60_000, "row_too_long"),
        (b"Order ID,SKU,Quantity\n" + b"x," * 2_000_000, "too_many_columns"),
        (b"Order ID,SKU,Quantity\nA1,S,1" + b"," * 5_000_000, "row_too_long"),
        (b"Order ID,SKU,Quantity" + b",c" * 10_000 + b"\n", "too_many_columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    assert refused(path).code == code


def test_a_truncated_workbook_is_damaged(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for number in range(500):
        made.active.append([f"A{number}", "S", number])
    buffer = io.BytesIO()
    made.save(buffer)
    path = tmp_path / "o.xlsx"
    for size in (len(buffer.getvalue()) // 2, len(buffer.getvalue()) - 30):
        path.write_bytes(buffer.getvalue()[:size])
        assert refused(path).code == "damaged"


def test_files_beyond_the_limits_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(limits.FILE_BYTES + 1)
    assert refused(path).code == "too_big"


def test_endless_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"Order ID,SKU,Quantity\n" + b"A,S,1\n" * (limits.ROWS + 1))
    with pytest.raises(FileRefused) as refusal:
        order_file().preview(path)
    assert refusal.value.code == "too_many_rows"


def test_a_cell_of_ten_thousand_characters_is_read_at_once(tmp_path: Path) -> None:
    orders, skus = tmp_path / "orders.csv", tmp_path / "skus.csv"
    orders.write_text(
        "Order ID,Placed at,SKU,Quantity,Recipient,Street,City,Country\n"
        f"X-1,1{' ' * 10_000}x,S,1,Ann,Road,Berlin,{'(' * 10_000}\n"
    )
    skus.write_text(f"SKU,Weight,Origin,Goods class\nA,{'a' * 10_000}1,,\nB,,{'(' * 10_000},\nC,,,{'(' * 10_000}\n")
    before = time.process_time()
    (order,) = order_file().orders(orders, time_zone="UTC", currency="USD")
    refused = list(order_file().skus(skus, currency="USD"))
    assert time.process_time() - before < 2  # by the square of the length it takes half a minute
    assert isinstance(order, OrderDraft)
    assert {Problem.BAD_DATE, Problem.UNKNOWN_COUNTRY} <= set(order.problems)
    assert [row.field for row in refused if isinstance(row, RefusedRow)] == [
        "weight_grams", "origin_country", "goods_class",
    ]  # fmt: skip


def test_a_zip_bomb_is_refused_by_its_sizes(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as member:
            for _ in range(401):
                member.write(bytes(limits.MB))
    assert path.stat().st_size < 5 * limits.MB
    assert refused(path).code == "too_big"


def hidden_bomb(path: Path) -> Path:
    """A workbook whose sheet says that it has 5,000 bytes and has 300 million."""
    start, end = sheet_of(f'<row r="1">{cell("A1", "|")}</row>').split("|")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as member:
            for part in (start.encode(), *[b"x" * 1_000_000] * 300, end.encode()):
                member.write(part)
    true = (len(start) + 300_000_000 + len(end)).to_bytes(4, "little")
    data = path.read_bytes()
    assert data.count(true) == 2
    path.write_bytes(data.replace(true, (5000).to_bytes(4, "little")))
    return path


def test_a_zip_bomb_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    assert refused(hidden_bomb(tmp_path / "liar.xlsx")).code in {"too_big", "damaged"}


def test_billion_laughs_are_not_expanded(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]>'
    rows = f'<row r="1">{cell("A1", "Order ID")}{cell("B1", "&l9;")}</row>'
    path = book(tmp_path / "laughs.xlsx", head + sheet_of(rows))
    assert refused(path).code in {"damaged", "missing_columns", "empty"}


def far_corners(path: Path) -> Path:
    rows = f'<row r="1">{cell("A1", "x")}</row><row r="1048576">{cell("XFD1048576", "y")}</row>'
    return book(path, sheet_of(rows))


def test_a_sheet_of_two_far_corners_is_refused(tmp_path: Path) -> None:
    assert refused(far_corners(tmp_path / "corners.xlsx")).code == "too_big"


def test_ten_thousand_columns_are_refused(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.append([f"c{number}" for number in range(10_000)])
    made.save(tmp_path / "wide.xlsx")
    assert refused(tmp_path / "wide.xlsx").code == "too_many_columns"


def test_paths_that_leave_the_archive_and_other_archives_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "tricks.xlsx", sheet_of(""), **{"../../etc/evil": "x"})
    assert refused(path).code == "hostile"
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        archive.writestr("orders.csv", "Order ID\n")
    refusal = refused(tmp_path / "many.zip")
    assert (refusal.code, "Unpack" in refusal.sentence) == ("unsupported_format", True)


def repeated_cells(path: Path) -> Path:
    head = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="S"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p>'
        "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", head)
    return path


def test_endlessly_repeated_cells_of_an_open_document_are_refused(tmp_path: Path) -> None:
    assert refused(repeated_cells(tmp_path / "o.ods")).code in {"too_big", "damaged"}


def repeated_text(path: Path) -> Path:
    columns = "".join(f'<c r="{chr(65 + n)}{{r}}" t="s"><v>0</v></c>' for n in range(20))
    rows = "".join(f'<row r="{r}">{columns.format(r=r)}</row>' for r in range(1, 3000))
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + "x" * 30_000
        + "</t></si></sst>"
    )
    return book(
        path,
        sheet_of(rows),
        **{
            "xl/sharedStrings.xml": strings,
            "xl/_rels/workbook.xml.rels": PARTS["xl/_rels/workbook.xml.rels"].replace(
                "</Relationships>",
                f'<Relationship Id="r2" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            ),
        },
    )


def test_a_text_that_repeats_through_shared_strings_is_refused(tmp_path: Path) -> None:
    assert refused(repeated_text(tmp_path / "repeat.xlsx")).code == "too_big"


MEASURE = """
import resource, sys
from pathlib import Path
from entrepot.marketplaces.contract import OrderDraft
from entrepot.marketplaces.order_file import FileRefused, Problem, RefusedRow
from entrepot.marketplaces.registry import order_file
for name in sys.argv[1:]:
    try:
        order_file().preview(Path(name))
    except FileRefused as refusal:
        print(refusal.code)
own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
print((own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory from /proc")
def test_hostile_workbooks_take_less_than_500_mb(tmp_path: Path) -> None:
    made = (hidden_bomb, far_corners, repeated_text, repeated_cells)
    paths = [str(make(tmp_path / f"{number}.dat")) for number, make in enumerate(made)]
    command = [sys.executable, "-c", MEASURE, *paths]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    *codes, megabytes = found.stdout.split()
    assert len(codes) == len(made)
    assert int(megabytes) < 500


def test_a_reader_that_hangs_or_dies_becomes_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert guarded.death(-24, b"").code == "timeout"
    assert guarded.death(-6, b"memory allocation of 549755813888 bytes failed").code == "too_big"
    assert guarded.death(-11, b"").code == "damaged"
    monkeypatch.setattr(guarded, "CHILD_WALL_SECONDS", 0.001)
    assert refused(book(tmp_path / "o.xlsx", sheet_of(""))).code == "timeout"


def test_the_reader_of_workbooks_gets_no_secret_of_the_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for you")
    seen: dict[str, str] = {}

    def spy(*_: object, env: dict[str, str], **__: object) -> None:
        seen.update(env)
        raise subprocess.TimeoutExpired("child", 1)

    monkeypatch.setattr(guarded.subprocess, "run", spy)
    assert refused(book(tmp_path / "o.xlsx", sheet_of(""))).code == "timeout"
    assert "PYTHONPATH" in seen
    assert "SECRET_KEY" not in seen
