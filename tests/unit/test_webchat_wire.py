"""Frames of the page are read strictly and refused with a stable code."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.webchat.errors import BadFrame
from bot.channels.webchat.joining import clean_nickname
from bot.channels.webchat.limits import Buckets
from bot.channels.webchat.wire import Hello, Press, Read, Recall, Send, clean_text, read_frame
from bot.inbox import MAX_TEXT

SEND = {"type": "send", "client_id": "c1", "chat_id": 7, "text": "漏水了"}
PICTURE = "a" * 40


def code_of(raw: str) -> str:
    with pytest.raises(BadFrame) as refused:
        read_frame(raw)
    return refused.value.code


def code_of_send(**changes: Any) -> str:
    return code_of(json.dumps(SEND | changes))


def test_each_frame_becomes_its_value() -> None:
    assert read_frame('{"type":"hello","seen":{"7":12}}') == Hello({7: 12})
    assert read_frame('{"type":"recall","chat_id":7,"line_id":3}') == Recall(7, 3)
    assert read_frame('{"type":"read","chat_id":7,"to":3}') == Read(7, 3)
    press = '{"type":"press","client_id":"x","chat_id":7,"line_id":3,"value":"rate:1:5"}'
    assert read_frame(press) == Press("x", 7, 3, "rate:1:5")
    full = SEND | {"pictures": [PICTURE], "reply_to": 3, "mentions": [5, 5]}
    assert read_frame(json.dumps(full)) == Send("c1", 7, "漏水了", (PICTURE,), 3, (5,))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "bad_json"),
        ("{", "bad_json"),
        ("[" * 60_000, "bad_json"),
        ("9" * 5000, "bad_json"),
        ("[]", "bad_frame"),
        ("null", "bad_frame"),
        ("{}", "unknown_type"),
        ('{"type":7}', "unknown_type"),
        ('{"type":["send"]}', "unknown_type"),
        ('{"type":"drop table"}', "unknown_type"),
        ('{"type":"hello","seen":[]}', "bad_frame"),
        ('{"type":"hello","seen":{"x":1}}', "bad_frame"),
        ('{"type":"hello","seen":{"7":-1}}', "bad_frame"),
        ('{"type":"read","chat_id":7,"to":true}', "bad_frame"),
        ('{"type":"recall","chat_id":7,"line_id":9007199254740993}', "bad_frame"),
        ('{"type":"press","client_id":"x","chat_id":7,"line_id":3,"value":""}', "no_such_button"),
    ],
)
def test_a_wrong_frame_has_a_code(raw: str, code: str) -> None:
    assert code_of(raw) == code


def test_a_wrong_field_of_a_message_has_a_code() -> None:
    assert code_of_send(text="") == "empty_message"
    assert code_of_send(text=" \x00\u0007 ") == "empty_message"
    assert code_of_send(text=["x"]) == "bad_frame"
    assert code_of_send(chat_id="7") == "bad_frame"
    assert code_of_send(client_id="<script>") == "bad_frame"
    assert code_of_send(client_id=None) == "bad_frame"
    assert code_of_send(pictures=["../../etc/passwd"]) == "unknown_picture"
    assert code_of_send(pictures=[f"{n:040x}" for n in range(10)]) == "too_many_pictures"
    assert code_of_send(mentions=[True]) == "bad_frame"


def test_a_long_text_is_refused_with_its_length_and_client_id() -> None:
    with pytest.raises(BadFrame) as refused:
        read_frame(json.dumps(SEND | {"text": "长" * (MAX_TEXT + 1)}, ensure_ascii=False))
    assert (refused.value.code, refused.value.client_id) == ("text_too_long", "c1")
    assert refused.value.params == {"limit": MAX_TEXT, "length": MAX_TEXT + 1}


def test_a_frame_beyond_the_limit_still_tells_which_message_it_was() -> None:
    with pytest.raises(BadFrame) as refused:
        read_frame(json.dumps(SEND | {"text": "长" * 100_000}, ensure_ascii=False))
    assert (refused.value.code, refused.value.client_id) == ("frame_too_large", "c1")


def test_emoji_alone_are_a_message_and_half_an_emoji_is_not_kept() -> None:
    emoji = read_frame(json.dumps(SEND | {"text": "👍🏽👨‍👩‍👧"}))
    assert isinstance(emoji, Send)
    assert emoji.text == "👍🏽👨‍👩‍👧"
    half = read_frame('{"type":"send","client_id":"c","chat_id":1,"text":"好\\ud83d"}')
    assert isinstance(half, Send)
    assert half.text == "好"


@pytest.mark.parametrize("text", ["@小邻 在吗", "＠小邻在吗", "請問@小鄰"])
def test_the_bot_is_mentioned_in_either_script(text: str) -> None:
    frame = read_frame(json.dumps(SEND | {"text": text}))
    assert isinstance(frame, Send)
    assert frame.mentions_bot


@given(st.text())
def test_any_text_can_be_stored_after_cleaning(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned
    assert clean_text(cleaned) == cleaned


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda c: st.lists(c) | st.dictionaries(st.text(), c),
    )
)
def test_no_json_breaks_the_reader(value: Any) -> None:
    for data in (value, {"type": "send", "text": value, "chat_id": value}, {"type": "hello", "seen": value}):
        with contextlib.suppress(BadFrame):
            read_frame(json.dumps(data))


def test_a_nickname_holds_nothing_invisible() -> None:
    assert clean_nickname(" 张\u200b阿姨\u202e\n ") == "张阿姨"


def test_the_bucket_empties_and_fills_evenly() -> None:
    buckets, now = Buckets(30), datetime(2026, 11, 22, tzinfo=UTC)
    assert [buckets.try_take(1, now) for _ in range(31)] == [True] * 30 + [False]
    assert buckets.try_take(2, now)
    assert buckets.try_take(1, now + timedelta(seconds=2))
    assert not buckets.try_take(1, now + timedelta(seconds=2))
