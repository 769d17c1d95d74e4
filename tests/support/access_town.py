"""Two communities that know nothing of each other, one session for each role of both, and a look whether anything was
written: for asking every address as everybody."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, FormData
from argon2 import PasswordHasher
from sqlalchemy import select, update

from actions.outcome import Outcome
from actions.people.model import OrgUnit, Resident, Role, StaffMember
from bot.bootstrap import bring_in
from bot.console.sessions import COOKIE
from bot.storage.tables import ChatMessage
from tests.support.classroom import tiny_data
from tests.support.console import PASSWORD, Office, open_office
from tests.support.world import START, World, build_people

CONSOLE = "/console"
NOBODY = "nobody"
# as every other, but checked in a moment: two dozen people sign in
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True)
class Ask:
    """One request. ``missing``: the same for something that is not there. ``reads``: nothing is written even when it
    is done, and ``refusal`` stands in the answer when it is not."""

    path: str
    form: Mapping[str, Any] = field(default_factory=dict)
    missing: Ask | None = None
    reads: bool = False
    refusal: str = "text-danger"
    file: tuple[str, bytes] | None = None


@dataclass(frozen=True)
class Person:
    """Somebody at a browser of their own. ``place``: here, grid2 or elsewhere. ``title``: the role, or street_admin."""

    name: str
    role: str
    place: str
    title: str
    id: int
    cookie: str
    token: str


@dataclass(frozen=True)
class Answer:
    """What came back, without what differs from one asking to the next."""

    status: int
    location: str
    text: str
    wrote: bool

    @property
    def same(self) -> tuple[int, str, str]:
        return self.status, self.location, self.text


@dataclass
class Town:
    """The served console with its people. ``here`` is where the things lie that they ask for."""

    office: Office
    here: World
    elsewhere: World
    http: ClientSession
    watch: sqlite3.Connection
    people: list[Person] = field(default_factory=list)
    secret: int = 0  # the ticket that was told in confidence
    served: list[re.Pattern[str]] = field(default_factory=list)  # the addresses, as patterns
    _counted: int = 0

    @property
    def community(self) -> str:
        return str(self.here.community_id)

    def person(self, name: str) -> Person:
        """By title and, unless it is here, place."""
        return next(one for one in self.people if one.name in (name, f"{name} here"))

    def new_word(self, word: str = "词") -> str:
        """A word that was not there before, without digits: those could be a phone or a door."""
        return word + "".join("甲乙丙丁戊己庚辛壬癸"[int(digit)] for digit in str(self.count()))

    def count(self) -> int:
        """Another number every time."""
        self._counted += 1
        return self._counted

    async def do(self, command: Any) -> Outcome:
        return await self.office.parts.performer.run(command)

    async def add(self, row: Any) -> Any:
        async with self.office.parts.db.write() as session:
            session.add(row)
            await session.flush()
        return row

    async def newest(self, table: Any, *tests: Any) -> Any:
        return (await self.office.rows(select(table).where(*tests).order_by(table.id.desc()).limit(1)))[0]

    async def unit(self, name: str) -> int:
        """A grid or building of ours."""
        here = (OrgUnit.community_id == self.here.community_id, OrgUnit.name == name)
        return int((await self.newest(OrgUnit, *here)).id)

    def _version(self) -> int:
        """Another number whenever somebody else wrote to the database."""
        return int(self.watch.execute("PRAGMA data_version").fetchone()[0])

    async def ask(self, person: Person, method: str, ask: Ask, *, token: str | None = None) -> Answer:
        """As that person's browser would. ``token``: another one than theirs, "" for none."""
        before = self._version()
        given = person.token if token is None else token
        async with self._send(person, method, ask, given) as response:
            live = response.content_type == "text/event-stream"  # it goes on until somebody goes
            text = "" if live else (await response.read()).decode("utf-8", "replace")
        location = response.headers.get("Location", "")
        wrote = self._version() != before
        if response.status == 303 and not wrote and "/sign-in" not in location:
            text = await self._next_page(person, response)  # says why not
        return Answer(response.status, location, re.sub(r'csrf" (value|content)="[^"]*"', "", text), wrote)

    def _send(self, person: Person, method: str, ask: Ask, token: str) -> Any:
        more: dict[str, Any] = {"headers": {"Cookie": f"{COOKIE}={person.cookie}"}}
        if method == "POST":
            data = FormData({name: str(value) for name, value in ask.form.items()})
            if token:
                data.add_field("csrf", token)
            if ask.file is not None:
                data.add_field("file", ask.file[1], filename=ask.file[0])
            more["data"] = data
        url = self.office.server.make_url(CONSOLE + ask.path)
        return self.http.request(method, url, allow_redirects=False, timeout=ClientTimeout(total=30), **more)

    async def _next_page(self, person: Person, response: ClientResponse) -> str:
        cookie = response.cookies[COOKIE].value if COOKIE in response.cookies else person.cookie
        url = self.office.server.make_url(response.headers["Location"])
        async with self.http.get(url, headers={"Cookie": f"{COOKIE}={cookie}"}, allow_redirects=False) as page:
            return await page.text()

    async def sign_everybody_in(self) -> None:
        """Each in a browser of their own, so that they can ask side by side and again and again."""
        async with self.office.parts.db.read() as session:
            staff = (await session.scalars(select(StaffMember).order_by(StaffMember.id))).all()
        for member in staff:
            place = "elsewhere" if member.name.startswith("外乡") else "grid2" if member.login == "grid-2" else "here"
            title = "street_admin" if member.login.startswith("above") else member.role
            browser = await self.office.browser()
            assert (await browser.sign_in(member.login)).status == 303
            token = await browser.token()
            name = f"{title} {place}"
            self.people.append(Person(name, member.role, place, title, member.id, browser.cookie(), token))

    async def sign_in_again(self) -> None:
        """Everybody anew, after all have signed out: that ended their sessions."""
        strangers = [person for person in self.people if person.name == NOBODY]
        self.people.clear()
        await self.sign_everybody_in()
        self.people += strangers

    async def let_stranger_in(self) -> None:
        """Nobody, with the session of the sign-in page."""
        browser = await self.office.browser()
        token = await browser.token(f"{CONSOLE}/sign-in")
        self.people.append(Person(NOBODY, "", "", "", 0, browser.cookie(), token))

    async def restore_passwords(self) -> None:
        """Somebody changed theirs, which ends their sessions."""
        async with self.office.parts.db.write() as session:
            await session.execute(update(StaffMember).values(password_hash=QUICK))


