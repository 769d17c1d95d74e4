"""Rounds of care by the clock: every week, and before the official holidays; each occasion begins one round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.inserting import insert_once
from actions.notices.access import NoticeTools, get_staff, hold_community
from actions.notices.caring import HOURS, ask_everybody, is_round_open, list_people
from actions.notices.commands import PauseCarePlan, PlanCare, StartPlannedCare
from actions.notices.model import CarePlan, CareStart
from actions.notices.repeats import Rule, check_fires, next_times
from actions.outcome import Audience, Outcome, Reply
from actions.routing.calendar import WorkCalendar, holidays_of
from actions.routing.rules import Rules

KINDS = ("week", "holiday")
DAYTIME = range(8, 20)  # local hours in which elders are asked by the clock
MOST_BEFORE = 7  # days before a holiday
MOST_MISSED = 60  # occasions that are looked through after an outage
WEEKLY_USE = timedelta(days=3)  # so late a weekly round still begins; a holiday's until the holiday itself


async def plan_care(
    session: AsyncSession, command: PlanCare, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """One plan of each kind; planned again it is as said now, from now on."""
    staff = await get_staff(session, command.staff_id, command.community_id, tools.book.carers)
    rule = command.rule
    if rule.kind not in KINDS or not 0 <= rule.before <= MOST_BEFORE:
        raise InvalidInput("no such plan", phrase="care.plan_when", most=MOST_BEFORE)
    if rule.hour not in DAYTIME or rule.minute not in range(60):
        raise InvalidInput("not by day", phrase="care.plan_by_day", first=DAYTIME[0], last=DAYTIME[-1])
    if command.hours not in HOURS:
        raise InvalidInput("hours", phrase="care.hours", most=HOURS[-1])
    check_fires(rule, now, rules.calendar)
    await hold_community(session, command.community_id)
    mine = (CarePlan.community_id == command.community_id, CarePlan.kind == rule.kind)
    plan = await session.scalar(select(CarePlan).where(*mine))
    if plan is None:
        plan = CarePlan(community_id=command.community_id, kind=rule.kind)
        session.add(plan)
    plan.rule, plan.hours, plan.staff_id, plan.since, plan.paused = rule.as_json(), command.hours, staff.id, now, False
    await session.flush()
    return Outcome(value=plan.id)


async def pause_care_plan(
    session: AsyncSession, command: PauseCarePlan, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """Paused, nothing begins; what fell into the pause is not made up for."""
    plan = await _lock(session, command.plan_id)
    if plan is None:
        raise NotFound(f"care plan {command.plan_id}", phrase="notice.none_such")
    await get_staff(session, command.staff_id, plan.community_id, tools.book.carers)
    if plan.paused and not command.paused:
        plan.since = now
    plan.paused = command.paused
    await session.flush()
    return Outcome(value=plan.id)


def next_of(plan: CarePlan, now: datetime, calendar: WorkCalendar) -> datetime | None:
    """When it begins a round next; None while it is paused, or the days are not published yet."""
    if plan.paused:
        return None
    times = next_times(Rule.from_json(plan.rule), max(now, plan.since), calendar, 1)
    return times[0] if times else None


async def due_care_plans(session: AsyncSession, now: datetime, calendar: WorkCalendar, limit: int) -> Sequence[int]:
    """Plans whose time has come. By day only: whoever comes back at night waits for the morning."""
    if now.astimezone(calendar.zone).hour not in DAYTIME:
        return []
    plans = await session.scalars(select(CarePlan).where(CarePlan.paused.is_(False)).order_by(CarePlan.id))
    due = [plan for plan in plans if _occasions(plan, now, calendar)]
    return [plan.id for plan in due if not await is_round_open(session, plan.community_id)][:limit]


async def start_planned_care(
    session: AsyncSession, command: StartPlannedCare, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """The latest occasion begins one round, also after an outage; one that is of no more use is told to the staff."""
    plan = await _lock(session, command.plan_id)
    times = _occasions(plan, now, rules.calendar) if plan is not None and not plan.paused else []
    if plan is None or not times:
        return Outcome()
    await hold_community(session, plan.community_id)
    if await is_round_open(session, plan.community_id):
        return Outcome()  # it begins when that one has ended
    due_at, plan.since = times[-1], times[-1]
    values = {"community_id": plan.community_id, "plan_id": plan.id, "due_at": due_at, "at": now, "round_id": None}
    started = await insert_once(session, CareStart, values, ("plan_id", "due_at"))
    people = await list_people(session, plan.community_id)
    if started is None or not people:
        return Outcome()
    occasion = _occasion(plan, due_at, rules.calendar) or tools.book.words["care_occasion"]
    if now > due_at + _of_use(plan):
        return Outcome((_missed(plan, due_at, occasion, rules.calendar),))
    outcome = await ask_everybody(session, plan.community_id, plan.staff_id, occasion, plan.hours, now, people)
    (await session.get_one(CareStart, started)).round_id = outcome.value
    await session.flush()
    return outcome


async def _lock(session: AsyncSession, plan_id: int) -> CarePlan | None:
    query = select(CarePlan).where(CarePlan.id == plan_id).with_for_update()
    found: CarePlan | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


def _occasions(plan: CarePlan, now: datetime, calendar: WorkCalendar) -> list[datetime]:
    """Those that have come since the last one that was seen to."""
    times = next_times(Rule.from_json(plan.rule), plan.since, calendar, 1)
    if not times or times[0] > now:
        return []
    return [at for at in next_times(Rule.from_json(plan.rule), plan.since, calendar, MOST_MISSED) if at <= now]


def _of_use(plan: CarePlan) -> timedelta:
    before = Rule.from_json(plan.rule).before
    return WEEKLY_USE if plan.kind == "week" else timedelta(days=max(1, before))


def _occasion(plan: CarePlan, due_at: datetime, calendar: WorkCalendar) -> str:
    """The name of the holiday that is near, empty for a weekly round."""
    if plan.kind == "week":
        return ""
    day = calendar.local_day(due_at) + timedelta(days=Rule.from_json(plan.rule).before)
    return dict(holidays_of(day.year)).get(day, "")


def _missed(plan: CarePlan, due_at: datetime, occasion: str, calendar: WorkCalendar) -> Reply:
    at = due_at.astimezone(calendar.zone)
    return Reply(
        "staff.care.missed",
        {"occasion": occasion, "month": at.month, "day": at.day},
        to=Audience.STAFF,
        community_id=plan.community_id,
        immediate=False,
        effect_key=f"care.missed:{plan.id}:{due_at:%Y%m%d%H%M}",
    )
