"""Residents on their phones and staff at their desks, in a real browser, against the whole installation."""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Locator, expect
from sqlalchemy import select, update

from actions.people.model import Household, OrgUnit, StaffMember
from bot.storage.engine import Database
from bot.storage.tables import Chat
from tests.needs import chromium
from tests.support.browser import (
    DESK,
    PHONE,
    People,
    Resident,
    Staff,
    free_port,
    installation,
    people_of,
    settings_of,
)
from tests.support.console import HASH, PASSWORD
from tests.support.sqlite import copy_migrated
from tests.support.world import START, build_people

pytestmark = pytest.mark.asyncio(loop_scope="module")
NASTY = "<img src=x onerror=alert(1)><b>粗</b>"
LOGINS = {"steward": "staff0", "committee": "staff2"}
HOMES = (("3", "2", "501"), ("3", "1", "101"), ("4", "1", "202"))


class Town:
    """An installation with people in it, and the browser they use."""

    def __init__(self, people: People, file: Path, invites: dict[str, str]) -> None:
        self.people, self._file, self._invites = people, file, invites

    async def resident(self, nickname: str, home: str = "3栋2单元", group: str = "东区群") -> Resident:
        return await self.people.resident(self._invites[group], nickname, home)

    async def staff(self, role: str, size: dict[str, int] = DESK) -> Staff:
        return await self.people.staff(LOGINS[role], PASSWORD, size)

    def prove_home(self, nickname: str) -> None:
        """What a grid worker's word leaves in the tables: the first registered home is this resident's."""
        at = f"{START:%Y-%m-%d %H:%M:%S}"
        with sqlite3.connect(self._file, timeout=20) as file:
            home = file.execute(
                "SELECT id, building_id, unit, room, community_id FROM household ORDER BY id"
            ).fetchone()
            (who,) = file.execute("SELECT id FROM resident WHERE nickname = ?", (nickname,)).fetchone()
            file.execute("UPDATE residence SET state = 'ended' WHERE resident_id = ?", (who,))
            file.execute("UPDATE resident SET household_id = ? WHERE id = ?", (home[0], who))
            file.execute(
                "INSERT INTO residence (community_id, resident_id, building_id, unit, room, kind, kin, state, how,"
                " doubt, reason, claimed_at, settled_at)"
                " VALUES (?, ?, ?, ?, ?, 'member', '', 'verified', 'staff', '', '', ?, ?)",
                (home[4], who, *home[1:4], at, at),
            )

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What stands in the installation's file, read beside it."""
        with sqlite3.connect(f"file:{self._file}?mode=ro", uri=True) as file:
            return list(file.execute(query, values))


async def fill(file: Path) -> dict[str, str]:
    """Put people with homes and passwords into a migrated file; the invites by group."""
    await copy_migrated(file)
    db = Database(f"sqlite+aiosqlite:///{file}")
    async with db.write() as session:
        world = await build_people(session, START)
        await session.execute(update(StaffMember).values(password_hash=HASH))
        buildings = {b.code: b.id for b in await session.scalars(select(OrgUnit).where(OrgUnit.code != ""))}
        for code, unit, room in HOMES:
            home = Household(building_id=buildings[code], unit=unit, room=room)
            home.community_id = world.community_id
            session.add(home)
        found = await session.execute(select(Chat.name, Chat.invite).where(Chat.invite.is_not(None)))
        invites = {name: invite for name, invite in found.tuples() if invite}
    await db.close()
    return invites


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    chromium()
    var = tmp_path_factory.mktemp("var")
    invites = await fill(var / "linan.db")
    async with installation(var, settings_of(var, free_port())) as base, people_of(base) as people:
        yield Town(people, var / "linan.db", invites)


@pytest_asyncio.fixture(loop_scope="module")
async def town(served: Town) -> AsyncIterator[Town]:
    """The installation with all pages closed; at the end nothing may have gone wrong in any page."""
    served.people.watch.wrong.clear()
    yield served
    await served.people.leave()
    assert served.people.watch.wrong == []


def photo(colour: tuple[int, int, int], kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, kind)
    return out.getvalue()


async def is_shown(picture: Locator) -> None:
    """The picture has arrived and could be decoded."""
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_have_js_property("complete", True)
    assert await picture.evaluate("(image) => image.naturalWidth") > 0


