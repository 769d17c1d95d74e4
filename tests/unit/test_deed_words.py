"""Who is praised by a text, what is a rumour, and which bulletin a question is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.bulletins.model import Bulletin, BulletinState, GoodDeed
from actions.bulletins.rumours import find_match, share_of
from actions.bulletins.tell import deed_words, mask
from bot.conversations import Conversation
from bot.decide.decision import Case, Run, Surroundings
from bot.decide.deeds import decide_deed, read_deed, read_rumour
from bot.messages import ChatKind, Message
from bot.understand.privacy import scrub
from bot.understanding import Understanding

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)


def case(text: str, *, addressed: bool = True, confidence: float = 0.5) -> Case:
    message = Message(1, 1, 1, ChatKind.GROUP, 7, "小陈", text, NOW, mentions_bot=addressed)
    return Case(message, Understanding(text, "feedback", confidence), Conversation(), Surroundings(), NOW)


@pytest.mark.parametrize(
    ("text", "who", "name", "building", "minor"),
    [
        ("感谢3栋的小王帮我妈提菜上楼", "3栋的小王", "小王", "3", False),
        ("表扬一下5栋老李，天天扫楼道", "5栋老李", "老李", "5", False),
        ("表扬一下十二号楼的张大爷，义务修长椅", "十二号楼的张大爷", "张大爷", "12", False),
        ("要特别感谢王阿姨，昨天帮我照看孩子一下午", "王阿姨", "王阿姨", "", False),
        ("感謝3棟的小王幫我媽提菜上樓", "3棟的小王", "小王", "3", False),
        ("给3栋小王点赞，他帮我妈提菜上楼", "3栋小王", "小王", "3", False),
        ("感谢6栋的小朋友捡到钱包交给门卫", "6栋的小朋友", "小朋友", "6", True),
        ("表扬小明同学主动扫雪", "小明同学", "小明同学", "", True),
    ],
)
def test_who_is_praised_is_read_as_it_was_written(text: str, who: str, name: str, building: str, minor: bool) -> None:
    found = read_deed(case(text))
    assert found is not None
    assert (found.who, found.names[0], found.building, found.minor) == (who, name, building, minor)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢大家帮忙", "谢谢物业师傅把灯修好", "谢谢你帮我问", "谢谢小王", "谢谢啊，把楼道灯修好了",
        "感谢社区民警帮我找到孩子",
        "谢谢谁能帮我带个快递", "感谢居委会帮我们装了扶手", "谢谢小邻帮我报修",
    ],
)  # fmt: skip
def test_thanks_to_everybody_to_staff_or_for_nothing_named_are_no_deed(text: str) -> None:
    assert read_deed(case(text)) is None


def test_unasked_only_what_is_surely_praise_is_taken_up() -> None:
    text = "感谢3栋的小王帮我妈提菜上楼"
    assert decide_deed(case(text, addressed=False, confidence=0.5)) is None
    assert isinstance(decide_deed(case(text, addressed=False, confidence=0.97)), Run)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("网传小区有人偷小孩是真的吗", True),
        ("听说3号楼要拆了，真的假的", True),
        ("小区门口有人抢劫，是不是谣言", True),
        ("聽說明天要封路，是真的嗎", True),
        ("听说今天停水", False),
        ("真的好吃", False),
        ("这个月物业费是不是涨了", False),
    ],
)
def test_a_question_whether_a_rumour_is_true(text: str, is_one: bool) -> None:
    assert (read_rumour(case(text)) is not None) is is_one


def bulletin(title: str, text: str, words: str = "") -> Bulletin:
    return Bulletin(title=title, text=text, words=words, state=BulletinState.PUBLISHED)


def test_a_rumour_finds_the_bulletin_that_speaks_of_it_and_no_other() -> None:
    stolen = bulletin("关于网传偷小孩的情况", "经核实系祖孙走散，孩子已找到。", "人贩子")
    fire = bulletin("冬季防火提示", "小孩不要玩火，出门关电。")
    both = [fire, stolen]
    assert find_match("网传小区有人偷小孩是真的吗", both) is stolen
    assert find_match("听说来了人贩子，真的假的", both) is stolen
    assert find_match("听说小孩要打新疫苗是真的吗", both) is None
    assert find_match("是真的吗", both) is None


@settings(max_examples=60)
@given(st.text(alphabet="小孩偷火疫苗真的吗 ，A1", max_size=30))
def test_how_much_a_bulletin_speaks_of_a_question_lies_between_nothing_and_all(question: str) -> None:
    assert 0 <= share_of(frozenset({question[:2]}), bulletin("关于偷小孩", "没有这回事"), question) <= 1


@settings(max_examples=60)
@given(st.text(max_size=40), st.text(min_size=1, max_size=8), st.sampled_from(["", "老李"]))
def test_what_is_told_never_calls_them_otherwise_than_agreed(text: str, who: str, shown: str) -> None:
    deed = GoodDeed(text=f"{text}{who}", who=who, shown_as=shown)
    told = deed_words(deed, "一位邻居")
    assert (shown or "一位邻居") in told
    assert who in (shown or "一位邻居") or who not in told.replace(shown or "一位邻居", "\0")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("感谢3号楼的王阿姨帮我看孩子，王阿姨人真好", "感谢一位邻居帮我看孩子，一位邻居人真好"),
        ("谢谢隔壁的老李帮我搬沙发，老李辛苦了", "谢谢一位邻居帮我搬沙发，一位邻居辛苦了"),
        ("谢谢3号楼502的王阿姨帮我收了快递", "谢谢一位邻居帮我收了快递"),
        ("感謝3棟的小王幫我媽提菜，小王真熱心", "感謝一位邻居幫我媽提菜，一位邻居真熱心"),
    ],
)
def test_whoever_would_not_be_named_is_named_nowhere_in_the_text(text: str, told: str) -> None:
    found = read_deed(case(text))
    assert found is not None
    kept, who = mask(found.text, found.who, scrub)
    assert deed_words(GoodDeed(text=kept, who=who, shown_as=""), "一位邻居") == told
