"""What each move changes in the ticket besides its status."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.people.model import OrgUnit, StaffMember, Team
from actions.people.units import works_in
from actions.routing.calendar import Deadline
from actions.routing.desks import Desk, find_desk, find_level, get_community, look_around
from actions.routing.rules import Rules
from actions.tickets import timers
from actions.tickets.access import Mover, access_as, lock_ticket
from actions.tickets.commands import Move, MoveTicket
from actions.tickets.history import add_article
from actions.tickets.households import count_households
from actions.tickets.model import OPEN_STATUSES, Follower, Merging, Status, Ticket, TicketReturn
from actions.tickets.moves import BOT, CLOCK, MOST_RETURNS, REASONS
from actions.tickets.sorting import sort_anew
from actions.tickets.tell import find_follower_ids
from actions.tickets.timers import Kind


@dataclass(slots=True)
class Step:
    """One move while it is made."""

    session: AsyncSession
    ticket: Ticket
    mover: Mover
    command: MoveTicket
    now: datetime
    rules: Rules
    status_from: str
    level_from: str
    team_from: int | None = None
    into: Ticket | None = None  # merged into
    reason: str = ""  # why it was sent back, in words
    note: str = ""  # for the history when the mover gave no words

    async def unit(self) -> OrgUnit:
        """The org unit the ticket lies in."""
        unit = await self.session.get(OrgUnit, self.ticket.org_unit_id)
        return unit or await get_community(self.session, self.ticket.community_id)


async def _dispatch(step: Step) -> None:
    """To a person, to another team, or out of the queue to whom the team has on duty."""
    command, ticket = step.command, step.ticket
    assignee = await _active_staff(step, command.assignee_id) if command.assignee_id else None
    team_id = command.team_id or (assignee.team_id if assignee else None) or ticket.team_id
    if team_id is None:
        raise InvalidInput("nobody to dispatch to", phrase="error.no_team")
    await _give_to(step, team_id)
    if assignee is not None and assignee.team_id not in (None, team_id):
        raise InvalidInput("the assignee is of another team", phrase="error.other_team")
    ticket.assignee_id = assignee.id if assignee else None


async def _take(step: Step) -> None:
    staff = step.mover.staff
    if staff is None:
        raise InvalidInput("only a person can take a ticket", phrase="error.no_team")
    if staff.team_id is not None:
        await _give_to(step, staff.team_id)
    step.ticket.assignee_id = staff.id


async def _handle(step: Step) -> None:
    kinds = (Kind.DEADLINE, Kind.DEADLINE_SOON, Kind.OVERSEE_SOON, Kind.OVERSEE_LATE)
    await timers.cancel(step.session, step.ticket, *kinds)
    waits_until = step.rules.calendar.due(step.now, step.rules.terms.check_wait)
    await timers.schedule(step.session, step.ticket, Kind.CHECK_WAITS, waits_until)


async def _close(step: Step) -> None:
    ticket, terms = step.ticket, step.rules.terms
    ticket.closed_at = step.now
    ticket.suspended_at, ticket.status_before = None, ""
    await timers.cancel(step.session, ticket)
    if ticket.reporter_id is not None and step.mover.role != CLOCK:
        reminded_at = step.rules.calendar.due(step.now, terms.rating_reminder)
        await timers.schedule(step.session, ticket, Kind.RATING_REMINDER, reminded_at)


async def _return(step: Step) -> None:
    """To the team that is named, else one level up; returned once too often, to who decides whose it is."""
    ticket, reason, arbiter = step.ticket, step.command.reason or "other", None
    if reason not in REASONS:
        raise InvalidInput("no such reason", phrase="error.return_reason")
    ticket.returned += 1
    if ticket.returned >= MOST_RETURNS:
        arbiter = await _arbiter(step)
    if arbiter is not None:
        ticket.team_id, ticket.level = arbiter.team.id, arbiter.level
    elif step.command.team_id is not None:
        await _give_to(step, step.command.team_id)
    else:
        await _climb(step)
    ticket.assignee_id = None
    if step.command.reason:
        step.reason = f"{step.rules.words.get(f'return_{reason}', reason)} "
    _count_return(step, reason)


def _count_return(step: Step, reason: str) -> None:
    ticket = step.ticket
    step.session.add(
        TicketReturn(
            community_id=ticket.community_id,
            ticket_id=ticket.id,
            at=step.now,
            service=ticket.service,
            reason=reason,
            from_team_id=step.team_from,
            to_team_id=ticket.team_id,
        )
    )


async def _arbiter(step: Step) -> Desk | None:
    """The team that decides whose a matter is: of the body that the terms name, the nearest."""
    around = await look_around(step.session, await step.unit())
    team = next((team for team in around.teams if team.body == step.rules.terms.settled_by), None)
    seat = await step.session.get(OrgUnit, team.org_unit_id) if team else None
    return Desk(team, seat.level) if team is not None and seat is not None else None


async def _settle(step: Step) -> None:
    """Whose it is, for good: another team's, or that of where it lies; and what it is, if it was mistaken."""
    ticket, command = step.ticket, step.command
    team_id = command.team_id or ticket.team_id
    if team_id is None:
        raise InvalidInput("nobody to settle on", phrase="error.no_team")
    if command.service and command.service != ticket.service:
        await sort_anew(step.session, ticket, command.service, step.now, step.rules)
    elif ticket.due_at is not None and ticket.due_at <= step.now:
        # its new desk never had a chance
        length = step.rules.service(ticket.service).deadline
        ticket.due_at = step.rules.calendar.due(step.now, length)
        await timers.schedule_deadline(step.session, ticket, step.rules, length, step.now)
    await _give_to(step, team_id)
    ticket.assignee_id, ticket.settled_at = None, step.now


