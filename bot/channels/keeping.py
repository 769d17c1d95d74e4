"""What was taken from a platform and is not stored yet: kept until it is, in the order it came for each who spoke."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Known
from bot.channels.counting import Counts

log = structlog.get_logger()
AGAIN_S = (0.2, 1.0, 5.0, 15.0)  # pauses while the database cannot take it; the last again and again
FUTURE = timedelta(minutes=5)  # a platform's clock may go so much before ours
PAST = timedelta(days=2)
MOST_WAITING = 4096  # events taken and not stored yet: beyond it the platform has to wait
T = TypeVar("T")
Speech = tuple[int, str, str]  # account, where, who


class Keeping:
    """For platforms that say a thing once and never again."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._last: dict[Speech, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(MOST_WAITING)

    async def take(self, account: Known, key: Speech, store: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Store it after what came before it under this key. The task ends when that is done."""
        await self._room.acquire()
        task = asyncio.create_task(self._after(self._last.get(key), account, store))
        self._last[key] = task
        task.add_done_callback(lambda done: self._over(key, done))
        return task

    @property
    def is_full(self) -> bool:
        """Whether the platform has to wait: until it need not, nothing it says is read, answers neither."""
        return self._room.locked()

    async def close(self) -> None:
        """Wait until what was taken is stored."""
        await asyncio.gather(*self._last.values(), return_exceptions=True)

    def _over(self, key: Speech, task: asyncio.Task[None]) -> None:
        self._room.release()
        if self._last.get(key) is task:
            del self._last[key]

    async def _after(
        self, before: asyncio.Task[None] | None, account: Known, store: Callable[[], Awaitable[None]]
    ) -> None:
        if before is not None:
            await asyncio.wait((before,))
        for attempt in range(10**6):
            try:
                return await store()
            except (SQLAlchemyError, OSError) as error:
                log.warning("event_late", code="storage_error", account=account.id, error=type(error).__name__)
                await asyncio.sleep(AGAIN_S[min(attempt, len(AGAIN_S) - 1)])
            except Exception as error:
                log.error("event_failed", code="event_failed", account=account.id, error=type(error).__name__)
                self._counts.fault(account, "event_failed", type(error).__name__)
                return None
        return None


async def patiently(answer: asyncio.Future[T], seconds: float, deaf: Callable[[], bool]) -> T:
    """What is answered within so long. While we are ``deaf``, reading nothing because the intake is full, no time
    passes: asking again would say it twice, and leaving the line would lose what lies on it. Raises TimeoutError."""
    while True:
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(answer)
        except TimeoutError:
            if answer.done():  # at the last moment
                return answer.result()
            if not deaf():
                raise


def plausible(sent_at: datetime | None, received_at: datetime) -> datetime | None:
    """The platform's time, if its clock can be right; None: ours."""
    return sent_at if sent_at is not None and received_at - PAST <= sent_at <= received_at + FUTURE else None
