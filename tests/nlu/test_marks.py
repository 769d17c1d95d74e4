"""What the shipped sentences name: marks that hold together, and turns of phrase heard in new voices."""

from __future__ import annotations

import pytest

from nlu.examples import read_examples
from nlu.model.entities import extract
from nlu.training import ROOT

EDGES = " ,，。!！?？、;；:："


def test_marks_of_the_examples_begin_and_end_with_what_they_name() -> None:
    examples = read_examples([ROOT / "data" / "nlu"])
    marks = [(example, value) for example in examples for _, value in example.entities]
    frayed = [f"{one.source}:{one.line}: {value}" for one, value in marks if value.strip(EDGES) != value]

    assert len(marks) > 4000
    assert frayed == []


def test_a_word_heard_in_many_voices_is_found_there() -> None:
    voices = read_examples([ROOT / "data" / "evaluation" / "voices.jsonl"])
    doors = ("building", "unit", "room")
    marked = [(one, kind, value) for one in voices for kind, value in one.entities if kind in doors]
    missed = [
        (one.text, kind, value)
        for one, kind, value in marked
        if value not in {found.value for found in extract(one.text, intent=one.intent) if found.entity == kind}
    ]

    assert len(marked) > 200
    assert len(missed) < 0.03 * len(marked), missed


@pytest.mark.parametrize(
    ("text", "intent", "kind", "values"),
    [
        ("他把叉车横在装卸口,货都下不来", "dispute", "place", ["装卸口"]),
        ("建议游泳池边上多放几把伞", "suggestion", "place", ["游泳池"]),
        ("伊部车子停勒消防通道", "dispute", "place", ["消防通道"]),
        ("车位C-32的地锁又坏了", "service_request", "place", ["C-32"]),
        ("快点,阿公跌进鱼塘头了", "emergency", "place", ["鱼塘"]),
        ("楼后身儿那棵树该修了", "service_request", "place", ["楼后身儿"]),
        ("公厕又堵了", "service_request", "place", ["公厕"]),
        ("在凉亭边上的公厕又堵了", "service_request", "place", ["凉亭"]),
        ("我同阿妈两个都来", "activity_signup", "headcount", ["两个"]),
        ("腊肉课我和她学两个月", "activity_signup", "headcount", []),
        ("现在就我一个人去插花", "activity_cancel", "headcount", ["一个人"]),
        ("急救课当助教,护士三名", "activity_signup", "headcount", ["三名"]),
        ("取件码5-2-3018,帮我带一下", "chitchat", "building", []),
        ("扫码404,客服推锅", "service_request", "room", []),
        ("三座十二楼B室厕所倒灌", "service_request", "room", ["B室"]),
        ("4号楼1门,灯不亮", "service_request", "unit", ["1门"]),
        ("由廿楼跌落嚟", "safety_tip", "floor", ["廿楼"]),
        ("五号报的水泵还没人来", "ticket_status", "time", ["五号"]),
        ("打到后半夜还不歇", "dispute", "time", ["后半夜"]),
        ("今仔日拜天公", "chitchat", "time", ["今仔日"]),
        ("礼拜天公园见", "chitchat", "time", ["礼拜天"]),
    ],
)
def test_it_is_found_as_it_is_said(text: str, intent: str, kind: str, values: list[str]) -> None:
    assert [one.value for one in extract(text, intent=intent) if one.entity == kind] == values
