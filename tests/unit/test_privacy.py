from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understand.privacy import scrub


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("打我电话13812345678", "12345678"),
        ("138 1234 5678 找我", "5678"),
        ("座机 021-55667788", "55667788"),
        ("身份证11010519491231002X", "19491231"),
        ("卡号6222 0212 3456 7890 123", "7890"),
        ("车牌京A12345挡路", "12345"),
        ("粤B·D12345 挪车", "D12345"),
        ("新能源沪AD12345", "D12345"),
        ("我家3栋2单元501", "501"),
        ("9-2-604 漏水", "604"),
        ("3栋501-502都漏水", "502"),
        ("5栋1单元301、302、303停水", "303"),
        ("3幢501号502停水", "501"),
        ("１３８１２３４５６７８", "２３４５６７８"),
    ],
)
def test_what_identifies_somebody_is_masked(text: str, hidden: str) -> None:
    assert hidden not in scrub(text)


@pytest.mark.parametrize(
    "text",
    ["电梯又坏了", "快打119", "单号20261122-0007", "收了3000块", "3栋的路灯", "明天8点半", "2026年开工"],
)
def test_what_identifies_nobody_is_left_alone(text: str) -> None:
    assert scrub(text) == text


def test_a_number_that_fails_its_check_digit_is_no_identity_number() -> None:
    valid, wrong = "11010519491231002X", "110105194912310021"
    assert scrub(valid).startswith("110***")
    # Eighteen digits can still be a bank card; those keep four digits, not three.
    assert scrub(wrong).startswith("1101***")


def test_a_building_stays_when_its_room_is_masked() -> None:
    assert scrub("5栋2单元801漏水") == "5栋2单元***漏水"


@given(st.text(max_size=300))
def test_scrubbing_masks_and_changes_nothing_else(text: str) -> None:
    clean = scrub(text)
    assert len(clean) == len(text)
    assert all(shown in (said, "*") for said, shown in zip(text, clean, strict=True))


@pytest.mark.timeout(30)  # what goes back over the text again and again would not end
@pytest.mark.parametrize("unit", ["1", "12 ", "京a", "我家3栋2单元501，", "1-", "。"])
def test_a_huge_message_is_scrubbed_to_its_end(unit: str) -> None:
    assert len(scrub(unit * (100_000 // len(unit)))) == len(unit) * (100_000 // len(unit))
