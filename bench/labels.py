"""How much of the speed of bare drawing the labels keep, and whether every code on them can be read.

The bare loop replays the very same texts, lines and codes with the plain calls of the PDF writer and decides nothing:
no widths, no wrapping, no choice of fonts. Both sides store what is the same on every label once per document.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from io import BytesIO
from time import perf_counter

from reportlab.pdfgen.canvas import Canvas

from entrepot.parcels.documents import codes, fitting, typeset
from entrepot.parcels.documents.label import HEIGHT_MM, WIDTH_MM, draw_label, labels_pdf
from entrepot.parcels.documents.readback import read_codes
from entrepot.parcels.documents.sheet import MM, Align, Sheet
from entrepot.parcels.documents.values import DocumentLine, LabelValues, Party

COUNT = 500
ROUNDS = 3
_WORDS = (
    *("Łukasz", "Wiśniewski", "Zażółć", "Gęślą", "Jaźń", "Nguyễn", "Thị", "Thảo", "Müller", "Groß"),
    *("Åse", "Ødegård", "José", "Muñoz", "Çelik", "Şahin", "Иван"),
)
_CITIES = (("Gdańsk", "PL", "80-001"), ("Köln", "DE", "50667"), ("Málaga", "ES", "29001"), ("深圳市", "CN", "518000"))
_SENDER = Party(
    "Chen Li", "Lantern & Loom Ltd", ("12 Gushu 1st Road",), "Shenzhen", "", "518126", "CN", "China", "+8675523456789"
)

_Operation = Callable[[Canvas], None]


def made_labels(count: int, seed: int) -> list[LabelValues]:
    """Labels that all differ: one to four lines with Chinese names, recipients with accents, Cyrillic or Chinese."""
    chance = random.Random(seed)

    def chinese(length: int) -> str:
        return "".join(chr(chance.randrange(0x4E00, 0x5A00)) for _ in range(length))

    def line() -> DocumentLine:
        return DocumentLine(
            sku_code=f"SKU-{chance.randrange(10**6):06d}",
            name=chinese(8),
            name_customs_en=f"Article {chance.randrange(10**4)} of plastic",
            name_customs_zh=chinese(4),
            quantity=chance.randint(1, 5),
            bin=f"{chance.choice('ABCD')}-{chance.randint(1, 40):02d}-{chance.randint(1, 6)}",
            variation=chance.choice(("red / XL", "暖白 10 m", "350 ml")),
            hs_code=f"{chance.randrange(10**6):06d}",
            origin_country="CN",
            weight_grams=chance.randint(10, 900),
            value_minor=chance.randint(100, 9000),
            currency="USD",
            goods_class="",
        )

    def label(number: int) -> LabelValues:
        city, country, postcode = chance.choice(_CITIES)
        name = chinese(3) if country == "CN" else " ".join(chance.sample(_WORDS, 2))
        street = f"{chinese(6)}{number}号" if country == "CN" else f"ul. {chance.choice(_WORDS)} {number}/{seed}"
        recipient = Party(name, "", (street, f"{chance.choice(_WORDS)} {number}"), city, "", postcode, country, "", "")
        return LabelValues(
            parcel_number=f"P{seed}{number:08d}",
            waybill_number=f"LA{chance.randrange(10**9):09d}CN",
            service_name="Standard Shipping",
            sorting_code=f"{country}-{chance.randrange(1000):03d}",
            sender=_SENDER,
            recipient=recipient,
            lines=tuple(line() for _ in range(chance.randint(1, 4))),
            order_numbers=(str(chance.randrange(10**13)),),
            printed_on=date(2026, 1, 2),
            goods_mark="PI967",
            weight_grams=chance.randint(50, 1900),
            instruction="",
            undeliverable="return",
        )

    return [label(number) for number in range(count)]


class _Tape(Sheet):
    """Draws as usual and writes down, with places decided, what was drawn."""

    def __init__(self) -> None:
        super().__init__(WIDTH_MM, HEIGHT_MM, "Tape")
        self.static: list[_Operation] = []
        self.page: list[_Operation] = []

    def form(self, name: str, draw: Callable[[Sheet], None]) -> None:
        if not self.static:
            self.page, kept = self.static, self.page
            draw(self)
            self.page = kept
        self.page.append(lambda canvas: canvas.doForm("frame"))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        align: Align = Align.LEFT,
        white: bool = False,
    ) -> None:
        line = typeset.typeset(text, bold)
        left = x * MM - {Align.LEFT: 0, Align.CENTRE: 0.5, Align.RIGHT: 1}[align] * line.width * size / 1000
        for run in line.runs:
            place = (left, (HEIGHT_MM - y) * MM, run.text)
            font = run.face.font.fontName
            self.page.append(lambda canvas, font=font, place=place: _bare_text(canvas, font, size, place, white))
            left += run.width * size / 1000

    def box(self, x: float, y: float, width: float, height: float) -> None:
        place = (x * MM, (HEIGHT_MM - y - height) * MM, width * MM, height * MM)
        self.page.append(lambda canvas: canvas.rect(*place, stroke=0, fill=1))

    def tick_box(self, x: float, y: float, side: float, *, ticked: bool = False, width: float = 0.2) -> None:
        left, low, edge = x * MM, (HEIGHT_MM - y - side) * MM, side * MM
        self.page.append(lambda canvas: canvas.rect(left, low, edge, edge))
        if ticked:
            self.page.append(lambda canvas: canvas.line(left, low, left + edge, low + edge))
            self.page.append(lambda canvas: canvas.line(left, low + edge, left + edge, low))

    def bars(self, centre: float, y: float, text: str, width: float, height: float) -> float:
        self.page.append(lambda canvas: _bare_bars(canvas, centre, y, text, height))
        return 0

    def qr(self, x: float, y: float, text: str, side: float) -> float:
        self.page.append(lambda canvas: _bare_qr(canvas, x, y, text))
        return 0


def _bare_text(canvas: Canvas, font: str, size: float, place: tuple[float, float, str], white: bool) -> None:
    if white:
        canvas.setFillGray(1)
    canvas.setFont(font, size)
    canvas.drawString(*place)
    if white:
        canvas.setFillGray(0)


def _bare_bars(canvas: Canvas, centre: float, y: float, text: str, height: float) -> None:
    stretches, modules = codes.code128.__wrapped__(text)
    step = 0.375 * MM
    left, low = centre * MM - modules * step / 2, (HEIGHT_MM - y - height) * MM
    for at, wide in stretches:
        canvas.rect(left + at * step, low, wide * step, height * MM, stroke=0, fill=1)


def _bare_qr(canvas: Canvas, x: float, y: float, text: str) -> None:
    stretches, _ = codes.qr.__wrapped__(text)
    step, left, high = 0.625 * MM, (x + 3) * MM, (HEIGHT_MM - y - 3) * MM
    for row, column, length in stretches:
        canvas.rect(left + column * step, high - (row + 1) * step, length * step, step, stroke=0, fill=1)


def _bare(static: list[_Operation], pages: list[list[_Operation]]) -> bytes:
    stream = BytesIO()
    canvas = Canvas(stream, pagesize=(WIDTH_MM * MM, HEIGHT_MM * MM), pageCompression=1, invariant=1)
    canvas.beginForm("frame")
    for operation in static:
        operation(canvas)
    canvas.endForm()
    for page in pages:
        for operation in page:
            operation(canvas)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _forget_texts() -> None:
    """Fonts stay loaded, as in a running process; what was learnt about these very labels does not."""
    for cached in (typeset.typeset, typeset.latinized, fitting.one_line, fitting.paragraph, codes.code128, codes.qr):
        cached.cache_clear()


def run() -> dict[str, float]:
    """Labels per second, bare pages per second, their ratio, and the share of codes that were read back exactly."""
    labels = made_labels(COUNT, seed=7)
    labels_pdf(made_labels(5, seed=8))
    tape = _Tape()
    pages: list[list[_Operation]] = []
    for label in labels:
        tape.page = []
        draw_label(tape, label)
        pages.append(tape.page)
    ours, bare, pdf = 1e9, 1e9, b""
    for _ in range(ROUNDS):
        _forget_texts()
        start = perf_counter()
        pdf = labels_pdf(labels)
        ours = min(ours, perf_counter() - start)
        start = perf_counter()
        _bare(tape.static, pages)
        bare = min(bare, perf_counter() - start)
    wanted = [[("Code128", label.waybill_number), ("QRCode", label.parcel_number)] for label in labels]
    right = sum(found == expected for found, expected in zip(read_codes(pdf), wanted, strict=True))
    return {
        "labels_per_second": COUNT / ours,
        "bare_pages_per_second": COUNT / bare,
        "labels_to_bare": bare / ours,
        "labels_read_back": right / COUNT,
        "bytes_per_label": len(pdf) / COUNT,
    }


if __name__ == "__main__":
    for name, figure in run().items():
        print(f"{name:24} {figure:10.2f}")
