"""Codes of households: made by staff, used by residents, void when they were shown to everybody."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.inserting import insert_once
from actions.outcome import Audience, Outcome, Reply
from actions.people.binding import Proof, bind, ensure_claim, home_event, private, unbind
from actions.people.codes import TOLD_STAFF_AT, count_wrong, find_tries, hash_code, is_locked, make_code
from actions.people.doors import door_words, find_residence, get_building, hold_resident, is_at
from actions.people.home_commands import MakeCodes, UseCode, VoidCode
from actions.people.home_model import MEMBER, PROXY, CodeTry, HomeState, HouseholdCode, Residence
from actions.people.model import Household, OrgUnit, Resident, StaffMember
from actions.people.settling import check_settler

MOST_USES = 8
LONGEST_DAYS = 180


async def use_code(session: AsyncSession, command: UseCode, now: datetime) -> Outcome:
    """The right code proves the claim. A wrong one is counted, and its counting must stand: nothing is raised."""
    resident = await hold_resident(session, command.resident_id)
    tries = await find_tries(session, resident)
    if is_locked(tries, now) and tries.locked_until is not None:
        minutes = ceil((tries.locked_until - now).total_seconds() / 60)
        return Outcome((private("home.code_locked", resident, minutes=minutes),), value="locked")
    code = await _find(session, command.code)
    wrong = await _what_is_wrong(session, code, resident, command, now)
    if wrong or code is None:
        return await _count(session, resident, tries, wrong, now)
    household = await session.get_one(Household, code.household_id)
    known = await _known(session, resident, command.kin, now)
    if known is not None and known.state == HomeState.VERIFIED and is_at(known, household):
        building = await session.get(OrgUnit, household.building_id)
        door = door_words(building, household.unit, household.room)
        return Outcome((private("home.known_already", resident, door=door),), value="known")
    if not await _take_one(session, code, now):
        return Outcome((private("home.code_used", resident),), value="used")
    claim = await _claim_there(session, resident, household, command.kin, known, now)
    tries.failed, tries.locked_until = 0, None
    replies = await bind(session, claim, household, Proof("code"), now)
    return Outcome(replies, (home_event(claim),), "verified")


async def _find(session: AsyncSession, code: str) -> HouseholdCode | None:
    found: HouseholdCode | None = await session.scalar(
        select(HouseholdCode).where(HouseholdCode.code_hash == hash_code(code))
    )
    return found


async def _what_is_wrong(
    session: AsyncSession, code: HouseholdCode | None, resident: Resident, command: UseCode, now: datetime
) -> str:
    """The phrase that says so; "" for a code that is good."""
    if code is None:
        return "home.code_wrong"
    if code.community_id != resident.community_id:
        return "home.code_elsewhere"
    if code.voided_at is not None:
        return "home.code_void"
    if code.expires_at <= now:
        return "home.code_expired"
    household = await session.get_one(Household, code.household_id)
    if command.door and not await _is_for(session, household, command):
        return "home.code_other_door"
    return ""


async def _is_for(session: AsyncSession, household: Household, command: UseCode) -> bool:
    building = await get_building(session, command.community_id, command.door)
    same = (building.id, command.door.room) == (household.building_id, household.room)
    return same and command.door.unit in ("", household.unit)


async def _count(session: AsyncSession, resident: Resident, tries: CodeTry, wrong: str, now: datetime) -> Outcome:
    """What is wrong; guesses are counted, codes that once were good are not."""
    if wrong not in ("home.code_wrong", "home.code_elsewhere", "home.code_other_door"):
        return Outcome((private(wrong, resident),), value="refused")
    locked = count_wrong(tries, now)
    minutes = ceil((tries.locked_until - now).total_seconds() / 60) if locked and tries.locked_until else 0
    reply = private("home.code_locked", resident, minutes=minutes) if locked else private(wrong, resident)
    await session.flush()
    if tries.failed != TOLD_STAFF_AT:
        return Outcome((reply,), value="wrong")
    claim = await find_residence(session, resident.id)
    if claim is not None and claim.state == HomeState.CLAIMED:
        claim.doubt = "guessing"
    staff = Reply(
        "staff.home_guessing",
        {"times": tries.failed},
        to=Audience.STAFF,
        community_id=resident.community_id,
        immediate=False,
        effect_key=f"home:guessing:{resident.id}:{now:%Y%m%d%H%M}",
    )
    return Outcome((reply, staff), value="wrong")


async def _known(session: AsyncSession, resident: Resident, kin: str, now: datetime) -> Residence | None:
    return await find_residence(session, resident.id, kin) if kin else await ensure_claim(session, resident, now)


async def _claim_there(
    session: AsyncSession, resident: Resident, household: Household, kin: str, known: Residence | None, now: datetime
) -> Residence:
    """The claim that the code proves: the one they had, else a new one in its place."""
    if known is not None and known.state == HomeState.CLAIMED:  # for another door it was a slip of the finger
        return known
    if known is not None:
        await unbind(session, known, HomeState.ENDED, now)
    claim = Residence(
        community_id=resident.community_id,
        resident_id=resident.id,
        building_id=household.building_id,
        unit=household.unit,
        room=household.room,
        kind=PROXY if kin else MEMBER,
        kin=kin,
        claimed_at=now,
    )
    session.add(claim)
    await session.flush()
    return claim


async def _take_one(session: AsyncSession, code: HouseholdCode, now: datetime) -> bool:
    """One use less; of two at the same moment the database lets one through."""
    result = await session.execute(
        update(HouseholdCode)
        .where(
            HouseholdCode.id == code.id,
            HouseholdCode.uses_left > 0,
            HouseholdCode.voided_at.is_(None),
            HouseholdCode.expires_at > now,
        )
        .values(uses_left=HouseholdCode.uses_left - 1)
    )
    return bool(getattr(result, "rowcount", 0))


async def void_code(session: AsyncSession, command: VoidCode, now: datetime) -> Outcome:
    """It was read by a whole group: it opens nothing any more, and who sent it hears why."""
    code = await _find(session, command.code)
    resident = await session.get_one(Resident, command.resident_id)
    if code is None or code.community_id != resident.community_id:
        return Outcome()
    gone = update(HouseholdCode).where(HouseholdCode.id == code.id, HouseholdCode.voided_at.is_(None))
    result = await session.execute(gone.values(voided_at=now))
    if not getattr(result, "rowcount", 0):
        return Outcome(value=code.id)
    return Outcome((private("home.code_in_group", resident),), value=code.id)


async def make_codes(session: AsyncSession, command: MakeCodes, now: datetime) -> Outcome:
    """A new code for each household; shown this once. The ones before are void: a lost slip of paper opens nothing."""
    days = command.lasting.days
    if not (1 <= command.uses <= MOST_USES and 1 <= days <= LONGEST_DAYS) or not command.household_ids:
        raise InvalidInput("uses or days", phrase="home.codes_limits", uses=MOST_USES, days=LONGEST_DAYS)
    staff = await session.get_one(StaffMember, command.staff_id)
    made: dict[int, str] = {}
    for household_id in command.household_ids:
        household = await session.get(Household, household_id)
        await check_settler(session, staff, household.building_id if household is not None else 0)
        assert household is not None
        older = update(HouseholdCode).where(
            HouseholdCode.household_id == household.id, HouseholdCode.voided_at.is_(None)
        )
        await session.execute(older.values(voided_at=now))
        made[household.id] = await _make(session, household, command, now)
    return Outcome(value=made)


async def _make(session: AsyncSession, household: Household, command: MakeCodes, now: datetime) -> str:
    while True:
        code = make_code()
        row = {
            "community_id": household.community_id,
            "household_id": household.id,
            "code_hash": hash_code(code),
            "uses_left": command.uses,
            "staff_id": command.staff_id,
            "made_at": now,
            "expires_at": now + command.lasting,
        }
        if await insert_once(session, HouseholdCode, row, ("code_hash",)) is not None:
            return code


