"""The doors of the room: who may write, who may approve, and rows held for a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.base import Base
from actions.bulletins.model import Bulletin, GoodDeed, RepairPicture
from actions.errors import InvalidInput, NotAllowed, NotFound
from actions.people.model import Resident, Role, StaffMember
from actions.people.units import works_in

BULLETIN_WRITERS = frozenset({Role.POLICE, Role.COMMITTEE, Role.STREET, Role.ADMIN})
DEED_WRITERS = frozenset(
    {Role.GRID_WORKER, Role.STEWARD, Role.COMMITTEE, Role.POLICE, Role.WORKSTATION, Role.MEDIATOR, Role.ADMIN}
)
HEADS = frozenset({Role.COMMITTEE, Role.ADMIN})  # say what is told, and who may read the page
LONGEST_REASON = 200

Row = TypeVar("Row", Bulletin, GoodDeed, RepairPicture)


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class DeedTools:
    """What the handlers need from outside: who masks phones, doors and numbers of papers in a text."""

    scrub: Callable[[str], str] = _as_it_is


async def access_staff(session: AsyncSession, staff_id: int, community_id: int, roles: frozenset[Role]) -> StaffMember:
    """Somebody of the staff who works there. Raises NotFound elsewhere, NotAllowed for another role."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(session, staff, community_id):
        raise NotFound("not of their community", phrase="deed.none_such")
    if staff.role not in roles:
        raise NotAllowed(f"not for {staff.role}", phrase="deed.not_yours")
    return staff


async def access_resident(session: AsyncSession, community_id: int, resident_id: int) -> Resident:
    """A resident of that community. Raises InvalidInput."""
    resident = await session.get(Resident, resident_id)
    if resident is None or resident.community_id != community_id:
        raise InvalidInput("no such resident", phrase="console.no_such_resident", count=0)
    return resident


async def lock_row(session: AsyncSession, model: type[Row], row_id: int) -> Row:
    """A row, fresh and held until the commit. Raises NotFound."""
    query = select(model).where(_key(model) == row_id).with_for_update().execution_options(populate_existing=True)
    row = await session.scalar(query)
    if row is None:
        raise NotFound(f"{model.__name__} {row_id}", phrase="deed.none_such")
    return row


def _key(model: type[Base]) -> ColumnElement[int]:
    return model.__table__.c.id


def check_text(text: str, longest: int, *, empty: str) -> str:
    """The text without blanks around it. Raises InvalidInput for none, or one that is too long."""
    text = text.strip()
    if not text:
        raise InvalidInput("nothing written", phrase=empty)
    if len(text) > longest:
        raise InvalidInput("too long", phrase="deed.too_long", longest=longest, length=len(text))
    return text


def check_reason(text: str) -> str:
    """Raise InvalidInput for none."""
    return check_text(text, LONGEST_REASON, empty="deed.say_why")
