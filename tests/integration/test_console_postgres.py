"""The console's queries mean the same on PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import select

from actions.errors import MoveRefused
from actions.routing.commands import ChangeDutyList
from actions.routing.model import DutyChange
from actions.routing.rules import DutyList, Route
from actions.tickets.commands import Where
from bot.storage.queries import QUEUES, SORTS
from tests.support.console import Office, open_office
from tests.support.postgres import own_postgres


async def test_every_page_search_and_move_works_on_postgresql(tmp_path: Path) -> None:
    async with own_postgres() as url, open_office(tmp_path, url) as office:
        await check_pages(office)


async def check_pages(office: Office) -> None:
    ticket = await office.open("我妈腿脚不好，电梯又坏了下不了楼")
    other = await office.open("楼道的灯不亮", "service_request/electricity_lighting", where=Where("5", "1"))
    browser = await office.browser("committee")
    for path in (
        "",
        "tickets/new",
        "schedules",
        "deliveries",
        "deliveries?state=waiting",
        "staff-chat",
        "account",
    ):
        await browser.page(f"/console/{path}")
    for queue in QUEUES:
        for sort in SORTS:
            await browser.page(f"/console/tickets?queue={queue}&sort={sort}&emergency=1&building=3&service=dispute/*")
    found = await browser.page("/console/tickets?queue=area&q=电梯坏")
    assert f'href="/console/tickets/{ticket.id}"' in found
    assert f'href="/console/tickets/{other.id}"' not in found
    form = {"move": "accept", "version": str(ticket.version)}
    shown = await (await browser.post(f"/console/tickets/{ticket.id}/preview/move", form)).text()
    assert "发到群：东区群" in shown
    assert (await browser.post(f"/console/tickets/{ticket.id}/move", form)).status == 303
    assert (await office.ticket(ticket.id)).status == "accepted"
    assert "告诉居民：" in await browser.page(f"/console/tickets/{ticket.id}")


async def test_two_who_change_the_list_at_once_do_not_overwrite_each_other_on_postgresql(tmp_path: Path) -> None:
    async with own_postgres() as url, open_office(tmp_path, url) as office:
        staff, rules = office.people.staff["管理员"], office.parts.rules
        lines = [Route(("other",), {"grid": body}) for body in ("police", "property", "committee")]
        commands = [
            ChangeDutyList(office.people.community_id, staff, DutyList(rules.bodies, (*rules.routes, line)), "add", 0)
            for line in lines
        ]
        results = await asyncio.gather(*map(office.parts.performer.run, commands), return_exceptions=True)
        refused = [one for one in results if isinstance(one, MoveRefused)]
        assert len(refused) == 2, results
        rows = await office.rows(select(DutyChange.number).order_by(DutyChange.number))
        assert rows == [1, 2]
        browser = await office.browser("admin")
        for path in ("duties", "duties/history", "duties/lines/1"):
            await browser.page(f"/console/{path}")
