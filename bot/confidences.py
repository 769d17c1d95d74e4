"""What was said in a group and is asked back in private: the answer will come in the private chat."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import replace_row
from bot.conversations import Conversation
from bot.decide.decision import Case
from bot.messages import ChatKind
from bot.storage.chats import ChatBook
from bot.storage.tables import ConversationRow


async def carry_to_private(session: AsyncSession, case: Case, conversation: Conversation) -> None:
    """Let the private chat know the matter and the open question of a confidence made in a group."""
    message = case.message
    if message.chat_kind is not ChatKind.GROUP:
        return
    chat = await ChatBook().get_private(session, message.resident_id, message.community_id, case.now)
    known = Conversation(conversation.question, conversation.matter, script=conversation.script)
    row = {
        "chat_id": chat.id,
        "resident_id": message.resident_id,
        "community_id": message.community_id,
        "state": known.as_json(),
        "updated_at": case.now,
    }
    await replace_row(session, ConversationRow, row, ("chat_id", "resident_id"))
