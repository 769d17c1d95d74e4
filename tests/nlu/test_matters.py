"""Where one matter ends and another begins."""

from __future__ import annotations

import pytest

from nlu.model.matters import Part, gather, matters_of, split
from nlu.model.parse import Parse


def said(intent: str, confidence: float = 0.97, category: str | None = None, smells_of: str = "") -> Parse:
    label = f"{intent}/{category}" if category else intent
    likeliest = ((label, confidence), (smells_of or "chitchat", 1 - confidence))
    return Parse("", intent, confidence, ((intent, confidence),), category, likeliest=likeliest)


LIGHT = said("service_request", category="electricity_lighting")
LIFT = said("service_request", category="elevator")
NOISE = said("dispute", category="noise")
TALK = said("chitchat")


def texts_of(parts: tuple[Part, ...], parses: tuple[Parse, ...]) -> list[str]:
    return [matter.text for matter in matters_of(parts, parses)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("谢谢师傅。另外3单元灯还不亮", [("谢谢师傅。", False), ("另外3单元灯还不亮", True)]),
        ("太极班我报一个，顺便问下几点开始", [("太极班我报一个，", False), ("顺便问下几点开始", True)]),
        ("1.电梯坏了 2.楼道没灯", [("1.电梯坏了 ", False), ("2.楼道没灯", True)]),
        ("楼上漏水\n说了不听的\n来管管", [("楼上漏水\n", False), ("说了不听的\n来管管", False)]),
        ("3栋灯不亮,电梯也停了", [("3栋灯不亮,", False), ("电梯也停了", False)]),
        ("暖气不热 医保卡丢了", [("暖气不热 ", False), ("医保卡丢了", False)]),
        ("電梯壞了還有樓道沒燈", [("電梯壞了還有樓道沒燈", False)]),
        ("電梯壞了，還有樓道沒燈", [("電梯壞了，", False), ("還有樓道沒燈", True)]),
        ("电梯坏了门禁也坏了快递柜还打不开", [("电梯坏了", False), ("门禁也坏了", False), ("快递柜还打不开", False)]),
    ],
)
def test_a_message_is_cut_into_clauses_and_none_is_lost(text: str, parts: list[tuple[str, bool]]) -> None:
    found = split(text)
    assert [(part.text, part.apart) for part in found] == (parts if len(parts) > 1 else [])
    assert "".join(part.text for part in found) == (text if len(parts) > 1 else "")


def test_what_only_announces_a_list_is_left_out() -> None:
    found = split("跟你们反映三个事，一是滑梯裂了，二是车库灯不亮")
    assert [part.text for part in found] == ["一是滑梯裂了，", "二是车库灯不亮"]


@pytest.mark.parametrize(
    "text", ["", "电梯坏了", "好的。谢", "？？？", "还有人吗", "漏水了，" * 90, "1.5米宽的门坏了", "1,000块押金不退"]
)
def test_one_sentence_is_one_part(text: str) -> None:
    assert split(text) == ()


def test_in_a_letter_only_a_word_parts() -> None:
    story = "领导您好，我家住在顶楼，" + "去年冬天开始屋顶就一直渗水，" * 6
    assert split(story) == ()
    assert [part.apart for part in split(story + "另外楼道灯不亮")] == [False, True]


def test_thanks_and_a_new_fault_are_two_matters() -> None:
    parts = (Part("谢谢师傅。"), Part("另外3单元灯还不亮", apart=True))
    found = matters_of(parts, (said("feedback"), LIGHT))
    assert [(m.text, m.parse.intent) for m in found] == [
        ("谢谢师傅。", "feedback"),
        ("另外3单元灯还不亮", "service_request"),
    ]


def test_a_story_in_three_sentences_is_one_matter() -> None:
    parts = (Part("楼上漏水。"), Part("找他不理。"), Part("给评评理"))
    leak, quarrel = said("service_request", category="water_drainage"), said("dispute", category="leakage")
    assert matters_of(parts, (leak, quarrel, said("dispute", 0.95))) == ()


