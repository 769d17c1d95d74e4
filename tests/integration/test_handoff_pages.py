"""The pages of hand-offs: who sees who waits, one has it, words go out under one's own name, once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from actions.errors import MoveRefused
from actions.handoffs.commands import AskHandoff, HearHandoff, StepIn, TakeHandoff
from actions.handoffs.model import Handoff, HandoffThread, State
from actions.tickets.model import Ticket
from bot.bootstrap import build_jobs
from bot.messages import Arrival
from bot.scheduling.timetable import HANDOFFS
from bot.storage.tables import Chat, OutboxRow
from tests.integration.test_console_live import listening
from tests.support.console import Browser, Office, open_office
from tests.support.postgres import own_postgres


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def ask(office: Office, who: str = "王阿姨", text: str = "转人工", *, private: bool = False) -> int:
    """They said it where the bot reads; the number of their hand-off."""
    people = office.people
    chat_id = people.chat_id("私聊" if private else "东区群", who)
    arrival = Arrival(chat_id, people.residents[who], f"{who}:{text}:{office.clock.now()}", text)
    await office.parts.inbox.accept(arrival)
    command = AskHandoff(people.community_id, chat_id, people.residents[who], "asked", not private)
    return int((await office.parts.performer.run(command)).value)


async def act(browser: Browser, handoff: int, do: str, **more: str) -> str:
    """Press it; the page one comes back to."""
    form = {"do": do, "once": f"{do}1", **more}
    answer = await browser.post(f"/console/handoffs/{handoff}/act", form)
    assert answer.status == 303, await answer.text()
    return await browser.page(answer.headers["Location"])


async def said(office: Office) -> list[tuple[int, str, int | None]]:
    """What is to go out: chat, text, who speaks."""
    rows = await office.rows(select(OutboxRow).order_by(OutboxRow.id))
    return [(row.chat_id, row.body["text"], row.body.get("staff_id")) for row in rows]


async def test_from_the_queue_to_the_word_that_the_bot_is_back(office: Office) -> None:
    handoff = await ask(office, text="转人工 我家的事")
    group, private = office.people.groups["东区群"], office.people.private["王阿姨"]
    worker, boss = await office.browser("workstation"), await office.browser("committee")
    office.clock.advance(timedelta(minutes=6))
    queue = await worker.page("/console/handoffs")
    assert "王阿姨" in queue
    assert "转人工 我家的事" in queue
    assert "等了6分钟" in queue
    assert "due-soon" in queue
    assert "待接人工" in await worker.page("/console/")
    page = await worker.page(f"/console/handoffs/{handoff}")
    assert "我来接" in page
    assert 'name="text" rows="3"' not in page.partition("能做的")[0]

    assert "我来接" not in await act(worker, handoff, "take")
    assert "吴社工正在接" in await act(boss, handoff, "take", once="take2")
    assert "吴社工正在接" in await act(boss, handoff, "say", text="我来说")
    await act(worker, handoff, "say", text="阿姨您好", where="group")
    await act(worker, handoff, "say", text="阿姨您好", where="group")  # the same form once more
    await act(worker, handoff, "say", once="say2", text="私下跟您说", where="private")
    me = office.people.staff["吴社工"]
    words = [line for line in await said(office) if line[2] == me]
    assert words == [(group, "阿姨您好", me), (private, "私下跟您说", me)]
    threads = await office.rows(select(HandoffThread.chat_id).where(HandoffThread.thread.is_not(None)))
    assert set(threads) == {group, private}

    more = {"service": "service_request/pest", "text": "3栋楼道有老鼠"}
    assert "已登记工单" in await act(worker, handoff, "ticket", **more)
    await act(worker, handoff, "ticket", **more)
    tickets = await office.rows(select(Ticket))
    assert [(one.service, one.text) for one in tickets] == [("service_request/pest", "3栋楼道有老鼠")]
    page = await act(worker, handoff, "back")
    assert "交还小邻" in page
    assert "发出" not in page
    await act(worker, handoff, "back")
    assert sum("吴社工先聊到这里，小邻回来了" in text for _, text, _ in await said(office)) == 1
    assert await office.rows(select(HandoffThread).where(HandoffThread.thread.is_not(None))) == []
    assert "最近结束的" in await worker.page("/console/handoffs")
    assert "居民找人1次，没回上转成工单的0次。等第一句话" in await worker.page("/console/figures")
    assert "居民找人" not in await (await office.browser("supervisor")).page("/console/figures")  # one might be known


async def test_what_is_wrong_is_said_and_does_nothing(office: Office) -> None:
    handoff = await ask(office)
    worker, supervisor = await office.browser("workstation"), await office.browser("supervisor")
    await supervisor.page("/console/handoffs", 404)
    await supervisor.page(f"/console/handoffs/{handoff}", 404)
    assert (await supervisor.post(f"/console/handoffs/{handoff}/act", {"do": "take"})).status == 404
    await act(worker, handoff, "take")
    before = len(await said(office))
    for do, form, words in (
        ("say", {"text": " "}, "请先写内容"),
        ("say", {"text": "好", "once": "不行"}, "表单不完整"),
        ("pass", {"to": "team:999999"}, "请选一个班组"),
        ("pass", {"to": f"staff:{office.people.staff['监督员']}"}, "请选一个班组"),
        ("ticket", {"service": "safety_tip/fraud", "text": "骗子"}, "请选"),
        ("dance", {}, "表单不完整"),
    ):
        page = await act(worker, handoff, do, **form)
        assert words in "".join(re.findall(r"alert-danger.*", page)), do
    assert len(await said(office)) == before


async def test_open_pages_hear_what_the_resident_says_and_those_who_may_not_see_it_hear_nothing(office: Office) -> None:
    worker = await office.browser("workstation")
    async with listening(worker) as ear:
        handoff = await ask(office, private=True)
        await ear.hear("handoffs")
        assert "王阿姨" in await ear.hear("toast")
        here = office.people
        heard = HearHandoff(handoff, here.private["王阿姨"], here.residents["王阿姨"])
        await office.parts.performer.run(heard)
        await ear.hear("handoffs")
    async with listening(await office.browser("supervisor")) as ear:
        await office.parts.performer.run(heard)
        ticket = await office.open()
        assert ticket.ref[-4:] in await ear.hear("toast")  # the first thing heard


async def test_where_a_platform_shows_our_account_alone_the_words_say_whose_they_are(office: Office) -> None:
    async with office.parts.db.write() as session:
        group = update(Chat).where(Chat.id == office.people.groups["东区群"])
        await session.execute(group.values(channel="onebot", external_id="1:group:2"))
    handoff = await ask(office)
    await act(await office.browser("workstation"), handoff, "say", text="您好", where="group")
    assert (await said(office))[-1][1] == "吴社工（桂花社区工作站）：您好"


async def test_somebody_steps_in_from_a_ticket(office: Office) -> None:
    ticket = await office.open()
    steward = await office.browser("steward")
    assert "接过来聊" in await steward.page(f"/console/tickets/{ticket.id}")
    answer = await steward.post(f"/console/tickets/{ticket.id}/step-in")
    page = await steward.page(answer.headers["Location"])
    assert "李师傅在接" in page
    assert "工作人员接过来" in page
    assert 'id="say"' in page
    assert (await said(office))[-1][1].startswith("李师傅（桂花物业）来和您说")


@pytest.fixture(params=["sqlite", "postgres"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_postgres()) if request.param == "postgres" else ""
        yield await stack.enter_async_context(open_office(tmp_path, url))


async def test_of_several_at_once_one_has_it_and_the_others_learn_who(either: Office) -> None:
    office, names = either, ("吴社工", "钱主任", "李师傅", "周警官")
    handoff = await ask(office)
    takes = [office.parts.performer.run(TakeHandoff(handoff, office.people.staff[name])) for name in names]
    outcomes = await asyncio.gather(*takes, return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, MoveRefused)]
    assert len(refused) == len(names) - 1
    found = (await office.rows(select(Handoff)))[0]
    winner = next(name for name, i in office.people.staff.items() if i == found.taken_by)
    assert {one.params["name"] for one in refused} == {winner}

    # a wish and somebody who steps in, at the same moment: one hand-off
    here, chat = office.people, office.people.groups["西区群"]
    wish = AskHandoff(here.community_id, chat, here.residents["老李"], "asked", True)
    step = StepIn(here.community_id, chat, here.residents["老李"], here.staff["吴社工"], True)
    await asyncio.gather(*(office.parts.performer.run(one) for one in (wish, step, wish)))
    query = select(Handoff).where(Handoff.resident_id == here.residents["老李"])
    assert len(await office.rows(query)) == 1


async def test_two_clocks_remind_once_and_an_outage_ends_in_a_ticket(either: Office) -> None:
    office = either
    handoff = await ask(office)
    jobs = [build_jobs(office.parts) for _ in range(2)]
    office.clock.advance(timedelta(minutes=5))
    await asyncio.gather(*(one.run(HANDOFFS) for one in jobs))
    assert sum("等了5分钟还没人接" in text for _, text, _ in await said(office)) == 1
    office.clock.advance(timedelta(days=3))  # nobody rang the clock for so long
    await asyncio.gather(*(one.run(HANDOFFS) for one in jobs))
    await jobs[0].run(HANDOFFS)
    found = (await office.rows(select(Handoff).where(Handoff.id == handoff)))[0]
    assert (found.state, found.ended_how) == (State.ENDED, "unanswered")
    assert [one.service for one in await office.rows(select(Ticket))] == ["handoff"]
    told = [text for _, text, _ in await said(office)]
    assert sum("登记成工单" in text for text in told) == 1
    assert not any("还没有人接上" in text for text in told)
