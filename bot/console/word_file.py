"""Documents for Word. The library comes in with the first paper that somebody asks for: few do, and it is large."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT = "SimSun"
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML cannot hold


@dataclass(frozen=True, slots=True)
class Block:
    """Paragraphs below an optional heading."""

    lines: Sequence[str]
    heading: str = ""
    centred: bool = False
    indented: bool = False


def write_word(title: str, blocks: Sequence[Block]) -> bytes:
    """The document's bytes: A4, in the font of official papers."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(14)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = head.add_run(_fit(title))
    run.bold, run.font.size = True, Pt(22)
    for block in blocks:
        if block.heading:
            document.add_paragraph().add_run(_fit(block.heading)).bold = True
        for line in block.lines:
            paragraph = document.add_paragraph(_fit(line))
            if block.centred:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            if block.indented:
                paragraph.paragraph_format.first_line_indent = Pt(28)
    document.core_properties.author, document.core_properties.title = "", _fit(title)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _fit(text: str) -> str:
    return _UNFIT.sub("", text)
