"""Sentences with marks: what is taken, what is refused, what stays the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.teaching.marks import (
    KINDS,
    BrokenSentence,
    add_marks,
    find_marks,
    read_marked,
    strip_marks,
    tidy,
)
from actions.teaching.tools import TooPrivate
from bot.teaching.anonymise import anonymise, hide

WORDS = st.text(st.sampled_from("电梯坏了3栋漏水，。！?a1 😂（）"), min_size=1, max_size=12)


def test_a_marked_sentence_is_read_stripped_and_marked_again() -> None:
    marked = read_marked("  [3栋](building)[2单元](unit)电梯\n坏了 ")

    assert marked == "[3栋](building)[2单元](unit)电梯 坏了"
    assert strip_marks(marked) == "3栋2单元电梯 坏了"
    assert find_marks(marked) == [(0, 2, "building"), (2, 5, "unit")]
    assert add_marks(strip_marks(marked), find_marks(marked)) == marked


def test_the_long_form_of_a_mark_becomes_the_short_one() -> None:
    assert read_marked('[三栋]{"entity": "building", "value": "3"}漏水') == "[三栋](building)漏水"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  \n\t ", "empty"),
        ("\u200b\x00", "empty"),
        ("水" * 301, "too_long"),
        ("[3栋](bulding)电梯坏了", "marks"),
        ("[3栋]()电梯坏了", "marks"),
        ("[3栋](building电梯坏了", "marks"),
        ('[3栋]{"kind": 1}电梯坏了', "marks"),
        ("[[3栋](building)](unit)坏了", "marks"),
    ],
)
def test_a_broken_sentence_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(BrokenSentence) as refused:
        read_marked(text)
    assert refused.value.code == code


def test_plain_brackets_are_no_marks() -> None:
    assert read_marked("[图片] 电梯坏了（又坏了）") == "[图片] 电梯坏了（又坏了）"


@given(st.lists(st.tuples(WORDS, st.sampled_from([None, *sorted(KINDS)])), min_size=1, max_size=5))
def test_marks_survive_stripping_and_marking(parts: list[tuple[str, str | None]]) -> None:
    plain, marks = "", []
    for words, kind in parts:
        if kind is not None and words.strip():
            marks.append((len(plain), len(plain) + len(words), kind))
        plain += words
    marked = add_marks(plain, marks)

    assert strip_marks(marked) == plain
    assert find_marks(marked) == marks


@given(st.text(max_size=40))
def test_what_was_tidied_once_stays_as_it_is(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert "\n" not in tidy(text)


@pytest.mark.parametrize(
    ("marked", "kept"),
    [
        ("[3栋](building)[302](room)漏水", "[3栋](building)[101](room)漏水"),
        ("打[13912345678](phone)找我", "打[13900000000](phone)找我"),
        ("3栋三零二室漏水", "3栋一零一室漏水"),
        ("电梯坏了", "电梯坏了"),
        ("[3栋](building)电梯坏了", "[3栋](building)电梯坏了"),
    ],
)
def test_doors_and_phones_become_nobodys_and_marks_stay_in_place(marked: str, kept: str) -> None:
    assert hide(marked) == kept
    assert hide(kept) == kept


@pytest.mark.parametrize("text", ["身份证33010219900307123X", "卡号6222021234567890123转给他了"])
def test_card_and_identity_numbers_are_refused(text: str) -> None:
    with pytest.raises(TooPrivate):
        hide(text)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("我叫李明，住2-1-302，电话13912345678", ("李明", "302", "12345678")),
        ("王阿姨家的狗又叫了", ("王阿姨",)),
        ("@老李 你家的车 浙A12345 挡路", ("@老李", "12345")),
        ("大橘说3栋的灯坏了", ("大橘",)),
        ("身份证330102199003071234", ("199003071234",)),
    ],
)
def test_nobody_can_be_recognised_in_what_is_kept(text: str, gone: tuple[str, ...]) -> None:
    kept = anonymise(text, ["大橘", "小邻"])

    assert [word for word in gone if word in kept] == []


def test_the_place_and_the_bots_own_name_stay() -> None:
    assert anonymise("@小邻 3栋2单元的灯坏了", ["小邻"]) == "@小邻 3栋2单元的灯坏了"
