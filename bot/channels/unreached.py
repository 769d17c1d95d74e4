"""Private answers that have no way to the resident."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import local
from bot.messages import ChatKind, OutgoingMessage
from bot.outbox import Outgoing, enqueue
from bot.phrases import Phrases
from bot.storage.tables import Chat, ChatMessage, OutboxRow

UNREACHED = "channels.unreached"


async def tell_unreached(
    phrases: Phrases, session: AsyncSession, row: OutboxRow, now: datetime, *, phrase: str = UNREACHED
) -> None:
    """A private answer to something said in a group has no way: the group hears that there is one, once a day, and
    not a word of it. What was not asked for in the group is not spoken of there."""
    chat = await session.get(Chat, row.chat_id)
    line = await session.get(ChatMessage, row.answers_id) if row.answers_id else None
    if chat is None or chat.kind != ChatKind.PRIVATE or line is None or line.resident_id != chat.resident_id:
        return
    group = await session.get(Chat, line.chat_id)
    if group is None or group.kind != ChatKind.GROUP:
        return
    key = f"unreached:{chat.resident_id}:{local(now).date().isoformat()}"
    message = OutgoingMessage(group.id, phrases.render(phrase), to_resident_id=chat.resident_id, effect_key=key)
    await enqueue(session, [Outgoing(message, group)], now)
