"""Finds the open tickets that a new report may be about, while nobody else opens one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Boolean, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Resident
from actions.routing.rules import Rules
from actions.tickets.commands import Where
from actions.tickets.homes import household_of, household_of_resident
from actions.tickets.model import OPEN_STATUSES, Status, Ticket
from actions.tickets.sameness import Report, Sameness, judge, may_join

_OLDEST = timedelta(days=7)
_MOST_COMPARED = 60
MOST_SUGGESTED = 3
_EVERYWHERE = 2  # other buildings without water: the next one has the same
_DONE = frozenset({Status.HANDLED, Status.CHECKED})


@dataclass(frozen=True, slots=True)
class Found:
    """Id of the ticket it surely is about, else of those it may be about, the likeliest first."""

    same: int | None = None
    maybe: tuple[int, ...] = ()


class _Open(NamedTuple):
    """An open ticket as far as it is compared, with the home of who reported it first."""

    id: int
    service: str
    text: str
    building: str
    unit: str
    floor: str
    room: str
    spot: str
    opened_at: datetime
    place_presumed: bool
    emergency: str
    status: str
    reporter_id: int | None
    household_id: int | None
    home_id: int | None
    home_unit: str | None
    home_room: str | None
    home: str | None


# statements are built once: putting one together for each report costs more than running it. They need not flush
# what is pending: every command has written what changes a ticket's kind, place or status when it ends
_COMPARED = (
    select(
        Ticket.id, Ticket.service, Ticket.text, Ticket.building, Ticket.unit, Ticket.floor, Ticket.room, Ticket.spot,
        Ticket.opened_at, Ticket.place_presumed, Ticket.emergency, Ticket.status,
        Resident.id, Resident.household_id, Resident.building_id, Resident.unit, Resident.room, OrgUnit.code,
    )
    .outerjoin(Resident, Resident.id == Ticket.reporter_id)
    .outerjoin(OrgUnit, OrgUnit.id == Resident.building_id)
    .execution_options(autoflush=False)
)  # fmt: skip
_ITSELF = _COMPARED.where(Ticket.id == bindparam("ticket"))
_ALIKE = _COMPARED.where(
    Ticket.community_id == bindparam("community"),
    Ticket.status.in_(OPEN_STATUSES),
    Ticket.opened_at > bindparam("since"),
    Ticket.confidential.is_(False),
    or_(
        Ticket.fault == bindparam("fault"),  # "-" is no fault's code
        and_(Ticket.service == bindparam("service"), or_(Ticket.fault == "", bindparam("whatever", type_=Boolean))),
    ),
).order_by(Ticket.id.desc()).limit(_MOST_COMPARED)  # fmt: skip
_ALIKE_THERE = _ALIKE.where(or_(Ticket.building == "", Ticket.building == bindparam("building"), Ticket.place_presumed))


async def find_open_ones(session: AsyncSession, community_id: int, report: Report, rules: Rules) -> Found:
    """What is open and may be the same fault. The oldest one that surely is it, wins."""
    return _compare(await _candidates(session, community_id, report, rules), report, rules)


def _compare(listed: Sequence[_Open], report: Report, rules: Rules) -> Found:
    answers = [(judge(rules, _report_of(rules, row), report), row) for row in listed]
    same = next((row for answer, row in answers if answer is Sameness.SAME), None)
    maybe = [row for answer, row in answers if answer is Sameness.MAYBE]
    if same is None and _is_everywhere(maybe, report, rules):
        same = maybe[0]
    return Found(same.id if same else None, tuple(row.id for row in maybe[-MOST_SUGGESTED:][::-1]))


def _is_everywhere(maybe: Sequence[_Open], report: Report, rules: Rules) -> bool:
    """No water in two other buildings already: whoever says it in a third means the same."""
    said = rules.faults.read(report.text)
    if said.thing is None or not said.thing.reaches_far or said.narrow:
        return False
    lately = [ticket for ticket in maybe if report.at - ticket.opened_at <= timedelta(hours=2)]
    others = {ticket.building for ticket in lately} - {"", report.where.building}
    return len(others) >= _EVERYWHERE and len(lately) == len(maybe)


async def _candidates(
    session: AsyncSession, community_id: int, report: Report, rules: Rules
) -> Sequence[_Open]:
    """Open tickets of the same thing, or of the same service where no thing was recognised; the oldest first."""
    said = rules.faults.read(report.text)
    thing = said.thing
    values = {
        "community": community_id,
        "since": report.at - _OLDEST,
        "service": report.service,
        "fault": thing.code if thing else "-",
        "whatever": thing is None,
        "building": report.where.building,
    }
    settled = report.where.building and not (report.presumed and said.spots)
    there = settled and not (thing and thing.reaches_far)  # what is elsewhere is something else
    found = await session.execute(_ALIKE_THERE if there else _ALIKE, values)
    return [_Open(*row) for row in reversed(found.all())]


async def find_older_ones(session: AsyncSession, ticket: Ticket, rules: Rules) -> Sequence[int]:
    """Ids of what a ticket that stands open already may be the same as: its place was put right only now."""
    await session.flush()
    itself = (await session.execute(_ITSELF, {"ticket": ticket.id})).one()
    report = _report_of(rules, _Open(*itself))
    if not may_join(rules, report):
        return ()
    listed = await _candidates(session, ticket.community_id, report, rules)
    found = _compare([row for row in listed if row.id < ticket.id], report, rules)
    alike = found.maybe if found.same is None else (found.same, *found.maybe)
    return alike[:MOST_SUGGESTED]


async def reaches(session: AsyncSession, ticket: Ticket, report: Report, rules: Rules) -> bool:
    """Whether a ticket about water, gas, network or power is surely about that report too, wherever it was said of."""
    thing = rules.faults.read(report.text).thing
    if thing is None or not thing.reaches_far:
        return False
    await session.flush()
    itself = (await session.execute(_ITSELF, {"ticket": ticket.id})).one()
    return judge(rules, _report_of(rules, _Open(*itself)), report) is Sameness.SAME


def _report_of(rules: Rules, row: _Open) -> Report:
    first = row.text.partition("\n")[0]  # what was added later may speak of something else
    home = Where(row.home or "", row.home_unit or "") if row.reporter_id is not None else Where()
    household = ""
    if row.reporter_id is not None:
        household = household_of(
            row.reporter_id, row.household_id, row.home_id, row.home_unit or "", row.home_room or ""
        )
    return Report(
        service=row.service,
        text=first if rules.faults.read(first).thing else row.text,
        where=Where(row.building, row.unit, row.floor, row.room, row.spot),
        at=row.opened_at,
        presumed=row.place_presumed,
        home=home,
        household=household,
        emergency=row.emergency,
        settled=row.status in _DONE,
    )


def report_at(
    service: str, text: str, where: Where, now: datetime, *, presumed: bool, resident: Resident | None, home: Where
) -> Report:
    """A report as it is just made."""
    return Report(service, text, where, now, presumed, home, household_of_resident(resident))
