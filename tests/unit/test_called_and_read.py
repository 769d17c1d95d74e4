"""Small judgements before a decision: who is called, which script, what only sounds like danger."""

from __future__ import annotations

import pytest

from bot.messages import calls_bot
from bot.understand.danger import find_danger, sounds_worse_than_it_is
from bot.understand.understanding import LONGEST_PARSED, both_ends
from nlu.model.script import says_no_script


@pytest.mark.parametrize("text", ["小邻在吗", "@小邻 3栋停水了", "小鄰，電梯壞了", "你好呀小邻！", " 小邻"])
def test_the_bot_is_called_by_its_name_at_either_end(text: str) -> None:
    assert calls_bot(text)


@pytest.mark.parametrize("text", ["你们试过小邻没有，我孙子教我用的", "邻居在吗", "", "附近小邻居很多"])
def test_talk_about_the_bot_does_not_call_it(text: str) -> None:
    assert not calls_bot(text)


@pytest.mark.parametrize("text", ["着火了", "着火了！3栋2单元冒烟了", "3栋2单元着火了", "起火了。快来人"])
def test_a_fire_is_heard_however_the_sentence_ends(text: str) -> None:
    danger = find_danger(text)
    assert danger is not None
    assert danger.kind == "fire"


@pytest.mark.parametrize("text", ["这天气热得要着火了", "要是着火了该往哪里跑呀", "昨晚梦见家里着火了"])
def test_words_of_danger_in_jest_are_known_as_such(text: str) -> None:
    assert find_danger(text) is None
    assert sounds_worse_than_it_is(text)


def test_a_plain_report_does_not_sound_worse_than_it_is() -> None:
    assert not sounds_worse_than_it_is("3栋电梯又停了")
    assert not sounds_worse_than_it_is("3栋2单元着火了")


def test_of_a_long_text_beginning_and_end_are_read() -> None:
    text = "头" + "今" * 4000 + "尾"
    read = both_ends(text)
    assert len(read) == LONGEST_PARSED
    assert read.startswith("头")
    assert read.endswith("尾")
    assert both_ends("短") == "短"


def test_only_words_that_differ_tell_the_script() -> None:
    assert says_no_script("唔使啦")
    assert says_no_script("123")
    assert says_no_script("")
    assert not says_no_script("電梯")
    assert not says_no_script("电梯")
