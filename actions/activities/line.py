"""The places of an activity: who gets one, who waits, who moves up. Always with the activity held."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.finding import list_signups
from actions.activities.model import Activity, Signup, SignupState
from actions.activities.tell import press, tell_signed
from actions.errors import InvalidInput, MoveRefused
from actions.outcome import Reply
from actions.routing.rules import Rules

MOST_PERSONS = 10  # of one sign-up


def check_headcount(headcount: int) -> None:
    """Raise InvalidInput for nobody and for a crowd."""
    if not 1 <= headcount <= MOST_PERSONS:
        raise InvalidInput(f"{headcount} persons", phrase="activity.headcount", most=MOST_PERSONS)


async def count_waiting(session: AsyncSession, activity_id: int, before: int | None = None) -> int:
    """How many sign-ups wait (in front of a number in line)."""
    query = select(func.count()).where(Signup.activity_id == activity_id, Signup.state == SignupState.WAITLISTED)
    if before is not None:
        query = query.where(Signup.number < before)
    return int(await session.scalar(query) or 0)


async def put_in_line(
    session: AsyncSession, activity: Activity, signup: Signup | None, values: dict[str, Any], now: datetime
) -> Signup:
    """A new sign-up, or one that had been cancelled: a place if there is one and nobody waits, else the end of the
    line."""
    check_headcount(values["headcount"])
    free = activity.taken + values["headcount"] <= activity.capacity and not await count_waiting(session, activity.id)
    if signup is None:
        signup = Signup(community_id=activity.community_id, activity_id=activity.id)
        session.add(signup)
    for key, value in values.items():
        setattr(signup, key, value)
    signup.number, signup.signed_at = activity.next_number, now
    activity.next_number += 1
    signup.state = SignupState.CONFIRMED if free else SignupState.WAITLISTED
    if free:
        activity.taken += signup.headcount
    await session.flush()
    return signup


async def resize(session: AsyncSession, activity: Activity, signup: Signup, headcount: int) -> None:
    """Another number of people. Raises MoveRefused where there are no places for more."""
    check_headcount(headcount)
    if signup.state == SignupState.CONFIRMED:
        more = headcount - signup.headcount
        if more > activity.left or (more > 0 and await count_waiting(session, activity.id)):
            raise MoveRefused(
                "no places for more", phrase="activity.no_more", activity=activity.title,
                left=0 if await count_waiting(session, activity.id) else activity.left, headcount=signup.headcount,
            )  # fmt: skip
        activity.taken += more
    signup.headcount = headcount
    await session.flush()


async def give_up(session: AsyncSession, activity: Activity, signup: Signup) -> None:
    """The place is free again."""
    if signup.state == SignupState.CONFIRMED:
        activity.taken -= signup.headcount
    signup.state = SignupState.CANCELLED
    await session.flush()


async def move_up(session: AsyncSession, activity: Activity, now: datetime, rules: Rules) -> tuple[Reply, ...]:
    """Who waits longest gets what is free. Nobody overtakes: a party that is too large is told what is free."""
    replies: list[Reply] = []
    for signup in await list_signups(session, activity.id, (SignupState.WAITLISTED,)):
        key = f"{signup.number}:{activity.taken}"
        if signup.headcount > activity.left:
            if activity.left > 0:
                replies += tell_signed(activity, signup, rules, "activity.fewer", f"fewer:{key}", now)
            break
        signup.state = SignupState.CONFIRMED
        activity.taken += signup.headcount
        leave = (press("leave", activity.id),)
        replies += tell_signed(activity, signup, rules, "activity.moved_up", f"up:{key}", now, leave)
    await session.flush()
    return tuple(replies)
