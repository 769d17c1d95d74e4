"""The whole installation as a process of its own, and people who use its pages in a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import ClientSession
from playwright.async_api import Browser, BrowserContext, Locator, Page, Response, async_playwright, expect

from tests.needs import ROOT, chromium

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)  # on a busy machine five seconds are soon over
ARGS = (
    "--no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
#: what chromium itself says about a line that a test has cut, or a refusal that a test has asked for
LINE_IS_CUT = ("ERR_INTERNET_DISCONNECTED", "WebSocket connection to")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_of(var: Path, port: int) -> dict[str, str]:
    """The environment of an installation in that folder, which answers at any hour."""
    model = ROOT / "var" / "models" / "current.tar.gz"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINAN_")}
    own = {"VAR": str(var), "PORT": str(port), "MODEL": str(model), "QUIET_FROM": "0", "QUIET_TO": "0"}
    return kept | {f"LINAN_{name}": value for name, value in own.items()}


def linan(command: str, environment: Mapping[str, str]) -> str:
    """What a command of the installation prints."""
    whole = [sys.executable, "-m", "bot", command]
    done = subprocess.run(whole, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@asynccontextmanager
async def installation(var: Path, environment: Mapping[str, str]) -> AsyncIterator[str]:
    """``linan run`` on a prepared folder; its address. It is stopped as an operator stops it."""
    base = f"http://127.0.0.1:{environment['LINAN_PORT']}"
    log = var / "run.log"
    process = await _start(environment, log)
    try:
        await _ready(base, process, log)
        yield base
    finally:
        if process.returncode is None:
            process.terminate()
        assert await asyncio.wait_for(process.wait(), 60) in {0, -signal.SIGTERM}, tail(log)


async def _start(environment: Mapping[str, str], log: Path) -> asyncio.subprocess.Process:
    with log.open("wb") as out:
        whole = (sys.executable, "-m", "bot", "run")
        return await asyncio.create_subprocess_exec(
            *whole, cwd=ROOT, env=environment, stdout=out, stderr=asyncio.subprocess.STDOUT
        )


async def _ready(base: str, process: asyncio.subprocess.Process, log: Path) -> None:
    async with ClientSession() as http:
        for _ in range(600):
            with contextlib.suppress(OSError):
                async with http.get(f"{base}/health") as answer:
                    if answer.status == 200:
                        return
            if process.returncode is not None:
                break
            await asyncio.sleep(0.1)
    raise AssertionError(f"the installation does not start: {tail(log)}")


async def choose_in_bar(page: Page, group: str, name: str) -> None:
    """Open a group of the console's bar on a desk and go to one of its pages."""
    bar = page.get_by_role("navigation", name="主要页面")
    await bar.locator("summary", has_text=group).click()
    await bar.get_by_role("link", name=name, exact=True).click()


def tail(log: Path) -> str:
    return log.read_text("utf-8")[-2000:]


@dataclass
class Watch:
    """What went wrong in the pages of a context: scripts, policies, refusals, requests to foreign hosts."""

    host: str
    wrong: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", lambda said: self._said(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("response", self._answered)

    def _said(self, text: str) -> None:
        if not any(known in text for known in LINE_IS_CUT):
            self.wrong.append(f"console: {text}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "about"} and parts.netloc != self.host:
            self.wrong.append(f"foreign: {url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")


@dataclass
class People:
    """Browsers of residents and staff of one installation, with one watch over all of them."""

    base: str
    browser: Browser
    watch: Watch
    opened: list[BrowserContext] = field(default_factory=list)

    async def context(self, size: dict[str, int], **more: object) -> BrowserContext:
        context = await self.browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=self.base,
            **more,  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", self.watch.over)
        self.opened.append(context)
        return context

    async def resident(self, invite: str, nickname: str, home: str, scale: float = 1) -> Resident:
        """Somebody who joins on a phone as the invite's page asks, and sees the open group."""
        phone = await self.context(PHONE, has_touch=True, is_mobile=True, device_scale_factor=scale)
        page = await phone.new_page()
        await page.goto(f"/j/{invite}")
        await page.get_by_label("怎么称呼您").fill(nickname)
        await page.get_by_label("您住在哪儿").select_option(label=home)
        await page.get_by_role("checkbox").check()
        await page.get_by_role("button", name="进群").click()
        await expect(page.locator("#room")).to_be_visible()
        return Resident(phone, page)

    async def staff(self, login: str, password: str, size: dict[str, int] = DESK, scale: float = 1) -> Staff:
        """Somebody of the staff who has signed in with the keyboard alone."""
        phone = size == PHONE
        desk = await self.context(size, has_touch=phone, is_mobile=phone, device_scale_factor=scale)
        page = await desk.new_page()
        await page.goto("/console/")
        await expect(page.get_by_label("账号")).to_be_focused()
        await page.keyboard.type(login)
        await page.keyboard.press("Tab")
        await page.keyboard.type(password)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="今日")).to_be_visible()
        return Staff(desk, page)

    async def leave(self) -> None:
        for context in self.opened:
            await context.close()
        self.opened.clear()


@dataclass
class Resident:
    """A resident with the chat page open on a phone."""

    phone: BrowserContext
    page: Page

    async def say(self, text: str, picture: bytes = b"") -> None:
        if picture:
            # by the button's own file field, under a name that says nothing about the content
            file = {"name": "IMG_0001", "mimeType": "image/jpeg", "buffer": picture}
            await self.page.set_input_files("#files", file)  # type: ignore[arg-type]
            await expect(self.page.locator(".strip__item img:not(.strip__busy)")).to_be_visible()
        await self.page.locator("#text").fill(text)
        await self.page.locator("#send").click()

    def said(self, text: str) -> Locator:
        """The lines that hold this text, one's own and others'."""
        return self.page.locator(".line", has_text=text)

    def bot(self, text: str) -> Locator:
        return self.page.locator(".line--bot", has_text=text)

    async def hears(self, text: str) -> Locator:
        """Wait until the bot has said this."""
        line = self.bot(text).last
        await expect(line).to_be_visible(timeout=PATIENCE_MS)
        return line

    async def menu(self, line: Locator, action: str) -> None:
        """Choose from what a long touch on a line offers."""
        await line.locator(".bubble").first.dispatch_event("contextmenu")
        await self.page.locator(".sheet__item", has_text=action).click()


@dataclass
class Staff:
    """Somebody of the staff with the console open."""

    desk: BrowserContext
    page: Page

    async def move(self, name: str, text: str = "", picture: Path | None = None) -> None:
        """Open the form of a move, fill it in, send it, and see that it was done."""
        form = self.page.locator("details.move", has=self.page.locator(f"summary:text-is('{name}')"))
        await form.locator("summary").click()
        if text:
            await form.locator("textarea[name=text]").fill(text)
        if picture:
            await form.locator("input[type=file]").set_input_files(picture)
        await form.get_by_role("button", name=f"确定{name}").click()
        await expect(self.page.locator(".flash.alert-success")).to_be_visible(timeout=PATIENCE_MS)


@asynccontextmanager
async def people_of(base: str) -> AsyncIterator[People]:
    """A browser for the people of that installation."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        people = People(base, browser, Watch(urlsplit(base).netloc))
        try:
            yield people
        finally:
            await people.leave()
            await browser.close()
