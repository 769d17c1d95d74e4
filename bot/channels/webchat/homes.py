"""The resident's own page: where they live and how sure that is, a code, neighbours, family, leaving, who they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput
from actions.outcome import Outcome
from actions.people.claiming import list_proxies
from actions.people.codes import find_code
from actions.people.doors import door_words, verified_members
from actions.people.home_commands import AskNeighbours, ClaimHome, Door, LeaveHome, SaveContact, UseCode
from actions.people.home_model import LIVE, MEMBER, Contact, HomeState, Residence
from actions.people.model import Level, OrgUnit, Resident
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.replies import load_templates, page
from bot.channels.webchat.signing import check_origin, find_resident
from bot.channels.webchat.tips import read_form
from bot.channels.webchat.wire import clean_text
from bot.phones import read_name, read_phone
from bot.sealing import ContactSeals

Perform = Callable[[Any], Awaitable[Outcome]]


class HomePages:
    """Handlers of /mine. What is done here goes through the same commands as in the chat."""

    def __init__(self, deps: WebChat, perform: Perform) -> None:
        self._deps, self._perform = deps, perform
        self._templates = load_templates()

    async def show(self, request: web.Request) -> web.Response:
        """The page as it stands."""
        return await self._page(request, await self._owner(request))

    async def act(self, request: web.Request) -> web.Response:
        """Do what the form asks, and show the page with what came of it."""
        check_origin(self._deps, request)
        resident_id = await self._owner(request)
        form = await read_form(request)
        try:
            async with self._deps.db.read() as session:
                resident = await session.get_one(Resident, resident_id)
                command = await self._command(session, resident, form)
            outcome = await self._perform(command)
        except ActionError as error:
            words = self._deps.phrases.render(error.phrase, error.params)
            return await self._page(request, resident_id, words=words, bad=True, status=400)
        told = self._own_words(outcome, resident_id, command)
        return await self._page(request, resident_id, words=told, bad=outcome.value in ("wrong", "refused", "locked"))

    async def _command(self, session: AsyncSession, resident: Resident, form: Mapping[str, str]) -> Any:
        who = (resident.community_id, resident.id)
        match form.get("do"):
            case "code":
                text = clean_text(form.get("code", ""))[:32]
                return UseCode(*who, find_code(text) or text or "-")
            case "claim":
                return ClaimHome(*who, await self._door(session, resident, form), moving=bool(form.get("moving")))
            case "ask":
                return AskNeighbours(*who)
            case "leave":
                return LeaveHome(*who, sure=True)
            case "unproxy":
                number = form.get("residence", "")[:15]
                return LeaveHome(*who, sure=True, residence_id=int(number) if number.isdecimal() else 0)
            case "contact":
                return self._contact(resident, form)
        raise InvalidInput("nothing to do", phrase="error.invalid_input")

    async def _door(self, session: AsyncSession, resident: Resident, form: Mapping[str, str]) -> Door:
        number = form.get("building", "")[:15]
        building = await session.get(OrgUnit, int(number)) if number.isdecimal() else None
        if building is None or building.community_id != resident.community_id or building.level != Level.BUILDING:
            raise InvalidInput("no such building", phrase="home.no_building")
        unit, room = (clean_text(form.get(name, "")).strip()[:8] for name in ("unit", "room"))
        return Door(building.code or building.name, unit.removesuffix("单元"), room.removesuffix("室"))

    def _contact(self, resident: Resident, form: Mapping[str, str]) -> SaveContact:
        name, phone = read_name(form.get("name", "")), read_phone(form.get("phone", ""))
        if form.get("name", "").strip() and not name:
            raise InvalidInput("no name", phrase="home.name_wrong")
        if not phone:
            raise InvalidInput("no phone", phrase="home.phone_wrong")
        seals = ContactSeals(self._deps.settings)
        return SaveContact(
            resident.community_id, seals.seal(name), seals.seal(phone), seals.mark(phone), resident_id=resident.id
        )

    def _own_words(self, outcome: Outcome, resident_id: int, command: Any) -> str:
        if isinstance(command, SaveContact):
            return self._deps.phrases.render("home.contact_saved")
        mine = (reply for reply in outcome.replies if reply.resident_id == resident_id)
        reply = next(mine, None)
        return self._deps.phrases.render(reply.phrase, reply.params) if reply is not None else ""

    async def _owner(self, request: web.Request) -> int:
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        return resident_id

    async def _page(
        self, request: web.Request, resident_id: int, *, words: str = "", bad: bool = False, status: int = 200
    ) -> web.Response:
        async with self._deps.db.read() as session:
            facts = await _facts(session, resident_id)
        return page(request, self._templates, "mine.html", status=status, words=words, bad=bad, **facts)


async def _facts(session: AsyncSession, resident_id: int) -> dict[str, Any]:
    resident = await session.get_one(Resident, resident_id)
    query = select(Residence).where(
        Residence.resident_id == resident_id, Residence.kind == MEMBER, Residence.state.in_(LIVE)
    )
    claim = await session.scalar(query)
    said = claim if claim is not None else resident
    home = (said.building_id, said.unit, said.room)
    building = await session.get(OrgUnit, home[0]) if home[0] is not None else None
    verified = claim is not None and claim.state == HomeState.VERIFIED
    members = await verified_members(session, resident.household_id) if resident.household_id and verified else ()
    here = (OrgUnit.community_id == resident.community_id, OrgUnit.level == Level.BUILDING)
    buildings = (await session.scalars(select(OrgUnit).where(*here).order_by(OrgUnit.id))).all()
    contact = await session.scalar(select(Contact.id).where(Contact.resident_id == resident_id))
    return {
        "resident": resident,
        "door": door_words(building, home[1], home[2]) if building is not None else "",
        "complete": building is not None and bool(home[2]),
        "verified": verified,
        "doubted": bool(claim is not None and claim.doubt),
        "others": [m.nickname for m in members if m.id != resident_id],
        "proxies": await list_proxies(session, resident_id),
        "buildings": buildings,
        "home": home,
        "has_contact": contact is not None,
    }
