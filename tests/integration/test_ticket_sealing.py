"""Tickets that should have been tips: sealed by a press, or at the start where they are of an earlier time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.tickets.commands import Actor, AddToTicket, AnswerTicket, OpenTicket, Where
from actions.tickets.model import Status, Ticket
from actions.tips.commands import Opening, ReadTip
from actions.tips.model import Tip
from bot.bootstrap import seal_old_tickets
from tests.integration.test_demo import own_postgres
from tests.support.console import Office, open_office
from tests.support.tips import plain_rows
from tests.support.world import World, open_world

SAID = "3栋2单元501那家半夜总有人搬箱子下楼道堵着门"
WORDS = ("搬箱子", "蓝色货车", "我们去看看", "3栋2单元")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def in_clear(db: object, *words: str) -> list[str]:
    return [f"{table}: {word}" for table, row in await plain_rows(db) for word in words if word in row]  # type: ignore[arg-type]


async def told_openly(world: World, service: str = "") -> Ticket:
    """A ticket with its history, as the road makes it."""
    await world.say("王阿姨", "3栋2单元的楼道灯坏了，黑得501搬箱子下楼都看不清", at_bot=True)
    await world.settle()
    async with world.parts.db.read() as session:
        ticket = (await session.scalars(select(Ticket))).one()
    run, staff = world.parts.performer.run, Actor("staff", world.staff["李师傅"])
    await world.say("王阿姨", "他们开一辆蓝色货车", chat="东区群")
    await run(AddToTicket(ticket.id, Actor("resident", world.residents["王阿姨"]), "他们开一辆蓝色货车"))
    await run(AnswerTicket(ticket.id, staff, "我们去看看"))
    await world.settle()
    return ticket


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_everything_leaves_every_place_it_stood_in(database: str, tmp_path: Path) -> None:
    own = own_postgres() if database == "postgresql" else nullcontext("")
    async with own as url, open_world(tmp_path, url) as world:
        ticket = await told_openly(world)
        assert await in_clear(world.parts.db, "搬箱子", "蓝色货车", "我们去看看")
        async with world.parts.db.write() as session:
            kept = await session.get_one(Ticket, ticket.id)
            kept.service = "safety_tip/public_order"  # as an earlier version kept it
        await seal_old_tickets(world.parts)
        await world.settle()
        assert await in_clear(world.parts.db, *WORDS) == []
        async with world.parts.db.read() as session:
            kept = await session.get_one(Ticket, ticket.id)
            tips = list(await session.scalars(select(Tip)))
        assert (kept.status, kept.confidential, len(tips)) == (Status.WITHDRAWN, True, 1)
        read = ReadTip(tips[0].id, world.staff["周警官"], Opening.CONTENT, "handle")
        words = (await world.parts.performer.run(read)).value.entries[0].words
        for part in ("搬箱子", "蓝色货车", "我们去看看"):
            assert part in words["text"]
        await seal_old_tickets(world.parts)
        async with world.parts.db.read() as session:
            assert len(list(await session.scalars(select(Tip)))) == 1


async def test_staff_make_a_tip_of_a_ticket(office: Office) -> None:
    ticket, browser = await office.open(SAID), await office.browser("steward")
    assert "转为保密线索" in await browser.page(f"/console/tickets/{ticket.id}")
    refused = await browser.post(f"/console/tickets/{ticket.id}/seal", {"service": "consult"})
    assert refused.headers["Location"] == f"/console/tickets/{ticket.id}"
    answer = await browser.post(f"/console/tickets/{ticket.id}/seal", {"service": "safety_tip/public_order"})
    assert "已封存成保密线索，编号 X" in await browser.page(answer.headers["Location"])
    assert await in_clear(office.parts.db, "搬箱子") == []
    assert "ticket_sealed" in await office.audit()
    assert (await office.ticket(ticket.id)).status == Status.WITHDRAWN


@pytest.mark.parametrize("role", ["supervisor", "grid_worker"])
async def test_who_may_not_work_on_it_makes_no_tip_of_it(office: Office, role: str) -> None:
    ticket, browser = await office.open(SAID, where=Where("8", "1")), await office.browser(role)
    await browser.post(f"/console/tickets/{ticket.id}/seal", {"service": "safety_tip/public_order"})
    assert await office.rows(select(Tip)) == []
    assert (await office.ticket(ticket.id)).text == SAID


async def test_a_ticket_is_not_settled_as_a_tip(office: Office) -> None:
    ticket, browser = await office.open(SAID), await office.browser("committee")
    form = {"move": "settle", "service": "safety_tip/theft", "text": "归他们"}
    answer = await browser.post(f"/console/tickets/{ticket.id}/move", form)
    assert "请用“转为保密线索”" in await browser.page(answer.headers["Location"])


async def test_what_was_over_is_sealed_in_silence(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        resident = Actor("resident", world.residents["老李"])
        command = OpenTicket(world.community_id, "safety_tip/theft", SAID, resident, chat_id=world.private["老李"])
        ticket_id = (await world.parts.performer.run(command)).value.ticket_id
        async with world.parts.db.write() as session:
            (await session.get_one(Ticket, ticket_id)).status = Status.RATED
        await world.settle()
        await seal_old_tickets(world.parts)
        async with world.parts.db.read() as session:
            (tip,) = list(await session.scalars(select(Tip)))
            assert (tip.state, tip.unread_since) == ("settled", None)
            assert (await session.get_one(Ticket, ticket_id)).status == Status.RATED
        assert await in_clear(world.parts.db, "搬箱子") == []
