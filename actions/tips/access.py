"""The door to tips: which roles may open them, and which may only know that there are some."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.people.model import Role, StaffMember
from actions.people.units import works_in
from actions.tips.model import Tip

#: may open what was said, of their own community only
READERS = frozenset({Role.POLICE, Role.COMMITTEE})
#: see numbers, states and who has read what, of the communities below them, and never a word of it
OVERSEERS = frozenset({Role.STREET, Role.DISTRICT})
#: see how many there are
COUNTERS = READERS | OVERSEERS | {Role.ADMIN, Role.SUPERVISOR}


async def lock_tip(session: AsyncSession, tip_id: int) -> Tip:
    """The case, fresh and held until the commit. Raises NotFound."""
    query = select(Tip).where(Tip.id == tip_id).with_for_update()
    tip = await session.scalar(query.execution_options(populate_existing=True))
    if tip is None:
        raise NotFound(f"tip {tip_id}", phrase="tips.none_such")
    return tip


async def access_tip(session: AsyncSession, tip_id: int, staff_id: int) -> tuple[Tip, StaffMember]:
    """The case for somebody who may open it. Raises NotFound: to others it does not exist."""
    staff = await session.get(StaffMember, staff_id)
    tip = await lock_tip(session, tip_id)
    if staff is None or not staff.active or not await may_read(session, staff, tip.community_id):
        raise NotFound(f"tip {tip_id}", phrase="tips.none_such")
    return tip, staff


async def may_read(session: AsyncSession, staff: StaffMember, community_id: int) -> bool:
    """Whether that staff member may open the tips of that community: by role, and sitting there or above."""
    return staff.role in READERS and await works_in(session, staff, community_id)
