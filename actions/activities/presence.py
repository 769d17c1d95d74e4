"""Who came: by the code at the door, as staff saw it; and what is said afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.commands import AddByStaff, CheckIn, RecordAttendance, RemoveByStaff, ThankAll
from actions.activities.finding import (
    access_as_staff,
    access_signup,
    find_signup,
    get_resident,
    list_signups,
    lock_activity,
)
from actions.activities.line import give_up, move_up, put_in_line
from actions.activities.model import CHECK_IN_BEFORE, COMES, HOLDS_PLACE, Activity, ActivityState, Signup, SignupState
from actions.activities.signing import check_open, told
from actions.activities.tell import changed, instant_words, params_of, tell_groups, tell_signed, tell_staff
from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.outcome import Outcome, Reply
from actions.people.model import Resident, Role, StaffMember
from actions.routing.rules import Rules

MOST_PICTURES = 9


async def check_in(session: AsyncSession, command: CheckIn, now: datetime, rules: Rules) -> Outcome:
    """Whoever knows the code stands at the door; without a place they get one if one is free."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    activity = await _of_code(session, command)
    activity = await lock_activity(session, activity.id)
    if not activity.takes_check_ins(now):
        early = now < activity.starts_at
        opens = instant_words(activity.starts_at - CHECK_IN_BEFORE, rules)
        phrase = "activity.check_in_early" if early else "activity.check_in_late"
        raise MoveRefused("not now", phrase=phrase, activity=activity.title, at=opens)
    signup = await find_signup(session, activity.id, resident.id)
    if signup is not None and signup.state == SignupState.ATTENDED:
        return _greeted(activity, signup, rules, "activity.checked_in_already")
    if signup is None or signup.state != SignupState.CONFIRMED:
        signup = await _walk_in(session, activity, signup, resident, now)
    signup.state, signup.checked_in_at = SignupState.ATTENDED, now
    await session.flush()
    return _greeted(activity, signup, rules, "activity.checked_in")


def _greeted(activity: Activity, signup: Signup, rules: Rules, phrase: str) -> Outcome:
    params = params_of(activity, rules) | {"headcount": signup.headcount}
    return Outcome((Reply(phrase, params),), (changed(activity),), activity.id)


async def _of_code(session: AsyncSession, command: CheckIn) -> Activity:
    query = select(Activity).where(
        Activity.community_id == command.community_id,
        Activity.code == command.code,
        Activity.state == ActivityState.OPEN,
    )
    if command.activity_id is not None:
        query = query.where(Activity.id == command.activity_id)
    activity = await session.scalar(query.limit(1))
    if activity is None:
        raise NotFound("no such code", phrase="activity.wrong_code", code=command.code[:8])
    return activity


async def _walk_in(
    session: AsyncSession, activity: Activity, signup: Signup | None, resident: Resident, now: datetime
) -> Signup:
    headcount = signup.headcount if signup is not None and signup.state == SignupState.WAITLISTED else 1
    if activity.homes_only and resident.household_id is None:
        raise NotAllowed("no home", phrase="activity.homes_only", activity=activity.title)
    if headcount > activity.left:
        raise MoveRefused("no place", phrase="activity.door_full", activity=activity.title)
    if signup is None:
        signup = Signup(community_id=activity.community_id, activity_id=activity.id, guests=[])
        session.add(signup)
    signup.resident_id, signup.name, signup.headcount = resident.id, resident.nickname, headcount
    signup.number, signup.signed_at = activity.next_number, now
    activity.next_number += 1
    activity.taken += headcount
    return signup


async def add_by_staff(session: AsyncSession, command: AddByStaff, now: datetime, rules: Rules) -> Outcome:
    """Somebody who phoned: a resident of that nickname, who is told, or a name."""
    activity, staff = await access_as_staff(session, command.activity_id, command.staff_id)
    _check_worker(staff)
    name = command.name.strip()
    if not 1 <= len(name) <= 32:
        raise InvalidInput("no name", phrase="activity.bad.name")
    resident = await _find_named(session, activity.community_id, name)
    if resident is not None:
        check_open(activity, resident, now)
    elif activity.state != ActivityState.OPEN or activity.ends_at <= now:
        raise MoveRefused("over", phrase="activity.fixed", activity=activity.title)
    known = await find_signup(session, activity.id, resident.id) if resident is not None else None
    named = [one for one in await list_signups(session, activity.id) if name == one.name or name in one.guests]
    if named or (known is not None and known.state != SignupState.CANCELLED):
        raise MoveRefused("known", phrase="activity.on_the_list", name=name)
    values: dict[str, Any] = {
        "resident_id": resident.id if resident is not None else None,
        "name": name,
        "headcount": command.headcount,
        "own": True,
        "guests": [],
        "recorded_by": staff.id,
    }
    signup = await put_in_line(session, activity, known, values, now)
    phrase = "activity.joined" if signup.state == SignupState.CONFIRMED else "activity.waiting"
    replies: tuple[Reply, ...] = ()
    if resident is not None:
        here = await told(session, activity, signup, resident, now, rules)
        before = here.replies[0].params["before"]
        replies = tell_signed(activity, signup, rules, phrase, f"by_staff:{signup.number}", now, before=before)
    return Outcome(replies, (changed(activity),), signup.id)


