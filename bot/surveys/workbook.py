"""A report as a workbook: overview, indicators, every question, groups, free words."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from actions.surveys.questions import Kind
from actions.surveys.results import Counted, one_decimal
from bot.surveys.figures import Sheet, as_float

_FORMULA = ("=", "+", "-", "@", "'", "\t", "\r")
_CONTROL = dict.fromkeys(range(32))
Words = Mapping[str, str]


def write_report(sheet: Sheet, words: Words) -> bytes:
    """The workbook's bytes. ``words``: headings by key, see ``console.survey_sheet`` in the phrases."""
    from openpyxl import Workbook  # large, and seldom needed

    book = Workbook()
    first = book.worksheets[0]
    first.title = words["overview"]
    _fill(first, _overview(sheet, words), (34, 18))
    if not sheet.hidden:
        _fill(book.create_sheet(words["indicators"]), _indicators(sheet, words), (24, 48, 12, 12, 12))
        _fill(book.create_sheet(words["questions"]), _questions(sheet, words), (48, 28, 12, 12))
        _fill(book.create_sheet(words["groups"]), _groups(sheet, words), (20, 20, 12, 14))
        _fill(book.create_sheet(words["texts"]), _texts(sheet, words), (40, 80))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, rows: Sequence[Sequence[Any]], widths: Sequence[int]) -> None:
    for row in rows:
        sheet.append([_cell(value) for value in row])
    for letter, width in zip("ABCDEFGH", widths, strict=False):
        sheet.column_dimensions[letter].width = width


def _cell(value: Any) -> Any:
    """A text that would be a formula is only a text."""
    if not isinstance(value, str):
        return value
    plain = value.translate(_CONTROL)
    return f"'{plain}" if plain.startswith(_FORMULA) else plain


def _overview(sheet: Sheet, words: Words) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [
        (sheet.survey.title,),
        (words["answers"], sheet.answers),
        (words["invited"], sheet.invited if sheet.invited is not None else "—"),
        (words["rate"], sheet.rate),
    ]
    if sheet.hidden:
        return [*rows, (words["hidden"],)]
    rows += [(name, as_float(value)) for name, value in sheet.report.dimensions]
    if sheet.report.overall is not None:
        rows.append((words["overall"], as_float(sheet.report.overall)))
    return [*rows, (words["how"],)]


def _indicators(sheet: Sheet, words: Words) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [
        (words["dimension"], words["question"], words["mean"], words["answers"], words["silent"])
    ]
    return rows + [
        (one.question.dimension, one.question.text, as_float(one.mean), one.said, one.silent)
        for one in sheet.indicators
    ]


def _questions(sheet: Sheet, words: Words) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [(words["question"], words["option"], words["count"], words["silent"])]
    for one in sheet.report.questions:
        rows.append((one.question.text, "", one.said, one.silent))
        rows += [("", name, count) for name, count in options_of(one)]
    return rows


def options_of(one: Counted) -> list[tuple[str, int]]:
    """The options (or steps, or cells of a matrix) of a question with how often they were chosen."""
    question = one.question
    if question.kind == Kind.MATRIX:
        return [
            (f"{row} · {option}", count)
            for row, counts in zip(question.rows, one.rows, strict=True)
            for option, count in zip(question.options, counts, strict=True)
        ]
    names = question.options
    if question.kind == Kind.SCALE and not names:
        names = tuple(str(step) for step in question.steps)
    return list(zip(names, one.counts, strict=False))


def _groups(sheet: Sheet, words: Words) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = []
    for by, groups in sheet.groups:
        names = [name for name, _ in sheet.report.dimensions]
        rows.append((by.text, words["count"], *names, words["overall"]))
        for group in groups:
            if group.size is None:
                rows.append((group.name, words["few"]))
                continue
            means = [] if group.report is None else [as_float(value) for _, value in group.report.dimensions]
            whole = one_decimal(group.report.overall) if group.report is not None else "—"
            rows.append((group.name, group.size, *means, whole))
        rows.append(())
    return rows


def _texts(sheet: Sheet, words: Words) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [(words["question"], words["said"])]
    return rows + [(one.question.text, text) for one in sheet.report.questions for text in one.texts]
