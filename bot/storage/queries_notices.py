"""Notices, who was reached by them and the care of those alone, for the console's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.notices.model import Broadcast, CareEntry, CarePerson, CarePlan, CareRound, Delivery, Notice, NoticeAnswer
from actions.people.model import Level, OrgUnit, Resident, StaffMember
from bot.storage.tables import Chat, ChatMember, ChatMessage, OutboxRow

MOST_ROWS = 60
MOST_ANSWERS = 5000


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice with the names of who wrote and who approved it."""

    notice: Notice
    author: str
    approver: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A group (or the residents asked alone, ``name`` empty): how many it went to, how many have seen it."""

    name: str
    state: str
    members: int
    read: int | None  # None: this platform does not say


@dataclass(frozen=True, slots=True)
class Answered:
    """Who answered what."""

    answer: NoticeAnswer
    resident: Resident
    building: OrgUnit | None


@dataclass(frozen=True, slots=True)
class CareRow:
    """Somebody of the list or of a round; ``word`` empty: not asked."""

    id: int
    resident: Resident
    building: OrgUnit | None
    note: str
    word: str
    said_at: datetime | None


async def list_notices(session: AsyncSession, communities: Sequence[int], states: Sequence[str]) -> list[NoticeRow]:
    """The latest in front."""
    author, approver = aliased(StaffMember), aliased(StaffMember)
    query = (
        select(Notice, author.name, approver.name)
        .join(author, author.id == Notice.author_id)
        .outerjoin(approver, approver.id == Notice.approver_id)
        .where(Notice.community_id.in_(communities), Notice.state.in_(states))
        .order_by(Notice.id.desc())
        .limit(MOST_ROWS)
    )
    return [NoticeRow(notice, name, other or "") for notice, name, other in await session.execute(query)]


async def list_units(session: AsyncSession, community_id: int) -> Sequence[OrgUnit]:
    """The community, its grids, its buildings."""
    wanted = (OrgUnit.community_id == community_id, OrgUnit.level.in_((Level.COMMUNITY, Level.GRID, Level.BUILDING)))
    return (await session.scalars(select(OrgUnit).where(*wanted).order_by(OrgUnit.id))).all()


async def list_groups(session: AsyncSession, ids: Sequence[int]) -> list[tuple[str, int]]:
    """Names of groups with how many are in them."""
    members = select(func.count()).where(ChatMember.chat_id == Chat.id, ChatMember.left_at.is_(None)).scalar_subquery()
    query = select(Chat.name, members).where(Chat.id.in_(ids)).order_by(Chat.id)
    return [(name, count) for name, count in await session.execute(query)]


async def list_broadcasts(session: AsyncSession, notice_id: int) -> Sequence[Broadcast]:
    """Its sendings, the latest in front."""
    query = select(Broadcast).where(Broadcast.notice_id == notice_id).order_by(Broadcast.due_at.desc())
    return (await session.scalars(query.limit(MOST_ROWS))).all()


async def list_reached(session: AsyncSession, broadcast_id: int) -> list[Reached]:
    """Each group it went to, and the residents it was said to alone as one line."""
    inside = (ChatMember.chat_id == Chat.id, ChatMember.left_at.is_(None))
    seen = (*inside, ChatMember.read_to >= ChatMessage.id)
    members = select(func.count()).select_from(ChatMember).where(*inside).correlate(Chat).scalar_subquery()
    read = select(func.count()).select_from(ChatMember).where(*seen).correlate(Chat, ChatMessage).scalar_subquery()
    query = (
        select(Chat, OutboxRow.state, ChatMessage.id, members, read, Delivery.resident_id)
        .select_from(Delivery)
        .join(OutboxRow, OutboxRow.effect_key == Delivery.effect_key)
        .join(Chat, Chat.id == OutboxRow.chat_id)
        .outerjoin(ChatMessage, ChatMessage.outbox_id == OutboxRow.id)
        .where(Delivery.broadcast_id == broadcast_id)
        .order_by(Delivery.id)
    )
    groups, alone, alone_read, states = [], 0, 0, set()
    for chat, state, line_id, inside_now, seen_now, resident_id in await session.execute(query):
        if resident_id is not None:
            alone, alone_read = alone + 1, alone_read + (seen_now if line_id is not None else 0)
            states.add(state)
        else:
            groups.append(Reached(chat.name, state, inside_now, seen_now if line_id is not None else None))
    if alone:
        groups.append(Reached("", "todo" if "todo" in states else "sent", alone, alone_read))
    return groups


async def list_answers(session: AsyncSession, broadcast_id: int) -> list[Answered]:
    """Who needs help in front, then by the time they answered."""
    query = (
        select(NoticeAnswer, Resident, OrgUnit)
        .join(Resident, Resident.id == NoticeAnswer.resident_id)
        .outerjoin(OrgUnit, OrgUnit.id == Resident.building_id)
        .where(NoticeAnswer.broadcast_id == broadcast_id)
        .order_by((NoticeAnswer.word == "help").desc(), NoticeAnswer.said_at, NoticeAnswer.id)
        .limit(MOST_ANSWERS)
    )
    return [Answered(*row) for row in (await session.execute(query)).tuples()]


async def count_answers(session: AsyncSession, communities: Sequence[int]) -> Mapping[int, Mapping[str, int]]:
    """Notice → word → how many, over all its sendings."""
    query = (
        select(Broadcast.notice_id, NoticeAnswer.word, func.count())
        .join(Broadcast, Broadcast.id == NoticeAnswer.broadcast_id)
        .where(NoticeAnswer.community_id.in_(communities))
        .group_by(Broadcast.notice_id, NoticeAnswer.word)
    )
    found: dict[int, dict[str, int]] = {}
    for notice_id, word, count in await session.execute(query):
        found.setdefault(notice_id, {})[word] = count
    return found


async def list_care(session: AsyncSession, community_id: int) -> list[CareRow]:
    """The list of those who live alone."""
    query = (
        select(CarePerson, Resident, OrgUnit)
        .join(Resident, Resident.id == CarePerson.resident_id)
        .outerjoin(OrgUnit, OrgUnit.id == Resident.building_id)
        .where(CarePerson.community_id == community_id, CarePerson.ended_at.is_(None))
        .order_by(OrgUnit.id, Resident.unit, Resident.room)
    )
    rows = (await session.execute(query)).tuples()
    return [CareRow(person.id, resident, building, person.note, "", None) for person, resident, building in rows]


async def list_care_plans(session: AsyncSession, community_id: int) -> list[CarePlan]:
    """The rounds that begin by the clock."""
    query = select(CarePlan).where(CarePlan.community_id == community_id).order_by(CarePlan.id)
    return list(await session.scalars(query))


async def find_last_round(session: AsyncSession, community_id: int) -> tuple[CareRound, list[CareRow]] | None:
    """The round that goes on, or the last one, with everybody who was asked; who must be gone to in front."""
    query = select(CareRound).where(CareRound.community_id == community_id).order_by(CareRound.id.desc())
    last = await session.scalar(query.limit(1))
    if last is None:
        return None
    asked = (
        select(CareEntry, Resident, OrgUnit)
        .join(Resident, Resident.id == CareEntry.resident_id)
        .outerjoin(OrgUnit, OrgUnit.id == Resident.building_id)
        .where(CareEntry.round_id == last.id)
        .order_by(CareEntry.id)
    )
    order = {"help": 0, "silent": 1, "waiting": 2, "well": 3}
    entries = (await session.execute(asked)).tuples()
    rows = [CareRow(entry.id, resident, home, "", entry.word, entry.said_at) for entry, resident, home in entries]
    return last, sorted(rows, key=lambda row: order.get(row.word, 4))
