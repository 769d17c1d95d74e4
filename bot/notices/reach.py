"""The chats of an area, and what can be taken back in them: orders to the notices room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.notices.commands import AddressBroadcast, NoteRecall, SetReach
from actions.notices.model import Delivery
from actions.outcome import Event
from actions.tickets.commands import BOT, OpenTicket, Where
from bot.outbox import LOCAL
from bot.storage.chats import find_groups
from bot.storage.tables import ChatMessage, OutboxRow


async def groups_of(session: AsyncSession, community_id: int, unit_ids: Sequence[int]) -> list[int]:
    """The residents' groups around any of these places, each once."""
    found: dict[int, None] = {}
    for unit_id in unit_ids:
        found |= dict.fromkeys(await find_groups(session, community_id, unit_id, None))
    return sorted(found)


async def count_reach(session: AsyncSession, event: Event, _now: datetime) -> SetReach | None:
    """How many groups a notice that was handed in would reach."""
    unit_ids = event.data["unit_ids"]
    if unit_ids is None:  # to residents, or to whoever got what is put right
        return None
    return SetReach(event.data["notice_id"], len(await groups_of(session, event.community_id, unit_ids)))


async def address(session: AsyncSession, event: Event, _now: datetime) -> AddressBroadcast | None:
    """The groups that a broadcast goes to."""
    unit_ids = event.data.get("unit_ids")
    if unit_ids is None:
        return None
    groups = await groups_of(session, event.community_id, unit_ids)
    return AddressBroadcast(event.data["broadcast_id"], tuple(groups))


async def take_back(session: AsyncSession, event: Event, now: datetime) -> NoteRecall | None:
    """Keep back what waits, empty the lines in our own chats; elsewhere it can only be said that it is over."""
    broadcast_id = event.data["broadcast_id"]
    if broadcast_id is None:
        return None
    keys = select(Delivery.effect_key).where(Delivery.broadcast_id == broadcast_id, Delivery.state == "queued")
    waits = update(OutboxRow).where(OutboxRow.effect_key.in_(keys), OutboxRow.state == "todo")
    await session.execute(waits.values(state="cancelled").execution_options(synchronize_session=False))
    said = select(ChatMessage.id, ChatMessage.chat_id).join(OutboxRow, OutboxRow.id == ChatMessage.outbox_id)
    lines = (await session.execute(said.where(OutboxRow.effect_key.in_(keys)))).tuples().all()
    gone = update(ChatMessage).where(ChatMessage.id.in_([line_id for line_id, _ in lines]))
    await session.execute(
        gone.values(text="", pictures=[], recalled_at=now).execution_options(synchronize_session=False)
    )
    out = (OutboxRow.effect_key.in_(keys), OutboxRow.channel != LOCAL, OutboxRow.state.in_(("doing", "sent")))
    left = await session.scalars(select(OutboxRow.effect_key).where(*out))
    return NoteRecall(
        event.data["notice_id"],
        tuple((chat_id, line_id) for line_id, chat_id in lines),
        tuple(key for key in left if key is not None),
    )


async def send_somebody(_session: AsyncSession, event: Event, _now: datetime) -> OpenTicket:
    """Whoever needs help, or did not answer, is gone to: if the ticket cannot be opened, nothing was answered."""
    request = event.data["request"]
    where = Where(request["building"], request["unit"], room=request["room"])
    return OpenTicket(
        event.community_id,
        request["service"],
        request["text"],
        BOT,
        reporter_id=request["resident_id"],
        where=where,
        in_group=False,
    )
