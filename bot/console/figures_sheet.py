"""The figures as a workbook: numbers that can be counted with, hidden ones as words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from bot.storage.figures import STEPS, WHOLE
from bot.storage.figures_table import PARTS, SHARES, Row

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BEFORE, _AFTER = ("opened", "gone"), ("returned", "reopened", "escalated")
_PERCENT, _MINUTES = "0.0%", "0.0"
_FORMULA = ("=", "+", "-", "@", "'", "\t", "\r")

Cell = tuple[str | int | float | None, str]  # what stands there, and how a number is written


class Wording(Protocol):
    """How numbers and lines are called."""

    def say(self, key: str, **params: object) -> str: ...

    def name(self, row: Row) -> str: ...


def write_figures(rows: Sequence[Row], title: tuple[date, date, datetime], words: Wording) -> bytes:
    """The table and, on a second sheet, how each number is counted."""
    from openpyxl import Workbook  # large, and seldom needed
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = words.say("title")
    first, last, as_of = title
    days = {"first": first.isoformat(), "last": last.isoformat()}
    sheet.append([words.say("sheet_title", **days, as_of=f"{as_of:%Y-%m-%d %H:%M}")])
    sheet.append([])
    headings = _headings(words)
    sheet.append(headings)
    for number, row in enumerate(rows, 4):
        for column, (value, format_) in enumerate(_cells(row, words), 1):
            cell = sheet.cell(number, column, value)
            cell.number_format = format_
            cell.font = Font(bold=row.kind != "body")
    for column in range(1, len(headings) + 1):
        sheet.cell(3, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = 14
    sheet.freeze_panes = "C4"
    how = book.create_sheet(words.say("how_title"))
    for key in ("response", "solution", "satisfaction", "counts", "times", "whose"):
        how.append([words.say(f"how.{key}")])
    how.column_dimensions["A"].width = 110
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _headings(words: Wording) -> list[str]:
    heads = [words.say("column.level"), words.say("column.body")]
    heads += [words.say(f"column.{name}") for name in _BEFORE]
    for share in SHARES:
        heads += [words.say(f"column.{share}.{part}") for part in ("base", "rate", *PARTS)]
    heads += [words.say("column.satisfaction.answered")]
    heads += [words.say(f"column.{name}") for name in _AFTER]
    for step in (*STEPS, WHOLE):
        heads += [words.say(f"column.{end}", step=words.say(f"step.{step}")) for end in ("half", "most")]
    return heads


def _cells(row: Row, words: Wording) -> list[Cell]:
    level = words.name(Row("level", row.level)) if row.level else words.say("all")
    cells: list[Cell] = [(level, "@"), (guard_cell(words.name(row)) if row.kind == "body" else None, "@")]
    cells += [_count(row, name, words) for name in _BEFORE]
    for share in SHARES:
        cells += [_count(row, f"{share}.base", words), (row.rate(share), _PERCENT)]
        cells += [_count(row, f"{share}.{part}", words) for part in PARTS]
    cells += [(row.rate("satisfaction", answered=True), _PERCENT)]
    cells += [_count(row, name, words) for name in _AFTER]
    for step in (*STEPS, WHOLE):
        cells += [(minutes, _MINUTES) for minutes in row.times(step) or (None, None)]
    return cells


def _count(row: Row, name: str, words: Wording) -> Cell:
    number = row.shown(name)
    return (words.say("hidden"), "@") if number is None else (number, "0")


def guard_cell(text: str) -> str:
    """Keep a spreadsheet from running what somebody wrote."""
    return f"'{text}" if text.startswith(_FORMULA) else text
