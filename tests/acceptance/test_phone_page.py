"""The resident's page in a real browser on a phone: a bad line, an input method, hostile neighbours."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from sqlalchemy import select

from bot.storage.tables import ChatMessage
from tests.integration.webchat_world import GROUP, INVITE, World, open_world, picture
from tests.needs import chromium

NASTY = "<img src=x onerror=alert(1)><script>alert(2)</script>'); DROP TABLE chat;--"
PHONE = {"width": 390, "height": 844}


class Wire:
    """A network between browser and server that can be cut."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.whole = True

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.whole:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, back}
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()

    def cut(self) -> None:
        self.whole = False
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture
async def wire(world: World) -> AsyncIterator[tuple[Wire, str]]:
    wire = Wire(world.server.port or 0)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield wire, f"http://127.0.0.1:{port}"
    wire.cut()
    server.close()
    await asyncio.wait_for(server.wait_closed(), 5)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield opened
        await opened.close()


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, locale="zh-CN")
    context.set_default_timeout(60_000)
    yield context
    await context.close()


async def join(phone: BrowserContext, base: str, nickname: str = "张阿姨") -> Page:
    """Join as a person does, and wait for the open group."""
    page = await phone.new_page()
    await page.goto(f"{base}/j/{INVITE}")
    await page.fill("#nickname", nickname)
    await page.select_option("#home", "5:1")
    await page.check("input[name=consent]")
    await page.click("button[type=submit]")
    await expect(page.locator("#room")).to_be_visible()
    return page


