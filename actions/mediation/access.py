"""The door to cases: who may do what in one, and to whom it does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.mediation.model import CaseState, MediationCase, MediationEntry, MediationParty
from actions.mediation.moves import APPLICANT, PARTY, Move, Row, check_move, roles_of
from actions.people.model import Resident, StaffMember
from actions.people.units import works_in

LONGEST = 4000


async def lock_case(session: AsyncSession, case_id: int) -> MediationCase:
    """The case, fresh and held until the commit. Raises NotFound."""
    query = select(MediationCase).where(MediationCase.id == case_id).with_for_update()
    case = await session.scalar(query.execution_options(populate_existing=True))
    if case is None:
        raise NotFound(f"mediation case {case_id}", phrase="mediation.none_such")
    return case


async def access_case(session: AsyncSession, case_id: int, staff_id: int) -> tuple[MediationCase, StaffMember]:
    """The case for a member of staff who may know of it. Raises NotFound: to others it does not exist."""
    case = await lock_case(session, case_id)
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not await roles_in(session, case, staff):
        raise NotFound(f"mediation case {case_id}", phrase="mediation.none_such")
    return case, staff


async def roles_in(session: AsyncSession, case: MediationCase, staff: StaffMember) -> frozenset[str]:
    """Who a member of staff is in a case; nobody at all when it lies where they do not work."""
    return roles_of(case, staff) if await works_in(session, staff, case.community_id) else frozenset()


async def list_parties(session: AsyncSession, case: MediationCase) -> Sequence[MediationParty]:
    """All of them, the applicant first."""
    query = select(MediationParty).where(MediationParty.case_id == case.id).order_by(MediationParty.number)
    return (await session.scalars(query)).all()


async def get_party(session: AsyncSession, party_id: int | None, case_id: int | None = None) -> MediationParty:
    """A party (of that case). Raises NotFound."""
    party = await session.get(MediationParty, party_id) if party_id else None
    if party is None or case_id not in (None, party.case_id):
        raise NotFound(f"party {party_id}", phrase="mediation.none_such")
    return party


async def access_own(session: AsyncSession, party: MediationParty, resident_id: int) -> MediationCase:
    """The case of a party, for that party alone. Raises NotFound."""
    if party.resident_id != resident_id:
        raise NotFound(f"party {party.id}", phrase="mediation.none_such")
    return await lock_case(session, party.case_id)


def party_roles(party: MediationParty) -> frozenset[str]:
    """Who a party is in their case."""
    return frozenset({APPLICANT if party.number == 1 else PARTY})


async def check_as_staff(
    session: AsyncSession, case_id: int, staff_id: int, move: Move
) -> tuple[MediationCase, StaffMember]:
    """Whether staff may do that now, without an entry in the history. Raises ActionError."""
    case, staff = await access_case(session, case_id, staff_id)
    check_move(move, case.state, roles_of(case, staff))
    return case, staff


async def step_as_staff(
    session: AsyncSession, case_id: int, staff_id: int, move: Move, now: datetime, text: str = "", *, what: str = ""
) -> tuple[MediationCase, StaffMember]:
    """Make a move of staff and write it down, as ``what`` where the move's own name says too little."""
    case, staff = await access_case(session, case_id, staff_id)
    row = check_move(move, case.state, roles_of(case, staff))
    if row.needs_text and not text.strip():
        raise InvalidInput("a reason is needed", phrase="mediation.say_why")
    check_length(text)
    enter(session, case, row, now, "staff", staff.name, text, what=what)
    return case, staff


async def step_as_party(
    session: AsyncSession, party: MediationParty, resident_id: int, move: Move, now: datetime
) -> MediationCase:
    """Make a move of a party and write it down. Raises ActionError."""
    case = await access_own(session, party, resident_id)
    row = check_move(move, case.state, party_roles(party))
    enter(session, case, row, now, "resident", await name_of(session, party))
    return case


def enter(
    session: AsyncSession, case: MediationCase, row: Row, now: datetime, actor: str, name: str, text: str = "", *,
    what: str = "",
) -> None:  # fmt: skip
    """Go where the move leads, and keep it in the history."""
    if row.to is not None:
        case.state = row.to
        if row.to not in (CaseState.SUBMITTED, CaseState.ACCEPTED, CaseState.IN_MEDIATION, CaseState.AGREED):
            case.ended_at = now
    write_down(session, case, now, what or row.move, actor, name, text)


def write_down(
    session: AsyncSession, case: MediationCase, now: datetime, what: str, actor: str, name: str = "", text: str = ""
) -> None:
    """An entry of the history."""
    entry = MediationEntry(
        community_id=case.community_id,
        case_id=case.id,
        at=now,
        actor=actor,
        name=name,
        what=what,
        state=case.state,
        text=text,
    )
    session.add(entry)


async def name_of(session: AsyncSession, party: MediationParty) -> str:
    """What a party is called: the real name where it is known."""
    if party.name or party.resident_id is None:
        return party.name
    resident = await session.get(Resident, party.resident_id)
    return resident.nickname if resident is not None else ""


def check_length(text: str, longest: int = LONGEST) -> None:
    """Raise InvalidInput for what is too long."""
    if len(text) > longest:
        raise InvalidInput("too long", phrase="mediation.too_long", most=longest)
