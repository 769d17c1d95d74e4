"""A survey that is begun in a group is answered in private: the private talk must know."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import replace_row
from bot.conversations import Conversation
from bot.decide.decision import Case
from bot.messages import ChatKind
from bot.storage.chats import ChatBook
from bot.storage.tables import ConversationRow


async def carry_survey(session: AsyncSession, case: Case, conversation: Conversation) -> Conversation:
    """Write it into the private conversation; what the one in the group is from now on."""
    message = case.message
    if message.chat_kind is ChatKind.PRIVATE:
        return conversation
    chat = await ChatBook().get_private(session, message.resident_id, message.community_id, case.now)
    row = await session.get(ConversationRow, (chat.id, message.resident_id))
    before = Conversation.from_json(row.state) if row is not None else Conversation(script=conversation.script)
    values = {
        "chat_id": chat.id,
        "resident_id": message.resident_id,
        "community_id": message.community_id,
        "state": replace(before, surveying=conversation.surveying).as_json(),
        "updated_at": case.now,
    }
    await replace_row(session, ConversationRow, values, ("chat_id", "resident_id"))
    return replace(conversation, surveying=None)
