"""The word of who goes from door to door: claims confirmed, refused, moved; doors registered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.inserting import insert_many_once
from actions.outcome import Event, Outcome
from actions.people.binding import Proof, bind, home_event, private, unbind
from actions.people.doors import hold_claim, open_household
from actions.people.home_commands import RegisterDoors, SaveContact, SettleClaim
from actions.people.home_model import Contact, HomeState, Residence
from actions.people.model import Household, Level, OrgUnit, Resident, Role, StaffMember

#: who may say who lives where, and see who is at the back, in their own area
SETTLERS = frozenset({Role.GRID_WORKER, Role.COMMITTEE, Role.WORKSTATION, Role.ADMIN})
MOST_DOORS = 400  # at once
LONGEST_ROOM = 8


async def check_settler(session: AsyncSession, staff: StaffMember, building_id: int) -> OrgUnit:
    """The building, if it lies in their area and is theirs to settle. Raises NotFound: to others it is not there."""
    building = await session.get(OrgUnit, building_id)
    seat = await session.get(OrgUnit, staff.org_unit_id)
    if staff.role not in SETTLERS or not staff.active:
        raise NotAllowed(f"{staff.role} settles no homes")
    if building is None or seat is None or building.level != Level.BUILDING or not seat.covers(building):
        raise NotFound(f"building {building_id}")
    return building


async def settle_claim(session: AsyncSession, command: SettleClaim, now: datetime) -> Outcome:
    """Confirm it, refuse it with a reason, move it to another door, or end what was good."""
    claim = await hold_claim(session, command.residence_id)
    staff = await session.get_one(StaffMember, command.staff_id)
    if claim is None:
        raise NotFound(f"residence {command.residence_id}")
    building = await check_settler(session, staff, claim.building_id)
    wanted = HomeState.VERIFIED if command.what == "end" else HomeState.CLAIMED
    if claim.state != wanted:
        raise MoveRefused("settled by another", phrase="home.settled_meanwhile")
    if command.what in ("refuse", "end"):
        return await _refuse(session, claim, command, now)
    unit, room = claim.unit, claim.room
    if command.what == "move":
        building = await check_settler(session, staff, command.building_id or 0)
        unit, room = command.unit.strip(), command.room.strip()
        if not room or len(room) > LONGEST_ROOM or building.community_id != claim.community_id:
            raise InvalidInput("no door", phrase="home.door_incomplete")
    elif command.what != "confirm":
        raise InvalidInput(f"{command.what!r} is no word on a claim")
    household = await open_household(session, building, unit, room)
    replies = await bind(session, claim, household, Proof("staff", staff.id), now)
    return Outcome(replies, (home_event(claim),), claim.id)


async def _refuse(session: AsyncSession, claim: Residence, command: SettleClaim, now: datetime) -> Outcome:
    if not command.reason.strip():
        raise InvalidInput("a refusal needs its reason", phrase="home.why_refused")
    resident = await session.get_one(Resident, claim.resident_id)
    ended = command.what == "end"
    state = HomeState.ENDED if ended else HomeState.REFUSED
    await unbind(session, claim, state, now, reason=command.reason.strip()[:200])
    claim.staff_id = command.staff_id
    phrase = "home.ended_by_staff" if ended else "home.refused"
    word = private(phrase, resident, f"home:{claim.id}:{state}", reason=claim.reason)
    return Outcome((word,), (home_event(claim),), claim.id)


async def register_doors(session: AsyncSession, command: RegisterDoors, now: datetime) -> Outcome:
    """Doors that were not known yet; households that are there stay as they are."""
    staff = await session.get_one(StaffMember, command.staff_id)
    building = await check_settler(session, staff, command.building_id)
    rooms = list(dict.fromkeys(room for room in command.rooms if room))
    if not rooms or len(rooms) > MOST_DOORS or any(len(room) > LONGEST_ROOM for room in rooms):
        raise InvalidInput("doors", phrase="home.doors_unread", most=MOST_DOORS)
    there = (Household.building_id == building.id, Household.unit == command.unit)
    known = set(await session.scalars(select(Household.room).where(*there, Household.listed.is_(True))))
    row = {"community_id": building.community_id, "building_id": building.id, "unit": command.unit, "listed": True}
    rows: list[dict[str, Any]] = [{**row, "room": room} for room in rooms if room not in known]
    await insert_many_once(session, Household, rows, ("building_id", "unit", "room"))
    await session.execute(update(Household).where(*there, Household.room.in_(rooms)).values(listed=True))
    assert building.community_id is not None
    event = Event("DoorsRegistered", building.community_id, {"building_id": building.id})
    return Outcome(events=(event,), value=len(rows))


async def save_contact(session: AsyncSession, command: SaveContact, now: datetime) -> Outcome:
    """Name and phone as they were sealed; of a caller who is no resident one row a phone."""
    query = select(Contact).where(Contact.community_id == command.community_id)
    if command.resident_id is not None:
        query = query.where(Contact.resident_id == command.resident_id)
    elif not command.phone_mark:
        raise InvalidInput("no phone", phrase="home.phone_wrong")
    else:
        query = query.where(Contact.caller_mark == command.phone_mark)
    contact = await session.scalar(query.with_for_update())
    if contact is None:
        contact = Contact(community_id=command.community_id, resident_id=command.resident_id)
        contact.caller_mark = command.phone_mark if command.resident_id is None else None
        session.add(contact)
    contact.name_sealed = command.name_sealed or contact.name_sealed or b""
    contact.phone_sealed = command.phone_sealed or contact.phone_sealed or b""
    contact.phone_mark = command.phone_mark or contact.phone_mark or ""
    if command.building_id is not None:
        contact.building_id, contact.unit, contact.room = command.building_id, command.unit[:16], command.room[:16]
    contact.updated_at = now
    await session.flush()
    return Outcome(value=contact.id)
