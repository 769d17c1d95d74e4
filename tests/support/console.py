"""The console on a real server and a real database file, with people who can sign in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, update
from yarl import URL

from actions.people.model import StaffMember
from actions.tickets.commands import Actor, Move, MoveTicket, OpenTicket, Where
from actions.tickets.model import Ticket
from bot.bootstrap import Parts, open_parts
from bot.clock import FixedClock
from bot.console.parts import Console
from bot.console.passwords import hash_password
from bot.console.setup import setup_console
from bot.storage.tables import AuditEvent
from bot.web import console_of
from tests.support.world import START, World, build_people, make_settings, prepare_database

PASSWORD = "桂花-sesame-2026"
HASH = hash_password(PASSWORD)  # once: it is slow on purpose
VENDOR = Path(__file__).resolve().parents[2] / "bot" / "static" / "vendor"


class Browser:
    """One browser: its cookies, and the token of the page it looks at."""

    def __init__(self, server: TestServer) -> None:
        self.http = TestClient(server)

    async def get(self, path: str, **more: Any) -> ClientResponse:
        return await self.http.get(path, allow_redirects=False, **more)

    async def page(self, path: str, status: int = 200) -> str:
        """The text of a page; its status must be as said."""
        answer = await self.get(path)
        text = await answer.text()
        assert answer.status == status, (path, answer.status, text[:400])
        return text

    async def token(self, path: str = "/console/account") -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', await self.page(path))
        assert found is not None
        return found[1]

    async def post(
        self, path: str, data: Mapping[str, Any] | None = None, *, token: str | None = None
    ) -> ClientResponse:
        """Send a form as a browser would, with the token of an earlier page."""
        form = {"csrf": token if token is not None else await self.token(), **(data or {})}
        return await self.http.post(path, data=form, allow_redirects=False)

    async def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> ClientResponse:
        token = await self.token("/console/sign-in")
        return await self.post("/console/sign-in", {"login": login, "password": password, **more}, token=token)

    def cookie(self, name: str = "linan_console") -> str:
        jar = self.http.session.cookie_jar.filter_cookies(URL(self.http.make_url("/console/")))
        return jar[name].value if name in jar else ""


@dataclass
class Office:
    """A served console: browsers of its staff, and short ways to make tickets."""

    server: TestServer
    parts: Parts
    clock: FixedClock
    people: World
    logins: dict[str, str]  # role → login
    names: dict[str, str]  # role → name
    browsers: list[Browser] = field(default_factory=list)

    async def browser(self, role: str | None = None) -> Browser:
        """A fresh browser, signed in as the staff member of that role."""
        browser = Browser(self.server)
        await browser.http.start_server()
        self.browsers.append(browser)
        if role is not None:
            answer = await browser.sign_in(self.logins[role])
            assert answer.status == 303, await answer.text()
        return browser

    async def open(
        self,
        text: str = "电梯又停了",
        service: str = "service_request/elevator",
        who: str = "王阿姨",
        **more: Any,
    ) -> Ticket:
        """A ticket of a resident, said in the east group."""
        more.setdefault("where", Where("3", "2"))
        resident = self.people.residents[who]
        command = OpenTicket(
            self.people.community_id,
            service,
            text,
            Actor("resident", resident),
            reporter_id=resident,
            chat_id=self.people.groups["东区群"],
            **more,
        )
        return await self.ticket((await self.parts.performer.run(command)).value.ticket_id)

    async def move(self, ticket: Ticket, move: str, name: str = "钱主任", **more: Any) -> Ticket:
        """A move made elsewhere than in the page under test."""
        actor = Actor("staff", self.people.staff[name])
        await self.parts.performer.run(MoveTicket(ticket.id, Move(move), actor, text="因为如此", **more))
        return await self.ticket(ticket.id)

    async def ticket(self, ticket_id: int) -> Ticket:
        async with self.parts.db.read() as session:
            return (await session.scalars(select(Ticket).where(Ticket.id == ticket_id))).one()

    async def audit(self) -> list[str]:
        """What stands in the audit, oldest first."""
        async with self.parts.db.read() as session:
            return list(await session.scalars(select(AuditEvent.what).order_by(AuditEvent.id)))

    async def rows(self, query: Any) -> list[Any]:
        async with self.parts.db.read() as session:
            return list(await session.scalars(query))


@asynccontextmanager
async def open_office(
    var: Path, url: str = "", *, data: Path | None = None, **parts_more: Any
) -> AsyncIterator[Office]:
    """Migrate, fill and serve. ``data``: another folder of examples and texts than the project's."""
    settings = make_settings(var, url, **({"data": data} if data else {}))
    await prepare_database(settings.database)
    clock = FixedClock(START)
    async with open_parts(settings, clock) as parts:
        async with parts.db.write() as session:
            people = await build_people(session, START)
            await session.execute(update(StaffMember).values(password_hash=HASH))
            staff = (await session.scalars(select(StaffMember))).all()
        app = web.Application()
        setup_console(app, console_parts(parts, **parts_more))
        app.router.add_static("/static/vendor", VENDOR)
        server = TestServer(app)
        await server.start_server()
        logins, names = {s.role: s.login for s in staff}, {s.role: s.name for s in staff}
        office = Office(server, parts, clock, people, logins, names)
        try:
            yield office
        finally:
            for browser in office.browsers:
                await browser.http.close()
            await server.close()


def console_parts(parts: Parts, **more: Any) -> Console:
    return replace(console_of(parts), **more)
