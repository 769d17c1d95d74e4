"""What is read from words about homes: codes, for whom somebody speaks, phones; and what must not be."""

from __future__ import annotations

import pytest

from actions.people.codes import WRITTEN, find_code, hash_code, make_code
from actions.tickets.behalf import find_kin, kin_of
from bot.console.homes.codes import read_rooms
from bot.phones import read_name, read_phone
from bot.sealing import ContactSeals
from bot.settings import Settings


def test_a_code_is_found_however_it_is_written_and_is_never_all_digits() -> None:
    for _ in range(30):
        code = make_code()
        plain = code.replace("-", "")
        assert WRITTEN.fullmatch(code)
        assert not any(half.isdigit() for half in code.split("-"))
        for written in (code, code.lower(), plain, code.replace("-", " "), f"是{code}，对吗", code.replace("-", "－")):
            assert find_code(written) == plain, written
        assert hash_code(code) == hash_code(plain.lower()) != hash_code(make_code())


def test_full_width_letters_are_a_code_too() -> None:
    assert find_code("ＡＢＣＤ－２Ｘ４５") == "ABCD2X45"


@pytest.mark.parametrize(
    "text", ["2345-6789", "13812345678", "20261118-0007", "ABCDE-F2345", "ABCD", "", "电话 8765 4321", "IO01-LLLL"]
)
def test_what_is_no_code_is_none(text: str) -> None:
    assert find_code(text) == ""


@pytest.mark.parametrize(
    ("text", "kin"),
    [
        ("我妈家3栋501暖气不热", "母亲"),
        ("帮我爸报修 他住2号楼", "父亲"),
        ("我媽屋企漏水", "母亲"),
        ("替我岳父反映一下楼道灯", "岳父"),
        ("给我奶奶家报修水管", "奶奶"),
        ("帮邻居王阿姨报修，她不会用手机", "邻居"),
        ("我爸妈那边停水了", "父母"),
        ("代老人申请上门理发", "老人"),
        ("我妈说楼下垃圾没人收", ""),
        ("我爸爸今天摔了一跤", ""),
        ("楼上邻居半夜吵", ""),
        ("我家水管漏水", ""),
        ("帮我报修一下", ""),
        ("儿子学校停电了", ""),
    ],
)
def test_for_whom_somebody_reports(text: str, kin: str) -> None:
    assert find_kin(text) == kin


def test_a_plain_word_is_its_own_kin() -> None:
    assert kin_of("母亲") == "母亲"
    assert kin_of("老板") == ""


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("138 1234 5678", "13812345678"), ("+86 138-1234-5678", "13812345678"), ("0571-88001234", "057188001234"),
        ("８８００１２３４", "88001234"), ("123", ""), ("abc", ""), ("", ""), ("1" * 40, ""),
    ],
)  # fmt: skip
def test_phones(text: str, phone: str) -> None:
    assert read_phone(text) == phone


def test_names_and_rooms() -> None:
    assert read_name(" 甄实名 ") == "甄实名"
    assert read_name("甄\u202e名") == read_name("甄" * 40) == ""
    assert read_rooms("101-103、201\n302 A1") == ("101", "102", "103", "201", "302", "A1")
    assert read_rooms("103-101") == read_rooms("1-999") == read_rooms("三楼") == read_rooms("") == ()


def test_what_is_sealed_opens_again_and_looks_different_each_time(tmp_path: object) -> None:
    seals = ContactSeals(Settings(var=tmp_path))  # type: ignore[arg-type]
    first, second = seals.seal("甄实名"), seals.seal("甄实名")
    assert first != second
    assert seals.open(first) == seals.open(second) == "甄实名"
    assert seals.seal("") == b""
    assert seals.open(b"") == ""
    assert seals.mark("13812345678") == ContactSeals(Settings(var=tmp_path)).mark("13812345678")  # type: ignore[arg-type]
    assert seals.mark("13812345678") != seals.mark("13812345679")
