"""The list as a workbook and back; YAML too. What was written is read back unchanged."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import yaml

from actions.errors import InvalidInput
from actions.routing.hours import read_hours
from actions.routing.rules import CLIMB, DutyList, Route, Service
from actions.routing.rules_file import known_names

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST = 2 * 1024 * 1024  # bytes of a file; of a workbook also unpacked, times ten
MOST_LINES = 2000
LINES, BODIES = "责任清单", "单位"
COLUMNS = {
    "services": "服务",
    "place": "地点",
    "grid": "网格",
    "community": "社区",
    "street": "街镇",
    "district": "区",
    "hours": "值班时间",
    "deputy": "代办",
    "from": "起",
    "until": "止",
}
_BODY_COLUMNS = (*CLIMB, "deputy")


def write_sheets(duties: DutyList, services: Mapping[str, Service]) -> bytes:
    """Two sheets: the lines with names as people say them, and the bodies with their codes."""
    from openpyxl import Workbook  # large, and seldom needed

    names = _unique({service.code: service.name for service in services.values()})
    bodies = _unique(duties.bodies)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(LINES)
    sheet.append(list(COLUMNS.values()))
    for route in duties.routes:
        cells = [
            "、".join(names.get(code, code) for code in route.services),
            route.place,
            *(bodies.get(route.bodies.get(level, ""), "") for level in CLIMB),
            str(route.hours or ""),
            bodies.get(route.deputy, ""),
            route.valid_from.isoformat() if route.valid_from else "",
            route.valid_to.isoformat() if route.valid_to else "",
        ]
        sheet.append([_guard(cell) for cell in cells])
    sheet = book.create_sheet(BODIES)
    sheet.append(["代码", "名称"])
    for code, name in duties.bodies.items():
        sheet.append([_guard(code), _guard(name)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _unique(names: Mapping[str, str]) -> dict[str, str]:
    """Code → what to write for it: the name, or the code where two share a name."""
    counts = Counter(names.values())
    return {code: name if counts[name] == 1 and name not in names else code for code, name in names.items()}


def _guard(text: str) -> str:
    """Keep a spreadsheet from running what somebody wrote."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "'", "\t", "\r") else text


def _unguard(text: str) -> str:
    return text[1:] if text.startswith("'") else text


def read_list_file(name: str, content: bytes, services: Mapping[str, Service], known: DutyList) -> DutyList:
    """A file → the list it holds; its lines keep their keys. Raises InvalidInput that says where it is wrong."""
    if len(content) > LARGEST:
        raise InvalidInput("too large", phrase="duty.file.too_large")
    is_book = name.lower().endswith(".xlsx")
    bodies, rows = _from_book(content, known) if is_book else _from_yaml(content)
    codes = {shown: code for code, shown in _unique({s.code: s.name for s in services.values()}).items()}
    reader = _Reader(bodies, codes | {name: name for name in known_names(services)})
    routes = [reader.read(at, row) for at, row in enumerate(rows, 2 if is_book else 1) if any(row.values())]
    if not routes:
        raise InvalidInput("nothing in it", phrase="duty.empty")
    return DutyList(bodies, tuple(_with_keys(routes, known.routes)))


def _from_yaml(content: bytes) -> tuple[dict[str, str], list[dict[str, Any]]]:
    try:
        loaded = yaml.safe_load(content.decode("utf-8-sig"))
        bodies = {str(code)[:32]: str(name)[:64] for code, name in loaded["bodies"].items()}
        rows = [dict(entry) for entry in loaded["routes"]][: MOST_LINES + 1]
    except (UnicodeDecodeError, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError, RecursionError) as e:
        raise InvalidInput("not a list", phrase="duty.file.not_readable") from e
    return bodies, rows


