"""OneBot frames ⇄ values: recorded ones, odd ones, and whatever else may come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import PictureLink
from bot.channels.onebot.cq import escape, id_of, unescape
from bot.channels.onebot.speech import build_parts, build_send, number
from bot.channels.onebot.wire import (
    Beat,
    Befriended,
    Begun,
    FriendAsked,
    Heard,
    Odd,
    Own,
    Recalled,
    Result,
    build_call,
    read_frame,
    token_of,
)
from bot.channels.plain_words import MOST_CHARACTERS, MOST_PARTS, find_pressed, read_number, split, text_of
from bot.messages import OutgoingButton, OutgoingMessage

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
GROUP: dict[str, Any] = {
    "time": 1700000000, "self_id": 10001, "post_type": "message", "message_type": "group", "sub_type": "normal",
    "message_id": 77, "group_id": 555, "user_id": 222, "anonymous": None, "font": 0,
    "message": [{"type": "at", "data": {"qq": "10001"}}, {"type": "text", "data": {"text": " 你好"}}],
    "raw_message": "[CQ:at,qq=10001] 你好",
    "sender": {"user_id": 222, "nickname": "nick", "card": "3栋王阿姨", "role": "member"},
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def hear(**changes: Any) -> Heard:
    heard = read_frame(json.dumps({**GROUP, **changes}))
    assert isinstance(heard, Heard), heard
    return heard


def test_a_group_message_is_read_with_who_said_it_to_whom() -> None:
    heard = hear()
    assert (heard.group_id, heard.user_id, heard.message_id, heard.nickname) == ("555", "222", "77", "3栋王阿姨")
    assert (heard.text, heard.at_me, heard.sent_at) == ("你好", True, datetime.fromtimestamp(1700000000, UTC))


@pytest.mark.parametrize("post_format", ["array", "string", "raw only"])
def test_array_and_string_are_one_message_with_one_name(post_format: str) -> None:
    array = hear()
    other = {"array": {}, "string": {"message": GROUP["raw_message"]}, "raw only": {"message": []}}[post_format]
    assert hear(**other) == array
    assert hear(**other).identity(NOW) == array.identity(NOW)


def test_ids_may_be_numbers_or_texts() -> None:
    texts = {name: str(GROUP[name]) for name in ("self_id", "message_id", "group_id", "user_id", "time")}
    assert hear(**texts) == hear()


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("&#91;通知&#93; 3栋&amp;5栋", "[通知] 3栋&5栋"),
        ("[CQ:image,file=a.jpg,url=http://x/?a=1&amp;b=2&#44;3]漏水", "漏水"),
        ([{"type": "face", "data": {"id": "14"}}], "🙂"),
        ([{"type": "record", "data": {}}], "[语音]"),
        ([{"type": "forward", "data": {"id": "x"}}], "[聊天记录]"),
        ([{"type": "brand_new", "data": None}], "[消息]"),
        ([], "[消息]"),
        (
            [{"type": "at", "data": {"qq": 333, "name": "老李"}}, {"type": "text", "data": {"text": "在吗"}}],
            "@老李 在吗",
        ),
        ([{"type": "text", "data": {"text": "电梯"}}, {"type": "at", "data": {"qq": "10001"}}], "电梯"),
        ({"type": "text", "data": {"text": "一段"}}, "一段"),
        (["电梯", {"type": "text"}, 7, "坏了"], "电梯坏了"),
    ],
)
def test_nothing_of_a_message_is_dropped(message: Any, said: str) -> None:
    assert hear(message=message, raw_message="").text == said


def test_a_picture_alone_is_no_empty_message() -> None:
    heard = hear(message=[{"type": "image", "data": {"file": "a.jpg", "url": "http://cdn/a.jpg"}}])
    assert [one.url for one in heard.pictures] == ["http://cdn/a.jpg"]
    assert hear(message="[CQ:image,file=a,url=u?x=1&amp;y&#44;]").pictures[0].url == "u?x=1&y,"


def test_a_picture_may_lie_where_others_put_its_name() -> None:
    here, whole = "http://cdn/a.jpg", "base64://" + "QUJD" * 1000
    for file, link in ((here, PictureLink(here, here)), (whole, PictureLink("", whole))):
        assert hear(message=[{"type": "image", "data": {"file": file}}]).pictures == (link,)
        assert hear(message=f"[CQ:image,file={file}]").pictures == (link,)
    assert hear(message="[CQ:at,qq=10001]").text == ""  # called, and nothing said


@pytest.mark.parametrize(
    "said", ["@小邻管家\u2005电梯坏了", "电梯坏了 @小邻管家", "@小邻管家 \u2005 电梯坏了", "＠小邻管家　电梯坏了"]
)
def test_the_bots_own_name_is_taken_away_at_both_ends(said: str) -> None:
    heard = read_frame(json.dumps({**GROUP, "message": said, "raw_message": ""}), ("小邻管家",))
    assert isinstance(heard, Heard)
    assert (heard.text, heard.at_me) == ("电梯坏了", True)


def test_who_is_in_the_middle_of_a_sentence_stays() -> None:
    heard = read_frame(json.dumps({**GROUP, "message": "找@小邻管家的人", "raw_message": ""}), ("小邻管家",))
    assert isinstance(heard, Heard)
    assert (heard.text, heard.at_me) == ("找@小邻管家的人", False)


@pytest.mark.parametrize(
    ("frame", "value"),
    [
        ({"post_type": "meta_event", "meta_event_type": "lifecycle", "sub_type": "connect", "self_id": 1}, Begun("1")),
        ({"post_type": "meta_event", "meta_event_type": "heartbeat", "self_id": 1, "interval": 5000,
          "status": {"online": True, "good": True}}, Beat("1", True, 5.0)),
        ({"post_type": "meta_event", "meta_event_type": "heartbeat", "self_id": 1, "status": {"online": False}},
         Beat("1", False, 15.0)),
        ({"post_type": "notice", "notice_type": "group_recall", "self_id": 1, "group_id": 5, "user_id": 2,
          "operator_id": 2, "message_id": -9}, Recalled("1", "5", "2", "-9")),
        ({"post_type": "notice", "notice_type": "friend_recall", "self_id": 1, "user_id": 2, "message_id": 9},
         Recalled("1", "", "2", "9")),
        ({"post_type": "notice", "notice_type": "friend_add", "self_id": 1, "user_id": 2}, Befriended("1", "2")),
        ({"post_type": "request", "request_type": "friend", "self_id": 1, "user_id": 2, "flag": "f"},
         FriendAsked("1", "2", "f")),
        ({"post_type": "message_sent", "self_id": 1, "message_type": "group"}, Own("1")),
        ({**GROUP, "user_id": "10001"}, Own("10001")),
        ({"post_type": "notice", "notice_type": "essence", "self_id": 1}, Odd("notice", "1")),
        ({"post_type": "weather", "self_id": 1}, Odd("unknown_event", "1")),
        ({"data": {}}, Odd("unknown_event", "")),
        ({**GROUP, "user_id": None, "sender": None}, Odd("nobody", "10001")),
        ({"status": "ok", "retcode": 0, "data": {}, "echo": "7"}, Result("7", "ok", 0, "", {}, "")),
        ({"status": "ok", "retcode": 0, "data": {"message_id": "a"}, "echo": {"seq": 1}},
         Result('{"seq": 1}', "ok", 0, "a", {"message_id": "a"}, "")),
        ({"status": "failed", "retcode": 1404, "data": None, "wording": "没有", "echo": 7},
         Result("7", "failed", 1404, "", None, "没有")),
    ],
)  # fmt: skip
def test_each_frame_has_its_value(frame: dict[str, Any], value: Any) -> None:
    assert read_frame(json.dumps(frame)) == value


def test_the_same_message_has_one_name_and_another_has_another() -> None:
    first = hear().identity(NOW)
    assert hear().identity(NOW + timedelta(days=3)) == first
    for other in ({"user_id": 223}, {"time": 1700000001}, {"message": "再见"}, {"message_id": 78}):
        assert hear(**other).identity(NOW) != first


@pytest.mark.parametrize("message_id", [0, -1, None, 1, ""])
def test_messages_are_told_apart_where_the_id_is_always_the_same(message_id: Any) -> None:
    said = [hear(message_id=message_id, message=text).identity(NOW) for text in ("在吗", "电梯坏了")]
    assert said[0] != said[1]
    assert hear(message_id=message_id, message="在吗").identity(NOW) == said[0]
    later = hear(message_id=message_id, message="在吗", time=1700000060).identity(NOW)
    assert later != said[0]


def test_without_id_and_time_the_same_words_are_new_after_ten_minutes() -> None:
    bare = hear(message_id=0, time=0)
    assert bare.identity(NOW) == bare.identity(NOW + timedelta(minutes=9))
    assert bare.identity(NOW) != bare.identity(NOW + timedelta(minutes=10))


@pytest.mark.parametrize("time", [None, "soon", -5, 10**30, 1.5, True, 1700000000000])
def test_odd_times_are_no_error(time: Any) -> None:
    assert hear(time=time).text == "你好"


@given(JSON)
def test_whatever_comes_is_a_value(frame: Any) -> None:
    read_frame(json.dumps(frame))


@given(st.dictionaries(st.sampled_from([*GROUP, "notice_type", "request_type", "meta_event_type"]), JSON, max_size=9),
       st.sampled_from(["message", "notice", "request", "meta_event", "message_sent"]))  # fmt: skip
def test_whatever_stands_in_an_event_it_is_a_value(changes: dict[str, Any], kind: str) -> None:
    frame = read_frame(json.dumps({**GROUP, **changes, "post_type": kind}))
    if isinstance(frame, Heard):
        assert len(frame.identity(NOW)) <= 160
        assert frame.user_id


@given(st.text())
def test_escapes_go_both_ways(text: str) -> None:
    assert unescape(escape(text)) == text
    assert unescape(escape(text, inside=True)) == text


@given(st.text(max_size=3 * MOST_CHARACTERS))
def test_a_long_text_is_split_within_the_limit_and_loses_no_word(text: str) -> None:
    pieces = split(text)
    assert len(pieces) <= MOST_PARTS
    assert all(len(piece) <= MOST_CHARACTERS for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_text_is_cut_between_sentences() -> None:
    pieces = split("请看通知。" * 100, 128)
    assert all(piece.endswith("。") for piece in pieces[:-1])


@pytest.mark.parametrize(
    ("said", "meant"),
    [("1", "1"), ("２", "2"), ("③", "3"), ("回复1", "1"), ("选 2", "2"), ("第1个", "1"), ("1。", "1"), ("01", "1"),
     ("3栋", ""), ("1号楼", ""), ("666", ""), ("一", ""), ("1 2", ""), ("", "")],
)  # fmt: skip
def test_a_bare_number_is_an_answer(said: str, meant: str) -> None:
    assert read_number(said) == meant


def test_a_rating_is_answered_with_its_score_and_other_buttons_with_their_place() -> None:
    rates = [{"label": label, "value": f"rate:7:{n}"} for n, label in ((5, "很满意"), (1, "很不满意"))]
    assert find_pressed("5", rates) == ("很满意", "rate:7:5")
    assert find_pressed("1", rates) == ("很不满意", "rate:7:1")
    assert find_pressed("很满意", rates) == ("很满意", "rate:7:5")
    assert find_pressed("2", [{"label": "我的工单", "value": "mine"}]) is None
    assert find_pressed("1", [{"label": "我的工单", "value": "mine"}]) == ("我的工单", "mine")


def test_card_and_buttons_become_text() -> None:
    card = {"steps": [{"label": "上报", "done": True}, {"label": "办结", "done": False}]}
    message = OutgoingMessage(1, "已登记", buttons=(OutgoingButton("撤回", "withdraw:1"),), card=card)
    assert text_of(message, "回复数字：{buttons}") == "已登记\n●上报 ○办结\n回复数字：1 撤回"


def test_only_the_first_part_quotes_and_names_and_pictures_come_last() -> None:
    first, *_, last = build_parts("长" * (MOST_CHARACTERS + 1), at="222", reply_to="9", pictures=("QUJD",))
    assert [one["type"] for one in first] == ["reply", "at", "text", "text"]
    assert [one["type"] for one in last] == ["text", "image"]


def test_ids_go_out_as_numbers_unless_they_are_none() -> None:
    assert build_send("private", "222", [], through="555") == (
        "send_private_msg",
        {"user_id": 222, "message": [], "group_id": 555},
    )
    assert [number(n) for n in ("555", "wxid_AbC", "007", "")] == [555, "wxid_AbC", "007", ""]
    assert json.loads(build_call("get_status", {}, "e1")) == {"action": "get_status", "params": {}, "echo": "e1"}


@pytest.mark.parametrize(
    ("header", "query", "token"),
    [("Bearer abc", "", "abc"), ("bearer abc", "x", "abc"), ("Token abc", "", "abc"), ("abc", "", "abc"),
     ("", "abc", "abc"), ("", "", ""), ("Basic abc", "", "")],
)  # fmt: skip
def test_a_token_comes_in_the_header_or_in_the_address(header: str, query: str, token: str) -> None:
    assert token_of(header, query) == token


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), ("AbC ", "AbC"), (True, ""), (None, ""), (1.0, "1"), ([], ""), ("x" * 50, "")]
)
def test_an_id_is_text_whatever_it_was(value: Any, text: str) -> None:
    assert id_of(value) == text
