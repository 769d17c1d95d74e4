"""Finds the open tickets that a new report may be about, while nobody else opens one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Resident
from actions.routing.rules import Rules
from actions.tickets.commands import Where
from actions.tickets.homes import household_of_resident
from actions.tickets.model import OPEN_STATUSES, Status, Ticket
from actions.tickets.sameness import Report, Sameness, judge, may_join

_OLDEST = timedelta(days=7)
_MOST_COMPARED = 60
MOST_SUGGESTED = 3
_EVERYWHERE = 2  # other buildings without water: the next one has the same
_DONE = frozenset({Status.HANDLED, Status.CHECKED})


@dataclass(frozen=True, slots=True)
class Found:
    """The ticket it surely is about, else those it may be about, the likeliest first."""

    same: Ticket | None = None
    maybe: tuple[Ticket, ...] = ()


async def find_open_ones(
    session: AsyncSession, community_id: int, report: Report, rules: Rules, *, besides: int | None = None
) -> Found:
    """What is open and may be the same fault, ``besides`` a ticket. The oldest one that surely is it, wins."""
    listed = [row for row in await _candidates(session, community_id, report, rules) if row[0].id != besides]
    answers = [(judge(rules, _report_of(rules, *row), report), row[0]) for row in listed]
    same = next((ticket for answer, ticket in answers if answer is Sameness.SAME), None)
    maybe = [ticket for answer, ticket in answers if answer is Sameness.MAYBE]
    if same is None and _is_everywhere(maybe, report, rules):
        same = maybe[0]
    return Found(same, tuple(maybe[-MOST_SUGGESTED:][::-1]))


def _is_everywhere(maybe: Sequence[Ticket], report: Report, rules: Rules) -> bool:
    """No water in two other buildings already: whoever says it in a third means the same."""
    said = rules.faults.read(report.text)
    if said.thing is None or not said.thing.reaches_far or said.narrow:
        return False
    lately = [ticket for ticket in maybe if report.at - ticket.opened_at <= timedelta(hours=2)]
    others = {ticket.building for ticket in lately} - {"", report.where.building}
    return len(others) >= _EVERYWHERE and len(lately) == len(maybe)


Candidate = tuple[Ticket, Resident | None, str | None]


async def _candidates(
    session: AsyncSession, community_id: int, report: Report, rules: Rules
) -> Sequence[Candidate]:
    """Open tickets of the same thing, or of the same service where no thing was recognised; the oldest first."""
    thing = rules.faults.read(report.text).thing
    unnamed = and_(Ticket.service == report.service, Ticket.fault == "")
    alike = Ticket.service == report.service if thing is None else or_(Ticket.fault == thing.code, unnamed)
    query = (
        select(Ticket, Resident, OrgUnit.code)
        .outerjoin(Resident, Resident.id == Ticket.reporter_id)
        .outerjoin(OrgUnit, OrgUnit.id == Resident.building_id)
        .where(
            Ticket.community_id == community_id,
            Ticket.status.in_(OPEN_STATUSES),
            Ticket.opened_at > report.at - _OLDEST,
            Ticket.confidential.is_(False),
            alike,
        )
        .order_by(Ticket.id.desc())
        .limit(_MOST_COMPARED)
    )
    return list(reversed((await session.execute(query)).tuples().all()))


async def find_older_ones(session: AsyncSession, ticket: Ticket, rules: Rules) -> Sequence[Ticket]:
    """What a ticket that stands open already may be the same as: its place was put right only now."""
    reporter = await session.get(Resident, ticket.reporter_id) if ticket.reporter_id else None
    home = await session.get(OrgUnit, reporter.building_id) if reporter and reporter.building_id else None
    report = _report_of(rules, ticket, reporter, home.code if home else None)
    if not may_join(rules, report):
        return ()
    found = await find_open_ones(session, ticket.community_id, report, rules, besides=ticket.id)
    alike = (found.same, *found.maybe) if found.same is not None else found.maybe
    return [other for other in alike if other.id < ticket.id][:MOST_SUGGESTED]


def _report_of(rules: Rules, ticket: Ticket, reporter: Resident | None, home: str | None) -> Report:
    first = ticket.text.partition("\n")[0]  # what was added later may speak of something else
    return Report(
        service=ticket.service,
        text=first if rules.faults.read(first).thing else ticket.text,
        where=Where(ticket.building, ticket.unit, ticket.floor, ticket.room, ticket.spot),
        at=ticket.opened_at,
        presumed=ticket.place_presumed,
        home=Where(home or "", reporter.unit) if reporter else Where(),
        household=household_of_resident(reporter),
        emergency=ticket.emergency,
        settled=ticket.status in _DONE,
    )


def report_at(
    service: str, text: str, where: Where, now: datetime, *, presumed: bool, resident: Resident | None, home: Where
) -> Report:
    """A report as it is just made."""
    return Report(service, text, where, now, presumed, home, household_of_resident(resident))
