"""Pages of tips for residents: the anonymous form, coming back with number and passphrase, and one's own cases.

The form knows nobody: no cookie is set or read, no address is kept. How often one place asks is counted in memory
only, under a number that another process or a restart cannot tell.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy import select

from actions.errors import ActionError
from actions.outcome import Outcome
from actions.people.model import Level, OrgUnit
from actions.tips.commands import LeaveTip, OpenedTip, VisitOwnTip, VisitTip
from actions.tips.passing import has_passphrase, make_passphrase
from actions.tips.visiting import Visit
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.limits import Buckets
from bot.channels.webchat.replies import load_templates, page
from bot.channels.webchat.signing import check_origin, find_resident
from bot.channels.webchat.wire import clean_text
from bot.clock import local

MOST_BYTES = 32 * 1024  # of a form: text only
LONGEST = 2000
SHORTEST = 4
LEAVES_A_MINUTE = 6
VISITS_A_MINUTE = 12
PLACE = (("building", 16), ("spot", 64))
OTHER = "safety_tip/other"

Perform = Callable[[Any], Awaitable[Outcome]]


class TipPages:
    """Handlers of the pages. ``services``: the kinds of tips, code → name."""

    def __init__(self, deps: WebChat, perform: Perform, services: Mapping[str, str]) -> None:
        self._deps, self._perform, self._services = deps, perform, services
        self._templates = load_templates()
        self._templates.filters["clock_time"] = clock_time
        self._salt = secrets.token_bytes(16)
        self._leaves, self._visits = Buckets(LEAVES_A_MINUTE), Buckets(VISITS_A_MINUTE)

    async def show_form(self, request: web.Request) -> web.Response:
        """The empty form, with a number and a passphrase of its own: sent twice it is one case."""
        return await self._form(request, {})

    async def leave(self, request: web.Request) -> web.Response:
        """Seal what was written; number and passphrase are shown this once."""
        check_origin(self._deps, request)
        form = await read_form(request)
        if not self._may(request, self._leaves):
            return await self._form(request, form, "tips.too_often", status=429)
        communities = await self._communities()
        text, wanted = clean_text(form.get("text", "")), form.get("community", "")
        community = next((i for i in communities if str(i) == wanted or len(communities) == 1), None)
        passphrase, number = form.get("passphrase", ""), form.get("number", "")
        if community is None:
            return await self._form(request, form, "tips.which_community", status=400)
        if not SHORTEST <= len(text) <= LONGEST:
            return await self._form(request, form, "tips.text_length", status=400)
        if not has_passphrase(passphrase) or not 16 <= len(number) <= 64:
            return await self._form(request, form, "tips.form_again", status=400)
        service = form.get("service", "")
        where = {name: clean_text(form.get(name, ""))[:most] for name, most in PLACE}
        command = LeaveTip(
            community,
            service if service in self._services else OTHER,
            text,
            where,
            passphrase=passphrase,
            form_key=number,
        )
        try:
            opened: OpenedTip = (await self._perform(command)).value
        except ActionError as error:
            return await self._form(request, form, error.phrase, status=409, again=True)
        return self._page(request, "tip_left.html", ref=opened.ref, passphrase=passphrase)

    async def show_door(self, request: web.Request) -> web.Response:
        """Number and passphrase, please."""
        return self._page(request, "tip_back.html", error="", ref="")

    async def come_back(self, request: web.Request) -> web.Response:
        """What was asked and answered; what is added goes into the case."""
        check_origin(self._deps, request)
        form = await read_form(request)
        ref, passphrase = (form.get(name, "")[:64] for name in ("ref", "passphrase"))
        text = clean_text(form.get("text", ""))[:LONGEST]
        if not self._may(request, self._visits):
            return self._page(request, "tip_back.html", 429, error=self._say("tips.too_often"), ref=ref)
        visit: Visit = (await self._perform(VisitTip(ref, passphrase, text))).value
        if not visit.ref:
            return self._page(request, "tip_back.html", 403, error=self._say("tips.wrong"), ref=ref)
        return self._thread(request, visit, passphrase)

    async def own(self, request: web.Request) -> web.Response:
        """The same for the signed-in resident who reported it in the private chat."""
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        text = ""
        if request.method == "POST":
            check_origin(self._deps, request)
            text = clean_text((await read_form(request)).get("text", ""))[:LONGEST]
        visit: Visit = (await self._perform(VisitOwnTip(request.match_info["ref"], resident_id, text))).value
        if not visit.ref:
            raise web.HTTPNotFound
        return self._thread(request, visit, "")

    def _thread(self, request: web.Request, visit: Visit, passphrase: str) -> web.Response:
        state = self._say(f"tips.state.{visit.state}", {"ref": visit.ref})
        unreadable = "" if visit.readable else self._say("tips.unreadable")
        return self._page(
            request,
            "tip_thread.html",
            visit=visit,
            passphrase=passphrase,
            state=state,
            unreadable=unreadable,
            longest=LONGEST,
        )

    async def _form(
        self,
        request: web.Request,
        filled: Mapping[str, str],
        phrase: str = "",
        *,
        status: int = 200,
        again: bool = False,
    ) -> web.Response:
        known = {} if again else filled
        passphrase = known.get("passphrase", "")
        return self._page(
            request,
            "tip_form.html",
            status,
            communities=await self._communities(),
            services=self._services,
            filled=filled,
            error=self._say(phrase) if phrase else "",
            number=known.get("number") or secrets.token_urlsafe(24),
            passphrase=passphrase if has_passphrase(passphrase) else make_passphrase(),
            longest=LONGEST,
        )

    async def _communities(self) -> dict[int, str]:
        query = select(OrgUnit.id, OrgUnit.name).where(OrgUnit.level == Level.COMMUNITY).order_by(OrgUnit.id)
        async with self._deps.db.read() as session:
            return {unit_id: name for unit_id, name in await session.execute(query)}

    def _may(self, request: web.Request, buckets: Buckets) -> bool:
        return buckets.try_take(hash((self._salt, request.remote)), self._deps.clock.now())

    def _say(self, phrase: str, params: Mapping[str, Any] | None = None) -> str:
        return self._deps.phrases.render(phrase, params)

    def _page(self, request: web.Request, name: str, status: int = 200, **values: Any) -> web.Response:
        return page(request, self._templates, name, status=status, **values)


async def read_form(request: web.Request) -> dict[str, str]:
    """The texts of the form. Raises HTTPRequestEntityTooLarge, HTTPBadRequest for what no browser sends."""
    try:
        form = await request.clone(client_max_size=MOST_BYTES).post()
    except (ValueError, LookupError, AssertionError):
        raise web.HTTPBadRequest from None
    return {name: value for name, value in form.items() if isinstance(value, str)}


def clock_time(at: datetime) -> str:
    """An instant as residents read it."""
    return f"{local(at):%m月%d日 %H:%M}"
