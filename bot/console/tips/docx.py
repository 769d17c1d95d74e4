"""A plain document for Word: a title, facts, and headed lists of lines."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
)
_TAIL = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="720" w:footer="720" w:gutter="0"/>'
    "</w:sectPr></w:body></w:document>"
)
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML cannot hold


def build_docx(title: str, facts: Sequence[tuple[str, str]], parts: Sequence[tuple[str, Sequence[str]]]) -> bytes:
    """The document's bytes."""
    body = [_paragraph(title, size=36, bold=True, middle=True)]
    body += [_paragraph(f"{name}：{value}") for name, value in facts]
    for heading, lines in parts:
        body.append(_paragraph(heading, size=28, bold=True))
        body += [_paragraph(line) for line in lines]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", _TYPES)
        file.writestr("_rels/.rels", _RELATIONS)
        file.writestr("word/document.xml", _HEAD + "".join(body) + _TAIL)
    return out.getvalue()


def _paragraph(text: str, *, size: int = 24, bold: bool = False, middle: bool = False) -> str:
    """``size`` in half points."""
    lines = escape(_UNFIT.sub("", text)).split("\n")
    runs = "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in lines)
    look = f'{"<w:b/>" if bold else ""}<w:sz w:val="{size}"/>'
    fonts = '<w:rFonts w:ascii="SimSun" w:hAnsi="SimSun" w:eastAsia="SimSun"/>'
    place = '<w:pPr><w:jc w:val="center"/></w:pPr>' if middle else ""
    return f"<w:p>{place}<w:r><w:rPr>{fonts}{look}</w:rPr>{runs}</w:r></w:p>"
