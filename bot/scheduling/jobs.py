"""What a tick does: claim what is due, have it done one by one, write down what happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, update

from actions.activities.clock import due_activities
from actions.activities.commands import DoActivity
from actions.ballots.clock import due_ballots
from actions.ballots.commands import DoBallot
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
from actions.notices.care_plans import due_care_plans
from actions.notices.caring import due_care
from actions.notices.commands import ContinueBroadcast, EndCareRound, StartBroadcast, StartPlannedCare
from actions.notices.sending import due_notices, open_broadcasts
from actions.polls.commands import DoPoll
from actions.polls.handlers import due_polls
from actions.pool.commands import DoNeed
from actions.pool.helping import due_needs
from actions.proposals.clock import due_proposals
from actions.proposals.commands import PublishIndex
from actions.proposals.rules import ProposalRules
from actions.routing.calendar import WorkCalendar
from actions.shifts.clock import due_shifts
from actions.surveys.commands import DoSurvey
from actions.surveys.running import due_surveys
from actions.tickets.commands import DoTimer
from actions.tickets.model import Timer
from actions.tickets.timers import due_timers
from actions.tips.commands import RemindTip
from actions.tips.reminding import due_tips
from actions.watch.commands import AskEve, DoWorry
from actions.watch.groups import due_eves
from actions.watch.worries import due_worries
from bot.clock import Clock
from bot.performer import Performer
from bot.scheduling.timetable import (
    ACTIVITIES,
    ALARMS,
    BALLOTS,
    CARE,
    GUIDES,
    HANDOFFS,
    INDEX,
    LEDGER,
    MEDIATION,
    NOTICES,
    POOL,
    PROPOSALS,
    SHIFTS,
    SURVEYS,
    TIDY,
    TIMERS,
    TIPS,
    Tick,
)
from bot.storage.engine import Database
from bot.storage.queries_index import count_month, month_to_publish, unpublished
from bot.storage.tables import TickRun

log = structlog.get_logger()
BATCH = 200
MOST_ATTEMPTS = 5
TRY_AGAIN = timedelta(minutes=2)
KEEP_RUNS = timedelta(days=30)


class Jobs:
    """The work behind each tick. Every timer is its own transaction: one that fails holds up nobody."""

    def __init__(
        self, db: Database, clock: Clock, performer: Performer, hours: LedgerRules, consulting: ProposalRules,
        calendar: WorkCalendar,
    ) -> None:  # fmt: skip
        self._db, self._clock, self._performer = db, clock, performer
        self._hours, self._consulting, self._calendar = hours, consulting, calendar
        self._work: dict[Tick, Callable[[], Awaitable[tuple[int, int]]]] = {
            TIMERS: self._do_timers,
            ALARMS: self._do_alarms,
            TIPS: self._remind_of_tips,
            MEDIATION: self._do_mediation,
            ACTIVITIES: self._do_activities,
            SHIFTS: self._do_shifts,
            POOL: self._do_pool,
            HANDOFFS: self._do_handoffs,
            NOTICES: self._do_notices,
            CARE: self._start_care,
            BALLOTS: self._do_ballots,
            PROPOSALS: self._do_proposals,
            INDEX: self._publish_index,
            LEDGER: self._do_ledger,
            SURVEYS: self._do_surveys,
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

    async def _do_shifts(self) -> tuple[int, int]:
        async with self._db.read() as session:
            due = await due_shifts(session, self._clock.now(), BATCH)
        return await self._each("shift_failed", due)

    async def _do_pool(self) -> tuple[int, int]:
        async with self._db.read() as session:
            due = await due_needs(session, self._clock.now(), BATCH)
            worries = await due_worries(session, self._clock.now(), BATCH)
            eves = await due_eves(session, self._clock.now(), BATCH, self._calendar)
        watched = [*(DoWorry(one) for one in worries), *(AskEve(one) for one in eves)]
        return await self._each("need_failed", [*(DoNeed(one) for one in due), *watched])

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

    async def _start_care(self) -> tuple[int, int]:
        async with self._db.read() as session:
            due = await due_care_plans(session, self._clock.now(), self._calendar, BATCH)
        return await self._each("care_plan_failed", [StartPlannedCare(one) for one in due])

    async def _do_ballots(self) -> tuple[int, int]:
        """Reminders go out a few at a time: what is left of a round is done in the next transaction."""
        done = failed = 0
        while True:
            async with self._db.read() as session:
                due = await due_ballots(session, self._clock.now(), BATCH)
            more, wrong = await self._each("ballot_failed", [DoBallot(one) for one in due])
            done, failed = done + more, failed + wrong
            if wrong or not more:
                return done, failed

    async def _do_surveys(self) -> tuple[int, int]:
        async with self._db.read() as session:
            surveys = await due_surveys(session, self._clock.now(), BATCH)
            polls = await due_polls(session, self._clock.now(), BATCH)
        return await self._each("survey_failed", [*(DoSurvey(one) for one in surveys), *(DoPoll(one) for one in polls)])

    async def _do_proposals(self) -> tuple[int, int]:
        async with self._db.read() as session:
            due = await due_proposals(session, self._clock.now(), BATCH)
        return await self._each("proposal_failed", due)

    async def _publish_index(self) -> tuple[int, int]:
        """Last month of each community that has residents, on the day the rules say, or as soon after as may be."""
        now = self._clock.now()
        month = month_to_publish(now, self._consulting)
        async with self._db.read() as session:
            here = await unpublished(session, month) if month is not None else []
            due = [PublishIndex(one, month, asdict(await count_month(session, one, month, now, self._consulting)))
                   for one in here if month is not None]  # fmt: skip
        return await self._each("index_failed", due)

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
