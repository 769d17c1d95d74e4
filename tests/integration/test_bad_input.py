"""What no page should say to the WebSocket of a real server: a clear refusal, nothing stored, the talk goes on."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import WSCloseCode, WSMsgType, WSServerHandshakeError
from sqlalchemy import text

from bot.channels.webchat.signing import COOKIE
from tests.support.chat_client import ChatClient
from tests.support.street import SECRET, Street, ask, hear, open_street

pytestmark = pytest.mark.asyncio(loop_scope="module")
CHINESE = re.compile(r"^[\u4e00-\u9fff].*[\u4e00-\u9fff]")
SEND = {"type": "send", "client_id": "x", "chat_id": 1, "text": SECRET}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Street]:
    async with open_street(tmp_path_factory.mktemp("street")) as opened:
        yield opened


WRONG_FRAMES = {
    "": "bad_json",
    "{": "bad_json",
    "hello": "bad_json",
    "[" * 30_000: "bad_json",
    '{"a":' * 5_000: "bad_json",
    "\x00": "bad_json",
    "<xml/>": "bad_json",
    "null": "bad_frame",
    "[]": "bad_frame",
    "42": "bad_frame",
    "NaN": "bad_frame",
    '"send"': "bad_frame",
    "{}": "unknown_type",
    '{"type": null}': "unknown_type",
    '{"type": ["send"]}': "unknown_type",
    '{"type": "drop table chat_message"}': "unknown_type",
    '{"type": "hello", "seen": {}}': "already_greeted",
    '{"type": "hello", "seen": [1]}': "bad_frame",
    '{"type": "hello", "seen": {"1": 1e400}}': "bad_frame",
    '{"type": "read", "chat_id": "1", "to": 1}': "bad_frame",
    '{"type": "recall", "chat_id": 1, "line_id": -1}': "bad_frame",
    '{"type": "recall", "chat_id": 1, "line_id": 99999999999999999999}': "bad_frame",
    '{"type": "press", "client_id": "x", "chat_id": 1, "line_id": 1, "value": {}}': "no_such_button",
    json.dumps(SEND | {"client_id": "' OR 1=1"}): "bad_frame",
    json.dumps(SEND | {"client_id": "x" * 65}): "bad_frame",
    json.dumps(SEND | {"chat_id": True}): "bad_frame",
    json.dumps(SEND | {"chat_id": 1.5}): "bad_frame",
    json.dumps(SEND | {"chat_id": 2**63}): "bad_frame",
    json.dumps(SEND | {"chat_id": 2**53 - 1}): "not_a_member",
    json.dumps(SEND | {"text": {"a": 1}}): "bad_frame",
    json.dumps(SEND | {"text": ""}): "empty_message",
    json.dumps(SEND | {"text": " \n\t\u3000"}): "empty_message",
    json.dumps(SEND | {"text": "\u0000\u0007\ud800"}): "empty_message",
    json.dumps(SEND | {"text": "x" * 4001}): "text_too_long",
    json.dumps(SEND | {"text": "长" * 100_000}): "frame_too_large",
    json.dumps(SEND | {"pictures": ["../../etc/passwd"]}): "unknown_picture",
    json.dumps(SEND | {"pictures": ["0" * 40] * 10}): "too_many_pictures",
    json.dumps(SEND | {"mentions": list(range(1, 60))}): "bad_frame",
    json.dumps(SEND | {"mentions": ["1"]}): "bad_frame",
    json.dumps(SEND | {"reply_to": "1; DROP TABLE ticket"}): "bad_frame",
}


async def test_every_wrong_frame_is_refused_with_its_code_and_in_chinese(street: Street) -> None:
    who = street.somebody()
    async with street.page(who) as page:
        for raw, code in WRONG_FRAMES.items():
            await page.send_str(raw)
            error = await hear(page, "error")
            assert (error["code"], error["retry_after"]) == (code, None), raw[:80]
            assert CHINESE.search(error["message"]), error
        await page.send_bytes(b"\x00\xff" * 100)
        assert (await hear(page, "error"))["code"] == "binary_frame"
        answer = await ask(page, type="send", client_id="ok", chat_id=who.private_id, text="你好")
        assert answer["fresh"] is True
    assert await street.lines(who.private_id) == 1


async def test_nothing_is_heard_before_the_greeting(street: Street) -> None:
    who = street.somebody()
    async with street.http.ws_connect(street.url + "/ws", headers=street.cookie(who)) as page:
        for kind in ("send", "press", "recall", "read"):
            frame = {"type": kind, "client_id": "x", "chat_id": who.private_id, "text": SECRET}
            await page.send_json(frame | {"line_id": 1, "value": "x", "to": 1})
            assert (await hear(page, "error"))["code"] == "hello_first"
    assert await street.lines(who.private_id) == 0


async def test_odd_texts_are_kept_as_they_are_and_answered(street: Street) -> None:
    odd = {
        "emoji": "😭😭😭🔥👨‍👩‍👧‍👦",
        "long": "楼道灯坏了" * 800,
        "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "sql": "'); DROP TABLE chat_message; --",
        "template": "{{7*7}}${7*7}{nickname}%s%n",
        "bidi": "\u202e了坏梯电\u202c",
        "zalgo": "电" + "\u0301" * 2000,
        "surrogate": "电梯\ud83d坏了",
    }
    for name, said in odd.items():
        who = street.somebody()
        async with ChatClient(street.http, who.token, street.url) as page:
            await page.say(name, who.private_id, said)
            line = (await page.acked(name))["id"]
            await page.until(lambda page=page, line=line: bool(page.answers_to(line)))  # type: ignore[misc]
            await page.until(lambda page=page, line=line: line in page.lines)  # type: ignore[misc]
            assert page.lines[line]["text"] == said.replace("\ud83d", "")
            answer = page.answers_to(line)[0]["text"]
            assert "49" not in answer
        assert await street.lines(who.private_id) == 1


async def test_a_frame_beyond_a_megabyte_ends_only_that_connection(street: Street) -> None:
    who, other = street.somebody(), street.somebody()
    async with street.page(other) as neighbour:
        async with street.page(who) as page:
            await page.send_str("x" * (1024 * 1024 + 1))
            closed = await asyncio.wait_for(page.receive(), 10)
            assert closed.type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
            assert page.close_code == WSCloseCode.MESSAGE_TOO_BIG
        async with street.page(who) as page:
            assert (await ask(page, type="send", client_id="a", chat_id=who.private_id, text="我回来了"))["fresh"]
        await neighbour.send_json({"type": "ping"})
        await hear(neighbour, "pong")


async def test_the_same_message_at_once_over_many_pages_is_one(street: Street) -> None:
    who = street.somebody()

    async def say() -> tuple[int, bool]:
        async with street.page(who) as page:
            ack = await ask(page, type="send", client_id="same", chat_id=who.private_id, text="3栋2单元漏水了")
            return ack["id"], ack["fresh"]

    heard = await asyncio.gather(*(say() for _ in range(8)))
    assert len({line for line, _ in heard}) == 1
    assert sum(fresh for _, fresh in heard) == 1
    assert await street.lines(who.private_id) == 1


async def test_a_button_works_for_whom_it_was_meant_and_only_as_it_stands(street: Street) -> None:
    who, neighbour = street.somebody(), street.somebody()
    async with ChatClient(street.http, who.token, street.url) as page:
        await page.say("q", who.group_id, "@小邻 路灯不亮了")
        line = (await page.acked("q"))["id"]
        await page.until(lambda: any(li["buttons"] for li in page.answers_to(line)))
        asked = next(li for li in page.answers_to(line) if li["buttons"])
        value = asked["buttons"][0]["value"]
        press = {"type": "press", "client_id": "p", "chat_id": who.group_id, "line_id": asked["id"], "value": value}
        async with street.page(neighbour) as other:
            assert (await ask(other, **press))["code"] == "not_your_button"
            assert (await ask(other, **press | {"line_id": line}))["code"] == "no_such_button"
            assert (await ask(other, **press | {"chat_id": neighbour.private_id}))["code"] == "unknown_line"
        async with street.page(who) as own:
            assert (await ask(own, **press | {"value": value + "0"}))["code"] == "no_such_button"
            assert (await ask(own, **press))["fresh"] is True
            assert (await ask(own, **press))["fresh"] is False


async def test_a_forged_cookie_is_let_in_nowhere(street: Street) -> None:
    who = street.somebody()
    for forged in ("", "x", who.token[:-1], who.token + "A", "' OR 1=1--", "0" * 43, "é" * 20, "x" * 4000):
        headers = {"Cookie": f"{COOKIE}={forged}"}
        with pytest.raises(WSServerHandshakeError) as refused:
            await street.http.ws_connect(street.url + "/ws", headers=headers)
        assert refused.value.status == 401
        async with street.http.get(street.url + "/api/chat/groups", headers=headers) as answer:
            assert answer.status == 401
            assert (await answer.json())["code"] == "not_signed_in"


async def test_a_broken_database_is_told_as_such_and_its_error_holds_no_words(street: Street) -> None:
    who = street.somebody()
    async with ChatClient(street.http, who.token, street.url) as page:
        await page.until(lambda: page.connected)
        await street.is_quiet()  # what others said is settled: no step of it is broken off
        async with street.db.write() as session:
            await session.execute(text("ALTER TABLE inbox RENAME TO inbox_away"))
        try:
            await page.say("b", who.private_id, SECRET)
            await page.until(lambda: bool(page.errors))
            assert (page.errors[0]["code"], page.errors[0]["client_id"]) == ("server_error", "b")
            async with street.http.get(street.url + "/health") as health:
                assert health.status == 503
        finally:
            async with street.db.write() as session:
                await session.execute(text("ALTER TABLE inbox_away RENAME TO inbox"))
        line = (await page.acked("b"))["id"]
        await page.until(lambda: bool(page.answers_to(line)))
    assert await street.lines(who.private_id) == 1
    words = street.bot.words()
    assert "chat_frame_failed" in words
    assert "周老太太" not in words
    assert "13800001234" not in words
