"""How things stand: places left, when and where, and whether one is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.commands import AskActivities
from actions.activities.finding import find_signup, get_resident, list_coming, list_open
from actions.activities.line import count_waiting
from actions.activities.model import COMES, Activity, SignupState
from actions.activities.signing import choose
from actions.activities.tell import instant_words, params_of, press
from actions.outcome import NOTHING_FITS, Outcome, Reply
from actions.routing.rules import Rules

MOST_LISTED = 6


async def ask_activities(session: AsyncSession, command: AskActivities, now: datetime, rules: Rules) -> Outcome:
    """One in full, several as a list."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    among = {one.id: one for one in await list_coming(session, command.community_id, resident.id, now)}
    if not command.own:
        among |= {one.id: one for one in await list_open(session, command.community_id, now)}
    listed = sorted(among.values(), key=lambda one: (one.starts_at, one.id))
    found = await choose(session, command.community_id, command.which, listed, rules)
    if not found and command.own:
        return Outcome((Reply("activity.in_none"),))
    if not found and command.which.days:  # nothing on that day: what is on otherwise
        another_day = replace(command.which, days=())
        found = await choose(session, command.community_id, another_day, listed, rules)
        return await _list(session, found, rules, "activity.list_other_days")
    if not found:
        return Outcome(value=NOTHING_FITS)
    if len(found) > 1 and command.own:
        return await _list_own(session, found, resident.id, rules)
    if len(found) > 1:
        return await _list(session, found, rules, "activity.list")
    return await _about(session, found[0], resident.id, now, rules)


async def _list(session: AsyncSession, found: Sequence[Activity], rules: Rules, phrase: str) -> Outcome:
    if not found:
        return Outcome(value=NOTHING_FITS)
    lines = [await _line(session, one, rules) for one in found[:MOST_LISTED]]
    return Outcome((Reply(phrase, {"list": "\n".join(lines)}),))


async def _list_own(session: AsyncSession, found: Sequence[Activity], resident_id: int, rules: Rules) -> Outcome:
    """How they stand in each, one message for each: "我排第几" of two."""
    replies = []
    for one in found[:MOST_LISTED]:
        signup = await find_signup(session, one.id, resident_id)
        if signup is not None:
            before = await count_waiting(session, one.id, signup.number)
            phrase = "activity.own_in" if signup.state == SignupState.CONFIRMED else "activity.own_waits"
            replies.append(Reply(phrase, params_of(one, rules) | {"headcount": signup.headcount, "before": before}))
    return Outcome(tuple(replies))


async def _places(session: AsyncSession, activity: Activity, rules: Rules) -> str:
    if activity.left > 0 and not await count_waiting(session, activity.id):
        return rules.words["activity_left"].format_map({"left": activity.left})
    return rules.words["activity_full"].format_map({"waiting": await count_waiting(session, activity.id)})


async def _line(session: AsyncSession, activity: Activity, rules: Rules) -> str:
    params = params_of(activity, rules) | {"places": await _places(session, activity, rules)}
    return rules.words["activity_line"].format_map(params)


async def _about(session: AsyncSession, activity: Activity, resident_id: int, now: datetime, rules: Rules) -> Outcome:
    signup = await find_signup(session, activity.id, resident_id)
    live = signup if signup is not None and signup.state in COMES else None
    params = params_of(activity, rules) | {
        "places": await _places(session, activity, rules),
        "until": instant_words(activity.closes_at, rules),
    }
    replies = [Reply("activity.about", params, buttons=(press("leave" if live else "join", activity.id),))]
    if live is not None:
        phrase = "activity.you_are_in" if live.state == SignupState.CONFIRMED else "activity.you_wait"
        before = await count_waiting(session, activity.id, live.number)
        replies.append(Reply(phrase, {"headcount": live.headcount, "before": before, "activity_id": activity.id}))
    return Outcome(tuple(replies), value=activity.id)
