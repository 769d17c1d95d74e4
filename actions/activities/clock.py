"""What falls due: reminders, the end of the waiting list, closing with thanks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.commands import DoActivity
from actions.activities.finding import list_signups, lock_activity
from actions.activities.model import Activity, ActivityState, SignupState
from actions.activities.planning import DAY, hour_before, plan
from actions.activities.presence import close
from actions.activities.tell import press, tell_each, tell_signed
from actions.outcome import Event, Outcome, Reply
from actions.routing.rules import Rules


async def due_activities(session: AsyncSession, now: datetime, limit: int) -> Sequence[int]:
    """Those the clock has to look at now."""
    query = select(Activity.id).where(Activity.next_at <= now).order_by(Activity.next_at)
    return (await session.scalars(query.limit(limit))).all()


async def do_activity(session: AsyncSession, command: DoActivity, now: datetime, rules: Rules) -> Outcome:
    """Doing it twice does nothing; after an outage only what still helps is said."""
    activity = await lock_activity(session, command.activity_id)
    if activity.next_at is None or activity.next_at > now or activity.state != ActivityState.OPEN:
        return Outcome()
    replies: list[Reply] = []
    events: tuple[Event, ...] = ()
    if now >= activity.over_at:
        closed = await close(session, activity, now, rules)
        replies, events = [*closed.replies], closed.events
    else:
        replies += await _remind(session, activity, now, rules)
        if now >= activity.starts_at and not activity.start_told:
            activity.start_told = True
            waiting = await list_signups(session, activity.id, (SignupState.WAITLISTED,))
            replies += tell_each(activity, waiting, rules, "activity.in_vain", f"vain:{activity.sequence}", now)
    plan(activity, now, rules)
    await session.flush()
    return Outcome(tuple(replies), events, activity.id)


async def _remind(session: AsyncSession, activity: Activity, now: datetime, rules: Rules) -> list[Reply]:
    """The later one where both are due, and none once it has begun."""
    hour = now >= hour_before(activity, rules) and not activity.hour_told
    day = now >= activity.starts_at - DAY and not activity.day_told
    if hour:
        activity.hour_told = activity.day_told = True
    if day:
        activity.day_told = True
    if now >= activity.starts_at or not (hour or day):
        return []
    phrase, key = ("activity.remind_hour", "hour") if hour else ("activity.remind_day", "day")
    leave, replies = (press("leave", activity.id),), list[Reply]()
    for signup in await list_signups(session, activity.id, (SignupState.CONFIRMED,)):
        replies += tell_signed(activity, signup, rules, phrase, f"{key}:{activity.sequence}", now, leave)
    return replies
