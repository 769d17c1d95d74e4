"""Claims the next messages of each conversation and takes them down the road; delivers what is due."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from bot.batches import Job
from bot.clock import Clock
from bot.inbox import claim, release
from bot.live import DOUBT, INBOX, OUTBOX, LiveFeed, Waker
from bot.outbox import BATCH as DELIVERIES
from bot.outbox import Outbox
from bot.pipeline import Pipeline
from bot.storage.engine import Database
from bot.storage.jobs import Loaded, load_claimed

log = structlog.get_logger()
BATCH = 64  # messages a transaction: under load, the more share one the less each costs
AFTER_ERROR_S = 1.0


class Worker:
    """Two loops side by side: one handles the inbox, one empties the outbox. ``name`` is unique among processes."""

    def __init__(
        self, db: Database, clock: Clock, live: LiveFeed, pipeline: Pipeline, outbox: Outbox, *, name: str
    ) -> None:
        self._db, self._clock = db, clock
        self._live, self._pipeline, self._outbox, self._name = live, pipeline, outbox, name
        self._inbox_waker, self._outbox_waker = Waker(live, INBOX), Waker(live, OUTBOX)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Give back what an earlier process of this name had claimed, then run both loops."""
        async with self._db.write(repeatable=True) as session:
            given_back = await release(session, self._name)
        if given_back:
            log.info("claims_given_back", count=given_back)
        await self._live.publish(DOUBT, {})  # it may have been killed between a commit and its telling
        self._tasks = [asyncio.create_task(self._inbox_loop()), asyncio.create_task(self._outbox_loop())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._inbox_waker.close()
        self._outbox_waker.close()

    async def run_once(self) -> int:
        """Handle one batch of the inbox and one of the outbox; how much there was to do."""
        return await self.handle_claimed() + await self._outbox.deliver_due(self._name)

    async def handle_claimed(self) -> int:
        """Claim a batch, handle it; how many messages that was."""
        async with self._db.write(repeatable=True) as session:
            ids = await claim(session, self._name, self._clock.now(), BATCH)
            loaded = await load_claimed(session, ids) if ids else []
        if loaded:
            await self._pipeline.handle([self._job(row) for row in loaded])
        return len(loaded)

    def _job(self, r: Loaded) -> Job:
        waits = (r.awaited, r.roll_call, r.handoff, r.staff)
        return Job(r.inbox_id, self._name, r.attempts, r.message, r.conversation, r.home, *waits)

    async def _inbox_loop(self) -> None:
        while True:
            try:
                if await self.handle_claimed() == 0:
                    await self._inbox_waker.wait()
            except Exception:
                log.exception("inbox_loop_failed", code="inbox_loop_failed")
                await asyncio.sleep(AFTER_ERROR_S)

    async def _outbox_loop(self) -> None:
        while True:
            try:
                if await self._outbox.deliver_due(self._name) < DELIVERIES:  # else there is more
                    await self._outbox_waker.wait()
            except Exception:
                log.exception("outbox_loop_failed", code="outbox_loop_failed")
                await asyncio.sleep(AFTER_ERROR_S)
