"""What open pages hear by themselves, and what the clock and the outbox show."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientResponse
from sqlalchemy import select, update

from bot.bootstrap import build_jobs
from bot.console import live
from bot.console.live import STREAMS
from bot.messages import Arrival
from bot.outbox import Outbox
from bot.scheduling.timetable import TIMERS
from bot.storage.tables import InboxRow, OutboxRow
from tests.integration.test_console_tickets import say
from tests.support.console import Browser, Office, open_office

ENOUGH_S = 5


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


class Ear:
    """Reads server-sent events one by one."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response

    async def name(self) -> str:
        """What the next event is called."""
        block = (await self.response.content.readuntil(b"\n\n")).decode()
        return block.splitlines()[0].removeprefix("event: ")

    async def hear(self, name: str) -> str:
        """The data of the next event of that name."""
        async with asyncio.timeout(ENOUGH_S):
            while True:
                block = (await self.response.content.readuntil(b"\n\n")).decode()
                if f"event: {name}\n" in block:
                    return "\n".join(line[6:] for line in block.splitlines() if line.startswith("data: "))


@asynccontextmanager
async def listening(browser: Browser, path: str = "/console/live") -> AsyncIterator[Ear]:
    async with browser.http.get(path) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert (await response.content.readuntil(b"\n\n")) == b"retry: 3000\n\n"
        yield Ear(response)


async def test_a_new_ticket_reaches_open_pages_at_once(office: Office) -> None:
    async with listening(await office.browser("committee")) as ear:
        ticket = await office.open("<b>电梯</b>又停了")
        await ear.hear("tickets")
        toast = await ear.hear("toast")
        assert ticket.ref[-4:] in toast
        assert "电梯故障" in toast


async def test_a_burst_is_told_at_its_beginning_and_once_more_at_its_end(office: Office) -> None:
    async with listening(await office.browser("committee")) as ear:
        for number in range(5):
            await office.open(f"{number + 1}栋门禁坏了", "service_request/access_security_device")
        names: list[str] = []
        async with asyncio.timeout(ENOUGH_S):
            while names.count("tickets") < 2:
                names.append(await ear.name())
        assert names[0] == "tickets"
        assert names.count("toast") == 5  # the page asks anew when all of them are there
        assert names[-1] == "tickets"


async def test_nobody_hears_of_what_they_may_not_see(office: Office) -> None:
    async with listening(await office.browser("steward")) as ear:
        await office.open("有人在骗钱", "safety_tip/fraud")
        seen = await office.open()
        assert seen.ref[-4:] in await ear.hear("toast")  # the first thing heard is the second ticket


async def test_two_people_at_one_ticket_see_each_other(office: Office) -> None:
    ticket = await office.open()
    path = f"/console/live?ticket={ticket.id}"
    first, second = await office.browser("committee"), await office.browser("steward")
    async with listening(first, path) as ear:
        async with listening(second, path) as other:
            assert "李师傅正在看" in await ear.hear("presence")
            assert "钱主任正在看" in await other.hear("presence")
            await office.move(ticket, "accept")
            assert "刚刚有变化" in await other.hear("changed")
        assert "李师傅" not in await ear.hear("presence")


async def test_what_came_before_the_page_was_listening_is_told_first(office: Office) -> None:
    ticket = await office.open()
    browser = await office.browser("committee")
    address = re.search(r'sse-connect="([^"]+)"', await browser.page(f"/console/tickets/{ticket.id}"))
    assert address is not None
    office.clock.advance(timedelta(seconds=1))
    await office.move(ticket, "accept")
    async with listening(browser, html.unescape(address[1])) as ear:
        await ear.hear("tickets")
        assert "刚刚有变化" in await ear.hear("changed")


async def test_a_page_that_knows_everything_is_told_nothing_twice(office: Office) -> None:
    ticket = await office.open()
    office.clock.advance(timedelta(seconds=1))
    browser = await office.browser("committee")
    address = re.search(r'sse-connect="([^"]+)"', await browser.page(f"/console/tickets/{ticket.id}"))
    assert address is not None
    async with listening(browser, html.unescape(address[1])) as ear:
        other = await office.open()
        first = await ear.response.content.readuntil(b"\n\n")
        assert first == b"event: tickets\ndata: \n\n"  # of the ticket opened now
        assert other.ref[-4:] in await ear.hear("toast")


async def test_a_stranger_is_told_not_to_come_again(office: Office) -> None:
    assert (await (await office.browser()).get("/console/live")).status == 204


async def test_a_page_falls_silent_when_its_session_ends(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.05)
    browser = await office.browser("committee")
    async with listening(browser) as ear:
        office.clock.advance(timedelta(hours=13))
        async with asyncio.timeout(ENOUGH_S):
            await ear.response.content.read()
    assert ear.response.content.at_eof()


async def test_nothing_is_left_behind_by_closed_pages(office: Office) -> None:
    browser = await office.browser("committee")
    async with listening(browser):
        pass
    console = next(app for app in office.server.app._subapps if STREAMS in app)  # type: ignore[union-attr]
    async with asyncio.timeout(ENOUGH_S):
        while console[STREAMS]:
            await office.open()
            await asyncio.sleep(0.05)
    assert console[STREAMS] == set()


async def deliver(office: Office) -> None:
    outbox = Outbox(office.parts.db, office.clock, office.parts.live, {}, group_rate=60)
    while await outbox.deliver_due("test"):
        pass