async def write(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.click("#send")


async def stored(world: World, text: str) -> int:
    async with world.db.read() as session:
        return len((await session.execute(select(ChatMessage.id).where(ChatMessage.text == text))).all())


async def test_what_was_written_on_a_cut_line_is_sent_once_when_it_is_whole_again(
    world: World, wire: tuple[Wire, str], phone: BrowserContext
) -> None:
    line, base = wire
    page = await join(phone, base)
    wang = await world.open_page(await world.join("王叔"))
    line.cut()
    await write(page, "断网时写的")
    await expect(page.locator(".state")).to_have_text("正在发送")
    await expect(page.locator("#net-room")).to_contain_text("会自动发出")
    await wang.send("你不在时说的", "w1")
    line.whole = True
    await expect(page.locator(".bubble", has_text="你不在时说的")).to_be_visible()
    await expect(page.locator(".state")).to_have_count(0)
    await expect(page.locator(".bubble", has_text="断网时写的")).to_have_count(1)
    await expect(page.locator("#net-room")).to_be_hidden()
    assert await stored(world, "断网时写的") == 1


async def test_what_was_written_on_a_cut_line_outlives_the_page(
    world: World, wire: tuple[Wire, str], phone: BrowserContext
) -> None:
    line, base = wire
    page = await join(phone, base)
    line.cut()
    await write(page, "关掉页面以前写的")
    await expect(page.locator(".state")).to_be_visible()
    await page.close()
    line.whole = True
    again = await phone.new_page()
    await again.goto(f"{base}/chat#{GROUP}")
    await expect(again.locator(".bubble", has_text="关掉页面以前写的")).to_have_count(1)
    await expect(again.locator(".state")).to_have_count(0)
    assert await stored(world, "关掉页面以前写的") == 1


async def test_enter_does_not_send_while_the_input_method_composes(
    world: World, wire: tuple[Wire, str], phone: BrowserContext
) -> None:
    page = await join(phone, wire[1])
    tools = await phone.new_cdp_session(page)
    await page.focus("#text")
    await page.evaluate(
        "document.getElementById('text')"
        ".addEventListener('keydown', (event) => { window.composing = event.isComposing; })"
    )
    await tools.send("Input.imeSetComposition", {"text": "dianti", "selectionStart": 6, "selectionEnd": 6})
    await page.keyboard.press("Enter")
    assert await page.evaluate("window.composing") is True
    await tools.send("Input.insertText", {"text": "电梯"})
    assert "电梯" in await page.input_value("#text")
    assert await page.locator(".bubble").count() == 0
    await page.fill("#text", "电梯")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble")).to_have_text("电梯")
    assert await page.input_value("#text") == ""


async def test_html_in_names_and_texts_is_shown_as_text(
    world: World, wire: tuple[Wire, str], phone: BrowserContext
) -> None:
    alarms: list[str] = []
    page = await join(phone, wire[1])
    page.on("dialog", lambda dialog: alarms.append(dialog.message))
    page.on("console", lambda message: alarms.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: alarms.append(str(error)))
    name = "<img src=x>"
    neighbour = await world.open_page(await world.join(name))
    first = await neighbour.send(NASTY, "n1")
    await neighbour.send("再说一次", "n2", reply_to=first["id"])
    card = {"ref": NASTY, "title": NASTY, "place": NASTY, "status_words": NASTY, "steps": [{"label": NASTY}]}
    await world.bot_says(
        NASTY, card=card, buttons=[{"label": NASTY, "value": "x"}], to_resident_id=neighbour.me
    )
    await expect(page.locator(".bubble").first).to_have_text(NASTY)
    await expect(page.locator(".line__name").first).to_have_text(name)
    await expect(page.locator(".quote")).to_contain_text("<img src=x")
    await expect(page.locator(".ticket__title")).to_have_text(NASTY)
    assert await page.locator("#lines img:not(.avatar)").count() == 0
    assert await page.locator("#lines script").count() == 0
    assert await page.locator(".choices").count() == 0  # the buttons are meant for somebody else
    await page.click("#members")
    await expect(page.locator(".sheet__item", has_text=name)).to_be_visible()
    assert alarms == []


async def test_a_resident_sends_a_picture_presses_a_button_and_recalls(
    world: World, wire: tuple[Wire, str], phone: BrowserContext
) -> None:
    page = await join(phone, wire[1])
    await page.set_input_files(
        "#files", {"name": "a.png", "mimeType": "image/png", "buffer": picture(kind="PNG")}
    )
    await expect(page.locator("#send")).to_be_enabled()
    await page.click("#send")
    await expect(page.locator("button.picture img")).to_have_js_property("complete", True)
    await page.click("button.picture")
    await expect(page.locator("#viewer")).to_be_visible()
    await page.click(".viewer__close")
    await world.bot_says("修好了吗？", to_resident_id=1, buttons=[{"label": "修好了", "value": "rate:1:5"}])
    await page.click("text=修好了 >> nth=-1")
    pressed = page.locator(".line--mine[data-line] .bubble")
    await expect(pressed).to_have_text("修好了")
    await pressed.dispatch_event("contextmenu")
    await page.click(".sheet__item >> text=撤回")
    await expect(page.locator(".note", has_text="您撤回了一条消息")).to_be_visible()
    assert await page.locator(".line--mine .bubble").count() == 0


async def test_everything_that_can_be_touched_has_a_name_and_is_large_enough(
    world: World, wire: tuple[Wire, str], phone: BrowserContext
) -> None:
    page = await join(phone, wire[1])
    await write(page, "你好")
    await expect(page.locator(".bubble")).to_be_visible()
    touched = await page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, textarea, select")]
            .filter((e) => e.checkVisibility() && !e.matches(".unseen, .line__more, .line__face"))
            .map((e) => ({ name: (e.getAttribute("aria-label") || e.textContent).trim(),
                           height: e.getBoundingClientRect().height, html: e.outerHTML.slice(0, 80) }))"""
    )
    assert len(touched) >= 5
    assert [t["html"] for t in touched if not t["name"] or t["height"] < 44] == []


async def test_big_letters_stay(world: World, wire: tuple[Wire, str], phone: BrowserContext) -> None:
    page = await join(phone, wire[1])
    await page.click("#back")
    await page.click("#go-me")
    async with page.expect_response("**/api/chat/settings"):
        await page.locator("#big").check()
    again = await phone.new_page()
    await again.goto(f"{wire[1]}/chat")
    await expect(again.locator("html")).to_have_class(re.compile("big"))
    size = await again.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert size >= 22
