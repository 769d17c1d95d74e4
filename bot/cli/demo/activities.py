"""The demo's activities: one that took place, one that is full, one that has places; before the story begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from actions.activities.commands import (
    CheckIn,
    CreateActivity,
    Details,
    DoActivity,
    Party,
    SignUp,
    ThankAll,
    Which,
)
from actions.activities.model import Activity
from actions.errors import ActionError
from bot.bootstrap import Parts
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import Cast
from bot.clock import LOCAL_ZONE, FixedClock, local
from bot.outbox import Outbox

MADE_AT = time(10, 5)


async def load_activities(
    parts: Parts, clock: FixedClock, outbox: Outbox, data: Sequence[Mapping[str, Any]], cast: Cast, end: datetime
) -> None:
    """Each through the real commands at its own time. Raises StoryWrong."""
    today = local(end).date()

    def instant(days: int, at: time) -> datetime:
        return datetime.combine(today + timedelta(days=days), at, LOCAL_ZONE)

    for one in data:
        try:
            clock.move_to(instant(one["made"], MADE_AT))
            starts = instant(one["days"], time.fromisoformat(one["at"]))
            activity = await _make(parts, one, cast, starts)
            await outbox.deliver_due("demo")
            if "came" in one:
                await _hold(parts, clock, one, cast, activity)
            await outbox.deliver_due("demo")
        except (KeyError, ValueError, ActionError) as wrong:
            raise StoryWrong(f"activities.yml: {one.get('title')}: {wrong!r}") from wrong


async def _make(parts: Parts, one: Mapping[str, Any], cast: Cast, starts: datetime) -> Activity:
    ends = starts + timedelta(hours=float(one["hours"]))
    details = Details(one["title"], one["place"], starts, ends, int(one["capacity"]), one["for_whom"], one["about"])
    made = await parts.performer.run(CreateActivity(cast.community_id, details, cast.staff[one["by"]]))
    for name, headcount in one["signed"].items():
        party = Party(total=headcount)
        await parts.performer.run(SignUp(cast.community_id, cast.residents[name], Which(made.value), party))
    async with parts.db.read() as session:
        return (await session.scalars(select(Activity).where(Activity.id == made.value))).one()


async def _hold(parts: Parts, clock: FixedClock, one: Mapping[str, Any], cast: Cast, activity: Activity) -> None:
    clock.move_to(activity.starts_at)
    for name in one["came"]:
        await parts.performer.run(CheckIn(cast.community_id, cast.residents[name], activity.code))
    clock.move_to(activity.ends_at)
    await parts.performer.run(ThankAll(activity.id, cast.staff[one["by"]], one["thanks"]))
    clock.move_to(activity.over_at)
    await parts.performer.run(DoActivity(activity.id))
