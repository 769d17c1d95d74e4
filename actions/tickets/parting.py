"""A report that had joined a ticket by mistake gets one of its own."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused, NotAllowed, NotFound
from actions.outcome import Outcome
from actions.routing.rules import Rules
from actions.tickets.access import Mover, access_as, get_mover
from actions.tickets.commands import OpenedTicket, OpenTicket, PartReport, Where
from actions.tickets.history import add_article
from actions.tickets.households import count_households
from actions.tickets.joining import joined_phrase, stop_following
from actions.tickets.likening import keep_apart
from actions.tickets.matching import reaches
from actions.tickets.model import JoinedReport, Ticket
from actions.tickets.opening import open_ticket
from actions.tickets.sameness import Report
from actions.tickets.tell import Saying, answer, tell_reporter, ticket_event


async def part_report(session: AsyncSession, command: PartReport, now: datetime, rules: Rules) -> Outcome:
    """Out of the ticket, into a new one; both histories say so, the resident hears where it goes on."""
    mover = await get_mover(session, command.actor)
    report = await session.get(JoinedReport, command.report_id)
    if report is None or (mover.resident is not None and mover.resident.id != report.resident_id):
        raise NotFound(f"joined report {command.report_id}", phrase="ticket.none_such")
    if mover.role == "supervisor":
        raise NotAllowed("supervisors only look")
    _check_joined(report)
    ticket = await access_as(session, report.ticket_id, mover)
    await session.refresh(report)
    _check_joined(report)
    await stop_following(session, ticket, report.resident_id, now)
    ticket.affected = await count_households(session, ticket)
    opened = await open_ticket(session, _own(report, command), now, rules)
    own = await _own_ticket(session, opened)
    add_article(session, ticket, mover, now, "part", text=own.ref, internal=True)
    add_article(session, own, mover, now, "parted_from", text=ticket.ref, internal=True)
    await keep_apart(session, own, ticket, mover, now)
    replies = opened.replies
    if mover.resident is None:
        saying = Saying("ticket.parted", {"into": ticket.ref}, card=True)
        replies = (*tell_reporter(own, rules, saying, "part"), *replies)
    return Outcome(replies, (ticket_event("TicketChanged", ticket), *opened.events), opened.value)


def _check_joined(report: JoinedReport) -> None:
    if report.parted_at is not None:
        raise MoveRefused("parted already", phrase="refused.parted")


def _own(report: JoinedReport, command: PartReport) -> OpenTicket:
    return OpenTicket(
        report.community_id,
        report.service,
        report.text,
        command.actor,
        reporter_id=report.resident_id,
        chat_id=report.chat_id,
        message_id=report.message_id,
        where=put_right(Where(**report.place), command.where),
        pictures=tuple(report.pictures),
        understanding=report.understanding,
    )


def put_right(known: Where, said: Where) -> Where:
    """What is said now over what was said; another building makes the rest of the old one void."""
    if said.building and said.building != known.building:
        return said
    values = (getattr(said, name) or getattr(known, name) for name in Where.__slots__)
    return Where(*values)


async def _own_ticket(session: AsyncSession, opened: Outcome) -> Ticket:
    value: OpenedTicket = opened.value
    return (await session.scalars(select(Ticket).where(Ticket.id == value.ticket_id))).one()


async def part_with_place(
    session: AsyncSession, report: JoinedReport, mover: Mover, where: Where, now: datetime, rules: Rules
) -> Outcome:
    """ "不是3栋是5栋" from somebody whose report had joined a neighbour's: it is another matter then, unless it reaches
    as far as that."""
    ticket, placed = await access_as(session, report.ticket_id, mover), put_right(Where(**report.place), where)
    if await reaches(session, ticket, Report(report.service, report.text, placed, report.at), rules):
        report.place = asdict(placed)
        phrase = joined_phrase(ticket, now, again=True)
        add_article(session, ticket, mover, now, "correct", text=ticket.ref, told=phrase, internal=True)
        await session.flush()
        replies = answer(ticket, mover, rules, Saying(phrase))
        return Outcome(replies, (ticket_event("TicketChanged", ticket),), ticket.id)
    return await part_report(session, PartReport(report.id, mover.actor, where), now, rules)
