"""Who answered a notice, as a workbook."""

from __future__ import annotations

import io
from collections.abc import Sequence

from bot.console.figures_sheet import guard_cell

_WIDTHS = (12, 20, 24, 18)
_CONTROL = {code: None for code in range(32)}


def write_answers(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """One sheet, a line for each who answered."""
    from openpyxl import Workbook  # large, and seldom needed

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([guard_cell(title.translate(_CONTROL))])
    sheet.append(list(headings))
    for row in rows:
        sheet.append([guard_cell(cell.translate(_CONTROL)) for cell in row])
    for letter, width in zip("ABCD", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A3"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
