"""What a workbook file is before any parser touches it: its kind, its password, its size unpacked.

Runs in the child process of `workbook.py`, under its limits.
"""

import re
import struct
import zipfile
from pathlib import Path

from entrepot.marketplaces.file.limits import ARCHIVE_MEMBERS, MB, UNPACKED_BYTES
from entrepot.marketplaces.order_file import FileRefused

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BIFF_FILEPASS = 0x002F
BIFF_EOF = 0x000A
OLE_HEAD = 8 * MB
"""The workbook globals and the directory lie near the front; a larger XLS is searched this far."""


def encrypted() -> FileRefused:
    return FileRefused(
        "encrypted",
        "The workbook is protected by a password. Open it, remove the password, save it and choose it again.",
    )


def damaged() -> FileRefused:
    return FileRefused(
        "damaged", "The workbook is damaged and cannot be read. Open it in a spreadsheet program and save it anew."
    )


def hostile(what: str) -> FileRefused:
    return FileRefused("hostile", f"The workbook is not an ordinary one: {what}. Export it anew from its source.")


def too_big(what: str) -> FileRefused:
    return FileRefused(
        "too_big", f"The file is too big: {what}. Split it by date, or save the sheet as CSV, and import the parts."
    )


def out_of_memory() -> FileRefused:
    return too_big("its cells claim more memory than a workbook may use")


def unsupported(what: str) -> FileRefused:
    return FileRefused("unsupported_format", f"{what} Save it as XLSX or CSV and choose that file.")


def inspect_zip(path: Path) -> tuple[str, int]:
    """Format (xlsx, xlsb, ods) and unpacked bytes. Raises FileRefused."""
    try:
        with zipfile.ZipFile(path) as archive:
            return inspect_members(archive)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
        struct.error,
        OSError,
    ) as error:
        raise damaged() from error


def inspect_members(archive: zipfile.ZipFile) -> tuple[str, int]:
    members = archive.infolist()
    if len(members) > ARCHIVE_MEMBERS:
        raise hostile(f"it is an archive of {len(members)} files")
    names = {member.filename for member in members}
    if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name[:3] for name in names):
        raise hostile("it holds files that point outside of it")
    size = sum(member.file_size for member in members)
    if size > UNPACKED_BYTES:
        raise too_big(f"it unpacks to {size // MB} MB, and at most {UNPACKED_BYTES // MB} MB can be read")
    if any(member.flag_bits & 1 for member in members):
        raise encrypted()
    lower = {name.casefold().replace("\\", "/") for name in names}
    if "xl/workbook.xml" in lower:
        return "xlsx", size
    if "xl/workbook.bin" in lower:
        return "xlsb", size
    if "content.xml" in lower:
        if "META-INF/manifest.xml" in names:
            manifest = archive.open("META-INF/manifest.xml").read(MB)
            if b"encryption-data" in manifest:
                raise encrypted()
        if "mimetype" in names and b"spreadsheet" not in archive.open("mimetype").read(200):
            raise unsupported("This is a text document or a presentation, not a workbook.")
        return "ods", size
    if "word/document.xml" in lower or "ppt/presentation.xml" in lower:
        raise unsupported("This is a text document or a presentation, not a workbook.")
    if "[content_types].xml" in lower:  # OPC parts may lie anywhere; the reader finds them by their relations
        return "xlsx", size
    raise unsupported("This is a packed archive. Unpack it and choose the file inside.")


def inspect_ole(path: Path) -> int:
    """Bytes of an XLS. Raises FileRefused for an encrypted one."""
    with path.open("rb") as file:
        head = file.read(OLE_HEAD)
    size = path.stat().st_size
    if "EncryptedPackage".encode("utf-16-le") in head or has_filepass(head):
        raise encrypted()
    return size


def has_filepass(data: bytes) -> bool:
    """Whether a workbook stream starts with the record that says: encrypted from here on.

    The stream begins on a sector; its first records, in plain text even then, lie in one run in practice.
    """
    for start in range(512, len(data) - 20, 64):
        if data[start : start + 2] == b"\x09\x08" and data[start + 6 : start + 8] == b"\x05\x00":
            position = start
            for _ in range(12):
                if position + 4 > len(data):
                    break
                record, length = struct.unpack_from("<HH", data, position)
                if record == BIFF_FILEPASS:
                    return True
                if record == BIFF_EOF:
                    break
                position += 4 + length
    return False
