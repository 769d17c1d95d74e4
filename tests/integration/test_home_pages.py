"""Homes on the residents' page and in the console: codes, claims, names at the back, callers without a chat."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.errors import MoveRefused
from actions.people.doors import open_household, verified_household
from actions.people.home_commands import ClaimHome, Door, MakeCodes, SettleClaim, UseCode
from actions.people.home_model import Contact, HouseholdCode, Residence
from actions.people.model import Household, OrgUnit, Resident
from actions.tickets.model import Article, Ticket
from bot.storage.tables import AuditEvent
from tests.support.console import open_office
from tests.support.homes import House, open_house, words_of
from tests.support.postgres import own_postgres

NAME, PHONE = "甄实名", "13812345678"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_a_resident_claims_proves_and_leaves_a_home_on_their_page(house: House) -> None:
    page, building = await house.resident("新邻居"), str((await house.building("3")).id)
    assert "还没有登记" in await (await page.get("/mine")).text()
    claim = {"do": "claim", "building": building, "unit": "2", "room": "501室"}
    assert "待核实" in await words_of(await page.post("/mine", data=claim))
    assert "不对" in await words_of(await page.post("/mine", data={"do": "code", "code": "AAAA-BBB2"}))
    code = await house.code()
    told = await words_of(await page.post("/mine", data={"do": "code", "code": code.lower().replace("-", " ")}))
    assert "核实好了" in told
    text = await (await page.get("/mine")).text()
    assert "3栋2单元501" in text
    assert "已核实" in text
    assert "用邀请码核实" not in text
    async with house.parts.db.read() as session:
        mine = await verified_household(session, house.people.residents["新邻居"])
    assert mine is not None
    assert (mine.unit, mine.room) == ("2", "501")
    assert "退出" in await words_of(await page.post("/mine", data={"do": "leave"}))
    async with house.parts.db.read() as session:
        assert await verified_household(session, house.people.residents["新邻居"]) is None


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"do": "claim", "building": "999999", "room": "1"}, "没有这栋楼"),
        ({"do": "claim", "building": "x", "room": "1"}, "没有这栋楼"),
        ({"do": "claim", "room": ""}, "没有这栋楼"),
        ({"do": "contact", "name": "甄" * 99, "phone": PHONE}, "姓名太长"),
        ({"do": "contact", "name": NAME, "phone": "12"}, "电话号码不对"),
        ({"do": "unproxy", "residence": "77"}, "不用退出"),
        ({"do": "ask"}, "没有要核实的住处"),
        ({"do": "leave"}, "不用退出"),
        ({"do": "dance"}, ""),
        ({}, ""),
    ],
)
async def test_what_cannot_be_done_is_said_on_the_page(house: House, form: dict[str, str], says: str) -> None:
    page = await house.resident("新邻居")
    answer = await page.post("/mine", data=form)
    assert answer.status in (200, 400)
    assert says in await words_of(answer)
    assert await house.home("新邻居") is None


async def test_the_page_is_nobody_elses(house: House) -> None:
    stranger = await house.browser()
    assert (await stranger.get("/mine")).headers["Location"] == "/"
    page = await house.resident("王阿姨")
    foreign = await page.post("/mine", data={"do": "leave"}, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status == 403


async def test_one_code_of_one_use_lets_one_of_two_in(house: House) -> None:
    code, here = await house.code(), house.people.community_id
    both = [UseCode(here, house.people.residents[who], code) for who in ("新邻居", "小陈")]
    outcomes = await asyncio.gather(*(house.parts.performer.run(command) for command in both))
    assert sorted(outcome.value for outcome in outcomes) == ["used", "verified"]
    assert [row.uses_left for row in await house.rows(select(HouseholdCode))] == [0]


async def test_a_code_of_another_community_opens_nothing(house: House) -> None:
    code = await house.code()
    async with house.parts.db.write() as session:
        row = (await session.scalars(select(HouseholdCode))).one()
        row.community_id = 999
    outcome = await house.parts.performer.run(UseCode(house.people.community_id, house.people.residents["小陈"], code))
    assert (outcome.value, outcome.replies[0].phrase) == ("wrong", "home.code_elsewhere")


async def test_codes_are_printed_once_and_kept_as_hashes(house: House) -> None:
    browser, building = await house.browser("grid_worker"), (await house.building("3")).id
    token = await browser.token()
    doors = {"building": str(building), "unit": "2", "rooms": "101-103、201 "}
    await browser.post("/console/homes/doors", doors, token=token)
    page = await browser.page(f"/console/homes/codes?building={building}")
    ids = re.findall(r'name="doors" value="(\d+)"', page)
    assert len(ids) == 4
    slips = await browser.post("/console/homes/codes", {"doors": ids[0], "uses": "2", "days": "7"}, token=token)
    text = await slips.text()
    code = re.search(r'slip-code">([A-Z2-9-]{9})<', text)
    assert code is not None
    assert "3栋2单元101" in text
    assert code[1] not in await browser.page(f"/console/homes/codes?building={building}")
    kept = sqlite3.connect(house.parts.settings.var / "linan.db").execute("SELECT * FROM household_code").fetchall()
    assert code[1].replace("-", "") not in str(kept)
    await browser.post("/console/homes/codes", {"doors": ids[0], "uses": "2", "days": "7"}, token=token)
    lost = await house.parts.performer.run(UseCode(house.people.community_id, house.people.residents["小陈"], code[1]))
    assert lost.replies[0].phrase == "home.code_void"
    for wrong in ({"rooms": "abc!"}, {"rooms": "9-1"}, {"rooms": "1-900"}):
        await browser.post("/console/homes/doors", {**doors, **wrong}, token=token)
        assert "门牌没看懂" in await browser.page("/console/account")
    await browser.post("/console/homes/codes", {"doors": ids[0], "uses": "99", "days": "7"}, token=token)
    assert "最多用8次" in await browser.page("/console/account")


async def test_the_queue_shows_strangers_at_one_door_and_takes_a_word(house: House) -> None:
    building = str((await house.building("3")).id)
    for who in ("新邻居", "小陈"):
        page = await house.resident(who)
        await page.post("/mine", data={"do": "claim", "building": building, "unit": "2", "room": "601"})
    browser = await house.browser("grid_worker")
    text = await browser.page("/console/homes")
    assert text.count("还有1人说住这里") == 2
    home, other = await house.home("新邻居"), await house.home("小陈")
    assert home is not None
    assert other is not None
    token = await browser.token()
    await browser.post(f"/console/homes/{home.id}/settle", {"what": "confirm"}, token=token)
    assert "这户已有1位核实住户" in await browser.page("/console/homes")
    await browser.post(f"/console/homes/{home.id}/settle", {"what": "confirm"}, token=token)
    assert "已经有人处理" in await browser.page("/console/homes")
    await browser.post(f"/console/homes/{other.id}/settle", {"what": "refuse", "reason": ""}, token=token)
    assert "请写明原因" in await browser.page("/console/homes")
    move = {"what": "move", "building": building, "unit": "1", "room": "302"}
    await browser.post(f"/console/homes/{other.id}/settle", move, token=token)
    assert "没有等着核实的" in await browser.page("/console/homes")
    assert {h.room for h in await house.rows(select(Household))} == {"601", "302"}
    person = await browser.page(f"/console/residents/{house.people.residents['小陈']}")
    assert "网格员确认" in person
    assert (await house.audit())[-1] == "home_move"


async def test_a_name_at_the_back_is_sealed_and_every_look_is_written_down(house: House) -> None:
    page, who = await house.resident("王阿姨"), house.people.residents["王阿姨"]
    await page.post("/mine", data={"do": "contact", "name": NAME, "phone": "138 1234-5678"})
    assert NAME not in await (await page.get("/mine")).text()
    raw = b"".join(path.read_bytes() for path in house.parts.settings.var.glob("linan.db*"))
    assert NAME.encode() not in raw
    assert PHONE.encode() not in raw
    worker = await house.browser("grid_worker")
    assert NAME not in await worker.page(f"/console/residents/{who}")
    found = await worker.page(f"/console/homes?q={PHONE}")
    assert "王阿姨" in found
    assert NAME not in found
    before = await house.audit()
    shown = await (await worker.post(f"/console/residents/{who}/identity")).text()
    assert NAME in shown
    assert PHONE in shown
    events = await house.rows(select(AuditEvent).where(AuditEvent.what == "identity_viewed"))
    assert [(e.staff_id, e.subject) for e in events] == [(house.people.staff["赵网格"], f"resident:{who}")]
    assert len(await house.audit()) == len(before) + 1
    steward = await house.browser("steward")
    await steward.page(f"/console/residents/{who}", 404)
    far = house.people.residents["老李"]  # lives in the second grid
    await worker.page(f"/console/residents/{far}", 404)


async def test_somebody_without_a_chat_phones_and_is_called_back(house: House) -> None:
    desk = await house.browser("grid_worker")
    form = {
        "service": "service_request/elevator", "text": "电梯坏了下不了楼", "building": "3", "unit": "2", "room": "701",
        "source": "phone", "caller": NAME, "phone": PHONE, "on_behalf": "母亲",
    }  # fmt: skip
    refused = await desk.post("/console/tickets/new", {**form, "phone": "12"})
    assert "来电号码不对" in await refused.text()
    assert await house.rows(select(Ticket)) == await house.rows(select(Contact)) == []
    opened = await desk.post("/console/tickets/new", form)
    [ticket] = await house.rows(select(Ticket))
    assert opened.headers["Location"] == f"/console/tickets/{ticket.id}"
    assert (ticket.source, ticket.call_back, ticket.on_behalf, ticket.reporter_id) == ("phone", True, "母亲", None)
    text = await desk.page(f"/console/tickets/{ticket.id}")
    assert "结案前要回电话" in text
    assert "代母亲报" in text
    assert PHONE not in text + ticket.text + ticket.search
    shown = await (await desk.post(f"/console/tickets/{ticket.id}/caller")).text()
    assert NAME in shown
    assert PHONE in shown
    assert "caller_viewed" in await house.audit()
    for move in ("accept", "take", "handle", "check"):
        await house.move(await house.ticket(ticket.id), move)
    closing = {"move": "close", "text": "修好了"}
    await desk.post(f"/console/tickets/{ticket.id}/move", closing)
    assert "请先给来电人回电话" in await desk.page(f"/console/tickets/{ticket.id}")
    await desk.post(f"/console/tickets/{ticket.id}/move", {**closing, "call": "reached"})
    assert (await house.ticket(ticket.id)).status == "closed"
    words = await house.rows(select(Article.text).where(Article.move == "close"))
    assert words == ["已打电话告知。修好了"]
    await desk.post("/console/tickets/new", {**form, "text": "灯又不亮了", "service": "service_request/lighting"})
    assert len(await house.rows(select(Contact))) == 1  # the same phone is the same caller
    assert "来过电话的人" in await desk.page(f"/console/tickets/new?q={PHONE}")


async def test_a_resident_is_found_by_door_and_told_in_the_chat(house: House) -> None:
    desk, who = await house.browser("committee"), house.people.residents["老李"]
    assert f"resident={who}" in await desk.page("/console/tickets/new?q=5栋1单元302")
    assert f"resident={who}" in await desk.page("/console/tickets/new?q=5-1-302")
    assert f"resident={who}" in await desk.page("/console/tickets/new?q=老李")
    assert "没有找到" in await desk.page("/console/tickets/new?q=5栋2单元302")
    filled = await desk.page(f"/console/tickets/new?resident={who}")
    assert 'name="building" maxlength="16" list="buildings" value="5"' in filled
    form = {"service": "service_request/elevator", "text": "电梯坏了", "resident": str(who), "building": "5"}
    assert "请先填电话号码" in await (await desk.post("/console/tickets/new", {**form, "call_back": "1"})).text()
    await desk.post("/console/tickets/new", form)
    [ticket] = await house.rows(select(Ticket))
    assert (ticket.reporter_id, ticket.source, ticket.call_back) == (who, "phone", False)
    stranger = {**form, "resident": "999999"}
    assert (await desk.post("/console/tickets/new", stranger)).status == 422


async def test_an_emergency_by_phone_pages_like_any_other(house: House) -> None:
    desk = await house.browser("committee")
    form = {"service": "emergency/gas", "text": "邻居家有煤气味", "building": "3", "phone": PHONE, "caller": NAME}
    await desk.post("/console/tickets/new", form)
    [ticket] = await house.rows(select(Ticket))
    assert (ticket.emergency, ticket.call_back) == ("gas", True)
    assert "突发呼叫" in await desk.page(f"/console/tickets/{ticket.id}")


async def test_wrong_codes_lock_the_page_too_and_time_opens_it(house: House) -> None:
    page = await house.resident("小陈")
    said = [await words_of(await page.post("/mine", data={"do": "code", "code": f"AAAA-BBB{n}"})) for n in range(2, 8)]
    assert "不对" in said[0]
    assert "分钟后再试" in said[4]
    code = await house.code("1", "1", "1203")
    assert "分钟后再试" in await words_of(await page.post("/mine", data={"do": "code", "code": code}))
    house.clock.advance(timedelta(minutes=16))
    assert "核实好了" in await words_of(await page.post("/mine", data={"do": "code", "code": code}))
    resident = (await house.rows(select(Resident).where(Resident.nickname == "小陈")))[0]
    assert resident.household_id is not None


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
async def test_at_the_same_moment_the_database_decides(tmp_path: Path, where: str) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_postgres()) if where == "postgresql" else ""
        office = await stack.enter_async_context(open_office(tmp_path, url))
        here, people, run = office.people.community_id, office.people.residents, office.parts.performer.run
        staff = office.people.staff["钱主任"]
        async with office.parts.db.write() as session:
            query = select(OrgUnit).where(OrgUnit.code == "3", OrgUnit.community_id == here)
            household = await open_household(session, (await session.scalars(query)).one(), "2", "501")
        made = await run(MakeCodes(staff, (household.id,), 1))
        code = made.value[household.id]
        race = [UseCode(here, people[who], code) for who in ("新邻居", "小陈", "阿芬")]
        used = [outcome.value for outcome in await asyncio.gather(*(run(one) for one in race))]
        assert sorted(used) == ["used", "used", "verified"]
        claims = [ClaimHome(here, people["老李"], Door("3", "2", room)) for room in ("601", "602", "601")]
        await asyncio.gather(*(run(claim) for claim in claims))
        mine = select(Residence).where(Residence.resident_id == people["老李"], Residence.state == "claimed")
        [claim] = await office.rows(mine)
        words = [SettleClaim(claim.id, staff, "confirm"), SettleClaim(claim.id, staff, "refuse", "没有这个人")]
        answers = await asyncio.gather(*(run(word) for word in words), return_exceptions=True)
        assert sorted(isinstance(answer, MoveRefused) for answer in answers) == [False, True]
        wrong = [UseCode(here, people["王阿姨"], f"AAAA-BBB{n}") for n in range(2, 9)]
        replies = [outcome.replies[0].phrase for outcome in await asyncio.gather(*(run(one) for one in wrong))]
        assert replies.count("home.code_wrong") == 4  # each was counted: the fifth locks
