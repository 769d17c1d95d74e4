"""A need as people read it, and who hears what of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.outcome import Audience, Button, Event, Reply
from actions.people.model import OrgUnit, Resident, Role, StaffMember
from actions.people.units import works_in
from actions.pool.model import Need
from actions.pool.rules import PoolRules
from actions.routing.rules import Rules

KEEPERS = frozenset({Role.ADMIN, Role.COMMITTEE, Role.WORKSTATION, Role.GRID_WORKER})


def when_words(need: Need, rules: Rules) -> str:
    """ "11月19日上午", "哪天都行"."""
    part = rules.words[f"pool_part_{need.part}"] if need.part else ""
    if need.on_day is None:
        return rules.words["pool_any_day"] + part
    return rules.words["pool_day"].format_map({"month": need.on_day.month, "day": need.on_day.day}) + part


def params_of(need: Need, rules: Rules, pool: PoolRules) -> dict[str, Any]:
    """What every text about a need may use: no name, no door."""
    return {
        "need": pool.kinds[need.kind].name if need.kind in pool.kinds else need.kind,
        "asked_when": when_words(need, rules),
        "asked_where": rules.words["pool_at_home" if need.at_home else "pool_outside"],
        "text": need.text,
        "reason": need.reason,
    }


async def door_words(session: AsyncSession, resident: Resident, rules: Rules) -> str:
    """Where somebody lives, for the one neighbour who comes."""
    building = await session.get(OrgUnit, resident.building_id) if resident.building_id else None
    if building is None:
        return rules.words["place_unknown"]
    unit = rules.words["unit"].format_map({"unit": resident.unit}) if resident.unit else ""
    return f"{building.name}{unit}{resident.room}"


def press(what: str, *parts: int | str, phrase: str = "") -> Button:
    """A button of the pool; its value comes back and is not trusted."""
    return Button(f"button.pool.{phrase or what}", ":".join(("pool", what, *map(str, parts))))


def tell(
    resident_id: int, community_id: int, phrase: str, key: str | None = None, buttons: Iterable[Button] = (),
    **params: Any,
) -> Reply:  # fmt: skip
    """To one resident, in private. ``key`` None: an answer to what they just did."""
    return Reply(
        phrase,
        params,
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=community_id,
        buttons=tuple(buttons),
        immediate=key is None,
        effect_key=f"pool:{key}" if key else None,
    )


def tell_staff(need: Need, phrase: str, key: str, /, **params: Any) -> Reply:
    """To the staff group."""
    return Reply(
        phrase, params, to=Audience.STAFF, community_id=need.community_id, immediate=False,
        effect_key=f"pool:{need.id}:staff:{key}",
    )  # fmt: skip


def changed(community_id: int) -> Event:
    """Something is new on the page of the pool."""
    return Event("PoolChanged", community_id)


async def lock_need(session: AsyncSession, need_id: int) -> Need:
    """The need, fresh and held until the commit. Raises NotFound."""
    need = await session.get(Need, need_id, with_for_update=True, populate_existing=True)
    if need is None:
        raise NotFound(f"need {need_id}", phrase="pool.none_such")
    return need


async def access_staff(session: AsyncSession, staff_id: int, community_id: int) -> StaffMember:
    """Staff who look after the pool there. Raises NotFound."""
    staff = await session.get(StaffMember, staff_id)
    here = staff is not None and staff.active and await works_in(session, staff, community_id)
    if staff is None or not here or staff.role not in KEEPERS:
        raise NotFound("not theirs", phrase="pool.none_such")
    return staff


async def get_resident(session: AsyncSession, resident_id: int, community_id: int) -> Resident:
    """Somebody of that community. Raises NotFound."""
    resident = await session.get(Resident, resident_id)
    if resident is None or resident.community_id != community_id:
        raise NotFound(f"resident {resident_id}", phrase="pool.none_such")
    return resident


def is_soon(now: datetime, at: datetime | None) -> bool:
    """Whether the clock has to look at it."""
    return at is not None and at <= now
