"""The four levels in the console: their queues, the way of a ticket, handing down, oversight."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.console import Office, open_office
from tests.support.workbench import text_of


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def test_the_street_hands_a_ticket_down_and_its_way_is_shown(office: Office) -> None:
    ticket = await office.open()
    for _ in range(2):
        await office.move(ticket, "escalate")
    street, committee = await office.browser("street"), await office.browser("committee")
    path = f"/console/tickets/{ticket.id}"
    assert "转下级办" in await street.page(path)
    assert "转下级办</summary>" not in await committee.page(path)
    assert "街镇 1" in text_of(await street.page("/console/tickets?queue=area&level=street"))
    answer = await street.post(f"{path}/lower", {"text": "社区能办"})
    assert answer.status == 303
    way = (await street.page(path)).partition('<ol class="climb"')[2].partition("</ol>")[0]
    assert [stop in text_of(way) for stop in ("网格 桂花物业", "社区 桂花社区居委会", "街镇 望湖街道")] == [True] * 3
    assert text_of(way).count("社区 桂花社区居委会") == 2
    assert (await office.ticket(ticket.id)).level == "community"
    steward = await office.browser("steward")
    answer = await steward.post(f"{path}/lower", {"text": "x"})
    assert "现在不能转下级办" in await steward.page(answer.headers["Location"])
    assert (await office.ticket(ticket.id)).level == "community"


async def test_what_is_overseen_and_late_stands_on_top_for_all_who_see_it(office: Office) -> None:
    first = await office.open("电梯又停了")
    second = await office.open("楼道的灯不亮", "service_request/electricity_lighting")
    committee, steward = await office.browser("committee"), await office.browser("steward")
    path = f"/console/tickets/{second.id}"
    assert "督办</summary>" not in await steward.page(path)
    answer = await committee.post(f"{path}/oversee", {"text": "今天要有结果", "until": "2026-11-18T11:00"})
    assert "已督办" in await committee.page(answer.headers["Location"])
    office.clock.advance(timedelta(hours=2))
    page = await steward.page("/console/tickets?queue=area")
    assert "督办超期 11-18 11:00" in text_of(page)
    assert page.index(f'href="/console/tickets/{second.id}"') < page.index(f'href="/console/tickets/{first.id}"')
    assert "督办 1" in text_of(page)
    for until in ("", "明天", "2020-01-01T00:00"):
        answer = await committee.post(f"{path}/oversee", {"text": "x", "until": until})
        assert "请选一个以后的时间" in await committee.page(answer.headers["Location"])
    supervisor = await office.browser("supervisor")
    before = (await office.ticket(second.id)).overseen_until
    await supervisor.post(f"{path}/oversee", {"text": "x", "until": "2026-12-01T00:00"})
    assert (await office.ticket(second.id)).overseen_until == before
