"""Where one matter ends and another begins."""

from __future__ import annotations

import pytest

from nlu.model.matters import Part, matters_of, split
from nlu.model.parse import Parse


def said(intent: str, confidence: float = 0.9, category: str | None = None) -> Parse:
    return Parse("", intent, confidence, ((intent, confidence),), category)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("谢谢师傅。另外3单元灯还不亮", [("谢谢师傅。", False), ("另外3单元灯还不亮", True)]),
        ("太极班我报一个，顺便问下几点开始", [("太极班我报一个，", False), ("顺便问下几点开始", True)]),
        ("1.电梯坏了 2.楼道没灯", [("1.电梯坏了 ", False), ("2.楼道没灯", True)]),
        ("楼上漏水\n说了不听的\n来管管", [("楼上漏水\n", False), ("说了不听的\n来管管", False)]),
    ],
)
def test_a_message_is_parted_at_ends_of_sentences_and_at_words_that_begin_anew(
    text: str, parts: list[tuple[str, bool]]
) -> None:
    assert [(part.text, part.apart) for part in split(text)] == parts
    assert "".join(part.text for part in split(text)) == text


@pytest.mark.parametrize("text", ["", "电梯坏了", "好的。谢", "？？？", "还有人吗", "漏水了，" * 90, "1.5米宽的门坏了"])
def test_one_sentence_is_one_part(text: str) -> None:
    assert split(text) == ()


def test_thanks_and_a_new_fault_are_two_matters() -> None:
    parts = (Part("谢谢师傅。"), Part("另外3单元灯还不亮", apart=True))
    light = said("service_request", category="electricity_lighting")
    found = matters_of(light, parts, (said("feedback"), light))
    assert [(m.text, m.parse.intent) for m in found] == [
        ("谢谢师傅。", "feedback"),
        ("另外3单元灯还不亮", "service_request"),
    ]


def test_a_story_in_three_sentences_is_one_matter() -> None:
    parts = (Part("楼上漏水。"), Part("找他不理。"), Part("给评评理"))
    leak, quarrel = said("service_request", category="water_drainage"), said("dispute", 0.9, "leakage")
    parses = (leak, quarrel, said("dispute", 0.95))
    assert matters_of(parses[1], parts, parses) == ()


def test_chatter_around_a_matter_is_no_matter() -> None:
    parts = (Part("大家早上好呀！"), Part("3栋电梯停了。"), Part("今天真冷"))
    parses = (said("chitchat"), said("service_request", category="elevator"), said("chitchat"))
    assert matters_of(parses[1], parts, parses) == ()


def test_two_faults_are_two_matters_only_when_a_word_parts_them() -> None:
    lift, light = said("service_request", 0.95, "elevator"), said("service_request", 0.95, "electricity_lighting")
    assert matters_of(lift, (Part("电梯坏了。"), Part("楼道灯不亮")), (lift, light)) == ()
    apart = matters_of(lift, (Part("电梯坏了。"), Part("还有楼道灯不亮", apart=True)), (lift, light))
    assert [m.parse.category for m in apart] == ["elevator", "electricity_lighting"]


def test_an_unsure_part_opens_nothing_of_its_own() -> None:
    parts = (Part("3栋电梯停了。"), Part("还有那个啥", apart=True))
    assert matters_of(said("service_request"), parts, (said("service_request"), said("consult", 0.3))) == ()
