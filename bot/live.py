"""Live fan-out: what was committed is told to open pages and waiting loops, in this process or through Redis.

Nothing depends on it being delivered: the tables are the truth, every listener also looks there by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Protocol

Payload = Mapping[str, Any]
Listener = Callable[[str, Payload], None]

INBOX = "inbox"  # something was accepted
OUTBOX = "outbox"  # something was enqueued
DOUBT = "doubt"  # this process may have missed something: look at the tables
MAX_WAIT_S = 0.5  # how long a loop sleeps at most without being woken


def chat_topic(chat_id: int) -> str:
    """Topic of a chat's new and changed lines."""
    return f"chat:{chat_id}"


def desk_topic(community_id: int) -> str:
    """Topic of what changes in a community's tickets."""
    return f"desk:{community_id}"


def resident_topic(resident_id: int) -> str:
    """Topic of what concerns one resident on all their devices: chats joined, lines read."""
    return f"resident:{resident_id}"


class LiveFeed(Protocol):
    """Publish after commit; listeners are called in the event loop and must not block."""

    async def publish(self, topic: str, payload: Payload) -> None: ...

    def listen(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` for each publication; the returned function ends it."""
        ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...


class LocalFeed:
    """Fan-out inside one process."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    async def publish(self, topic: str, payload: Payload) -> None:
        self.dispatch(topic, payload)

    def dispatch(self, topic: str, payload: Payload) -> None:
        for listener in tuple(self._listeners.get(topic, ())):
            listener(topic, payload)

    def listen(self, topic: str, listener: Listener) -> Callable[[], None]:
        self._listeners[topic].append(listener)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._listeners[topic].remove(listener)
            if not self._listeners[topic]:
                self._listeners.pop(topic, None)

        return stop

    async def start(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        self._listeners.clear()


class Waker:
    """An alarm bell on a topic for a loop: rings when something is published, or after ``MAX_WAIT_S``."""

    def __init__(self, feed: LiveFeed, topic: str) -> None:
        self._event = asyncio.Event()
        self._stop = feed.listen(topic, lambda _topic, _payload: self._event.set())

    async def wait(self, timeout_s: float = MAX_WAIT_S) -> None:
        """Return when rung, at the latest after ``timeout_s``."""
        # not wait_for: before Python 3.12 it loses a cancellation that comes as the bell rings, and the loop never ends
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        self._event.clear()

    def close(self) -> None:
        self._stop()
