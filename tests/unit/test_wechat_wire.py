"""Callbacks and payloads of WeCom apps and Official Accounts ⇄ values: recorded ones, odd ones, whatever may come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wechat.api_wire import (
    MOST_BYTES,
    Answer,
    Verdict,
    address_app,
    address_group,
    build_card,
    build_group,
    build_passive,
    build_template,
    build_text,
    fill_field,
    fits_card,
    missed,
    read_answer,
    read_token,
    split_bytes,
)
from bot.channels.wechat.callback_wire import (
    Followed,
    Heard,
    Left,
    Odd,
    Opened,
    Reported,
    delivery_of,
    instant,
    label_of,
    read_query,
    read_told,
)
from bot.channels.wecom.envelopes import read_xml
from bot.messages import OutgoingButton

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
#: as the platforms' own pages show them
RECORDED = """<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>
<FromUserName><![CDATA[mycreate]]></FromUserName><CreateTime>1409659813</CreateTime>
<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello]]></Content>
<MsgId>4561255354251345929</MsgId><AgentID>218</AgentID></xml>"""
BASE: dict[str, Any] = {"ToUserName": "ww1", "FromUserName": "WangAyi", "CreateTime": "1409659813", "MsgId": "7"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


def hear(**changes: Any) -> Heard:
    told = read_told({**BASE, "MsgType": "text", "Content": "你好", **changes})
    assert isinstance(told, Heard), told
    return told


def test_a_recorded_message_is_read() -> None:
    told = read_told(read_xml(RECORDED.encode()))
    assert told == Heard(
        "mycreate", "4561255354251345929", "hello", "1409659813", datetime(2014, 9, 2, 12, 10, 13, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"MsgType": "voice", "MediaId": "m", "Format": "amr"}, "[语音]"),
        ({"MsgType": "voice", "Recognition": "电梯坏了"}, "电梯坏了"),
        ({"MsgType": "video", "MediaId": "m"}, "[视频]"),
        ({"MsgType": "shortvideo"}, "[视频]"),
        ({"MsgType": "file"}, "[文件]"),
        ({"MsgType": "location", "Label": "桂花路3号"}, "[位置] 桂花路3号"),
        ({"MsgType": "link", "Title": "通知", "Url": "http://a.example"}, "[链接] 通知 http://a.example"),
        ({"MsgType": "text", "Content": " 🙂 "}, "🙂"),
    ],
)
def test_nothing_that_was_said_is_dropped(changes: dict[str, Any], text: str) -> None:
    assert hear(**changes).text == text


def test_a_picture_is_no_empty_message() -> None:
    heard = hear(MsgType="image", Content="", PicUrl="http://a.example/1", MediaId="m")
    assert (heard.has_picture, heard.picture_url, heard.media_id, heard.text) == (True, "http://a.example/1", "m", "")


@pytest.mark.parametrize(
    ("event", "value"),
    [
        ({"Event": "subscribe", "EventKey": "qrscene_1"}, Followed("WangAyi", "1409659813")),
        ({"Event": "unsubscribe"}, Left("WangAyi")),
        ({"Event": "TEMPLATESENDJOBFINISH", "Status": "failed:user block"}, Reported("WangAyi", "failed:user block")),
        ({"Event": "enter_agent"}, Opened("WangAyi")),
        ({"Event": "VIEW", "EventKey": "http://a.example"}, Opened("WangAyi")),
        ({"Event": "something_new"}, Odd("unknown_event")),
        ({"Event": "CLICK", "EventKey": ""}, Odd("unknown_event")),
    ],
)
def test_events_are_told_apart(event: dict[str, str], value: object) -> None:
    assert read_told({**BASE, "MsgType": "event", **event}) == value


def test_a_press_names_its_card_and_a_menu_its_words() -> None:
    press = read_told(
        {**BASE, "MsgType": "event", "Event": "template_card_event", "EventKey": "rate:1:5", "TaskId": "linan-9"}
    )
    assert isinstance(press, Heard)
    assert (press.button, delivery_of(press.task), press.text) == ("rate:1:5", 9, "")
    tap = read_told({**BASE, "MsgType": "event", "Event": "CLICK", "EventKey": "我的工单"})
    assert isinstance(tap, Heard)
    assert (tap.text, tap.button) == ("我的工单", "")
    assert press.identity() != tap.identity()


@pytest.mark.parametrize("user", ["", "sys", "SYS", "x" * 65])
def test_who_is_nobody_is_not_heard(user: str) -> None:
    assert read_told({**BASE, "FromUserName": user, "MsgType": "text"}) == Odd("nobody")


def test_the_name_of_a_message_tells_people_apart_and_repetitions_together() -> None:
    one = hear()
    assert one.identity() == hear().identity()
    assert one.identity() != hear(FromUserName="LaoLi").identity()
    assert one.identity() != hear(MsgId="8").identity()
    assert hear(MsgId="").identity() != hear(MsgId="", Content="另一句").identity()
    assert hear(MsgId="0").identity() == hear(MsgId="-1").identity()
    assert hear(FromUserName="wangayi").identity() != one.identity()  # ids are not ours to fold


@given(
    st.dictionaries(
        st.sampled_from([*BASE, "MsgType", "Event", "EventKey", "Content", "PicUrl"]) | st.text(max_size=9), JSON
    )
)
@settings(max_examples=120)
def test_whatever_is_told_has_a_value(tree: dict[str, Any]) -> None:
    told = read_told(tree)
    if isinstance(told, Heard):
        assert 0 < len(told.identity()) <= 160


@pytest.mark.parametrize(("stamp", "known"), [("1409659813", True), ("1409659813000", True), ("", False),
                                              ("9" * 14, False), ("-1", False), ("٣٣٣٣٣٣٣٣٣٣", False)])  # fmt: skip
def test_a_time_is_read_where_it_can_be_one(stamp: str, known: bool) -> None:
    assert (instant(stamp) is not None) is known


@pytest.mark.parametrize("task", ["", "linan-", "linan-x", "other-3", "linan-" + "9" * 30, "linan-٣"])
def test_a_task_that_is_none_of_ours_names_no_delivery(task: str) -> None:
    assert delivery_of(task) is None


def test_a_label_is_that_of_a_button_that_was_offered() -> None:
    offered = [{"label": "我平安", "value": "safe:1"}]
    assert label_of(offered, "safe:1") == "我平安"
    assert label_of(offered, "help:1") == label_of(None, "safe:1") == ""


def test_both_spellings_of_the_signature_are_read() -> None:
    assert read_query({"msgsignature": "a", "nonce": "n" * 999}).msg_signature == "a"
    assert len(read_query({"nonce": "n" * 999}).nonce) == 256


@given(st.text(max_size=4000) | st.text("电梯。\n🛗 a", max_size=5000))
@settings(max_examples=60)
def test_pieces_fit_and_nothing_is_lost_without_a_word(text: str) -> None:
    pieces = split_bytes(text)
    assert 1 <= len(pieces) <= 5
    assert all(len(piece.encode("utf-8", "replace")) <= MOST_BYTES for piece in pieces)
    whole, said = "".join(text.split()), "".join("".join(pieces).split())
    if not said.endswith("…"):
        assert said.encode("utf-8", "replace") == whole.encode("utf-8", "replace")


@given(JSON)
@settings(max_examples=60)
def test_whatever_is_answered_has_a_meaning(data: Any) -> None:
    answer = read_answer(data)
    assert answer.verdict in Verdict
    token, seconds = read_token(answer)
    assert (token == "") == (seconds == 0) or token


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(0, "done"), (-1, "busy"), (40014, "token"), (42001, "token"), (45009, "later"), (45015, "window"),
     (45047, "window"), (81013, "nobody"), (43004, "nobody"), (60020, "forbidden"), (301002, "forbidden"),
     (45002, "final"), (123456, "busy")],
)  # fmt: skip
def test_codes_mean_what_the_platforms_say(code: int, verdict: str) -> None:
    assert read_answer({"errcode": code, "errmsg": "never looked at"}).verdict == verdict


def test_who_was_not_reached_is_seen_although_it_went_well() -> None:
    assert missed(Answer(0, "", {"invaliduser": "a|WangAyi"}), "wangayi")
    assert not missed(Answer(0, "", {"invaliduser": ""}), "wangayi")


def test_payloads_are_as_the_platforms_want_them() -> None:
    assert address_app(build_text("好"), "WangAyi", 7, again=False) == {
        "touser": "WangAyi", "agentid": 7, "safe": 0, "msgtype": "text", "text": {"content": "好"},
    }  # fmt: skip
    assert address_app(build_text("好"), "a", 7, again=True)["enable_duplicate_check"] == 1
    named = address_group(build_text("好"), "wrkSFfCg", "WangAyi")
    assert named["text"] == {"content": "好", "mentioned_list": ["WangAyi"]}
    buttons = (OutgoingButton("好", "yes"), OutgoingButton("不好", "no"))
    card = build_card("请选", "好不好？", buttons, 12)["template_card"]
    assert (card["task_id"], [one["key"] for one in card["button_list"]]) == ("linan-12", ["yes", "no"])
    assert fits_card("好不好？", buttons)
    assert not fits_card("长" * 113, buttons)
    assert not fits_card("好不好？", buttons * 4)
    assert not fits_card(
        "好不好？", (OutgoingButton("一个太长了的按钮名字", "x" * 3), OutgoingButton("一二三四五六七八九十一", "y"))
    )
    assert build_group("名" * 60, "a", ["b", "a", "b"]) == {"name": "名" * 50, "owner": "a", "userlist": ["a", "b"]}
    template = build_template("o", ("id", "thing1", "time2"), "有新回复", "https://a.example", 3, NOW)
    assert template["data"] == {"thing1": {"value": "有新回复"}, "time2": {"value": "2026-11-22 10:00"}}
    assert fill_field("phrase3", "有新回复啦", NOW) == "有新回复啦"
    assert len(fill_field("thing12", "长" * 40, NOW)) == 20
    answer = read_xml(build_passive("o", "gh", "a]]>b<c>", NOW).encode())
    assert (answer["Content"], answer["ToUserName"], answer["MsgType"]) == ("a]]>b<c>", "o", "text")
