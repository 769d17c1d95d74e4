from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.model.entities import default_lexicon, extract, normalize
from nlu.model.folding import fold
from nlu.model.lexicon import Lexicon
from nlu.model.numerals import digits_in, parse_numeral
from nlu.model.places import Place


def firsts(text: str, intent: str | None = None) -> dict[str, str]:
    found: dict[str, str] = {}
    for entity in extract(text, intent=intent):
        found.setdefault(entity.entity, entity.normalized)
    return found


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("3栋2单元501漏水", {"building": "3", "unit": "2", "room": "501"}),
        ("三号楼没电了", {"building": "3"}),
        ("十二號樓電梯壞咗", {"building": "12"}),
        ("12#1701", {"building": "12", "room": "1701"}),
        ("１２＃１７０１", {"building": "12", "room": "1701"}),
        ("B座的门禁", {"building": "B"}),
        ("12座電梯", {"building": "12"}),
        ("15幢朝南那边", {"building": "15"}),
        ("我家3-2-501", {"building": "3", "unit": "2", "room": "501"}),
        ("8-1203 停水", {"building": "8", "room": "1203"}),
        ("4杠1杠602", {"building": "4", "unit": "1", "room": "602"}),
        ("6号楼东单元三楼", {"building": "6", "unit": "东", "floor": "3"}),
        ("7號樓二單元", {"building": "7", "unit": "2"}),
        ("五栋一单元八零二", {"building": "5", "unit": "1", "room": "802"}),
        ("负一层灯坏了", {"floor": "-1"}),
        ("B2层漏水", {"floor": "-2"}),
        ("頂樓漏水", {"floor": "top"}),
        ("住十一层的", {"floor": "11"}),
        ("我1203的，没暖气", {"room": "1203"}),
        ("1102室可视门铃坏了", {"room": "1102"}),
        ("8弄12号501室", {"building": "8弄12", "room": "501"}),
        ("4号201煤气", {"building": "4", "room": "201"}),
    ],
)
def test_doors_are_read_however_they_are_written(text: str, door: dict[str, str]) -> None:
    found = firsts(text)
    assert {kind: found.get(kind) for kind in door} == door


@pytest.mark.parametrize(
    "text",
    [
        "快打119",
        "打110报警",
        "修一次要3000块",
        "买了台1.5匹的空调",
        "涨到1200元",
        "2023年交的房",
        "跑了1200米",
        "608分能上吗",
        "价格501块",
        "电话13800138000",
        "爬了十一层累死",
        "我们一栋楼都停电",
        "第三个问题",
        "20:15开始",
        "一层灰",
        "520快乐",
        "两座大山",
    ],
)
def test_not_every_number_is_a_door(text: str) -> None:
    assert not {"building", "unit", "floor", "room"} & firsts(text).keys()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("地下车库进水了", "地下车库"),
        ("北门的杆子不抬", "北门"),
        ("有人躺在配电房后头", "配电房后头"),
        ("面包店拐角那块砖松了", "面包店拐角"),
        ("兒童樂園的鞦韆斷了", "儿童乐园"),
        ("电梯厅有股味", "电梯厅"),
        ("东南门的岗亭没人", "东南门的岗亭"),
        ("凉亭旁边的树倒了", "凉亭旁边"),
        ("单元门口积水", "单元门口"),
        ("B1-203那个车位被占", "b1-203"),
    ],
)
def test_places_come_with_the_tail_that_belongs_to_them(text: str, place: str) -> None:
    assert firsts(text).get("place") == place


@pytest.mark.parametrize("text", ["我单位车库满了", "小时候老家后门有条河", "梦见自己在天台上飞"])
def test_somebody_elses_place_is_none_of_ours(text: str) -> None:
    assert "place" not in firsts(text)


@pytest.mark.parametrize(
    ("text", "time_said"),
    [
        ("明晚八点停水", "明晚八点"),
        ("周六能来修吗", "周六"),
        ("下個禮拜搞活動", "下個禮拜"),
        ("半夜一点还在唱", "半夜一点"),
        ("说好十二点到两点不准动工", "十二点到两点"),
        ("昨晚开始没水", "昨晚"),
        ("初一十五摆摊", "初一十五"),
        ("周一到周五七点半值班", "周一到周五七点半"),
        ("5月3号上午有人在家", "5月3号上午"),
        ("今天下午3点半", "今天下午3点半"),
        ("上週五報的", "上週五"),
    ],
)
def test_times_are_read_as_people_say_them(text: str, time_said: str) -> None:
    assert [entity.value for entity in extract(text) if entity.entity == "time"][:1] == [time_said]


