"""What if: who would get a message, a file of messages, last month's tickets, and why; nothing happens."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import func, select

from actions.routing.commands import ChangeDutyList
from actions.routing.handlers import seed_lists
from actions.routing.hours import read_hours
from actions.routing.rules import DutyList, Route
from actions.tickets.commands import Where
from actions.tickets.model import Ticket
from bot.__main__ import build_parser
from bot.bootstrap import choose_parser
from bot.cli import routing
from bot.cli.routing import CannotRoute
from bot.console.parts import Mind
from bot.decide.decision import Thresholds
from bot.understand.understanding import Parser
from tests.support.console import Browser, Office, open_office
from tests.support.desk import RULES
from tests.support.workbench import text_of
from tests.support.world import ROOT, make_settings

PEST = "service_request/pest"
HOME = "/console/duties/simulate"
NIGHT = "2026-11-18T23:00"


@cache
def load_parser() -> Parser:
    return choose_parser(make_settings(ROOT / "var"))[0]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    parser = load_parser()

    async def want_parser() -> Parser:
        return parser

    mind = Mind(want_parser, Thresholds(), {code: service.name for code, service in RULES.services.items()})
    async with open_office(tmp_path, mind=mind) as opened:
        async with opened.parts.db.write() as session:
            await seed_lists(session, opened.parts.rules, opened.clock.now())
        hours = read_hours("工作日 09:00-18:00")
        lines = (
            Route(("service_request/elevator",), {"grid": "police", "community": "committee"}, "3栋"),
            Route(("dispute/noise",), {"grid": "owners", "community": "committee"}),
            Route(("service_request/greenery",), {"grid": "workstation"}, hours=hours),
            Route(("service_request/sanitation",), {"grid": "workstation"}, hours=hours, deputy="police"),
        )
        rules, people = opened.parts.rules, opened.people
        duties = DutyList(rules.bodies, (*rules.routes, *lines))
        command = ChangeDutyList(people.community_id, people.staff["管理员"], duties, "import", 1)
        await opened.parts.performer.run(command)
        yield opened


async def _ask(browser: Browser, office: Office, **fields: Any) -> str:
    form = {"community": str(office.people.community_id), "source": "text", **fields}
    answer = await browser.post(HOME, form)
    text = await answer.text()
    assert answer.status in (200, 422), text
    return text_of(text)


async def test_it_is_told_who_gets_a_message_and_why(office: Office) -> None:
    browser = await office.browser("admin")
    said = "3栋的电梯又停了\n5栋的电梯又停了\n楼上天天半夜吵得睡不着\n大家早上好"
    text = await _ask(browser, office, text=said, against="1")
    assert "3栋的电梯又停了 · 电梯故障 桂花社区警务室（网格） 桂花物业（网格） 再找 桂花社区居委会（社区）" in text
    assert "电梯故障，3栋" in text
    assert "5栋的电梯又停了 · 电梯故障 桂花物业（网格） 再找" in text
    assert "业主委员会在这里没有班组" in text
    assert "大家早上好 不成工单" in text
    assert "和第1版不同 2 件" in text
    assert "重复" not in text.partition("会到谁手里")[0]


async def test_the_hour_decides_between_a_body_its_deputy_and_the_morning(office: Office) -> None:
    browser = await office.browser("committee")
    said = "3栋楼下垃圾堆成山了没人清\n小区的树枝断了，绿化带没人管"
    day, night = await _ask(browser, office, text=said), await _ask(browser, office, text=said, at=NIGHT)
    assert "桂花社区工作站（网格）" in day
    assert "由社区警务室代办" in night
    assert "等到上班" in night
    assert "值班" not in day.partition("会到谁手里")[2]


async def test_a_place_that_is_chosen_goes_before_the_one_that_is_said(office: Office) -> None:
    browser = await office.browser("steward")
    assert "桂花社区警务室（网格）" in await _ask(browser, office, text="5栋的电梯又停了", place="3栋")


async def test_a_file_of_messages_is_read_line_by_line(office: Office) -> None:
    browser = await office.browser("admin")

    async def upload(content: bytes) -> str:
        form = FormData({"csrf": await browser.token(), "source": "text"})
        form.add_field("file", content, filename="a.txt", content_type="text/plain")
        return text_of(await (await browser.http.post(HOME, data=form)).text())

    assert "桂花社区警务室（网格） 1 件" in await upload("\ufeff3栋的电梯又停了\r\n\r\n".encode())
    assert "请给一个 UTF-8 的文本文件" in await upload(b"\xff\xfe\x00")
    assert "请给一个 UTF-8 的文本文件" in await upload(b"a" * 300_000)
    assert "一次最多试" in await upload(b"a\n" * 500)


async def test_last_months_tickets_are_routed_without_their_words_and_nothing_happens(office: Office) -> None:
    old = await office.open("电梯又停了")
    office.clock.advance(timedelta(days=40))
    lift = await office.open("电梯又停了")
    tip = await office.open("对门好像在搞传销", "safety_tip/fraud", where=Where("8", "1"))
    before = await office.rows(select(func.count()).select_from(Ticket))
    admin, grid = await office.browser("admin"), await office.browser("grid_worker")
    text = await _ask(admin, office, source="tickets", against="1")
    assert f"{lift.ref} · 电梯故障 桂花社区警务室（网格） 桂花物业（网格）" in text
    assert "工单现在在 桂花社区警务室" in text
    assert old.ref not in text
    assert "传销" not in text
    assert tip.ref in text
    assert tip.ref not in await _ask(grid, office, source="tickets")
    assert await office.rows(select(func.count()).select_from(Ticket)) == before


async def test_what_makes_no_sense_is_told_in_words(office: Office) -> None:
    browser = await office.browser("admin")
    assert "请写一句居民的话" in await _ask(browser, office)
    assert "时间看不懂" in await _ask(browser, office, text="电梯坏了", at="明天")
    assert "最近一个月没有工单" in await _ask(browser, office, source="tickets")
    assert (await browser.post(HOME, {"community": "99999", "text": "电梯坏了"})).status == 404
    for role in ("police", "supervisor", "street"):
        assert (await (await office.browser(role)).get(HOME)).status == 200


async def _run(office: Office, *words: str) -> str:
    return await routing.route(office.parts.settings, build_parser().parse_args(["route", *words]))


async def test_the_command_line_says_the_same(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "said.txt"
    path.write_text("5栋的电梯又停了\n", "utf-8")
    said = await _run(office, "3栋的电梯又停了", "--file", str(path), "--against", "1")
    assert "3栋的电梯又停了 → 桂花社区警务室（网格） [桂花物业（网格）]" in said
    assert "5栋的电梯又停了 → 桂花物业（网格）\n" in said
    line = await _run(office, "小区的树枝断了，绿化带没人管", "--at", NIGHT, "--place", "3栋", "--json")
    assert "等到上班" in json.loads(line)["why"]
    ticket = await office.open("电梯又停了")
    assert f"{ticket.ref} → 桂花社区警务室（网格）" in await _run(office, "--tickets", "--at", "2026-11-19T10:00")
    more = (["--at", "soon"], ["--place", "99栋"], ["--community", "?"], ["--against", "9"])
    for wrong in ([], *(["x", *one] for one in more)):
        with pytest.raises(CannotRoute):
            await _run(office, *wrong)
