"""Signing up and leaving: for oneself, for who comes along, from a 接龙 list. Nobody is counted twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.commands import LeaveActivity, Party, SignUp, Which
from actions.activities.finding import (
    find_signup,
    get_of_community,
    get_resident,
    list_coming,
    list_open,
    list_signups,
    lock_activity,
    meant,
)
from actions.activities.line import count_waiting, give_up, move_up, put_in_line, resize
from actions.activities.model import COMES, Activity, ActivityState, Signup, SignupState
from actions.activities.tell import changed, params_of, press
from actions.errors import MoveRefused, NotAllowed
from actions.outcome import NOTHING_FITS, Audience, Button, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules

JUST_ANNOUNCED = timedelta(minutes=30)
JUST_JOINED = timedelta(minutes=10)
BUSY, BUSY_FOR = 6, timedelta(minutes=1)  # from so many sign-ups on each is answered in private: the group would drown
MOST_OFFERED = 5


async def sign_up(session: AsyncSession, command: SignUp, now: datetime, rules: Rules) -> Outcome:
    """A place or a place in line; or another number of people."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    among = [] if command.which.activity_id else await list_open(session, command.community_id, now)
    if command.tentative:
        among = [one for one in among if one.announced_at and one.announced_at > now - JUST_ANNOUNCED]
    found = await choose(session, command.community_id, command.which, among, rules)
    if len(found) > 1 and not command.party.is_plain:
        found = await _just_joined(session, resident.id, found, now) or found
    if not found or (command.tentative and len(found) > 1):
        return Outcome(value=NOTHING_FITS)
    if len(found) > 1:
        return ask_which(found, "join", _packed(command.party))
    activity = await lock_activity(session, found[0].id)
    signup = await find_signup(session, activity.id, resident.id)
    live = signup if signup is not None and signup.state in COMES else None
    await _check_not_in(session, activity.id, command.party)
    headcount, guests = _wanted(live, command.party)
    if live is None:
        check_open(activity, resident, now)
        counted_by = await _find_host(session, activity.id, resident.nickname) if command.party.own else None
        if counted_by is not None:
            return _said("activity.counted_by", activity, rules, name=counted_by.name)
    elif (headcount, guests) == (live.headcount, live.guests):
        phrase = "activity.already" if live.state == SignupState.CONFIRMED else "activity.already_waiting"
        before = await count_waiting(session, activity.id, live.number)
        return _said(phrase, activity, rules, headcount=live.headcount, before=before)
    else:
        return await _resized(session, activity, live, command.party, now, rules)
    values = {
        "resident_id": resident.id,
        "name": resident.nickname,
        "headcount": headcount,
        "own": command.party.own or command.party.total is not None,
        "guests": guests,
    }
    signup = await put_in_line(session, activity, signup, values, now)
    return await told(session, activity, signup, resident, now, rules)


async def _just_joined(
    session: AsyncSession, resident_id: int, among: Sequence[Activity], now: datetime
) -> list[Activity]:
    """ "帮我妈也报一个" a moment after one's own sign-up goes with it."""
    mine = (Signup.resident_id == resident_id, Signup.state.in_(COMES), Signup.signed_at > now - JUST_JOINED)
    newest = select(Signup.activity_id).where(*mine).order_by(Signup.signed_at.desc(), Signup.id.desc())
    last = await session.scalar(newest.limit(1))
    return [one for one in among if one.id == last]


async def choose(
    session: AsyncSession, community_id: int, which: Which, among: Sequence[Activity], rules: Rules
) -> list[Activity]:
    """The one of a card or button, else those that fit what was said."""
    if which.activity_id is not None:
        return [await get_of_community(session, which.activity_id, community_id)]
    return meant(which, among, rules)


def ask_which(found: Sequence[Activity], what: str, rest: str = "") -> Outcome:
    """A button for each that may be meant, the next ones first."""
    offered = found[:MOST_OFFERED]
    buttons = [
        Button("button.activity.named", press(what, one.id, rest).value, {"activity": one.title}) for one in offered
    ]
    return Outcome((Reply("activity.which", buttons=tuple(buttons)),))


