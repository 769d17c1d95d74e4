"""A notice goes out: once at its time, to each group or resident once, whatever happens in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import insert_many_once, insert_once
from actions.notices.access import NoticeTools, lives_in, lock_notice, notice_event, tell_staff
from actions.notices.commands import AddressBroadcast, ContinueBroadcast, StartBroadcast
from actions.notices.model import Broadcast, BroadcastState, Delivery, Notice, NoticeOptOut, NoticeState
from actions.notices.repeats import Rule, next_times
from actions.outcome import Audience, Button, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules

AT_ONCE = 50  # deliveries a transaction
ACK, HELP = "ack", "help"


async def due_notices(session: AsyncSession, now: datetime, limit: int) -> Sequence[int]:
    """Those whose time has come."""
    query = select(Notice.id).where(Notice.state == NoticeState.APPROVED, Notice.due_at <= now)
    return (await session.scalars(query.order_by(Notice.due_at, Notice.id).limit(limit))).all()


async def open_broadcasts(session: AsyncSession, limit: int) -> Sequence[int]:
    """Those that have not gone out to everybody."""
    query = select(Broadcast.id).where(Broadcast.state == BroadcastState.SENDING)
    return (await session.scalars(query.order_by(Broadcast.id).limit(limit))).all()


async def start_broadcast(
    session: AsyncSession, command: StartBroadcast, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """Begin the sending that is due, and note those that were missed; doing it twice does nothing."""
    notice = await lock_notice(session, command.notice_id)
    told: tuple[Reply, ...] = ()
    while notice.state == NoticeState.APPROVED and notice.due_at is not None and notice.due_at <= now:
        late = now - notice.due_at > timedelta(hours=tools.book.use_for)
        broadcast_id = await _take_next(session, notice, now, rules, late=late)
        await session.flush()
        if not late:
            return replace(await _begin(session, notice, broadcast_id), replies=told)
        # one word for all that an outage has swallowed
        told = (tell_staff(notice, "staff.notice.missed", f"missed:{broadcast_id}"),)
    return Outcome(told, (notice_event("NoticeMissed", notice),) if told else ())


async def _take_next(session: AsyncSession, notice: Notice, now: datetime, rules: Rules, *, late: bool) -> int | None:
    """A row for the sending that is due, which is there once; the notice waits for the one after it."""
    row = {
        "community_id": notice.community_id,
        "notice_id": notice.id,
        "state": BroadcastState.MISSED if late else BroadcastState.SENDING,
        "due_at": notice.due_at,
        "started_at": now,
        "ended_at": now if late else None,
    }
    assert notice.due_at is not None
    following = next_times(Rule.from_json(notice.repeat), notice.due_at, rules.calendar, 1) if notice.repeat else []
    notice.due_at = following[0] if following else None
    if not following:
        notice.state = NoticeState.MISSED if late else NoticeState.SENDING
    return await insert_once(session, Broadcast, row, ("notice_id", "due_at"))


async def _begin(session: AsyncSession, notice: Notice, broadcast_id: int | None) -> Outcome:
    if broadcast_id is None:
        return Outcome()
    here = notice.corrects_id is not None or notice.private
    if here:
        await _address_here(session, notice, broadcast_id)
    unit_ids = None if here else notice.unit_ids
    event = notice_event("BroadcastStarted", notice, broadcast_id=broadcast_id, unit_ids=unit_ids)
    return Outcome(events=(event,), value=broadcast_id)


async def _address_here(session: AsyncSession, notice: Notice, broadcast_id: int) -> None:
    """To residents, or to exactly those who got what is put right."""
    if notice.corrects_id is not None:
        first = select(Broadcast.id).where(Broadcast.notice_id == notice.corrects_id)
        latest = await session.scalar(
            first.where(Broadcast.state != BroadcastState.MISSED).order_by(Broadcast.id.desc())
        )
        got = select(Delivery.chat_id, Delivery.resident_id).where(
            Delivery.broadcast_id == latest, Delivery.state == "queued"
        )
        pairs = [(chat, resident) for chat, resident in await session.execute(got.order_by(Delivery.id))]
    else:
        query = select(Resident.id).where(await lives_in(session, notice.community_id, notice.unit_ids))
        if not notice.safety:
            query = query.where(Resident.id.not_in(select(NoticeOptOut.resident_id)))
        pairs = [(None, one) for one in await session.scalars(query.order_by(Resident.id))]
    await _add_deliveries(session, notice.community_id, broadcast_id, pairs)


async def _add_deliveries(
    session: AsyncSession, community_id: int, broadcast_id: int, pairs: Sequence[tuple[int | None, int | None]]
) -> None:
    rows = [
        {
            "community_id": community_id,
            "broadcast_id": broadcast_id,
            "chat_id": chat_id,
            "resident_id": resident_id,
            "effect_key": f"notice:{broadcast_id}:{f'c{chat_id}' if chat_id is not None else f'r{resident_id}'}",
            "state": "todo",
        }
        for chat_id, resident_id in pairs
    ]
    await insert_many_once(session, Delivery, rows, ("effect_key",))


async def address_broadcast(
    session: AsyncSession, command: AddressBroadcast, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """The groups of its area, as they are now."""
    broadcast = await session.get_one(Broadcast, command.broadcast_id)
    await _add_deliveries(session, broadcast.community_id, broadcast.id, [(one, None) for one in command.chat_ids])
    return Outcome(value=broadcast.id)


async def continue_broadcast(
    session: AsyncSession, command: ContinueBroadcast, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """The next few in one transaction with what is said to them: one that is killed begins again where it was."""
    query = select(Broadcast).where(Broadcast.id == command.broadcast_id).with_for_update()
    broadcast = await session.scalar(query.execution_options(populate_existing=True))
    if broadcast is None or broadcast.state != BroadcastState.SENDING:
        return Outcome(value=0)
    notice = await session.get_one(Notice, broadcast.notice_id)
    first = await session.get(Notice, notice.corrects_id) if notice.corrects_id is not None else None
    todo = (Delivery.broadcast_id == broadcast.id, Delivery.state == "todo")
    few = (await session.scalars(select(Delivery).where(*todo).order_by(Delivery.id).limit(AT_ONCE))).all()
    replies = tuple(_say(notice, first, one) for one in few)
    await session.execute(update(Delivery).where(Delivery.id.in_([one.id for one in few])).values(state="queued"))
    left: int = (await session.execute(select(func.count()).where(*todo))).scalar_one()
    if left:
        return Outcome(replies, value=left)
    broadcast.state, broadcast.ended_at = BroadcastState.SENT, now
    done = update(Notice).where(Notice.id == notice.id, Notice.state == NoticeState.SENDING)
    await session.execute(done.values(state=NoticeState.SENT))
    await session.flush()
    return Outcome(replies, (notice_event("BroadcastEnded", notice, broadcast_id=broadcast.id),), 0)


def _say(notice: Notice, first: Notice | None, delivery: Delivery) -> Reply:
    kind = "correction" if first is not None else "safety" if notice.safety else "about" if notice.about else "plain"
    params = {"title": notice.title, "text": notice.text, "broadcast_id": delivery.broadcast_id}
    return Reply(
        f"notice.said.{kind}",
        params if first is None else {**params, "first": first.title},
        to=Audience.CHAT if delivery.chat_id is not None else Audience.PRIVATE,
        chat_id=delivery.chat_id,
        resident_id=delivery.resident_id,
        community_id=delivery.community_id,
        pictures=tuple(notice.pictures),
        buttons=tuple(Button(f"button.notice.{word}", f"notice:{word}:{delivery.broadcast_id}") for word in (ACK, HELP))
        if not notice.about
        else (),
        urgent=notice.safety,
        immediate=False,
        effect_key=delivery.effect_key,
    )