async def test_what_a_resident_says_comes_back_done_and_is_rated(town: Town, tmp_path: Path) -> None:
    steward = await town.staff("steward")
    await steward.page.goto("/console/tickets?queue=team")
    aunt = await town.resident("周阿婆")
    neighbour = await town.resident("小柯", "3栋1单元")
    await aunt.say("楼道里的灯坏了，黑漆漆的，晚上都不敢出门")
    asked = await aunt.hears("哪个位置")
    await asked.get_by_role("button", name="就是我家这栋").click()
    await expect(aunt.said("就是我家这栋").first).to_be_visible()
    await aunt.say("就是这个灯", photo((90, 80, 40)))
    await is_shown(aunt.page.locator(".line--mine button.picture img"))
    await expect(neighbour.bot("哪个位置").locator(".ticket")).to_contain_text("已登记")
    assert await neighbour.bot("哪个位置").locator(".choices").count() == 0

    await take_and_handle(steward, tmp_path)
    await aunt.hears("已派给")
    await expect(aunt.bot("处理好了")).to_contain_text("换了新的感应灯")
    await expect(neighbour.bot("处理好了")).to_be_visible()

    committee = await town.staff("committee")
    await committee.page.goto(steward.page.url)
    await committee.move("复核通过", "去看过了，亮的")
    await committee.move("结案")
    closed = await aunt.hears("您满意吗")
    await closed.get_by_role("button", name="满意", exact=True).click()
    await aunt.hears("谢谢您的评价")
    await committee.page.reload()
    facts = committee.page.locator(".thead-card .facts")
    await expect(facts).to_contain_text(re.compile(r"评价\s*4 分"))
    assert town.rows("select count(*) from ticket where status = 'rated' and rating = 4") == [(1,)]


async def take_and_handle(steward: Staff, tmp_path: Path) -> None:
    """The ticket is there without a reload; take it and say what was done, with a picture."""
    page = steward.page
    row = page.locator("a.trow", has_text="黑漆漆").filter(has_text="3栋2单元")
    await expect(row).to_be_visible()
    await row.click()
    await expect(page.locator(".said-whole")).to_contain_text("黑漆漆")
    await is_shown(page.locator(".thead-card .pics img"))
    await steward.move("受理")
    await steward.move("我来办")
    after = tmp_path / "after.png"
    after.write_bytes(photo((250, 240, 180), "PNG"))
    form = page.locator("details.move", has_text="确定处置完成")
    await form.locator("summary").click()
    await form.locator("textarea[name=text]").fill("换了新的感应灯")
    await form.get_by_role("button", name="居民会看到什么").click()
    await expect(form.locator(".preview")).to_contain_text("换了新的感应灯")
    await form.locator("summary").click()
    await steward.move("处置完成", "换了新的感应灯", after)
    await is_shown(page.locator(".history img").first)


async def test_what_a_resident_adds_appears_while_the_officer_writes(town: Town) -> None:
    aunt = await town.resident("秦婶")
    await aunt.say("@小邻 3栋2单元一楼的水管漏水，流到门口了")
    await aunt.hears("已登记")
    steward = await town.staff("committee")
    page = steward.page
    await page.goto("/console/tickets?queue=area&sort=new")
    await page.locator("a.trow", has_text="流到门口").click()
    await page.get_by_role("textbox", name="备注").fill("写到一半")
    await aunt.say("就是这根管子", photo((60, 90, 140)))
    await is_shown(page.locator(".thead-card .pics img"))
    await expect(page.locator(".history")).to_contain_text("就是这根管子")
    await expect(page.locator("#changed")).to_be_hidden()
    await expect(page.get_by_role("textbox", name="备注")).to_have_value("写到一半")
    await steward.move("受理")
    await aunt.hears("已受理")


async def test_neighbours_hear_each_other_at_once_and_see_what_they_missed(town: Town) -> None:
    first, second = await town.resident("柳婶"), await town.resident("马哥", "3栋1单元")
    await first.page.locator("#back").click()
    await second.say("今天菜场的青菜好新鲜")
    await second.say("你们晚饭吃什么呀")
    group = first.page.locator("a.chat", has=first.page.locator(".chat__name:text-is('东区群')"))
    await expect(group.locator(".chat__badge")).to_have_text("2")
    await expect(group).to_contain_text("马哥：你们晚饭吃什么呀")
    await expect(first.page).to_have_title("(3) 邻安")  # with the bot's welcome in the private chat
    await group.click()
    await expect(first.said("今天菜场的青菜好新鲜")).to_be_visible()
    await expect(first.page).to_have_title("(1) 邻安")
    await first.menu(first.said("你们晚饭吃什么呀"), "引用")
    await first.say("我家吃饺子")
    answer = second.said("我家吃饺子")
    await expect(answer.locator(".quote")).to_contain_text("你们晚饭吃什么呀")
    await second.menu(second.said("你们晚饭吃什么呀").first, "撤回")
    await expect(first.page.locator(".note", has_text="马哥撤回了一条消息")).to_be_visible()
    assert await first.page.locator(".bubble", has_text="你们晚饭吃什么呀").count() == 0


async def test_the_bot_answers_who_calls_it_by_name_and_nobody_else(town: Town) -> None:
    page = (aunt := await town.resident("罗奶奶", group="西区群", home="不住在这几栋")).page
    await aunt.say("今天天气真好呀")
    await page.locator("#text").press_sequentially("@小")
    await page.locator(".picker__item", has_text="小邻").click()
    await page.locator("#text").press_sequentially("你会做什么")
    await page.keyboard.press("Enter")
    await expect(page.locator(".line--bot")).to_have_count(1)
    asked = await page.locator(".line", has_text="你会做什么").first.get_attribute("data-line")
    assert int(asked or 0) < int(await page.locator(".line--bot").get_attribute("data-line") or 0)


