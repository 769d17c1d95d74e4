"""The callback of AI bots: verified, heard once, answered in the bubble or at the address, never left open."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from actions.tickets.model import Ticket
from bot.channels.wecom.crypto import MessageCrypt, sign
from bot.messages import OutgoingButton
from bot.storage.channels import set_state
from bot.storage.tables import InboxRow
from tests.needs import node_package
from tests.peers.wecom_town import AES_KEY, CALLBACK_FORM, TOKEN, WecomTown, add_hook, open_wecom

FAULT = "@小邻 3栋2单元的电梯又停了，麻烦派人修一下"
SEAL_IN_NODE = """
const crypto = require(process.argv[1]);
const [token, key, stamp, nonce, text] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const encrypt = crypto.encrypt(key, text, '');
console.log(JSON.stringify({encrypt, signature: crypto.getSignature(token, stamp, nonce, encrypt)}));
"""
OPEN_IN_NODE = """
const crypto = require(process.argv[1]);
const [token, key, answer] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const signed = crypto.getSignature(token, answer.timestamp, answer.nonce, answer.encrypt) === answer.msgsignature;
console.log(JSON.stringify({signed, text: crypto.decrypt(key, answer.encrypt).message}));
"""


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[WecomTown]:
    async with open_wecom(tmp_path, CALLBACK_FORM) as opened:
        await opened.service.look()
        yield opened


def node(script: str, *values: Any) -> Any:
    ran = subprocess.run(["node", "-e", script, str(node_package("@wecom/crypto"))], input=json.dumps(values),
                         capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
    return json.loads(ran.stdout)


async def test_the_platform_finds_us_and_its_own_cipher_talks_with_ours(town: WecomTown) -> None:
    url = town.server.make_url(f"/wecom/bot/{town.account_id}")
    stamp = str(int(town.world.clock.now().timestamp()))
    sealed = node(SEAL_IN_NODE, TOKEN, AES_KEY, stamp, "n1", "1616140317555161061")
    query = {"msg_signature": sealed["signature"], "timestamp": stamp, "nonce": "n1", "echostr": sealed["encrypt"]}
    async with town.http.get(url, params=query) as answer:
        assert (answer.status, await answer.text()) == (200, "1616140317555161061")
    assert (await town.service.test(town.account_id))[0].phrase == "console.channel_test.bot_called"

    body = town.gateway.message(FAULT)
    sealed = node(SEAL_IN_NODE, TOKEN, AES_KEY, stamp, "n2", json.dumps(body))
    query = {"msg_signature": sealed["signature"], "timestamp": stamp, "nonce": "n2"}
    async with await town.post(query, json.dumps({"encrypt": sealed["encrypt"]})) as answer:
        opened = node(OPEN_IN_NODE, TOKEN, AES_KEY, json.loads(await answer.text()))
    assert opened["signed"]
    assert json.loads(opened["text"])["stream"]["finish"] is False
    assert [line.text for line in await town.heard(1)] == ["3栋2单元的电梯又停了，麻烦派人修一下"]


async def test_the_bubble_opens_at_once_is_filled_when_asked_and_finished_when_all_is_said(town: WecomTown) -> None:
    body = town.gateway.message(FAULT)
    opening = await town.call(body)
    stream = opening["stream"]["id"]
    assert (opening["msgtype"], opening["stream"]["finish"]) == ("stream", False)
    assert [await town.call(body) for _ in range(2)] == [opening, opening]  # the same one, come again
    before = await town.refresh(stream)
    assert before["stream"]["finish"] is False
    await town.world.settle()
    await town.settled("todo")

    async def filled() -> Any:
        found = await town.refresh(stream)
        return found if "电梯" in found["stream"]["content"] else None

    told = await town.until(filled)
    assert told["stream"]["finish"] is True
    rows = await town.settled("sent")
    assert len(rows) == 1
    again = await town.refresh(stream)  # the answer was lost on the way
    assert again["stream"] == told["stream"]
    assert await town.counted("repeated") == 2
    async with town.world.parts.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1


async def test_a_restart_in_between_finishes_the_bubble_all_the_same(town: WecomTown) -> None:
    stream = (await town.call(town.gateway.message(FAULT)))["stream"]["id"]
    await town.world.settle()
    service = town.service
    await service.close()
    await service.start()
    await service.look()

    async def filled() -> Any:
        town.world.clock.advance(timedelta(seconds=5))  # what was claimed is free again after a minute
        found = await town.refresh(stream)
        return found if found["stream"]["finish"] else None

    assert "电梯" in (await town.until(filled))["stream"]["content"]
    await town.settled("sent")


async def test_nobody_is_left_with_an_open_bubble(town: WecomTown) -> None:
    stream = (await town.call(town.gateway.message("@小邻 在吗")))["stream"]["id"]
    town.world.clock.advance(timedelta(minutes=5, seconds=31))  # nothing handled it, the worker is down
    last = await town.refresh(stream)
    assert (last["stream"]["finish"], last["stream"]["content"]) == (True, "收到了，办好马上回您。")
    unknown = await town.refresh("of somebody else")
    assert unknown["stream"]["finish"] is True


async def test_when_the_platform_asks_no_more_the_address_is_called_once(town: WecomTown) -> None:
    url = f"{town.service._tools.platform.api}/cgi-bin/aibot/response?response_code=one"
    await town.call(town.gateway.message(FAULT, response_url=url))
    await town.world.settle()
    await town.settled("sent", step=timedelta(seconds=5))
    assert [code for code, _ in town.gateway.answers] == ["one"]
    assert "电梯" in town.gateway.answers[0][1]["markdown"]["content"]
    line = (await town.lines())[0]
    await town.put("师傅出发了", to_resident_id=line.resident_id)
    await town.settled("sent", "failed")
    assert not town.gateway.broken
    assert "may_not_speak_first" in await town.faults()


async def test_an_address_that_gave_no_answer_is_called_again_for_the_same_words_only(town: WecomTown) -> None:
    url = f"{town.service._tools.platform.api}/cgi-bin/aibot/response?response_code=one"
    await town.call(town.gateway.message(FAULT, response_url=url))
    await town.world.settle()
    faults = iter([None])
    town.gateway.fault = lambda body: next(faults, 0)
    await town.settled("sent", step=timedelta(seconds=5))
    assert len(town.gateway.answers) == 1
    assert "no_answer" in await town.faults()


async def test_an_address_elsewhere_is_never_called(town: WecomTown) -> None:
    here = str(town.server.make_url("/cgi-bin/aibot/response?response_code=x"))
    await town.call(town.gateway.message(FAULT, response_url=here))
    await town.world.settle()
    await town.settled("failed", step=timedelta(seconds=5))
    assert town.gateway.answers == []


async def test_buttons_come_with_the_finished_bubble_and_a_press_changes_the_card(town: WecomTown) -> None:
    stream = (await town.call(town.gateway.message("@小邻 你好")))["stream"]["id"]
    line = (await town.heard(1))[0]
    await town.put("要我做什么？", answers_id=line.id, buttons=(OutgoingButton("我的工单", "mine"),),
                   to_resident_id=line.resident_id)  # fmt: skip
    await town.world.settle()

    async def carded() -> Any:
        found = await town.refresh(stream)
        return found.get("template_card")

    card = await town.until(carded)
    await town.settled("sent")
    press = {"card_type": "button_interaction", "event_key": "mine", "task_id": card["task_id"]}
    event = town.gateway.event("template_card_event", template_card_event=press)
    update = await town.call(event)
    assert (update["response_type"], update["userids"]) == ("update_template_card", ["wangayi"])
    assert update["template_card"]["task_id"] == card["task_id"]
    await town.call(event)
    assert [(one.text, one.button) for one in (await town.heard(2))[1:]] == [("我的工单", "mine")]


async def test_the_group_robot_says_what_nobody_asked_for(town: WecomTown) -> None:
    await add_hook(town, voice=True)
    await town.put()
    await town.settled("sent")
    assert town.gateway.bodies[0]["text"]["content"] == "今晚停水，请备水"


async def test_strangers_replays_and_lies_are_turned_away_before_anything_is_read(town: WecomTown) -> None:
    good = town.gateway.message(FAULT)
    query, body = town.sealed(good)
    wrong = {**query, "msg_signature": "0" * 40}
    old = town.sealed(good, stamp=int(town.world.clock.now().timestamp()) - 7200)
    cases = [
        (wrong, body, 403, "signature_wrong"),
        ({**query, "nonce": "other"}, body, 403, "signature_wrong"),
        (*old, 403, "stale"),
        ({**query, "timestamp": "9" * 400}, body, 403, "stale"),
        ({**query, "timestamp": "0" * 12 + "9" * 12}, body, 403, "stale"),
        ({}, body, 400, "token_missing"),
        (query, "{", 400, "envelope_wrong"),
        (query, "[" * 100_000, 400, "envelope_wrong"),
        (query, '<!DOCTYPE x [<!ENTITY e "e">]><xml><Encrypt>&e;</Encrypt></xml>', 400, "envelope_wrong"),
        (query, io.BytesIO(b"x" * (1024 * 1024 + 1)), 413, "too_large"),
        (*town.sealed(good, crypt=MessageCrypt(TOKEN, AES_KEY, "ww1436e0e65a779aee")), 400, "receiver_wrong"),
        (*town.sealed(good, crypt=MessageCrypt(TOKEN, "A" * 43, "")), 400, None),
        (*_lying(town), 400, "buffer_wrong"),
    ]
    for asked, said, status, code in cases:
        async with await town.post(asked, said) as answer:
            assert answer.status == status, (code, await answer.text())
            if code:
                assert await answer.text() == code
    async with town.http.post(town.server.make_url("/wecom/bot/999"), params=query, data=body) as answer:
        assert answer.status == 404
    assert await town.counted("signature_wrong", 0) == 2
    async with town.world.parts.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(InboxRow)) == 0
    for _ in range(3):  # a replay within the hour is a repetition
        async with await town.post(query, body) as answer:
            assert answer.status == 200
    assert len(await town.heard(1)) == 1


async def test_who_never_ends_what_they_say_is_not_waited_for(town: WecomTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.bodies.PATIENCE_S", 0.05)
    query, _ = town.sealed(town.gateway.message(FAULT))
    told = asyncio.Event()

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await told.wait()

    async with await town.post(query, never()) as answer:
        assert (answer.status, await answer.text()) == (408, "too_slow")
    told.set()
    assert await town.counted("too_slow", 0) == 1


def _lying(town: WecomTown) -> tuple[dict[str, str], str]:
    """A cipher whose length says more than is there, well signed."""
    crypt = MessageCrypt(TOKEN, AES_KEY, "", prefix=lambda: b"0" * 16 + b"\x7f\xff\xff\xff")
    stamp = str(int(town.world.clock.now().timestamp()))
    encrypt = crypt.encrypt(b"")
    query = {"msg_signature": sign(TOKEN, stamp, "n", encrypt), "timestamp": stamp, "nonce": "n"}
    return query, json.dumps({"encrypt": encrypt})


async def test_while_paused_it_hears_nothing_and_finishes_what_is_open(town: WecomTown) -> None:
    stream = (await town.call(town.gateway.message("@小邻 在吗")))["stream"]["id"]
    async with town.world.parts.db.write() as session:
        await set_state(session, town.account_id, paused_at=town.world.clock.now())
    await town.service.look()
    assert (await town.refresh(stream))["stream"]["finish"] is True
    assert await town.call(town.gateway.message("@小邻 还在吗")) == {}
    assert len(await town.lines()) == 1
