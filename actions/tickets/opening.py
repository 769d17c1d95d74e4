"""Opens a ticket: its place, its desk, its number, its deadline, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.inserting import insert_now
from actions.outcome import Audience, Button, Outcome, Reply
from actions.people.model import OrgUnit, Resident, Team
from actions.routing.desks import Desk, find_desk, find_unit, get_community
from actions.routing.rules import CLIMB, Rules, Service
from actions.tickets import timers
from actions.tickets.access import Mover, get_mover
from actions.tickets.behalf import find_kin, offer_to_keep
from actions.tickets.cards import behalf_title, search_words
from actions.tickets.commands import OpenedTicket, OpenTicket, Where
from actions.tickets.history import add_article, hold_openings, next_ref
from actions.tickets.homes import Home, find_home, find_kept_home
from actions.tickets.joining import join_ticket
from actions.tickets.likening import suggest
from actions.tickets.matching import MOST_SUGGESTED, Found, find_open_ones, report_at
from actions.tickets.mediating import mediation_button
from actions.tickets.model import Follower, Status, Ticket
from actions.tickets.sameness import may_join
from actions.tickets.tell import Saying, alarm_event, answer, tell_staff, ticket_event

HOME_BUTTON = "place:home:{}"
NIGHT_SHIFT = 12 * 60  # minutes; what is promised within them cannot wait for the morning

# families of services with words of their own in data/phrases/tickets.yml; an admin may invent others
_FAMILIES = frozenset(
    "service_request safety_tip dispute consult suggestion activity points handoff feedback care other".split()
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket is: as said or presumed, and the org unit it lies in."""

    where: Where
    unit: OrgUnit
    presumed: bool = False
    unclear: bool = False  # worth asking


async def find_place(
    session: AsyncSession, community_id: int, service: Service, where: Where, home: Home | None, rules: Rules
) -> Place:
    """The place as said; without a building or a landmark, the home is presumed and worth asking about."""
    unit = await find_unit(session, community_id, where.building, where.spot)
    if unit is not None or where.building:
        return Place(where, unit or await get_community(session, community_id))
    clear = bool(where.spot) and where.spot not in rules.vague_spots
    if clear or not service.needs_place:
        return Place(where, await get_community(session, community_id))
    if home is None:
        return Place(where, await get_community(session, community_id), unclear=True)
    if home.meant:
        door = replace(home.where, floor=where.floor, spot=where.spot, room=where.room or home.where.room)
        return Place(door, home.building, presumed=True)
    presumed = replace(where, building=home.where.building, unit=where.unit or home.where.unit)
    return Place(presumed, home.building, presumed=True, unclear=True)


async def open_ticket(session: AsyncSession, command: OpenTicket, now: datetime, rules: Rules) -> Outcome:
    """Open a ticket, or join the open one of the same fault. Without a place or a desk it stands with the community."""
    if not command.text.strip() and not command.pictures:
        raise InvalidInput("an empty ticket", phrase="error.empty")
    mover = await get_mover(session, command.actor)
    reporter = await session.get(Resident, command.reporter_id) if command.reporter_id else mover.resident
    service = rules.service(command.service, command.emergency)
    kin = command.on_behalf or (find_kin(command.text) if mover.resident is not None else "")
    home = await (find_kept_home(session, reporter, kin) if kin and reporter else find_home(session, reporter))
    place = await find_place(session, command.community_id, service, command.where, home, rules)
    found = await _find_same(session, command, reporter, place, home, now, rules)
    if found.same is not None:
        joined = await join_ticket(session, found.same, command, mover, now, rules)
        if joined is not None:
            return joined
    desk = await find_desk(session, rules, service.code, place.unit, now)
    ref = await next_ref(session, command.community_id, rules.calendar.local_day(now))
    ticket = _new_ticket(command, ref, service, place, desk, now, rules)
    ticket.reporter_id, ticket.on_behalf = reporter.id if reporter else None, kin[:8]
    ticket.search = search_words(ticket, rules)
    await insert_now(session, ticket)
    replies = opening_replies(ticket, mover, service, place, home, rules, command=command)
    replies += danger_replies(ticket, mover, desk.team if desk else None, rules) if ticket.emergency else ()
    await _write_down(session, ticket, mover, command, service, now, rules, replies)
    await suggest(session, ticket, found.maybe, now)
    if kin and mover.resident is not None and not place.presumed:
        replies += await offer_to_keep(session, ticket)
    asks = (place.unclear or (place.presumed and bool(ticket.emergency))) and mover.resident is not None
    value = OpenedTicket(ticket.id, ref, asks, ticket.confidential, ticket.emergency)
    patrol = ticket.source == "patrol" and not ticket.confidential  # else a shift's page would tell who confided it
    came_of = {"source": "patrol", "reporter_id": ticket.reporter_id} if patrol else {}
    opened = ticket_event("TicketOpened", ticket, emergency=ticket.emergency, **came_of)
    raised = (alarm_event(ticket, rules),) if ticket.emergency else ()
    return Outcome(replies, (opened, *raised), value)


