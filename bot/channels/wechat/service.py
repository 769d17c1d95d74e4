"""Apps and Official Accounts in one process: doors, deliveries, counters. ``setup_wechat`` hangs it up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import structlog
from aiohttp import ClientSession, web
from sqlalchemy.exc import DBAPIError

from bot.channels.base import Finding
from bot.channels.book import Book
from bot.channels.counting import Counts
from bot.channels.fetching import Fetcher
from bot.channels.kinds import WECOM_APP
from bot.channels.wechat.accounts import Accounts
from bot.channels.wechat.api import Api
from bot.channels.wechat.deps import WeChatParts
from bot.channels.wechat.doors import Doors
from bot.channels.wechat.grouping import Grouping
from bot.channels.wechat.hearing import Hearing
from bot.channels.wechat.passive import Waiters
from bot.channels.wechat.saying import Saying
from bot.channels.wechat.testing import AccountTest
from bot.ending import end
from bot.live import DOUBT, OUTBOX, Waker
from bot.outbox import Outbox
from bot.storage.channels import TOPIC

log = structlog.get_logger()
PATHS = (r"/wecom/app/{account:\d{1,15}}", r"/wechat/official/{account:\d{1,15}}")
AFTER_ERROR_S = 1.0


class WeChatService:
    """Started with the web process and closed with it."""

    def __init__(self, deps: WeChatParts) -> None:
        self._deps, base = deps, deps.base
        self.accounts = Accounts(base.db, base.box)
        self.counts = Counts(base.db, base.clock)
        self.waiters = Waiters()
        self.channels: dict[str, Saying] = {}
        self._fetcher = Fetcher(base.largest_picture, base.picture_timeout_s)
        self._book = Book(base.db, base.clock)
        self._outbox = Outbox(base.db, base.clock, base.live, self.channels, group_rate=WECOM_APP.a_minute)
        self._tasks: list[asyncio.Task[None]] = []
        self._http: ClientSession | None = None
        self._parts: tuple[Api, Hearing, Doors] | None = None

    async def start(self) -> None:
        self._http = ClientSession()
        api = Api(self._deps, self._http)
        hearing = Hearing(self._deps, self._book, self.counts, self._fetcher, api, self.waiters)
        doors = Doors(self._deps, self.accounts, hearing, self.counts, self.waiters)
        self._parts = api, hearing, doors
        await self.look()
        self._tasks = [asyncio.create_task(self._look_forever()), asyncio.create_task(self._deliver_forever())]

    async def close(self) -> None:
        """Store what was heard, write down what was counted."""
        for task in self._tasks:
            await end(task)
        if self._parts is not None:
            await self._parts[1].close()
        await self._fetcher.close()
        if self._http is not None:
            await self._http.close()
        with contextlib.suppress(DBAPIError, OSError):
            await self.counts.flush()

    @property
    def api(self) -> Api:
        assert self._parts is not None
        return self._parts[0]

    async def verify(self, request: web.Request) -> web.StreamResponse:
        assert self._parts is not None
        return await self._parts[2].verify(request)

    async def take(self, request: web.Request) -> web.StreamResponse:
        assert self._parts is not None
        return await self._parts[2].take(request)

    async def test(self, account_id: int) -> Sequence[Finding]:
        """Try an account out."""
        await self.look()
        return await AccountTest(self._deps, self.accounts, self.api).run(account_id)

    async def make_group(self, account_id: int, name: str, owner: str, members: Sequence[str]) -> Finding:
        """A group of an app's own, and what came of it."""
        await self.look()
        return await Grouping(self._deps, self.accounts, self.api).make(account_id, name, owner, members)

    async def look(self) -> None:
        """See what was changed, write what was counted."""
        known = {account.id: account for account in self.accounts.all()}
        found = {account.id: account for account in await self.accounts.load()}
        for account_id, account in found.items():
            before = known.get(account_id)
            changed = before is None or (before.secret, before.owner_id) != (account.secret, account.owner_id)
            mended = before is not None and (before.state, account.state) == ("refused", "waiting")
            if changed or mended or account.channel not in self.channels:
                self.api.tokens.forget(account)
                self._let_speak(account_id, account.channel)
        here = {account.channel for account in found.values() if not account.paused}
        for channel in [one for one in self.channels if one not in here]:
            del self.channels[channel]
        await self.counts.flush()

    def _let_speak(self, account_id: int, channel: str) -> None:
        self.channels[channel] = Saying(
            self._deps, lambda: self.accounts.get(account_id), self.api, self.counts, self.waiters
        )

    async def deliver(self) -> int:
        """One batch of what is to be said; how many were settled."""
        return await self._outbox.deliver_foreign(self._deps.base.name) if self.channels else 0

    async def _look_forever(self) -> None:
        base, changed = self._deps.base, asyncio.Event()
        stops = [base.live.listen(topic, lambda _t, _p: changed.set()) for topic in (TOPIC, DOUBT)]
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(base.refresh_s):
                        await changed.wait()
                changed.clear()
                try:
                    await self.look()
                except (DBAPIError, OSError) as error:
                    log.warning("wechat_look_late", code="storage_error", error=type(error).__name__)
        finally:
            for stop in stops:
                stop()

    async def _deliver_forever(self) -> None:
        waker = Waker(self._deps.base.live, OUTBOX)
        try:
            while True:
                try:
                    if await self.deliver() == 0:
                        await waker.wait()
                except Exception:
                    log.exception("wechat_delivery_failed", code="wechat_delivery_failed")
                    await asyncio.sleep(AFTER_ERROR_S)
        finally:
            waker.close()


def setup_wechat(app: web.Application, deps: WeChatParts) -> WeChatService:
    """Add the addresses that the platforms are told, and run the channel with the application."""
    service = WeChatService(deps)
    for path in PATHS:
        app.router.add_get(path, service.verify)
        app.router.add_post(path, service.take)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.close()

    app.cleanup_ctx.append(run)
    return service
