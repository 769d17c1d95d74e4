"""The open pages of this process, by chat: each line is read and made into JSON once for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import DBAPIError

from bot.channels.webchat.access import find_members
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.lines import find_recent, load_lines
from bot.channels.webchat.sweep import Found, Sweep
from bot.channels.webchat.wire import build_frame
from bot.live import DOUBT, Payload, chat_topic

log = structlog.get_logger()
MARGIN = timedelta(seconds=30)  # how late a line may be committed or told
AGAIN_S = 1.0  # pause before the database is asked again
MOST_TOLD = 2000  # lines a room remembers having told


class Listener(Protocol):
    """A connection as rooms see it."""

    @property
    def resident_id(self) -> int: ...

    def push(self, frame: str) -> None:
        """Queue a frame; never blocks."""
        ...


class Room:
    """One chat with somebody looking at it. What happens is told in order, to those who are members then."""

    def __init__(self, deps: WebChat, chat_id: int) -> None:
        self._deps, self._chat_id = deps, chat_id
        self.listeners: set[Listener] = set()
        self._news: asyncio.Queue[Payload] = asyncio.Queue()
        self._heard_at = deps.clock.now()  # up to here nothing was missed
        self._told: dict[int, None] = {}  # in the order they were told
        self._stop = deps.live.listen(chat_topic(chat_id), self._hear)
        self._task = asyncio.create_task(self._tell_forever())

    def look(self) -> None:
        """Something may have been missed: tell again what was said since the last news. Pages know lines by id."""
        self._news.put_nowait({"type": "look", "since": self._heard_at - MARGIN})
        self._heard_at = self._deps.clock.now()

    def catch_up(self, ids: set[int]) -> None:
        """These lines stand in the chat: tell those that were not told."""
        for line_id in sorted(ids - self._told.keys()):
            self._news.put_nowait({"type": "line", "line": {"id": line_id}})

    def _hear(self, _topic: str, payload: Payload) -> None:
        self._heard_at = self._deps.clock.now()
        self._news.put_nowait(payload)

    async def close(self) -> None:
        self._stop()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _tell_forever(self) -> None:
        news: list[Payload] = []
        while True:
            if not news:
                news.append(await self._news.get())
            while not self._news.empty():
                news.append(self._news.get_nowait())
            try:
                await self._tell(news)
                news.clear()
            except (DBAPIError, OSError) as error:  # kept, and told when the database answers again
                log.warning("chat_news_late", code="storage_error", chat_id=self._chat_id, error=type(error).__name__)
                await asyncio.sleep(AGAIN_S)

    async def _tell(self, news: list[Payload]) -> None:
        listeners = tuple(self.listeners)
        ids = {int(p["line"]["id"]) for p in news if p.get("type") == "line"}
        recalled = {int(p["id"]) for p in news if p.get("type") == "recalled"}
        since = min((p["since"] for p in news if p.get("type") == "look"), default=None)
        async with self._deps.db.read() as session:
            if since is not None:
                said, taken_back = await find_recent(session, self._chat_id, since)
                ids |= said
                recalled |= taken_back
            lines = await load_lines(session, self._chat_id, ids) if ids else []
            members = await find_members(session, self._chat_id, {c.resident_id for c in listeners})
        frames = [build_frame("line", line=line) for line in lines]
        frames += [build_frame("recalled", chat_id=self._chat_id, id=line_id) for line_id in sorted(recalled)]
        for listener in listeners:
            if listener.resident_id in members:
                for frame in frames:
                    listener.push(frame)
        self._remember(int(line["id"]) for line in lines)

    def _remember(self, ids: Iterable[int]) -> None:
        self._told.update(dict.fromkeys(ids))
        for line_id in tuple(self._told)[:-MOST_TOLD]:
            del self._told[line_id]


def recalled_payload(line_id: int) -> dict[str, Any]:
    """For the live feed: a line was taken back."""
    return {"type": "recalled", "id": line_id}


class Rooms:
    """Rooms are opened by the first who looks and closed behind the last."""

    def __init__(self, deps: WebChat) -> None:
        self._deps = deps
        self._rooms: dict[int, Room] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._stop = deps.live.listen(DOUBT, lambda _topic, _payload: self._look())
        self._sweep = Sweep(deps.db, deps.clock, self._rooms.keys, self._catch_up)
        self._sweeping: asyncio.Task[None] | None = None

    def _catch_up(self, found: Found) -> None:
        for chat_id, ids in found.items():
            if chat_id in self._rooms:
                self._rooms[chat_id].catch_up(ids)

    def _look(self) -> None:
        for room in self._rooms.values():
            room.look()

    def enter(self, chat_id: int, listener: Listener) -> Callable[[], None]:
        """Tell the listener what happens in the chat; the returned function ends it."""
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep.run_forever())
        room = self._rooms.get(chat_id)
        if room is None:
            room = self._rooms[chat_id] = Room(self._deps, chat_id)
        room.listeners.add(listener)

        def leave() -> None:
            room.listeners.discard(listener)
            if not room.listeners and self._rooms.get(chat_id) is room:
                del self._rooms[chat_id]
                task = asyncio.create_task(room.close())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

        return leave

    async def close(self) -> None:
        self._stop()
        if self._sweeping is not None:
            self._sweeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeping
        for room in tuple(self._rooms.values()):
            await room.close()
        self._rooms.clear()
        await asyncio.gather(*self._closing)
