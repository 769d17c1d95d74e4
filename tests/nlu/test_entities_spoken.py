"""Kinds of sentences in which places, counts and hours were once overlooked or wrongly seen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from nlu.examples import read_examples
from nlu.model.entities import extract, normalize

MARKED = Path(__file__).resolve().parents[2] / "data" / "evaluation" / "entities.jsonl"
MEASURED = frozenset("building unit room place time headcount".split())
LEAST = 0.95  # F1 when the intent is known; 0.97 when this was written


def values(text: str, kind: str, intent: str | None = "service_request") -> list[str]:
    return [entity.value for entity in extract(text, intent=intent) if entity.entity == kind]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("南门打起来了", ["南门"]),
        ("往西门跑了", ["西门"]),
        ("东出口的杆子不抬", ["东出口"]),
        ("小区东门道闸断了", ["小区东门"]),
        ("东门岗亭没人", ["东门岗亭"]),
        ("二期围墙塌了", ["二期围墙"]),
        ("灯管一排不亮，C区", ["C区"]),
        ("湖边有人钓鱼", ["湖边"]),
        ("西北角那排冬青", ["西北角"]),
        ("冷库那边的人都跑了", ["冷库"]),
        ("四号路那儿路灯瞎了", ["四号路"]),
        ("坏了半天了，便利店，没人管", ["便利店"]),
        ("幼儿园后门进了个疯子", ["幼儿园后门"]),
        ("卡在社區健身房", ["社區健身房"]),
        ("一楼大厅地弹簧断了", ["大厅"]),
        ("六楼转角一块西瓜皮", ["转角"]),
        ("消防楼梯口堆纸壳", ["消防楼梯口"]),
        ("倒在花坛边不动了", ["花坛边"]),
        ("保安亭边上放个打气筒", ["保安亭"]),
        ("超市側邊個窨井", ["超市側邊"]),
        ("老槐树底下打起来了", ["老槐树底下"]),
        ("同事的车停东门了，地库漏水", ["地库"]),
    ],
)
def test_spots_are_known_by_how_they_are_called(text: str, places: list[str]) -> None:
    assert values(text, "place") == places


@pytest.mark.parametrize(
    "text",
    [
        "快递柜屏幕裂了",
        "配电箱冒烟",
        "栏杆松了",
        "厨房顶上渗水",
        "广场舞吵死了",
        "荒着的那块改成菜园",
        "修个坡道行不",
        "雨棚破了",
        "遮雨棚上有烟头",
        "水费一期多两千",
        "裂了道口子",
        "边度漏水",
    ],
)
def test_what_is_broken_or_not_there_yet_is_no_place(text: str) -> None:
    assert values(text, "place") == []


@pytest.mark.parametrize(
    ("text", "intent", "places"),
    [
        ("集合是在東門還是活動中心", "activity_inquiry", ["東門", "活動中心"]),
        ("健步走从南门出发", "activity_inquiry", ["南门"]),
        ("清楼道杂物那天我出车，皮卡能拉", "activity_signup", []),
        ("老年食堂六十五以上打几折，带证件不", "consult", []),
    ],
)
def test_of_an_activity_only_the_meeting_place_is_a_place(text: str, intent: str, places: list[str]) -> None:
    assert values(text, "place", intent) == places


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("2门401的门铃", {"unit": "2", "room": "401"}),
        ("十号楼二门五零一", {"building": "10", "unit": "2", "room": "501"}),
        ("7座18樓B，快", {"building": "7", "floor": "18", "room": "B"}),
        ("热水没有，3座B室", {"building": "3", "room": "B"}),
        ("八一五房水表走字", {"room": "815"}),
        ("2号院车棚着了", {"building": "2"}),
        ("1203天天半夜敲门", {"room": "1203"}),
        ("13幢一楼道全是水", {"building": "13"}),
    ],
)
def test_doors_are_read_in_their_local_forms(text: str, door: dict[str, str]) -> None:
    found = {entity.entity: entity.normalized for entity in extract(text, intent="service_request")}
    assert {kind: value for kind, value in found.items() if kind != "place"} == door


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2单3单都行，买3送1", "unit"),
        ("1701是我的编号", "room"),
        ("这道题选B座标轴", "building"),
        ("昨晚3-2赢了", "building"),
        ("版本12.1.0", "building"),
        ("1701年的事", "room"),
        ("婴儿车20块", "room"),
    ],
)
def test_scores_orders_and_years_are_no_doors(text: str, kind: str) -> None:
    assert values(text, kind, "chitchat") == []


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("后儿个暴雨", ["后儿个"]),
        ("大前天说好星期一来", ["大前天", "星期一"]),
        ("上周末报的", ["上周末"]),
        ("双十一买的", ["双十一"]),
        ("电梯周二到货", ["周二"]),
        ("29号那场科学秀", ["29号"]),
        ("早上报的停电", ["早上"]),
        ("师傅说好下午来", ["下午"]),
        ("我妈从早上到现在没动", ["早上"]),
        ("每晚十一点跳绳", ["每晚十一点"]),
        ("今天来，今天必须来", ["今天"]),
    ],
)
def test_days_and_hours_are_read_as_they_are_said(text: str, times: list[str]) -> None:
    assert values(text, "time") == times


@pytest.mark.parametrize(
    "text",
    [
        "一周三次透析",
        "一礼拜三回蹭车",
        "以前天天来",
        "三块五一斤",
        "有没有懂电脑的小年轻",
        "每晚横在我车后头",
        "骑车的街坊都留神，晚上看不清路",
        "今年六十七了",
        "等了两个周末",
        "重阳登高队",
    ],
)
def test_habits_counts_and_names_are_no_times(text: str) -> None:
    assert values(text, "time") == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("包粽子我们仨都去", "仨"),
        ("一家四口报名采摘", "四口"),
        ("俩大人一个小孩，包粽子", "俩大人一个小孩"),
        ("我同埋我老公兩個人，太極班", "兩個人"),
        ("五六个人组团去急救讲座", "五六个人"),
        ("原来报四个，改成两个，亲子陶艺", "两个"),
        ("我要三個名額，兩大一小，路跑", "三個名額"),
        ("我带俩娃，三个人，那场科学秀", "三个人"),
    ],
)
def test_heads_are_counted_without_whose_they_are(text: str, count: str) -> None:
    assert values(text, "headcount", "activity_signup") == [count]


def test_the_marked_sentences_are_read() -> None:
    true, said, hits = 0, 0, 0
    for example in read_examples([MARKED]):
        wanted = Counter((kind, normalize(kind, value)) for kind, value in example.entities if kind in MEASURED)
        entities = extract(example.text, intent=example.intent)
        found = Counter((e.entity, normalize(e.entity, e.value)) for e in entities if e.entity in MEASURED)
        true, said, hits = true + wanted.total(), said + found.total(), hits + (wanted & found).total()
    assert 2 * hits / (true + said) >= LEAST
