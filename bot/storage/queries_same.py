"""What stands around a ticket: possibly the same fault, joined reports, tickets merged in, others nearby."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Resident
from actions.tickets.model import OPEN_STATUSES, JoinedReport, Likeness, Status, Ticket
from bot.storage.queries import Area, visible

_MAY_MERGE = OPEN_STATUSES - {Status.HANDLED, Status.CHECKED}


@dataclass(frozen=True, slots=True)
class Alike:
    """Another ticket that may be about the same fault; the newer of the two would be merged into the older."""

    id: int
    other: Ticket
    older: Ticket
    mergeable: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """A report that joined the ticket, and who said it."""

    report: JoinedReport
    who: str


async def list_alike(session: AsyncSession, area: Area, ticket: Ticket) -> list[Alike]:
    """What it may be the same as and nobody has decided yet, as long as both are open."""
    if ticket.status not in OPEN_STATUSES:
        return []
    pair = or_(
        and_(Likeness.ticket_id == ticket.id, Ticket.id == Likeness.other_id),
        and_(Likeness.other_id == ticket.id, Ticket.id == Likeness.ticket_id),
    )
    query = (
        select(Likeness, Ticket)
        .join(Ticket, pair)
        .join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
        .where(Likeness.verdict == "", Ticket.status.in_(OPEN_STATUSES), visible(area))
        .order_by(Ticket.id.desc())
    )
    return [_alike(likeness, ticket, other) for likeness, other in (await session.execute(query)).tuples()]


def _alike(likeness: Likeness, ticket: Ticket, other: Ticket) -> Alike:
    newer, older = (ticket, other) if likeness.ticket_id == ticket.id else (other, ticket)
    return Alike(likeness.id, other, older, newer.status in _MAY_MERGE)


async def list_joined(session: AsyncSession, ticket: Ticket) -> list[Joined]:
    """The reports that joined it and were not parted again, in the order they came."""
    query = (
        select(JoinedReport, Resident.nickname)
        .join(Resident, Resident.id == JoinedReport.resident_id)
        .where(
            JoinedReport.community_id == ticket.community_id,
            JoinedReport.ticket_id == ticket.id,
            JoinedReport.parted_at.is_(None),
        )
        .order_by(JoinedReport.id)
    )
    return [Joined(report, who) for report, who in (await session.execute(query)).tuples()]


async def list_merged_in(session: AsyncSession, area: Area, ticket: Ticket) -> Sequence[Ticket]:
    """The tickets that were merged into it."""
    query = select(Ticket).join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
    merged = query.where(Ticket.merged_into_id == ticket.id, visible(area))
    return (await session.scalars(merged.order_by(Ticket.id))).all()


async def list_nearby(
    session: AsyncSession, area: Area, ticket: Ticket, leave_out: Collection[int], most: int
) -> Sequence[Ticket]:
    """Other open tickets of the same building or the same service, those of the building first, the newest first."""
    same_service = Ticket.service == ticket.service
    here = and_(Ticket.building == ticket.building, Ticket.building != "")
    query = (
        select(Ticket)
        .join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
        .where(
            Ticket.community_id == ticket.community_id,
            Ticket.id.not_in([ticket.id, *leave_out]),
            Ticket.status.in_(OPEN_STATUSES),
            Ticket.confidential.is_(False),
            or_(here, same_service),
            visible(area),
        )
    )
    return (await session.scalars(query.order_by(here.desc(), Ticket.id.desc()).limit(most))).all()
