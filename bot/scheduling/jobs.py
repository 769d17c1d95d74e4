"""What a tick does: claim what is due, have it done one by one, write down what happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, update

from actions.activities.clock import due_activities
from actions.activities.commands import DoActivity
from actions.emergencies.alarms import due_alarms
from actions.emergencies.commands import DoAlarm, RemindRollCall
from actions.emergencies.roll_call import due_roll_calls
from actions.errors import ActionError
from actions.handoffs.clock import due_handoffs
from actions.handoffs.commands import DoHandoff
from actions.knowledge.commands import RemindOwners
from actions.ledger.clock import due_ledger
from actions.ledger.rules import LedgerRules
from actions.mediation.clock import due_mediation
from actions.notices.caring import due_care
from actions.notices.commands import ContinueBroadcast, EndCareRound, StartBroadcast
from actions.notices.sending import due_notices, open_broadcasts
from actions.tickets.commands import DoTimer
from actions.tickets.model import Timer
from actions.tickets.timers import due_timers
from actions.tips.commands import RemindTip
from actions.tips.reminding import due_tips
from bot.clock import Clock
from bot.performer import Performer
from bot.scheduling.timetable import (
    ACTIVITIES,
    ALARMS,
    GUIDES,
    HANDOFFS,
    LEDGER,
    MEDIATION,
    NOTICES,
    TIDY,
    TIMERS,
    TIPS,
    Tick,
)
from bot.storage.engine import Database
from bot.storage.tables import TickRun

log = structlog.get_logger()
BATCH = 200
MOST_ATTEMPTS = 5
TRY_AGAIN = timedelta(minutes=2)
KEEP_RUNS = timedelta(days=30)


class Jobs:
    """The work behind each tick. Every timer is its own transaction: one that fails holds up nobody."""

    def __init__(self, db: Database, clock: Clock, performer: Performer, hours: LedgerRules) -> None:
        self._db, self._clock, self._performer, self._hours = db, clock, performer, hours
        self._work: dict[Tick, Callable[[], Awaitable[tuple[int, int]]]] = {
            TIMERS: self._do_timers,
            ALARMS: self._do_alarms,
            TIPS: self._remind_of_tips,
            MEDIATION: self._do_mediation,
            ACTIVITIES: self._do_activities,
            HANDOFFS: self._do_handoffs,
            NOTICES: self._do_notices,
            LEDGER: self._do_ledger,
            GUIDES: self._remind_owners,
            TIDY: self._tidy,
        }

    async def run(self, tick: Tick) -> tuple[int, int]:
        """Do one tick; how many things were done and how many failed. Written down if there was anything."""
        started = self._clock.now()
        error = ""
        try:
            done, failed = await self._work[tick]()
        except Exception as problem:  # the clock must go on
            log.exception("tick_failed", code="tick_failed", tick=tick.name)
            done, failed, error = 0, 1, type(problem).__name__
        if done or failed:
            async with self._db.write() as session:
                session.add(
                    TickRun(
                        tick=tick.name,
                        started_at=started,
                        ended_at=self._clock.now(),
                        done=done,
                        failed=failed,
                        error=error,
                    )
                )
        return done, failed

    async def _do_timers(self) -> tuple[int, int]:
        done = failed = 0
        while True:
            async with self._db.read() as session:
                ids = await due_timers(session, self._clock.now(), BATCH)
            if not ids:
                return done, failed
            for timer_id in ids:
                if await self._do_timer(timer_id):
                    done += 1
                else:
                    failed += 1

    async def _do_timer(self, timer_id: int) -> bool:
        try:
            await self._performer.run(DoTimer(timer_id))
        except ActionError as error:
            await self._put_off(timer_id, error.code, give_up=True)
            return False
        except Exception as error:
            log.exception("timer_failed", code="timer_failed", timer_id=timer_id)
            await self._put_off(timer_id, type(error).__name__, give_up=False)
            return False
        return True

    async def _each(self, code: str, due: Sequence[Any], *, secret: bool = False) -> tuple[int, int]:
        """Each by itself; one that fails is tried again at the next tick, for nobody has heard of it yet.

        ``secret``: the words of an error may be those of a row, so only its name is written down.
        """
        failed = 0
        for command in due:
            try:
                await self._performer.run(command)
            except Exception as error:
                failed += 1
                trace = None if secret else error
                log.error(code, code=code, command=str(command), error=type(error).__name__, exc_info=trace)
        return len(due) - failed, failed

    async def _do_alarms(self) -> tuple[int, int]:
        async with self._db.read() as session:
            alarms = await due_alarms(session, self._clock.now(), BATCH)
            roll_calls = await due_roll_calls(session, self._clock.now(), BATCH)
        due = [*(DoAlarm(one) for one in alarms), *(RemindRollCall(one) for one in roll_calls)]
        return await self._each("alarm_failed", due)

    async def _remind_of_tips(self) -> tuple[int, int]:
        async with self._db.read() as session:
            due = await due_tips(session, self._clock.now(), BATCH)
        done = await self._each("tip_reminder_failed", [RemindTip(one) for one in due], secret=True)
        await self._db.forget_freed()
        return done

    async def _do_mediation(self) -> tuple[int, int]:
        async with self._db.read() as session:
            due = await due_mediation(session, self._clock.now(), BATCH)
        return await self._each("mediation_failed", due)

    async def _do_activities(self) -> tuple[int, int]:
        async with self._db.read() as session:
            due = await due_activities(session, self._clock.now(), BATCH)
        return await self._each("activity_failed", [DoActivity(one) for one in due])

    async def _do_handoffs(self) -> tuple[int, int]:
        async with self._db.read() as session:
            due = await due_handoffs(session, self._clock.now(), BATCH)
        return await self._each("handoff_failed", [DoHandoff(one) for one in due], secret=True)

    async def _do_notices(self) -> tuple[int, int]:
        """What is due begins, what has begun goes on to its end; each step is a transaction of its own."""
        now = self._clock.now()
        async with self._db.read() as session:
            due = await due_notices(session, now, BATCH)
            rounds = await due_care(session, now, BATCH)
        steps: list[StartBroadcast | EndCareRound | ContinueBroadcast] = [StartBroadcast(one) for one in due]
        steps += [EndCareRound(one) for one in rounds]
        failed = sum([not await self._do_notice(step) for step in steps])
        async with self._db.read() as session:
            going = await open_broadcasts(session, BATCH)
        failed += sum([not await self._do_notice(ContinueBroadcast(one)) for one in going])
        return len(steps) + len(going) - failed, failed

    async def _do_notice(self, step: StartBroadcast | EndCareRound | ContinueBroadcast) -> bool:
        try:
            while (await self._performer.run(step)).value and isinstance(step, ContinueBroadcast):
                pass  # some are left
        except Exception:
            log.exception("notice_failed", code="notice_failed", step=str(step))
            return False
        return True

    async def _do_ledger(self) -> tuple[int, int]:
        async with self._db.read() as session:
            due = await due_ledger(session, self._clock.now(), BATCH, self._hours)
        return await self._each("time_bank_failed", due)

    async def _put_off(self, timer_id: int, reason: str, *, give_up: bool) -> None:
        """Try again later, a few times; then the timer stands as failed in the console."""
        now = self._clock.now()
        async with self._db.write() as session:
            timer = await session.get(Timer, timer_id)
            if timer is None or timer.state != "todo":
                return
            timer.attempts += 1
            timer.note = reason[:200]
            timer.due_at = now + TRY_AGAIN
            if give_up or timer.attempts >= MOST_ATTEMPTS:
                timer.state = "failed"

    async def _remind_owners(self) -> tuple[int, int]:
        outcome = await self._performer.run(RemindOwners())
        return outcome.value or 0, 0

    async def _tidy(self) -> tuple[int, int]:
        before: datetime = self._clock.now() - KEEP_RUNS
        async with self._db.write() as session:
            await session.execute(delete(TickRun).where(TickRun.started_at < before))
            await session.execute(
                update(Timer).where(Timer.state == "todo", Timer.attempts > MOST_ATTEMPTS).values(state="failed")
            )
        return 0, 0
