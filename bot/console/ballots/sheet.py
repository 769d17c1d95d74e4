"""Workbooks of ballots: who took part, and how large homes are; the latter also read back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from actions.ballots.electorate import LARGEST as LARGEST_AREA
from actions.ballots.electorate import LONGEST_OWNER
from actions.errors import InvalidInput
from bot.console.figures_sheet import guard_cell

LARGEST = 2 * 1024 * 1024  # bytes of a file
MOST_ROWS = 20_000
_CONTROL = {code: None for code in range(32)}


def _cell(value: Any) -> Any:
    return guard_cell(value.translate(_CONTROL)) if isinstance(value, str) else value


def write_doors(title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]], result: str = "") -> bytes:
    """One sheet with a line for each door; the result as it was counted below."""
    from openpyxl import Workbook  # large, and seldom needed

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([_cell(title)])
    sheet.append(list(headings))
    for row in rows:
        sheet.append([_cell(value) for value in row])
    if result:
        sheet.append([])
        sheet.append([_cell(result)])
    for letter in "ABCDEF":
        sheet.column_dimensions[letter].width = 16
    sheet.freeze_panes = "A3"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_areas(content: bytes) -> list[tuple[int, str, str, str, int, str]]:
    """(line, building, unit, room, area, owner) of a workbook like the one that is given out. Raises InvalidInput."""
    from openpyxl import load_workbook

    if len(content) > LARGEST:
        raise InvalidInput("too large", phrase="console.ballot.file.too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > 20 * LARGEST:
                raise InvalidInput("too large", phrase="console.ballot.file.too_large")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        lines = list(book.worksheets[0].iter_rows(min_row=2, max_row=MOST_ROWS + 1, max_col=5, values_only=True))
    except InvalidInput:
        raise
    except Exception as error:  # whatever a broken workbook makes its reader raise
        raise InvalidInput("no workbook", phrase="console.ballot.file.not_readable") from error
    rows = [[_text(value) for value in (*line, "", "", "", "", "")[:5]] for line in lines]
    if rows and _is_number(rows[0][3]):  # the heading was taken out: the first home must not go with it
        raise InvalidInput("no heading", phrase="console.ballot.file.not_readable")
    if len(rows) == MOST_ROWS and any(rows[-1]):
        raise InvalidInput("too many", phrase="console.ballot.file.too_many", most=MOST_ROWS - 2)
    return _homes_of(rows)


def _homes_of(rows: Sequence[Sequence[str]]) -> list[tuple[int, str, str, str, int, str]]:
    """Those with an area. Whoever wrote half a line, or a home twice, meant something: it is not passed over."""
    found, seen = [], dict[tuple[str, str, str], int]()
    for number, (building, unit, room, area, owner) in enumerate(rows[1:], 3):
        if not area:
            if owner:
                raise InvalidInput("mark without area", phrase="console.ballot.file.only_owner", line=number)
            continue
        if not building or not room:
            raise InvalidInput("no door", phrase="console.ballot.file.no_door", line=number)
        if len(owner) > LONGEST_OWNER:
            raise InvalidInput("too long", phrase="console.ballot.file.long_owner", line=number, most=LONGEST_OWNER)
        door = (building, unit.removesuffix("单元"), room)
        if door in seen:
            raise InvalidInput("twice", phrase="console.ballot.file.twice", line=number, first=seen[door])
        seen[door] = number
        found.append((number, *door, area_of(area, number), owner))
    return found


def _is_number(text: str) -> bool:
    try:
        return area_of(text) > 0
    except InvalidInput:
        return False


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip().lstrip("'")


def area_of(text: str, line: int = 0) -> int:
    """Square metres as typed, in hundredths; empty: 0. ``line`` of a workbook, if any. Raises InvalidInput."""
    plain = text.replace("㎡", "").replace("平方米", "").strip()
    if not plain:
        return 0
    phrase = "console.ballot.file.no_area" if line else "console.ballot.bad_area"
    try:
        area = round(float(plain) * 100)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no number", phrase=phrase, line=line, text=text[:20]) from error
    if not 0 < area <= LARGEST_AREA:
        raise InvalidInput("out of range", phrase=phrase, line=line, text=text[:20])
    return area
