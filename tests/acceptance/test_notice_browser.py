"""A notice in a real browser: written at a grid worker's desk, approved on a phone, answered in the group."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.acceptance.test_browser import Town
from tests.support.browser import PHONE, choose_in_bar
from tests.support.console import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")
GRID_WORKER, COMMITTEE = "staff1", "staff2"


async def test_a_notice_is_written_approved_and_answered(town: Town) -> None:
    aunt, uncle = await town.resident("周阿婆"), await town.resident("楼下老孙", "3栋1单元")
    desk = (await town.people.staff(GRID_WORKER, PASSWORD)).page
    await choose_in_bar(desk, "告知", "通知")
    await desk.get_by_role("link", name="写通知").click()
    await desk.get_by_label("标题").fill("检修水管")
    await desk.get_by_label("正文").fill("明天上午停水，，请提前备水。")
    await desk.get_by_role("checkbox", name="3栋", exact=True).check()
    await desk.get_by_role("button", name="先看一眼").click()
    look = desk.locator("#look")
    await expect(look).to_contain_text("标点可能重复了")
    await expect(look).to_contain_text("会发到：")
    await desk.get_by_label("正文").fill("明天上午停水，请提前备水。")
    await desk.get_by_role("button", name="先看一眼").click()
    await expect(look).to_contain_text("没有发现电话、门牌和笔误")
    await desk.get_by_role("button", name="提交").click()
    await desk.locator(".flash.alert-success").wait_for()
    assert await desk.get_by_role("button", name="同意发出").count() == 0

    phone = (await town.people.staff(COMMITTEE, PASSWORD, PHONE)).page
    await phone.goto("/console/notices")
    await phone.get_by_role("link", name="检修水管").click()
    await phone.get_by_role("button", name="同意发出").click()
    await phone.locator(".flash.alert-success").wait_for()

    line = await aunt.hears("【通知】检修水管")
    await line.get_by_role("button", name="需要帮助").click()
    line = await uncle.hears("【通知】检修水管")
    await line.get_by_role("button", name="收到", exact=True).click()
    await phone.goto(phone.url)
    reach = phone.locator("#reach")
    await expect(reach).to_contain_text("周阿婆")  # without a reload
    await expect(reach).to_contain_text("楼下老孙")
    fits = "document.documentElement.scrollWidth <= window.innerWidth"
    assert await phone.evaluate(fits)
    await phone.goto("/console/notices/new")
    assert await phone.evaluate(fits)
    assert town.rows("select service from ticket") == [("care/help",)]
    await phone.goto("/console/notices")
    await phone.get_by_role("textbox", name="空着就不发").fill("欢迎来这里住。")
    await phone.get_by_role("button", name="存好").click()
    await phone.locator(".flash.alert-success").wait_for()
