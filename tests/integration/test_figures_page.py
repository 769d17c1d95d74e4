"""The page of the three rates: whose it is, what it shows, what it hides, the workbook, and PostgreSQL."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from actions.tickets.commands import Actor, RateTicket, Where
from bot.storage.figures import Period, add_up, total
from bot.storage.queries import Area
from bot.storage.queries_figures import load_stories
from tests.support.console import Office, open_office
from tests.support.postgres import own_postgres

SEES = {"admin", "committee", "workstation", "street", "district", "supervisor"}
ROLES = [*sorted(SEES), "grid_worker", "steward", "mediator", "police"]
LOOP = (
    ("accept", "钱主任", 10),
    ("take", "李师傅", 20),
    ("handle", "李师傅", 30),
    ("check", "钱主任", 5),
    ("close", "钱主任", 5),
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def go_through(office: Office, score: int = 0, **more: str) -> int:
    """A ticket from its report to its rating, an hour and ten minutes later."""
    ticket = await office.open(**more)
    for move, who, minutes in LOOP:
        office.clock.advance(timedelta(minutes=minutes))
        await office.move(ticket, move, who)
    if score:
        who = Actor("resident", office.people.residents["王阿姨"])
        await office.parts.performer.run(RateTicket(ticket.id, who, score))
    return ticket.id


async def test_only_those_who_compare_bodies_see_it(office: Office) -> None:
    for role in ROLES:
        browser = await office.browser(role)
        for path in ("/console/figures", "/console/figures/download"):
            assert (role, (await browser.get(path)).status) == (role, 200 if role in SEES else 404)
    stranger = await office.browser()
    assert (await stranger.get("/console/figures")).status == 303
    assert (await stranger.get("/console/figures/download")).status == 303


async def test_the_table_says_the_rates_and_who_was_silent(office: Office) -> None:
    await go_through(office, score=5)
    await go_through(office)
    office.clock.advance(timedelta(days=3))  # the second was asked and said nothing
    await office.open()
    text = await (await office.browser("committee")).page("/console/figures")
    assert "50.0%" in text
    assert "评了的人里 100.0%" in text
    assert "没评价 1" in text
    assert "未到期 1" in text
    assert "30分钟<small>九成在30分钟内</small>" in text
    assert "桂花物业" in text


async def test_a_wrong_time_is_said_and_the_week_is_shown(office: Office) -> None:
    browser = await office.browser("admin")
    for days in ("from=x&to=y", "from=2026-11-20&to=2026-11-01", "from=2026-11-01", "from=0001-01-01&to=9999-12-31"):
        assert "日期没有填对" in await browser.page(f"/console/figures?span=days&{days}", 422)
        assert (await browser.get(f"/console/figures/download?span=days&{days}")).status == 422
    assert "一次最多看366天" in await browser.page("/console/figures?span=days&from=2025-01-01&to=2026-11-01", 422)
    for span, says in (
        ("week", "2026-11-16 至 2026-11-22"),
        ("last_week", "2026-11-09 至 2026-11-15"),
        ("month", "2026-11-01 至 2026-11-30"),
        ("last_month", "2026-10-01 至 2026-10-31"),
        ("days&from=2026-02-03&to=2026-02-03", "2026-02-03 至 2026-02-03"),
        ("nonsense", "2026-11-16 至 2026-11-22"),
    ):
        assert says in await browser.page(f"/console/figures?span={span}")


async def test_what_is_confidential_counts_and_is_not_told(office: Office) -> None:
    await office.open("对门好像在搞传销", "safety_tip/fraud")
    for role in ("workstation", "supervisor", "street"):
        text = await (await office.browser(role)).page("/console/figures")
        assert "传销" not in text
    rows = await sheet_of(office, "workstation")
    assert rows[3][2] == 1


async def test_the_supervisor_is_not_told_small_numbers(office: Office) -> None:
    await go_through(office, score=1)  # its rating reopens it one level up
    inside = await (await office.browser("committee")).page("/console/figures")
    outside = await (await office.browser("supervisor")).page("/console/figures")
    assert "不公开" not in inside
    assert re.search(r"\d%", inside)
    assert "不公开" in outside
    assert not re.search(r"\d%<", outside)
    assert {type(cell) for row in (await sheet_of(office, "supervisor"))[3:] for cell in row[2:] if cell != 0} <= {
        str,
        type(None),
    }


async def test_the_workbook_holds_the_numbers_and_no_names_of_residents(office: Office) -> None:
    await go_through(office, score=4)
    rows = await sheet_of(office, "admin")
    whole = dict(zip(rows[2], rows[3], strict=True))
    assert (whole["层级"], whole["新增"], whole["应响应"], whole["按时响应率"]) == ("全部", 1, 1, 1)
    assert (whole["满意率（含没评价）"], whole["没评价"], whole["上报到结案 中位数（分钟）"]) == (1, 0, 70)
    words = " ".join(str(cell) for row in rows for cell in row)
    for secret in ("王阿姨", "501", "电梯又停了"):
        assert secret not in words


async def sheet_of(office: Office, role: str) -> list[tuple[object, ...]]:
    browser = await office.browser(role)
    answer = await browser.get("/console/figures/download?span=week")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="linan-figures-20261116-20261122.xlsx"'
    book = load_workbook(io.BytesIO(await answer.read()))
    return list(book.worksheets[0].iter_rows(values_only=True))


async def test_an_area_counts_its_own_tickets_only(office: Office) -> None:
    await office.open(where=Where("3"))
    await office.open(where=Where("8"))
    start = office.clock.now() - timedelta(days=1)
    period = Period(start, start + timedelta(days=7), office.clock.now())
    async with office.parts.db.read() as db:
        paths = {"/": 2, "/999/": 0}
        for path, count in paths.items():
            stories = await load_stories(db, Area(0, None, office.people.community_id, path, False), period)
            assert len(stories) == count
        assert await load_stories(db, Area(0, None, office.people.community_id + 99, "/", True), period) == []


async def test_the_figures_are_the_same_on_postgresql(tmp_path: Path) -> None:
    seen = []
    async with open_office(tmp_path / "sqlite") as office:
        seen.append(await played(office))
    async with own_postgres() as url, open_office(tmp_path / "postgres", url) as office:
        seen.append(await played(office))
    assert seen[0] == seen[1]


async def played(office: Office) -> object:
    for score in (5, 3, 0, 1):
        await go_through(office, score)
    ticket = await office.open()
    await office.move(ticket, "return", "李师傅")
    office.clock.advance(timedelta(days=3))
    start = office.clock.now() - timedelta(days=6)
    period = Period(start, start + timedelta(days=7), office.clock.now())
    async with office.parts.db.read() as db:
        area = Area(0, None, office.people.community_id, "/", False)
        found = add_up(await load_stories(db, area, period), period, office.parts.rules)
    whole = total(found.values())
    assert (whole.satisfaction.base, whole.satisfaction.good, whole.satisfaction.silent) == (4, 1, 1)
    assert (whole.reopened, whole.returned) == (1, 1)
    return {(seat.level, seat.team_id): figures for seat, figures in found.items()}
