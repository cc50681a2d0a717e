"""Read the codes of a PDF back as a scanner would: at 203 dpi, black or white, nothing between."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

import pypdfium2
import zxingcpp
from PIL import Image

# 8 dots per millimetre. PDFium rounds up, and page sizes carry four decimals: a hair less, or 100 mm become 801 dots.
PRINTER_SCALE = 203.2 / 72 * 0.999999
_pdfium = Lock()  # PDFium is not thread-safe


def read_codes(pdf: bytes) -> list[list[tuple[str, str]]]:
    """Per page the codes found as (symbology, text), sorted; symbologies are named "Code128", "QRCode" and so on."""
    return [
        sorted((code.format.name, code.text) for code in zxingcpp.read_barcodes(image)) for image in page_images(pdf)
    ]


def page_count(pdf: bytes) -> int:
    """How many pages the document has."""
    with _pdfium:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return len(document)
        finally:
            document.close()


def page_images(pdf: bytes, scale: float = PRINTER_SCALE) -> Iterator[Image.Image]:
    """The pages as the print head sees them: one grey value per dot, only black (0) and white (255)."""
    with _pdfium:
        document = pypdfium2.PdfDocument(pdf)
        count = len(document)
    try:
        for number in range(count):
            with _pdfium:
                page = document[number]
                image = page.render(scale=scale, grayscale=True).to_pil().convert("L")
                page.close()
            yield image.point([0] * 128 + [255] * 128)
    finally:
        with _pdfium:
            document.close()
