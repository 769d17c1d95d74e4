"""Who may see what: the only door to chats and their lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import replace_row
from actions.people.model import Resident
from bot.channels.webchat.errors import ChatRefused
from bot.messages import ChatKind
from bot.storage.chats import open_private_chat
from bot.storage.tables import Chat, ChatMember, ChatMessage


def _is_theirs(resident_id: int) -> ColumnElement[bool]:
    """The chats of a resident: groups joined and not left, and the private chat with the bot."""
    joined = select(ChatMember.chat_id).where(ChatMember.resident_id == resident_id, ChatMember.left_at.is_(None))
    return or_(Chat.id.in_(joined), Chat.resident_id == resident_id)


async def get_chats(session: AsyncSession, resident_id: int) -> Sequence[Chat]:
    """All chats of a resident."""
    query = select(Chat).where(_is_theirs(resident_id)).order_by(Chat.id)
    return (await session.execute(query)).scalars().all()


async def access_chat(session: AsyncSession, resident_id: int, chat_id: int) -> Chat:
    """The chat if it is one of theirs. Raises ChatRefused, the same for a foreign and for an unknown one."""
    query = select(Chat).where(Chat.id == chat_id, _is_theirs(resident_id))
    chat = (await session.execute(query)).scalar_one_or_none()
    if chat is None:
        raise ChatRefused("not_a_member")
    return chat


async def access_line(session: AsyncSession, resident_id: int, line_id: int, chat_id: int | None = None) -> ChatMessage:
    """A line of one of their chats that was not recalled. Raises ChatRefused."""
    line = await session.get(ChatMessage, line_id)
    if line is None or line.recalled_at is not None or chat_id not in (None, line.chat_id):
        raise ChatRefused("unknown_line")
    await access_chat(session, resident_id, line.chat_id)
    return line


async def find_members(session: AsyncSession, chat_id: int, among: Collection[int]) -> frozenset[int]:
    """Those of the given residents who may see the chat now."""
    if not among:
        return frozenset()
    joined = select(ChatMember.resident_id).where(
        ChatMember.chat_id == chat_id, ChatMember.resident_id.in_(among), ChatMember.left_at.is_(None)
    )
    owner = select(Chat.resident_id).where(Chat.id == chat_id, Chat.resident_id.in_(among))
    rows = await session.execute(joined.union(owner))
    return frozenset(row[0] for row in rows)


async def add_member(session: AsyncSession, chat: Chat, resident_id: int, now: datetime, *, read_to: int = 0) -> None:
    """Make the resident a member; one who had left comes back, one who is in stays."""
    values = {
        "community_id": chat.community_id,
        "chat_id": chat.id,
        "resident_id": resident_id,
        "joined_at": now,
        "left_at": None,
        "read_to": read_to,
    }
    await replace_row(session, ChatMember, values, ("chat_id", "resident_id"), replace=("left_at",))


async def mark_read(session: AsyncSession, chat: Chat, resident_id: int, to: int, now: datetime) -> bool:
    """Move the mark forward, never back. Whether it moved."""
    if chat.kind == ChatKind.PRIVATE:  # opened by the bot without a row of membership
        await add_member(session, chat, resident_id, now)
    result = await session.execute(
        update(ChatMember)
        .where(ChatMember.chat_id == chat.id, ChatMember.resident_id == resident_id, ChatMember.read_to < to)
        .values(read_to=to)
    )
    return bool(getattr(result, "rowcount", 0))


async def open_own_private_chat(session: AsyncSession, resident: Resident, now: datetime) -> Chat:
    """The resident's private chat with the bot, opened if there was none."""
    query = select(Chat).where(Chat.resident_id == resident.id, Chat.kind == ChatKind.PRIVATE).limit(1)
    chat = (await session.execute(query)).scalar_one_or_none()
    if chat is None:
        chat = await open_private_chat(session, resident.id, resident.community_id, now)
        await add_member(session, chat, resident.id, now)
    return chat
