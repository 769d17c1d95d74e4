"""OneBot's dialect as others read and write it: nonebot2's adapter and aiocqhttp, neither written here."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from typing import Any

import aiocqhttp
from hypothesis import given
from hypothesis import strategies as st
from nonebot.adapters.onebot import v11

from bot.channels.onebot.cq import build_cq, read_cq, read_segments
from bot.channels.onebot.speech import build_parts, build_send
from bot.channels.onebot.wire import Heard, has_signature, read_event

ME = "10001"
TEXTS = st.text(
    st.sampled_from("电梯坏了3栋 ,[]&;=：#CQatg@😀\n")
    | st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=20,
)  # fmt: skip
NUMBERS = st.integers(10002, 2**40)
PIECES = st.one_of(
    TEXTS.map(lambda text: {"type": "text", "data": {"text": text}}),
    st.just({"type": "at", "data": {"qq": ME}}),
    NUMBERS.map(lambda qq: {"type": "at", "data": {"qq": str(qq)}}),
    st.just({"type": "at", "data": {"qq": "all"}}),
    st.integers(-(2**31), 2**31 - 1).map(lambda n: {"type": "reply", "data": {"id": str(n)}}),
    TEXTS.map(lambda url: {"type": "image", "data": {"file": "a.jpg", "url": url}}),
    st.integers(0, 300).map(lambda n: {"type": "face", "data": {"id": str(n)}}),
)
MESSAGES = st.lists(PIECES, min_size=1, max_size=8)


def event(message: Any, **more: Any) -> dict[str, Any]:
    return {
        "time": 1795312101, "self_id": int(ME), "post_type": "message", "message_type": "group", "sub_type": "normal",
        "message_id": 77, "group_id": 555, "user_id": 222, "anonymous": None, "font": 0, "message": message,
        "raw_message": message if isinstance(message, str) else "", "sender": {"user_id": 222, "nickname": "王阿姨"},
        **more,
    }  # fmt: skip


def plain(segments: Any) -> list[tuple[str, dict[str, str]]]:
    """Pieces as comparable values; texts that follow each other are one."""
    found: list[tuple[str, dict[str, str]]] = []
    for one in segments:
        kind, data = (one["type"], one["data"]) if isinstance(one, dict) else (one.kind, one.data)
        if kind == "text" and found and found[-1][0] == "text":
            found[-1] = ("text", {"text": found[-1][1]["text"] + data["text"]})
        elif kind != "text" or data["text"]:
            found.append((kind, {name: str(value) for name, value in data.items()}))
    return found


def cq(message: Any) -> aiocqhttp.Message:
    """A message of aiocqhttp, which writes into what it is given."""
    return aiocqhttp.Message(copy.deepcopy(message))


def theirs(message: v11.Message) -> list[dict[str, Any]]:
    return [{"type": one.type, "data": one.data} for one in message]


@given(MESSAGES)
def test_a_string_written_by_either_of_them_is_read_as_the_array_it_was(pieces: list[dict[str, Any]]) -> None:
    for written in (str(v11.Message([v11.MessageSegment(**p) for p in pieces])), str(cq(pieces))):
        assert plain(read_cq(written)) == plain(pieces)


@given(MESSAGES)
def test_a_string_written_here_is_read_by_both_as_the_array_it_was(pieces: list[dict[str, Any]]) -> None:
    written = build_cq(read_segments(pieces))
    assert plain(theirs(v11.Message(written))) == plain(pieces)
    assert plain([dict(one) for one in cq(written)]) == plain(pieces)


@given(st.text(st.sampled_from("[]CQ:at,=q1&#9;amp 文"), max_size=40))
def test_what_only_looks_like_a_code_is_text_to_all_three(text: str) -> None:
    ours = plain(read_cq(text))
    assert ours == plain([dict(one) for one in cq(text)])
    try:
        adapters = v11.Message(text)
    except ValueError:  # the adapter cannot read a value without "="
        return
    assert ours == plain(theirs(adapters))


@given(MESSAGES, st.booleans())
def test_text_mentions_and_quote_of_an_event_are_what_both_find(pieces: list[dict[str, Any]], as_text: bool) -> None:
    raw = event(str(cq(pieces)) if as_text else pieces)
    heard = read_event(raw)
    parsed, other = v11.GroupMessageEvent.model_validate(raw), aiocqhttp.Event.from_payload(json.loads(json.dumps(raw)))
    assert isinstance(heard, Heard)
    assert other is not None
    for said in (theirs(parsed.message), [dict(one) for one in cq(other.message)]):
        mentioned = [one["data"]["qq"] for one in said if one["type"] == "at"]
        assert heard.at_me == (ME in mentioned)
        assert heard.at_all == ("all" in mentioned)
        assert list(heard.at) == list(dict.fromkeys(qq for qq in mentioned if qq not in (ME, "all")))
        quoted = [one["data"]["id"] for one in said if one["type"] == "reply"]
        assert heard.reply_to == (quoted[-1] if quoted else "")
        pictures = [one["data"]["url"] for one in said if one["type"] == "image"]
        assert [one.url for one in heard.pictures] == pictures
        for text in (one["data"]["text"] for one in said if one["type"] == "text"):
            assert text.strip() in heard.text
    assert (heard.user_id, heard.group_id) == (str(parsed.user_id), str(parsed.group_id)) == ("222", "555")
    assert (heard.message_id, str(other.message_id)) == ("77", "77")


@given(TEXTS, st.booleans(), st.booleans())
def test_what_we_send_is_a_message_to_both(text: str, named: bool, quoting: bool) -> None:
    parts = build_parts(text, at="222" if named else "", reply_to="-12" if quoting else "")
    for segments in parts:
        action, params = build_send("group", "555", segments)
        again = v11.Message([v11.MessageSegment(**one) for one in json.loads(json.dumps(params))["message"]])
        assert plain(theirs(again)) == plain(segments)
        assert plain([dict(one) for one in cq(segments)]) == plain(segments)
        assert (action, params["group_id"]) == ("send_group_msg", 555)
    kinds = [one["type"] for one in parts[0]]
    assert kinds == ["reply"] * quoting + ["at", "text"] * named + ["text"]
    reply, at = v11.MessageSegment.reply(-12), v11.MessageSegment.at(222)
    assert not quoting or parts[0][0] == {"type": reply.type, "data": reply.data}
    assert not named or parts[0][kinds.index("at")] == {"type": at.type, "data": at.data}


@given(st.binary(max_size=200), st.text(min_size=1, max_size=20))
def test_a_signature_as_both_make_it_is_right_and_any_other_is_not(body: bytes, secret: str) -> None:
    made = "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()  # as both frameworks' sources compare it
    assert has_signature(secret, body, made)
    assert not has_signature(secret, body + b"x", made)
    assert not has_signature(secret + "x", body, made)
    assert not has_signature(secret, body, "")
