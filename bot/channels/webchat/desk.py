"""What a page may have done: say, press, take back, mark as read. Permission is asked for each time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import Resident
from bot.channels.webchat.access import access_chat, access_line, find_members, mark_read
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.errors import ChatRefused
from bot.channels.webchat.lines import RECALL_WITHIN
from bot.channels.webchat.rooms import recalled_payload
from bot.channels.webchat.wire import Press, Read, Recall, Send
from bot.inbox import Accepted
from bot.live import chat_topic, resident_topic
from bot.messages import Arrival
from bot.storage.tables import ChatMessage, Picture


async def describe(session: AsyncSession, resident_id: int) -> dict[str, Any]:
    """Who the page belongs to."""
    resident = await session.get_one(Resident, resident_id)
    return {"id": resident.id, "name": resident.nickname, "big_text": resident.big_text}


async def accept(deps: WebChat, resident_id: int, frame: Send | Press) -> Accepted:
    """Hand a message to the inbox; returns after its commit. Raises ChatRefused."""
    async with deps.db.read() as session:
        await access_chat(session, resident_id, frame.chat_id)
        if isinstance(frame, Send):
            arrival = await _check_send(session, resident_id, frame)
        else:
            arrival = await _check_press(session, resident_id, frame)
    return await deps.inbox.accept(arrival)


async def _check_send(session: AsyncSession, resident_id: int, frame: Send) -> Arrival:
    if frame.pictures:
        own = select(func.count()).where(Picture.id.in_(frame.pictures), Picture.resident_id == resident_id)
        if (await session.execute(own)).scalar_one() != len(frame.pictures):
            raise ChatRefused("unknown_picture")
    if frame.reply_to is not None:
        quoted = await session.get(ChatMessage, frame.reply_to)
        if quoted is None or quoted.chat_id != frame.chat_id:
            raise ChatRefused("unknown_line")
    members = await find_members(session, frame.chat_id, frame.mentions)
    return Arrival(
        chat_id=frame.chat_id,
        resident_id=resident_id,
        external_id=f"{resident_id}:{frame.client_id}",
        text=frame.text,
        pictures=frame.pictures,
        reply_to_id=frame.reply_to,
        mentions_bot=frame.mentions_bot,
        mentions=tuple(m for m in frame.mentions if m in members),
    )


async def _check_press(session: AsyncSession, resident_id: int, frame: Press) -> Arrival:
    line = await access_line(session, resident_id, frame.line_id, frame.chat_id)
    labels = {b["value"]: b["label"] for b in line.extra.get("buttons") or ()}
    if line.sender == "resident" or frame.value not in labels:
        raise ChatRefused("no_such_button")
    if line.to_resident_id not in (None, resident_id):
        raise ChatRefused("not_your_button")
    return Arrival(
        chat_id=frame.chat_id,
        resident_id=resident_id,
        external_id=f"{resident_id}:{frame.client_id}",
        text=str(labels[frame.value]),
        button=frame.value,
    )


async def recall(deps: WebChat, resident_id: int, frame: Recall) -> None:
    """Take back an own line within the time allowed; once recalled, again does nothing."""
    now = deps.clock.now()
    async with deps.db.write() as session:
        await access_chat(session, resident_id, frame.chat_id)
        line = await session.get(ChatMessage, frame.line_id)
        if line is None or line.chat_id != frame.chat_id:
            raise ChatRefused("unknown_line")
        if line.sender != "resident" or line.resident_id != resident_id:
            raise ChatRefused("not_yours")
        if line.recalled_at is None:
            if now - line.sent_at > RECALL_WITHIN:
                raise ChatRefused("recall_too_late")
            await session.execute(update(ChatMessage).where(ChatMessage.id == line.id).values(recalled_at=now))
    await deps.live.publish(chat_topic(frame.chat_id), recalled_payload(frame.line_id))


async def read(deps: WebChat, resident_id: int, frame: Read) -> None:
    """Remember how far was read and tell the resident's other devices."""
    async with deps.db.write() as session:
        chat = await access_chat(session, resident_id, frame.chat_id)
        last = await session.execute(select(func.max(ChatMessage.id)).where(ChatMessage.chat_id == chat.id))
        to = min(frame.to, last.scalar() or 0)  # a mark in the future would hide what is yet to come
        moved = await mark_read(session, chat, resident_id, to, deps.clock.now())
    if moved:
        await deps.live.publish(resident_topic(resident_id), {"type": "read", "chat_id": frame.chat_id, "to": to})
