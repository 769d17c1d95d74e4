"""What residents say in the page reaches the others, once and in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.webchat import socket
from bot.channels.webchat.access import get_chats
from bot.storage.tables import Chat, ChatMember, ChatMessage, InboxRow
from tests.integration.webchat_world import GROUP, INVITE, OTHER_GROUP, OTHER_INVITE, World, open_world
from tests.support.postgres import own_postgres


@asynccontextmanager
async def database(kind: str) -> AsyncIterator[str]:
    """The address of a database without people: a new SQLite file, or a PostgreSQL database dropped afterwards."""
    if kind == "sqlite":
        yield ""
        return
    async with own_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with database(request.param) as url, open_world(tmp_path, url) as opened:
        yield opened


async def test_a_message_is_acknowledged_after_commit_and_seen_by_the_neighbour(world: World) -> None:
    zhang = await world.open_page(await world.join("张阿姨"))
    wang = await world.open_page(await world.join("王叔"))
    ack = await zhang.send("3栋电梯又停了", "c1")
    assert ack["fresh"] is True
    line = (await wang.hear("line"))["line"]
    assert (line["id"], line["text"], line["from"]["name"]) == (ack["id"], "3栋电梯又停了", "张阿姨")
    assert line["client_id"] == "c1"
    async with world.db.read() as session:
        row = await session.get_one(ChatMessage, ack["id"])
        assert row.external_id == f"{zhang.me}:c1"


async def test_a_resend_is_not_a_second_message(world: World) -> None:
    page = await world.open_page(await world.join())
    first = await page.send("漏水了", "same")
    again = await page.send("漏水了", "same")
    assert (again["id"], again["fresh"], again["sent_at"]) == (first["id"], False, first["sent_at"])
    async with world.db.read() as session:
        assert (await session.execute(select(func.count()).select_from(InboxRow))).scalar_one() == 1


async def test_a_page_that_comes_back_gets_what_it_missed_and_a_little_more(world: World) -> None:
    browser = await world.join("张阿姨")
    page = await world.open_page(browser)
    wang = await world.open_page(await world.join("王叔"))
    await wang.send("很早", "w0")
    world.clock.advance(timedelta(minutes=10))
    recalled = await wang.send("打错了", "w1")
    seen = await wang.send("见过的", "w2")
    await page.hear_line("见过的")
    await page.socket.close()
    await wang.say(type="recall", chat_id=GROUP, line_id=recalled["id"])
    await wang.hear("recalled")
    missed = await wang.send("没见过的", "w3")
    back = await world.open_page(browser, {GROUP: seen["id"]})
    assert [line["id"] for line in back.lines[GROUP]] == [recalled["id"], seen["id"], missed["id"]]
    assert back.lines[GROUP][0]["recalled"] is True
    assert back.gaps[GROUP] is False


async def test_a_page_that_missed_too_much_is_told_that_there_is_a_gap(world: World) -> None:
    browser = await world.join("张阿姨")
    wang = await world.open_page(await world.join("王叔"))
    first = await wang.send("第一条", "w0")
    world.clock.advance(timedelta(hours=1))
    async with world.db.write() as session:
        for number in range(205):
            line = {"community_id": 3, "chat_id": GROUP, "sender": "bot", "text": f"{number}"}
            session.add(ChatMessage(**line, sent_at=world.clock.now(), extra={}))
    back = await world.open_page(browser, {GROUP: first["id"]})
    assert back.gaps[GROUP] is True
    assert [line["text"] for line in back.lines[GROUP]] == [str(n) for n in range(5, 205)]
    older = await (await browser.get(f"/api/chat/{GROUP}/lines?before={back.lines[GROUP][0]['id']}")).json()
    assert [line["text"] for line in older["lines"]] == ["第一条", "0", "1", "2", "3", "4"]
    assert older["more"] is False


async def test_a_recalled_line_is_served_to_nobody(world: World) -> None:
    browser = await world.join("张阿姨")
    page, wang = await world.open_page(browser), await world.open_page(await world.join("王叔"))
    ack = await page.send("我家密码是1234", "c1")
    await wang.send("收到", "w1", reply_to=ack["id"])
    world.clock.advance(timedelta(minutes=2))
    await page.say(type="recall", chat_id=GROUP, line_id=ack["id"])
    assert (await wang.hear("recalled"))["id"] == ack["id"]
    text = await (await browser.get(f"/api/chat/{GROUP}/lines")).text()
    groups = await (await browser.get("/api/chat/groups")).text()
    again = await world.open_page(browser)
    assert "1234" not in text + groups + str(again.lines)
    assert again.lines[GROUP][0]["recalled"] is True
    assert again.lines[GROUP][1]["reply_to"]["recalled"] is True


async def test_recall_is_refused_too_late_and_for_others_lines(world: World) -> None:
    page, wang = (
        await world.open_page(await world.join("张阿姨")),
        await world.open_page(await world.join("王叔")),
    )
    ack = await page.send("留下的", "c1")
    await wang.say(type="recall", chat_id=GROUP, line_id=ack["id"])
    assert (await wang.hear("error"))["code"] == "not_yours"
    world.clock.advance(timedelta(minutes=2, seconds=1))
    await page.say(type="recall", chat_id=GROUP, line_id=ack["id"])
    error = await page.hear("error")
    assert (error["code"], error["message"]) == ("recall_too_late", "发出超过2分钟，不能撤回了")
    await page.say(type="recall", chat_id=GROUP, line_id=99999)
    assert (await page.hear("error"))["code"] == "unknown_line"


async def test_only_buttons_that_stand_there_and_are_meant_for_one_can_be_pressed(world: World) -> None:
    page, wang = (
        await world.open_page(await world.join("张阿姨")),
        await world.open_page(await world.join("王叔")),
    )
    await world.bot_says("修好了吗", to_resident_id=page.me, buttons=[{"label": "5分", "value": "rate:1:5"}])
    line = await page.hear_line("修好了吗")
    assert line["buttons"] == [{"label": "5分", "value": "rate:1:5"}]
    press = {"type": "press", "chat_id": GROUP, "line_id": line["id"], "value": "rate:1:5"}
    await page.say(**press | {"client_id": "p1", "value": "rate:2:5"})
    assert (await page.hear("error", client_id="p1"))["code"] == "no_such_button"
    await wang.say(**press, client_id="p2")
    assert (await wang.hear("error", client_id="p2"))["code"] == "not_your_button"
    await page.say(**press, client_id="p3")
    ack = await page.hear("ack", client_id="p3")
    async with world.db.read() as session:
        row = await session.get_one(ChatMessage, ack["id"])
        assert (row.text, row.button) == ("5分", "rate:1:5")


async def test_a_button_in_a_residents_own_line_does_nothing(world: World) -> None:
    page = await world.open_page(await world.join())
    ack = await page.send("rate:1:5", "c1")
    press = {"type": "press", "client_id": "p", "chat_id": GROUP, "line_id": ack["id"], "value": "rate:1:5"}
    await page.say(**press)
    assert (await page.hear("error", client_id="p"))["code"] == "no_such_button"


async def test_mentions_and_quotes_are_kept_and_strangers_left_out(world: World) -> None:
    page, wang = (
        await world.open_page(await world.join("张阿姨")),
        await world.open_page(await world.join("王叔")),
    )
    stranger = await world.open_page(await world.join("生人", OTHER_INVITE, home="7:"))
    first = await wang.send("电梯停了", "w1")
    ack = await page.send("@小邻 @王叔 看看", "c1", mentions=[wang.me, stranger.me], reply_to=first["id"])
    line = await wang.hear_line("@小邻 @王叔 看看")
    async with world.db.read() as session:
        row = await session.get_one(ChatMessage, ack["id"])
        assert (row.mentions_bot, row.mentions, row.reply_to_id) == (True, [wang.me], first["id"])
    assert (line["reply_to"]["name"], line["reply_to"]["text"]) == ("王叔", "电梯停了")


async def test_a_line_of_another_chat_cannot_be_quoted(world: World) -> None:
    other = await world.open_page(await world.join("生人", OTHER_INVITE, home="7:"))
    foreign = await other.send("别处的话", "o1", OTHER_GROUP)
    page = await world.open_page(await world.join())
    quoting = {"type": "send", "client_id": "q", "chat_id": GROUP, "text": "x", "reply_to": foreign["id"]}
    await page.say(**quoting)
    assert (await page.hear("error", client_id="q"))["code"] == "unknown_line"


async def test_wrong_frames_get_an_error_and_the_connection_stays(world: World) -> None:
    page = await world.open_page(await world.join())
    for raw, code in (
        ("{", "bad_json"),
        ('{"type":"x"}', "unknown_type"),
        ('{"type":"send"}', "empty_message"),
    ):
        await page.socket.send_str(raw)
        assert (await page.hear("error"))["code"] == code
    await page.socket.send_bytes(b"\x00\xff")
    assert (await page.hear("error"))["code"] == "binary_frame"
    await page.say(type="send", client_id="long", chat_id=GROUP, text="长" * 100_000)
    error = await page.hear("error", client_id="long")
    assert error["code"] == "frame_too_large"
    assert "4000" in error["message"]
    await page.say(type="hello", seen={})
    assert (await page.hear("error"))["code"] == "already_greeted"
    assert (await page.send("👍", "emoji"))["fresh"] is True


async def test_nothing_is_taken_before_the_greeting(world: World) -> None:
    raw = await (await world.join()).ws_connect("/ws")
    await raw.send_json({"type": "send", "client_id": "c", "chat_id": GROUP, "text": "早"})
    error = await raw.receive_json(timeout=30)
    assert (error["code"], error["client_id"]) == ("hello_first", "c")
    await raw.send_json({"type": "ping"})
    assert (await raw.receive_json(timeout=30))["type"] == "pong"


async def test_too_many_messages_are_put_off_but_danger_never_is(world: World) -> None:
    page = await world.open_page(await world.join())
    for number in range(30):
        await page.send(f"第{number}条", f"n{number}")
    await page.say(type="send", client_id="more", chat_id=GROUP, text="再一条")
    error = await page.hear("error", client_id="more")
    assert (error["code"], error["retry_after"] > 0) == ("rate_limited", True)
    assert (await page.send("着火了！3栋1单元冒浓烟", "fire"))["fresh"] is True
    world.clock.advance(timedelta(seconds=error["retry_after"]))
    assert (await page.send("再一条", "more"))["fresh"] is True


async def test_unread_is_counted_and_marked_on_all_devices(world: World) -> None:
    browser = await world.join("张阿姨")
    phone, desk = await world.open_page(browser), await world.open_page(browser)
    wang = await world.open_page(await world.join("王叔"))
    await wang.send("一", "w1")
    last = await wang.send("二", "w2")
    await phone.send("我自己的不算", "c1")

    async def unread() -> int:
        chats = (await (await browser.get("/api/chat/groups")).json())["chats"]
        return int(next(c for c in chats if c["id"] == GROUP)["unread"])

    assert await unread() == 2
    await phone.say(type="read", chat_id=GROUP, to=last["id"])
    assert (await desk.hear("read"))["to"] == last["id"]
    assert await unread() == 0


async def test_who_has_left_hears_and_says_nothing_any_more(world: World) -> None:
    browser = await world.join("张阿姨")
    page, wang = await world.open_page(browser), await world.open_page(await world.join("王叔"))
    async with world.db.write() as session:
        gone = (ChatMember.resident_id == page.me) & (ChatMember.chat_id == GROUP)
        await session.execute(update(ChatMember).where(gone).values(left_at=world.clock.now()))
    await wang.send("她走了吧", "w1")
    await wang.hear("line")
    await page.say(type="send", client_id="c", chat_id=GROUP, text="我还在")
    assert (await page.socket.receive_json(timeout=30))["code"] == "not_a_member"
    assert (await browser.get(f"/api/chat/{GROUP}/lines")).status == 403


async def test_an_open_page_learns_of_a_group_joined_elsewhere(world: World) -> None:
    browser = await world.join("张阿姨", INVITE)
    page = await world.open_page(browser)
    answer = await browser.post(f"/j/{OTHER_INVITE}", data={"consent": "yes"}, allow_redirects=False)
    assert answer.headers["Location"] == f"/chat#{OTHER_GROUP}"
    assert {c["id"] for c in (await page.hear("chats"))["chats"]} == {GROUP, OTHER_GROUP, page.private}
    neighbour = await world.open_page(await world.join("生人", OTHER_INVITE, home="7:"))
    await neighbour.send("欢迎", "o1", OTHER_GROUP)
    assert (await page.hear("line"))["line"]["text"] == "欢迎"


async def test_a_page_that_does_not_read_is_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "MOST_WAITING", 3)
    page = await world.open_page(await world.join("张阿姨"))
    for number in range(60):
        await world.live.publish(f"chat:{GROUP}", {"type": "recalled", "id": number + 1})
    message = await page.socket.receive(timeout=30)
    while message.type.name == "TEXT":
        message = await page.socket.receive(timeout=30)
    assert page.socket.closed


async def test_a_line_said_while_a_page_is_greeted_is_not_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    neighbour = await world.open_page(await world.join("张阿姨"))
    browser = await world.join("李叔叔")

    async def look_and_be_slow(session: AsyncSession, resident_id: int) -> Sequence[Chat]:
        chats = await get_chats(session, resident_id)
        await world.bot_says("师傅到了")
        await neighbour.hear_line("师傅到了")  # the group has been told
        return chats

    monkeypatch.setattr(socket, "get_chats", look_and_be_slow)
    page = await world.open_page(browser)
    assert "师傅到了" in [line["text"] for line in page.lines[GROUP]]


async def test_a_line_whose_writer_died_before_telling_is_told_all_the_same(world: World) -> None:
    page = await world.open_page(await world.join("张阿姨"))
    await page.send("3栋电梯又停了", "c1")
    world.live.dispatch = lambda _topic, _payload: None  # type: ignore[method-assign]  # killed after its commit
    await world.bot_says("已登记，工程部马上去看")
    line = await page.hear_line("已登记，工程部马上去看")
    assert line["from"]["kind"] == "bot"
    await world.bot_says("师傅到了")
    heard = []
    while "师傅到了" not in heard:
        heard.append((await page.hear("line"))["line"]["text"])
    assert line["text"] not in heard  # what was told is not told again
