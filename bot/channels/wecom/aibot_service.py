"""WeCom's bots in one process: doors, connections, deliveries, counters. ``setup_wecom_bots`` hangs it up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import structlog
from aiohttp import ClientError, ClientSession, web
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Channel, Finding
from bot.channels.book import Book
from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.fetching import Fetcher
from bot.channels.kinds import WECOM_BOT
from bot.channels.unreached import tell_unreached
from bot.channels.wecom.aibot_accounts import SOCKET, Accounts
from bot.channels.wecom.aibot_answering import CallbackSender
from bot.channels.wecom.aibot_deps import WecomTools
from bot.channels.wecom.aibot_dialing import BotDialer
from bot.channels.wecom.aibot_doors import BotDoors
from bot.channels.wecom.aibot_hearing import BotHearing
from bot.channels.wecom.aibot_line import Line
from bot.channels.wecom.aibot_pushing import SocketSender
from bot.channels.wecom.aibot_saying import BotSaying
from bot.channels.wecom.aibot_sending import Desk
from bot.channels.wecom.aibot_testing import PATH, BotTest
from bot.channels.wecom.aibot_turns import Turns
from bot.channels.wecom.webhook import HookSaying, HookTest, Webhook
from bot.ending import end
from bot.live import DOUBT, OUTBOX, Waker
from bot.outbox import Outbox
from bot.storage.channels import TOPIC
from bot.storage.tables import OutboxRow
from bot.storage.wecom import drop_old_turns

log = structlog.get_logger()
AFTER_ERROR_S = 1.0
TIDY = timedelta(hours=1)
UNREACHED = "channels.wecom.unreached"


class WecomBots:
    """Started with the web process and closed with it."""

    def __init__(self, parts: ChannelParts, tools: WecomTools) -> None:
        self._parts, self._tools = parts, tools
        self.accounts = Accounts(parts.db, parts.box)
        self.counts = Counts(parts.db, parts.clock)
        self._book = Book(parts.db, parts.clock)
        self._fetcher = Fetcher(parts.largest_picture + 32, parts.picture_timeout_s)
        self.turns = Turns(parts, tools)
        self._hearing = BotHearing(parts, tools, self.accounts, self._book, self.counts, self.turns, self._fetcher)
        self.doors = BotDoors(parts, tools, self.accounts, self._hearing, self.turns, self.counts)
        self.channels: dict[str, Channel] = {}  # those that can be spoken through now
        self._hooks: dict[int, HookSaying] = {}
        self._bots: dict[int, BotSaying] = {}
        self.dialers: dict[int, BotDialer] = {}
        self._outbox = Outbox(
            parts.db, parts.clock, parts.live, self.channels, group_rate=WECOM_BOT.a_minute, refused=self._refused
        )
        self._http: ClientSession | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._tidied_at: datetime | None = None
        self._looking = asyncio.Lock()

    async def start(self) -> None:
        self._http = http = ClientSession()
        self._hooks.clear()
        self._bots.clear()
        desk = Desk(self._parts, self._tools, self.counts)
        self._senders = SocketSender(desk, self.line_of), CallbackSender(desk, self.turns, http)
        self.webhook = Webhook(self._parts, self._tools, http, self.counts)
        await self.accounts.load()
        self._tasks = [asyncio.create_task(self._look_forever()), asyncio.create_task(self._deliver_forever())]

    async def close(self) -> None:
        """Stop listening, store what was heard, write down what was counted."""
        for task in self._tasks:
            await end(task)
        for dialer in tuple(self.dialers.values()):
            await dialer.close()
        await self._fetcher.close()
        if self._http is not None:
            await self._http.close()
        with contextlib.suppress(DBAPIError, OSError):
            await self.counts.flush()

    def line_of(self, account_id: int) -> Line | None:
        """The long connection of a bot, while it stands."""
        dialer = self.dialers.get(account_id)
        return dialer.line if dialer is not None else None

    async def test(self, account_id: int) -> Sequence[Finding]:
        """Try an account out."""
        await self.look()
        if account_id in self.accounts.hooks:
            found = await HookTest(self._parts, self.webhook).run(self.accounts.hooks[account_id])
            await self.accounts.load()
            return found
        return await BotTest(self._parts, self.accounts, self.dialers.get).run(account_id)

    async def look(self) -> None:
        """See what was changed, who is connected, what was counted."""
        async with self._looking:  # a test looks, too
            await self.accounts.load()
            self._book.forget_groups()
            await self._redial()
            self._see_channels()
        await self.counts.flush()
        now = self._parts.clock.now()
        if self._tidied_at is None or now - self._tidied_at > TIDY:
            self._tidied_at = now
            async with self._parts.db.write(repeatable=True) as session:
                await drop_old_turns(session, now)

    async def _redial(self) -> None:
        wanted = {bot.id: bot for bot in self.accounts.bots.values() if bot.dials}
        for account_id, dialer in tuple(self.dialers.items()):
            now, then = wanted.get(account_id), dialer.dialled
            if now is None or (now.bot_id, now.secret) != (then.bot_id, then.secret):
                del self.dialers[account_id]
                await dialer.close()
        for account_id in wanted.keys() - self.dialers.keys():
            self._dial(account_id)

    def _dial(self, account_id: int) -> None:
        assert self._http is not None
        self.dialers[account_id] = BotDialer(
            self._parts,
            self._tools,
            self._hearing,
            self.counts,
            self._http,
            lambda: self.accounts.bots.get(account_id),
        )

    def _see_channels(self) -> None:
        """What can be spoken through: connected bots, those that are called, robots that are not refused."""
        reachable: dict[str, Channel] = {}
        for hook in self.accounts.hooks.values():
            if hook.speaks:
                reachable[hook.channel] = self._hook(hook.id)
        for bot in self.accounts.bots.values():
            if not bot.paused and (bot.mode != SOCKET or self.line_of(bot.id) is not None):
                reachable[bot.channel] = self._bot(bot.id)
        self.channels.clear()
        self.channels.update(reachable)

    def _hook(self, account_id: int) -> HookSaying:
        if account_id not in self._hooks:
            self._hooks[account_id] = HookSaying(
                self._parts, self.webhook, lambda: self.accounts.hooks.get(account_id), self.counts
            )
        return self._hooks[account_id]

    def _bot(self, account_id: int) -> BotSaying:
        if account_id not in self._bots:
            self._bots[account_id] = BotSaying(
                self._parts, lambda: self.accounts.bots.get(account_id), self._voice, self._senders, self.counts
            )
        return self._bots[account_id]

    def _voice(self, group_id: int) -> HookSaying | None:
        hook = self.accounts.find_voice(group_id)
        return self._hook(hook.id) if hook is not None else None

    async def _look_forever(self) -> None:
        changed = asyncio.Event()
        stops = [self._parts.live.listen(topic, lambda _t, _p: changed.set()) for topic in (TOPIC, DOUBT)]
        try:
            while True:
                try:
                    await self.look()
                except (DBAPIError, OSError, ClientError) as error:
                    log.warning("wecom_look_late", code="storage_error", error=type(error).__name__)
                await self._sleep(changed)
                changed.clear()
        finally:
            for stop in stops:
                stop()

    async def _sleep(self, changed: asyncio.Event) -> None:
        """Until something is changed, a connection stands or falls, or it is time to look again."""
        events = [changed, *(dialer.changed for dialer in self.dialers.values())]
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, timeout=self._parts.refresh_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        for event in events[1:]:
            event.clear()

    async def _deliver_forever(self) -> None:
        waker = Waker(self._parts.live, OUTBOX)
        try:
            while True:
                try:
                    if not self.channels or await self._outbox.deliver_foreign(self._parts.name) == 0:
                        await waker.wait()
                except Exception as error:  # without its locals: keys of robots stand in them
                    log.error("wecom_delivery_failed", code="wecom_delivery_failed", error=type(error).__name__)
                    await asyncio.sleep(AFTER_ERROR_S)
        finally:
            waker.close()

    async def _refused(self, session: AsyncSession, row: OutboxRow, _now: datetime) -> None:
        await tell_unreached(self._parts.phrases, session, row, self._parts.clock.now(), phrase=UNREACHED)


def setup_wecom_bots(app: web.Application, parts: ChannelParts, tools: WecomTools | None = None) -> WecomBots:
    """Add the address that WeCom calls, and run the bots with the application."""
    service = WecomBots(parts, tools or WecomTools())
    app.router.add_get(PATH + r"/{id:\d{1,15}}", service.doors.verify)
    app.router.add_post(PATH + r"/{id:\d{1,15}}", service.doors.take)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.close()

    app.cleanup_ctx.append(run)
    return service