@asynccontextmanager
async def open_town(folder: Path) -> AsyncIterator[Town]:
    """Two districts with everybody in them, what ships brought in, and everybody signed in."""
    data = tiny_data(folder / "data")
    async with open_office(folder / "var", data=data) as office:
        elsewhere = await _build_elsewhere(office)
        await bring_in(office.parts)
        async with ClientSession(cookie_jar=DummyCookieJar()) as http:
            with closing(sqlite3.connect(folder / "var" / "linan.db")) as watch:
                town = Town(office, office.people, elsewhere, http, watch)
                await town.sign_everybody_in()
                await town.let_stranger_in()
                yield town


async def _build_elsewhere(office: Office) -> World:
    """A second district, and with us a grid worker of the second grid and a resident whose name nobody may learn."""
    here = office.people
    ours = {"community_id": here.community_id, "created_at": START}
    async with office.parts.db.write() as session:
        for member in (await session.scalars(select(StaffMember))).all():
            member.login = f"here-{member.login}"
            member.password_hash = QUICK
        elsewhere = await build_people(session, START)
        for member in (await session.scalars(select(StaffMember).where(StaffMember.password_hash == ""))).all():
            member.name = f"外乡{member.name}"
        grids = select(OrgUnit).where(OrgUnit.parent_id == here.community_id, OrgUnit.level == "grid")
        second = (await session.scalars(grids.order_by(OrgUnit.id))).all()[1]
        seat = {"org_unit_id": second.id, "team_id": here.teams["grid2"], "role": Role.GRID_WORKER}
        nameless = Resident(nickname="莫声张", **ours)
        streets = (await session.scalars(select(OrgUnit).where(OrgUnit.level == "street").order_by(OrgUnit.id))).all()
        above = {"role": Role.ADMIN, "password_hash": "", "created_at": START}  # of all communities of a street
        line = {"community_id": here.community_id, "chat_id": here.staff_group, "sender": "bot", "sent_at": START}
        session.add_all(
            [
                StaffMember(login="grid-2", name="二网格", password_hash="", **seat, **ours),
                StaffMember(login="above-0", name="街道管理员", org_unit_id=streets[0].id, **above),
                StaffMember(login="above-1", name="外乡街道管理员", org_unit_id=streets[1].id, **above),
                ChatMessage(text="樟树底下要人去看", **line),
                nameless,
            ]
        )
        await session.execute(update(StaffMember).values(password_hash=QUICK))
        await session.flush()
        here.residents["莫声张"] = nameless.id
    return elsewhere
