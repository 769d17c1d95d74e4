"""Loads ``data/demo/community.yml``: places, teams, staff, households, residents, chats."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.commands import CreateOrgUnit, CreateStaff, CreateTeam
from actions.people.home_model import HomeState, Residence
from actions.people.model import Household, Level, Resident
from bot.bootstrap import Parts
from bot.channels.webchat.joining import join_group
from bot.channels.webchat.signing import make_token
from bot.cli.demo.accounts import Account, make_password
from bot.cli.demo.errors import StoryWrong
from bot.console.passwords import hash_password
from bot.messages import ChatKind
from bot.storage.tables import Chat

PRIVATE = "私聊"


@dataclass(slots=True)
class Cast:
    """Who there is, by the names the story uses."""

    community_id: int = 0
    units: dict[str, int] = field(default_factory=dict)  # name → id; buildings by their code
    teams: dict[str, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)
    residents: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    home_group: dict[str, str] = field(default_factory=dict)  # nickname → group
    private: dict[str, int] = field(default_factory=dict)
    invites: list[tuple[str, str]] = field(default_factory=list)  # group → token
    tokens: list[tuple[str, str]] = field(default_factory=list)  # nickname → token of the personal link
    accounts: list[Account] = field(default_factory=list)


async def load_people(parts: Parts, data: Mapping[str, Any]) -> Cast:
    """Everybody and everything of the file. Raises StoryWrong for a name that is not there."""
    cast = Cast()
    try:
        await _load_units(parts, data, cast)
        await _load_teams(parts, data, cast)
        await _load_staff(parts, data, cast)
        async with parts.db.write() as session:
            groups = await _load_groups(session, parts, data, cast)
            await _load_residents(session, parts, data, cast, groups)
            for nickname in data["personal_links"]:
                token = make_token(session, cast.residents[nickname], parts.clock.now())
                cast.tokens.append((nickname, token))
    except KeyError as missing:
        raise StoryWrong(f"community.yml: {missing} is missing or named wrongly") from missing
    return cast


async def _load_units(parts: Parts, data: Mapping[str, Any], cast: Cast) -> None:
    async def create(level: Level, name: str, parent: int | None, **more: Any) -> int:
        outcome = await parts.performer.run(CreateOrgUnit(level, name, parent, **more))
        return int(outcome.value)

    district = await create(Level.DISTRICT, data["district"], None)
    street = await create(Level.STREET, data["street"], district)
    cast.community_id = await create(Level.COMMUNITY, data["community"], street)
    cast.units = {data["district"]: district, data["street"]: street, data["community"]: cast.community_id}
    for name, buildings in data["grids"].items():
        grid = cast.units[name] = await create(Level.GRID, name, cast.community_id)
        for building in buildings:
            aliases = tuple(building.get("aliases", ()))
            cast.units[building["code"]] = await create(
                Level.BUILDING, building["name"], grid, code=building["code"], aliases=aliases
            )


async def _load_teams(parts: Parts, data: Mapping[str, Any], cast: Cast) -> None:
    for team in data["teams"]:
        seat = cast.units[team.get("at", data["community"])]
        command = CreateTeam(seat, team["body"], team["name"], team.get("duty_phone", ""))
        cast.teams[team["name"]] = int((await parts.performer.run(command)).value)


async def _load_staff(parts: Parts, data: Mapping[str, Any], cast: Cast) -> None:
    seats = {team["name"]: cast.units[team.get("at", data["community"])] for team in data["teams"]}
    for person in data["staff"]:
        team, password = person.get("team"), make_password(data["password_words"])
        command = CreateStaff(
            login=person["login"],
            name=person["name"],
            role=person["role"],
            org_unit_id=seats[team] if team else cast.community_id,
            password_hash=await asyncio.to_thread(hash_password, password),
            team_id=cast.teams[team] if team else None,
            phone=person.get("phone", ""),
        )
        cast.staff[person["name"]] = int((await parts.performer.run(command)).value)
        title = person.get("title") or data["roles"][person["role"]]
        cast.accounts.append(Account(person["login"], person["name"], title, password))


async def _load_groups(session: AsyncSession, parts: Parts, data: Mapping[str, Any], cast: Cast) -> Mapping[str, Chat]:
    groups = {}
    for name, codes in data["groups"].items():
        area = [cast.units[code] for code in codes]
        groups[name] = await _add_chat(session, parts, cast, ChatKind.GROUP, name, area)
        cast.groups[name] = groups[name].id
        cast.invites.append((name, str(groups[name].invite)))
    await _add_chat(session, parts, cast, ChatKind.STAFF, data["staff_group"], [])
    return groups


async def _add_chat(
    session: AsyncSession, parts: Parts, cast: Cast, kind: ChatKind, name: str, area: list[int]
) -> Chat:
    chat = Chat(
        community_id=cast.community_id,
        channel="web",
        kind=kind,
        external_id=f"{kind}:{cast.community_id}:{secrets.token_hex(4)}",
        name=name,
        org_unit_ids=area,
        invite=secrets.token_urlsafe(12) if kind is ChatKind.GROUP else None,
        created_at=parts.clock.now(),
    )
    session.add(chat)
    await session.flush()
    return chat


async def _load_residents(
    session: AsyncSession, parts: Parts, data: Mapping[str, Any], cast: Cast, groups: Mapping[str, Chat]
) -> None:
    group_of = {code: name for name, codes in data["groups"].items() for code in codes}
    for door, nicknames in data["households"].items():
        building, unit, room = door.split("-")
        household = Household(community_id=cast.community_id, building_id=cast.units[building], unit=unit, room=room)
        session.add(household)
        await session.flush()
        for nickname in nicknames:
            resident = _new_resident(parts, data, cast, household, nickname)
            session.add(resident)
            await session.flush()
            session.add(_residence(household, resident, parts))
            await join_group(session, groups[group_of[building]], resident, parts.phrases, parts.clock.now())
            cast.residents[nickname] = resident.id
            cast.home_group[nickname] = group_of[building]


def _residence(household: Household, resident: Resident, parts: Parts) -> Residence:
    now = parts.clock.now()
    return Residence(
        community_id=household.community_id,
        resident_id=resident.id,
        building_id=household.building_id,
        unit=household.unit,
        room=household.room,
        state=HomeState.VERIFIED,
        how="code",
        claimed_at=now,
        settled_at=now,
    )


def _new_resident(parts: Parts, data: Mapping[str, Any], cast: Cast, household: Household, nickname: str) -> Resident:
    if nickname in cast.residents:
        raise StoryWrong(f"community.yml: {nickname} stands twice")
    traditional: Sequence[str] = data.get("traditional", ())
    return Resident(
        community_id=cast.community_id,
        nickname=nickname,
        household_id=household.id,
        building_id=household.building_id,
        unit=household.unit,
        room=household.room,
        script="hant" if nickname in traditional else "hans",
        big_text=nickname in data.get("big_text", ()),
        created_at=parts.clock.now(),
    )
