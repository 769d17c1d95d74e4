"""The workbench in a real browser: a whole round from a sentence to a published version and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import select

from actions.teaching.model import ModelState, ModelVersion, Publication, ReviewItem
from bot.bootstrap import build_trainer
from tests.needs import chromium
from tests.support.browser import ARGS, DESK, PHONE
from tests.support.console import PASSWORD
from tests.support.workbench import ELEVATOR, HOME, NOISE, Workbench, ready

pytestmark = pytest.mark.timeout(600)  # two cores that others use too
SOON_MS = 60_000
TRAINED_MS = 400_000
expect.set_options(timeout=SOON_MS)
PAGES = (
    "", "/examples", f"/examples?label={ELEVATOR}", "/changes", "/review", "/review?view=list", "/models", "/models/1",
    "/models/2", "/try", "/phrases", "/phrases/one?key=ticket.opened.service_request", "/names", "/exchange",
)  # fmt: skip
#: fields and buttons that somebody who does not see them could not name
NAMELESS = """() => [...document.querySelectorAll("main :is(input:not([type=hidden]), select, textarea, button)")]
    .filter((e) => !(e.labels && e.labels.length) && !e.getAttribute("aria-label") && !e.textContent.trim())
    .map((e) => e.outerHTML)"""


@asynccontextmanager
async def browsing(bench: Workbench, size: dict[str, int], *, expected: str = "nothing") -> AsyncIterator[Page]:
    """The administrator's page. Whatever the browser complains of, but what is expected, fails the test."""
    complaints: list[str] = []
    base = str(bench.office.server.make_url("/")).rstrip("/")
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=chromium(), args=ARGS)
        context = await browser.new_context(viewport=size, locale="zh-CN", base_url=base)  # type: ignore[arg-type]
        context.set_default_timeout(SOON_MS)
        page = await context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto("/console/")
        await page.get_by_label("账号").fill(bench.office.logins["admin"])
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await page.wait_for_url("**/console/")
        try:
            yield page
        finally:
            await browser.close()
    assert [complaint for complaint in complaints if expected not in complaint] == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_every_page_fits_has_one_heading_and_names_its_fields(bench: Workbench, size: dict[str, int]) -> None:
    await bench.post("/examples/add", {"label": ELEVATOR, "text": "电梯又停了，" * 40})
    await bench.post("/labels/add", {"name": "借会议室", "intent": "", "answer": "请到服务台"})
    await bench.doubt("三楼电梯门夹人，" * 30, "service_request", "elevator")
    await ready(bench, 2)
    await bench.post("/models/2/publish", {"reason": "因为" * 100})
    async with browsing(bench, size) as page:
        for path in PAGES:
            await page.goto(f"{HOME}{path}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
            assert await page.locator("h1").count() == 1, path
            assert (path, await page.evaluate(NAMELESS)) == (path, [])


async def test_from_a_new_sentence_to_a_published_version_and_back(bench: Workbench) -> None:
    trainer = build_trainer(bench.office.parts)
    async with browsing(bench, DESK, expected="422") as page:
        await _teach(page)
        assert (await bench.find("3栋轿厢卡在半空了")).marked == "[3栋](building)轿厢卡在半空了"  # type: ignore[union-attr]
        await page.get_by_role("link", name="训练与发布").click()
        await expect(page.get_by_text("例句改动了 1 处")).to_be_visible()
        await page.get_by_role("button", name="训练新版本").click()
        await expect(page.get_by_text("排队等着开始")).to_be_visible()
        await trainer.start()
        try:
            await expect(page.locator("#progress pre")).to_contain_text("启动训练程序", timeout=TRAINED_MS)
            # when it is over the page goes on to the comparison by itself
            await page.wait_for_url(f"**{HOME}/models/2", timeout=TRAINED_MS)
        finally:
            await trainer.close()
        await _publish(bench, page)
        await _try(page, "3栋轿厢卡在半空了")
        await _fail_to_import(page)
        await _roll_back(page)
    states = {v.number: v.state for v in await bench.office.rows(select(ModelVersion))}
    assert states == {1: ModelState.PUBLISHED, 2: ModelState.RETIRED}
    history = await bench.office.rows(select(Publication).order_by(Publication.id))
    assert [(p.number, p.rolled_back) for p in history] == [(1, False), (2, False), (1, True)]


async def _teach(page: Page) -> None:
    """Write a sentence, see what is known of it, mark what is a building, add it."""
    await page.goto(HOME)
    await page.get_by_role("link", name="电梯", exact=False).first.click()
    await page.locator("#new").fill("3栋轿厢卡在半空了")
    await expect(page.locator("#check li")).to_contain_text("小邻现在觉得是")
    await page.locator("#new").evaluate("field => field.setSelectionRange(0, 2)")
    await page.get_by_role("button", name="楼栋").click()
    await expect(page.locator("#new")).to_have_value("[3栋](building)轿厢卡在半空了")
    await expect(page.locator("#check .ent")).to_have_text("3栋楼栋")
    await page.get_by_role("button", name="加上").click()
    await expect(page.locator(".flash")).to_have_text("加了 1 句")


async def _publish(bench: Workbench, page: Page) -> None:
    """The comparison says in a sentence how it is; publish it."""
    await expect(page.locator(".teach-verdict-words")).not_to_be_empty()
    await expect(page.get_by_text("紧急求助：考题里 2 句")).to_be_visible()
    await expect(page.get_by_role("heading", name="每种意思")).to_be_visible()
    await page.get_by_label("为什么发布").fill("加了轿厢的说法")
    await page.get_by_role("button", name="发布，几秒钟内生效").click()
    await expect(page.locator(".flash")).to_have_text("第 2 版已发布，几秒钟内换上")
    await bench.office.parts.watcher.want_model()
    await bench.office.parts.watcher.look()
    assert bench.office.parts.model.version == "v2"


async def _try(page: Page, text: str) -> None:
    """The new version is asked, and the sentence it was taught is shown as the reason."""
    await page.get_by_role("link", name="试一试").click()
    await page.get_by_label("居民说的话").fill(text)
    await page.get_by_label("句子里 @了小邻").check()
    await page.get_by_label("居民说的话").press("Enter")
    await expect(page.locator(".teach-similar li").first).to_contain_text(text)
    await expect(page.locator("#trial .bubble").first).not_to_be_empty()


async def _fail_to_import(page: Page) -> None:
    await page.get_by_role("link", name="导入导出").click()
    bad = "意思,小类,例句\nservice_request,升降机,坏了\n".encode()
    await page.locator("#file").set_input_files({"name": "例句.csv", "mimeType": "text/csv", "buffer": bad})
    await expect(page.locator("#file-name")).to_have_text("已选：例句.csv")
    await page.get_by_role("button", name="先看看会改什么").click()
    await expect(page.get_by_role("heading", name="“例句.csv”有 1 处问题，什么都没有改")).to_be_visible()
    await expect(page.locator(".teach-table tbody tr")).to_contain_text("没有这种意思")


async def _roll_back(page: Page) -> None:
    await page.get_by_role("link", name="训练与发布").click()
    await page.get_by_text("退回第 1 版").click()
    await page.get_by_label("为什么退回").fill("先试到这里")
    await page.get_by_role("button", name="确定退回").click()
    await expect(page.locator(".flash")).to_have_text("已退回第 1 版，几秒钟内换上")


async def press(page: Page, key: str) -> None:
    """A key on a page whose scripts have run."""
    await page.wait_for_load_state("load")
    await page.keyboard.press(key)


async def test_doubts_are_worked_through_with_the_keyboard_alone(bench: Workbench) -> None:
    for number, text in enumerate(("三楼电梯门夹人", "楼上敲墙", "门口灯不亮了", "吃了吗您")):
        await bench.doubt(text, "service_request", "elevator", seen=9 - number, ranking={ELEVATOR: 0.5, NOISE: 0.4})
    async with browsing(bench, DESK) as page:
        await page.goto(f"{HOME}/review")
        said = page.locator(".said-whole")
        await expect(said).to_have_text("三楼电梯门夹人")
        await press(page, "Enter")
        await expect(said).to_have_text("楼上敲墙")
        await press(page, "2")
        await expect(said).to_have_text("门口灯不亮了")
        await press(page, "c")
        await expect(page.get_by_label("找一种意思")).to_be_focused()
        await page.keyboard.type("不存在的")
        await expect(page.get_by_text("没有这样的意思，换个词试试")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_label("找一种意思")).not_to_be_visible()
        await press(page, "c")
        await page.get_by_label("找一种意思").fill("照明")
        await page.keyboard.press("Enter")
        await expect(said).to_have_text("吃了吗您")
        await press(page, "x")
        await expect(page.get_by_text("都核对完了")).to_be_visible()
        await press(page, "u")
        await expect(said).to_have_text("吃了吗您")
    states = {item.text: item.state for item in await bench.office.rows(select(ReviewItem))}
    assert states == {
        "三楼电梯门夹人": "confirmed", "楼上敲墙": "corrected", "门口灯不亮了": "corrected", "吃了吗您": "open",
    }  # fmt: skip
    labels = {e.plain: e.label for e in await bench.examples(origin="review")}
    assert labels == {
        "三楼电梯门夹人": ELEVATOR, "楼上敲墙": NOISE, "门口灯不亮了": "service_request/electricity_lighting",
    }  # fmt: skip


async def test_several_sentences_are_moved_on_a_phone_and_moved_back(bench: Workbench) -> None:
    first, second, *_ = await bench.examples(intent="service_request", category="elevator")
    async with browsing(bench, PHONE) as page:
        await page.goto(f"{HOME}/examples?label={ELEVATOR}")
        bar = page.get_by_role("region", name="选中的例句")
        await expect(bar).to_be_hidden()
        for example in (first, second):
            await page.locator(f"#ex-{example.id} [data-one]").check()
        await expect(bar).to_contain_text("选了 2 句")
        await bar.get_by_text("移到哪种意思").click()
        await page.get_by_label("找一种意思").fill("噪音")
        await bar.get_by_role("radio", name="矛盾纠纷 噪音").check()
        await expect(bar.locator("summary")).to_contain_text("矛盾纠纷 · 噪音")
        await bar.get_by_role("button", name="移过去").click()
        await expect(page.locator(".flash")).to_have_text("移走了 2 句")
        assert (await bench.find(first.plain)).label == NOISE  # type: ignore[union-attr]
        await page.get_by_role("button", name="撤销刚才的改动").click()
        await expect(page.locator(".flash")).to_have_text("已撤销")
    assert [(await bench.find(e.plain)).label for e in (first, second)] == [ELEVATOR] * 2  # type: ignore[union-attr]


async def test_a_sentence_is_edited_in_its_row_and_given_up_with_escape(bench: Workbench) -> None:
    example = (await bench.examples(intent="service_request", category="elevator"))[0]
    async with browsing(bench, DESK) as page:
        await page.goto(f"{HOME}/examples?label={ELEVATOR}")
        row = page.locator(f"#ex-{example.id}")
        await row.get_by_role("button", name="改").click()
        field = row.locator("textarea")
        await expect(field).to_be_focused()
        await field.fill("改了一半")
        await field.press("Escape")
        await expect(row).to_contain_text(example.plain[:6])
        await row.get_by_role("button", name="改").click()
        await row.locator("textarea").fill("[5楼](floor)电梯门关不严")
        await row.locator("textarea").press("Enter")
        await expect(row).to_contain_text("已保存")
        await expect(row.locator(".ent")).to_have_text("5楼楼层")
    assert (await bench.find("5楼电梯门关不严")).id == example.id  # type: ignore[union-attr]


async def test_a_phrase_is_read_while_it_is_written(bench: Workbench) -> None:
    async with browsing(bench, PHONE) as page:
        await page.goto(f"{HOME}/phrases/one?key=ticket.opened.other")
        await page.get_by_label("小邻怎么说").fill("好嘞，")
        await expect(page.locator("#reads")).to_contain_text("少了 {ref}（工单号），不能保存")
        await page.get_by_role("button", name="{due} 办理时限").click()
        await page.get_by_role("button", name="{ref} 工单号").click()
        await expect(page.locator("#reads .bubble")).to_have_text("好嘞，今天14:0020261118-0007")
        await page.get_by_role("button", name="保存，马上生效").click()
        await expect(page.locator(".flash")).to_have_text("已保存，几秒钟内生效")
        await expect(page.get_by_label("小邻怎么说")).to_have_value("好嘞，{due}{ref}")