async def _suspend(step: Step) -> None:
    ticket = step.ticket
    ticket.status_before, ticket.suspended_at = ticket.status, step.now
    await timers.cancel(step.session, ticket)
    expires_at = step.rules.calendar.due(step.now, step.rules.terms.suspended_wait)
    await timers.schedule(step.session, ticket, Kind.SUSPENDED_EXPIRE, expires_at)


async def _resume(step: Step) -> None:
    """The clock goes on: the time that was left when it stopped is left again."""
    ticket, calendar = step.ticket, step.rules.calendar
    length = step.rules.service(ticket.service).deadline
    if ticket.suspended_at is not None and ticket.due_at is not None and ticket.due_at > ticket.suspended_at:
        left = calendar.spent(ticket.suspended_at, ticket.due_at, working=length.working)
        minutes = max(1, round(left.total_seconds() / 60))
        ticket.due_at = calendar.due(step.now, Deadline(minutes, length.working))
    ticket.suspended_at = None
    await timers.cancel(step.session, ticket, Kind.SUSPENDED_EXPIRE)
    await timers.schedule_deadline(step.session, ticket, step.rules, length, step.now)
    if ticket.overseen_until is not None and ticket.overseen_until > step.now:
        await timers.schedule(step.session, ticket, Kind.OVERSEE_LATE, ticket.overseen_until)
    if ticket.due_at is not None and ticket.due_at <= step.now:
        # it was late when it stopped; the clock may not have come to say so
        await timers.schedule(step.session, ticket, Kind.DEADLINE, step.now)


async def _stop(step: Step) -> None:
    step.ticket.closed_at, step.ticket.suspended_at = step.now, None
    await timers.cancel(step.session, step.ticket)


async def _merge(step: Step) -> None:
    """Into the ticket of that number: everybody who reported or follows this one follows that one now."""
    into = await _merge_target(step)
    ticket = step.ticket
    known = {into.reporter_id, *await find_follower_ids(step.session, into)}
    own = select(Follower).where(Follower.ticket_id == ticket.id).order_by(Follower.id)
    for follower in list(await step.session.scalars(own)):
        if follower.resident_id not in known:
            reported = follower.reported or follower.resident_id == ticket.reporter_id
            step.session.add(_brought_along(follower, into, step.now, reported))
    back_to = ticket.status_before if ticket.status == Status.SUSPENDED else ticket.status
    step.session.add(
        Merging(community_id=ticket.community_id, ticket_id=ticket.id, into_id=into.id, at=step.now, status=back_to)
    )
    ticket.merged_into_id, step.into, step.note = into.id, into, into.ref
    await step.session.flush()
    into.affected = await count_households(step.session, into)
    add_article(step.session, into, step.mover, step.now, "merged_in", text=ticket.ref, internal=True)
    await _stop(step)


def _brought_along(follower: Follower, into: Ticket, now: datetime, reported: bool) -> Follower:
    return Follower(
        community_id=into.community_id,
        ticket_id=into.id,
        resident_id=follower.resident_id,
        since=now,
        reported=reported,
        via_ticket_id=follower.ticket_id,
    )


async def _unmerge(step: Step) -> None:
    """Back to its own desk, people and deadline; those who came with it leave the other ticket."""
    ticket = step.ticket
    query = select(Merging).where(Merging.ticket_id == ticket.id, Merging.undone_at.is_(None))
    merging = await step.session.scalar(query.order_by(Merging.id.desc()).limit(1))
    if merging is None:
        raise MoveRefused("it is not known what it was", phrase="refused.unmerge")
    into = await lock_ticket(step.session, merging.into_id)
    merging.undone_at = step.now
    ticket.status, ticket.status_before, ticket.closed_at, ticket.merged_into_id = merging.status, "", None, None
    await _take_back_followers(step, into)
    step.into, step.note = into, into.ref
    add_article(step.session, into, step.mover, step.now, "taken_out", text=ticket.ref, internal=True)
    await _run_again(step)


