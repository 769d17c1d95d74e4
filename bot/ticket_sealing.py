"""A ticket that should have been a tip: its words are sealed and leave every place they stand in, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.teaching.model import ReviewItem
from actions.tickets import timers
from actions.tickets.access import lock_ticket
from actions.tickets.model import OPEN_STATUSES, Article, JoinedReport, Likeness, Status, Ticket
from actions.tips.commands import LeaveTip, OpenedTip
from bot.confidences import SEALED_LINE
from bot.conversations import Conversation
from bot.performer import Performer
from bot.storage.tables import ChatMessage, ConversationRow, InboxRow, OutboxRow
from bot.tip_pictures import TipPictures, drop_rows

SEALED_TICKET = "tips.ticket_sealed"


async def find_unsealed(session: AsyncSession, services: frozenset[str]) -> Sequence[tuple[int, str]]:
    """Tickets of an earlier time whose service is a tip by now, with that service."""
    query = (
        select(Ticket.id, Ticket.service).where(Ticket.service.in_(services), Ticket.search != "").order_by(Ticket.id)
    )
    return [(ticket_id, service) for ticket_id, service in await session.execute(query)]


async def seal_ticket(
    performer: Performer, session: AsyncSession, ticket_id: int, service: str, now: datetime, pictures: TipPictures
) -> tuple[OpenedTip, list[str]]:
    """Make a tip of it and empty it; the tip, and the pictures whose files must go after the commit."""
    ticket = await lock_ticket(session, ticket_id)
    told = (await session.scalars(select(Article).where(Article.ticket_id == ticket.id).order_by(Article.id))).all()
    query = select(JoinedReport).where(JoinedReport.ticket_id == ticket.id).order_by(JoinedReport.id)
    joined = (await session.scalars(query)).all()
    command = LeaveTip(
        ticket.community_id,
        service,
        "\n".join(dict.fromkeys(t for t in (ticket.text, *(a.text for a in told), *(j.text for j in joined)) if t)),
        {name: getattr(ticket, name) for name in ("building", "unit", "floor", "room", "spot")},
        ticket.reporter_id,
        images=await pictures.read(ticket.pictures),
        over=ticket.status not in OPEN_STATUSES,
    )
    outcome = await performer.perform(session, command, now)
    shown, said_in = list(ticket.pictures), [ticket.message_id, *(j.message_id for j in joined)]
    await _empty_chat(session, performer, ticket, [i for i in said_in if i], {a.text for a in told if a.text}, now)
    await _empty_ticket(session, performer, ticket, now)
    await session.flush()
    gone = await drop_rows(session, ticket.reporter_id, shown) if ticket.reporter_id else []
    opened: OpenedTip = outcome.value
    return opened, gone


async def _empty_ticket(session: AsyncSession, performer: Performer, ticket: Ticket, now: datetime) -> None:
    ticket.text = performer.phrases.render(SEALED_TICKET)
    ticket.building = ticket.unit = ticket.floor = ticket.room = ticket.spot = ticket.search = ticket.fault = ""
    ticket.pictures, ticket.understanding, ticket.confidential = [], {}, True
    if ticket.status in OPEN_STATUSES:
        ticket.status, ticket.closed_at = Status.WITHDRAWN, now
    await timers.cancel(session, ticket)
    gone = {"text": "", "told": "", "pictures": []}
    await session.execute(update(Article).where(Article.ticket_id == ticket.id).values(**gone))
    said = update(JoinedReport).where(JoinedReport.ticket_id == ticket.id)
    await session.execute(said.values(text="", place={}, pictures=[], understanding={}))
    alike = or_(Likeness.ticket_id == ticket.id, Likeness.other_id == ticket.id)
    await session.execute(delete(Likeness).where(alike))
    await session.execute(delete(ReviewItem).where(ReviewItem.ticket_id == ticket.id))


async def _empty_chat(
    session: AsyncSession, performer: Performer, ticket: Ticket, said_in: list[int], texts: set[str], now: datetime
) -> None:
    """The lines it was said in, what the bot and staff answered, what waits to be sent, what is remembered."""
    sealed = performer.phrases.render(SEALED_LINE)
    own = (ChatMessage.resident_id == ticket.reporter_id) & ChatMessage.text.in_(texts)
    theirs = or_(ChatMessage.id.in_(said_in), own) & (ChatMessage.chat_id == ticket.chat_id)
    answers = ChatMessage.extra["ticket_id"].as_integer() == ticket.id
    here = ChatMessage.community_id == ticket.community_id
    ids = list(await session.scalars(select(ChatMessage.id).where(here, or_(theirs, answers))))
    gone = {"text": sealed, "pictures": [], "extra": {}}
    await session.execute(update(ChatMessage).where(ChatMessage.id.in_(ids)).values(**gone))
    await session.execute(update(InboxRow).where(InboxRow.message_id.in_(ids)).values(understanding={}))
    await _empty_outbox(session, OutboxRow.body["extra"]["ticket_id"].as_integer() == ticket.id, sealed, now)
    if ticket.chat_id is not None and ticket.reporter_id is not None:
        await _forget(session, ticket.chat_id, ticket.reporter_id)


async def _empty_outbox(session: AsyncSession, which: ColumnElement[bool], sealed: str, now: datetime) -> None:
    for row in await session.scalars(select(OutboxRow).where(which)):
        row.body = {**row.body, "text": sealed, "card": None, "buttons": [], "pictures": []}
        if row.state == "todo":
            row.state, row.sent_at = "cancelled", now


async def _forget(session: AsyncSession, chat_id: int, resident_id: int) -> None:
    row = await session.get(ConversationRow, (chat_id, resident_id))
    if row is not None:
        known = Conversation.from_json(row.state)
        row.state = replace(known, question=None, matter=None, fragments=()).as_json()
