"""A page one draws on in millimetres from its upper left corner, with text of any script.

It writes PDF operators straight into the canvas: a label has some eighty texts, and the canvas' own text object costs
more than the whole layout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from io import BytesIO
from threading import Lock
from typing import Any

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from entrepot.parcels.documents import codes, fitting
from entrepot.parcels.documents.faces import Face
from entrepot.parcels.documents.typeset import Run, typeset

MM = 72 / 25.4
# PDF may hold bytes; wrapping them in ASCII costs a quarter more size and half of the time of a label.
rl_config.useA85 = 0
_subsetting = Lock()  # cutting a font to the letters used moves the reading position of the one shared font
HAIRLINE = 0.25  # mm: two dots at 203 dpi


class Align(StrEnum):
    """Where the given x stands in the text."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Sheet:
    """One document of pages of one size."""

    def __init__(self, width_mm: float, height_mm: float, title: str) -> None:
        self.width, self.height = width_mm, height_mm
        self._top = height_mm * MM
        self._stream = BytesIO()
        # invariant: no clock and no random id, so the same values give the same bytes
        self.canvas = Canvas(self._stream, pagesize=(width_mm * MM, height_mm * MM), pageCompression=1, invariant=1)
        self.canvas.setTitle(title)
        self.canvas.setCreator("Entrepot")
        self._shown: dict[tuple[Face, str], tuple[tuple[str, str], ...]] = {}
        self._forms: set[str] = set()

    def next_page(self) -> None:
        """End the page; the next drawing starts a new one."""
        self.canvas.showPage()

    def pdf(self) -> bytes:
        """The finished document."""
        with _subsetting:
            self.canvas.save()
        return self._stream.getvalue()

    def form(self, name: str, draw: Callable[[Sheet], None]) -> None:
        """Draw what is the same on every page; stored once in the document and referred to."""
        if name not in self._forms:
            self.canvas.beginForm(name)
            draw(self)
            self.canvas.endForm()
            self._forms.add(name)
        self.canvas.doForm(name)

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
        """Text with its baseline at y mm; size in points. It is drawn as given: fit it first."""
        line = typeset(text, bold)
        left = x * MM
        if align is not Align.LEFT:
            left -= line.width * size / (1000 if align is Align.RIGHT else 2000)
        base = self._top - y * MM
        code = self.canvas._code
        if white:
            code.append("1 g")
        for run in line.runs:
            if run.face.thicken:
                code.append(f"2 Tr {size / 45:.3f} w {'1' if white else '0'} G")
            if run.glyphs:
                self._shaped(run, left, base, size)
            else:
                shown = " ".join(f"{font} {size:g} Tf {part} Tj" for font, part in self._encoded(run.face, run.text))
                code.append(f"BT {left:.3f} {base:.3f} Td {shown} ET")
            if run.face.thicken:
                code.append("0 Tr 0 G")
            left += run.width * size / 1000
        if white:
            code.append("0 g")

    def fitted(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        size: float,
        floor: float,
        *,
        bold: bool = False,
        align: Align = Align.LEFT,
        white: bool = False,
    ) -> float:
        """One line no wider than `width` mm, shrunk to `floor` and then cut. Returns the size taken."""
        shown, taken = fitting.one_line(text, width * MM, size, floor, bold)
        if shown:
            self.text(x, y, shown, taken, bold=bold, align=align, white=white)
        return taken

    def block(
        self,
        x: float,
        top: float,
        texts: Iterable[str],
        width: float,
        height: float,
        size: float,
        floor: float,
        *,
        bold: bool = False,
        leading: float = 1.18,
        align: Align = Align.LEFT,
        at_foot: bool = False,
    ) -> float:
        """Lines from `top` mm down (or standing at the foot) of a box of that size.

        Returns the y of the last baseline, or `top` when there is nothing to draw.
        """
        fit = fitting.paragraph(tuple(texts), width * MM, height * MM, size, floor, leading, bold)
        step = fit.size * leading / MM
        y = top + fit.size * 0.9 / MM - step
        if at_foot:
            y += height - len(fit.lines) * step
        for line in fit.lines:
            y += step
            self.text(x, y, line, fit.size, bold=bold, align=align)
        return y if fit.lines else top

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = HAIRLINE) -> None:
        """A straight hairline, as a filled box so that it covers whole dots."""
        if y1 == y2:
            self.box(x1, y1 - width / 2, x2 - x1, width)
        else:
            self.box(x1 - width / 2, y1, width, y2 - y1)

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A filled black box; y is its upper edge."""
        self.canvas._code.append(
            f"{x * MM:.3f} {self._top - (y + height) * MM:.3f} {width * MM:.3f} {height * MM:.3f} re f"
        )

    def tick_box(self, x: float, y: float, side: float, *, ticked: bool = False, width: float = 0.2) -> None:
        """An empty or crossed square; y is its upper edge."""
        left, low, edge = x * MM, self._top - (y + side) * MM, side * MM
        code = f"{width * MM:.3f} w {left:.3f} {low:.3f} {edge:.3f} {edge:.3f} re S"
        if ticked:
            right, high = left + edge, low + edge
            code += (
                f" {left:.3f} {low:.3f} m {right:.3f} {high:.3f} l {left:.3f} {high:.3f} m {right:.3f} {low:.3f} l S"
            )
        self.canvas._code.append(code)

    def bars(self, centre: float, y: float, text: str, width: float, height: float) -> float:
        """Code 128 in the middle of `width` mm, modules of three dots or as many as fit. Returns its width in mm.

        `width` includes the quiet zones. Raises codes.UnprintableCode.
        """
        stretches, modules = codes.code128(text)
        dots = codes.module_dots(modules, int(width / codes.DOT_MM + 0.001))
        left = round((centre / codes.DOT_MM) - modules * dots / 2) * codes.DOT_MM * MM
        step = dots * codes.DOT_MM * MM
        low = self._top - (y + height) * MM
        tail = f" {low:.3f} ", f" {height * MM:.3f} re "
        self.canvas._code.append(
            "".join(f"{left + at * step:.3f}{tail[0]}{wide * step:.3f}{tail[1]}" for at, wide in stretches) + "f"
        )
        return modules * dots * codes.DOT_MM

    def qr(self, x: float, y: float, text: str, side: float) -> float:
        """QR code in a square of `side` mm, quiet zone of four modules included. Returns the side of its dark part."""
        stretches, modules = codes.qr(text)
        dots = max(1, int(side / codes.DOT_MM + 0.001) // (modules + 8))
        module = dots * codes.DOT_MM
        inset = round((side - modules * module) / 2 / codes.DOT_MM) * codes.DOT_MM
        left, high, step = (x + inset) * MM, self._top - (y + inset) * MM, module * MM
        self.canvas._code.append(
            "".join(
                f"{left + column * step:.3f} {high - (row + 1) * step:.3f} {length * step:.3f} {step:.3f} re "
                for row, column, length in stretches
            )
            + "f"
        )
        return modules * module

    def _encoded(self, face: Face, text: str) -> tuple[tuple[str, str], ...]:
        """(font of the subset, escaped string) parts of the text in this document."""
        known = self._shown.get((face, text))
        if known is None:
            document: Any = self.canvas._doc
            escape = self.canvas._escape
            known = tuple(
                (face.font.getSubsetInternalName(subset, document), f"({escape(part)})")
                for subset, part in face.font.splitString(text, document)
            )
            self._shown[face, text] = known
        return known

    def _shaped(self, run: Run, left: float, base: float, size: float) -> None:
        """Glyphs one by one at their places; the readable text goes along for searching and copying."""
        code = self.canvas._code
        code.append(f"/Span <</ActualText <{(chr(0xFEFF) + run.text).encode('utf-16-be').hex()}>>> BDC BT")
        for glyph in run.glyphs:
            x, y = left + glyph.x * size / 1000, base + glyph.y * size / 1000
            for font, part in self._encoded(run.face, glyph.char):
                code.append(f"1 0 0 1 {x:.3f} {y:.3f} Tm {font} {size:g} Tf {part} Tj")
        code.append("ET EMC")
