"""A survey in real browsers: built at a desk, half filled on a phone and taken up again, drawn live."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.acceptance.test_browser import Town
from tests.support.browser import PHONE
from tests.support.surveys import OVERALL, PEOPLE, published_answers

pytestmark = pytest.mark.asyncio(loop_scope="module")
PICTURES = os.environ.get("SURVEY_PICTURES", "")  # a folder to keep pictures of the pages in
THUMB = 44  # px


async def keep(page: Page, name: str) -> None:
    """A picture for who wants to look; and nothing may stick out of the page at the side."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} pixels too wide"


def answer_for_everybody(file: Path, survey_id: int) -> None:
    """The answers of the study, as they stand in the tables."""
    answers = [json.dumps(one) for one in published_answers()]
    with sqlite3.connect(file, timeout=20) as rows:
        (here,) = rows.execute("SELECT community_id FROM survey WHERE id = ?", (survey_id,)).fetchone()
        rows.executemany(
            "INSERT INTO survey_response (id, community_id, survey_id, answers, answered_on, how)"
            " VALUES (?, ?, ?, ?, '2026-11-18', 'page')",
            [(n * 977, here, survey_id, one) for n, one in enumerate(answers, 1)],
        )
        rows.executemany(
            "INSERT INTO survey_answered (survey_id, voice, community_id) VALUES (?, ?, ?)",
            [(survey_id, f"d{n}", here) for n in range(PEOPLE)],
        )


async def build(desk: Page) -> int:
    """The community's questions and two more, of which one follows from the other; its number once it is sent."""
    await desk.goto("/console/surveys")
    await desk.get_by_label("从这里开始").select_option("community")
    await desk.get_by_label("名称（不填就用模板的）").fill("秋季问卷")
    await desk.get_by_role("button", name="新建").click()
    form = desk.locator(".sv-new form")
    await desk.get_by_text("加一题").click()
    await form.get_by_label("题目", exact=True).fill("您家有车吗？")
    await form.get_by_label("选项，一行一个").fill("有\n没有")
    await expect(form.get_by_label("最少选几项")).to_be_hidden()
    await keep(desk, "builder-desk")
    await form.get_by_role("button", name="加上").click()
    await desk.get_by_text("加一题").click()
    await form.get_by_label("题型").select_option("text")
    await form.get_by_label("题目", exact=True).fill("车停在哪里？")
    await form.get_by_label("什么时候问").select_option(label="看第31题的回答")
    await form.get_by_label("答了哪几项才问").fill("1")
    await form.get_by_role("button", name="加上").click()
    await desk.locator(".sv-q", has_text="车停在哪里").wait_for()
    await desk.get_by_role("button", name="发出").click()
    await expect(desk.locator("#progress")).to_contain_text("0 份")
    await keep(desk, "survey-desk")
    return int(desk.url.partition("?")[0].partition("#")[0].rsplit("/", 1)[1])


async def test_a_survey_from_the_desk_to_a_phone_and_back(town: Town) -> None:
    desk, aunt = (await town.staff("committee")).page, await town.resident("周阿婆")
    town.prove_home("周阿婆")
    survey_id = await build(desk)
    await asyncio.to_thread(answer_for_everybody, town._file, survey_id)
    await desk.goto(f"/console/surveys/{survey_id}/results")
    radar, bars = desk.locator("[data-chart=radar][data-drawn] canvas"), desk.locator("[data-chart=bars] canvas")
    await radar.wait_for()
    await expect(desk.locator("#overall")).to_have_text(OVERALL)
    await keep(desk, "results-desk")
    async with desk.expect_download() as saved:
        await desk.get_by_role("button", name="存成图片").first.click()
    assert (await asyncio.to_thread(Path(await (await saved.value).path()).read_bytes)).startswith(b"\x89PNG")

    page = aunt.page
    await page.goto("/surveys")
    await keep(page, "list-phone")
    await page.get_by_role("link", name="秋季问卷").click()
    bar, words = page.locator("#progress"), page.locator("#progress-words")
    await expect(words).to_have_text("0 / 31")  # what follows from a car is not asked yet
    for key in ("knows", "i11", "i12"):
        await page.locator(f"[data-key={key}] .sv__choice").last.click()
    await page.locator("[data-key=wish] textarea").fill("楼道灯")
    await expect(words).to_have_text("4 / 31")
    await page.reload()  # the phone rang; what was begun is still there
    await expect(words).to_have_text("4 / 31")
    await expect(bar).to_have_js_property("value", 4)
    await expect(page.locator("[data-key=i12] input").nth(4)).to_be_checked()
    await expect(page.locator("[data-key=wish] textarea")).to_have_value("楼道灯")
    for box in [await one.bounding_box() for one in await page.locator("[data-key=i13] .sv__choice").all()]:
        assert box is not None
        assert box["height"] >= THUMB
    await keep(page, "form-phone")
    await page.get_by_role("button", name="交上去").click()
    await page.get_by_text("还有题没答").wait_for()
    car = page.locator(".sv__q", has_text="您家有车吗")
    where = page.locator(".sv__q", has_text="车停在哪里")
    await expect(where).to_be_hidden()
    await car.get_by_text("有", exact=True).click()
    await where.get_by_role("textbox").fill("地面")
    await expect(words).to_have_text("6 / 32")
    missing = page.locator(".sv__q--wrong:visible")
    for _ in range(await missing.count()):
        await missing.first.get_by_text("不愿回答").click()
    await page.get_by_role("button", name="交上去").click()
    await page.get_by_text("收到了").wait_for()
    await keep(page, "thanks-phone")
    await page.goto(f"/surveys/{survey_id}")
    await page.get_by_text("您家已经答过了").wait_for()

    await expect(desk.get_by_label("概况")).to_contain_text(f"{PEOPLE + 1}份回答")  # without a reload
    await radar.wait_for()
    await bars.wait_for()
    await desk.set_viewport_size(PHONE)
    await keep(desk, "results-phone")
    wished = "SELECT answers FROM survey_response WHERE survey_id = ? AND json_extract(answers, '$.wish') = '楼道灯'"
    (mine,) = town.rows(wished, survey_id)
    assert {key: value for key, value in json.loads(str(mine[0])).items() if value is not None} == {
        "knows": 2, "i11": 5, "i12": 5, "wish": "楼道灯", "q1": 0, "q2": "地面",
    }  # fmt: skip
