"""Others in the same trouble, urging, notes and answers of staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotAllowed
from actions.inserting import insert_once
from actions.outcome import Outcome
from actions.routing.rules import Rules
from actions.tickets.access import Mover, access_as, get_mover, lock_ticket
from actions.tickets.asking import find_own_ticket
from actions.tickets.changing import check_open
from actions.tickets.commands import BOT, Actor, AnswerTicket, FollowTicket, NoteTicket, RecordOnTicket, UrgeTicket
from actions.tickets.crowd import grow
from actions.tickets.history import add_article
from actions.tickets.households import count_households
from actions.tickets.model import Article, Follower, Ticket
from actions.tickets.tell import Saying, answer, tell_reporter, tell_staff, ticket_event


async def follow_ticket(session: AsyncSession, command: FollowTicket, now: datetime, rules: Rules) -> Outcome:
    """One more household affected, however many of it say so; nobody can follow what is confidential."""
    mover = await get_mover(session, command.actor)
    ticket = await lock_ticket(session, command.ticket_id)
    resident = mover.resident
    if resident is None or ticket.confidential or resident.community_id != ticket.community_id:
        raise NotAllowed("not a ticket to follow", phrase="ticket.none_such")
    check_open(ticket)
    row = {
        "community_id": ticket.community_id,
        "ticket_id": ticket.id,
        "resident_id": resident.id,
        "since": now,
        "reported": False,
    }
    added = await insert_once(session, Follower, row, ("ticket_id", "resident_id"))
    if added is None:
        return Outcome(answer(ticket, mover, rules, Saying("ticket.followed_already")), value=ticket.id)
    before, ticket.affected = ticket.affected, await count_households(session, ticket)
    phrase = "ticket.followed" if ticket.affected > before else "ticket.followed_already"
    add_article(session, ticket, mover, now, "follow", told=phrase)
    await session.flush()
    grown = await grow(session, ticket, now, rules)
    replies = answer(ticket, mover, rules, Saying(phrase)) + grown.replies
    return Outcome(replies, (ticket_event("TicketChanged", ticket), *grown.events), ticket.id)


async def urge_ticket(session: AsyncSession, command: UrgeTicket, now: datetime, rules: Rules) -> Outcome:
    """Count it, and tell staff unless they were told within the pause."""
    mover = await get_mover(session, command.actor)
    own = await find_own_ticket(session, command.community_id, mover, command.ref, only_open=True)
    ticket = await lock_ticket(session, own.id)
    check_open(ticket)
    ticket.urged += 1
    pause = timedelta(minutes=rules.terms.urge_pause.minutes)
    tells = not await _told_staff_since(session, ticket, now - pause)
    late = ticket.due_at is not None and ticket.due_at <= now
    phrase = ("ticket.late_urged" if late else "ticket.urged") if tells else "ticket.urged_again"
    add_article(session, ticket, mover, now, "urge", text=command.text, told=phrase)
    await session.flush()
    replies = answer(ticket, mover, rules, Saying(phrase))
    if tells:
        replies += (tell_staff(ticket, rules, "staff.urged", "urge", urgent=bool(ticket.emergency)),)
    return Outcome(replies, (ticket_event("TicketChanged", ticket, urged=ticket.urged),), ticket.id)


async def _told_staff_since(session: AsyncSession, ticket: Ticket, since: datetime) -> bool:
    query = select(Article.id).where(
        Article.community_id == ticket.community_id,
        Article.ticket_id == ticket.id,
        Article.move == "urge",
        Article.told != "ticket.urged_again",
        Article.at > since,
    )
    return await session.scalar(query.limit(1)) is not None


async def note_ticket(session: AsyncSession, command: NoteTicket, now: datetime, rules: Rules) -> Outcome:
    """An internal note: staff see it, residents never."""
    mover, ticket = await _staff_and_ticket(session, command)
    add_article(
        session, ticket, mover, now, "note", text=command.text, internal=True, pictures=command.pictures
    )
    await session.flush()
    return Outcome(events=(ticket_event("TicketChanged", ticket),), value=ticket.id)


async def record_on_ticket(session: AsyncSession, command: RecordOnTicket, now: datetime, rules: Rules) -> Outcome:
    """An entry of the history, for staff."""
    mover = await get_mover(session, Actor("staff", command.staff_id) if command.staff_id else BOT)
    ticket = await lock_ticket(session, command.ticket_id)
    add_article(session, ticket, mover, now, command.what, text=command.text, internal=True)
    await session.flush()
    return Outcome(events=(ticket_event("TicketChanged", ticket),), value=ticket.id)


async def answer_ticket(session: AsyncSession, command: AnswerTicket, now: datetime, rules: Rules) -> Outcome:
    """Staff speak to the reporter: into the group or privately; in confidence always privately."""
    mover, ticket = await _staff_and_ticket(session, command)
    if ticket.reporter_id is None:
        raise InvalidInput("nobody to answer", phrase="error.no_reporter")
    add_article(
        session, ticket, mover, now, "answer", text=command.text, told=command.text, pictures=command.pictures
    )
    saying = Saying(
        "ticket.answer",
        {"text": command.text, "who": mover.name},
        pictures=command.pictures,
        staff_id=command.actor.id,
    )
    count = select(Article.id).where(Article.ticket_id == ticket.id).order_by(Article.id.desc()).limit(1)
    await session.flush()
    step = f"answer:{await session.scalar(count)}"
    replies = tell_reporter(ticket, rules, saying, step, private=command.private)
    answered = ticket_event(
        "TicketAnswered",
        ticket,
        resident_id=ticket.reporter_id,
        staff_id=command.actor.id,
        chat_id=ticket.chat_id,
        private=command.private or ticket.confidential or ticket.chat_id is None,
    )
    return Outcome(replies, (answered,), ticket.id)


async def _staff_and_ticket(
    session: AsyncSession, command: NoteTicket | AnswerTicket
) -> tuple[Mover, Ticket]:
    mover = await get_mover(session, command.actor)
    if mover.staff is None or mover.role == "supervisor":
        raise NotAllowed("only working staff write into a ticket")
    if not command.text.strip() and not command.pictures:
        raise InvalidInput("nothing was written", phrase="error.empty")
    return mover, await access_as(session, command.ticket_id, mover)
