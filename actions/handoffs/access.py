"""The door to hand-offs: who may have one, and to whom it does not exist."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused, NotFound
from actions.handoffs.model import Handoff, HandoffThread, State, thread_name
from actions.people.model import OrgUnit, Role, StaffMember, Team


async def lock_handoff(session: AsyncSession, handoff_id: int) -> Handoff:
    """The hand-off, fresh and held until the commit. Raises NotFound."""
    query = select(Handoff).where(Handoff.id == handoff_id).with_for_update()
    found = await session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(f"handoff {handoff_id}", phrase="handoff.none_such")
    return found


async def access_handoff(session: AsyncSession, handoff_id: int, staff_id: int) -> tuple[Handoff, StaffMember]:
    """The hand-off for somebody who may answer. Raises NotFound: to others it does not exist."""
    handoff = await lock_handoff(session, handoff_id)
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not await may_answer(session, staff, handoff.community_id, handoff.org_unit_id, handoff):
        raise NotFound(f"handoff {handoff_id}", phrase="handoff.none_such")
    return handoff, staff


async def may_answer(
    session: AsyncSession, staff: StaffMember, community_id: int, org_unit_id: int, handoff: Handoff | None = None
) -> bool:
    """Whether they may speak with residents of that place: whose desk it is, and whose area it lies in."""
    if not staff.active or staff.role == Role.SUPERVISOR or staff.community_id not in (None, community_id):
        return False
    if handoff is not None and _is_theirs(staff, handoff):
        return True
    if staff.role == Role.ADMIN and staff.community_id == community_id:
        return True
    seat, place = await session.get(OrgUnit, staff.org_unit_id), await session.get(OrgUnit, org_unit_id)
    return seat is not None and place is not None and seat.covers(place)


def _is_theirs(staff: StaffMember, handoff: Handoff) -> bool:
    return staff.id in (handoff.taken_by, handoff.meant_for) or (
        staff.team_id is not None and staff.team_id == handoff.team_id
    )


def check_open(handoff: Handoff) -> None:
    """Raise MoveRefused for what is over."""
    if handoff.state == State.ENDED:
        raise MoveRefused("over", phrase="handoff.over")


async def check_has(session: AsyncSession, handoff: Handoff, staff: StaffMember) -> None:
    """Raise MoveRefused for who has it not, with the name of who has."""
    check_open(handoff)
    if handoff.state == State.WAITING:
        raise MoveRefused("nobody has it", phrase="handoff.take_first")
    if handoff.taken_by != staff.id:
        raise MoveRefused(
            "somebody else has it", phrase="handoff.has_it", name=await name_of(session, handoff.taken_by)
        )


async def name_of(session: AsyncSession, staff_id: int | None) -> str:
    """What somebody is called."""
    staff = await session.get(StaffMember, staff_id) if staff_id is not None else None
    return staff.name if staff is not None else ""


async def team_name(session: AsyncSession, team_id: int | None) -> str:
    """What a team is called."""
    team = await session.get(Team, team_id) if team_id is not None else None
    return team.name if team is not None else ""


async def find_open(session: AsyncSession, chat_id: int, resident_id: int) -> Handoff | None:
    """The hand-off that holds in a resident's talk in a chat, held until the commit."""
    query = select(HandoffThread.handoff_id).where(HandoffThread.thread == thread_name(chat_id, resident_id))
    found = await session.scalar(query)
    return await lock_handoff(session, found) if found is not None else None
