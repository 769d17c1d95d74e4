"""A report that is surely about an open ticket joins it: counted, kept, told to the end; and leaves it again."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import insert_once, insert_row
from actions.outcome import Audience, Button, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules
from actions.tickets.access import Mover, lock_ticket
from actions.tickets.commands import OpenedTicket, OpenTicket
from actions.tickets.crowd import grow
from actions.tickets.history import add_article
from actions.tickets.households import count_households, keep_count
from actions.tickets.model import OPEN_STATUSES, Follower, JoinedReport, Ticket
from actions.tickets.tell import Saying, answer, ticket_event

PART_BUTTON = "part:{}"
_LOUD = 4  # households; from there on the group has heard it, and each is answered in private


async def join_ticket(
    session: AsyncSession, ticket_id: int, command: OpenTicket, mover: Mover, now: datetime, rules: Rules
) -> Outcome | None:
    """Count the household and keep what was said. None where the ticket is over by now."""
    ticket = await lock_ticket(session, ticket_id)
    resident = mover.resident
    if resident is None or ticket.status not in OPEN_STATUSES:
        return None
    before, known = ticket.affected, await _follow(session, ticket, resident, now)
    report_id = await _keep(session, ticket, command, resident, now)
    if not known:
        await keep_count(session, ticket)
    phrase = joined_phrase(ticket, now, again=known)
    add_article(session, ticket, mover, now, "join", text=command.text, told=phrase, pictures=command.pictures)
    buttons = () if known else (Button("button.not_same", PART_BUTTON.format(report_id)),)
    replies = _answer(ticket, mover, rules, Saying(phrase, {"before": before}, buttons), command)
    grown = await grow(session, ticket, now, rules)
    value = OpenedTicket(ticket.id, ticket.ref, False, False, joined=True)
    events = (ticket_event("TicketChanged", ticket, affected=ticket.affected), *grown.events)
    return Outcome((*replies, *grown.replies), events, value)


async def _follow(session: AsyncSession, ticket: Ticket, resident: Resident, now: datetime) -> bool:
    """Follow it as one who reported; whether they did already."""
    row = {
        "community_id": ticket.community_id,
        "ticket_id": ticket.id,
        "resident_id": resident.id,
        "since": now,
        "reported": True,
    }
    if await insert_once(session, Follower, row, ("ticket_id", "resident_id")) is not None:
        return False
    own = update(Follower).where(Follower.ticket_id == ticket.id, Follower.resident_id == resident.id)
    await session.execute(own.values(reported=True, via_ticket_id=None).execution_options(synchronize_session="fetch"))
    return True


async def _keep(
    session: AsyncSession, ticket: Ticket, command: OpenTicket, resident: Resident, now: datetime
) -> int:
    """What was said, in words of their own; its id."""
    row = {
        "community_id": ticket.community_id,
        "ticket_id": ticket.id,
        "resident_id": resident.id,
        "at": now,
        "service": command.service,
        "text": command.text,
        "place": {f.name: getattr(command.where, f.name) for f in fields(command.where)},
        "pictures": list(command.pictures),
        "chat_id": command.chat_id,
        "message_id": command.message_id,
        "understanding": dict(command.understanding),
    }
    return await insert_row(session, JoinedReport, row)


def joined_phrase(ticket: Ticket, now: datetime, *, again: bool) -> str:
    late = ticket.due_at is not None and ticket.due_at <= now
    return f"ticket.{'joined_again' if again else 'joined'}{'_late' if late else ''}"


def _answer(ticket: Ticket, mover: Mover, rules: Rules, saying: Saying, command: OpenTicket) -> tuple[Reply, ...]:
    replies = answer(ticket, mover, rules, saying)
    if not command.in_group or command.addressed or ticket.affected < _LOUD:
        return replies
    return tuple(
        Reply(r.phrase, r.params, Audience.PRIVATE, r.resident_id, community_id=r.community_id, buttons=r.buttons)
        for r in replies
    )


async def find_joined(session: AsyncSession, ticket: Ticket, resident_id: int) -> JoinedReport | None:
    """The last report by which that resident came to the ticket, or None."""
    query = select(JoinedReport).where(
        JoinedReport.community_id == ticket.community_id,
        JoinedReport.ticket_id == ticket.id,
        JoinedReport.resident_id == resident_id,
        JoinedReport.parted_at.is_(None),
    )
    found: JoinedReport | None = await session.scalar(query.order_by(JoinedReport.id.desc()).limit(1))
    return found


async def stop_following(session: AsyncSession, ticket: Ticket, resident_id: int, now: datetime) -> None:
    """Take a resident and what they had said out of a ticket that is held, and count anew."""
    query = select(Follower).where(Follower.ticket_id == ticket.id, Follower.resident_id == resident_id)
    for follower in await session.scalars(query):
        await session.delete(follower)
    reports = update(JoinedReport).where(
        JoinedReport.ticket_id == ticket.id,
        JoinedReport.resident_id == resident_id,
        JoinedReport.parted_at.is_(None),
    )
    await session.execute(reports.values(parted_at=now).execution_options(synchronize_session="fetch"))
    await session.flush()


async def leave_ticket(
    session: AsyncSession, ticket: Ticket, mover: Mover, now: datetime, rules: Rules
) -> Outcome:
    """ "算了": one household less; who reported first hands the ticket on to the next who did."""
    resident = mover.resident
    assert resident is not None
    await stop_following(session, ticket, resident.id, now)
    if ticket.reporter_id == resident.id:
        ticket.reporter_id = await find_next_reporter(session, ticket, resident.id)
    ticket.affected = await count_households(session, ticket)
    add_article(session, ticket, mover, now, "leave", told="ticket.left")
    await session.flush()
    replies = answer(ticket, mover, rules, Saying("ticket.left"))
    return Outcome(replies, (ticket_event("TicketChanged", ticket, affected=ticket.affected),), ticket.id)


async def find_next_reporter(session: AsyncSession, ticket: Ticket, resident_id: int) -> int | None:
    """Who else reported it in words of their own, the first of them."""
    query = select(Follower.resident_id).where(
        Follower.ticket_id == ticket.id, Follower.resident_id != resident_id, Follower.reported.is_(True)
    )
    found: int | None = await session.scalar(query.order_by(Follower.id).limit(1))
    return found
