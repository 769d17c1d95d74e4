"""A community with a real road, an app or an Official Account on a real server, and the platform's stand-in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from PIL import Image
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channel_accounts import AccountForm, give_group, open_account
from bot.channels.wechat.deps import WeChatParts
from bot.channels.wechat.service import WeChatService, setup_wechat
from bot.live import OUTBOX, Waker
from bot.storage.channels import load_counts
from bot.storage.tables import Chat, ChatMessage, OutboxRow
from bot.storage.tables_channels import ChannelAccount, ChannelFault, ChannelGroup
from bot.web import MAX_BODY, channel_parts_of
from tests.peers.bridge import PATIENCE_S
from tests.peers.platforms import AGENT, APP, APP_SECRET, CORP, CORP_SECRET, KEY, TOKEN, Caller, Qyapi, WeixinApi
from tests.support.world import World, open_world

APP_FORM = AccountForm(
    "邻安应用",
    "safe",
    external_id=CORP,
    secrets={"corp_secret": CORP_SECRET, "callback_token": TOKEN, "aes_key": KEY},
    texts={"agent_id": str(AGENT)},
)
OFFICIAL_FORM = AccountForm(
    "桂花社区",
    "safe",
    external_id=APP,
    secrets={"app_secret": APP_SECRET, "callback_token": TOKEN, "aes_key": KEY},
)
Answer = tuple[int, str]


def a_picture() -> bytes:
    """The bytes of a small photograph."""
    made = BytesIO()
    Image.new("RGB", (40, 30), (30, 90, 60)).save(made, "JPEG")
    return made.getvalue()


@dataclass
class WeChatTown:
    """The world, the channel, the platform, and the side of it that calls us."""

    world: World
    server: TestServer
    service: WeChatService
    http: ClientSession
    platform: Qyapi | WeixinApi
    caller: Caller
    account_id: int
    path: str
    _road: list[asyncio.Task[None]] = field(default_factory=list)

    def url(self, path: str = "") -> str:
        return str(self.server.make_url(path or self.path))

    async def call(self, told: dict[str, Any], **more: str) -> Answer:
        """The platform calls; status and what it reads."""
        query, body = self.caller.post(told)
        return await self.post({**query, **more}, body)

    async def post(self, query: dict[str, str], body: str | BinaryIO) -> Answer:
        async with self.http.post(self.url(), params=query, data=body) as answer:
            text = await answer.text()
            return answer.status, self.caller.read(text) if answer.status == 200 else text

    async def say(self, text: str, user: str = "WangAyi", **more: Any) -> Answer:
        """Somebody writes."""
        if isinstance(self.platform, WeixinApi):
            self.platform.wrote(user)
        return await self.call(self.caller.message(text, user, self.world.clock.now(), **more))

    async def settle(self) -> None:
        """Everything down the road, and out."""
        await self.world.settle()
        while await self.service.deliver():
            await self.world.settle()

    async def told(self, text: str, user: str = "WangAyi", **more: Any) -> list[str]:
        """What somebody reads after they wrote, whichever way it came."""
        before = len(self.platform.said())
        _, passive = await self.say(text, user, **more)
        await self.settle()
        return [one for one in (passive, *self.platform.said()[before:]) if one]

    async def lines(self, sender: str = "resident") -> Sequence[ChatMessage]:
        async with self.world.parts.db.read() as session:
            query = select(ChatMessage).where(ChatMessage.sender == sender).order_by(ChatMessage.id)
            return (await session.scalars(query)).all()

    async def outbox(self) -> Sequence[OutboxRow]:
        async with self.world.parts.db.read() as session:
            theirs = select(OutboxRow).where(OutboxRow.channel != "web")
            return (await session.scalars(theirs.order_by(OutboxRow.id))).all()

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

    async def account(self) -> ChannelAccount:
        await self.service.counts.flush()
        async with self.world.parts.db.read() as session:
            return await session.get_one(ChannelAccount, self.account_id)

    async def findings(self) -> list[tuple[str, bool]]:
        """What the test button says, in words."""
        render = self.world.parts.phrases.render
        return [(render(one.phrase, one.params), one.good) for one in await self.service.test(self.account_id)]

    async def until(self, look: Callable[[], Awaitable[bool]]) -> None:
        """Wait until it is so; looked for whenever something was said."""
        waker = Waker(self.world.parts.live, OUTBOX)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await look():
                    await waker.wait(0.05)
        finally:
            waker.close()

    async def row(self, session: AsyncSession) -> ChannelAccount:
        return await session.get_one(ChannelAccount, self.account_id)

    async def give_group(self, session: AsyncSession) -> Chat:
        """The community gets the group that was made last."""
        query = select(ChannelGroup).order_by(ChannelGroup.id.desc())
        group = (await session.scalars(query)).first()
        assert group is not None
        here, now = self.world.community_id, self.world.clock.now()
        given = await give_group(session, await self.row(session), group.id, here, None, now)
        return await session.get_one(Chat, given.chat_id)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The worker and the deliveries go by themselves, as they do in an installation."""
        await self.world.engine.worker.start()
        delivering = asyncio.create_task(self.service._deliver_forever())
        try:
            yield
        finally:
            delivering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await delivering
            await self.world.engine.worker.close()


@asynccontextmanager
async def open_wechat(
    var: Path, url: str = "", *, form: AccountForm = APP_FORM, passive_s: float = 0.0, **more: Any
) -> AsyncIterator[WeChatTown]:
    """Nothing goes by itself but the calls: tests let the road and the deliveries run. ``more``: for WeChatParts."""
    is_app = "corp_secret" in form.secrets
    kind = "wecomapp" if is_app else "official"
    async with open_world(var, url) as world:
        platform = (Qyapi if is_app else WeixinApi)(world.clock.now)
        stand_in = TestServer(platform.app())
        await stand_in.start_server()
        host = str(stand_in.make_url("")).rstrip("/")
        parts = WeChatParts(
            channel_parts_of(world.parts), "https://linan.example", {kind: host}, passive_s=passive_s, **more
        )
        async with world.parts.db.write() as session:
            account = await open_account(session, parts.base.box, world.community_id, kind, form, world.clock.now())
        app = web.Application(client_max_size=MAX_BODY)
        service = setup_wechat(app, parts)
        server = TestServer(app)
        await server.start_server()
        for task in service._tasks:  # a test says when
            task.cancel()
        path = f"/wecom/app/{account.id}" if is_app else f"/wechat/official/{account.id}"
        caller = Caller(app=is_app, sealed=form.mode == "safe")
        async with ClientSession() as http:
            try:
                yield WeChatTown(world, server, service, http, platform, caller, account.id, path)
            finally:
                await server.close()
                await stand_in.close()
