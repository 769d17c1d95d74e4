"""Who mediates: by field, by area, and only whom neither party has a reason to doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotAllowed
from actions.inserting import replace_row
from actions.mediation.commands import SetProfile
from actions.mediation.model import RUNNING, MediationCase, MediatorAssignment, MediatorProfile
from actions.mediation.moves import HEADS
from actions.outcome import Outcome
from actions.people.model import OrgUnit, Role, StaffMember
from actions.people.units import works_in
from actions.routing.rules import Rules

#: who has once stood back from a case, or was objected to, is not neutral in it
_NOT_NEUTRAL = ("recused", "objected")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mediator who may take a case: whether field and area are theirs, and how many cases they have."""

    staff: StaffMember
    field: bool
    area: bool
    cases: int


async def suggest_mediators(session: AsyncSession, case: MediationCase) -> list[Suggestion]:
    """Those who may mediate it, the fittest first."""
    people = select(StaffMember).where(
        StaffMember.community_id == case.community_id,
        StaffMember.role == Role.MEDIATOR,
        StaffMember.active.is_(True),
        StaffMember.id.not_in(await _doubted(session, case)),
    )
    unit = await session.get(OrgUnit, case.org_unit_id)
    found = [await _suggest(session, case, unit, staff) for staff in await session.scalars(people)]
    return sorted(found, key=lambda one: (not one.field, not one.area, one.cases, one.staff.id))


async def _suggest(session: AsyncSession, case: MediationCase, unit: OrgUnit | None, staff: StaffMember) -> Suggestion:
    profile = await session.get(MediatorProfile, staff.id)
    fields, areas = (profile.fields, profile.org_unit_ids) if profile is not None else ([], [])
    around = {int(part) for part in unit.path.split("/") if part} if unit is not None else set()
    running = select(func.count()).where(MediationCase.mediator_id == staff.id, MediationCase.state.in_(RUNNING))
    return Suggestion(
        staff, not fields or case.kind in fields, not areas or bool(around & set(areas)),
        await session.scalar(running) or 0,
    )  # fmt: skip


async def _doubted(session: AsyncSession, case: MediationCase) -> Sequence[int]:
    query = select(MediatorAssignment.staff_id).where(
        MediatorAssignment.case_id == case.id, MediatorAssignment.why.in_(_NOT_NEUTRAL)
    )
    return (await session.scalars(query)).all()


async def check_neutral(session: AsyncSession, case: MediationCase, staff_id: int) -> StaffMember:
    """A mediator of that community whom nobody doubts. Raises InvalidInput, NotAllowed."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or staff.role != Role.MEDIATOR or staff.community_id != case.community_id:
        raise InvalidInput("no such mediator", phrase="mediation.no_mediator")
    if staff.id in await _doubted(session, case):
        raise NotAllowed("not neutral in this case", phrase="mediation.not_neutral")
    return staff


def put_in(session: AsyncSession, case: MediationCase, staff: StaffMember, now: datetime) -> None:
    """From now on it is theirs."""
    case.mediator_id = staff.id
    session.add(MediatorAssignment(community_id=case.community_id, case_id=case.id, staff_id=staff.id, since=now))


async def leave(session: AsyncSession, case: MediationCase, now: datetime, why: str) -> None:
    """It is theirs no longer."""
    query = select(MediatorAssignment).where(MediatorAssignment.case_id == case.id, MediatorAssignment.until.is_(None))
    for assignment in await session.scalars(query):
        assignment.until, assignment.why = now, why
    case.mediator_id = None


async def set_profile(session: AsyncSession, command: SetProfile, now: datetime, rules: Rules) -> Outcome:
    """By the committee."""
    by, staff = await session.get(StaffMember, command.staff_id), await session.get(StaffMember, command.mediator_id)
    if by is None or by.role not in HEADS or not await works_in(session, by, command.community_id):
        raise NotAllowed("profiles are the committee's", phrase="mediation.not_yours")
    if staff is None or staff.role != Role.MEDIATOR or staff.community_id != command.community_id:
        raise InvalidInput("no such mediator", phrase="mediation.no_mediator")
    known = [code for code in command.fields if code in rules.services]
    values = {
        "staff_id": staff.id,
        "community_id": command.community_id,
        "fields": known,
        "org_unit_ids": list(command.org_unit_ids),
    }
    await replace_row(session, MediatorProfile, values, ("staff_id",))
    return Outcome(value=staff.id)
