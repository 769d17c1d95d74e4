"""Load claimed messages with everything a decision needs, in a few queries a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.emergencies.model import RollCall, RollCallEntry
from actions.handoffs.model import HandoffThread
from actions.people.link_model import StaffLink
from actions.people.model import OrgUnit, Resident
from actions.tickets.commands import Where
from actions.tickets.model import Status, Ticket
from bot.conversations import Conversation
from bot.decide.decision import Awaited
from bot.messages import ChatKind, Message, Quoted, calls_bot
from bot.storage.tables import Chat, ChatMessage, ConversationRow, InboxRow


@dataclass(frozen=True, slots=True)
class Loaded:
    """A claimed row as values."""

    inbox_id: int
    attempts: int
    message: Message
    conversation: Conversation
    home: Where
    awaited: Awaited | None
    roll_call: int | None = None
    handoff: int | None = None
    staff: int | None = None  # who works in this chat, if it is a member of staff


async def load_claimed(session: AsyncSession, ids: Sequence[int]) -> list[Loaded]:
    """The claimed rows with message, quoted line, resident's home and conversation, in order of id."""
    quoted, building = aliased(ChatMessage), aliased(OrgUnit)
    query = (
        select(
            *(InboxRow, ChatMessage, Chat.kind, Resident, building.code),
            *(quoted, HandoffThread.handoff_id, StaffLink.staff_id),
        )
        .join(ChatMessage, ChatMessage.id == InboxRow.message_id)
        .join(Chat, Chat.id == InboxRow.chat_id)
        .join(Resident, Resident.id == ChatMessage.resident_id)
        .outerjoin(building, building.id == Resident.building_id)
        .outerjoin(quoted, (quoted.id == ChatMessage.reply_to_id) & (quoted.chat_id == ChatMessage.chat_id))
        .outerjoin(HandoffThread, HandoffThread.thread == InboxRow.conversation)
        .outerjoin(StaffLink, StaffLink.resident_id == Resident.id)
        .where(InboxRow.id.in_(ids))
        .order_by(InboxRow.id)
        .execution_options(populate_existing=True)
    )
    rows = (await session.execute(query)).all()
    waiting = await _awaited(session, [resident for _, _, _, resident, *_ in rows])
    asked = await _roll_calls(session, [resident.id for _, _, _, resident, *_ in rows])
    known = await _conversations(session, [(line.chat_id, resident.id) for _, line, _, resident, *_ in rows])
    loaded = []
    for inbox, line, kind, resident, code, said_before, handoff, staff in rows:
        state = known.get((line.chat_id, resident.id))
        conversation = Conversation.from_json(state) if state else Conversation(script=resident.script)
        home = Where(building=code or "", unit=resident.unit, room=resident.room)
        message = _message(line, ChatKind(kind), resident, said_before)
        waits = (waiting.get(resident.id), asked.get(resident.id), handoff, staff)
        loaded.append(Loaded(inbox.id, inbox.attempts, message, conversation, home, *waits))
    return loaded


async def _roll_calls(session: AsyncSession, resident_ids: Sequence[int]) -> dict[int, int]:
    """The latest roll-call that each of them is asked in, while it goes on."""
    query = (
        select(RollCallEntry.resident_id, RollCall.id)
        .join(RollCall, RollCall.id == RollCallEntry.roll_call_id)
        .where(RollCallEntry.resident_id.in_(set(resident_ids)), RollCall.ended_at.is_(None))
        .order_by(RollCall.id)
    )
    return {resident_id: found for resident_id, found in await session.execute(query) if resident_id is not None}


async def _awaited(session: AsyncSession, residents: Sequence[Resident]) -> dict[int, Awaited]:
    """The latest ticket of each that waits for their answer; what is confidential was asked in private."""
    query = (
        select(Ticket)
        .where(
            Ticket.community_id.in_({resident.community_id for resident in residents}),
            Ticket.reporter_id.in_({resident.id for resident in residents}),
            Ticket.status == Status.SUSPENDED,
        )
        .order_by(Ticket.id)
    )
    found = {}
    for ticket in await session.scalars(query):
        if ticket.reporter_id is not None and ticket.suspended_at is not None:
            chat_id = None if ticket.confidential else ticket.chat_id
            found[ticket.reporter_id] = Awaited(ticket.id, chat_id, ticket.suspended_at)
    return found


async def _conversations(
    session: AsyncSession, keys: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], dict[str, Any]]:
    if not keys:
        return {}
    key = tuple_(ConversationRow.chat_id, ConversationRow.resident_id)
    rows = await session.execute(
        select(ConversationRow.chat_id, ConversationRow.resident_id, ConversationRow.state).where(key.in_(keys))
    )
    return {(chat_id, resident_id): state for chat_id, resident_id, state in rows}


def _message(line: ChatMessage, kind: ChatKind, resident: Resident, said_before: ChatMessage | None) -> Message:
    recalled = line.recalled_at is not None
    return Message(
        id=line.id,
        community_id=line.community_id,
        chat_id=line.chat_id,
        chat_kind=kind,
        resident_id=resident.id,
        nickname=resident.nickname,
        text="" if recalled else line.text,
        sent_at=line.sent_at,
        pictures=() if recalled else tuple(line.pictures),
        quoted=_quoted(said_before) if said_before is not None else None,
        mentions_bot=line.mentions_bot or (not recalled and calls_bot(line.text)),
        mentions_others=bool(line.mentions),
        button=line.button,
    )


def _quoted(line: ChatMessage) -> Quoted:
    extra, from_bot = line.extra or {}, line.sender in {"bot", "staff"}
    return Quoted(
        line.id,
        line.text,
        from_bot,
        extra.get("ticket_id"),
        line.to_resident_id,
        extra.get("activity_id"),
        extra.get("broadcast_id"),
        extra.get("care_id"),
        extra.get("proposal_id"),
        extra.get("ballot_id"),
        extra.get("shift_id"),
        extra.get("poll_id"),
    )
