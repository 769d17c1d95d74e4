"""Groups: staff put them together, everybody agrees for themselves; the lead looks around before a long holiday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.inserting import insert_once
from actions.outcome import NOTHING_FITS, Outcome, Reply
from actions.people.model import Resident
from actions.routing.calendar import WorkCalendar
from actions.routing.rules import Rules
from actions.watch.commands import AnswerEve, AnswerWatch, AskEve, AskWatch, ChangeWatch, MakeWatch
from actions.watch.model import MemberState, WatchGroup, WatchMember
from actions.watch.tell import access_staff, changed, lock_group, members_of, press, tell, tell_staff

LONGEST_TITLE = 32
MOST_MEMBERS, MOST_NAMES = 20, 6
SHORTEST_NAME = 2  # characters: "张" alone is in too many words
LONG_HOLIDAY = 3  # days
EVE_FROM, EVE_TO = 9, 20  # o'clock


async def make_watch(session: AsyncSession, command: MakeWatch, now: datetime) -> Outcome:
    """Nobody is in it before they have said yes."""
    await access_staff(session, command.staff_id, command.community_id)
    people = list(dict.fromkeys((command.lead_id, *command.member_ids)))
    if not 0 < len(command.title.strip()) <= LONGEST_TITLE:
        raise InvalidInput("title", phrase="watch.title", most=LONGEST_TITLE)
    if not 2 <= len(people) <= MOST_MEMBERS:
        raise InvalidInput("members", phrase="watch.how_many", most=MOST_MEMBERS)
    if len(command.names) > MOST_NAMES or any(not SHORTEST_NAME <= len(one) <= 12 for one in command.names):
        raise InvalidInput("names", phrase="watch.names", most=MOST_NAMES)
    values = {
        "community_id": command.community_id,
        "source": command.source,
        "title": command.title.strip(),
        "names": list(command.names),
        "lead_id": command.lead_id,
        "staff_id": command.staff_id,
        "active": True,
        "made_at": now,
    }
    group_id = await insert_once(session, WatchGroup, values, ("community_id", "source"))
    if group_id is None:
        return Outcome()
    group = await lock_group(session, group_id)
    replies = [await _ask(session, group, one, now) for one in people]
    return Outcome(tuple(replies), (changed(group.community_id),), group.id)


async def _ask(session: AsyncSession, group: WatchGroup, resident_id: int, now: datetime) -> Reply:
    resident = await session.get(Resident, resident_id)
    if resident is None or resident.community_id != group.community_id:
        raise NotFound(f"resident {resident_id}", phrase="watch.none_such")
    member = await _member(session, group.id, resident_id)
    if member is None:
        member = WatchMember(community_id=group.community_id, group_id=group.id, resident_id=resident_id)
        session.add(member)
    member.state, member.asked_at = MemberState.ASKED, now
    await session.flush()
    phrase = "watch.ask_lead" if resident_id == group.lead_id else "watch.ask"
    buttons = (press("yes", group.id), press("no", group.id))
    key = f"ask:{member.id}:{int(now.timestamp())}"
    return tell(resident_id, group.community_id, phrase, key, buttons, title=group.title, about=_about(group))


def _about(group: WatchGroup) -> str:
    return group.names[0] if group.names else ""


async def _member(session: AsyncSession, group_id: int, resident_id: int) -> WatchMember | None:
    query = select(WatchMember).where(WatchMember.group_id == group_id, WatchMember.resident_id == resident_id)
    found: WatchMember | None = await session.scalar(query)
    return found


async def change_watch(session: AsyncSession, command: ChangeWatch, now: datetime) -> Outcome:
    """By staff, at any time."""
    group = await lock_group(session, command.group_id)
    await access_staff(session, command.staff_id, group.community_id)
    if command.do == "end":
        group.active = False
        await session.flush()
        everyone = await members_of(session, group.id)
        told = [tell(one.id, group.community_id, "watch.over", f"over:{group.id}:{one.id}", title=group.title)
                for one in everyone]  # fmt: skip
        return Outcome(tuple(told), (changed(group.community_id),))
    if command.resident_id is None or not group.active:
        raise InvalidInput("who", phrase="watch.none_such")
    member = await _member(session, group.id, command.resident_id)
    if command.do == "add":
        if member is not None and member.state in (MemberState.YES, MemberState.ASKED):
            return Outcome()
        asked = await _ask(session, group, command.resident_id, now)
        return Outcome((asked,), (changed(group.community_id),))
    if member is None:
        raise NotFound("no member", phrase="watch.none_such")
    if command.do == "lead":
        if member.state != MemberState.YES:
            raise InvalidInput("has not agreed", phrase="watch.lead_agrees")
        group.lead_id = member.resident_id
        lead = tell(member.resident_id, group.community_id, "watch.lead_now", f"lead:{group.id}:{now.timestamp():.0f}",
                    title=group.title)  # fmt: skip
        await session.flush()
        return Outcome((lead,), (changed(group.community_id),))
    member.state = MemberState.LEFT
    await session.flush()
    return Outcome((), (changed(group.community_id),))


async def answer_watch(session: AsyncSession, command: AnswerWatch, now: datetime) -> Outcome:
    """Everybody answers for themselves; a lead who leaves is for staff to replace."""
    group = await lock_group(session, command.group_id)
    member = await _member(session, group.id, command.resident_id)
    if member is None:
        raise NotFound("not asked", phrase="watch.none_such")
    if not group.active or member.state == MemberState.LEFT:
        return Outcome((tell(command.resident_id, group.community_id, "watch.over", title=group.title),))
    before = member.state
    gone = MemberState.LEFT if before == MemberState.YES else MemberState.NO
    member.state = MemberState.YES if command.agrees else gone
    await session.flush()
    phrase = "watch.joined" if command.agrees else "watch.declined"
    buttons = (press("no", group.id),) if command.agrees else ()
    replies = [tell(command.resident_id, group.community_id, phrase, None, buttons, title=group.title)]
    if not command.agrees and group.lead_id == command.resident_id and before != member.state:
        name = (await session.get_one(Resident, command.resident_id)).nickname
        key = f"nolead:{group.id}:{now.timestamp():.0f}"
        replies.append(tell_staff(group.community_id, "watch.staff.no_lead", key, title=group.title, name=name))
    return Outcome(tuple(replies), (changed(group.community_id),))


async def ask_watch(session: AsyncSession, command: AskWatch, now: datetime, rules: Rules) -> Outcome:
    """Nicknames of who agreed, in the groups the asker is in; never a door, never who is looked after."""
    query = (
        select(WatchGroup)
        .join(WatchMember, WatchMember.group_id == WatchGroup.id)
        .where(
            WatchGroup.community_id == command.community_id,
            WatchGroup.active.is_(True),
            WatchMember.resident_id == command.resident_id,
            WatchMember.state == MemberState.YES,
        )
        .order_by(WatchGroup.id)
    )
    groups = (await session.scalars(query)).all()
    if not groups:
        return Outcome((Reply("watch.in_none"),)) if command.addressed else Outcome(value=NOTHING_FITS)
    replies = []
    for group in groups:
        everyone = await members_of(session, group.id)
        lead = next((one.nickname for one in everyone if one.id == group.lead_id), "")
        names = rules.words["name_joint"].join(one.nickname for one in everyone if one.id != group.lead_id)
        phrase = "watch.who" if lead else "watch.who_no_lead"
        replies.append(Reply(phrase, {"title": group.title, "lead": lead, "names": names}))
    return Outcome(tuple(replies))


def is_eve(now: datetime, calendar: WorkCalendar) -> bool:
    """Whether a long holiday begins tomorrow, and it is by day."""
    today = calendar.local_day(now)
    if not EVE_FROM <= now.astimezone(calendar.zone).hour < EVE_TO or not calendar.is_workday(today):
        return False
    return not any(calendar.is_workday(today + timedelta(days=n)) for n in range(1, LONG_HOLIDAY + 1))


async def due_eves(session: AsyncSession, now: datetime, limit: int, calendar: WorkCalendar) -> Sequence[int]:
    """Groups whose lead has not been asked on this eve; asks nothing of the database on any other day."""
    if not is_eve(now, calendar):
        return ()
    today = calendar.local_day(now)
    not_yet = or_(WatchGroup.eve_on.is_(None), WatchGroup.eve_on < today)
    query = select(WatchGroup.id).where(WatchGroup.active.is_(True), not_yet).order_by(WatchGroup.id).limit(limit)
    return (await session.scalars(query)).all()


async def ask_eve(session: AsyncSession, command: AskEve, now: datetime, rules: Rules) -> Outcome:
    """Once an eve; a lead who has not agreed is not asked."""
    group = await lock_group(session, command.group_id)
    today = rules.calendar.local_day(now)
    if not group.active or group.eve_on == today or not is_eve(now, rules.calendar):
        return Outcome()
    group.eve_on = today
    member = await _member(session, group.id, group.lead_id)
    await session.flush()
    if member is None or member.state != MemberState.YES:
        return Outcome()
    buttons = (press("eve_well", group.id), press("eve_help", group.id))
    key = f"eve:{group.id}:{today.isoformat()}"
    asked = tell(group.lead_id, group.community_id, "watch.eve", key, buttons, title=group.title, about=_about(group))
    return Outcome((asked,))


async def answer_eve(session: AsyncSession, command: AnswerEve, now: datetime) -> Outcome:
    """Staff hear it; who needs help is asked of the lead by them."""
    group = await lock_group(session, command.group_id)
    if group.lead_id != command.resident_id or group.eve_on is None:
        raise NotFound("not asked", phrase="watch.none_such")
    word = "well" if command.well else "help"
    name = (await session.get_one(Resident, command.resident_id)).nickname
    key = f"eve:{group.id}:{group.eve_on.isoformat()}:{word}"
    return Outcome(
        (
            tell(command.resident_id, group.community_id, f"watch.eve_{word}"),
            tell_staff(group.community_id, f"watch.staff.eve_{word}", key, title=group.title, name=name),
        )
    )