async def _take_back_followers(step: Step, into: Ticket) -> None:
    """Also out of what that ticket was itself merged into meanwhile."""
    session, source = step.session, step.ticket
    while True:
        stay = {source.reporter_id, *await find_follower_ids(session, source)} if source is not step.ticket else set()
        came = select(Follower).where(Follower.ticket_id == into.id, Follower.via_ticket_id == source.id)
        for follower in list(await session.scalars(came)):
            if follower.resident_id not in stay:
                await session.delete(follower)
        await session.flush()
        into.affected = await count_households(session, into)
        if into.merged_into_id is None:
            return
        source, into = into, await lock_ticket(session, into.merged_into_id)


async def _run_again(step: Step) -> None:
    """Its own deadline again; what ran out while it was merged begins anew: its desk never had the time."""
    ticket, rules = step.ticket, step.rules
    length = rules.service(ticket.service).deadline
    if ticket.due_at is None or ticket.due_at <= step.now:
        ticket.due_at = rules.calendar.due(step.now, length)
    await timers.schedule_deadline(step.session, ticket, rules, length, step.now)


async def _merge_target(step: Step) -> Ticket:
    query = select(Ticket.id).where(
        Ticket.community_id == step.ticket.community_id, Ticket.ref == step.command.into_ref
    )
    found = await step.session.scalar(query)
    nowhere = InvalidInput("no such ticket to merge into", phrase="error.merge_target")
    if found is None or found == step.ticket.id:
        raise nowhere
    await step.session.flush()
    try:
        into = await access_as(step.session, found, step.mover)
    except NotFound as error:  # to them it is not there
        raise nowhere from error
    if into.status not in OPEN_STATUSES:
        raise MoveRefused("the other ticket is not open", phrase="refused.merge_into_closed")
    if into.confidential != step.ticket.confidential:
        raise InvalidInput("a secret is not merged with what is public", phrase="error.merge_secret")
    return into


async def _reopen(step: Step) -> None:
    """Once more, with its whole time. After a bad rating one level up."""
    ticket, rules = step.ticket, step.rules
    length = rules.service(ticket.service).deadline
    ticket.reopened += 1
    ticket.closed_at, ticket.rating, ticket.overseen_until = None, None, None
    ticket.due_at = rules.calendar.due(step.now, length)
    await timers.cancel(step.session, ticket)
    await timers.schedule_deadline(step.session, ticket, rules, length, step.now)
    if step.mover.role == BOT and rules.terms.climbs("unsatisfied"):
        await _climb(step)


async def _escalate(step: Step) -> None:
    """One level up; when it was late already, with a shorter time of its own."""
    ticket, rules = step.ticket, step.rules
    if not await _climb(step):
        raise MoveRefused("it stands at the top", phrase="refused.escalate_top")
    if ticket.due_at is None or ticket.due_at <= step.now:
        length = rules.service(ticket.service).deadline.share(rules.terms.escalated_percent)
        ticket.due_at = rules.calendar.due(step.now, length)
        await timers.schedule_deadline(step.session, ticket, rules, length, step.now)


async def _expire_rating(step: Step) -> None:
    step.ticket.rating = None
    await timers.cancel(step.session, step.ticket)


async def _climb(step: Step) -> bool:
    ticket = step.ticket
    desk = await find_desk(
        step.session,
        step.rules,
        ticket.service,
        await step.unit(),
        step.now,
        above=ticket.level,
        team_id=ticket.team_id,
    )
    if desk is None:
        return False
    ticket.team_id, ticket.level, ticket.assignee_id = desk.team.id, desk.level, None
    return True


async def _give_to(step: Step, team_id: int) -> None:
    """Another team must answer for the place, or for something above it."""
    if team_id == step.ticket.team_id:
        return
    team = await step.session.get(Team, team_id)
    seat = await step.session.get(OrgUnit, team.org_unit_id) if team else None
    unit = await step.unit()
    if team is None or seat is None or not (seat.covers(unit) or unit.covers(seat)):
        raise InvalidInput("that team does not answer for the place", phrase="error.team_elsewhere")
    step.ticket.level = await find_level(step.session, step.rules, step.ticket.service, unit, team, step.now)
    step.ticket.team_id = team.id


async def _active_staff(step: Step, staff_id: int) -> StaffMember:
    staff = await step.session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(step.session, staff, step.ticket.community_id):
        raise InvalidInput("no such member of staff", phrase="error.no_staff")
    return staff


EFFECTS: Mapping[Move, Callable[[Step], Awaitable[None]]] = {
    Move.DISPATCH: _dispatch,
    Move.TAKE: _take,
    Move.HANDLE: _handle,
    Move.CLOSE: _close,
    Move.RETURN: _return,
    Move.SETTLE: _settle,
    Move.SUSPEND: _suspend,
    Move.RESUME: _resume,
    Move.WITHDRAW: _stop,
    Move.MERGE: _merge,
    Move.UNMERGE: _unmerge,
    Move.REOPEN: _reopen,
    Move.ESCALATE: _escalate,
    Move.EXPIRE_RATING: _expire_rating,
}
