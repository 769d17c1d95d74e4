"""An activity is made, approved, changed, called off."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.commands import (
    CancelActivity,
    ChangeActivity,
    CreateActivity,
    DecideActivity,
    Details,
    DraftActivity,
    SettleDraft,
)
from actions.activities.finding import access_as_staff, get_resident, list_signups, lock_activity
from actions.activities.line import move_up
from actions.activities.model import Activity, ActivityState
from actions.activities.planning import plan
from actions.activities.tell import changed, params_of, press, tell_each, tell_groups, tell_staff
from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.outcome import Audience, Outcome, Reply
from actions.people.model import OrgUnit, Resident, Role, StaffMember
from actions.people.units import works_in
from actions.routing.rules import Rules

MOST_PLACES = 5000
LONGEST = timedelta(days=31)
FARTHEST = timedelta(days=400)
MOST_WAITING = 3  # of one resident
SHORTEST_TITLE, LONGEST_TITLE, LONGEST_PLACE, LONGEST_WHOM, LONGEST_ABOUT = 2, 40, 60, 60, 1000
MAKERS = frozenset(set(Role) - {Role.SUPERVISOR})


def check_details(details: Details, now: datetime) -> None:
    """Raise InvalidInput with what must be put right."""
    if not SHORTEST_TITLE <= len(details.title) <= LONGEST_TITLE:
        raise InvalidInput("title", phrase="activity.bad.title", most=LONGEST_TITLE)
    if not 1 <= len(details.place) <= LONGEST_PLACE:
        raise InvalidInput("place", phrase="activity.bad.place", most=LONGEST_PLACE)
    if len(details.for_whom) > LONGEST_WHOM or len(details.about) > LONGEST_ABOUT:
        raise InvalidInput("too long", phrase="activity.bad.about", most=LONGEST_ABOUT)
    if not 1 <= details.capacity <= MOST_PLACES:
        raise InvalidInput("capacity", phrase="activity.bad.capacity", most=MOST_PLACES)
    if not now < details.starts_at < now + FARTHEST:
        raise InvalidInput("start", phrase="activity.bad.start")
    if not timedelta() < details.ends_at - details.starts_at <= LONGEST:
        raise InvalidInput("end", phrase="activity.bad.end")
    if details.closes_at is not None and not now < details.closes_at <= details.starts_at:
        raise InvalidInput("closing", phrase="activity.bad.closes")


async def create_activity(session: AsyncSession, command: CreateActivity, now: datetime, rules: Rules) -> Outcome:
    """Staff's is announced at once; a resident's waits."""
    if command.staff_id is not None:
        await _check_maker(session, command.staff_id, command.community_id)
        activity = await _make(session, command.community_id, command.details, ActivityState.OPEN, now)
        activity.staff_id = command.staff_id
        await session.flush()
        return _announced(activity, now, rules)
    resident = await get_resident(session, command.resident_id or 0, command.community_id)
    await _check_patience(session, resident.id)
    activity = await _make(session, command.community_id, command.details, ActivityState.PROPOSED, now)
    activity.resident_id = resident.id
    await session.flush()
    return _proposed(activity, rules)


async def _make(session: AsyncSession, community_id: int, details: Details, state: str, now: datetime) -> Activity:
    check_details(details, now)
    activity = Activity(
        community_id=community_id,
        org_unit_id=await _area(session, community_id, details.org_unit_id),
        code=await _fresh_code(session, community_id),
        state=state,
        made_at=now,
        taken=0,
        next_number=1,
        sequence=0,
    )
    _take_over(activity, details)
    session.add(activity)
    await session.flush()
    return activity


def _proposed(activity: Activity, rules: Rules) -> Outcome:
    staff = tell_staff(activity, rules, "activity.staff.proposed", "proposed")
    own = Reply("activity.proposed", {"activity": activity.title}, to=Audience.PRIVATE,
                resident_id=activity.resident_id, community_id=activity.community_id)  # fmt: skip
    return Outcome((own, staff), (changed(activity),), activity.id)


async def draft_activity(session: AsyncSession, command: DraftActivity, now: datetime, rules: Rules) -> Outcome:
    """Shown to its author as it was read; nobody else hears of it yet."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    if command.details is None:
        lacks = rules.words["name_joint"].join(rules.words[f"activity_{field}"] for field in command.lacks)
        raise InvalidInput("lacks something", phrase="activity.draft_lacks", lacks=lacks)
    await _check_patience(session, resident.id)
    activity = await _make(session, command.community_id, command.details, ActivityState.DRAFT, now)
    activity.resident_id = resident.id
    await session.flush()
    params = params_of(activity, rules)
    del params["activity_id"]  # nobody can sign up for it yet
    buttons = tuple(press(what, activity.id) for what in ("propose", "drop"))
    return Outcome((Reply("activity.read_back", params, buttons=buttons),), value=activity.id)


