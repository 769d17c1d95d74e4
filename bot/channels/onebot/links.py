"""A line to a bridge: calls with their answers, whatever becomes of the echo; and how alive it is."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from bot.channels.keeping import patiently
from bot.channels.onebot.wire import Result, build_call
from bot.errors import DeliveryError, DeliveryUnknown

MOST_LATE = 200  # answers that came too late, kept for who asks again
MOST_SILENT = 3  # calls without an answer before the line counts as dead
QUIET_BEATS = 3  # missed heartbeats before it does


class Link(Protocol):
    """Calls a bridge. Raises DeliveryError when nothing was sent, DeliveryUnknown when no answer came."""

    async def call(self, action: str, params: Mapping[str, Any], *, key: str = "") -> Result: ...


class SocketLink:
    """Calls over a WebSocket. ``send`` writes a frame; ``close`` ends the line when it is found dead; ``deaf``: we
    take in no more just now, so an answer that is missing may lie before us unread."""

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        close: Callable[[str], Awaitable[None]],
        timeout_s: float,
        deaf: Callable[[], bool] = lambda: False,
    ) -> None:
        self._send, self._close, self._timeout_s, self._deaf = send, close, timeout_s, deaf
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Result]] = {}
        self._keys: dict[str, str] = {}  # echo → what was to be done, for calls that nobody waits for any more
        self._late: dict[str, Result] = {}
        self._silent = 0
        self.open = True

    async def call(self, action: str, params: Mapping[str, Any], *, key: str = "") -> Result:
        """``key`` names what is to be done: asked for again, an answer that came too late is given at once."""
        late = self._late.pop(key, None) if key else None
        if late is not None:
            return late
        if not self.open:
            raise DeliveryError("the bridge is not connected")
        echo = str(next(self._numbers))
        waiting: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting[echo] = waiting
        try:
            async with asyncio.timeout(self._timeout_s):  # not wait_for, which may lose that we are cancelled
                await self._send(build_call(action, params, echo))
        except (ConnectionError, TimeoutError, RuntimeError) as error:
            self._waiting.pop(echo, None)
            raise DeliveryError(f"the line to the bridge broke: {type(error).__name__}") from error
        try:
            return await patiently(waiting, self._timeout_s, self._deaf)
        except TimeoutError:
            await self._no_answer(echo, key)
            raise DeliveryUnknown(f"{action}: no answer within {self._timeout_s:g} s, it may have arrived") from None
        finally:
            self._waiting.pop(echo, None)

    async def _no_answer(self, echo: str, key: str) -> None:
        if key:
            self._keys[echo] = key
            while len(self._keys) > MOST_LATE:
                self._keys.pop(next(iter(self._keys)))
        self._silent += 1
        if self._silent >= MOST_SILENT:  # it tells us events and does nothing: only a new line helps
            await self._close("api_silent")

    def answer(self, result: Result) -> bool:
        """Give an answer to who waits for it; whether somebody did. One without echo goes to the only one waiting."""
        self._silent = 0
        echo = result.echo
        if not echo and len(self._waiting) == 1:
            echo = next(iter(self._waiting))
        waiting = self._waiting.get(echo)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)
            return True
        key = self._keys.pop(echo, None)
        if key is not None:
            self._late[key] = result
            while len(self._late) > MOST_LATE:
                self._late.pop(next(iter(self._late)))
        return False

    def drop(self) -> None:
        """The line is gone: who waits does not know what became of it."""
        self.open = False
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(DeliveryUnknown("the line closed before the answer, it may have arrived"))


class Pulse:
    """Whether the other side is still there: it has promised to beat."""

    def __init__(self) -> None:
        self._interval_s = 0.0
        self._at = asyncio.get_running_loop().time()

    def beat(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self.touch()

    def touch(self) -> None:
        self._at = asyncio.get_running_loop().time()

    def is_lost(self) -> bool:
        """Nothing came for three beats; one that never promised to beat is watched by WebSocket pings alone."""
        silent = asyncio.get_running_loop().time() - self._at
        return self._interval_s > 0 and silent > QUIET_BEATS * self._interval_s + 1
