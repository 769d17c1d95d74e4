"""Hand-offs for the console: who waits, who has whom, what was said in the talk. Bound to the reader's area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.handoffs.model import Ending, Handoff, HandoffStep, HandoffThread, State, Why
from actions.people.model import Level, OrgUnit, Resident, StaffMember, Team
from actions.routing.rules import Rules
from actions.tickets.model import OPEN_STATUSES, Ticket
from bot.storage.figures import Period, middle, ninetieth
from bot.storage.queries import Area, visible
from bot.storage.tables import ChatMessage

MOST_ROWS = 100
MOST_ENDED = 20
MOST_LINES = 100
MOST_TICKETS = 5
BEFORE = timedelta(minutes=10)  # what led to it


@dataclass(frozen=True, slots=True)
class HandoffRow:
    """One of them, with the names that stand beside it. ``words``: the resident's last."""

    handoff: Handoff
    nickname: str
    place: str
    team: str
    taker: str
    wanted: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the talk. ``private``: nobody else read it."""

    message: ChatMessage
    speaker: str
    private: bool


def _visible(area: Area) -> ColumnElement[bool]:
    """Those of an area, as tickets are; the query joins OrgUnit."""
    own = or_(Handoff.taken_by == area.staff_id, Handoff.meant_for == area.staff_id)
    if area.team_id is not None:
        own = or_(own, Handoff.team_id == area.team_id)
    seen = or_(own, OrgUnit.path.startswith(area.path, autoescape=True))
    return seen if area.community_id is None else and_(Handoff.community_id == area.community_id, seen)


def _rows(area: Area) -> Select[Any]:
    taker, wanted = aliased(StaffMember), aliased(StaffMember)
    last = (
        select(ChatMessage.text)
        .where(
            ChatMessage.chat_id == Handoff.chat_id,
            ChatMessage.resident_id == Handoff.resident_id,
            ChatMessage.recalled_at.is_(None),
        )
        .order_by(ChatMessage.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(Handoff, Resident.nickname, OrgUnit, Team.name, taker.name, wanted.name, last)
        .join(Resident, Resident.id == Handoff.resident_id)
        .join(OrgUnit, OrgUnit.id == Handoff.org_unit_id)
        .outerjoin(Team, Team.id == Handoff.team_id)
        .outerjoin(taker, taker.id == Handoff.taken_by)
        .outerjoin(wanted, wanted.id == Handoff.meant_for)
        .where(_visible(area))
    )


def _row(found: Any) -> HandoffRow:
    handoff, nickname, unit, team, taker, wanted, words = found
    place = unit.name if unit.level == Level.BUILDING else ""
    # once it is over, what they say to the bot is nobody's here
    said = words or "" if handoff.state != State.ENDED else ""
    return HandoffRow(handoff, nickname, place, team or "", taker or "", wanted or "", said)


async def list_handoffs(session: AsyncSession, area: Area) -> list[HandoffRow]:
    """Those that are not over, who waits longest in front."""
    query = _rows(area).where(Handoff.state != State.ENDED).order_by(Handoff.waits_since, Handoff.id)
    return [_row(found) for found in await session.execute(query.limit(MOST_ROWS))]


async def list_ended(session: AsyncSession, area: Area) -> list[HandoffRow]:
    """The last that are over."""
    query = _rows(area).where(Handoff.state == State.ENDED).order_by(Handoff.id.desc())
    return [_row(found) for found in await session.execute(query.limit(MOST_ENDED))]


async def count_waiting(session: AsyncSession, area: Area) -> int:
    """How many wait for somebody."""
    query = select(func.count()).select_from(Handoff).join(OrgUnit, OrgUnit.id == Handoff.org_unit_id)
    return await session.scalar(query.where(Handoff.state == State.WAITING, _visible(area))) or 0


async def find_handoff(session: AsyncSession, area: Area, handoff_id: int) -> HandoffRow | None:
    """One of the area, or None."""
    found = (await session.execute(_rows(area).where(Handoff.id == handoff_id))).one_or_none()
    return _row(found) if found is not None else None


async def handoffs_changed(session: AsyncSession, area: Area, since: datetime) -> bool:
    """Whether anything happened with one of them since."""
    query = select(Handoff.id).join(OrgUnit, OrgUnit.id == Handoff.org_unit_id)
    return await session.scalar(query.where(Handoff.changed_at >= since, _visible(area)).limit(1)) is not None


async def list_said(session: AsyncSession, handoff: Handoff) -> list[Said]:
    """What the resident said there and was told there, oldest first; of others in a group nothing."""
    threads = (await session.scalars(select(HandoffThread).where(HandoffThread.handoff_id == handoff.id))).all()
    if not threads:
        return []
    query = (
        select(ChatMessage, Resident.nickname, StaffMember.name)
        .outerjoin(Resident, Resident.id == ChatMessage.resident_id)
        .outerjoin(StaffMember, StaffMember.id == ChatMessage.staff_id)
        .where(or_(*(_in_thread(handoff, thread) for thread in threads)), ChatMessage.recalled_at.is_(None))
        .order_by(ChatMessage.id.desc())
        .limit(MOST_LINES)
    )
    if handoff.ended_at is not None:
        query = query.where(ChatMessage.sent_at <= handoff.ended_at)
    private = {thread.chat_id for thread in threads if thread.private}
    rows = (await session.execute(query)).tuples().all()
    return [Said(line, nick or staff or "", line.chat_id in private) for line, nick, staff in reversed(rows)]


def _in_thread(handoff: Handoff, thread: HandoffThread) -> ColumnElement[bool]:
    since = thread.since - BEFORE if thread.chat_id == handoff.chat_id else thread.since
    mine = or_(ChatMessage.resident_id == handoff.resident_id, ChatMessage.to_resident_id == handoff.resident_id)
    here = and_(ChatMessage.chat_id == thread.chat_id, ChatMessage.sent_at >= since)
    return here if thread.private else and_(here, mine)


async def list_handoff_steps(session: AsyncSession, handoff_id: int) -> Sequence[tuple[HandoffStep, str | None]]:
    """What was done and by whom, in order."""
    query = select(HandoffStep, StaffMember.name).outerjoin(StaffMember, StaffMember.id == HandoffStep.staff_id)
    query = query.where(HandoffStep.handoff_id == handoff_id).order_by(HandoffStep.id)
    return (await session.execute(query)).tuples().all()


async def list_open_tickets_of(session: AsyncSession, area: Area, resident_id: int) -> Sequence[Ticket]:
    """What else of theirs is being done, as far as the reader may see it."""
    query = select(Ticket).join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
    mine = (Ticket.reporter_id == resident_id, Ticket.status.in_(OPEN_STATUSES), Ticket.confidential.is_(False))
    query = query.where(*mine, visible(area)).order_by(Ticket.id.desc())
    return (await session.scalars(query.limit(MOST_TICKETS))).all()


@dataclass(frozen=True, slots=True)
class Waits:
    """Of a period: how many wanted a person, how many nobody answered, and how long the first word took at work."""

    count: int
    unanswered: int
    half: timedelta | None
    most: timedelta | None


async def load_waits(session: AsyncSession, area: Area, period: Period, rules: Rules) -> Waits:
    """Those that were asked for in the period; who was spoken to unasked has not waited."""
    query = select(Handoff.opened_at, Handoff.first_word_at, Handoff.ended_how)
    query = query.join(OrgUnit, OrgUnit.id == Handoff.org_unit_id).where(_visible(area))
    query = query.where(
        Handoff.opened_at >= period.start, Handoff.opened_at < period.end, Handoff.why != Why.STEPPED_IN
    )
    rows = (await session.execute(query)).tuples().all()
    waits = [rules.calendar.spent(start, first, working=True) for start, first, _ in rows if first is not None]
    unanswered = sum(how == Ending.UNANSWERED for _, _, how in rows)
    return Waits(len(rows), unanswered, middle(waits), ninetieth(waits))
