"""Staff members prove in a chat who they are, choose what they hear there, and leave it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotAllowed, NotFound
from actions.inserting import replace_rows
from actions.outcome import Event, Outcome, Reply
from actions.people.binding import private
from actions.people.codes import count_wrong, find_tries, hash_code, is_locked, make_code
from actions.people.doors import hold_resident
from actions.people.link_commands import (
    CODE_HOLDS,
    EndStaffLink,
    LinkStaff,
    MakeStaffCode,
    SetStaffWants,
    VoidStaffCode,
)
from actions.people.link_model import StaffCode, StaffLink, Wants
from actions.people.model import OrgUnit, Resident, Role, StaffMember


async def make_staff_code(session: AsyncSession, command: MakeStaffCode, now: datetime) -> Outcome:
    """A fresh code; the one before is void."""
    staff = await session.get(StaffMember, command.staff_id)
    if staff is None or not staff.active or staff.role == Role.SUPERVISOR:
        raise NotAllowed("not for them", phrase="work.not_for_you")
    code = make_code()
    row = {"staff_id": staff.id, "code_hash": hash_code(code), "expires_at": now + CODE_HOLDS}
    await replace_rows(session, StaffCode, [row], ("staff_id",))
    return Outcome(value=code)


async def link_staff(session: AsyncSession, command: LinkStaff, now: datetime) -> Outcome:
    """The right code makes the chat a place of work. A wrong one is counted, and its counting must stand."""
    resident = await hold_resident(session, command.resident_id)
    tries = await find_tries(session, resident)
    if is_locked(tries, now) and tries.locked_until is not None:
        return Outcome((_locked(resident, tries.locked_until - now),), value="locked")
    code = await _take_code(session, command.code, now)
    staff = await session.get(StaffMember, code.staff_id) if code is not None else None
    if staff is None or not staff.active:
        locked = count_wrong(tries, now)
        await session.flush()
        wait = tries.locked_until - now if locked and tries.locked_until is not None else None
        return Outcome((_locked(resident, wait) if wait else private("work.code_wrong", resident),), value="wrong")
    if not await _may_work_here(session, staff, resident.community_id):
        return Outcome((private("work.elsewhere", resident),), value="elsewhere")
    tries.failed, tries.locked_until = 0, None
    row = {
        "community_id": resident.community_id,
        "staff_id": staff.id,
        "resident_id": resident.id,
        "wants": Wants.TEAM,
        "linked_at": now,
    }
    await replace_rows(session, StaffLink, [row], ("resident_id",))
    event = Event("StaffLinked", resident.community_id, {"staff_id": staff.id})
    return Outcome((private("work.linked", resident, name=staff.name),), (event,), "linked")


async def _take_code(session: AsyncSession, code: str, now: datetime) -> StaffCode | None:
    """The code, used up: of two who write it at once one has it. None for a wrong one or one that ran out."""
    gone = delete(StaffCode).where(StaffCode.code_hash == hash_code(code)).returning(StaffCode)
    found: StaffCode | None = await session.scalar(gone)
    return found if found is not None and found.expires_at > now else None


async def _may_work_here(session: AsyncSession, staff: StaffMember, community_id: int) -> bool:
    """Whether the community is theirs, or lies below where they sit."""
    if staff.community_id is not None:
        return staff.community_id == community_id
    seat, here = await session.get(OrgUnit, staff.org_unit_id), await session.get(OrgUnit, community_id)
    return seat is not None and here is not None and seat.covers(here)


def _locked(resident: Resident, wait: timedelta) -> Reply:
    return private("home.code_locked", resident, minutes=ceil(wait.total_seconds() / 60))


async def void_staff_code(session: AsyncSession, command: VoidStaffCode, now: datetime) -> Outcome:
    """Whoever showed it is told in private; whether it was a code at all is told to nobody."""
    await session.execute(delete(StaffCode).where(StaffCode.code_hash == hash_code(command.code)))
    resident = await hold_resident(session, command.resident_id)
    return Outcome((private("work.code_shown", resident),), value="voided")


async def set_staff_wants(session: AsyncSession, command: SetStaffWants, now: datetime) -> Outcome:
    """Another choice for all of one's own chats. Raises InvalidInput."""
    if command.wants not in set(Wants):
        raise InvalidInput("no such choice", phrase="console.bad_form")
    links = (await session.scalars(select(StaffLink).where(StaffLink.staff_id == command.staff_id))).all()
    for link in links:
        link.wants = command.wants
    return Outcome(events=tuple(_event("StaffLinked", link) for link in links))


async def end_staff_link(session: AsyncSession, command: EndStaffLink, now: datetime) -> Outcome:
    """Nothing is told there any more, and what is written there is a resident's word again."""
    link = await _own_link(session, command.link_id, command.staff_id, resident_id=command.resident_id)
    resident = await hold_resident(session, link.resident_id)
    await session.delete(link)
    return Outcome((private("work.unlinked", resident),), (_event("StaffUnlinked", link),))


def _event(name: str, link: StaffLink) -> Event:
    return Event(name, link.community_id, {"staff_id": link.staff_id})


async def _own_link(
    session: AsyncSession, link_id: int | None, staff_id: int, *, resident_id: int | None = None
) -> StaffLink:
    which = StaffLink.id == link_id if link_id is not None else StaffLink.resident_id == resident_id
    found: StaffLink | None = await session.scalar(select(StaffLink).where(which, StaffLink.staff_id == staff_id))
    if found is None:
        raise NotFound("no such link", phrase="work.not_linked")
    return found


async def access_linked(session: AsyncSession, resident_id: int) -> StaffMember:
    """Who works in the chat of that talker, asked anew. Raises NotAllowed when nobody does, or no longer."""
    query = (
        select(StaffMember)
        .join(StaffLink, StaffLink.staff_id == StaffMember.id)
        .where(StaffLink.resident_id == resident_id, StaffMember.active.is_(True))
    )
    staff: StaffMember | None = await session.scalar(query)
    if staff is None:
        raise NotAllowed(f"resident {resident_id} is no staff", phrase="work.not_linked")
    return staff
