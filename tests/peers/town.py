"""A community with a real road and a OneBot channel on a real server."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from bot.channel_accounts import AccountForm, give_group, open_account
from bot.channels.onebot.service import OneBotService, setup_onebot
from bot.live import INBOX, Waker
from bot.secret_box import SecretBox
from bot.storage.channels import hear_group, load_counts
from bot.storage.tables import ChatMessage, OutboxRow
from bot.storage.tables_channels import ChannelFault, ChannelGroup
from bot.web import MAX_BODY, channel_parts_of
from tests.peers.bridge import PATIENCE_S, Bridge, ReverseBridge
from tests.support.world import World, open_world

TOKEN = "guihua-token-2026-11"
SECRET = "guihua-secret-2026-11"
GROUP = "555"
T = TypeVar("T")


@dataclass
class Town:
    """The world, its channel, and one account in a mapped group."""

    world: World
    server: TestServer
    service: OneBotService
    http: ClientSession
    account_id: int
    chat_id: int

    def url(self, path: str = "/onebot/v11/ws") -> str:
        return str(self.server.make_url(path))

    def bridge(self, *, path: str = "/onebot/v11/ws", token: str = TOKEN, **more: Any) -> ReverseBridge:
        return ReverseBridge(self.http, self.url(path), token=token, **more)

    async def lines(self, sender: str = "resident") -> Sequence[ChatMessage]:
        async with self.world.parts.db.read() as session:
            query = select(ChatMessage).where(ChatMessage.sender == sender, ChatMessage.chat_id >= self.chat_id)
            return (await session.scalars(query.order_by(ChatMessage.id))).all()

    async def until(self, look: Callable[[], Awaitable[T]], patience_s: float = PATIENCE_S) -> T:
        """What is looked for, once it is there; looked for whenever something was accepted."""
        waker = Waker(self.world.parts.live, INBOX)
        try:
            async with asyncio.timeout(patience_s):
                while not (found := await look()):
                    await waker.wait(0.05)
                return found
        finally:
            waker.close()

    async def heard(self, count: int, _bridge: Bridge) -> Sequence[ChatMessage]:
        """The lines of residents, once there are so many."""

        async def look() -> Sequence[ChatMessage]:
            found = await self.lines()
            return found if len(found) >= count else ()

        return await self.until(look)

    async def written(self, text: str) -> ChatMessage:
        """The bot's line that says this, once its delivery is written down."""

        async def look() -> ChatMessage | None:
            return next((line for line in reversed(await self.lines("bot")) if text in line.text), None)

        found = await self.until(look)
        assert found is not None
        return found

    async def until_recalled(self) -> None:
        """Wait until the first line was taken back."""

        async def look() -> bool:
            return (await self.lines())[0].recalled_at is not None

        await self.until(look)

    async def counted(self, what: str, account_id: int | None = None) -> int:
        await self.service.counts.flush()
        known = self.account_id if account_id is None else account_id
        async with self.world.parts.db.read() as session:
            found = (await load_counts(session, [known])).get(known, {})
        return found[what].total if what in found else 0

    async def faults(self) -> list[str]:
        await self.service.counts.flush()
        async with self.world.parts.db.read() as session:
            return list(await session.scalars(select(ChannelFault.code).order_by(ChannelFault.id)))

    async def until_counted(self, what: str) -> None:
        """Wait until something has happened."""
        await self.until(lambda: self.counted(what))

    async def outbox(self) -> Sequence[OutboxRow]:
        async with self.world.parts.db.read() as session:
            theirs = select(OutboxRow).where(OutboxRow.channel != "web")
            return (await session.scalars(theirs.order_by(OutboxRow.id))).all()


async def add_account(world: World, box: SecretBox, form: AccountForm, *, group: str = GROUP) -> tuple[int, int]:
    """An account with one group of the whole community; ids of account and chat."""
    async with world.parts.db.write() as session:
        now = world.clock.now()
        account = await open_account(session, box, world.community_id, "onebot", form, now)
        await hear_group(session, account.id, world.community_id, group, "桂花苑东区群", now)
        known = await session.scalar(select(ChannelGroup).where(ChannelGroup.account_id == account.id))
        assert known is not None
        given = await give_group(session, account, known.id, world.community_id, None, now)
        return account.id, given.chat_id or 0


@asynccontextmanager
async def open_town(
    var: Path, url: str = "", *, form: AccountForm | None = None, world_more: dict[str, Any] | None = None, **deps: Any
) -> AsyncIterator[Town]:
    """``deps`` change what the channel is given: shorter times."""
    async with open_world(var, url, **(world_more or {})) as world:
        given = dataclasses.replace(channel_parts_of(world.parts), **{"refresh_s": 0.1, **deps})
        form = form or AccountForm("东区", "reverse", secrets={"token": TOKEN}, switches={"accept_friends": True})
        account_id, chat_id = await add_account(world, given.box, form)
        app = web.Application(client_max_size=MAX_BODY)
        service = setup_onebot(app, given)
        server = TestServer(app)
        await server.start_server()
        async with ClientSession() as http:
            try:
                yield Town(world, server, service, http, account_id, chat_id)
            finally:
                await server.close()
