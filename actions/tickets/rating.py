"""The resident's judgement: the rating after closing, praise and blame in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused
from actions.outcome import Outcome
from actions.routing.rules import Rules
from actions.tickets import timers
from actions.tickets.access import Mover, access_as, get_mover, lock_ticket
from actions.tickets.asking import own_tickets
from actions.tickets.commands import BOT, GiveFeedback, Move, MoveTicket, OpenTicket, RateTicket
from actions.tickets.history import add_article
from actions.tickets.model import Article, Status, Ticket
from actions.tickets.moves import check_move
from actions.tickets.moving import make_move
from actions.tickets.opening import open_ticket
from actions.tickets.tell import Saying, answer, tell_staff, ticket_event

_LOW = 2
_FEEDBACK_WITHIN = timedelta(days=14)
_JUDGED = (Status.HANDLED, Status.CHECKED, Status.CLOSED, Status.RATED)


async def rate_ticket(session: AsyncSession, command: RateTicket, now: datetime, rules: Rules) -> Outcome:
    """1 to 5 by its reporter, once after each closing. The first 1 or 2 reopens it one level up."""
    mover = await get_mover(session, command.actor)
    ticket = await access_as(session, command.ticket_id, mover)
    if mover.resident is not None and ticket.reporter_id != mover.resident.id:
        raise MoveRefused("not the reporter", phrase="error.not_reporter")
    check_move(Move.RATE, ticket.status, mover.role)
    if not 1 <= command.score <= 5:
        raise InvalidInput(f"score {command.score}", phrase="error.score")
    if ticket.rating is not None:
        return Outcome(answer(ticket, mover, rules, Saying("rating.already")), value=ticket.id)
    low = command.score <= _LOW
    reopens = low and not await _was_reopened_by_rating(session, ticket)
    phrase = "rating.low" if reopens else "rating.low_again" if low else "rating.thanks"
    before, ticket.status, ticket.rating = ticket.status, str(Status.RATED), command.score
    await timers.cancel(session, ticket)
    text = f"{command.score} {command.text}".strip()
    add_article(session, ticket, mover, now, Move.RATE, text=text, told=phrase, status_from=before)
    await session.flush()
    event = ticket_event("TicketRated", ticket, score=command.score)
    if reopens:
        return await _reopen(session, ticket, mover, command.score, now, rules)
    staff = (tell_staff(ticket, rules, "staff.low_rating", "rated", score=command.score),) if low else ()
    return Outcome((*answer(ticket, mover, rules, Saying(phrase)), *staff), (event,), ticket.id)


async def _reopen(
    session: AsyncSession, ticket: Ticket, mover: Mover, score: int, now: datetime, rules: Rules
) -> Outcome:
    """By the bot, one level up. The reporter hears it in one answer, not two."""
    event = ticket_event("TicketRated", ticket, score=score)
    bot = await get_mover(session, BOT)
    moved = await make_move(
        session, ticket, bot, MoveTicket(ticket.id, Move.REOPEN, BOT, str(score)), now, rules
    )
    heard = [reply for reply in moved.replies if reply.phrase == "ticket.reopened"]
    others = [reply for reply in moved.replies if reply.resident_id != ticket.reporter_id]
    who = {"who": heard[0].params["who"] if heard else ""}
    replies = answer(ticket, mover, rules, Saying("rating.low", who, card=True))
    return Outcome((*replies, *others), (event, *moved.events), ticket.id)


async def _was_reopened_by_rating(session: AsyncSession, ticket: Ticket) -> bool:
    query = select(Article.id).where(
        Article.community_id == ticket.community_id,
        Article.ticket_id == ticket.id,
        Article.move == Move.REOPEN,
        Article.actor == BOT.kind,
    )
    return await session.scalar(query.limit(1)) is not None


async def give_feedback(session: AsyncSession, command: GiveFeedback, now: datetime, rules: Rules) -> Outcome:
    """Kept at the resident's latest matter that was worked on, else as a ticket of its own."""
    if not command.text.strip():
        raise InvalidInput("nothing was said", phrase="error.empty")
    mover = await get_mover(session, command.actor)
    found = None
    if mover.resident is not None:
        mine = own_tickets(command.community_id, mover.resident.id)
        recent = mine.where(Ticket.status.in_(_JUDGED), Ticket.opened_at > now - _FEEDBACK_WITHIN)
        found = await session.scalar(recent.limit(1))
    if found is None:
        return await open_ticket(session, _as_ticket(command), now, rules)
    ticket = await lock_ticket(session, found.id)
    add_article(session, ticket, mover, now, "feedback", text=command.text, told="feedback.thanks")
    await session.flush()
    number = select(Article.id).where(Article.ticket_id == ticket.id).order_by(Article.id.desc()).limit(1)
    staff = tell_staff(ticket, rules, "staff.feedback", f"feedback:{await session.scalar(number)}")
    replies = (*answer(ticket, mover, rules, Saying("feedback.thanks")), staff)
    return Outcome(replies, (ticket_event("TicketChanged", ticket),), ticket.id)


def _as_ticket(command: GiveFeedback) -> OpenTicket:
    return OpenTicket(
        command.community_id,
        "feedback",
        command.text,
        command.actor,
        reporter_id=command.actor.id if command.actor.kind == "resident" else None,
        chat_id=command.chat_id,
        message_id=command.message_id,
        understanding=command.understanding,
    )