def test_chatter_around_a_matter_is_no_matter() -> None:
    parts = (Part("大家早上好呀！"), Part("3栋电梯停了。"), Part("今天真冷"))
    assert matters_of(parts, (TALK, LIFT, TALK)) == ()


def test_two_faults_that_only_a_comma_parts_are_two_matters() -> None:
    assert texts_of((Part("3栋灯不亮，"), Part("电梯也停了")), (LIGHT, LIFT)) == ["3栋灯不亮", "电梯也停了"]


@pytest.mark.parametrize(
    ("first", "second", "parses"),
    [
        ("3栋停电了，", "电梯也停了", (LIGHT, LIFT)),
        ("电梯停了一个月，", "物业费照收", (LIFT, said("dispute", category="property_fee"))),
        ("楼上半夜拉椅子，", "他说灯坏了", (NOISE, LIGHT)),
        ("灯不亮，", "可能电梯检修", (LIGHT, LIFT)),
        ("楼道灯坏了，", "赶紧来个人换换吧", (LIGHT, said("human_handoff"))),
        ("楼道灯坏了，", "到现在没人来", (LIGHT, said("ticket_status"))),
        ("楼道灯坏了，", "太不像话了你们", (LIGHT, said("feedback"))),
        ("电瓶又丢了，", "能不能装个摄像头", (said("safety_tip", category="theft"), said("suggestion"))),
        ("插花班还有空位吗，", "有的话把我写上", (said("activity_inquiry"), said("activity_signup"))),
        ("想装个充电桩，", "物业要出啥证明", (said("service_request", category="parking_facility"), said("consult"))),
        ("灯不亮，", "电梯停了", (LIGHT, said("service_request", 0.9, "elevator"))),
        ("灯不亮，", "电梯停了", (LIGHT, said("service_request", 0.97, "elevator", LIGHT.likeliest[0][0]))),
    ],
)
def test_what_leads_to_it_or_comes_of_it_belongs_to_it(first: str, second: str, parses: tuple[Parse, Parse]) -> None:
    assert matters_of((Part(first), Part(second)), parses) == ()


def test_papers_have_nothing_to_do_with_what_is_broken() -> None:
    assert len(texts_of((Part("门铃坏了，"), Part("独生子女费去哪签字")), (LIGHT, said("consult")))) == 2


def test_the_same_in_another_building_is_another_matter() -> None:
    assert len(texts_of((Part("1栋电梯停了，"), Part("8栋那部也不动了")), (LIFT, LIFT))) == 2
    assert texts_of((Part("1栋电梯停了，"), Part("1栋那部也不动了")), (LIFT, LIFT)) == []


def test_an_unsure_part_opens_nothing_of_its_own() -> None:
    parts = (Part("3栋电梯停了。"), Part("还有那个啥", apart=True))
    assert matters_of(parts, (LIFT, said("consult", 0.3))) == ()


def test_the_first_look_may_be_less_sure_and_keeps_clauses_of_one_matter_together() -> None:
    parts = (Part("灯不亮，"), Part("电梯也停了，"), Part("爬得腿软"), Part("今天真冷"))
    hesitant = said("service_request", 0.7, "elevator")
    found = gather(parts, (LIGHT, hesitant, TALK, TALK))
    assert [(part.text, part.head) for part in found] == [
        ("灯不亮，", "灯不亮，"),
        ("电梯也停了，爬得腿软今天真冷", "电梯也停了，"),
    ]
    assert gather(parts, (LIGHT, TALK, TALK, TALK)) == ()


def test_a_model_that_names_no_labels_is_asked_for_its_intents() -> None:
    lights = Parse("", "service_request", 0.97, (("service_request", 0.97), ("consult", 0.03)))
    asks = Parse("", "points_inquiry", 0.97, (("points_inquiry", 0.97), ("service_request", 0.03)))
    assert matters_of((Part("灯不亮，"), Part("我的积分还剩多少")), (lights, asks)) == ()
