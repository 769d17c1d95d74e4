"""The residents' page of neighbours' help: asked for, offered, taken, done; each sees their own and no door."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.ledger.model import TimeAccount
from actions.pool.commands import AllowVisits, AskForHelp, DoNeed, OfferHelp
from actions.pool.model import Match, Need, Volunteer
from tests.integration.test_console_browser import DESK, PHONE, browsing
from tests.integration.test_home_browser import at_home, fits, picture
from tests.support.homes import House, open_house

ASKED = {"do": "ask", "number": "abcdefgh-1", "text": "请人帮我买菜", "day": "1", "part": "m", "where": "home"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def send(browser: Any, form: dict[str, str]) -> tuple[int, str]:
    """What the page answers, as its status and the words on top."""
    answer = await browser.post("/pool", data=form)
    said = re.search(r'role="(?:alert|status)">([^<]*)<', await answer.text())
    return answer.status, said[1] if said else ""


async def offered(house: House, need: int) -> None:
    await house.parts.performer.run(DoNeed(need))


async def test_a_need_goes_its_whole_way_on_the_pages_of_both(house: House) -> None:
    people, run = house.people, house.parts.performer.run
    aunt, uncle, other = [await house.resident(name) for name in ("王阿姨", "老李", "小陈")]
    assert await send(uncle, {"do": "offer"}) == (422, "请至少勾一样会做的。")
    ticked = {"do": "offer", "kind_shopping": "1", "kind_phone": "1", "free_2m": "1", "free_3m": "1", "free_9x": "1"}
    assert "上门的事要先由工作人员和您见个面" in (await send(uncle, ticked))[1]
    assert "您能做的：代买代取" in (await send(uncle, {k: v for k, v in ticked.items() if k != "kind_phone"}))[1]
    (volunteer,) = await house.rows(select(Volunteer))
    assert (volunteer.kinds, volunteer.free) == (["shopping"], ["2m", "3m"])
    await run(AllowVisits(volunteer.id, people.staff["钱主任"], True))

    wrong: dict[str, dict[str, str]] = {
        "没看出要帮什么": {"text": "请人帮我写代码"},
        "不能托邻居": {"text": "请人帮我取钱"},
        "没有找到这件事": {"day": "99"},
        "请说短一些": {"text": "买菜" * 101},
    }
    for words, change in wrong.items():
        status, said = await send(aunt, ASKED | change)
        assert (status, words in said) == (422, True), words
    for _ in range(2):  # sent twice it is one
        await send(aunt, ASKED)
    (need,) = await house.rows(select(Need))
    assert (need.kind, need.part, need.at_home, need.state) == ("shopping", "m", True, "open")
    await offered(house, need.id)
    (match,) = await house.rows(select(Match))

    take = {"do": "take", "match": str(match.id)}
    before = await (await uncle.get("/pool")).text()
    assert ("请人帮我买菜" in before, "王阿姨" in before) == (True, False)
    assert "请人帮我买菜" not in await (await other.get("/pool")).text()
    assert await send(other, take) == (422, "没有找到这件事，可能已经办完或撤下。")
    assert "门牌发到您和小邻的私聊里了" in (await send(uncle, take))[1]
    for browser in (uncle, aunt):
        page = await (await browser.get("/pool")).text()
        assert ("501" in page, "3栋" in page, "2单元" in page) == (False, False, False)
    assert "老李来帮您" in await (await aunt.get("/pool")).text()
    here = {"need": str(need.id)}
    for do in ("cancel", "done", "no_show", "helped", "give_back", "complete", "nothing"):
        assert (await send(other, {"do": do, "minutes": "60", "day": "1"} | here))[0] == 422, do
    assert (await aunt.post("/pool", data={"do": "done"} | here, headers={"Origin": "https://x.example"})).status == 403

    house.clock.move_to(house.clock.now() + timedelta(days=1, hours=6))
    await offered(house, need.id)
    assert "没有人来" in await (await aunt.get("/pool")).text()
    assert (await send(uncle, {"do": "helped", "minutes": "9999"} | here))[0] == 422
    assert "等另一边" in (await send(uncle, {"do": "helped", "minutes": "90"} | here))[1]
    assert "您说做了1小时30分钟" in await (await uncle.get("/pool")).text()
    await send(aunt, {"do": "done"} | here)
    assert "老李帮的，办好了，1小时30分钟" in await (await aunt.get("/pool")).text()
    mine = select(TimeAccount.balance).where(TimeAccount.holder == people.residents["老李"])
    assert await house.rows(mine) == [90]
    await send(uncle, {"do": "rest"})
    assert "先没派给您" in await (await uncle.get("/pool")).text()


async def test_what_the_chat_left_open_is_completed_on_the_page(house: House) -> None:
    here, aunt = house.people.community_id, await house.resident("王阿姨")
    asked = AskForHelp(here, house.people.residents["王阿姨"], "谁能教我用手机", "said:1")
    need = (await house.parts.performer.run(asked)).value
    assert "还差一点没说" in await (await aunt.get("/pool")).text()
    form = {"do": "complete", "need": str(need), "day": "-1", "part": "e", "where": "out"}
    assert "正在私下问合适的志愿者" in (await send(aunt, form))[1]
    (kept,) = await house.rows(select(Need))
    assert (kept.on_day, kept.part, kept.at_home, kept.state) == (None, "e", False, "open")
    await send(aunt, {"do": "cancel", "need": str(need)})
    assert "撤下了" in await (await aunt.get("/pool")).text()


async def test_a_neighbour_is_helped_by_the_page_alone(house: House) -> None:
    here = house.people.community_id
    for name in ("老李", "小陈"):
        await house.parts.performer.run(OfferHelp(here, house.people.residents[name], "我会教用手机"))
    async with at_home(house, "王阿姨") as page:
        await page.goto("/chat")
        await page.get_by_role("button", name="我", exact=True).click()
        await page.get_by_role("link", name="邻里互助").click()
        await page.get_by_text("我要人帮忙").click()
        await page.get_by_label("帮什么").fill("请人教我用手机挂号")
        await page.get_by_label("哪天").last.select_option("2")
        await fits(page, PHONE["width"])
        await picture(page, "pool_asking_phone")
        await page.get_by_role("button", name="找志愿者").click()
        await page.get_by_text("正在私下问合适的志愿者").wait_for()
        (need,) = await house.rows(select(Need))
        await offered(house, need.id)
    async with at_home(house, "老李") as page:
        await page.goto("/pool")
        await page.get_by_text("我能帮邻居").click()
        await fits(page, PHONE["width"])
        await picture(page, "pool_offered_phone")
        await page.get_by_role("button", name="我来").click()
        await page.get_by_text("谢谢您！王阿姨要教用手机").wait_for()
        await page.get_by_label("做了多久").select_option("120")
        await page.get_by_role("button", name="办好了").click()
        await page.get_by_text("您说做了2小时").wait_for()
        await picture(page, "pool_taken_phone")
    async with at_home(house, "王阿姨") as page:
        await page.goto("/pool")
        await picture(page, "pool_matched_phone")
        await page.get_by_role("button", name="办好了").click()
        await page.get_by_text("老李帮的，办好了，2小时").wait_for()
        await fits(page, PHONE["width"])
    async with browsing(house, "committee", DESK) as page:
        await page.goto("/console/pool")
        await page.get_by_text("办完的、撤下的").click()
        await page.get_by_text("老李来帮").wait_for()
        await picture(page, "pool_desk")
