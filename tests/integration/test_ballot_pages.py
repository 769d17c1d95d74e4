"""A ballot through the pages: written, opened by a second person, voted on, entered on paper, counted, checked."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from aiohttp import FormData
from sqlalchemy import select

from actions.ballots.model import Ballot, BallotPaper, BallotVote, HomeArea
from actions.people.home_commands import RegisterDoors, UseCode
from bot.bootstrap import build_jobs
from bot.cli.tally import find_faults, recount
from bot.clock import local
from bot.console.ballots.sheet import read_areas, write_doors
from bot.scheduling.timetable import BALLOTS
from tests.support.console import Browser
from tests.support.homes import House, open_house


async def live_in(house: House, who: str, *door: str) -> None:
    """A resident proves a home."""
    code = await house.code(*door)
    people = house.people
    await house.parts.performer.run(UseCode(people.community_id, people.residents[who], code))


async def drafted(house: House, **more: str) -> int:
    """The committee writes a ballot of three homes by area."""
    desk = await house.browser("committee")
    closes = f"{local(house.clock.now() + timedelta(days=2)):%Y-%m-%dT%H:%M}"
    form = {"title": "加装电梯", "text": "3栋加装电梯", "way": "three_quarters", "item": "rebuild", "number": "n1"}
    form |= {"options": "同意\n反对\n弃权", "closes": closes, "secret": "1", **more}
    answer = await desk.post("/console/ballots/new", form)
    assert answer.status == 303, await answer.text()
    return int(answer.headers["Location"].rpartition("/")[2])


async def send(browser: Browser, path: str, form: dict[str, str]) -> str:
    """Send a form and read the page that follows."""
    answer = await browser.post(path, form)
    assert answer.status == 303, await answer.text()
    return await browser.page(answer.headers["Location"])


async def fill(house: House) -> None:
    house.parts.seals.get_public(make=True)
    building = await house.building("3")
    await house.parts.performer.run(
        RegisterDoors(house.people.staff["钱主任"], building.id, "2", ("501", "502", "503"))
    )
    await live_in(house, "王阿姨", "3", "2", "501")


async def test_a_ballot_from_its_draft_to_a_count_that_anybody_can_repeat(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await fill(house)
        number = await drafted(house)
        desk, admin = await house.browser("committee"), await house.browser("admin")
        page = await desk.page(f"/console/ballots/{number}")
        assert "核对无误，开启投票" not in page
        assert "待开启投票" not in await desk.page("/console/")  # it waits for somebody else
        assert "待开启投票" in await admin.page("/console/")
        refused = await send(admin, f"/console/ballots/{number}", {"do": "open"})
        assert "还有 3 户没有面积" in refused
        sheet = await (await desk.get("/console/ballots/areas.xlsx")).read()
        assert read_areas(sheet) == []
        for room in ("501", "502", "503"):
            home = await house.household("3", "2", room)
            await desk.post("/console/ballots/areas", {"home": str(home.id), "area": "89.37"})
        assert [line[4] for line in read_areas(await (await desk.get("/console/ballots/areas.xlsx")).read())] == [
            8937
        ] * 3
        await admin.post(f"/console/ballots/{number}", {"do": "open"})
        code = await vote_on_the_page(house, number)
        await longer(house, number)
        await enter_on_paper(house, number)
        house.clock.advance(timedelta(days=3, minutes=2))
        await build_jobs(house.parts).run(BALLOTS)
        await check_the_count(house, number, code)


async def longer(house: House, number: int) -> None:
    """One of three has voted: a day more, with a reason that residents read; the form is gone then."""
    desk, path = await house.browser("committee"), f"/console/ballots/{number}"
    closes = f"{local(house.clock.now() + timedelta(days=3)):%Y-%m-%dT%H:%M}"
    assert "请填新的截止时间" in await send(desk, path, {"do": "extend", "text": "下雨"})
    done = await send(desk, path, {"do": "extend", "text": "下雨，门没敲完", "closes": closes})
    assert "延期原因：下雨，门没敲完" in done
    assert "可以延期一次" not in done
    mine = await (await house.resident("王阿姨")).get(f"/ballots/{number}")
    assert "下雨，门没敲完" in await mine.text()


async def vote_on_the_page(house: House, number: int) -> str:
    """A member votes, and changes the vote; the stranger cannot. The receipt's code."""
    mine, strange = await house.resident("王阿姨"), await house.resident("新邻居")
    assert "先核实住址" in await (await strange.post(f"/ballots/{number}", data={"do": "vote", "option": "0"})).text()
    for option in ("1", "0"):
        page = await (await mine.post(f"/ballots/{number}", data={"do": "vote", "option": option})).text()
    assert 'id="choice">同意<' in page
    assert "改过 1 次" in page
    found = re.search(r'id="receipt">([A-Z0-9-]{19})<', page)
    assert found is not None
    checked = await (await mine.post(f"/ballots/{number}", data={"do": "check", "code": found[1].lower()})).text()
    assert "日志第 2 条" in checked
    votes = await house.rows(select(BallotVote))
    assert [(one.choice, one.code, one.changes) for one in votes] == [(None, "", 1)]
    return found[1]


