"""What is added to or corrected in a ticket after it was opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput, MoveRefused, NotAllowed
from actions.outcome import Event, Outcome, Reply
from actions.people.model import OrgUnit, Team
from actions.routing.desks import find_desk, get_community
from actions.routing.rules import Rules
from actions.tickets import timers
from actions.tickets.access import Mover, access_as, get_mover
from actions.tickets.cards import place_words, search_words
from actions.tickets.commands import AddToTicket, CorrectTicket, Move, MoveTicket, Where
from actions.tickets.history import add_article
from actions.tickets.homes import Home, find_home, find_kept_home
from actions.tickets.joining import find_joined
from actions.tickets.likening import suggest
from actions.tickets.matching import find_older_ones
from actions.tickets.model import OPEN_STATUSES, Status, Ticket
from actions.tickets.moving import make_move
from actions.tickets.opening import danger_replies, find_place
from actions.tickets.parting import part_with_place
from actions.tickets.sorting import sort_anew
from actions.tickets.tell import Saying, alarm_event, answer, tell_staff, ticket_event

_UNNAMED = "other"
_NOT_YET_WORKED_ON = frozenset({Status.REPORTED, Status.VERIFIED, Status.ACCEPTED, Status.RETURNED})


async def add_to_ticket(session: AsyncSession, command: AddToTicket, now: datetime, rules: Rules) -> Outcome:
    """Another fragment of the same matter. A danger that shows only now makes an emergency of it."""
    mover = await get_mover(session, command.actor)
    ticket = await access_as(session, command.ticket_id, mover)
    check_open(ticket)
    if not (command.text.strip() or command.pictures or command.emergency):
        raise InvalidInput("nothing to add", phrase="error.empty")
    if command.text.strip():
        ticket.text = f"{ticket.text}\n{command.text}"
    ticket.pictures = [*ticket.pictures, *command.pictures]
    ticket.search = search_words(ticket, rules)
    danger = command.emergency and command.emergency != ticket.emergency
    if ticket.emergency and command.emergency == _UNNAMED:  # what is known is never made vague
        danger = False
    replies = (
        await _turn_into_emergency(session, ticket, mover, command.emergency, now, rules) if danger else ()
    )
    events: tuple[Event, ...] = (ticket_event("TicketChanged", ticket, emergency=ticket.emergency),)
    if replies:
        events += (alarm_event(ticket, rules),)
    else:
        replies = answer(ticket, mover, rules, Saying("ticket.added"))
        if ticket.assignee_id is not None or ticket.emergency:
            replies += (tell_staff(ticket, rules, "staff.added", "added", urgent=bool(ticket.emergency)),)
    told = replies[0].phrase if replies and mover.resident else ""
    add_article(session, ticket, mover, now, "add", text=command.text, told=told, pictures=command.pictures)
    if ticket.status == Status.SUSPENDED and mover.resident is not None:
        back = MoveTicket(ticket.id, Move.RESUME, command.actor)
        resumed = await make_move(session, ticket, mover, back, now, rules)
        replies, events = replies + resumed.replies, events + resumed.events
    await session.flush()
    return Outcome(replies, events, ticket.id)


async def _turn_into_emergency(
    session: AsyncSession, ticket: Ticket, mover: Mover, kind: str, now: datetime, rules: Rules
) -> tuple[Reply, ...]:
    service = rules.service("", kind)
    ticket.service, ticket.emergency = service.code, service.emergency
    due = rules.due(service, now)
    ticket.due_at = min(ticket.due_at, due) if ticket.due_at and ticket.due_at > now else due
    await _route_again(session, ticket, now, rules)
    await timers.schedule_deadline(session, ticket, rules, service.deadline, now)
    await session.flush()
    team = await session.get(Team, ticket.team_id) if ticket.team_id else None
    return danger_replies(ticket, mover, team, rules)


async def correct_ticket(
    session: AsyncSession, command: CorrectTicket, now: datetime, rules: Rules
) -> Outcome:
    """The place or the kind of matter as its reporter corrects it; who must know of it is told."""
    outcome = await _correct(session, command, now, rules)
    for ticket_id in command.also:
        try:
            more = await _correct(session, replace(command, ticket_id=ticket_id), now, rules)
        except ActionError:  # over meanwhile, or somebody else's: the others have their place all the same
            continue
        outcome = Outcome((*outcome.replies, *more.replies), (*outcome.events, *more.events), outcome.value)
    return outcome


async def _correct(session: AsyncSession, command: CorrectTicket, now: datetime, rules: Rules) -> Outcome:
    mover = await get_mover(session, command.actor)
    ticket = await access_as(session, command.ticket_id, mover)
    check_open(ticket)
    if mover.resident is not None and mover.resident.id != ticket.reporter_id:
        joined = await find_joined(session, ticket, mover.resident.id)
        if joined is None or not command.where:
            raise NotAllowed("not the reporter", phrase="error.not_reporter")
        return await part_with_place(session, joined, mover, command.where, now, rules)
    team_before = ticket.team_id
    if command.service is not None:
        await sort_anew(session, ticket, command.service, now, rules)
    if command.where or command.home:
        await _place_anew(session, ticket, mover, command, rules)
    elif command.service is None:
        raise InvalidInput("nothing to correct", phrase="error.nothing_to_correct")
    if ticket.status in _NOT_YET_WORKED_ON and ticket.assignee_id is None:
        await _route_again(session, ticket, now, rules)
    ticket.search = search_words(ticket, rules)
    await suggest(session, ticket, await find_older_ones(session, ticket, rules), now)
    add_article(session, ticket, mover, now, "correct", text=_described(ticket, rules), told="ticket.corrected")
    await session.flush()
    moved = ticket.team_id != team_before
    staff = tell_staff(
        ticket,
        rules,
        "staff.new_ticket" if moved else "staff.corrected",
        "corrected",
        urgent=bool(ticket.emergency),
    )
    replies = answer(ticket, mover, rules, Saying("ticket.corrected", card=True))
    raised = (alarm_event(ticket, rules),) if ticket.emergency else ()
    return Outcome((*replies, staff), (ticket_event("TicketChanged", ticket), *raised), ticket.id)


async def _place_anew(
    session: AsyncSession, ticket: Ticket, mover: Mover, command: CorrectTicket, rules: Rules
) -> None:
    where = merge_where(ticket, command.where)
    if command.home:
        home = await _home_meant(session, ticket, mover)
        if home is None:
            raise InvalidInput("no home is registered", phrase="error.no_home")
        where = replace(home.where, floor=command.where.floor, spot=command.where.spot or ticket.spot)
    place = await find_place(session, ticket.community_id, rules.service(ticket.service), where, None, rules)
    ticket.building, ticket.unit, ticket.floor = where.building[:16], where.unit[:16], where.floor[:16]
    ticket.room, ticket.spot = where.room[:16], where.spot[:64]
    ticket.org_unit_id, ticket.place_presumed = place.unit.id, False


async def _home_meant(session: AsyncSession, ticket: Ticket, mover: Mover) -> Home | None:
    """ "是的，就是那里" of what is reported for somebody means the home of theirs that is kept, else one's own."""
    resident, kin = mover.resident, ticket.on_behalf
    kept = await find_kept_home(session, resident, kin) if kin and resident is not None else None
    return kept or await find_home(session, resident)


