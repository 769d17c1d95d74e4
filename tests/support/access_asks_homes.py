"""How the addresses of homes are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.people.doors import open_household
from actions.people.home_commands import ClaimHome, Door, SaveContact
from actions.people.model import Household, OrgUnit, Resident
from tests.support.access_asks import GONE, Make, near, on_ticket
from tests.support.access_town import Ask, Town
from tests.support.world import START

PHONE = {"name": "甄实名", "phone": "13800138000"}


async def newcomer(town: Town) -> Resident:
    """Somebody who lives nowhere yet."""
    name = town.new_word("新")
    row: Resident = await town.add(Resident(community_id=town.here.community_id, nickname=name, created_at=START))
    return row


def claim_at(building: str) -> Make:
    async def make(town: Town) -> Ask:
        who, form = await newcomer(town), {"what": "confirm"}
        door = Door(building, "1", str(200 + town.count()))
        claim = (await town.do(ClaimHome(who.community_id, who.id, door))).value
        return Ask(f"/homes/{claim}/settle", form, Ask(f"/homes/{GONE}/settle", form))

    return make


def on_resident(path: str = "", form: Mapping[str, Any] | None = None) -> Make:
    """A neighbour of the first grid, with a name at the back."""

    async def make(town: Town) -> Ask:
        who = town.here.residents["王阿姨"]
        await town.do(SaveContact(town.here.community_id, b"", b"", town.new_word(), resident_id=who))
        return Ask(f"/residents/{who}{path}", form or {}, Ask(f"/residents/{GONE}{path}", form or {}))

    return make


async def a_code(town: Town) -> Ask:
    async with town.office.parts.db.write() as session:
        building = await session.get_one(OrgUnit, await town.unit("3栋"))
        household: Household = await open_household(session, building, "1", "101")
    form = {"uses": "1", "days": "30"}
    return Ask("/homes/codes", {**form, "doors": str(household.id)}, Ask("/homes/codes", {**form, "doors": str(GONE)}))


async def new_doors(town: Town) -> Ask:
    form = {"unit": "1", "rooms": str(1000 + town.count())}
    building = {"building": str(await town.unit("3栋"))}
    return Ask("/homes/doors", {**form, **building}, Ask("/homes/doors", {**form, "building": str(GONE)}))


async def doors_of(town: Town) -> Ask:
    building = await town.unit("3栋")
    return Ask(f"/homes/codes?building={building}", {}, Ask(f"/homes/codes?building={GONE}"))


async def phoned(town: Town, **more: Any) -> Any:
    caller = SaveContact(town.here.community_id, b"", b"", town.new_word())
    return await near(town, caller_id=(await town.do(caller)).value, source="phone", **more)


HOMES: dict[str, Make] = {
    "POST /tickets/{id}/caller": on_ticket(phoned, "/caller"),
    "POST /homes/{id}/settle": claim_at("3"),
    "POST /homes/{id}/settle far": claim_at("8"),
    "GET /homes/codes a building": doors_of,
    "POST /homes/codes": a_code,
    "POST /homes/doors": new_doors,
    "GET /residents/{id}": on_resident(),
    "POST /residents/{id}/identity": on_resident("/identity"),
    "POST /residents/{id}/contact": on_resident("/contact", PHONE),
}
