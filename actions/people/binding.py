"""What makes a claim good, and what undoes it: one place that keeps resident and residence in step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Audience, Button, Event, Reply
from actions.people.doors import door_words, find_residence, verified_members
from actions.people.home_model import MEMBER, PROXY, HomeState, Residence
from actions.people.model import Household, OrgUnit, Resident

OBJECT_BUTTON = "home:object:{}"


@dataclass(frozen=True, slots=True)
class Proof:
    """How a claim was proved: "code", "member", "neighbour", or "staff" with who it was."""

    how: str
    staff_id: int | None = None


def private(phrase: str, resident: Resident, key: str | None = None, **params: object) -> Reply:
    """A text into somebody's private chat: doors are nobody else's to read."""
    return Reply(
        phrase,
        params,
        to=Audience.PRIVATE,
        resident_id=resident.id,
        community_id=resident.community_id,
        effect_key=key,
        immediate=key is None,
    )


def to_staff(phrase: str, residence: Residence, building: OrgUnit | None, step: str) -> Reply:
    """A word to the staff group: the building, never the door."""
    return Reply(
        phrase,
        {"building": building.name if building is not None else ""},
        to=Audience.STAFF,
        community_id=residence.community_id,
        immediate=False,
        effect_key=f"home:{residence.id}:{step}",
    )


def home_event(residence: Residence) -> Event:
    """Something about a home has changed; live pages look again."""
    return Event("HomeChanged", residence.community_id, {"residence_id": residence.id, "state": residence.state})


async def ensure_claim(session: AsyncSession, resident: Resident, now: datetime) -> Residence | None:
    """The live claim of a resident; what they gave when they joined is one, too."""
    found = await find_residence(session, resident.id)
    if found is not None or resident.building_id is None or not resident.room:
        return found
    claim = Residence(
        community_id=resident.community_id,
        resident_id=resident.id,
        building_id=resident.building_id,
        unit=resident.unit,
        room=resident.room,
        claimed_at=now,
    )
    session.add(claim)
    await session.flush()
    return claim


async def bind(
    session: AsyncSession, residence: Residence, household: Household, proof: Proof, now: datetime
) -> tuple[Reply, ...]:
    """The claim is good: resident and household belong together; those who live there hear of it and may object."""
    resident = await session.get_one(Resident, residence.resident_id)
    members = [m for m in await verified_members(session, household.id) if m.id != resident.id]
    residence.state, residence.how, residence.staff_id = HomeState.VERIFIED, proof.how, proof.staff_id
    residence.settled_at, residence.doubt = now, ""
    residence.building_id, residence.unit, residence.room = household.building_id, household.unit, household.room
    if residence.kind == MEMBER:
        resident.household_id, resident.building_id = household.id, household.building_id
        resident.unit, resident.room = household.unit, household.room
    await session.flush()
    building = await session.get(OrgUnit, household.building_id)
    door = door_words(building, household.unit, household.room)
    own = "home.verified" if residence.kind == MEMBER else "home.proxy_verified"
    told = private(own, resident, door=door, kin=residence.kin)
    return (told, *(_ask_member(residence, resident, member, now) for member in members))


def _ask_member(residence: Residence, resident: Resident, member: Resident, now: datetime) -> Reply:
    phrase = "home.member_came" if residence.kind == MEMBER else "home.proxy_came"
    return Reply(
        phrase,
        {"nickname": resident.nickname, "kin": residence.kin},
        to=Audience.PRIVATE,
        resident_id=member.id,
        community_id=member.community_id,
        buttons=(Button("button.home.object", OBJECT_BUTTON.format(residence.id)),),
        immediate=False,
        effect_key=f"home:{residence.id}:came:{member.id}:{now:%Y%m%d%H%M%S}",
    )


async def unbind(
    session: AsyncSession, residence: Residence, state: HomeState, now: datetime, *, doubt: str = "", reason: str = ""
) -> None:
    """It does not hold (any more). A claim that is only doubted stays one, for the grid worker to settle."""
    residence.state, residence.doubt, residence.reason = state, doubt, reason
    if state is HomeState.CLAIMED:
        residence.how, residence.settled_at, residence.staff_id = "", None, None
    elif state is HomeState.ENDED:
        residence.ended_at = now
    else:
        residence.settled_at = now
    if residence.kind != PROXY:
        resident = await session.get_one(Resident, residence.resident_id)
        resident.household_id = None
        if state is not HomeState.CLAIMED:
            resident.building_id, resident.unit, resident.room = None, "", ""
    await session.flush()
