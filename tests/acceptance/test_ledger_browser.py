"""The time bank in real browsers: hours told in the group, confirmed at a desk, exchanged on a phone, handed over."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.acceptance.test_browser import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def fits(page: Page) -> None:
    """Nothing sticks out of the page at the side."""
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"


async def test_hours_from_the_group_to_a_bag_of_rice(town: Town) -> None:
    volunteer, desk = await town.resident("韩师傅"), (await town.staff("committee")).page
    await volunteer.say("@小邻 我昨天巡逻了两小时")
    await desk.goto("/console/ledger")
    waiting = desk.get_by_role("region", name="待核实")
    for _ in range(20):  # until what was said has been understood
        if await waiting.get_by_text("韩师傅").count():
            break
        await desk.reload()
    await expect(waiting).to_contain_text("韩师傅 治安巡逻 2小时")
    await fits(desk)
    await waiting.get_by_role("button", name="核实无误").click()
    await expect(desk.get_by_role("region", name="待核实")).to_contain_text("没有等着核实的")

    await desk.goto("/console/ledger/shop")
    new = desk.locator("form", has=desk.get_by_role("button", name="新增"))
    await new.get_by_label("名称").fill("大米5斤")
    await new.get_by_label("几小时").fill("1.5")
    await new.get_by_label("库存").fill("1")
    await new.get_by_role("button", name="新增").click()
    await expect(desk.get_by_role("region", name="货品和服务").locator("input[value='大米5斤']")).to_be_visible()

    page = volunteer.page
    await page.goto("/hours")
    await expect(page.get_by_role("region", name="余额")).to_contain_text("2小时")
    await page.locator("form", has_text="大米5斤").get_by_role("button", name="兑换").click()
    taken = page.get_by_role("region", name="待领取")
    await expect(taken).to_contain_text("大米5斤")
    await expect(page.get_by_role("region", name="余额")).to_contain_text("30分钟")
    await expect(page.locator("form", has_text="还有 0 份")).to_contain_text("换完了")
    await fits(page)

    await desk.goto("/console/ledger/shop")
    await desk.get_by_role("region", name="待领取").get_by_role("button", name="已交给本人").click()
    await page.reload()
    await expect(taken).to_have_count(0)
    await expect(page.locator(".hours__line")).to_have_count(2)
    await desk.goto("/console/ledger/books")
    await expect(desk.get_by_role("heading", name="账是平的")).to_be_visible()
    await fits(desk)
    balances = [minutes for (minutes,) in town.rows("SELECT balance FROM time_account WHERE balance != 0")]
    assert sorted(balances) == [-120, 30, 90]  # what was earned, what is left, what the rice cost