async def settle_draft(session: AsyncSession, command: SettleDraft, now: datetime, rules: Rules) -> Outcome:
    """Only its author's word counts, and only once."""
    activity = await lock_activity(session, command.activity_id)
    if activity.resident_id != command.resident_id:
        raise NotFound("not theirs", phrase="activity.none_such")
    if activity.state != ActivityState.DRAFT:
        raise MoveRefused("handed in already", phrase="activity.handed_in")
    if not command.well:
        await session.delete(activity)  # nobody but its author ever heard of it
        return Outcome((Reply("activity.dropped"),))
    await _check_patience(session, command.resident_id)
    if activity.starts_at <= now:
        raise MoveRefused("it would have begun", phrase="activity.has_begun", activity=activity.title)
    activity.state = ActivityState.PROPOSED
    await session.flush()
    return _proposed(activity, rules)


def _announced(activity: Activity, now: datetime, rules: Rules) -> Outcome:
    activity.announced_at = now
    plan(activity, now, rules)
    card = tell_groups(activity, rules, "activity.card", "card", card=True)
    return Outcome((card,), (changed(activity),), activity.id)


async def _area(session: AsyncSession, community_id: int, unit_id: int | None) -> int:
    unit = await session.get(OrgUnit, unit_id or community_id)
    if unit is None or unit.community_id != community_id:
        raise InvalidInput("no such area", phrase="activity.bad.area")
    return unit.id


async def _check_maker(session: AsyncSession, staff_id: int, community_id: int) -> None:
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(session, staff, community_id):
        raise NotFound("not theirs", phrase="activity.none_such")
    if staff.role not in MAKERS:
        raise NotAllowed("looks on", phrase="error.not_allowed")


async def _check_patience(session: AsyncSession, resident_id: int) -> None:
    query = select(func.count()).where(Activity.resident_id == resident_id, Activity.state == ActivityState.PROPOSED)
    if int(await session.scalar(query) or 0) >= MOST_WAITING:
        raise MoveRefused("several wait", phrase="activity.too_many_proposed", most=MOST_WAITING)


async def _fresh_code(session: AsyncSession, community_id: int) -> str:
    """Four digits that no other activity of the community uses while it runs."""
    query = select(Activity.code).where(
        Activity.community_id == community_id,
        Activity.state.in_((ActivityState.OPEN, ActivityState.PROPOSED, ActivityState.DRAFT)),
    )
    used = set(await session.scalars(query))
    while (code := f"{secrets.randbelow(9000) + 1000}") in used:
        pass
    return code


def _take_over(activity: Activity, details: Details) -> None:
    activity.title, activity.place, activity.about = details.title, details.place, details.about
    activity.for_whom, activity.capacity, activity.homes_only = details.for_whom, details.capacity, details.homes_only
    activity.starts_at, activity.ends_at = details.starts_at, details.ends_at
    activity.closes_at = details.closes_at or details.starts_at


