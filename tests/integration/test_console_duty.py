"""The duty page and an alarm's page: who may do what there, and what comes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from actions.emergencies.model import Alarm, AlarmPage, DutyShift, RollCallEntry
from actions.people.model import OrgUnit, StaffMember
from actions.tickets.commands import Where
from actions.tickets.model import Article, Ticket
from bot.bootstrap import build_jobs
from bot.scheduling.timetable import ALARMS
from tests.support.console import Office, open_office

WORKERS = ("grid_worker", "steward", "committee", "mediator", "police", "workstation", "street", "district", "admin")
PHONE = "13800001234"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        async with opened.parts.db.write() as session:
            await session.execute(update(StaffMember).where(StaffMember.name == "李师傅").values(phone=PHONE))
        yield opened


def shift_form(office: Office, name: str = "李师傅", **more: object) -> dict[str, object]:
    known = {"community": office.people.community_id, "staff_id": office.people.staff[name], "day": "2026-11-18"}
    return known | {"from": "08:00", "to": "08:00", "turn": 1, "days": 1} | more


async def fire(office: Office) -> Ticket:
    return await office.open("着火了", "emergency/fire", emergency="fire")


async def shifts(office: Office) -> list[DutyShift]:
    return await office.rows(select(DutyShift).order_by(DutyShift.id))


@pytest.mark.parametrize("role", [*WORKERS, "supervisor"])
async def test_only_admin_and_committee_change_the_roster(office: Office, role: str) -> None:
    browser = await office.browser(role)
    answer = await browser.post("/console/duty", shift_form(office))
    assert answer.status == (404 if role == "supervisor" else 303)
    assert len(await shifts(office)) == (role in {"admin", "committee"})
    if role != "supervisor":
        page = await browser.page("/console/duty")
        assert ("排一班" in page) == (role in {"admin", "committee"})


async def test_the_phone_on_the_roster_is_for_staff_alone(office: Office) -> None:
    admin = await office.browser("admin")
    await admin.post("/console/duty", shift_form(office))
    assert PHONE in await (await office.browser("mediator")).page("/console/duty")
    ticket = await fire(office)
    supervisor = await office.browser("supervisor")
    assert PHONE not in await supervisor.page(f"/console/tickets/{ticket.id}")
    assert "收到，我去" not in await supervisor.page(f"/console/tickets/{ticket.id}")


async def test_a_shift_over_midnight_for_a_week(office: Office) -> None:
    admin = await office.browser("admin")
    night = {"from": "18:00", "to": "08:00", "days": 7, "note": "带钥匙"}
    await admin.post("/console/duty", shift_form(office, **night))
    rows = await shifts(office)
    assert len(rows) == 7
    assert {row.ends_at - row.starts_at for row in rows} == {timedelta(hours=14)}
    page = await admin.page("/console/duty")
    assert page.count("带钥匙") == 7
    assert "11-18 18:00 — 11-19 08:00" in page


@pytest.mark.parametrize("wrong", [{"day": ""}, {"from": "25:00"}, {"days": "0"}, {"days": "x"}, {"staff_id": "9999"}])
async def test_bad_input_is_said_in_plain_words(office: Office, wrong: dict[str, object]) -> None:
    admin = await office.browser("admin")
    await admin.post("/console/duty", shift_form(office, **wrong))
    assert 'role="alert"' in await admin.page("/console/duty")
    assert await shifts(office) == []


async def test_somebody_on_duty_hands_their_own_shift_over_and_no_other(office: Office) -> None:
    admin, steward, grid = [await office.browser(role) for role in ("admin", "steward", "grid_worker")]
    await admin.post("/console/duty", shift_form(office))
    path, to = f"/console/duty/{(await shifts(office))[0].id}/hand-over", office.people.staff["赵网格"]
    await grid.post(path, {"staff_id": to, "note": "我来"})
    assert len(await shifts(office)) == 1
    await steward.post(path, {"staff_id": to, "note": "地库有积水"})
    old, new = await shifts(office)
    assert (old.ends_at, new.staff_id, new.taken_from_id) == (office.clock.now(), to, old.id)
    assert "地库有积水" in await grid.page("/console/duty")


async def test_the_one_who_is_called_answers_from_the_page_and_it_stands_in_the_history(office: Office) -> None:
    admin, grid = await office.browser("admin"), await office.browser("grid_worker")
    await admin.post("/console/duty", shift_form(office, "赵网格"))
    ticket = await fire(office)
    assert "正在叫：赵网格" in await grid.page("/console/duty")
    await grid.post("/console/alarms/1/act", {"do": "acknowledge"})
    assert "赵网格已收到" in await admin.page(f"/console/tickets/{ticket.id}")
    await admin.post("/console/alarms/1/act", {"do": "false_alarm"})
    page = await admin.page(f"/console/tickets/{ticket.id}")
    assert all(word in page for word in ("呼叫值班", "值班收到", "误报"))
    moves = await office.rows(select(Article.move).where(Article.ticket_id == ticket.id).order_by(Article.id))
    assert moves == ["open", "page", "page_answered", "false_alarm", "withdraw"]
    assert (await office.ticket(ticket.id)).status == "withdrawn"


async def test_who_is_called_from_another_grid_can_open_what_they_are_called_to(office: Office) -> None:
    admin, grid = await office.browser("admin"), await office.browser("grid_worker")
    await admin.post("/console/duty", shift_form(office, "赵网格"))
    await office.open("着火了", "emergency/fire", emergency="fire", where=Where("8"))
    assert "火情" in await grid.page("/console/alarms/1")


@pytest.mark.parametrize("role", ["supervisor", None])
async def test_who_does_not_work_here_presses_nothing(office: Office, role: str | None) -> None:
    await fire(office)
    browser = await office.browser(role)
    token = None if role else "x"
    answer = await browser.post("/console/alarms/1/act", {"do": "acknowledge"}, token=token)
    assert answer.status == (404 if role else 303)
    assert (await office.rows(select(Alarm.state))) == ["ringing"]


async def test_a_form_without_its_token_presses_nothing(office: Office) -> None:
    await fire(office)
    admin = await office.browser("admin")
    assert (await admin.post("/console/alarms/1/act", {"do": "end"}, token="no")).status == 403
    assert (await admin.post("/console/duty", shift_form(office), token="no")).status == 403


async def test_when_the_clock_stands_still_the_page_says_to_take_the_phone(office: Office) -> None:
    admin = await office.browser("admin")
    await admin.post("/console/duty", shift_form(office))
    await fire(office)
    assert "请直接照名单打电话" not in await admin.page("/console/alarms/1")
    office.clock.advance(timedelta(minutes=5))
    page = await admin.page("/console/alarms/1")
    assert "请直接照名单打电话" in page
    assert PHONE in page
    await build_jobs(office.parts).run(ALARMS)
    assert len(await office.rows(select(AlarmPage.id))) == 2
    assert "请直接照名单打电话" not in await admin.page("/console/alarms/1")


async def test_a_roll_call_from_the_page_to_the_report(office: Office) -> None:
    steward, building = await office.browser("steward"), await building_of(office, "3栋")
    await fire(office)
    assert "发起报平安" in await steward.page("/console/alarms/1")
    await steward.post("/console/alarms/1/roll-call", {"building_id": building})
    page = await steward.page("/console/alarms/1")
    assert "2单元501" in page
    assert "还没消息 1" in page
    entry = (await office.rows(select(RollCallEntry.id)))[0]
    await steward.post("/console/alarms/1/door", {"entry_id": entry, "word": "help"})
    assert "需要帮助 1" in await steward.page("/console/alarms/1")
    await steward.post("/console/alarms/1/door", {"entry_id": entry, "word": "safe"})
    await steward.post("/console/alarms/1/act", {"do": "end"})
    report = await steward.page("/console/alarms/1/report")
    assert "共1户：平安1户，需要帮助0户，没有消息0户" in report
    assert all(word in report for word in ("居民报警", "呼叫值班", "住户求助，呼叫", "解除"))
    assert "501" not in report  # it may be handed on
    assert "王阿姨" not in report


async def building_of(office: Office, name: str) -> int:
    return int((await office.rows(select(OrgUnit.id).where(OrgUnit.name == name)))[0])


@pytest.mark.parametrize("role", ["supervisor", "grid_worker"])
async def test_a_roll_call_of_another_area_is_not_theirs(office: Office, role: str) -> None:
    await office.open("着火了", "emergency/fire", emergency="fire", where=Where("8"))
    browser, building = await office.browser(role), await building_of(office, "8栋")
    for path, form in (("roll-call", {"building_id": building}), ("door", {"entry_id": 1, "word": "safe"})):
        assert (await browser.post(f"/console/alarms/1/{path}", form)).status == 404
    assert (await browser.get("/console/alarms/1/report")).status == 404


@pytest.mark.parametrize("form", [{}, {"building_id": "x"}, {"building_id": "99999"}])
async def test_a_building_that_is_none_is_refused_in_plain_words(office: Office, form: dict[str, str]) -> None:
    await fire(office)
    steward = await office.browser("steward")
    answer = await steward.post("/console/alarms/1/roll-call", form)
    assert answer.status in (303, 422)
    assert await office.rows(select(RollCallEntry.id)) == []
    assert (await steward.post("/console/alarms/1/door", {"entry_id": "77", "word": "safe"})).status == 404


async def test_a_call_is_answered_beside_the_staff_group_too(office: Office) -> None:
    steward = await office.browser("steward")
    assert "收到，我去" not in await steward.page("/console/staff-chat")
    await fire(office)
    assert "收到，我去" in await steward.page("/console/staff-chat")
    await steward.post("/console/alarms/1/act", {"do": "acknowledge"})
    assert "李师傅已收到" in await steward.page("/console/staff-chat")
