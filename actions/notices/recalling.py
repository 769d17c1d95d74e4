"""A notice is taken back: what has not gone out does not, lines go where they can, else a word says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused
from actions.notices.access import NoticeTools, get_staff, lock_notice, notice_event, state_event
from actions.notices.commands import NoteRecall, RecallNotice
from actions.notices.model import Broadcast, BroadcastState, Delivery, NoticeState
from actions.outcome import Audience, Outcome, Reply
from actions.routing.rules import Rules

_OUT = frozenset({NoticeState.WAITING, NoticeState.APPROVED, NoticeState.SENDING, NoticeState.SENT, NoticeState.MISSED})


async def recall_notice(
    session: AsyncSession, command: RecallNotice, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """By its author or whoever approves. One that repeats ends; of its sendings the latest is taken back."""
    notice = await lock_notice(session, command.notice_id)
    if command.staff_id is not None:
        own = notice.author_id == command.staff_id
        roles = tools.book.writers if own else tools.book.approvers
        await get_staff(session, command.staff_id, notice.community_id, roles)
    if notice.state not in _OUT:
        raise MoveRefused(f"is {notice.state}", phrase="notice.decided_already")
    reason = command.reason.strip()[:200]
    if not reason:
        raise InvalidInput("no reason", phrase="notice.why_recalled")
    notice.state, notice.reason, notice.due_at = NoticeState.RECALLED, reason, None
    query = select(Broadcast).where(Broadcast.notice_id == notice.id, Broadcast.state != BroadcastState.MISSED)
    latest = await session.scalar(query.order_by(Broadcast.id.desc()).limit(1).with_for_update())
    if latest is not None:
        latest.state, latest.ended_at = BroadcastState.RECALLED, now
        todo = update(Delivery).where(Delivery.broadcast_id == latest.id, Delivery.state == "todo")
        await session.execute(todo.values(state="cancelled"))
    await session.flush()
    event = notice_event("NoticeRecalled", notice, broadcast_id=latest.id if latest is not None else None)
    return Outcome(events=(event, *state_event(notice)), value=notice.id)


async def note_recall(
    session: AsyncSession, command: NoteRecall, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """Where a line cannot be taken back, a second one says that the first no longer holds."""
    notice = await lock_notice(session, command.notice_id)
    query = select(Delivery).where(Delivery.effect_key.in_(command.left)).order_by(Delivery.id)
    replies = tuple(
        Reply(
            "notice.taken_back",
            {"title": notice.title, "reason": notice.reason},
            to=Audience.CHAT if one.chat_id is not None else Audience.PRIVATE,
            chat_id=one.chat_id,
            resident_id=one.resident_id,
            community_id=one.community_id,
            urgent=notice.safety,
            immediate=False,
            effect_key=f"{one.effect_key}:back",
        )
        for one in await session.scalars(query)
    )
    event = notice_event("NoticeTakenBack", notice, gone=[list(pair) for pair in command.gone])
    return Outcome(replies, (event,), notice.id)
