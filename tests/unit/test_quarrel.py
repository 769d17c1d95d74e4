"""What counts as neighbours shouting at each other; what does not costs nothing and says nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.conversations import Conversation
from bot.decide.decision import Case, Surroundings
from bot.decide.quarrel import heat_of
from bot.messages import ChatKind, Message, Quoted
from bot.understanding import Understanding

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)


def case(text: str, *, intent: str = "chitchat", confidence: float = 0.5, **more: object) -> Case:
    known: dict[str, object] = {"chat_kind": ChatKind.GROUP, **more}
    kind = known.pop("chat_kind")
    message = Message(9, 1, 2, kind, 3, "老李", text, NOW, **known)  # type: ignore[arg-type]
    return Case(message, Understanding(text, intent, confidence), Conversation(), Surroundings(), NOW)


@pytest.mark.parametrize(
    "text",
    "你有病吧 你讲不讲理 滚，别在群里丢人 你们家凭什么占两个车位 妳有病啊 你這種人不要臉 闭嘴 我揍你信不信".split(),
)
def test_an_insult_at_a_neighbour_is_heat(text: str) -> None:
    heat = heat_of(case(text))
    assert heat is not None
    assert text not in str(heat)  # nothing of what was said is kept


@pytest.mark.parametrize(
    "text",
    [
        *("什么破电梯，他妈的又坏了", "你有病哈哈哈", "你个神经病😂", "凭什么涨物业费", "谁家的垃圾没扔"),
        *("你好，请问几点关门", "小区里有流氓，大家小心", "今天真热", ""),
    ],
)
def test_swearing_at_things_jokes_and_talk_are_none(text: str) -> None:
    assert heat_of(case(text)) is None


def test_only_in_groups_and_never_at_the_bot() -> None:
    rude = "你有病吧"
    for kind in (ChatKind.PRIVATE, ChatKind.MEDIATION, ChatKind.STAFF):
        assert heat_of(case(rude, chat_kind=kind)) is None
    assert heat_of(case(rude, mentions_bot=True)) is None
    assert heat_of(case(rude, button="rate:1:5")) is None
    assert heat_of(case(rude * 100)) is None


def test_a_quarrel_the_model_is_sure_of_counts_when_it_is_said_to_a_neighbour() -> None:
    text, sure = "你家空调滴水滴到我家被子上了", {"intent": "dispute", "confidence": 0.95}
    assert heat_of(case(text, **sure)) is None  # told to all: a report
    assert heat_of(case(text, **sure, mentions_others=True)) is not None
    assert heat_of(case(text, **sure, quoted=Quoted(8, "谁说的"))) is not None
    assert heat_of(case(text, intent="dispute", confidence=0.5, mentions_others=True)) is None
