"""The same fault said by many, on the ticket's page: one press to merge, to keep apart, to take out again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.people.model import Role
from actions.tickets.commands import Where
from actions.tickets.model import JoinedReport, Likeness, Ticket
from tests.support.console import Office, open_office

LIGHT = "service_request/electricity_lighting"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def only(office: Office, table: Any) -> Any:
    async with office.parts.db.read() as session:
        return (await session.scalars(select(table))).one()


async def two_lights(office: Office) -> tuple[Ticket, Ticket]:
    """An older and a newer ticket that may be the same."""
    first = await office.open("3栋2单元3楼楼道灯不亮", LIGHT, where=Where("3", "2", "3"))
    second = await office.open("3栋2单元楼道灯坏了", LIGHT, who="老李", may_join=True)
    return first, second


async def test_what_may_be_the_same_is_merged_with_one_press_and_taken_out_again(office: Office) -> None:
    first, second = await two_lights(office)
    likeness = await only(office, Likeness)
    browser = await office.browser("committee")
    for ticket, other in ((first, second), (second, first)):
        page = await browser.page(f"/console/tickets/{ticket.id}")
        assert "可能是同一件事" in page
        assert f'href="/console/tickets/{other.id}"' in page
        assert f"是同一件，并入 {first.ref[-4:]}" in page
    path = f"/console/tickets/{first.id}/same/{likeness.id}"
    assert (await browser.post(path, {"same": "yes"})).status == 303
    merged = await office.ticket(second.id)
    assert (merged.status, merged.merged_into_id, (await office.ticket(first.id)).affected) == ("merged", first.id, 2)
    page = await browser.page(f"/console/tickets/{first.id}")
    assert "已并成一张单" in page
    assert "都在报这件事（2户）" in page
    assert "可能是同一件事" not in page
    form = {"move": "unmerge", "version": str(merged.version)}
    assert f'name="version" value="{merged.version}"' in page
    assert (await browser.post(f"/console/tickets/{second.id}/move", form)).status == 303
    assert (await office.ticket(second.id)).status == "reported"
    assert (await office.ticket(first.id)).affected == 1
    assert "撤销合并" in await browser.page(f"/console/tickets/{second.id}")  # its history says so


async def test_not_the_same_is_remembered_and_not_asked_again(office: Office) -> None:
    first, second = await two_lights(office)
    likeness = await only(office, Likeness)
    browser = await office.browser("steward")
    path = f"/console/tickets/{second.id}/same/{likeness.id}"
    assert (await browser.post(path, {"same": "no"})).status == 303
    for ticket in (first, second):
        page = await browser.page(f"/console/tickets/{ticket.id}")
        assert "可能是同一件事" not in page
        assert "判断不是同一件" in page
        assert "附近和同类的在办工单" in page  # it still stands among its neighbours
    assert (await browser.post(path, {"same": "yes"})).status == 303
    assert "别人已经判断过了" in await browser.page(f"/console/tickets/{second.id}")
    assert (await office.ticket(second.id)).status == "reported"


async def test_households_stand_in_the_queue_and_a_joined_report_is_parted_by_staff(office: Office) -> None:
    ticket = await office.open("3栋2单元电梯停了")
    for who in ("老李", "小陈", "阿芬", "新邻居"):
        await office.open("3栋2单元电梯坏了<b>", who=who, may_join=True)
    browser = await office.browser("committee")
    queue = await browser.page("/console/tickets?queue=area")
    assert re.search(r'class="mark mark-warn">.{0,60}5户', queue)
    page = await browser.page(f"/console/tickets/{ticket.id}")
    assert "都在报这件事（5户）" in page
    assert "还有 1 条" in page
    assert "<b>" not in page.split('id="around"')[1].split("电梯坏了")[1][:3]
    async with office.parts.db.read() as session:
        report = (await session.scalars(select(JoinedReport).order_by(JoinedReport.id))).first()
    assert report is not None
    path = f"/console/tickets/{ticket.id}/reports/{report.id}/part"
    assert (await browser.post(path)).status == 303
    assert "都在报这件事（4户）" in await browser.page(f"/console/tickets/{ticket.id}")
    own = await office.ticket(ticket.id + 1)
    assert (own.reporter_id, own.text) == (report.resident_id, report.text)
    await browser.post(path)
    assert "这条已经单独办理了" in await browser.page(f"/console/tickets/{ticket.id}")


async def test_who_works_there_decides_and_a_supervisor_only_looks(office: Office) -> None:
    first, second = await two_lights(office)
    likeness = await only(office, Likeness)
    await office.open("3栋2单元3楼楼道灯不亮", LIGHT, who="小陈", where=Where("3", "2", "3"), may_join=True)
    report = await only(office, JoinedReport)
    decide = f"/console/tickets/{second.id}/same/{likeness.id}"
    part = f"/console/tickets/{first.id}/reports/{report.id}/part"
    for role in (Role.SUPERVISOR, *(role for role in Role if role is not Role.SUPERVISOR)):
        browser = await office.browser(role)
        page = await browser.page(f"/console/tickets/{first.id}")
        assert [word in page for word in ("拆出来单独办", "不是同一件")] == [role is not Role.SUPERVISOR] * 2, role
        if role is Role.SUPERVISOR:
            assert (await browser.post(part)).status == 404
            assert (await browser.post(decide, {"same": "no"})).status == 404
    assert (await browser.post(f"{decide}9", {"same": "no"})).status == 404
    assert (await browser.post(f"/console/tickets/{second.id}/reports/{report.id}/part")).status == 404
    assert (await browser.post(decide, {"same": "no"}, token="wrong")).status == 403
    assert (await only(office, Likeness)).verdict == ""


async def test_who_may_not_see_the_other_ticket_is_not_told_of_it(office: Office) -> None:
    """The grid worker of grid 1 does not see what lies in grid 2."""
    ticket = await office.open("3栋停电了", LIGHT, where=Where("3"))
    other = await office.open("7栋2单元停电了", LIGHT, who="老李", where=Where("7", "2"))
    assert (await only(office, Likeness)).other_id == ticket.id
    browser = await office.browser("grid_worker")
    page = await browser.page(f"/console/tickets/{ticket.id}")
    assert f'href="/console/tickets/{other.id}"' not in page
    assert f'href="/console/tickets/{other.id}"' in await (await office.browser("committee")).page(
        f"/console/tickets/{ticket.id}"
    )
