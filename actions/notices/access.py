"""The doors of the room: who may write, who may decide, and a notice held for a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotAllowed, NotFound
from actions.notices.book import NoticeBook
from actions.notices.checking import FindPrivate, no_private
from actions.notices.model import Notice
from actions.outcome import Audience, Event, Reply
from actions.people.model import Level, OrgUnit, Resident, Role, StaffMember
from actions.people.units import works_in


@dataclass(frozen=True, slots=True)
class NoticeTools:
    """What the handlers need from outside: the installation's book, and who knows private numbers when it sees them."""

    book: NoticeBook = field(default_factory=NoticeBook)
    find_private: FindPrivate = no_private


async def get_staff(session: AsyncSession, staff_id: int, community_id: int, roles: frozenset[str]) -> StaffMember:
    """Somebody with such a role who works in that community. Raises NotAllowed."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(session, staff, community_id):
        raise NotFound(f"staff {staff_id}", phrase="notice.none_such")
    if staff.role not in roles:
        raise NotAllowed(f"notices are not for {staff.role}", phrase="notice.not_yours")
    return staff


async def lock_notice(session: AsyncSession, notice_id: int) -> Notice:
    """The notice, fresh and held until the commit. Raises NotFound."""
    query = select(Notice).where(Notice.id == notice_id).with_for_update()
    notice = await session.scalar(query.execution_options(populate_existing=True))
    if notice is None:
        raise NotFound(f"notice {notice_id}", phrase="notice.none_such")
    return notice


async def get_units(
    session: AsyncSession, staff: StaffMember, community_id: int, unit_ids: Sequence[int]
) -> list[OrgUnit]:
    """The area: the community, grids or buildings of it. Raises InvalidInput; a grid worker has their grid."""
    found = list(await session.scalars(select(OrgUnit).where(OrgUnit.id.in_(set(unit_ids))).order_by(OrgUnit.id)))
    if not found or len(found) != len(set(unit_ids)) or any(unit.community_id != community_id for unit in found):
        raise InvalidInput("no area", phrase="notice.no_area")
    seat = await session.get(OrgUnit, staff.org_unit_id)
    if staff.role == Role.GRID_WORKER and (seat is None or not all(seat.covers(unit) for unit in found)):
        raise InvalidInput("outside their grid", phrase="notice.no_area")  # as for what is not there
    return found


async def looks_after(session: AsyncSession, staff: StaffMember, resident: Resident) -> bool:
    """Whether a resident is theirs to look after: to a grid worker whoever lives in their grid."""
    if staff.role != Role.GRID_WORKER:
        return True
    seat = await session.get(OrgUnit, staff.org_unit_id)
    home = await session.get(OrgUnit, resident.building_id) if resident.building_id is not None else None
    return seat is not None and home is not None and seat.covers(home)


async def hold_community(session: AsyncSession, community_id: int) -> None:
    """Until the commit nobody else begins in this community what there may be only one of."""
    await session.execute(select(OrgUnit.id).where(OrgUnit.id == community_id).with_for_update())


def is_whole(units: Sequence[OrgUnit]) -> bool:
    """Whether the area is all of the community."""
    return any(unit.level == Level.COMMUNITY for unit in units)


async def lives_in(session: AsyncSession, community_id: int, unit_ids: Sequence[int]) -> ColumnElement[bool]:
    """The condition for residents of an area."""
    units = list(await session.scalars(select(OrgUnit).where(OrgUnit.id.in_(unit_ids))))
    if is_whole(units):
        return Resident.community_id == community_id
    inside = select(OrgUnit.id).where(or_(*(OrgUnit.path.startswith(unit.path, autoescape=True) for unit in units)))
    return (Resident.community_id == community_id) & Resident.building_id.in_(inside)


def tell_staff(notice: Notice, phrase: str, key: str, **params: object) -> Reply:
    """A line about a notice in the staff group."""
    return Reply(
        phrase,
        {"title": notice.title, **params},
        to=Audience.STAFF,
        community_id=notice.community_id,
        immediate=False,
        effect_key=f"notice.{key}",
    )


def notice_event(name: str, notice: Notice, **data: object) -> Event:
    """A fact about a notice."""
    return Event(name, notice.community_id, {"notice_id": notice.id, **data})


def state_event(notice: Notice) -> tuple[Event, ...]:
    """How a notice stands now, for the room whose word it carries."""
    if not notice.about:
        return ()
    data = {"about": notice.about, "state": str(notice.state), "reason": notice.reason}
    return (notice_event("NoticeStateChanged", notice, **data),)
