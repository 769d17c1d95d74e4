"""One ticket with everything around it: the loop, the talk, the history, why it was understood so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Resident, StaffMember, Team
from actions.tickets.access import can_see_reporter
from actions.tickets.cards import place_words, status_words, ticket_params
from actions.tickets.commands import Move
from actions.tickets.model import Article, Status, Ticket
from actions.tickets.moves import REASONS, allowed_moves, check_move, waits_for_settlement
from actions.tickets.overseeing import may_lower, may_oversee
from bot.console import pages, same
from bot.console.access import CONTEXT_ROLES, WORKERS, Viewer, access_ticket, viewer_of
from bot.console.alarms import facts_of
from bot.console.audit import add_audit
from bot.console.duties.listing import EDITORS
from bot.console.ladder import find_stops, ladder_of
from bot.console.parts import Console, console_of
from bot.console.queues import family_options
from bot.console.replies import standard_replies
from bot.errors import PhraseMissing
from bot.phrases import Phrases
from bot.storage.queries import list_articles
from bot.storage.queries_chat import Line, find_chat, list_follower_ids, list_lines_around
from bot.storage.queries_mediation import find_case_of_ticket

MOST_UNKNOWN = 12  # parameters of a phrase that the ticket does not know
# the step that usually comes next; its button stands first
NEXT_MOVES = {
    Status.REPORTED: Move.ACCEPT,
    Status.VERIFIED: Move.ACCEPT,
    Status.ACCEPTED: Move.DISPATCH,
    Status.DISPATCHED: Move.HANDLE,
    Status.HANDLED: Move.CHECK,
    Status.CHECKED: Move.CLOSE,
    Status.RETURNED: Move.DISPATCH,  # or, where it waits for that, its settlement
    Status.SUSPENDED: Move.RESUME,
}
SAYS_SOMETHING = (
    *(Move.ACCEPT, Move.DISPATCH, Move.TAKE, Move.HANDLE, Move.CLOSE),
    *(Move.RETURN, Move.SETTLE, Move.SUSPEND),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history with what the resident was told, in words."""

    article: Article
    told: str


@dataclass(frozen=True, slots=True)
class MoveForm:
    """A move that this person may make, and what its form asks."""

    move: Move
    needs_text: bool
    may_tell: bool
    replies: Sequence[str]


async def show_ticket(request: web.Request) -> web.Response:
    """The page; opening what is confidential is written down."""
    return await _show(request, context=False)


async def show_context(request: web.Request) -> web.Response:
    """The page with what others said around it; for few, and written down."""
    if viewer_of(request).role not in CONTEXT_ROLES:
        raise web.HTTPNotFound
    return await _show(request, context=True)


async def _show(request: web.Request, *, context: bool) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        ticket = await access_ticket(db, viewer, int(request.match_info["id"]))
        knows_reporter = can_see_reporter(ticket, viewer.staff)
        articles = await list_articles(db, ticket)
        found = {
            **await _people(db, ticket, knows_reporter),
            "lines": await _lines(db, ticket, context) if knows_reporter else [],
            "entries": _entries(console, ticket, articles),
            "climb": await find_stops(db, articles),
            **await _choices(db, viewer, ticket),
            **await facts_of(db, viewer, ticket),
            **await same.facts_of(db, viewer, ticket, knows_reporter),
            "mediation_case": await find_case_of_ticket(db, ticket.id),
        }
    if ticket.confidential or context:
        await _record(console, viewer, ticket, context)
    return await pages.render(request, "ticket.html", {**_facts(console, viewer, ticket), **found, "context": context})


async def _record(console: Console, viewer: Viewer, ticket: Ticket, context: bool) -> None:
    async with console.db.write() as db:
        what = "context_viewed" if context else "confidential_viewed"
        add_audit(db, viewer.staff, what, console.clock.now(), subject=f"ticket:{ticket.id}")


async def _people(db: AsyncSession, ticket: Ticket, knows_reporter: bool) -> dict[str, Any]:
    """Who said it (for those who may know), who works on it."""
    reporter = await db.get(Resident, ticket.reporter_id) if ticket.reporter_id and knows_reporter else None
    chat = await find_chat(db, ticket.chat_id)
    return {
        "reporter": reporter,
        "knows_reporter": knows_reporter,
        "chat": chat,
        "team": await db.get(Team, ticket.team_id) if ticket.team_id else None,
        "assignee": await db.get(StaffMember, ticket.assignee_id) if ticket.assignee_id else None,
        "unit": await db.get(OrgUnit, ticket.org_unit_id),
        "merged_into": await db.get(Ticket, ticket.merged_into_id) if ticket.merged_into_id else None,
    }


