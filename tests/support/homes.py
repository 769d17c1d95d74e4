"""The whole application with residents and staff in it, for what both do about homes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, update

from actions.people.doors import open_household
from actions.people.home_commands import MakeCodes
from actions.people.home_model import Residence
from actions.people.model import Household, OrgUnit, StaffMember
from bot.bootstrap import open_parts
from bot.channels.webchat.signing import COOKIE, make_token
from bot.clock import FixedClock
from bot.web import create_app
from tests.support.console import HASH, Office
from tests.support.sqlite import copy_migrated
from tests.support.world import START, build_people, make_settings


class House(Office):
    """The office with the residents' pages beside it."""

    async def resident(self, who: str) -> TestClient[Any, Any]:
        """A resident's browser, signed in."""
        async with self.parts.db.write() as session:
            token = make_token(session, self.people.residents[who], self.clock.now())
        client: TestClient[Any, Any] = TestClient(self.server, cookies={COOKIE: token})
        await client.start_server()
        self.browsers.append(_Closing(client))  # type: ignore[arg-type]
        return client

    async def building(self, code: str) -> OrgUnit:
        query = select(OrgUnit).where(OrgUnit.code == code, OrgUnit.community_id == self.people.community_id)
        found: OrgUnit = (await self.rows(query))[0]
        return found

    async def household(self, building: str = "3", unit: str = "2", room: str = "501") -> Household:
        async with self.parts.db.write() as session:
            return await open_household(session, await self.building(building), unit, room)

    async def code(self, *door: str, uses: int = 1, days: int = 30) -> str:
        """A fresh code of a household, by the committee."""
        household, staff = await self.household(*door), self.people.staff["钱主任"]
        made = await self.parts.performer.run(MakeCodes(staff, (household.id,), uses, timedelta(days=days)))
        return str(made.value[household.id])

    async def home(self, who: str) -> Residence | None:
        """The latest claim of a resident."""
        mine = select(Residence).where(Residence.resident_id == self.people.residents[who])
        found = await self.rows(mine.order_by(Residence.id.desc()).limit(1))
        return found[0] if found else None


class _Closing:
    def __init__(self, http: TestClient[Any, Any]) -> None:
        self.http = http


async def words_of(answer: ClientResponse) -> str:
    """What /mine says came of a form."""
    found = re.search(r'id="words">([^<]*)<', await answer.text())
    return found[1] if found else ""


@asynccontextmanager
async def open_house(var: Path) -> AsyncIterator[House]:
    """Fill and serve everything."""
    await copy_migrated(var / "linan.db")
    clock = FixedClock(START)
    async with open_parts(make_settings(var), clock) as parts:
        async with parts.db.write() as session:
            people = await build_people(session, START)
            await session.execute(update(StaffMember).values(password_hash=HASH))
            staff = (await session.scalars(select(StaffMember))).all()
        server = TestServer(create_app(parts))
        await server.start_server()
        house = House(server, parts, clock, people, {s.role: s.login for s in staff}, {s.role: s.name for s in staff})
        try:
            yield house
        finally:
            for browser in house.browsers:
                await browser.http.close()
            await server.close()