def _packed(party: Party) -> str:
    """A party as part of a button's value."""
    if party.is_plain:
        return ""
    total = "" if party.total is None else party.total
    return f":{total}:{party.more}:{int(party.own)}:{'、'.join(party.guests)[:40]}"


def check_open(activity: Activity, resident: Resident, now: datetime) -> None:
    """Raise what says why nobody, or not this resident, can sign up now."""
    if activity.state == ActivityState.CANCELLED:
        raise MoveRefused("cancelled", phrase="activity.is_cancelled", activity=activity.title)
    if activity.state != ActivityState.OPEN or now >= activity.starts_at:
        raise MoveRefused("it has begun", phrase="activity.has_begun", activity=activity.title)
    if not activity.takes_signups(now):
        raise MoveRefused("too late", phrase="activity.too_late", activity=activity.title)
    if activity.homes_only and resident.household_id is None:
        raise NotAllowed("no home", phrase="activity.homes_only", activity=activity.title)


def _wanted(live: Signup | None, party: Party) -> tuple[int, list[str]]:
    """How many people in all, and who of them was named."""
    known = list(live.guests) if live is not None else []
    new = [guest for guest in party.guests if guest not in known]
    guests = known + new
    if party.total is not None:
        return party.total, guests
    more = party.more - (len(party.guests) - len(new))
    if live is None:
        return more + int(party.own), guests
    joins = int(party.own and not live.own)
    return live.headcount + more + joins, guests


async def _resized(
    session: AsyncSession, activity: Activity, live: Signup, party: Party, now: datetime, rules: Rules
) -> Outcome:
    headcount, guests = _wanted(live, party)
    if headcount > live.headcount and not activity.takes_signups(now):
        raise MoveRefused("too late", phrase="activity.too_late", activity=activity.title)
    await resize(session, activity, live, headcount)
    live.guests, live.own = guests[:headcount], live.own or party.own
    moved = await move_up(session, activity, now, rules)
    said = _said("activity.resized", activity, rules, headcount=headcount)
    return Outcome((*said.replies, *moved), (changed(activity),), activity.id)


async def _check_not_in(session: AsyncSession, activity_id: int, party: Party) -> None:
    """Raise MoveRefused for a neighbour who has signed up themselves."""
    if not party.guests:
        return
    names = {one.name for one in await list_signups(session, activity_id)}
    twice = next((guest for guest in party.guests if guest in names), None)
    if twice is not None:
        raise MoveRefused("signed up already", phrase="activity.on_the_list", name=twice)


async def _find_host(session: AsyncSession, activity_id: int, name: str) -> Signup | None:
    """Whoever has already written that neighbour down with their own people."""
    return next((one for one in await list_signups(session, activity_id) if name in one.guests), None)


def _said(phrase: str, activity: Activity, rules: Rules, **params: object) -> Outcome:
    leave = () if phrase == "activity.counted_by" else (press("leave", activity.id),)
    return Outcome((Reply(phrase, params_of(activity, rules) | params, buttons=leave),), value=activity.id)


async def told(
    session: AsyncSession, activity: Activity, signup: Signup, resident: Resident, now: datetime, rules: Rules
) -> Outcome:
    """What who has just signed up hears: the place, what it collides with, who of their home has signed up."""
    confirmed = signup.state == SignupState.CONFIRMED
    recent = select(func.count()).where(Signup.activity_id == activity.id, Signup.signed_at > now - BUSY_FOR)
    busy = int(await session.scalar(recent) or 0) > BUSY
    params = {
        "headcount": signup.headcount,
        "before": await count_waiting(session, activity.id, signup.number),
    }
    to = Audience.PRIVATE if busy else Audience.HERE
    first = Reply(
        "activity.joined" if confirmed else "activity.waiting",
        params_of(activity, rules) | params,
        to=to,
        resident_id=resident.id,
        community_id=activity.community_id,
        buttons=(press("leave", activity.id),),
    )
    notes = [*await _collisions(session, activity, resident, to, rules), *await _same_home(session, activity, resident)]
    return Outcome((first, *notes), (changed(activity),), activity.id)