async def enter_on_paper(house: House, number: int) -> None:
    """Two people enter the same sheet; the one who has not voted stands in the list, never what was voted."""
    desk, other = await house.browser("workstation"), await house.browser("grid_worker")
    doors = await other.page(f"/console/ballots/{number}/doors")
    assert "502" in doors
    assert "501</b>" not in doors
    home = (await house.household("3", "2", "502")).id
    await desk.post(f"/console/ballots/{number}/papers", {"home": str(home), "option": "0"})
    paper = (await house.rows(select(BallotPaper)))[0]
    at = f"/console/ballots/{number}/papers/{paper.id}"
    assert "以外的另一位同事" in await send(desk, at, {"do": "confirm", "option": "0"})
    assert "已核对" in await send(other, at, {"do": "confirm", "option": "0"})
    printed = await desk.page(f"/console/ballots/{number}/sheet")
    assert "503" in printed
    assert "502</p>" not in printed


async def check_the_count(house: House, number: int, code: str) -> None:
    ballot = (await house.rows(select(Ballot)))[0]
    assert ballot.state == "tallied"
    mine = await house.resident("王阿姨")
    page = await (await mine.get(f"/ballots/{number}")).text()
    assert "参与人数：2位业主／3位业主" in page
    assert "通过" in page
    assert code not in page  # nobody knows it any more but who wrote it down
    checked = await (await mine.post(f"/ballots/{number}", data={"do": "check", "code": code})).text()
    assert "投的是“同意”" in checked
    assert not any(one.sealed or one.choice is not None for one in await house.rows(select(BallotVote)))
    text = await (await mine.get(f"/count/{ballot.ref}.json")).text()
    assert find_faults(text, ballot.digest) == []
    assert recount(json.loads(text)) == ([2, 0, 0], [17874, 0, 0], True)
    workbook = await (await house.browser("committee")).get(f"/console/ballots/{number}/ballot.xlsx")
    assert workbook.status == 200


async def bring(browser: Browser, *rows: tuple[object, ...]) -> str:
    """Send a workbook of areas and read the page that follows."""
    form = FormData({"csrf": await browser.token()})
    body = write_doors("住户面积", ("楼栋", "单元", "房号", "面积", "同一业主记号"), rows)
    form.add_field("file", body, filename="areas.xlsx", content_type="application/octet-stream")
    answer = await browser.http.post("/console/ballots/areas/file", data=form, allow_redirects=False)
    assert answer.status == 303, await answer.text()
    return await browser.page(answer.headers["Location"])


async def test_of_a_workbook_with_a_mistake_nothing_is_taken(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await fill(house)
        desk, good = await house.browser("committee"), ("3栋", "2", "501", 89.37, "")
        assert "已更新 1 户" in await bring(desk, good)
        other = ("3栋", "2", "501", 200, "")
        assert "第4行“3栋2-909”没有登记" in await bring(desk, other, ("3栋", "2", "909", 88, ""))
        assert "第4行的面积“九十”看不懂" in await bring(desk, other, ("3栋", "2", "502", "九十", ""))
        assert "第4行和第3行是同一户" in await bring(desk, other, other)
        home = {"home": str((await house.household("3", "2", "501")).id), "area": "很大"}
        assert "面积“很大”看不懂" in await send(desk, "/console/ballots/areas", home)
        assert [one.area for one in await house.rows(select(HomeArea))] == [8937]