def _from_book(content: bytes, known: DutyList) -> tuple[dict[str, str], list[dict[str, Any]]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            if sum(info.file_size for info in opened.infolist()) > 10 * LARGEST:
                raise InvalidInput("too large", phrase="duty.file.too_large")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = {sheet.title: list(_cells(sheet)) for sheet in book.worksheets}
        book.close()
    except InvalidInput:
        raise
    except Exception as error:  # openpyxl lets through whatever its XML and zip readers raise
        raise InvalidInput("no workbook", phrase="duty.file.not_readable") from error
    bodies = {row[0]: row[1] for row in sheets.get(BODIES, [])[1:] if len(row) > 1 and row[0] and row[1]}
    lines = sheets.get(LINES) or next(iter(sheets.values()), [])
    keys = {shown: key for key, shown in COLUMNS.items()}
    heads = [keys.get(cell, "") for cell in lines[0]] if lines else []
    if "services" not in heads:
        raise InvalidInput("no heading", phrase="duty.file.no_heading")
    rows = [{key: cell for key, cell in zip(heads, row, strict=False) if key} for row in lines[1:]]
    return bodies or dict(known.bodies), rows


def _cells(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows(values_only=True, max_row=MOST_LINES + 2, max_col=40):
        yield [_cell(value) for value in row]


def _cell(value: Any) -> str:
    if isinstance(value, datetime):  # a date typed into Excel
        return value.date().isoformat()
    return "" if value is None else _unguard(str(value).strip())


class _Reader:
    """Reads one line, and says in which one something is wrong."""

    def __init__(self, bodies: Mapping[str, str], services: Mapping[str, str]) -> None:
        self._bodies = {shown: code for code, shown in _unique(bodies).items()} | {code: code for code in bodies}
        self._services = services

    def read(self, at: int, row: Mapping[str, Any]) -> Route:
        if at > MOST_LINES:
            raise InvalidInput("too many lines", phrase="duty.file.too_large")
        cells = {key: "" if row.get(key) is None else row[key] for key in COLUMNS}
        levels = {level: self._body(at, str(cells[level]).strip()) for level in CLIMB if str(cells[level]).strip()}
        if not levels:
            raise InvalidInput("no body", phrase="duty.file.no_body", at=at)
        try:
            hours = read_hours(str(cells["hours"]))
        except ValueError as error:
            raise InvalidInput("hours", phrase="duty.file.hours", at=at, what=str(cells["hours"])[:30]) from error
        deputy = str(cells["deputy"]).strip()
        return Route(
            tuple(dict.fromkeys(self._names(at, cells["services"]))), levels, str(cells["place"]).strip()[:64], hours,
            self._body(at, deputy) if deputy else "", _day(at, cells["from"]), _day(at, cells["until"]),
        )  # fmt: skip

    def _names(self, at: int, given: Any) -> Iterable[str]:
        names: Sequence[Any] = given if isinstance(given, list) else str(given).replace(",", "、").split("、")
        for name in (str(name).strip() for name in names):
            if name not in self._services:
                raise InvalidInput("service", phrase="duty.file.service", at=at, what=name[:30])
            yield self._services[name]

    def _body(self, at: int, name: str) -> str:
        if name not in self._bodies:
            raise InvalidInput("body", phrase="duty.file.body", at=at, what=name[:30])
        return self._bodies[name]


def _day(at: int, given: Any) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(str(given).strip().replace("/", "-"))
    except ValueError as error:
        raise InvalidInput("date", phrase="duty.file.date", at=at, what=str(given)[:30]) from error


def _with_keys(routes: Iterable[Route], known: Sequence[Route]) -> Iterator[Route]:
    """A line that is in the list already, as it is or for the same services and place, is that line."""
    free = list(known)
    for route in routes:
        same = next((one for one in free if replace(one, key=0) == route), None) or next(
            (one for one in free if (set(one.services), one.place) == (set(route.services), route.place)), None
        )
        if same is not None:
            free.remove(same)
        yield replace(route, key=same.key if same else 0)
