"""A community with a real road and WeCom's bots on a real server, and a platform with nobody behind it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select

from bot.channel_accounts import AccountForm, give_group, open_account, speak_for
from bot.channels.wecom.aibot_deps import Platform, Times, WecomTools
from bot.channels.wecom.aibot_service import WecomBots, setup_wecom_bots
from bot.channels.wecom.crypto import MessageCrypt
from bot.channels.wecom.envelopes import find_cipher, read_json, text_of
from bot.live import INBOX, OUTBOX, Waker
from bot.messages import OutgoingMessage
from bot.outbox import Outgoing, enqueue
from bot.storage.channels import hear_group, load_counts
from bot.storage.tables import Chat, ChatMessage, OutboxRow
from bot.storage.tables_channels import ChannelAccount, ChannelFault, ChannelGroup
from bot.web import MAX_BODY, channel_parts_of
from tests.peers.wecom_gateway import BOT, KEY, PATIENCE_S, SECRET, Gateway, serve
from tests.support.world import World, open_world

TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
GROUP = "wrGroupEast"
SOCKET_FORM = AccountForm("小邻助手", "socket", "", BOT, {"bot_secret": SECRET}, texts={"called": "小邻"})
CALLBACK_FORM = AccountForm("小邻助手", "callback", secrets={"callback_token": TOKEN, "aes_key": AES_KEY},
                            texts={"called": "小邻"})  # fmt: skip
HOOK_FORM = AccountForm("喇叭", "webhook", secrets={"webhook_key": KEY})
QUICK = Times(ack_s=0.5, ping_s=0.05, stable_s=0.0, look_again=timedelta(0))
T = TypeVar("T")


@dataclass
class WecomTown:
    """The world, its bots, the platform, and one group."""

    world: World
    gateway: Gateway
    server: TestServer
    service: WecomBots
    http: ClientSession
    account_id: int
    chat_id: int
    hook_id: int = 0
    hook_chat_id: int = 0

    @property
    def crypt(self) -> MessageCrypt:
        return MessageCrypt(TOKEN, AES_KEY, "")

    async def until(self, look: Callable[[], Awaitable[T]], patience_s: float = PATIENCE_S) -> T:
        """What is looked for, once it is there."""
        waker = Waker(self.world.parts.live, INBOX)
        try:
            async with asyncio.timeout(patience_s):
                while not (found := await look()):
                    await waker.wait(0.02)
                return found
        finally:
            waker.close()

    async def lines(self, sender: str = "resident") -> Sequence[ChatMessage]:
        async with self.world.parts.db.read() as session:
            query = select(ChatMessage).where(ChatMessage.sender == sender, ChatMessage.chat_id >= self.chat_id)
            return (await session.scalars(query.order_by(ChatMessage.id))).all()

    async def heard(self, count: int) -> Sequence[ChatMessage]:
        async def look() -> bool:
            async with self.world.parts.db.read() as session:
                residents = select(func.count()).where(ChatMessage.sender == "resident")
                return (await session.scalar(residents.where(ChatMessage.chat_id >= self.chat_id)) or 0) >= count

        await self.until(look)
        return await self.lines()

    async def outbox(self) -> Sequence[OutboxRow]:
        async with self.world.parts.db.read() as session:
            theirs = select(OutboxRow).where(OutboxRow.channel.like("wecom%"))
            return (await session.scalars(theirs.order_by(OutboxRow.id))).all()

    async def settled(self, *states: str, step: timedelta = timedelta(seconds=2)) -> Sequence[OutboxRow]:
        """Wait until all rows are in one of these states, however long they are put off."""

        async def look() -> Sequence[OutboxRow]:
            rows = await self.outbox()
            if rows and all(row.state in states for row in rows):
                return rows
            self.world.clock.advance(step)
            await self.world.parts.live.publish(OUTBOX, {})
            return ()

        return await self.until(look)

    async def put(self, text: str = "今晚停水，请备水", chat_id: int | None = None, **more: Any) -> None:
        """Something to be said that nobody asked for."""
        async with self.world.parts.db.write() as session:
            chat = await session.get_one(Chat, chat_id or self.chat_id)
            answers_id = more.pop("answers_id", None)
            message = OutgoingMessage(chat.id, text, **more)
            await enqueue(session, [Outgoing(message, chat, answers_id)], self.world.clock.now())

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

    async def state(self, account_id: int | None = None) -> str:
        async with self.world.parts.db.read() as session:
            return (await session.get_one(ChannelAccount, account_id or self.account_id)).state

    async def connected(self) -> None:
        """Wait until the bot is connected and can be spoken through."""
        await self.gateway.until(lambda: f"wecombot:{self.account_id}" in self.service.channels)

    def sealed(
        self, body: Any, *, crypt: MessageCrypt | None = None, stamp: int | None = None
    ) -> tuple[dict[str, str], str]:
        """What the platform asks with, and its body."""
        when = str(stamp if stamp is not None else int(self.world.clock.now().timestamp()))
        text = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        sealed = (crypt or self.crypt).seal(text, when, secrets.token_hex(5))
        query = {"msg_signature": sealed.signature, "timestamp": when, "nonce": sealed.nonce}
        return query, json.dumps({"encrypt": sealed.encrypt})

    async def post(self, query: dict[str, str], body: Any) -> ClientResponse:
        return await self.http.post(self.server.make_url(f"/wecom/bot/{self.account_id}"), params=query, data=body)

    async def call(self, body: dict[str, Any]) -> dict[str, Any]:
        """What we answer to a callback, opened; {} for nothing."""
        query, sealed = self.sealed(body)
        async with await self.post(query, sealed) as answer:
            assert answer.status == 200, await answer.text()
            text = await answer.text()
        if not text:
            return {}
        envelope = read_json(text.encode())
        assert isinstance(envelope["timestamp"], int)
        opened = self.crypt.open(
            text_of(envelope, "msgsignature"), str(envelope["timestamp"]), query["nonce"], find_cipher(envelope)
        )
        assert envelope["nonce"] == query["nonce"]
        return json.loads(opened)

    async def refresh(self, stream_id: str) -> dict[str, Any]:
        """What stands in a bubble when the platform asks."""
        return await self.call({"msgid": "x", "aibotid": BOT, "msgtype": "stream", "stream": {"id": stream_id}})


async def add_hook(town: WecomTown, *, voice: bool) -> None:
    """A group robot: as the voice of the bot in its group, or of the whole community."""
    async with town.world.parts.db.write() as session:
        now, box, here = town.world.clock.now(), town.service._parts.box, town.world.community_id
        account = await open_account(session, box, here, "wecomhook", HOOK_FORM, now)
        group = (await session.scalars(select(ChannelGroup).where(ChannelGroup.account_id == account.id))).one()
        heard = (await session.scalars(select(ChannelGroup).where(ChannelGroup.account_id == town.account_id))).one()
        if voice:
            await speak_for(session, account, group.id, heard.id, [here])
        else:
            given = await give_group(session, account, group.id, here, None, now)
            town.hook_chat_id = given.chat_id or 0
        town.hook_id = account.id
    await town.service.look()


@asynccontextmanager
async def open_wecom(
    var: Path, form: AccountForm = SOCKET_FORM, *, times: Times = QUICK, url: str = "", **more: Any
) -> AsyncIterator[WecomTown]:
    """``more`` changes what the channel is given."""
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(open_world(var, url))
        gateway = Gateway(world.clock.now)
        platform_server = await stack.enter_async_context(serve(gateway))
        api = str(platform_server.make_url("")).rstrip("/")
        given = dataclasses.replace(
            channel_parts_of(world.parts),
            **{"refresh_s": 0.05, "reconnect_s": (0.01, 0.05), "call_timeout_s": 1.0, **more},
        )
        async with world.parts.db.write() as session:
            now = world.clock.now()
            account = await open_account(session, given.box, world.community_id, "wecombot", form, now)
            await hear_group(session, account.id, world.community_id, GROUP, "", now)
            group = (await session.scalars(select(ChannelGroup).where(ChannelGroup.account_id == account.id))).one()
            chat = await give_group(session, account, group.id, world.community_id, None, now)
        tools = WecomTools(Platform(api, api.replace("http", "ws"), inside=True), times)
        app = web.Application(client_max_size=MAX_BODY)
        service = setup_wecom_bots(app, given, tools)
        server = TestServer(app)
        await server.start_server()
        stack.push_async_callback(server.close)
        http = await stack.enter_async_context(ClientSession())
        yield WecomTown(world, gateway, server, service, http, account.id, chat.chat_id or 0)
