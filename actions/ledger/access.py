"""The door of the time bank: whose a claim or an order is, and which of the staff may do what."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.base import Base
from actions.errors import InvalidInput, NotAllowed, NotFound
from actions.ledger.model import ShopItem, ShopOrder, TimeClaim, TimeEntry, TimeGift
from actions.people.model import Resident, Role, StaffMember
from actions.people.units import works_in

DESKS = frozenset({Role.ADMIN, Role.COMMITTEE, Role.WORKSTATION})  # shop, statements
HEADS = frozenset({Role.ADMIN, Role.COMMITTEE})  # reversal, grants
WRITERS = frozenset({Role.COMMITTEE, Role.WORKSTATION, Role.GRID_WORKER, Role.MEDIATOR, Role.POLICE, Role.ADMIN})
LONGEST_NOTE = 500
LONGEST_REASON = 200

Row = TypeVar("Row", TimeClaim, ShopOrder, ShopItem, TimeEntry, TimeGift)


async def lock_row(session: AsyncSession, model: type[Row], row_id: int) -> Row:
    """A row, fresh and held until the commit. Raises NotFound."""
    query = select(model).where(_key(model) == row_id).with_for_update().execution_options(populate_existing=True)
    row = await session.scalar(query)
    if row is None:
        raise NotFound(f"{model.__name__} {row_id}", phrase="ledger.none_such")
    return row


def _key(model: type[Base]) -> ColumnElement[int]:
    return model.__table__.c.id


async def access_staff(
    session: AsyncSession, staff_id: int, community_id: int, roles: frozenset[Role] | frozenset[str]
) -> StaffMember:
    """Somebody of the staff in that community. Raises NotFound elsewhere, NotAllowed for another role."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not await works_in(session, staff, community_id):
        raise NotFound("not of their community", phrase="ledger.none_such")
    if staff.role not in roles:
        raise NotAllowed(f"not for {staff.role}", phrase="ledger.not_yours")
    return staff


async def access_resident(session: AsyncSession, community_id: int, resident_id: int) -> Resident:
    """A resident of that community. Raises InvalidInput."""
    resident = await session.get(Resident, resident_id)
    if resident is None or resident.community_id != community_id:
        raise InvalidInput("no such resident", phrase="ledger.no_such_resident")
    return resident


async def access_own_claim(session: AsyncSession, claim_id: int, resident_id: int) -> TimeClaim:
    """A claim for whose it is. Raises NotFound: to others it is not there."""
    claim = await lock_row(session, TimeClaim, claim_id)
    if claim.resident_id != resident_id:
        raise NotFound(f"claim {claim_id}", phrase="ledger.none_such")
    return claim


def check_reason(text: str) -> str:
    """Raise InvalidInput for none, or one that is too long."""
    text = text.strip()
    if not text:
        raise InvalidInput("a reason is needed", phrase="ledger.say_why")
    if len(text) > LONGEST_REASON:
        raise InvalidInput("too long", phrase="ledger.too_long", most=LONGEST_REASON)
    return text
