"""The console in a real browser, on a phone and on a desk: it works, it fits, nothing is complained of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, Response, async_playwright

from tests.needs import chromium
from tests.support.browser import ARGS, PATIENCE_MS
from tests.support.console import PASSWORD, Office, open_office
from tests.support.mediation import open_dispute

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def browsing(office: Office, role: str, size: dict[str, int]) -> AsyncIterator[Page]:
    """A page of somebody signed in. Anything the browser complains of fails the test."""
    complaints: list[str] = []
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=chromium(), args=ARGS)
        context = await browser.new_context(
            viewport=size, locale="zh-CN", base_url=str(office.server.make_url("/")).rstrip("/")
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto("/console/")
        await page.get_by_label("账号").fill(office.logins[role])
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await page.wait_for_url("**/console/")
        yield page
        await browser.close()
    assert complaints == []


def heard_by(path: str) -> Callable[[Response], bool]:
    """Whether an answer is the line that the page at that path listens on, not that of the page before it."""
    return lambda answer: "/console/live?" in answer.url and answer.request.headers["referer"].endswith(path)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_every_page_fits_and_loads_without_complaint(office: Office, size: dict[str, int]) -> None:
    ticket = await office.open("电梯又停了，" * 40)
    await office.open("电梯又停了，按哪个键都没反应，" * 20, who="老李", may_join=True)
    await office.open("听说电梯又停了，" * 20, who="小陈", may_join=True)
    await office.open("着火了", "emergency/fire", emergency="fire")
    paths = (
        "",
        "tickets",
        f"tickets/{ticket.id}",
        "tickets/new",
        "staff-chat",
        "duty",
        "alarms/1",
        "alarms/1/report",
        "schedules",
        "deliveries",
        "figures",
        "account",
    )
    async with browsing(office, "admin", size) as page:
        for path in paths:
            await page.goto(f"/console/{path}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
            assert await page.locator("h1").count() == 1, path
        await page.goto(f"/console/tickets/{ticket.id}")
        for heading in ("可能是同一件事", "都在报这件事（2户）"):
            assert await page.get_by_role("heading", name=heading).count() == 1


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_the_pages_of_mediation_fit(office: Office, size: dict[str, int]) -> None:
    dispute = await (await (await open_dispute(office)).begin()).agree()
    here = f"mediation/{dispute.case_id}"
    async with browsing(office, "mediator", size) as page:
        for path in ("mediation", "mediation/new", "mediation/mediators", here, f"{here}/paper"):
            await page.goto(f"/console/{path}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
            assert await page.locator("h1").count() == 1, path
        await page.goto(f"/console/{here}")
        assert await page.locator(".room:visible").count() == (1 if size == PHONE else 3)
        if size == PHONE:
            await page.get_by_text("调解室（共同）").first.click()
            await page.get_by_role("heading", name="各方都看得到").wait_for()
            small = await page.evaluate(
                "[...document.querySelectorAll('main .btn, .room-label')].filter(e => e.offsetHeight && "
                "e.offsetHeight < 36).map(e => e.innerText)"
            )
            assert small == []


async def test_a_steward_works_a_ticket_on_a_phone(office: Office) -> None:
    ticket = await office.move(await office.open(), "take", "李师傅")
    async with browsing(office, "steward", PHONE) as page:
        await page.get_by_text("电梯又停了").click()
        await page.get_by_text("处置完成", exact=True).click()
        form = page.locator("details[open] form")
        await form.get_by_label("说明").fill("换了皮带")
        await form.get_by_label("常用回复").select_option(index=1)
        await form.get_by_role("button", name="居民会看到什么").click()
        said = await form.locator(".preview .bubble").first.inner_text()
        assert "电梯已经修好" in said
        await form.get_by_role("button", name="确定处置完成").click()
        await page.get_by_text("办好了").wait_for()
        assert await page.locator(".ladder [aria-current=step]").inner_text() == "5\n处置"
    assert (await office.ticket(ticket.id)).status == "handled"


async def test_a_queue_on_a_desk_fills_by_itself(office: Office) -> None:
    async with browsing(office, "committee", DESK) as page:
        async with page.expect_response(heard_by("/console/tickets?queue=area")):  # from now on it hears
            await page.goto("/console/tickets?queue=area")
        await page.get_by_text("这里没有工单").wait_for()
        async with page.expect_response("**/console/tickets?queue=area"):
            await office.open("北门的灯不亮", "service_request/electricity_lighting")
        await page.get_by_text("北门的灯不亮").wait_for()
        await page.locator(".toast-line").wait_for()
        assert "新工单 0001" in await page.locator(".toast-line").inner_text()


async def test_a_tap_on_a_queue_that_is_renewed_meanwhile_is_not_lost(office: Office) -> None:
    ticket = await office.open()
    async with browsing(office, "committee", DESK) as page:
        async with page.expect_response(heard_by("/console/tickets?queue=area")):
            await page.goto("/console/tickets?queue=area")
        await page.get_by_role("link", name="电梯又停了").hover()
        await page.mouse.down()
        async with page.expect_response("**/console/tickets?queue=area"):
            await office.open("北门的灯不亮", "service_request/electricity_lighting")
        await page.locator(".toast-line").wait_for()
        assert await page.get_by_role("link", name="北门的灯不亮").count() == 0  # the finger is still on the list
        await page.mouse.up()
        await page.wait_for_url(f"**/console/tickets/{ticket.id}")
        await page.go_back()
        await page.get_by_role("link", name="北门的灯不亮").wait_for()
        await page.mouse.down()
        async with page.expect_response("**/console/tickets?queue=area"):
            await office.open("西门的灯也不亮", "service_request/electricity_lighting")
        await page.mouse.move(0, 0)
        await page.mouse.up()  # nothing was chosen: the list is renewed now
        await page.get_by_role("link", name="西门的灯也不亮").wait_for()


async def test_markup_in_what_people_say_runs_nowhere(office: Office) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    ticket = await office.open(hostile)
    async with browsing(office, "committee", DESK) as page:
        for path in ("", "tickets?queue=area", f"tickets/{ticket.id}"):
            await page.goto(f"/console/{path}")
            assert "owned" not in await page.title()
            assert await page.get_by_text("<img src=x").count() >= 1
        await office.open(hostile)
        await page.locator("#changed, .toast-line").first.wait_for(state="attached")
        assert "owned" not in await page.title()


async def test_the_pages_can_be_used_with_the_keyboard_alone(office: Office) -> None:
    ticket = await office.open()
    async with browsing(office, "committee", DESK) as page:
        await page.goto(f"/console/tickets/{ticket.id}")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "跳到正文"
        first = page.locator(".move summary").first
        await first.focus()
        await page.keyboard.press("Enter")
        await page.locator("details[open] button.btn-primary").focus()
        await page.keyboard.press("Enter")
        await page.get_by_text("办好了").wait_for()
    assert (await office.ticket(ticket.id)).status == "accepted"


async def test_a_filter_can_be_kept_under_a_name_and_forgotten(office: Office) -> None:
    await office.open()
    async with browsing(office, "committee", PHONE) as page:
        page.on("dialog", lambda dialog: dialog.accept("<b>三栋电梯</b>"))
        await page.goto("/console/tickets?queue=area&building=3&service=service_request%2Felevator")
        await page.get_by_role("button", name="记住这个筛选").click()
        await page.goto("/console/tickets")
        await page.get_by_role("link", name="<b>三栋电梯</b>").click()
        await page.wait_for_url("**/console/tickets?queue=area&building=3&service=service_request%2Felevator")
        await page.get_by_role("button", name="不再记住").click()
        assert await page.locator(".kept-one").count() == 0


async def test_the_roster_is_made_on_a_phone_and_whoever_is_called_says_so_with_one_tap(office: Office) -> None:
    async with browsing(office, "committee", PHONE) as page:
        await page.get_by_role("link", name="值班").click()
        form = page.locator(".shift-form")
        await form.get_by_label("谁").select_option(label="钱主任（居委会）")
        await form.get_by_label("哪天").fill("2026-11-18")
        await form.get_by_label("上班").fill("08:00")
        await form.get_by_label("下班").fill("20:00")
        await form.get_by_label("交代的事").fill("对讲机在门岗")
        await form.get_by_role("button", name="排上").click()
        await page.get_by_text("值班表改好了").wait_for()
        now = page.locator("section", has=page.get_by_role("heading", name="现在值班"))
        assert "钱主任" in await now.inner_text()
        assert "对讲机在门岗" in await now.inner_text()
        await office.open("着火了", "emergency/fire", emergency="fire")
        await page.get_by_text("正在叫：钱主任").wait_for()  # by itself: the page listens
        await page.get_by_role("button", name="收到，我去").click()
        await page.get_by_text("已记下您收到").wait_for()
        await page.get_by_role("button", name="发起报平安").click()
        await page.get_by_text("已发起报平安").wait_for()
        await page.get_by_role("button", name="2单元501记为平安").click()
        await page.get_by_text("平安 1", exact=True).wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        await page.get_by_role("button", name="解除", exact=True).click()
        await page.get_by_text("已解除，群里都知道了").wait_for()
