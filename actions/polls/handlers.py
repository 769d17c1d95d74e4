"""The handlers of the polls room: async (session, command, now, rules) → Outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.inserting import replace_row
from actions.outcome import NOTHING_FITS, Audience, Button, Event, Outcome, Reply
from actions.people.model import Resident, Role, StaffMember
from actions.people.units import works_in
from actions.polls.commands import DoPoll, EndPoll, RaiseHand, ShowPoll, StartPoll
from actions.polls.model import Poll, PollHand
from actions.routing.rules import Rules

STARTERS = frozenset(Role) - {Role.SUPERVISOR, Role.STREET, Role.DISTRICT}
LONGEST_TITLE, LONGEST_OPTION, MOST_OPTIONS = 60, 20, 8
LASTS, LONGEST = timedelta(days=1), timedelta(days=30)
MOST_OPEN = 2  # of one resident
TWICE = timedelta(minutes=10)  # within which the same poll of the same desk is a form handed in twice
JUST_PUT = timedelta(hours=2)  # for so long a bare number in the group is an answer
_BAR = 10  # blocks of the longest bar


async def due_polls(session: AsyncSession, now: datetime, limit: int) -> Sequence[int]:
    """Those whose time is over."""
    query = select(Poll.id).where(Poll.next_at <= now).order_by(Poll.next_at, Poll.id).limit(limit)
    return (await session.scalars(query)).all()


async def start_poll(session: AsyncSession, command: StartPoll, now: datetime, rules: Rules) -> Outcome:
    """The group is told, with a button for each option."""
    closes_at = command.closes_at or now + LASTS
    title, options = command.title.strip(), [one.strip() for one in command.options if one.strip()]
    _check(title, options, closes_at, now)
    await _check_starter(session, command)
    if command.staff_id is not None and (known := await _find_same(session, command, title, options, now)) is not None:
        return Outcome(value=known)
    poll = Poll(
        community_id=command.community_id,
        chat_id=command.chat_id,
        title=title,
        options=options,
        resident_id=command.resident_id,
        staff_id=command.staff_id,
        made_at=now,
        closes_at=closes_at,
        next_at=closes_at,
    )
    session.add(poll)
    await session.flush()
    numbered = "\n".join(f"{n} {one}" for n, one in enumerate(options, 1))
    card = _tell(poll, "poll.card", "card", _buttons(poll), options=numbered, until=_instant(closes_at, rules))
    return Outcome((card,), (_event(poll),), poll.id)


def _check(title: str, options: list[str], closes_at: datetime, now: datetime) -> None:
    if not title or len(title) > LONGEST_TITLE:
        raise InvalidInput("title", phrase="poll.bad.title", longest=LONGEST_TITLE)
    if not 2 <= len(options) <= MOST_OPTIONS:
        raise InvalidInput("options", phrase="poll.bad.options", most=MOST_OPTIONS)
    if len(set(options)) != len(options) or any(len(one) > LONGEST_OPTION for one in options):
        raise InvalidInput("an option", phrase="poll.bad.option", longest=LONGEST_OPTION)
    if not now < closes_at <= now + LONGEST:
        raise InvalidInput("closes", phrase="poll.bad.closes", days=LONGEST.days)


async def _check_starter(session: AsyncSession, command: StartPoll) -> None:
    if command.staff_id is not None:
        await _get_staff(session, command.staff_id, command.community_id)
        return
    resident = await session.get(Resident, command.resident_id)
    if resident is None or resident.community_id != command.community_id:
        raise NotFound("no such resident", phrase="poll.none_such")
    mine = select(func.count()).where(Poll.resident_id == resident.id, Poll.closed_at.is_(None))
    if int(await session.scalar(mine) or 0) >= MOST_OPEN:
        raise MoveRefused("too many", phrase="poll.too_many", most=MOST_OPEN)


async def _find_same(
    session: AsyncSession, command: StartPoll, title: str, options: list[str], now: datetime
) -> int | None:
    """The poll that staff have just put there by the same form; the second press of it waits for the first."""
    await session.execute(select(StaffMember.id).where(StaffMember.id == command.staff_id).with_for_update())
    mine = (Poll.staff_id == command.staff_id, Poll.title == title, Poll.made_at > now - TWICE)
    query = select(Poll).where(Poll.community_id == command.community_id, Poll.closed_at.is_(None), *mine)
    found = [one for one in await session.scalars(query) if (one.options, one.chat_id) == (options, command.chat_id)]
    return found[0].id if found else None


async def _get_staff(session: AsyncSession, staff_id: int, community_id: int) -> StaffMember:
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(session, staff, community_id):
        raise NotFound(f"staff {staff_id}", phrase="poll.none_such")
    if staff.role not in STARTERS:
        raise NotAllowed("looks on", phrase="error.not_allowed")
    return staff


def _buttons(poll: Poll) -> tuple[Button, ...]:
    return tuple(
        Button("button.poll.option", f"poll:{poll.id}:{n}", {"option": one}) for n, one in enumerate(poll.options)
    )


def _instant(at: datetime, rules: Rules) -> str:
    here = at.astimezone(rules.calendar.zone)
    return f"{here.month}月{here.day}日 {here:%H:%M}"


def _tell(poll: Poll, phrase: str, key: str, buttons: tuple[Button, ...] = (), **params: object) -> Reply:
    """In its group, or in all of the community."""
    return Reply(
        phrase,
        {"title": poll.title, "poll_id": poll.id, **params},
        to=Audience.CHAT if poll.chat_id is not None else Audience.AREA,
        chat_id=poll.chat_id,
        community_id=poll.community_id,
        org_unit_id=None if poll.chat_id is not None else poll.community_id,
        buttons=buttons,
        immediate=poll.resident_id is not None and key == "card",
        effect_key=f"poll:{poll.id}:{key}",
    )


def _event(poll: Poll) -> Event:
    return Event("PollChanged", poll.community_id, {"poll_id": poll.id})


async def tally(session: AsyncSession, poll: Poll) -> list[int]:
    """Hands for each option."""
    query = select(PollHand.option, func.count()).where(PollHand.poll_id == poll.id).group_by(PollHand.option)
    counts = {option: int(count) for option, count in await session.execute(query)}
    return [counts.get(n, 0) for n in range(len(poll.options))]


def bars(poll: Poll, counts: Sequence[int]) -> str:
    """A line for each option, as a text that every chat can show."""
    longest = max((*counts, 1))
    lines = [
        f"{one} {'▇' * round(_BAR * count / longest)} {count}" for one, count in zip(poll.options, counts, strict=True)
    ]
    return "\n".join(lines)


async def raise_hand(session: AsyncSession, command: RaiseHand, now: datetime, rules: Rules) -> Outcome:
    """Counted once; the answer goes to private, the group would drown."""
    poll = await _find(session, command, now)
    resident = await session.get(Resident, command.resident_id)
    if poll is None:
        return Outcome(value=NOTHING_FITS)
    if resident is None or resident.community_id != poll.community_id:
        raise NotFound("another community", phrase="poll.none_such")
    # hands go up side by side, but none while it is counted
    held = select(Poll).where(Poll.id == poll.id).with_for_update(read=True)
    poll = (await session.scalars(held.execution_options(populate_existing=True))).one()
    if not poll.takes_hands(now):
        raise MoveRefused("over", phrase="poll.over", title=poll.title)
    if command.option not in range(len(poll.options)):
        if command.poll_id is None:
            return Outcome(value=NOTHING_FITS)
        raise InvalidInput("no such option", phrase="poll.no_such_option", most=len(poll.options))
    row = {"community_id": poll.community_id, "poll_id": poll.id, "resident_id": resident.id}
    await replace_row(
        session,
        PollHand,
        {**row, "option": command.option, "raised_at": now},
        ("poll_id", "resident_id"),
        replace=("option", "raised_at"),
    )
    params = {
        "title": poll.title,
        "option": poll.options[command.option],
        "counts": bars(poll, await tally(session, poll)),
    }
    to = Audience.PRIVATE if command.from_group else Audience.HERE
    reply = Reply("poll.raised", params, to=to, resident_id=resident.id, community_id=poll.community_id)
    return Outcome((reply,), (_event(poll),), poll.id)


async def _find(session: AsyncSession, command: RaiseHand | ShowPoll | EndPoll, now: datetime) -> Poll | None:
    """The one that is named, else the latest of that group; for a bare number only one that was put lately."""
    query = select(Poll).where(Poll.community_id == command.community_id)
    if command.poll_id is not None:
        named: Poll | None = await session.scalar(query.where(Poll.id == command.poll_id))
        if named is None:
            raise NotFound(f"poll {command.poll_id}", phrase="poll.none_such")
        return named
    here = query.where(or_(Poll.chat_id == command.chat_id, Poll.chat_id.is_(None)))
    if isinstance(command, RaiseHand):
        here = here.where(Poll.made_at > now - JUST_PUT, Poll.closed_at.is_(None), Poll.closes_at > now)
    if isinstance(command, EndPoll):
        here = here.where(Poll.closed_at.is_(None))
    found: Poll | None = await session.scalar(here.order_by(Poll.id.desc()).limit(1))
    return found


async def show_poll(session: AsyncSession, command: ShowPoll, now: datetime, rules: Rules) -> Outcome:
    """How it stands, here."""
    poll = await _find(session, command, now)
    if poll is None:
        return Outcome((Reply("poll.no_poll"),))
    counts = await tally(session, poll)
    open_ = poll.takes_hands(now)
    params = {"title": poll.title, "counts": bars(poll, counts), "hands": sum(counts), "poll_id": poll.id}
    params["until"] = _instant(poll.closes_at, rules)
    phrase = "poll.stands" if open_ else "poll.result"
    return Outcome((Reply(phrase, params, buttons=_buttons(poll) if open_ else ()),), value=poll.id)


async def end_poll(session: AsyncSession, command: EndPoll, now: datetime, rules: Rules) -> Outcome:
    """The group hears how it came out."""
    poll = await _find(session, command, now)
    if poll is None:
        return Outcome((Reply("poll.no_poll"),))
    if command.staff_id is not None:
        await _get_staff(session, command.staff_id, poll.community_id)
    elif poll.resident_id != command.resident_id:
        raise NotAllowed("not theirs", phrase="poll.not_yours")
    locked = await _lock(session, poll.id)
    if locked.closed_at is not None:
        raise MoveRefused("over", phrase="poll.over", title=poll.title)
    return await _close(session, locked, now)


async def _lock(session: AsyncSession, poll_id: int) -> Poll:
    query = select(Poll).where(Poll.id == poll_id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one()


async def _close(session: AsyncSession, poll: Poll, now: datetime) -> Outcome:
    poll.closed_at, poll.next_at = now, None
    await session.flush()
    counts: list[int] = await tally(session, poll)
    params: dict[str, Any] = {"counts": bars(poll, counts), "hands": sum(counts)}
    return Outcome((_tell(poll, "poll.result", "result", **params),), (_event(poll),), poll.id)


async def do_poll(session: AsyncSession, command: DoPoll, now: datetime, rules: Rules) -> Outcome:
    """Its time is over."""
    poll = await _lock(session, command.poll_id)
    if poll.closed_at is not None or poll.closes_at > now:
        return Outcome()
    return await _close(session, poll, now)
