"""One open page: frames in, frames out. NEW until the page has greeted, READY until it is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from enum import Enum, auto

import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from sqlalchemy.exc import SQLAlchemyError

from actions.errors import ActionError
from bot.channels.webchat import desk, lines
from bot.channels.webchat.access import get_chats
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.errors import ChatRefused
from bot.channels.webchat.limits import Buckets
from bot.channels.webchat.rooms import Rooms
from bot.channels.webchat.wire import (
    MAX_PICTURES,
    Frame,
    Hello,
    Ping,
    Press,
    Read,
    Recall,
    Send,
    build_ack,
    build_error,
    build_frame,
    read_frame,
)
from bot.inbox import MAX_TEXT
from bot.live import Payload, resident_topic

log = structlog.get_logger()

HEARTBEAT_S = 25.0
MOST_WAITING = 256  # frames a slow page may be behind before it is cut off; it catches up when it comes back
WRITE_TIMEOUT_S = 15.0
MAX_RAW = 1024 * 1024  # bytes; beyond this the connection is closed, below it a clear error is given
PROTOCOL = 1


class Stage(Enum):
    """Where the conversation with a page stands."""

    NEW = auto()
    READY = auto()
    GONE = auto()


class Connection:
    """A resident's open page."""

    def __init__(self, deps: WebChat, rooms: Rooms, buckets: Buckets, resident_id: int) -> None:
        self._deps, self._rooms, self._buckets = deps, rooms, buckets
        self._resident_id = resident_id
        self._socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MAX_RAW)
        self._transport: asyncio.WriteTransport | None = None
        self._stage = Stage.NEW
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._writer: asyncio.Task[None] | None = None
        self._leave: dict[int, Callable[[], None]] = {}
        self._greetings: set[asyncio.Task[None]] = set()

    @property
    def resident_id(self) -> int:
        return self._resident_id

    def push(self, frame: str) -> None:
        """Queue a frame; a page that is too far behind is cut off."""
        if self._stage is Stage.GONE:
            return
        try:
            self._waiting.put_nowait(frame)
        except asyncio.QueueFull:
            log.info("chat_page_too_slow", resident_id=self._resident_id)
            self._cut_off()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Talk with the page until it is gone."""
        try:
            await self._socket.prepare(request)
        except ConnectionError:  # the page went away before it was let in
            return self._socket
        self._transport = request.transport if isinstance(request.transport, asyncio.WriteTransport) else None
        stop = self._deps.live.listen(resident_topic(self._resident_id), self._hear)
        try:
            await self._receive()
        finally:
            self._stage = Stage.GONE
            stop()
            for leave in self._leave.values():
                leave()
            for task in (self._writer, *self._greetings):
                if task is not None:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
        return self._socket

    async def close(self) -> None:
        """End the connection because the server goes down; the page comes back by itself."""
        await self._socket.close(code=WSCloseCode.GOING_AWAY)

    async def _receive(self) -> None:
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                await self._answer(message.data)
            elif message.type is WSMsgType.BINARY:
                await self._refuse(ChatRefused("binary_frame"))
            else:
                break

    async def _answer(self, raw: str) -> None:
        client_id = None
        try:
            frame = read_frame(raw)
            client_id = getattr(frame, "client_id", None)
            await self._handle(frame)
        except ChatRefused as error:
            error.client_id = error.client_id or client_id
            await self._refuse(error)
        except (SQLAlchemyError, ActionError, OSError) as error:
            log.error("chat_frame_failed", code="server_error", error=f"{type(error).__name__}: {error}")
            await self._refuse(ChatRefused("server_error", client_id=client_id))

    async def _handle(self, frame: Frame) -> None:
        match frame:
            case Ping():
                await self._say(build_frame("pong"))
            case Hello() if self._stage is Stage.NEW:
                await self._greet(frame)
            case Hello():
                raise ChatRefused("already_greeted")
            case _ if self._stage is Stage.NEW:
                raise ChatRefused("hello_first")
            case Send() | Press():
                await self._accept(frame)
            case Recall():
                await desk.recall(self._deps, self._resident_id, frame)
            case Read():
                await desk.read(self._deps, self._resident_id, frame)

    async def _accept(self, frame: Send | Press) -> None:
        text = frame.text if isinstance(frame, Send) else ""
        # somebody in danger is never told to wait
        limited = not self._deps.is_danger(text) if text else True
        if limited and not self._buckets.try_take(self._resident_id, self._deps.clock.now()):
            raise ChatRefused("rate_limited")
        accepted = await desk.accept(self._deps, self._resident_id, frame)
        await self._say(build_ack(frame.client_id, accepted.message_id, accepted.sent_at, accepted.fresh))

    async def _greet(self, hello: Hello) -> None:
        """Enter the rooms first, then read what was missed: a line may come twice, none is lost.

        What was missed is read anew: SQLite shows a reading session nothing that came after its first look.
        """
        deps = self._deps
        async with deps.db.read() as session:
            chats = await get_chats(session, self._resident_id)
        for chat in chats:
            self._enter(chat.id)
        async with deps.db.read() as session:
            listed = await lines.load_chat_list(session, self._resident_id, chats)
            me = await desk.describe(session, self._resident_id)
            missed = [(c.id, *await lines.load_missed(session, c.id, hello.seen.get(c.id, 0))) for c in chats]
        limits = {
            "text": MAX_TEXT,
            "pictures": MAX_PICTURES,
            "recall_s": int(lines.RECALL_WITHIN.total_seconds()),
        }
        now = deps.clock.now().isoformat()
        await self._write(build_frame("welcome", v=PROTOCOL, me=me, chats=listed, limits=limits, now=now))
        for chat_id, found, gap in missed:
            await self._write(build_frame("lines", chat_id=chat_id, lines=found, gap=gap))
        self._stage = Stage.READY
        self._writer = asyncio.create_task(self._write_forever())

    def _enter(self, chat_id: int) -> None:
        if chat_id not in self._leave:
            self._leave[chat_id] = self._rooms.enter(chat_id, self)

    def _hear(self, _topic: str, payload: Payload) -> None:
        """Something happened to this resident on another device."""
        if payload.get("type") == "read":
            self.push(build_frame("read", chat_id=payload["chat_id"], to=payload["to"]))
        elif payload.get("type") == "joined" and self._stage is Stage.READY:
            task = asyncio.create_task(self._tell_chats())
            self._greetings.add(task)
            task.add_done_callback(self._greetings.discard)

    async def _tell_chats(self) -> None:
        async with self._deps.db.read() as session:
            chats = await get_chats(session, self._resident_id)
            for chat in chats:
                self._enter(chat.id)
            listed = await lines.load_chat_list(session, self._resident_id, chats)
        self.push(build_frame("chats", chats=listed))

    async def _refuse(self, error: ChatRefused) -> None:
        await self._say(build_error(error, self._deps.phrases.render(error.phrase, error.params)))

    async def _say(self, frame: str) -> None:
        """An answer: in turn with what the rooms say once the page is ready, at once before that."""
        if self._stage is Stage.READY:
            self.push(frame)
        else:
            await self._write(frame)

    async def _write_forever(self) -> None:
        # a cancellation may get lost in a write that fails at the same moment: the stage tells, too
        while self._stage is Stage.READY:
            await self._write(await self._waiting.get())

    async def _write(self, frame: str) -> None:
        try:
            await asyncio.wait_for(self._socket.send_str(frame), WRITE_TIMEOUT_S)
        except (ConnectionError, TimeoutError):
            self._cut_off()

    def _cut_off(self) -> None:
        """Drop the line without a good-bye: the page would not read it."""
        self._stage = Stage.GONE
        if self._transport is not None:
            self._transport.abort()
