"""What staff do about homes in a chat script: codes, doors, a word on a claim; and who is held to live where.

``home: code`` with ``door: 3-2-501`` makes a code; ``{code}`` in what is said afterwards is the last one made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions.errors import ActionError
from actions.people.doors import open_household
from actions.people.home_commands import MakeCodes, RegisterDoors, SettleClaim
from actions.people.home_model import LIVE, Residence
from actions.people.model import OrgUnit
from bot.storage.tables import ChatMessage
from tests.support.world import World

KEYS = frozenset("home door of uses days homes doubts kept".split())


class HomeSteps:
    """Steps about homes in one world."""

    def __init__(self, world: World) -> None:
        self.world, self.code = world, ""

    def filled(self, text: str) -> str:
        """What is said, with the last code in it."""
        return text.replace("{code}", self.code).replace("{code in small}", self.code.lower().replace("-", ""))

    async def staff(self, step: Mapping[str, Any]) -> str | None:
        """Do it; the code of the error it was refused with."""
        try:
            await self._do(step)
        except ActionError as error:
            return error.code
        return None

    async def _do(self, step: Mapping[str, Any]) -> None:
        staff_id, run = self.world.staff[step["staff"]], self.world.parts.performer.run
        if step["home"] in ("code", "doors"):
            building, unit, room = str(step["door"]).split("-")
            at = await self._building(building)
            if step["home"] == "doors":
                await run(RegisterDoors(staff_id, at.id, unit, tuple(room.split())))
                return
            async with self.world.parts.db.write() as session:
                household = await open_household(session, at, unit, room)
            lasting = timedelta(days=int(step.get("days", 30)))
            made = await run(MakeCodes(staff_id, (household.id,), int(step.get("uses", 1)), lasting))
            self.code = made.value[household.id]
            return
        claim = await self._claim(str(step["of"]))
        assert claim is not None, f"{step['of']} claims no home"
        door: tuple[int | None, str, str] = (None, "", "")
        if "door" in step:
            building, unit, room = str(step["door"]).split("-")
            door = ((await self._building(building)).id, unit, room)
        await run(SettleClaim(claim.id, staff_id, str(step["home"]), str(step.get("text", "")), *door))

    async def check(self, step: Mapping[str, Any]) -> None:
        """ "3-2-501" for a proved home, "3-2-501?" for one that is only said, "" for none."""
        for who, wanted in step.get("homes", {}).items():
            claim = await self._claim(who)
            found = "" if claim is None else await self._words(claim)
            assert found == str(wanted), f"{who} lives at {found!r}, not {wanted!r}"
        for who, wanted in step.get("doubts", {}).items():
            claim = await self._claim(who)
            assert claim is not None, f"{who} claims no home"
            assert claim.doubt == wanted, f"doubted as {claim.doubt!r}"

        if self.code and step.get("kept") is False:
            async with self.world.parts.db.read() as session:
                texts = list(await session.scalars(select(ChatMessage.text)))
            plain = self.code.replace("-", "")
            assert not any(plain in text.upper().replace("-", "") for text in texts), "the code still stands in a line"

    async def _words(self, claim: Residence) -> str:
        async with self.world.parts.db.read() as session:
            building = await session.get_one(OrgUnit, claim.building_id)
        sure = "" if claim.state == "verified" else "?"
        return f"{building.code}-{claim.unit}-{claim.room}{sure}"

    async def _claim(self, who: str) -> Residence | None:
        """ "小陈" for where they live, "小陈/母亲" for whom they speak for."""
        name, _, kin = who.partition("/")
        query = select(Residence).where(
            Residence.resident_id == self.world.residents[name],
            Residence.kin == kin,
            Residence.state.in_(LIVE),
        )
        async with self.world.parts.db.read() as session:
            found: Residence | None = await session.scalar(query)
        return found

    async def _building(self, code: str) -> OrgUnit:
        async with self.world.parts.db.read() as session:
            query = select(OrgUnit).where(OrgUnit.code == code, OrgUnit.community_id == self.world.community_id)
            found: OrgUnit = (await session.scalars(query)).one()
        return found
