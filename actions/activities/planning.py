"""When the clock has to look at an activity: a day and an hour before, when it begins, when it is over."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from actions.activities.model import Activity, ActivityState
from actions.routing.rules import Rules

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NIGHT_FROM, NIGHT_TO, EVENING = 22, 8, time(21)  # nobody is woken: told the evening before


def hour_before(activity: Activity, rules: Rules) -> datetime:
    """An hour before it begins, or the evening before if that would be at night."""
    at = (activity.starts_at - HOUR).astimezone(rules.calendar.zone)
    if NIGHT_TO <= at.hour < NIGHT_FROM:
        return activity.starts_at - HOUR
    day = at.date() if at.hour >= NIGHT_FROM else at.date() - timedelta(days=1)
    return datetime.combine(day, EVENING, rules.calendar.zone)


def plan(activity: Activity, now: datetime, rules: Rules) -> None:
    """Set when the clock comes next. What was too late when it was announced is not made up for."""
    if activity.state != ActivityState.OPEN:
        activity.next_at = None
        return
    day = activity.starts_at - DAY
    if day <= now and activity.announced_at == now:
        activity.day_told = True
    steps = [
        (activity.day_told, day),
        (activity.hour_told, hour_before(activity, rules)),
        (activity.start_told, activity.starts_at),
        (False, activity.over_at),
    ]
    activity.next_at = min(at for done, at in steps if not done)