async def _lines(db: AsyncSession, ticket: Ticket, context: bool) -> list[Line]:
    """Lines of reporter, followers and bot; those of others only where context was asked for."""
    lines = await list_lines_around(db, ticket, await list_follower_ids(db, ticket))
    return lines if context else [line for line in lines if line.mine]


async def _choices(db: AsyncSession, viewer: Viewer, ticket: Ticket) -> dict[str, Any]:
    """To whom it may be dispatched: teams around the place and the people in them."""
    unit = await db.get(OrgUnit, ticket.org_unit_id)
    ids = [int(part) for part in unit.path.split("/") if part] if unit else []
    around = or_(Team.org_unit_id.in_(ids), Team.community_id == ticket.community_id)
    teams = (await db.scalars(select(Team).where(around).order_by(Team.community_id.is_(None), Team.id))).all()
    people = await db.scalars(
        select(StaffMember)
        .where(StaffMember.team_id.in_([team.id for team in teams]), StaffMember.active.is_(True))
        .order_by(StaffMember.team_id, StaffMember.id)
    )
    return {"teams": teams, "people": people.all()}


def _facts(console: Console, viewer: Viewer, ticket: Ticket) -> dict[str, Any]:
    """What follows from the ticket alone."""
    likely = Move.SETTLE if waits_for_settlement(ticket) else NEXT_MOVES.get(Status(ticket.status))
    moves = sorted(allowed_moves(ticket, viewer.staff), key=lambda move: move is not likely)
    return {
        "ticket": ticket,
        "title": console.rules.service(ticket.service).name,
        "place": place_words(ticket, console.rules, room=True),
        "resident_status": status_words(ticket.status, console.rules),
        "ladder": ladder_of(console.phrases, ticket),
        "forms": [_form_of(console, viewer, ticket, move) for move in moves],
        "may_work": viewer.role in WORKERS,
        "may_ask_context": viewer.role in CONTEXT_ROLES,
        "answers": standard_replies(console.phrases, console.rules, ticket, "answer"),
        "merged": ticket.status == Status.MERGED,
        "ranking": _ranking(ticket),
        "may_lower": may_lower(ticket, viewer.staff),
        "may_oversee": may_oversee(ticket, viewer.staff),
        "reasons": [(reason, console.rules.words[f"return_{reason}"]) for reason in REASONS],
        "families": family_options(console.rules),
        "unsettled": waits_for_settlement(ticket),
        "may_correct": ticket.settled_at is not None and viewer.role in EDITORS,
    }


def _form_of(console: Console, viewer: Viewer, ticket: Ticket, move: Move) -> MoveForm:
    row = check_move(move, ticket.status, viewer.role)
    may_tell = move in SAYS_SOMETHING
    replies = standard_replies(console.phrases, console.rules, ticket, move) if may_tell else ()
    return MoveForm(move, row.needs_text, may_tell, replies)


def _ranking(ticket: Ticket) -> list[tuple[str, int]]:
    """Intents with their probability in percent, best first; whatever else stands there is left out."""
    pairs = ticket.understanding.get("ranking") or []
    return [(str(pair[0]), round(float(pair[1]) * 100)) for pair in pairs if len(pair) == 2]


def _entries(console: Console, ticket: Ticket, articles: Sequence[Article]) -> list[Entry]:
    params = ticket_params(ticket, console.rules, room=True)
    return [Entry(article, told_words(console.phrases, article.told, params)) for article in articles]


def told_words(phrases: Phrases, told: str, params: Mapping[str, Any]) -> str:
    """What the resident was told: a phrase by its key, or the text itself. What is unknown is left open."""
    if told not in phrases:
        return told
    known = dict(params)
    for _ in range(MOST_UNKNOWN):
        try:
            return phrases.render(told, known)
        except PhraseMissing as error:
            missing = error.__cause__
            if not isinstance(missing, KeyError):
                break
            known[str(missing.args[0])] = "…"
    return ""
