"""Who hears what of a worry, and who may look after the groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.outcome import Audience, Button, Event, Reply
from actions.people.model import Resident, Role, StaffMember
from actions.people.units import works_in
from actions.watch.model import MemberState, WatchGroup, WatchMember, Worry

KEEPERS = frozenset({Role.ADMIN, Role.COMMITTEE, Role.WORKSTATION, Role.GRID_WORKER})


def press(what: str, number: int) -> Button:
    """A button of the watch; its value comes back and is not trusted."""
    return Button(f"button.watch.{what}", f"watch:{what}:{number}")


def tell(
    resident_id: int, community_id: int, phrase: str, key: str | None = None, buttons: Iterable[Button] = (),
    *, urgent: bool = False, **params: Any,
) -> Reply:  # fmt: skip
    """To one resident, in private. ``key`` None: an answer to what they just did."""
    return Reply(
        phrase,
        params,
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=community_id,
        buttons=tuple(buttons),
        urgent=urgent,
        immediate=key is None,
        effect_key=f"watch:{key}" if key else None,
    )


def tell_staff(community_id: int, phrase: str, key: str, /, **params: Any) -> Reply:
    """To the staff group, at any hour: somebody may lie behind a door."""
    return Reply(
        phrase, params, to=Audience.STAFF, community_id=community_id, urgent=True, immediate=False,
        effect_key=f"watch:staff:{key}",
    )  # fmt: skip


def changed(community_id: int) -> Event:
    """Something is new on the page of the watch."""
    return Event("WatchChanged", community_id)


def visit_wanted(worry: Worry) -> Event:
    """Staff must go: a ticket with a deadline. Where they live is not known here, so no place is given."""
    request = {
        "service": "care/visit", "text": worry.text, "resident_id": worry.resident_id,
        "building": "", "unit": "", "room": "",
    }  # fmt: skip
    return Event("CareWanted", worry.community_id, {"request": request})


async def lock_group(session: AsyncSession, group_id: int) -> WatchGroup:
    """The group, fresh and held until the commit. Raises NotFound."""
    group = await session.get(WatchGroup, group_id, with_for_update=True, populate_existing=True)
    if group is None:
        raise NotFound(f"watch group {group_id}", phrase="watch.none_such")
    return group


async def lock_worry(session: AsyncSession, worry_id: int) -> Worry:
    """The worry, fresh and held until the commit. Raises NotFound."""
    worry = await session.get(Worry, worry_id, with_for_update=True, populate_existing=True)
    if worry is None:
        raise NotFound(f"worry {worry_id}", phrase="watch.none_such")
    return worry


async def access_staff(session: AsyncSession, staff_id: int, community_id: int) -> StaffMember:
    """Staff who look after the groups there. Raises NotFound."""
    staff = await session.get(StaffMember, staff_id)
    here = staff is not None and staff.active and await works_in(session, staff, community_id)
    if staff is None or not here or staff.role not in KEEPERS:
        raise NotFound("not theirs", phrase="watch.none_such")
    return staff


async def members_of(session: AsyncSession, group_id: int) -> Sequence[Resident]:
    """Who agreed, the lead as the others."""
    query = (
        select(Resident)
        .join(WatchMember, WatchMember.resident_id == Resident.id)
        .where(WatchMember.group_id == group_id, WatchMember.state == MemberState.YES)
        .order_by(WatchMember.id)
    )
    return (await session.scalars(query)).all()
