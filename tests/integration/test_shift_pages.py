"""Pages of patrols: staff write a plan in a sentence, a resident signs up, scans the cards and finds something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.shifts.commands import CheckInShift, JoinShift, WhichShift
from actions.shifts.model import Duty, PointVisit, RoutePoint, Shift, ShiftSignup
from actions.tickets.commands import Actor, OpenTicket, Where
from tests.integration.test_console_browser import DESK, PHONE, browsing
from tests.integration.test_home_browser import at_home, fits, picture
from tests.support.homes import House, open_house

FORM = {"title": "夜间巡逻", "place": "东门岗亭", "rule": "每周三、四晚 19:30–21:00，需要 2 名巡逻员＋1 名带队",
        "kind": "patrol", "points": "西门\n3号楼后\n车库口"}  # fmt: skip


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def planned(house: House) -> list[Shift]:
    desk = await house.browser("committee")
    await desk.post("/console/shifts/new", FORM)
    return await house.rows(select(Shift).order_by(Shift.starts_at))


async def test_bad_forms_are_told_and_keep_what_was_written(house: House) -> None:
    desk = await house.browser("committee")
    wrong: dict[str, dict[str, str]] = {
        "没看明白排班": {"rule": "有空就去 20:00-21:00 2人"},
        "开始和结束时间": {"rule": "每天晚上，2人"},
        "名称要写": {"title": "夜"},
        "不能重名": {"points": "西门\n西门"},
        "请选本社区": {"area": "999999"},
        "没有这一种": {"kind": "nothing"},
    }
    for words, change in wrong.items():
        answer = await desk.post("/console/shifts/new", FORM | change)
        page = await answer.text()
        assert (answer.status, words in page, "东门岗亭" in page) == (422, True, True), words
    assert await house.rows(select(Duty)) == []


async def test_a_resident_does_a_whole_patrol_on_the_page(house: House) -> None:
    shifts = await planned(house)
    aunt, uncle = await house.resident("王阿姨"), await house.resident("老李")
    first = str(shifts[0].id)
    assert "还缺2名巡逻员、1名带队" in await (await aunt.get("/shifts")).text()
    for _ in range(2):
        await aunt.post("/shifts", data={"do": "join", "shift": first})
    await uncle.post("/shifts", data={"do": "lead", "shift": first})
    assert [(one.name, one.role) for one in await house.rows(select(ShiftSignup))] == [
        ("王阿姨", "patrol"),
        ("老李", "lead"),
    ]
    early = await aunt.post("/shifts", data={"do": "in", "shift": first})
    assert (early.status, "开始前30分钟起" in await early.text()) == (422, True)
    for form in ({"do": "join", "shift": "9" * 15}, {"do": "nothing"}, {"do": "leave", "shift": "x"}):
        assert (await aunt.post("/shifts", data=form)).status == 422, form
    foreign = await aunt.post("/shifts", data={"do": "leave", "shift": first}, headers={"Origin": "https://x.example"})
    assert foreign.status == 403
    assert (await aunt.get("/shifts/999999")).status == 404

    house.clock.move_to(shifts[0].starts_at)
    points = await house.rows(select(RoutePoint).order_by(RoutePoint.number))
    assert await house.rows(select(PointVisit)) == []  # opening the address alone does nothing
    assert "打卡" in await (await aunt.get(f"/shifts/at/{points[0].code}")).text()
    assert "签到好了" in await (await aunt.post(f"/shifts/at/{points[0].code}", data={"note": "门锁好的"})).text()
    wrong = await uncle.post("/shifts/at/00000")
    assert (wrong.status, "没有00000这个点位" in await wrong.text()) == (422, True)
    assert "2/3" in await (await aunt.post(f"/shifts/{first}", data={"do": "pass", "point": str(points[1].id)})).text()
    house.clock.move_to(shifts[0].ends_at)
    assert "辛苦了" in await (await aunt.post(f"/shifts/{first}", data={"do": "out"})).text()
    assert "1小时30分钟" in await (await aunt.get("/hours")).text()
    visits = await house.rows(select(PointVisit).order_by(PointVisit.id))
    assert [(one.by_code, one.note) for one in visits] == [(True, "门锁好的"), (False, "")]


async def test_staff_and_a_resident_see_it_on_desk_and_phone(house: House) -> None:
    people = house.people
    shifts = await planned(house)
    which = WhichShift(shifts[0].id)
    await house.parts.performer.run(JoinShift(people.community_id, people.residents["王阿姨"], which))
    await house.parts.performer.run(JoinShift(people.community_id, people.residents["老李"], which, "lead"))
    async with at_home(house, "小陈") as page:
        await page.goto("/chat")
        await page.get_by_role("button", name="我", exact=True).click()
        await page.get_by_role("link", name="志愿巡逻").click()
        await page.get_by_role("button", name="我报名").first.click()
        await page.get_by_text("给您排上了").wait_for()
        await fits(page, PHONE["width"])
        await picture(page, "shifts_phone")
        house.clock.move_to(shifts[0].starts_at)
        await page.goto("/shifts")
        await page.get_by_role("button", name="我到了，签到").click()
        await page.get_by_text("签到好了").wait_for()
        await page.get_by_role("link", name="夜间巡逻").first.click()
        await page.get_by_role("button", name="打卡").first.click()
        await page.get_by_text("打卡好了：西门").wait_for()
        await fits(page, PHONE["width"])
        await picture(page, "shift_phone")
    who = people.residents["王阿姨"]
    await house.parts.performer.run(CheckInShift(people.community_id, who, shifts[0].id))
    found = OpenTicket(
        people.community_id, "service_request/sanitation", "巡逻发现3号楼楼道堆了纸箱", Actor("resident", who),
        reporter_id=who, where=Where("3", spot="楼道"), source="patrol",
    )  # fmt: skip
    ref = (await house.parts.performer.run(found)).value.ref
    async with browsing(house, "committee", DESK) as page:
        await page.goto("/console/shifts")
        await page.get_by_text("还缺").first.wait_for()
        await fits(page, DESK["width"])
        await picture(page, "shifts_desk")
        await page.goto(f"/console/shifts/{shifts[0].id}")
        await page.get_by_role("link", name=ref).click()
        await page.get_by_text("巡逻发现", exact=True).first.wait_for()
        await page.goto(f"/console/shifts/{shifts[0].id}")
        await fits(page, DESK["width"])
        await picture(page, "shift_desk")
        await page.goto(f"/console/shifts/duties/{shifts[0].duty_id}")
        await fits(page, DESK["width"])
        await picture(page, "shift_duty")
        await page.get_by_role("link", name="打印点位牌").click()
        await page.locator(".door-qr svg").first.wait_for()
        await picture(page, "shift_cards")
    async with browsing(house, "grid_worker", PHONE) as page:
        for path in ("", f"/{shifts[0].id}", "/new"):
            await page.goto(f"/console/shifts{path}")
            await fits(page, PHONE["width"])
        await page.goto(f"/console/shifts/{shifts[0].id}")
        await picture(page, "shift_desk_phone")
