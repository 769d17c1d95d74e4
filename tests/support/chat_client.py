"""A resident's page without a browser: keeps what is not acknowledged, says it again, catches up by line ids."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType

from bot.channels.webchat.signing import COOKIE

Frame = dict[str, Any]
CONNECT_S = 10.0
AGAIN_S = (0.2, 0.6)  # pause before the next try, at random
SAY_AGAIN_S = 5.0  # without an answer


class ChatClient:
    """One open page. ``urls`` may name several web processes; each new connection goes to the next."""

    def __init__(self, http: ClientSession, token: str, *urls: str, dice: random.Random | None = None) -> None:
        self._http, self._token, self._urls = http, token, urls
        self._dice = dice or random.Random()
        self._socket: ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._pending: dict[str, Frame] = {}
        self._said: dict[str, float] = {}
        self.me: Frame = {}
        self.chats: list[Frame] = []
        self.lines: dict[int, Frame] = {}
        self.acks: dict[str, list[Frame]] = {}
        self.errors: list[Frame] = []
        self.connections = 0
        self.resent = 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def __str__(self) -> str:
        state = "connected" if self.connected else "not connected"
        return f"{state}, {self.connections} times, waiting {self._pending}, acks {self.acks}, errors {self.errors}"

    async def say(self, client_id: str, chat_id: int, text: str, **more: Any) -> None:
        """Queue a message; it is sent until it is acknowledged or refused for good."""
        await self._give({"type": "send", "client_id": client_id, "chat_id": chat_id, "text": text, **more})

    async def press(self, client_id: str, line: Frame, value: str) -> None:
        """Queue a press of a button under a line."""
        await self._give({"type": "press", "client_id": client_id, "chat_id": line["chat_id"],
                          "line_id": line["id"], "value": value})  # fmt: skip

    async def repeat(self, client_id: str, chat_id: int, text: str) -> None:
        """Say again what was acknowledged, as a page does whose acknowledgement got lost."""
        self._said[client_id] = 0.0
        await self.say(client_id, chat_id, text)

    async def until(self, ready: Callable[[], bool], *, within_s: float = 60.0) -> None:
        """Wait until something is true of what was heard."""
        end = time.monotonic() + within_s
        while not ready():
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"the page did not hear of it: {self}")
            if self._task is not None and self._task.done():
                self._task.result()  # what ended it
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(left, 1.0))

    async def acked(self, client_id: str, *, within_s: float = 60.0) -> Frame:
        """The acknowledgement of a message."""
        await self.until(lambda: client_id in self.acks, within_s=within_s)
        return self.acks[client_id][-1]

    def answers_to(self, line_id: int) -> list[Frame]:
        """The bot's lines that answer a line."""
        return [li for li in self.lines.values() if self._is_answer(li, line_id)]

    def _is_answer(self, line: Frame, line_id: int) -> bool:
        return line["from"]["kind"] == "bot" and (line.get("reply_to") or {}).get("id") == line_id

    @property
    def connected(self) -> bool:
        return self._socket is not None

    async def _give(self, frame: Frame) -> None:
        self._pending[frame["client_id"]] = frame
        await self._send(frame)

    async def _send(self, frame: Frame) -> None:
        if self._socket is None:
            return
        client_id = frame["client_id"]
        self.resent += client_id in self._said
        self._said[client_id] = time.monotonic()
        with contextlib.suppress(ClientError, OSError):
            await self._socket.send_json(frame)

    async def _stay(self) -> None:
        while True:
            url = self._urls[self.connections % len(self._urls)]
            with contextlib.suppress(ClientError, OSError, TimeoutError):
                cookie = {"Cookie": f"{COOKIE}={self._token}"}
                async with asyncio.timeout(CONNECT_S):
                    socket = await self._http.ws_connect(url + "/ws", headers=cookie)
                self.connections += 1
                try:
                    await self._talk(socket)
                finally:
                    self._socket = None
                    await socket.close()
            await asyncio.sleep(self._dice.uniform(*AGAIN_S))

    async def _talk(self, socket: ClientWebSocketResponse) -> None:
        seen: dict[str, int] = {}
        for line in self.lines.values():
            seen[str(line["chat_id"])] = max(line["id"], seen.get(str(line["chat_id"]), 0))
        await socket.send_json({"type": "hello", "v": 1, "seen": seen})
        while True:
            message = await self._receive(socket)
            if message is not None:
                if message.type is not WSMsgType.TEXT:
                    return
                await self._hear(socket, message.json())
            await self._say_overdue()

    async def _receive(self, socket: ClientWebSocketResponse) -> Any:
        with contextlib.suppress(TimeoutError):
            return await socket.receive(timeout=1.0)
        return None

    async def _say_overdue(self) -> None:
        for client_id, frame in list(self._pending.items()):
            if time.monotonic() - self._said.get(client_id, 0.0) > SAY_AGAIN_S:
                await self._send(frame)

    async def _hear(self, socket: ClientWebSocketResponse, frame: Frame) -> None:
        match frame["type"]:
            case "welcome":
                self.me, self.chats, self._socket = frame["me"], frame["chats"], socket
                for waiting in list(self._pending.values()):
                    await self._send(waiting)
            case "lines":
                self.lines.update({line["id"]: line for line in frame["lines"]})
            case "line":
                self.lines[frame["line"]["id"]] = frame["line"]
            case "ack":
                self.acks.setdefault(frame["client_id"], []).append(frame)
                self._pending.pop(frame["client_id"], None)
            case "error":
                self.errors.append(frame)
                if frame["retry_after"] is None:
                    self._pending.pop(frame["client_id"], None)
        self._changed.set()