def merge_where(ticket: Ticket, said: Where) -> Where:
    """What was just said over what is known. Another building makes the unit and door of the old one void."""
    known = Where(ticket.building, ticket.unit, ticket.floor, ticket.room, ticket.spot)
    if (said.building and said.building != ticket.building) or ticket.place_presumed:
        known = Where(building="" if said.building or said.spot else ticket.building, spot=ticket.spot)
    elif said.unit and said.unit != ticket.unit:
        known = replace(known, floor="", room="")
    return Where(
        said.building or known.building,
        said.unit or known.unit,
        said.floor or known.floor,
        said.room or known.room,
        said.spot or known.spot,
    )


async def _route_again(session: AsyncSession, ticket: Ticket, now: datetime, rules: Rules) -> None:
    unit = await session.get(OrgUnit, ticket.org_unit_id) or await get_community(session, ticket.community_id)
    desk = await find_desk(session, rules, ticket.service, unit, now)
    if desk is not None and desk.team.id != ticket.team_id:
        ticket.team_id, ticket.level, ticket.assignee_id = desk.team.id, desk.level, None


def check_open(ticket: Ticket) -> None:
    """Raises MoveRefused when the matter is over: something new needs a new ticket."""
    if ticket.status not in OPEN_STATUSES:
        raise MoveRefused(f"ticket is {ticket.status}", phrase="refused.closed")


def _described(ticket: Ticket, rules: Rules) -> str:
    return f"{place_words(ticket, rules, room=True)} {rules.service(ticket.service).name}"
