"""Where residents say they live, what they see of it, and how they leave."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.outcome import Button, Outcome, Reply
from actions.people.binding import ensure_claim, home_event, private, to_staff, unbind
from actions.people.doors import (
    door_words,
    find_household,
    find_residence,
    get_building,
    has_doors,
    hold_resident,
    verified_members,
)
from actions.people.home_commands import AskNeighbours, ClaimHome, LeaveHome, ShowHome
from actions.people.home_model import LIVE, MEMBER, PROXY, HomeState, Residence
from actions.people.model import OrgUnit, Resident
from actions.people.vouching import ask_neighbours

MOVE_BUTTON = "home:move:{}:{}:{}"
ASK_BUTTON = "home:ask:{}"
LEAVE_BUTTON = "home:leave"
MOST_PROXIES = 5


async def claim_home(session: AsyncSession, command: ClaimHome, now: datetime) -> Outcome:
    """Take down where somebody says they live, or whom they speak for. It proves nothing."""
    resident = await hold_resident(session, command.resident_id)
    building = await get_building(session, command.community_id, command.door)
    household = await find_household(session, building.id, command.door.unit, command.door.room)
    unit = household.unit if household is not None else command.door.unit
    door = door_words(building, unit, command.door.room)
    known = await ensure_claim(session, resident, now) if not command.kin else None
    known = known or await find_residence(session, resident.id, command.kin)
    if known is not None and (known.building_id, known.unit, known.room) == (building.id, unit, command.door.room):
        return Outcome((_as_it_stands(resident, known, door),), value=known.id)
    if known is not None and known.state == HomeState.VERIFIED and not command.moving:
        return Outcome((_sure_to_move(resident, building, unit, command),))
    if known is not None:
        await unbind(session, known, HomeState.ENDED, now)
    claim = await _add_claim(session, resident, building, unit, command, now)
    if household is None and await has_doors(session, building.id):
        claim.doubt = "unknown_door"
        replies = (private("home.unknown_door", resident, door=door), to_staff("staff.home_door", claim, building, "d"))
        return Outcome(replies, (home_event(claim),), claim.id)
    if command.kin:
        asked = await ask_neighbours(session, AskNeighbours(command.community_id, resident.id, claim.id), now)
        return Outcome(asked.replies, (home_event(claim),), claim.id)
    return Outcome((_claimed(resident, claim, door),), (home_event(claim),), claim.id)


async def _add_claim(
    session: AsyncSession, resident: Resident, building: OrgUnit, unit: str, command: ClaimHome, now: datetime
) -> Residence:
    if command.kin:
        await _check_proxies(session, resident)
    else:
        resident.building_id, resident.unit, resident.room = building.id, unit, command.door.room
    claim = Residence(
        community_id=resident.community_id,
        resident_id=resident.id,
        building_id=building.id,
        unit=unit,
        room=command.door.room,
        kind=PROXY if command.kin else MEMBER,
        kin=command.kin,
        claimed_at=now,
    )
    session.add(claim)
    await session.flush()
    return claim


async def _check_proxies(session: AsyncSession, resident: Resident) -> None:
    query = select(Residence.id).where(
        Residence.resident_id == resident.id, Residence.kind == PROXY, Residence.state.in_(LIVE)
    )
    if len((await session.scalars(query)).all()) >= MOST_PROXIES:
        raise InvalidInput("too many households to speak for", phrase="home.too_many_proxies", most=MOST_PROXIES)


def _claimed(resident: Resident, claim: Residence, door: str) -> Reply:
    reply = private("home.claimed", resident, door=door)
    return _with(reply, Button("button.home.ask", ASK_BUTTON.format(claim.id)))


def _as_it_stands(resident: Resident, known: Residence, door: str) -> Reply:
    if known.state == HomeState.VERIFIED:
        return private("home.known_already", resident, door=door)
    return _claimed(resident, known, door)


def _sure_to_move(resident: Resident, building: OrgUnit, unit: str, command: ClaimHome) -> Reply:
    door = door_words(building, unit, command.door.room)
    value = MOVE_BUTTON.format(building.code or building.name, unit, command.door.room)
    if command.kin:
        return private("home.proxy_other", resident, kin=command.kin)
    return _with(private("home.sure_to_move", resident, door=door), Button("button.home.move", value))


def _with(reply: Reply, *buttons: Button) -> Reply:
    return Reply(
        reply.phrase,
        reply.params,
        reply.to,
        reply.resident_id,
        community_id=reply.community_id,
        buttons=buttons,
        immediate=reply.immediate,
        effect_key=reply.effect_key,
    )


async def show_home(session: AsyncSession, command: ShowHome, now: datetime) -> Outcome:
    """Home, how sure it is, who lives there, whom they speak for."""
    resident = await hold_resident(session, command.resident_id)
    claim = await ensure_claim(session, resident, now)
    spoken_for = await list_proxies(session, resident.id)
    if claim is None:
        reply = private("home.none", resident)
    else:
        building = await session.get(OrgUnit, claim.building_id)
        door = door_words(building, claim.unit, claim.room)
        if claim.state == HomeState.VERIFIED and resident.household_id is not None:
            others = [m.nickname for m in await verified_members(session, resident.household_id) if m.id != resident.id]
            phrase = "home.shown_with" if others else "home.shown"
            reply = private(phrase, resident, door=door, others="、".join(others))
        else:
            reply = _claimed(resident, claim, door)
    more = tuple(
        private(f"home.proxy_shown_{one.state}", resident, kin=one.kin, door=door) for one, door in spoken_for
    )
    return Outcome((reply, *more), value=claim.id if claim is not None else None)


async def list_proxies(session: AsyncSession, resident_id: int) -> list[tuple[Residence, str]]:
    """The households somebody speaks for or wants to, with their doors."""
    query = (
        select(Residence, OrgUnit)
        .join(OrgUnit, OrgUnit.id == Residence.building_id)
        .where(Residence.resident_id == resident_id, Residence.kind == PROXY, Residence.state.in_(LIVE))
        .order_by(Residence.id)
    )
    rows = (await session.execute(query)).tuples().all()
    return [(one, door_words(building, one.unit, one.room)) for one, building in rows]


async def leave_home(session: AsyncSession, command: LeaveHome, now: datetime) -> Outcome:
    """They live there no longer, or no longer speak for that household. Those who stay hear of it."""
    resident = await hold_resident(session, command.resident_id)
    claim = await _to_leave(session, resident, command, now)
    if claim is None:
        return Outcome((private("home.none_to_leave", resident),))
    if not command.sure:
        asked = private("home.sure_to_leave", resident)
        return Outcome((_with(asked, Button("button.home.leave", LEAVE_BUTTON)),))
    was = resident.household_id if claim.kind == MEMBER and claim.state == HomeState.VERIFIED else None
    await unbind(session, claim, HomeState.ENDED, now)
    stay = await verified_members(session, was) if was is not None else ()
    key = f"home:{claim.id}:left"
    told = tuple(private("home.member_left", m, f"{key}:{m.id}", nickname=resident.nickname) for m in stay)
    phrase = "home.left" if claim.kind == MEMBER else "home.proxy_left"
    return Outcome((private(phrase, resident, kin=claim.kin), *told), (home_event(claim),), claim.id)


async def _to_leave(
    session: AsyncSession, resident: Resident, command: LeaveHome, now: datetime
) -> Residence | None:
    if command.residence_id is None:
        return await ensure_claim(session, resident, now)
    claim = await session.get(Residence, command.residence_id)
    if claim is None or claim.resident_id != resident.id or claim.state not in LIVE:
        raise NotFound("no such home", phrase="home.none_to_leave")
    return claim