async def _collisions(
    session: AsyncSession, activity: Activity, resident: Resident, to: Audience, rules: Rules
) -> list[Reply]:
    """Told, not forbidden: they may want to come late."""
    query = (
        select(Activity)
        .join(Signup, Signup.activity_id == Activity.id)
        .where(
            Signup.resident_id == resident.id,
            Signup.state.in_(COMES),
            Signup.own.is_(True),
            Activity.state == ActivityState.OPEN,
            Activity.id != activity.id,
            Activity.starts_at < activity.ends_at,
            Activity.ends_at > activity.starts_at,
        )
    )
    other = await session.scalar(query.order_by(Activity.starts_at).limit(1))
    if other is None:
        return []
    params = params_of(other, rules)
    del params["activity_id"]  # the line is about the one that was just joined
    return [Reply("activity.collides", params, to=to, resident_id=resident.id, community_id=activity.community_id)]


async def _same_home(session: AsyncSession, activity: Activity, resident: Resident) -> list[Reply]:
    """In private: the group need not know who lives with whom."""
    if resident.building_id is None or not resident.room:
        return []
    query = (
        select(Signup)
        .join(Resident, Resident.id == Signup.resident_id)
        .where(
            Signup.activity_id == activity.id,
            Signup.state.in_(COMES),
            Resident.id != resident.id,
            Resident.building_id == resident.building_id,
            Resident.unit == resident.unit,
            Resident.room == resident.room,
        )
    )
    other = await session.scalar(query.limit(1))
    if other is None:
        return []
    params = {"activity": activity.title, "name": other.name, "headcount": other.headcount}
    to = Audience.PRIVATE
    return [Reply("activity.same_home", params, to=to, resident_id=resident.id, community_id=activity.community_id)]


async def leave_activity(session: AsyncSession, command: LeaveActivity, now: datetime, rules: Rules) -> Outcome:
    """The place goes to who waits longest. Somebody who signed up for nothing is for staff to look after."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    coming = await list_coming(session, command.community_id, resident.id, now)
    found = await choose(session, command.community_id, command.which, coming, rules)
    if not found and len(coming) == 1 and command.which.days and not command.which.name:
        found = list(coming)  # "我今天去不了了", said ahead of time
    if not found:
        return Outcome(value=NOTHING_FITS)
    if len(found) > 1:
        return ask_which(found, "leave")
    activity = await lock_activity(session, found[0].id)
    signup = await find_signup(session, activity.id, resident.id)
    if signup is None or signup.state not in COMES:
        attended = signup is not None and signup.state == SignupState.ATTENDED
        return Outcome((Reply("activity.came" if attended else "activity.not_in", {"activity": activity.title}),))
    if command.guest and (signup.headcount > 1 or command.guest in signup.guests):
        return await _one_less(session, activity, signup, command.guest, now, rules)
    if command.guest:
        return _said("activity.only_you", activity, rules)
    await give_up(session, activity, signup)
    moved = await move_up(session, activity, now, rules)
    left = Reply("activity.left", params_of(activity, rules) | {"headcount": signup.headcount})
    return Outcome((left, *moved), (changed(activity),), activity.id)


async def _one_less(
    session: AsyncSession, activity: Activity, signup: Signup, guest: str, now: datetime, rules: Rules
) -> Outcome:
    if signup.headcount == 1:
        await give_up(session, activity, signup)
        moved = await move_up(session, activity, now, rules)
        return Outcome(
            (Reply("activity.left", params_of(activity, rules) | {"headcount": 1}), *moved), (changed(activity),)
        )
    rest = tuple(one for one in signup.guests if one != guest)
    outcome = await _resized(session, activity, signup, Party(signup.headcount - 1, own=False), now, rules)
    signup.guests = list(rest)
    await session.flush()
    return replace(outcome, value=activity.id)
