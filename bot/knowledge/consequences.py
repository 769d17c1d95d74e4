"""What a guide that did not help leads to: the question goes to a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.knowledge.model import Guide, GuideUse
from actions.outcome import Event
from actions.people.model import Resident
from actions.tickets.commands import Actor, OpenTicket
from bot.messages import ChatKind
from bot.storage.tables import Chat, ChatMessage


async def ask_a_person(session: AsyncSession, event: Event, _now: datetime) -> OpenTicket | None:
    """The order to open a consult ticket with the words that were asked."""
    use = await session.get(GuideUse, event.data["use_id"])
    resident = await session.get(Resident, use.resident_id) if use is not None else None
    if use is None or resident is None:
        return None
    line, chat = await session.get(ChatMessage, use.message_id), await session.get(Chat, use.chat_id)
    guide = await session.get(Guide, use.guide_id)
    said = line.text if line is not None and line.recalled_at is None else ""
    return OpenTicket(
        community_id=use.community_id,
        service="consult",
        text=said.strip() or (guide.title if guide is not None else ""),
        actor=Actor("resident", resident.id, resident.nickname),
        reporter_id=resident.id,
        chat_id=use.chat_id,
        message_id=use.message_id,
        in_group=chat is not None and chat.kind == ChatKind.GROUP,
    )
