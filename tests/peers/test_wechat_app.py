"""A WeCom app: what is said is heard once and answered once, whatever the platform does."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channel_accounts import AccountForm
from bot.messages import OutgoingButton, OutgoingMessage
from bot.outbox import Outgoing, enqueue
from bot.storage.tables import Chat
from tests.peers.platforms import CORP_SECRET, Caller, Qyapi
from tests.peers.wechat_town import APP_FORM, OFFICIAL_FORM, WeChatTown, a_picture, open_wechat


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[WeChatTown]:
    async with open_wechat(tmp_path) as opened:
        yield opened


async def put(town: WeChatTown, *texts: str, **more: Any) -> None:
    """Words for the one who wrote first."""
    chat_id = (await town.lines())[0].chat_id
    async with town.world.parts.db.write() as session:
        chat = await session.get_one(Chat, chat_id)
        now = town.world.clock.now()
        await enqueue(session, [Outgoing(OutgoingMessage(chat_id, text, **more), chat) for text in texts], now)


async def test_the_address_is_verified_and_what_is_said_is_heard_once(town: WeChatTown) -> None:
    query, echo = town.caller.verify(town.world.clock.now())
    async with town.http.get(town.url(), params=query) as answer:
        assert (answer.status, await answer.text()) == (200, echo)
    async with town.http.get(town.url(), params={**query, "msg_signature": "0" * 40}) as answer:
        assert answer.status == 403
    assert (await town.account()).state == "connected"

    now = town.world.clock.now()
    first = town.caller.message("3栋的电梯坏了", "WangAyi", now)
    other = {**first, "FromUserName": "LaoLi", "Content": "5栋没水"}  # the platform's ids are not unique
    late = town.caller.message("在二单元", "WangAyi", now - timedelta(seconds=3))
    assert await asyncio.gather(*(town.call(first) for _ in range(3))) == [(200, "")] * 3
    for told in (other, late, first, other):
        assert await town.call(told) == (200, "")
    await town.settle()
    assert sorted(line.text for line in await town.lines()) == ["3栋的电梯坏了", "5栋没水", "在二单元"]
    assert await town.counted("heard") == 3
    assert await town.counted("repeated") == 4
    said = town.platform.said()
    assert len(said) == len(set(said))
    assert len([one for one in said if "电梯" in one and "单号" in one]) == 1
    assert (await town.account()).state == "connected"


async def test_a_worn_token_costs_one_retry_and_a_wrong_secret_loses_nothing(town: WeChatTown) -> None:
    await town.say("你好")
    await town.settle()
    town.platform.revoke()
    await put(town, "一")
    await town.settle()
    assert town.platform.said()[-1] == "一"
    assert town.platform.asked["token"] == 2
    assert town.platform.asked["message/send"] == len(town.platform.said()) + 1

    town.platform.revoke()
    refuse = {"errcode": 40001, "errmsg": "invalid credential"}
    town.platform.fault = lambda path, _payload: refuse if path == "token" else None
    await put(town, "二", "三")
    await town.settle()
    asked = town.platform.asked.copy()
    for _ in range(5):  # it is left alone
        await town.settle()
    assert town.platform.asked == asked
    assert (await town.account()).state == "refused"
    assert [row.attempts for row in await town.outbox() if row.state == "todo"] == [0, 0]
    assert (await town.findings())[0] == ("密钥不对（40001）。请到平台后台重新复制密钥，存好后再试。", False)

    town.platform.fault = lambda _path, _payload: None
    town.world.clock.advance(timedelta(minutes=6))
    await town.settle()
    assert town.platform.said()[-2:] == ["二", "三"]
    assert (await town.account()).state == "connected"
    assert [good for _, good in await town.findings()] == [True, True, True]


async def test_a_storm_of_too_often_is_waited_out_with_one_call_a_minute(town: WeChatTown) -> None:
    await town.say("你好")
    await town.settle()
    before = len(town.platform.said())
    town.platform.fault = lambda path, _p: {"errcode": 45009, "errmsg": "freq"} if path == "message/send" else None
    words = [f"第{n}句" for n in range(12)]
    await put(town, *words)
    asked = town.platform.asked["message/send"]
    for _minute in range(20):
        await town.settle()
        town.world.clock.advance(timedelta(seconds=66))
    assert 20 <= town.platform.asked["message/send"] - asked <= 21
    assert {row.attempts for row in await town.outbox() if row.state == "todo"} == {0}
    town.platform.fault = lambda _path, _payload: None
    await town.settle()
    assert town.platform.said()[before:] == words
    assert "too_often" in await town.faults()


async def test_no_more_than_the_platform_delivers_goes_to_one_person_in_a_minute(town: WeChatTown) -> None:
    await town.say("你好")
    await town.settle()
    town.world.clock.advance(timedelta(minutes=2))
    before = len(town.platform.said())
    await put(town, *(f"第{n}句" for n in range(60)))
    spent = []
    for _minute in range(4):
        await town.settle()
        spent.append(len(town.platform.said()) - before - sum(spent))
        town.world.clock.advance(timedelta(seconds=61))
    assert max(spent) <= 25
    assert town.platform.said()[before:] == [f"第{n}句" for n in range(60)]


async def test_many_pieces_are_many_calls_and_none_is_dropped_in_silence(town: WeChatTown) -> None:
    await town.say("你好")
    await town.settle()
    town.world.clock.advance(timedelta(minutes=2))
    before = len(town.platform.said())
    long = "消防通道里不能停车，请各位邻居相互转告。" * 140  # five pieces
    await put(town, *(f"第{n}份。{long}" for n in range(20)))
    for _minute in range(4):
        await town.settle()
        town.world.clock.advance(timedelta(seconds=61))
    assert isinstance(town.platform, Qyapi)
    said = town.platform.said()[before:]
    assert (len(said), town.platform.dropped) == (100, 0)
    assert [text.partition("份")[0] for text in said[::5]] == [f"第{n}" for n in range(20)]
    assert await town.counted("put_off") > 0


async def test_a_counter_for_tokens_that_is_down_loses_nothing(town: WeChatTown) -> None:
    await town.say("你好")
    await town.settle()
    town.platform.revoke()
    town.platform.fault = lambda path, _payload: 500 if path == "token" else None
    await put(town, "一")
    for _ in range(4):
        await town.settle()
        town.world.clock.advance(timedelta(minutes=3))
    assert (await town.outbox())[-1].state == "todo"
    town.platform.fault = lambda _path, _payload: None
    await town.settle()
    assert town.platform.said()[-1] == "一"


async def test_what_may_have_arrived_is_sent_once_more_and_compared_by_the_platform(town: WeChatTown) -> None:
    await town.say("你好")
    await town.settle()
    answers: Any = itertools.chain([500, {"errcode": -1, "errmsg": "busy"}], itertools.repeat(None))
    sent: list[dict[str, Any]] = []

    def fault(path: str, payload: dict[str, Any]) -> Any:
        if path == "message/send":
            sent.append(payload)
            return next(answers)
        return None

    town.platform.fault = fault
    await put(town, "一")
    for _ in range(3):
        await town.settle()
        town.world.clock.advance(timedelta(minutes=1))
    assert [payload.get("enable_duplicate_check", 0) for payload in sent] == [0, 1, 1]
    assert [payload["text"]["content"] for payload in sent] == ["一"] * 3
    town.platform.members.discard("WangAyi")
    await put(town, "二")
    await town.settle()
    assert (await town.outbox())[-1].state == "failed"
    assert "unreachable" in await town.faults()
    town.platform.members.add("WangAyi")
    await town.say("我回来了")
    await town.settle()
    assert "二" in town.platform.said()


async def test_strangers_and_liars_are_turned_away_and_counted(town: WeChatTown) -> None:
    now = town.world.clock.now()
    told = town.caller.message("你好", "WangAyi", now)
    query, body = town.caller.post(told)
    elsewhere = Caller()
    elsewhere.crypt = replace(elsewhere.crypt, receiveid="ww-of-somebody-else")
    wrong_key = Caller()
    wrong_key.crypt = replace(wrong_key.crypt, encoding_aes_key="kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR")
    dtd = '<!DOCTYPE xml [<!ENTITY a "ha">]><xml><Encrypt>&a;</Encrypt></xml>'
    assert (await town.post({**query, "msg_signature": "0" * 40}, body))[0] == 403
    assert (await town.post({}, body))[0] == 403
    for hours in (-2, 2):
        old = town.caller.post(town.caller.message("你好", "WangAyi", now + timedelta(hours=hours)))
        assert await town.post(*old) == (403, "stale")
    assert (await town.post(query, dtd))[0] == 400
    assert (await town.post(query, "<xml>"))[0] == 400
    assert (await town.post(query, "<xml><Content>plain</Content></xml>"))[0] == 403
    assert (await town.post(query, io.BytesIO(b"x" * (1024 * 1024 + 1))))[0] == 413
    assert (await town.post(*elsewhere.post(told)))[0] == 403
    assert (await town.post(*wrong_key.post(told)))[0] == 403
    async with town.http.post(town.url("/wecom/app/999"), params=query, data=body) as answer:
        assert answer.status == 404
    async with town.http.post(town.url(f"/wechat/official/{town.account_id}"), params=query, data=body) as answer:
        assert answer.status == 404
    assert await town.call({**told, "AgentID": 7}) == (200, "")  # another app of the same corporation
    assert await town.call({**told, "FromUserName": "sys"}) == (200, "")
    assert await town.lines() == []
    assert await town.counted("of_others") == 1
    assert await town.counted("too_large", 0) == 1
    assert await town.counted("no_such_account", 0) == 2
    assert {"signature_wrong", "unreadable", "not_sealed", "receiver_wrong"} <= set(await town.faults())
    assert await town.post(query, body) == (200, "")
    assert await town.post(query, body) == (200, "")  # a replay is a retry
    assert len(await town.lines()) == 1


async def test_a_picture_is_never_fetched_from_inside_but_asked_of_the_platform(town: WeChatTown) -> None:
    town.platform.media["media-of-hers"] = a_picture()
    inside = str(town.server.make_url("/healthz"))
    await town.say("", MsgType="image", PicUrl=inside, MediaId="media-of-hers")
    await town.say("", MsgType="image", PicUrl=inside, MediaId="gone")
    town.platform.revoke()  # a token may be void before its time here, too
    await town.say("", MsgType="image", PicUrl=inside, MediaId="media-of-hers")
    first, second, third = await town.lines()
    assert (len(third.pictures), third.text) == (1, "")
    assert (len(first.pictures), first.text) == (1, "")
    assert (len(second.pictures), second.text) == (0, "[图片]")
    assert "picture_inside" in await town.faults()
    await town.settle()
    await put(town, "看看", pictures=tuple(first.pictures))
    await town.settle()
    assert town.platform.said()[-2:] == ["看看", "[image]"]


async def test_buttons_are_a_card_and_its_press_counts_as_theirs_alone(town: WeChatTown) -> None:
    await town.say("你好")
    await town.settle()
    await put(town, "您家都好吗？", buttons=(OutgoingButton("我平安", "safe:1"), OutgoingButton("要帮忙", "help:1")))
    await town.settle()
    card = town.platform.calls[-1][1]["template_card"]
    now = town.world.clock.now()
    press = {"EventKey": "help:1", "TaskId": card["task_id"]}
    for user in ("WangAyi", "WangAyi", "LaoLi"):
        assert await town.call(town.caller.event("template_card_event", user, now, **press)) == (200, "")
    await town.call(town.caller.event("enter_agent", "WangAyi", now))
    lines = [(line.text, line.button) for line in await town.lines()][1:]
    assert lines == [("要帮忙", "help:1"), ("help:1", None)]
    await town.settle()
    await put(town, "长" * 700, buttons=(OutgoingButton("好", "yes"), OutgoingButton("不好", "no")))
    await town.settle()
    assert town.platform.said()[-1].endswith("回复数字即可：1 好　2 不好")
    await town.say("2")
    assert [(line.text, line.button) for line in await town.lines()][-1] == ("不好", "no")


async def test_a_group_that_the_app_makes_can_be_spoken_to(town: WeChatTown) -> None:
    made = await town.service.make_group(town.account_id, "3栋通知群", "LiShifu", ["WangAyi", "LaoLi"])
    assert made.good
    assert not (await town.service.make_group(town.account_id, "一人群", "LiShifu", [])).good
    assert not (await town.service.make_group(town.account_id, "外人群", "LiShifu", ["nobody"])).good
    async with town.world.parts.db.write() as session:
        chat = await town.give_group(session)
        message = OutgoingMessage(chat.id, "明天停水")
        await enqueue(session, [Outgoing(message, chat)], town.world.clock.now())
    await town.settle()
    path, payload = town.platform.calls[-1]
    assert (path, payload["text"]["content"]) == ("appchat/send", "明天停水")
    town.platform.groups.clear()  # type: ignore[union-attr]
    async with town.world.parts.db.write() as session:
        await enqueue(session, [Outgoing(message, chat)], town.world.clock.now())
    await town.settle()
    assert (await town.outbox())[-1].state == "failed"


async def test_a_paused_account_hears_and_says_nothing_and_the_test_says_what_is_wrong(tmp_path: Path) -> None:
    form = replace(APP_FORM, texts={"agent_id": "7"})
    async with open_wechat(tmp_path, form=form) as town:
        found = await town.findings()
        assert "应用AgentId和密钥不是同一个应用" in found[1][0]
        assert f"https://linan.example/wecom/app/{town.account_id}" in found[2][0]
        words = "not allow to access from your ip, hint: [1], from ip: 203.0.113.7, more info at"
        town.platform.fault = lambda _path, _payload: {"errcode": 60020, "errmsg": words}
        assert "（203.0.113.7）" in (await town.findings())[0][0]
        town.platform.fault = lambda _path, _payload: None
        async with town.world.parts.db.write() as session:
            (await town.row(session)).paused_at = town.world.clock.now()
        await town.service.look()
        assert await town.say("在吗", AgentID=7) == (200, "")
        assert await town.lines() == []
        assert await town.counted("paused") == 1
        assert (await town.findings())[0] == ("这个账号停着，先按“恢复”。", False)
        assert CORP_SECRET not in str(await town.faults())


@pytest.mark.parametrize("form", [APP_FORM, OFFICIAL_FORM], ids=["app", "official"])
async def test_a_replay_after_a_restart_is_taken_and_changes_nothing(tmp_path: Path, form: AccountForm) -> None:
    async with open_wechat(tmp_path, form=form) as town:
        query, body = town.caller.post(town.caller.message("3栋的电梯坏了", "WangAyi", town.world.clock.now()))
        assert await town.post(query, body) == (200, "")
        await town.settle()
        before = [line.text for line in await town.lines()], town.platform.said(), len(await town.outbox())
        await town.service.close()
        await town.service.start()  # with nothing in memory of what was said
        for task in town.service._tasks:
            task.cancel()
        assert await town.post(query, body) == (200, "")
        await town.settle()
        assert ([line.text for line in await town.lines()], town.platform.said(), len(await town.outbox())) == before
        assert before[0] == ["3栋的电梯坏了"]
        assert await town.counted("repeated") == 1