async def _find_named(session: AsyncSession, community_id: int, name: str) -> Resident | None:
    """The resident of that nickname, if there is exactly one."""
    query = select(Resident).where(Resident.community_id == community_id, Resident.nickname == name)
    found = (await session.scalars(query.limit(2))).all()
    return found[0] if len(found) == 1 else None


async def remove_by_staff(session: AsyncSession, command: RemoveByStaff, now: datetime, rules: Rules) -> Outcome:
    """As if they had said it themselves; who is in the chat is told."""
    activity, signup = await access_signup(session, command.signup_id, command.staff_id)
    _check_worker(await session.get(StaffMember, command.staff_id))
    if signup.state not in COMES or activity.state != ActivityState.OPEN:
        raise MoveRefused("gone or over", phrase="activity.fixed", activity=activity.title)
    await give_up(session, activity, signup)
    gone = tell_signed(activity, signup, rules, "activity.removed", f"removed:{signup.number}", now)
    return Outcome((*gone, *await move_up(session, activity, now, rules)), (changed(activity),), activity.id)


async def record_attendance(session: AsyncSession, command: RecordAttendance, now: datetime, rules: Rules) -> Outcome:
    """Before or after it is closed; only for who had a place."""
    activity, signup = await access_signup(session, command.signup_id, command.staff_id)
    _check_worker(await session.get(StaffMember, command.staff_id))
    if signup.state not in HOLDS_PLACE:
        raise MoveRefused("no place", phrase="activity.had_no_place")
    if now < activity.starts_at - CHECK_IN_BEFORE or activity.state not in (ActivityState.OPEN, ActivityState.ENDED):
        at = instant_words(activity.starts_at - CHECK_IN_BEFORE, rules)
        raise MoveRefused("too early", phrase="activity.check_in_early", activity=activity.title, at=at)
    signup.state = SignupState.ATTENDED if command.attended else SignupState.ABSENT
    signup.checked_in_at = (signup.checked_in_at or now) if command.attended else None
    signup.recorded_by = command.staff_id
    await session.flush()
    return Outcome((), (changed(activity),), activity.id)


def _check_worker(staff: StaffMember | None) -> None:
    if staff is None or staff.role == Role.SUPERVISOR:
        raise NotAllowed("looks on")


async def count_came(session: AsyncSession, activity_id: int) -> int:
    """How many persons came, as far as it is known."""
    query = select(func.coalesce(func.sum(Signup.headcount), 0)).where(
        Signup.activity_id == activity_id, Signup.state == SignupState.ATTENDED
    )
    return int(await session.scalar(query) or 0)


async def close(session: AsyncSession, activity: Activity, now: datetime, rules: Rules) -> Outcome:
    """Who did not check in was absent, if anybody checked in at all; else staff are asked to write it down."""
    activity.state = ActivityState.ENDED
    activity.day_told = activity.hour_told = activity.start_told = True
    came = await count_came(session, activity.id)
    if came == 0:
        if activity.taken == 0:
            return Outcome((), (changed(activity),), activity.id)
        asked = tell_staff(activity, rules, "activity.staff.attendance", "attendance")
        return Outcome((asked,), (changed(activity),), activity.id)
    for signup in await list_signups(session, activity.id, (SignupState.CONFIRMED,)):
        signup.state = SignupState.ABSENT
    replies: tuple[Reply, ...] = ()
    if activity.thanked_at is None:
        activity.thanked_at = now
        replies = (tell_groups(activity, rules, "activity.thanks", "thanks", params={"came": came}),)
    await session.flush()
    return Outcome(replies, (changed(activity),), activity.id)


async def thank_all(session: AsyncSession, command: ThankAll, now: datetime, rules: Rules) -> Outcome:
    """In the words of staff, with their pictures; who came hears it in private too."""
    activity, staff = await access_as_staff(session, command.activity_id, command.staff_id)
    _check_worker(staff)
    if activity.state not in (ActivityState.OPEN, ActivityState.ENDED) or now < activity.starts_at:
        raise MoveRefused("not yet", phrase="activity.thank_later", activity=activity.title)
    text = command.text.strip()
    if not text and not command.pictures:
        raise InvalidInput("nothing to say", phrase="activity.thank_what")
    pictures = [*activity.pictures, *(one for one in command.pictures if one not in activity.pictures)]
    if len(pictures) > MOST_PICTURES or len(text) > 500:
        raise InvalidInput("too much", phrase="activity.thank_less", most=MOST_PICTURES)
    first = activity.thanked_at is None
    activity.pictures, activity.thanked_at = pictures, now
    activity.sequence += 1
    await session.flush()
    params = {"text": text or rules.words["activity_pictures"].format_map({"activity": activity.title})}
    key = f"thanks:{activity.sequence}"
    group = tell_groups(activity, rules, "activity.thanked", key, params=params, pictures=command.pictures,
                        staff_id=staff.id)  # fmt: skip
    each: tuple[Reply, ...] = ()
    if first:
        for signup in await list_signups(session, activity.id, (SignupState.ATTENDED,)):
            each += tell_signed(activity, signup, rules, "activity.thank_you", key, now)
    return Outcome((group, *each), (changed(activity),), activity.id)
