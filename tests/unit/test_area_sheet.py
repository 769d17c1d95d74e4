"""A workbook of areas that somebody filled in: each mistake is told with its line."""

from __future__ import annotations

import io
from typing import Any

import pytest

from actions.errors import InvalidInput
from bot.console.ballots.sheet import area_of, read_areas, write_doors

HEADS = ("楼栋", "单元", "房号", "面积", "同一业主记号")
GOOD = ("3栋", "2", "501", 89.37, "")


def book(*rows: Any) -> bytes:
    return write_doors("住户面积", HEADS, rows)


def test_it_is_read_as_people_write_it() -> None:
    rows = (GOOD, ("3栋", "2单元", 502.0, " 120.5㎡ ", "甲"), ("", "", "", None, ""), ("3栋", "", "8", "60平方米", ""))
    assert read_areas(book(*rows)) == [
        (3, "3栋", "2", "501", 8937, ""),
        (4, "3栋", "2", "502", 12050, "甲"),
        (6, "3栋", "", "8", 6000, ""),
    ]
    assert read_areas(book(("3栋", "2", "501", None, ""))) == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("3栋", "2", "502", "九十", ""), "no_area"),
        (("3栋", "2", "502", "nan", ""), "no_area"),
        (("3栋", "2", "502", "inf", ""), "no_area"),
        (("3栋", "2", "502", -1, ""), "no_area"),
        (("3栋", "2", "502", 0, ""), "no_area"),
        (("3栋", "2", "502", 100_001, ""), "no_area"),
        (("", "", "", 88, ""), "no_door"),
        (("3栋", "2", "", 88, ""), "no_door"),
        (("3栋", "2", "502", None, "甲"), "only_owner"),
        (("3栋", "2", "502", 88, "甲" * 33), "long_owner"),
        (("3栋", "2单元", "501", 88, ""), "twice"),
    ],
)
def test_a_mistake_is_told_with_its_line(row: Any, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_areas(book(GOOD, row))
    assert refused.value.phrase == f"console.ballot.file.{reason}"
    assert refused.value.params["line"] == 4


def test_a_workbook_without_its_heading_loses_no_home() -> None:
    from openpyxl import Workbook

    made, out = Workbook(), io.BytesIO()
    for row in (HEADS, GOOD):
        made.worksheets[0].append(row)
    made.save(out)
    for content in (out.getvalue(), b"no workbook", b""):
        with pytest.raises(InvalidInput) as refused:
            read_areas(content)
        assert refused.value.phrase == "console.ballot.file.not_readable"


def test_typed_in_the_form_there_is_no_line() -> None:
    with pytest.raises(InvalidInput) as refused:
        area_of("很大")
    assert refused.value.phrase == "console.ballot.bad_area"
