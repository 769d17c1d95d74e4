"""One real process with a few residents, for tests that bring it what nobody should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar
from sqlalchemy import func, select

from bot.channels.webchat.signing import COOKIE
from bot.storage.engine import Database
from bot.storage.tables import OPEN_STATES, ChatMessage, InboxRow
from tests.support.processes import Bot, open_fleet
from tests.support.residents import Community, Signed, open_database, settle_community

PATIENCE_S = 60.0
SECRET = "周老太太昨晚在3栋2单元501室摔倒电话13800001234"  # nothing of it may reach the log
PRIVATE = ("周老太太", "13800001234", "501室")


@dataclass
class Street:
    """The process, the community in its database, and a browser without cookies."""

    bot: Bot
    community: Community
    db: Database
    http: ClientSession
    _taken: int = field(default=0)

    @property
    def url(self) -> str:
        return self.bot.url

    def somebody(self) -> Signed:
        """A resident who has said nothing yet."""
        self._taken += 1
        return self.community.residents[self._taken - 1]

    @asynccontextmanager
    async def page(self, who: Signed) -> AsyncIterator[ClientWebSocketResponse]:
        """A greeted page that says exactly what the test wants."""
        async with self.http.ws_connect(self.url + "/ws", headers=self.cookie(who), max_msg_size=0) as socket:
            await socket.send_json({"type": "hello", "v": 1, "seen": {}})
            for _ in (await hear(socket, "welcome"))["chats"]:
                await hear(socket, "lines")
            yield socket

    def cookie(self, who: Signed) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={who.token}"}

    async def lines(self, chat_id: int) -> int:
        """How many lines of residents stand in a chat."""
        query = select(func.count()).select_from(ChatMessage)
        async with self.db.read() as session:
            found = await session.scalar(query.where(ChatMessage.chat_id == chat_id, ChatMessage.sender == "resident"))
        return int(found or 0)

    async def is_quiet(self) -> None:
        """Wait until everything said so far is handled."""
        waiting = select(func.count()).select_from(InboxRow).where(InboxRow.state.in_(OPEN_STATES))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                async with self.db.read() as session:
                    if not await session.scalar(waiting):
                        return
                await asyncio.sleep(0.05)

    def check_log(self) -> None:
        """The process lives; its log has no traceback and nothing of what residents wrote."""
        assert self.bot.alive
        words = self.bot.words()
        assert "Traceback" not in words, words[-3000:]
        for private in PRIVATE:
            assert private not in words
        for who in self.community.residents:
            assert who.token not in words


async def hear(socket: ClientWebSocketResponse, kind: str, **having: Any) -> dict[str, Any]:
    """The next frame of a kind, others passed over."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            frame: dict[str, Any] = await socket.receive_json()
            if frame["type"] == kind and all(frame.get(key) == value for key, value in having.items()):
                return frame


async def ask(socket: ClientWebSocketResponse, **frame: Any) -> dict[str, Any]:
    """Say a message and take what comes of it: its ack or its error."""
    await socket.send_json(frame)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            heard: dict[str, Any] = await socket.receive_json()
            if heard["type"] in ("ack", "error") and heard["client_id"] == frame.get("client_id"):
                return heard


@asynccontextmanager
async def open_street(folder: Path, *, size: int = 20) -> AsyncIterator[Street]:
    """Fill, start, and look into the log at the end."""
    community = await settle_community(folder, size=size)
    async with (
        open_database(f"sqlite+aiosqlite:///{folder / 'linan.db'}") as db,
        open_fleet(folder, LINAN_VAR=str(folder)) as fleet,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as http,
    ):
        bot = fleet.add("run")
        await fleet.start()
        street = Street(bot, community, db, http)
        yield street
        street.check_log()
        assert await bot.stop() == 0
