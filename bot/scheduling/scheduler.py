"""APScheduler as a clock and nothing more: no job store, no state of its own."""

from __future__ import annotations

from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.scheduling.jobs import Jobs
from bot.scheduling.timetable import TIMETABLE


class Scheduler:
    """Rings every tick of the timetable. A tick that is still running is not started a second time."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    async def start(self) -> None:
        """Ring every tick once now, so that an outage is caught up, then by the timetable."""
        for tick in TIMETABLE:
            await self._jobs.run(tick)
            self._scheduler.add_job(
                self._jobs.run,
                IntervalTrigger(seconds=tick.every_s, timezone=UTC),
                args=[tick],
                id=tick.name,
                replace_existing=True,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()

    async def close(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
