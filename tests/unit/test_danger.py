from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understand.danger import find_danger

DATA = Path(__file__).parent / "data"
KINDS = set("fire gas trapped collapsed fight jumping missing drowning electric crush burst flood other".split())


def read_lines(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.mark.parametrize("text", read_lines("danger_yes.txt"))
def test_a_cry_for_help_is_heard(text: str) -> None:
    danger = find_danger(text)
    assert danger is not None
    assert danger.kind in KINDS


@pytest.mark.parametrize("text", read_lines("danger_no.txt"))
def test_words_of_danger_without_danger_stay_quiet(text: str) -> None:
    assert find_danger(text) is None


def test_there_are_enough_sentences_of_both_sorts() -> None:
    assert len(set(read_lines("danger_yes.txt"))) >= 150
    assert len(set(read_lines("danger_no.txt"))) >= 250


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我家油锅着火了，盖不住", "fire"),
        ("12樓火燭呀，啲煙湧晒上嚟", "fire"),
        ("楼道里好大的煤气味，谁家漏气了", "gas"),
        ("電梯壞咗，我同BB困喺入面", "trapped"),
        ("广场上有个大爷突然倒地了，没有呼吸", "collapsed"),
        ("有人拿刀砍人，在南门", "fight"),
        ("有人要跳楼，在11栋楼顶", "jumping"),
        ("我孩子不见了，五岁男孩，穿红衣服", "missing"),
        ("有小孩掉进景观湖了", "drowning"),
        ("有人触电了，躺在地上不动", "electric"),
        ("有人被车压住了，快来抬车", "crush"),
        ("3栋水管爆裂，水淹到电梯口了", "burst"),
        ("地下车库的水已经淹到大腿了", "flood"),
    ],
)
def test_the_kind_of_danger_is_told(text: str, kind: str) -> None:
    danger = find_danger(text)
    assert danger is not None
    assert danger.kind == kind


def test_the_evidence_is_quoted_as_it_was_written() -> None:
    text = "12樓火燭呀，啲煙湧晒上嚟"
    danger = find_danger(text)
    assert danger is not None
    assert danger.evidence in text


def test_a_drill_denied_is_no_drill() -> None:
    assert find_danger("明天下午消防演习，会冒浓烟") is None
    assert find_danger("不是演习，13栋冒浓烟了") is not None


@pytest.mark.parametrize(
    "text",
    [
        *("消防通道被车堵死了", "电动车在家里充电", "井盖松了，夜里看不见", "有条狗没拴绳", "阳台花盆摇摇欲坠"),
        *("水管爆了报修", "6栋门口水漫过脚脖子了"),
    ],
)
def test_a_hazard_is_not_yet_danger(text: str) -> None:
    assert find_danger(text) is None


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    danger = find_danger(text)
    assert danger is None or danger.kind in KINDS


@pytest.mark.timeout(30)  # what goes back over the text again and again would not end
@pytest.mark.parametrize(
    "unit", ["着火", "人", "电梯里", "a", "1", " ", "我妈倒在地上没有", "，", "被车压", "有人把孩子"]
)
def test_a_huge_message_is_read_to_its_end(unit: str) -> None:
    danger = find_danger(unit * (100_000 // len(unit)))
    assert danger is None or danger.kind in KINDS