async def test_what_is_written_without_a_network_is_sent_once_when_it_is_back(town: Town) -> None:
    aunt = await town.resident("唐婶")
    await aunt.phone.set_offline(True)
    await aunt.say("没有网的时候写的一句话")
    await expect(aunt.page.locator(".state")).to_have_text("正在发送")
    await aunt.phone.set_offline(False)
    await expect(aunt.said("没有网的时候写的一句话")).to_have_count(1)
    await expect(aunt.page.locator(".state")).to_have_count(0)
    query = "select count(*) from chat_message where text = ?"
    assert town.rows(query, "没有网的时候写的一句话") == [(1,)]


async def test_what_looks_like_html_is_text_on_every_page(town: Town) -> None:
    aunt = await town.resident("<i>贝</i>")
    await aunt.say(f"3栋2单元电梯坏了，电梯停在一楼不动了，修一下电梯 {NASTY}")
    await expect(aunt.page.locator(".line--mine .bubble")).to_contain_text(NASTY)
    await aunt.hears("已登记")
    steward = await town.staff("steward")
    await steward.page.goto("/console/tickets?queue=team&sort=new")
    row = steward.page.locator("a.trow", has_text="修一下电梯")
    await expect(row).to_contain_text("<img src=x")
    await row.click()
    await expect(steward.page.locator(".said-whole")).to_contain_text(NASTY)
    await expect(steward.page.locator(".facts").first).to_contain_text("<i>贝</i>")
    await steward.page.get_by_label("内容").fill(NASTY)
    await steward.page.get_by_role("button", name="发出").click()
    await expect(aunt.page.locator(".line--bot, .line", has_text="回复您").last).to_contain_text(NASTY)
    for page in (aunt.page, steward.page):
        assert await page.locator("main img[src=x], main .bubble b, main blockquote b").count() == 0


async def test_a_steward_works_with_the_thumb_on_a_phone(town: Town) -> None:
    aunt = await town.resident("孟婶")
    await aunt.say("@小邻 3栋2单元门口的垃圾堆成山了没人收")
    await aunt.hears("已登记")
    steward = await town.staff("committee", size=PHONE)
    page = steward.page
    for address in ("", "tickets?queue=area", "tickets/new", "staff-chat", "account"):
        await page.goto(f"/console/{address}")
        await fits(page.locator("html"))
    await page.goto("/console/tickets?queue=area&sort=new")
    await page.locator("a.trow", has_text="垃圾堆成山").click()
    await fits(page.locator("html"))
    await steward.move("受理")
    await aunt.hears("已受理")


async def fits(html: Locator) -> None:
    """Nothing is wider than the screen, and what can be touched is large enough for a thumb."""
    assert await html.evaluate("(html) => html.scrollWidth - html.clientWidth") <= 0
    small = await html.evaluate(
        """(html) => [...html.querySelectorAll("main button, main summary, nav a, main input:not([type=hidden])")]
            .filter((e) => e.checkVisibility())
            .filter((e) => !e.matches(".unseen, .visually-hidden, [type=radio], [type=checkbox]"))
            .filter((e) => e.getBoundingClientRect().height < 36)
            .map((e) => e.outerHTML.slice(0, 90))"""
    )
    assert small == []


async def test_a_ticket_is_taken_with_the_keyboard_alone(town: Town) -> None:
    aunt = await town.resident("纪婶")
    await aunt.say("@小邻 3栋2单元一楼的信报箱门掉了，请修一下")
    await aunt.hears("已登记")
    page = (await town.staff("committee")).page
    await page.goto("/console/tickets?queue=area&sort=new")
    await page.keyboard.press("Tab")
    await expect(page.locator("a.skip")).to_be_focused()
    await tab_to(page.locator("a.trow", has_text="信报箱"))
    await page.keyboard.press("Enter")
    await expect(page.locator(".said-whole")).to_contain_text("信报箱")
    take = page.locator("details.move", has_text="确定受理")
    await tab_to(take.locator("summary"))
    await page.keyboard.press("Enter")
    await tab_to(take.get_by_role("button", name="确定受理"))
    await page.keyboard.press("Enter")
    await expect(page.locator(".flash.alert-success")).to_be_visible()
    await aunt.hears("已受理")


async def tab_to(wanted: Locator) -> None:
    """Press Tab until it has the focus, as somebody without a mouse does."""
    await expect(wanted).to_be_visible()
    for _ in range(60):
        await wanted.page.keyboard.press("Tab")
        if await wanted.evaluate("(element) => element === document.activeElement"):
            return
        await asyncio.sleep(0)
    raise AssertionError("the keyboard does not come there")
