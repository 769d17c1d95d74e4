"""The whole channel in one process: doors, dialled lines, deliveries, counters. ``setup_onebot`` hangs it up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import structlog
from aiohttp import ClientError, ClientSession, web
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Finding
from bot.channels.book import Book
from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.fetching import Fetcher
from bot.channels.kinds import ONEBOT
from bot.channels.onebot.accounts import Accounts
from bot.channels.onebot.dialing import Dialer
from bot.channels.onebot.doors import Doors
from bot.channels.onebot.hearing import Hearing
from bot.channels.onebot.lines import Lines
from bot.channels.onebot.testing import AccountTest
from bot.channels.unreached import tell_unreached
from bot.ending import end
from bot.live import DOUBT, OUTBOX, Waker
from bot.outbox import Outbox
from bot.storage.channels import TOPIC
from bot.storage.tables import OutboxRow

log = structlog.get_logger()
PATHS = ("/onebot/v11/ws", "/onebot/v11/ws/api", "/onebot/v11/ws/event", "/onebot/v11/", "/onebot/v11/api",
         "/onebot/v11/event")  # fmt: skip
POSTS = ("/onebot/v11/http", "/onebot/v11/")
AFTER_ERROR_S = 1.0


class OneBotService:
    """Started with the web process and closed with it."""

    def __init__(self, deps: ChannelParts) -> None:
        self._deps = deps
        self.accounts = Accounts(deps.db, deps.box)
        self.counts = Counts(deps.db, deps.clock)
        self._book = Book(deps.db, deps.clock)
        self._fetcher = Fetcher(deps.largest_picture, deps.picture_timeout_s)
        self._hearing = Hearing(deps, self.accounts, self._book, self.counts, self._fetcher)
        self.lines = Lines(deps, self.accounts, self._book, self.counts, self._hearing)
        self.doors = Doors(deps, self.accounts, self.lines, self.counts)
        self._outbox = Outbox(
            deps.db, deps.clock, deps.live, self.lines.channels, group_rate=ONEBOT.a_minute, refused=self._refused
        )
        self._dialers: dict[int, Dialer] = {}
        self._http: ClientSession | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._http = ClientSession()
        self._tasks = [asyncio.create_task(self._look_forever()), asyncio.create_task(self._deliver_forever())]

    async def close(self) -> None:
        """Stop listening, store what was heard, write down what was counted."""
        for task in self._tasks:
            await end(task)
        for dialer in self._dialers.values():
            await dialer.close()
        await self.lines.close()
        await self._hearing.close()
        await self._fetcher.close()
        if self._http is not None:
            await self._http.close()
        with contextlib.suppress(DBAPIError, OSError):
            await self.counts.flush()

    async def test(self, account_id: int) -> Sequence[Finding]:
        """Try an account out."""
        await self.look()
        assert self._http is not None
        return await AccountTest(self._deps, self.accounts, self.lines, self._http).run(account_id)

    async def look(self) -> None:
        """See what was changed, what has died, what was counted."""
        await self.accounts.load()
        self._book.forget_groups()
        await self.lines.close_dead()
        await self._redial()
        await self.counts.flush()

    async def _redial(self) -> None:
        wanted = {account.id: account for account in self.accounts.all() if account.dials}
        for account_id, dialer in tuple(self._dialers.items()):
            now, then = wanted.get(account_id), dialer.account
            if now is None or (now.url, now.token, now.mode) != (then.url, then.token, then.mode):
                del self._dialers[account_id]
                await dialer.close()
        for account_id, account in wanted.items():
            if account_id not in self._dialers and self._http is not None:
                self._dialers[account_id] = Dialer(self._deps, self.lines, self.counts, self._http, account)

    async def _look_forever(self) -> None:
        changed = asyncio.Event()
        stops = [self._deps.live.listen(topic, lambda _t, _p: changed.set()) for topic in (TOPIC, DOUBT)]
        try:
            while True:
                try:
                    await self.look()
                except (DBAPIError, OSError, ClientError) as error:
                    log.warning("onebot_look_late", code="storage_error", error=type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._deps.refresh_s):
                        await changed.wait()
                changed.clear()
        finally:
            for stop in stops:
                stop()

    async def _deliver_forever(self) -> None:
        waker = Waker(self._deps.live, OUTBOX)
        try:
            while True:
                try:
                    there = bool(self.lines.channels)
                    if not there or await self._outbox.deliver_foreign(self._deps.name) == 0:
                        await waker.wait()
                except Exception:
                    log.exception("onebot_delivery_failed", code="onebot_delivery_failed")
                    await asyncio.sleep(AFTER_ERROR_S)
        finally:
            waker.close()

    async def _refused(self, session: AsyncSession, row: OutboxRow, now: object) -> None:
        await tell_unreached(self._deps.phrases, session, row, self._deps.clock.now())


def setup_onebot(app: web.Application, deps: ChannelParts) -> OneBotService:
    """Add the addresses that bridges know, and run the channel with the application."""
    service = OneBotService(deps)
    for path in PATHS:
        app.router.add_get(path, service.doors.open)
    for path in POSTS:
        app.router.add_post(path, service.doors.take)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        await service.start()
        app.on_shutdown.append(stop)
        yield
        await service.close()

    async def stop(_app: web.Application) -> None:
        await service.lines.close()  # before the server waits for them

    app.cleanup_ctx.append(run)
    return service