async def test_the_staff_group_shows_new_lines_as_they_come(office: Office) -> None:
    browser = await office.browser("steward")
    async with listening(browser) as ear:
        ticket = await office.open()
        await deliver(office)
        await ear.hear("staffchat")
    assert ticket.ref in await browser.page("/console/staff-chat")


async def test_the_clock_page_shows_what_is_to_come_and_what_was_done(office: Office) -> None:
    ticket = await office.open()
    browser = await office.browser("committee")
    text = await browser.page("/console/schedules")
    assert "时限到，超时升级" in text
    assert f'href="/console/tickets/{ticket.id}"' in text
    assert "还没有记录" in text
    office.clock.advance(timedelta(hours=5))
    await build_jobs(office.parts).run(TIMERS)
    browser = await office.browser("committee")
    assert "工单计时" in await browser.page("/console/schedules")


async def test_dead_letters_are_shown_with_their_reason_and_sent_again_once(office: Office) -> None:
    await office.open()
    async with office.parts.db.write() as session:
        await session.execute(update(OutboxRow).values(state="failed", error="群已解散", attempts=8))
    row = (await office.rows(select(OutboxRow)))[0]
    browser = await office.browser("committee")
    assert "群已解散" in await browser.page("/console/deliveries")
    for role, status in (("steward", 404), ("workstation", 404), ("supervisor", 404), ("police", 404)):
        other = await office.browser(role)
        assert (await other.post(f"/console/deliveries/{row.id}/resend")).status == status
    assert (await browser.post(f"/console/deliveries/{row.id}/resend")).status == 303
    assert (await browser.post(f"/console/deliveries/{row.id}/resend")).status == 404
    assert (await office.rows(select(OutboxRow.state).where(OutboxRow.id == row.id))) == ["todo"]
    assert (await office.audit()).count("resent") == 1


async def test_a_message_that_could_not_be_handled_is_shown_and_handled_once_more(office: Office) -> None:
    await office.open()
    said = Arrival(office.people.private["王阿姨"], office.people.residents["王阿姨"], "stuck:1", "3栋灯不亮了")
    await office.parts.inbox.accept(said)
    async with office.parts.db.write() as session:
        await session.execute(update(InboxRow).values(state="failed", error="OperationalError", attempts=5))
    row = (await office.rows(select(InboxRow)))[0]
    browser = await office.browser("committee")
    assert "再处理一次" in await browser.page("/console/deliveries")
    path = f"/console/deliveries/arrivals/{row.id}/retry"
    assert (await (await office.browser("steward")).post(path)).status == 404
    assert (await browser.post(path)).status == 303
    assert (await browser.post(path)).status == 404
    assert await office.rows(select(InboxRow.state)) == ["todo"]
    assert await office.rows(select(InboxRow.attempts)) == [0]
    assert (await office.audit()).count("retried") == 1


async def test_a_page_that_refreshes_itself_leaves_the_word_to_the_page_that_is_waited_for(office: Office) -> None:
    ticket = await office.open()
    browser = await office.browser("steward")
    assert (await browser.post(f"/console/tickets/{ticket.id}/note", {"text": "门口没人"})).status == 303
    behind = await browser.get(f"/console/tickets/{ticket.id}", headers={"X-Background": "1"})
    assert "备注已记下" not in await behind.text()
    assert "备注已记下" in await browser.page(f"/console/tickets/{ticket.id}")
    assert "备注已记下" not in await browser.page(f"/console/tickets/{ticket.id}")


async def test_private_letters_are_not_readable_in_the_list_of_deliveries(office: Office) -> None:
    await office.open("有人在骗钱", "safety_tip/fraud")
    browser = await office.browser("committee")
    rows = await office.rows(select(OutboxRow).where(OutboxRow.chat_id == office.people.private["王阿姨"]))
    text = await browser.page("/console/deliveries?state=waiting")
    assert rows
    assert "私聊内容不在这里显示" in text
    assert all(row.body["text"] not in text for row in rows)


async def test_arrivals_that_could_not_be_handled_are_listed_without_their_words(office: Office) -> None:
    await say(office, "小陈", "这句话不该出现", 1)
    async with office.parts.db.write() as session:
        await session.execute(update(InboxRow).values(state="failed", error="ValueError", attempts=5))
    text = await (await office.browser("admin")).page("/console/deliveries")
    assert "没能处理的来信" in text
    assert "ValueError" in text
    assert "这句话不该出现" not in text


async def test_the_first_page_counts_today(office: Office) -> None:
    await office.open("着火了", "emergency/fire", emergency="fire")
    done = await office.open()
    for name in ("take", "handle", "check", "close"):
        done = await office.move(done, name)
    text = await (await office.browser("committee")).page("/console/")
    figures = dict(zip(_labels(text), _values(text), strict=True))
    assert figures["突发未响应"] == "1"
    assert figures["在办"] == "1"
    assert figures["今日结案"] == "1"
    assert figures["今日新增"] == "2"


def _values(text: str) -> list[str]:
    return [part.split("</b>")[0] for part in text.split('aria-hidden="true"></i><b>')[1:]]


def _labels(text: str) -> list[str]:
    return [part.split("</b><span>")[1].split("<")[0] for part in text.split('aria-hidden="true"></i><b>')[1:]]
