"""Answers that go back in the response to the callback itself, while the platform waits for it.

The outbox alone decides which way a message goes: it hands it to who waits here, or calls the platform. Never both.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

WRITTEN_S = 2.0  # how long the outbox waits for the response to be written
REPLAYED = timedelta(seconds=30)  # how long a repeated callback is answered like the first
MOST_KEPT = 2000


class Waiter:
    """One callback whose response is still open. ``any_text``: whatever is said to them may go back in it, not just
    an answer."""

    def __init__(self, *, any_text: bool = False) -> None:
        loop = asyncio.get_running_loop()
        self.any_text = any_text
        self.chat_id = 0
        self._text: asyncio.Future[str] = loop.create_future()
        self._written: asyncio.Future[bool] = loop.create_future()

    @property
    def is_open(self) -> bool:
        """Whether it still has nothing to say."""
        return not self._text.done()

    async def wait(self, seconds: float) -> str | None:
        """The text to answer with, or None when none came in time; then none will be taken any more."""
        done, _ = await asyncio.wait((self._text,), timeout=seconds)
        if not done or self._text.cancelled():
            self._text.cancel()
            return None
        return self._text.result()

    def close(self, *, written: bool) -> None:
        """The response is on its way, or never will be."""
        self._text.cancel()
        if not self._written.done():
            self._written.set_result(written)

    async def offer(self, text: str) -> bool:
        """Whether the response took the text and was written with it."""
        if self._text.done():
            return False
        self._text.set_result(text)
        done, _ = await asyncio.wait((self._written,), timeout=WRITTEN_S)
        return bool(done) and self._written.result()


class Waiters:
    """Those of this process, by chat; and what was answered a moment ago, for a callback that comes again because
    its response got lost."""

    def __init__(self) -> None:
        self._open: dict[int, list[Waiter]] = {}
        self._given: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def open(self, chat_id: int, waiter: Waiter) -> None:
        waiter.chat_id = chat_id
        self._open.setdefault(chat_id, []).append(waiter)

    def shut(self, waiter: Waiter) -> None:
        here = self._open.get(waiter.chat_id, [])
        if waiter in here:
            here.remove(waiter)
        if not here:
            self._open.pop(waiter.chat_id, None)

    def find(self, chat_id: int, *, is_answer: bool) -> Waiter | None:
        """Who waits there for such a text, the longest first."""
        waiting = (one for one in self._open.get(chat_id, ()) if one.is_open and (is_answer or one.any_text))
        return next(waiting, None)

    def remember(self, name: str, body: str, now: datetime) -> None:
        self._given[name] = (body, now)
        while len(self._given) > MOST_KEPT:
            self._given.popitem(last=False)

    def recall(self, name: str, now: datetime) -> str | None:
        """What the same callback was answered with just now."""
        found = self._given.get(name)
        return found[0] if found is not None and now - found[1] < REPLAYED else None