async def decide_activity(session: AsyncSession, command: DecideActivity, now: datetime, rules: Rules) -> Outcome:
    """Yes: it is announced; no: the resident is told why."""
    activity, staff = await access_as_staff(session, command.activity_id, command.staff_id)
    await _check_maker(session, staff.id, activity.community_id)
    if activity.state != ActivityState.PROPOSED:
        raise MoveRefused("decided already", phrase="activity.decided")
    if command.approved and activity.starts_at <= now:
        raise MoveRefused("it would have begun", phrase="activity.has_begun", activity=activity.title)
    if not command.approved and not command.text.strip():
        raise InvalidInput("no reason", phrase="activity.say_why")
    activity.staff_id, activity.reason = staff.id, command.text.strip()[:200]
    activity.state = ActivityState.OPEN if command.approved else ActivityState.DECLINED
    outcome = _announced(activity, now, rules) if command.approved else Outcome((), (changed(activity),), activity.id)
    phrase = "activity.approved" if command.approved else "activity.declined"
    params = {"activity": activity.title, "reason": activity.reason}
    proposer = await session.get(Resident, activity.resident_id) if activity.resident_id else None
    await session.flush()
    if proposer is None:
        return outcome
    word = Reply(phrase, params, to=Audience.PRIVATE, resident_id=proposer.id, community_id=activity.community_id,
                 immediate=False, effect_key=f"activity:{activity.id}:decided")  # fmt: skip
    return Outcome((*outcome.replies, word), outcome.events, outcome.value)


async def change_activity(session: AsyncSession, command: ChangeActivity, now: datetime, rules: Rules) -> Outcome:
    """What is different is told to all who signed up, and to the groups; more places are given at once."""
    activity, staff = await access_as_staff(session, command.activity_id, command.staff_id)
    await _check_maker(session, staff.id, activity.community_id)
    if activity.state != ActivityState.OPEN or activity.starts_at <= now:
        raise MoveRefused("it has begun", phrase="activity.fixed", activity=activity.title)
    check_details(command.details, now)
    if command.details.capacity < activity.taken:
        raise InvalidInput("fewer than taken", phrase="activity.bad.fewer", taken=activity.taken)
    before = _told_of(activity)
    activity.org_unit_id = await _area(session, activity.community_id, command.details.org_unit_id)
    moved_in_time = (command.details.starts_at, command.details.ends_at) != (activity.starts_at, activity.ends_at)
    _take_over(activity, command.details)
    if moved_in_time:
        activity.day_told = activity.hour_told = False
    activity.sequence += 1
    plan(activity, now, rules)
    await session.flush()
    different = [key for key, value in _told_of(activity).items() if before[key] != value]
    replies: tuple[Reply, ...] = ()
    if different:
        what = rules.words["name_joint"].join(rules.words[f"activity_{key}"] for key in different)
        key = f"changed:{activity.sequence}"
        group = tell_groups(activity, rules, "activity.changed_group", key, card=True, params={"what": what})
        signed = await list_signups(session, activity.id)
        replies = (group, *tell_each(activity, signed, rules, "activity.changed", key, now, what=what))
    replies += await move_up(session, activity, now, rules)
    return Outcome(replies, (changed(activity),), activity.id)


def _told_of(activity: Activity) -> dict[str, object]:
    return {"title": activity.title, "time": (activity.starts_at, activity.ends_at), "place": activity.place}


async def cancel_activity(session: AsyncSession, command: CancelActivity, now: datetime, rules: Rules) -> Outcome:
    """Everybody who signed up is told, and the groups."""
    activity, staff = await access_as_staff(session, command.activity_id, command.staff_id)
    await _check_maker(session, staff.id, activity.community_id)
    if activity.state != ActivityState.OPEN or activity.ends_at <= now:
        raise MoveRefused("over", phrase="activity.fixed", activity=activity.title)
    if not command.text.strip():
        raise InvalidInput("no reason", phrase="activity.say_why")
    activity.state, activity.reason, activity.next_at = ActivityState.CANCELLED, command.text.strip()[:200], None
    activity.sequence += 1
    await session.flush()
    params = {"reason": activity.reason}
    group = tell_groups(activity, rules, "activity.cancelled_group", "cancelled", params=params)
    signed = await list_signups(session, activity.id)
    each = tell_each(activity, signed, rules, "activity.cancelled", "cancelled", now, **params)
    return Outcome((group, *each), (changed(activity),), activity.id)