@pytest.mark.parametrize("text", ["声音小一点", "有两点建议", "快点来", "等了四十天", "楼上扔的"])
def test_a_little_is_no_hour(text: str) -> None:
    assert "time" not in firsts(text)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("单号0731查一下", "ticket", "0731"),
        ("20261122-0007怎么样了", "ticket", "20261122-0007"),
        ("0007怎么样了", "ticket", "0007"),
        ("编号B2093到哪了", "ticket", "B2093"),
        ("報修單 AX-5512", "ticket", "AX-5512"),
        ("打我电话13712345678", "phone", "13712345678"),
        ("座机 021-55667788", "phone", "02155667788"),
    ],
)
def test_tickets_and_phones_are_told_apart(text: str, kind: str, value: str) -> None:
    assert firsts(text).get(kind) == value


@pytest.mark.parametrize(
    ("text", "activity", "headcount"),
    [
        ("插花课算我一个", "插花课", "1"),
        ("+2 包粽子", "包粽子", "2"),
        ("报名太极扇，我们仨", "太极扇", "3"),
        ("書法班報兩個人", "书法班", "2"),
        ("「旧书换新芽」留两个名额", "旧书换新芽", "2"),
    ],
)
def test_signing_up_names_what_and_how_many(text: str, activity: str, headcount: str) -> None:
    found = firsts(text, "activity_signup")
    assert (found.get("activity"), found.get("headcount")) == (activity, headcount)


def test_a_known_intent_decides_what_can_be_meant() -> None:
    tale = "今天在中心广场看人下棋，看到忘了回家做饭，被老婆骂惨了"
    assert "place" in firsts(tale)
    assert "place" not in firsts(tale, "chitchat")
    assert firsts("北门", "chitchat") == {"place": "北门"}


def test_values_stay_as_written_and_offsets_hold() -> None:
    text = "@小邻 １２號樓三單元頂樓，昨晚起漏水"
    for entity in extract(text):
        assert text[entity.start : entity.end] == entity.value
    assert [entity.value for entity in extract(text)] == ["１２號樓", "三單元", "頂樓", "昨晚"]


def test_the_communitys_own_names_are_known() -> None:
    form = {
        "buildings": [{"name": "3栋", "aliases": ["红楼"]}],
        "landmarks": [{"name": "老槐树广场", "aliases": ["大槐树底"]}],
    }
    lexicon = default_lexicon().merged(Lexicon.from_mapping(form))
    found = {entity.entity: entity.normalized for entity in extract("红楼501，大槐树底那边", lexicon)}
    assert found == {"building": "3", "room": "501", "place": "老槐树广场"}


def test_a_lexicon_survives_being_written_down() -> None:
    form = {"buildings": [{"name": "3栋", "aliases": ["红楼"]}], "places": ["晾衣场"], "activities": ["插花"]}
    lexicon = Lexicon.from_mapping(form)
    assert Lexicon.from_mapping(lexicon.to_mapping()) == lexicon


@pytest.mark.parametrize(
    ("written", "number"),
    [("十二", 12), ("二百零三", 203), ("五〇一", 501), ("廿二", 22), ("壹", 1), ("花", None), ("", None)],
)  # fmt: skip
def test_numerals_mean_numbers(written: str, number: int | None) -> None:
    assert parse_numeral(written) == number


def test_normal_forms_make_doors_comparable() -> None:
    assert normalize("building", "三号楼") == normalize("building", "3栋") == "3"
    assert normalize("unit", "2單元") == "2"
    assert normalize("floor", "负一楼") == normalize("floor", "B1") == "-1"
    assert normalize("headcount", "我们俩") == "2"
    assert digits_in("三号楼") == "3号楼"


def test_a_place_is_built_merged_and_described() -> None:
    place = Place.of(extract("三号楼2单元501"))
    assert place == Place(building="3", unit="2", room="501")
    assert place.describe() == "3栋2单元501"
    assert place.merge(Place(room="502")).describe() == "3栋2单元502"
    assert place.merge(Place(building="5")) == Place(building="5")
    assert Place(building="3", floor="-1", place="车棚").describe() == "3栋负一层 车棚"
    assert Place(building="B").describe() == "B座"
    assert Place().is_empty()
    assert not Place(room="501").is_precise()


@given(st.text(max_size=200))
def test_no_text_breaks_the_extractor(text: str) -> None:
    assert len(fold(text)) == len(text)
    for entity in extract(text):
        assert text[entity.start : entity.end] == entity.value


@pytest.mark.timeout(30)  # what goes back over the text again and again would not end
@pytest.mark.parametrize("unit", ["1", "三", "3-", "报名", "东门口", "周一到", "啊", "a-1", "课", "参加那个"])
def test_a_huge_message_is_read_to_its_end(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert all(text[e.start : e.end] == e.value for e in extract(text, intent="activity_signup"))
