"""Chat lines, deliveries and ticks for the console's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Resident, StaffMember
from actions.tickets.model import Follower, Ticket, Timer
from bot.storage.queries import Area, visible
from bot.storage.tables import Chat, ChatMessage, InboxRow, OutboxRow, TickRun

BEFORE = timedelta(minutes=10)
AFTER = timedelta(minutes=60)
MOST_LINES = 60
MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chat with its speaker. ``mine``: of the reporter, a follower or the bot to them."""

    message: ChatMessage
    speaker: str
    mine: bool = True


async def list_follower_ids(session: AsyncSession, ticket: Ticket) -> set[int]:
    """The reporter and everybody who is told what becomes of the ticket."""
    ids = set((await session.scalars(select(Follower.resident_id).where(Follower.ticket_id == ticket.id))).all())
    return ids | ({ticket.reporter_id} if ticket.reporter_id else set())


async def list_lines_around(session: AsyncSession, ticket: Ticket, followers: set[int]) -> list[Line]:
    """What was said in the ticket's chat around its opening, oldest first."""
    if ticket.chat_id is None:
        return []
    query = (
        select(ChatMessage, Resident.nickname, StaffMember.name)
        .outerjoin(Resident, Resident.id == ChatMessage.resident_id)
        .outerjoin(StaffMember, StaffMember.id == ChatMessage.staff_id)
        .where(
            ChatMessage.chat_id == ticket.chat_id,
            ChatMessage.sent_at >= ticket.opened_at - BEFORE,
            ChatMessage.sent_at <= ticket.opened_at + AFTER,
            ChatMessage.recalled_at.is_(None),
        )
        .order_by(ChatMessage.id)
        .limit(MOST_LINES)
    )
    rows = (await session.execute(query)).tuples().all()
    return [Line(line, nick or staff or "", _is_mine(line, ticket, followers)) for line, nick, staff in rows]


def _is_mine(line: ChatMessage, ticket: Ticket, followers: set[int]) -> bool:
    if line.sender == "resident":
        return line.resident_id in followers
    card = (line.extra or {}).get("card") or {}
    return line.to_resident_id in followers or card.get("id") == ticket.id


async def find_chat(session: AsyncSession, chat_id: int | None) -> Chat | None:
    """The chat, or None."""
    return await session.get(Chat, chat_id) if chat_id is not None else None


async def list_staff_lines(session: AsyncSession, community_id: int) -> tuple[Chat | None, list[Line]]:
    """The staff group of a community and its last lines, oldest first."""
    query = select(Chat).where(Chat.community_id == community_id, Chat.kind == "staff").order_by(Chat.id).limit(1)
    chat = await session.scalar(query)
    if chat is None:
        return None, []
    lines = (
        select(ChatMessage, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == ChatMessage.staff_id)
        .where(ChatMessage.chat_id == chat.id)
        .order_by(ChatMessage.id.desc())
        .limit(MOST_LINES)
    )
    rows = (await session.execute(lines)).tuples().all()
    return chat, [Line(line, staff or "") for line, staff in reversed(rows)]


async def list_deliveries(
    session: AsyncSession, communities: Sequence[int], state: str, page: int
) -> Sequence[tuple[OutboxRow, Chat]]:
    """Outbox rows of a state, newest first."""
    states = ("todo", "doing") if state == "waiting" else (state,)
    query = (
        select(OutboxRow, Chat)
        .join(Chat, Chat.id == OutboxRow.chat_id)
        .where(OutboxRow.community_id.in_(communities), OutboxRow.state.in_(states))
        .order_by(OutboxRow.id.desc())
        .limit(MOST_ROWS)
        .offset((page - 1) * MOST_ROWS)
    )
    return (await session.execute(query)).tuples().all()


async def count_deliveries(session: AsyncSession, communities: Sequence[int]) -> Mapping[str, int]:
    """How many wait and how many failed. What was sent is not counted: it only grows."""
    query = (
        select(OutboxRow.state, func.count())
        .where(OutboxRow.community_id.in_(communities), OutboxRow.state.in_(("todo", "doing", "failed")))
        .group_by(OutboxRow.state)
    )
    found = {state: count for state, count in await session.execute(query)}
    return {"waiting": found.get("todo", 0) + found.get("doing", 0), "failed": found.get("failed", 0)}


async def list_stuck_arrivals(session: AsyncSession, communities: Sequence[int]) -> Sequence[tuple[InboxRow, Chat]]:
    """Messages that could not be handled, newest first."""
    query = (
        select(InboxRow, Chat)
        .join(Chat, Chat.id == InboxRow.chat_id)
        .where(InboxRow.community_id.in_(communities), InboxRow.state == "failed")
        .order_by(InboxRow.id.desc())
        .limit(MOST_ROWS)
    )
    return (await session.execute(query)).tuples().all()


async def list_timers(session: AsyncSession, area: Area, state: str) -> Sequence[tuple[Timer, Ticket]]:
    """Timers of the tickets in an area: those to come soonest first, others latest first."""
    order: ColumnElement[datetime] = Timer.due_at.asc() if state == "todo" else Timer.due_at.desc()
    query = (
        select(Timer, Ticket)
        .join(Ticket, Ticket.id == Timer.ticket_id)
        .join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
        .where(Timer.state == state, visible(area))
        .order_by(order)
        .limit(MOST_ROWS)
    )
    return (await session.execute(query)).tuples().all()


async def list_ticks(session: AsyncSession) -> Sequence[TickRun]:
    """What the clock did last."""
    query = select(TickRun).where(or_(TickRun.done > 0, TickRun.failed > 0, TickRun.error != ""))
    return (await session.scalars(query.order_by(TickRun.id.desc()).limit(MOST_ROWS))).all()
