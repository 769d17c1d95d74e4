"""A small community on a real SQLite file, a real server, and residents with real sockets."""

from __future__ import annotations

import importlib
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientWebSocketResponse, web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image
from sqlalchemy import text

from actions.base import Base
from actions.people.model import Household, Level, OrgUnit
from bot.channels.webchat import WebChat, setup_webchat
from bot.clock import FixedClock
from bot.inbox import Inbox
from bot.live import LocalFeed
from bot.messages import ChatKind, OutgoingButton, OutgoingMessage
from bot.outbox import Outbox, Outgoing, enqueue
from bot.phrases import Phrases
from bot.settings import ROOT, Settings
from bot.storage.engine import Database
from bot.storage.tables import Chat

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
GROUP, OTHER_GROUP, STAFF_GROUP = 1, 2, 3
INVITE, OTHER_INVITE, STAFF_INVITE = "invite-one", "invite-two", "invite-staff"
PATIENCE_S = 60.0


@dataclass
class Page:
    """One open page of a resident."""

    socket: ClientWebSocketResponse
    welcome: dict[str, Any] = field(default_factory=dict)
    lines: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    gaps: dict[int, bool] = field(default_factory=dict)

    async def hello(self, seen: Mapping[int, int] | None = None) -> None:
        """Greet and take the welcome with what was missed."""
        await self.say(type="hello", v=1, seen={str(k): v for k, v in (seen or {}).items()})
        self.welcome = await self.hear("welcome")
        for _ in self.welcome["chats"]:
            frame = await self.hear("lines")
            self.lines[frame["chat_id"]] = frame["lines"]
            self.gaps[frame["chat_id"]] = frame["gap"]

    async def say(self, **frame: Any) -> None:
        await self.socket.send_json(frame)

    async def hear(self, kind: str, **having: Any) -> dict[str, Any]:
        """The next frame of a kind, others passed over."""
        while True:
            frame: dict[str, Any] = await self.socket.receive_json(timeout=PATIENCE_S)
            if frame["type"] == kind and all(frame.get(k) == v for k, v in having.items()):
                return frame

    async def hear_line(self, text: str) -> dict[str, Any]:
        """The line that says this."""
        while True:
            line: dict[str, Any] = (await self.hear("line"))["line"]
            if line.get("text") == text:
                return line

    async def send(self, text: str, client_id: str, chat_id: int = GROUP, **more: Any) -> dict[str, Any]:
        """Say something and take the acknowledgement."""
        await self.say(type="send", client_id=client_id, chat_id=chat_id, text=text, **more)
        return await self.hear("ack", client_id=client_id)

    @property
    def me(self) -> int:
        return int(self.welcome["me"]["id"])

    @property
    def private(self) -> int:
        return next(int(c["id"]) for c in self.welcome["chats"] if c["kind"] == "private")


@dataclass
class World:
    """The server and what it stands on."""

    db: Database
    clock: FixedClock
    live: LocalFeed
    inbox: Inbox
    phrases: Phrases
    server: TestServer
    clients: list[TestClient[web.Request, web.Application]] = field(default_factory=list)

    def browser(self) -> TestClient[web.Request, web.Application]:
        """Somebody's browser, with cookies of its own."""
        client: TestClient[web.Request, web.Application] = TestClient(self.server)
        self.clients.append(client)
        return client

    async def join(
        self, nickname: str = "张阿姨", invite: str = INVITE, **form: str
    ) -> TestClient[web.Request, web.Application]:
        """A browser that has joined a group."""
        browser = self.browser()
        data = {"nickname": nickname, "home": "5:1", "room": "501", "consent": "yes", **form}
        answer = await browser.post(f"/j/{invite}", data=data, allow_redirects=False)
        assert answer.status == 303, await answer.text()
        return browser

    async def open_page(
        self, browser: TestClient[web.Request, web.Application], seen: Mapping[int, int] | None = None
    ) -> Page:
        """A page of that browser, greeted."""
        page = Page(await browser.ws_connect("/ws"))
        await page.hello(seen)
        return page

    async def bot_says(self, text: str, chat_id: int = GROUP, **more: Any) -> None:
        """The bot's words, over the real outbox."""
        buttons = tuple(OutgoingButton(**b) for b in more.pop("buttons", ()))
        async with self.db.write() as session:
            chat = await session.get_one(Chat, chat_id)
            message = OutgoingMessage(chat_id=chat_id, text=text, buttons=buttons, **more)
            await enqueue(session, [Outgoing(message, chat)], self.clock.now())
        await self.deliver()

    async def deliver(self) -> None:
        await Outbox(self.db, self.clock, self.live, {}, group_rate=600).deliver_due("test")


@asynccontextmanager
async def open_world(folder: Path, url: str = "", **options: Any) -> AsyncIterator[World]:
    """A community of two groups and a staff group."""
    importlib.import_module("actions.tickets.model")
    settings = Settings(var=folder, database_url=url)
    db, clock, live = Database(settings.database), FixedClock(NOW), LocalFeed()
    async with db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await _fill(db)
    inbox, phrases = Inbox(db, clock, live), Phrases.load(ROOT / "data" / "phrases")
    app = web.Application()
    setup_webchat(app, WebChat(db, inbox, clock, live, settings, phrases, **options))
    if (ROOT / "bot" / "static" / "vendor").is_dir():
        app.router.add_static("/static/vendor", ROOT / "bot" / "static" / "vendor")
    server = TestServer(app)
    await server.start_server()
    world = World(db, clock, live, inbox, phrases, server)
    try:
        yield world
    finally:
        for client in world.clients:
            await client.close()
        await server.close()
        await inbox.close()
        await db.close()


async def _fill(db: Database) -> None:
    names = [(3, None, Level.COMMUNITY, "桂花社区"), (4, 3, Level.GRID, "一网格")]
    names += [(5, 4, Level.BUILDING, "3栋"), (6, 4, Level.BUILDING, "5栋"), (7, 4, Level.BUILDING, "9栋")]
    paths = {3: "/3/", 4: "/3/4/", 5: "/3/4/5/", 6: "/3/4/6/", 7: "/3/4/7/"}
    groups = [
        (GROUP, ChatKind.GROUP, "桂花社区1群", [5, 6], INVITE),
        (OTHER_GROUP, ChatKind.GROUP, "桂花社区2群", [7], OTHER_INVITE),
        (STAFF_GROUP, ChatKind.STAFF, "工作群", [], STAFF_INVITE),
    ]
    async with db.write() as session:
        for id_, parent, level, name in names:
            unit = OrgUnit(id=id_, parent_id=parent, community_id=3, level=level, name=name, path=paths[id_])
            session.add(unit)
            await session.flush()
        for building, unit_name, room in ((5, "1", "501"), (5, "2", "102"), (6, "1", "301")):
            session.add(Household(community_id=3, building_id=building, unit=unit_name, room=room))
        for id_, kind, name, area, invite in groups:
            chat = Chat(id=id_, community_id=3, kind=kind, external_id=f"group:{id_}", name=name)
            chat.org_unit_ids, chat.invite, chat.created_at = area, invite, NOW
            session.add(chat)
    if not db.is_sqlite:  # PostgreSQL's counters do not know of ids that were given
        async with db.write() as session:
            for table in ("chat", "org_unit"):
                await session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 100)"))


def picture(width: int = 64, height: int = 48, kind: str = "JPEG", **save: Any) -> bytes:
    """A real picture's bytes."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, kind, **save)
    return out.getvalue()