async def _find_same(
    session: AsyncSession, command: OpenTicket, reporter: Resident | None, place: Place, home: Home | None,
    now: datetime, rules: Rules,
) -> Found:  # fmt: skip
    """What is open and is or may be the same; where nothing may be joined it is only suggested to staff."""
    lives = home.where if home else Where()
    said = report_at(
        command.service, command.text, place.where, now, presumed=place.presumed, resident=reporter, home=lives
    )
    if command.emergency or not may_join(rules, said):
        return Found()
    # two who say it at the same moment: the second finds what the first has opened
    await hold_openings(session, command.community_id, rules.calendar.local_day(now))
    found = await find_open_ones(session, command.community_id, said, rules)
    if found.same is None or (command.may_join and reporter is not None):
        return found
    return Found(maybe=(found.same, *found.maybe)[:MOST_SUGGESTED])


def _new_ticket(
    command: OpenTicket,
    ref: str,
    service: Service,
    place: Place,
    desk: Desk | None,
    now: datetime,
    rules: Rules,
) -> Ticket:
    where, thing = place.where, rules.faults.read(command.text).thing
    return Ticket(
        community_id=command.community_id,
        ref=ref,
        service=service.code,
        text=command.text,
        pictures=list(command.pictures),
        org_unit_id=place.unit.id,
        building=where.building[:16],
        unit=where.unit[:16],
        floor=where.floor[:16],
        room=where.room[:16],
        spot=where.spot[:64],
        place_presumed=place.presumed,
        chat_id=command.chat_id,
        message_id=command.message_id,
        confidential=service.confidential,
        emergency=service.emergency,
        team_id=desk.team.id if desk else None,
        level=desk.level if desk else CLIMB[0],
        status=Status.REPORTED,
        due_at=rules.due(service, now),
        affected=1,
        fault=thing.code if thing else "",
        understanding=dict(command.understanding),
        source=command.source,
        caller_id=command.caller_id,
        call_back=command.call_back,
        opened_at=now,
    )


async def _write_down(
    session: AsyncSession, ticket: Ticket, mover: Mover, command: OpenTicket, service: Service, now: datetime,
    rules: Rules, replies: tuple[Reply, ...],
) -> None:  # fmt: skip
    told = next((reply.phrase for reply in replies if reply.to is not Audience.STAFF), "")
    add_article(session, ticket, mover, now, "open", text=command.text, told=told, pictures=command.pictures)
    if ticket.reporter_id is not None:
        session.add(
            Follower(
                community_id=ticket.community_id,
                ticket_id=ticket.id,
                resident_id=ticket.reporter_id,
                since=now,
            )
        )
    await timers.schedule_deadline(session, ticket, rules, service.deadline, now, first=True)


def opening_replies(
    ticket: Ticket,
    mover: Mover,
    service: Service,
    place: Place,
    home: Home | None,
    rules: Rules,
    *,
    command: OpenTicket,
) -> tuple[Reply, ...]:
    """The answer to who wrote and the word to staff. An emergency is answered by ``danger_replies``."""
    if ticket.emergency:
        return ()
    length = service.deadline
    tonight = not length.working and length.minutes <= NIGHT_SHIFT
    staff = tell_staff(ticket, rules, "staff.new_ticket", "new", tonight=tonight)
    if mover.resident is None:
        return (staff,)
    neutral: tuple[Reply, ...] = ()
    if ticket.confidential and command.in_group:
        neutral = (Reply("ticket.noted_privately", resident_id=mover.resident.id),)
    family = service.family if service.family in _FAMILIES else "other"
    asks = place.unclear and not command.place_asked
    phrase = f"ticket.ask_place.{family}" if asks else f"ticket.opened.{family}"
    phrase = "ticket.opened_beside" if place.unclear and not asks else phrase
    buttons = home_button(ticket) if asks and home else ()
    params = {"title": behalf_title(ticket, rules)} if ticket.on_behalf else {}
    saying = Saying(phrase, params, buttons=(*buttons, *mediation_button(ticket), *proposal_button(ticket)), card=True)
    return (*neutral, *answer(ticket, mover, rules, saying), staff)


def proposal_button(ticket: Ticket) -> tuple[Button, ...]:
    """Under the answer to a suggestion: it may be talked over with the neighbours."""
    button = Button("button.proposal.from", f"proposal:from:{ticket.id}")
    return (button,) if ticket.service == "suggestion" and not ticket.confidential else ()


def home_button(ticket: Ticket) -> tuple[Button, ...]:
    """The one button of the question for the place: "it is where I live". It does not say where: others read along."""
    return (Button("button.place_home", HOME_BUTTON.format(ticket.id)),)


def danger_replies(ticket: Ticket, mover: Mover, team: Team | None, rules: Rules) -> tuple[Reply, ...]:
    """In the same second: whom to call, what to do, who is paged, and the place if it is not known."""
    staff = tell_staff(ticket, rules, "staff.emergency", f"emergency:{ticket.emergency}", urgent=True)
    if mover.resident is None:
        return (staff,)
    kind = f"emergency.{ticket.emergency}"
    first = Reply(kind, resident_id=mover.resident.id, urgent=True)
    unclear = ticket.place_presumed or not (ticket.building or ticket.spot)
    phone = team.duty_phone if team else ""
    phrase = "emergency.ask_place" if unclear else "emergency.paged"
    buttons = home_button(ticket) if ticket.place_presumed and not ticket.on_behalf else ()
    params = {"team": team.name if team else rules.words["duty"], "phone": phone}
    saying = Saying(f"{phrase}_phone" if phone else phrase, params, buttons, card=True, urgent=True)
    return (first, *answer(ticket, mover, rules, saying), staff)
