"""Live fan-out between processes through Redis publish/subscribe."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.live import DOUBT, Listener, LocalFeed, Payload

log = structlog.get_logger()
PREFIX = "linan:"
RETRY_S = 1.0
MAKE_UP_S = 0.2


class RedisFeed:
    """Publishes to every process on the same Redis. While it is away, and when it is back, listeners hear DOUBT."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(url, decode_responses=True)
        self._local = LocalFeed()
        self._task: asyncio.Task[None] | None = None
        self._making_up: asyncio.Task[None] | None = None

    async def publish(self, topic: str, payload: Payload) -> None:
        try:
            await self._redis.publish(PREFIX + topic, json.dumps(payload, ensure_ascii=False, default=str))
        except RedisError as error:
            log.warning("live_publish_failed", code="redis_unavailable", error=type(error).__name__)
            self._local.dispatch(topic, payload)
            if self._making_up is None or self._making_up.done():
                self._making_up = asyncio.create_task(self._make_up())

    async def _make_up(self) -> None:
        """Others did not hear of something: have them look at the tables, as soon as that can be said."""
        while True:
            await asyncio.sleep(MAKE_UP_S)
            try:
                await self._redis.publish(PREFIX + DOUBT, "{}")
            except RedisError:
                continue
            return

    def listen(self, topic: str, listener: Listener) -> Callable[[], None]:
        return self._local.listen(topic, listener)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._receive_forever())

    async def close(self) -> None:
        for task in (self._task, self._making_up):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self._redis.aclose()

    async def _receive_forever(self) -> None:
        while True:
            try:
                await self._receive()
            except RedisError as error:
                log.warning("live_receive_failed", code="redis_unavailable", error=type(error).__name__)
                self._local.dispatch(DOUBT, {})
            await asyncio.sleep(RETRY_S)

    async def _receive(self) -> None:
        async with self._redis.pubsub() as pubsub:
            await pubsub.psubscribe(PREFIX + "*")
            async for message in pubsub.listen():
                if message["type"] == "pmessage":
                    topic = str(message["channel"]).removeprefix(PREFIX)
                    self._local.dispatch(topic, json.loads(message["data"]))
                elif message["type"] == "psubscribe":  # also when the client has silently connected anew
                    self._local.dispatch(DOUBT, {})
