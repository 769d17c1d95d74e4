"""What follows from a hand-off where chats must be known: the private one, and what was said for a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.handoffs.commands import AddThread
from actions.handoffs.model import Handoff, HandoffThread
from actions.outcome import Event
from actions.people.model import Resident, StaffMember
from actions.tickets.commands import Actor, OpenTicket
from bot.storage.chats import ChatBook
from bot.storage.tables import ChatMessage

LONGEST = 1000  # characters of what was said that a ticket takes over
JUST_BEFORE = timedelta(minutes=1)  # the wish itself was said a moment before it was understood


async def go_private(session: AsyncSession, event: Event, now: datetime) -> AddThread:
    """The person spoke in private: the answer to that is for them, too."""
    chat = await ChatBook().get_private(session, event.data["resident_id"], event.community_id, now)
    return AddThread(event.data["handoff_id"], chat.id)


async def make_ticket(session: AsyncSession, event: Event, _now: datetime) -> OpenTicket:
    """By the member of staff, in their words; or, where nobody came, by the resident in theirs."""
    data = event.data
    handoff = await session.get_one(Handoff, data["handoff_id"])
    resident = await session.get_one(Resident, handoff.resident_id)
    actor = Actor("resident", resident.id, resident.nickname)
    if data["staff_id"] is not None:
        staff = await session.get_one(StaffMember, data["staff_id"])
        actor = Actor("staff", staff.id, staff.name)
    return OpenTicket(
        community_id=handoff.community_id,
        service=data["service"],
        text=data["text"] or await _said(session, handoff),
        actor=actor,
        reporter_id=resident.id,
        chat_id=handoff.chat_id,
        in_group=handoff.in_group,
    )


async def _said(session: AsyncSession, handoff: Handoff) -> str:
    """What the resident wrote in it, the wish for a person in front."""
    chats = select(HandoffThread.chat_id).where(HandoffThread.handoff_id == handoff.id)
    query = select(ChatMessage.text).where(
        ChatMessage.chat_id.in_(chats),
        ChatMessage.resident_id == handoff.resident_id,
        ChatMessage.sent_at >= handoff.opened_at - JUST_BEFORE,
        ChatMessage.recalled_at.is_(None),
    )
    lines = [text for text in await session.scalars(query.order_by(ChatMessage.id)) if text.strip()]
    return "\n".join(lines)[:LONGEST] or "转人工"
