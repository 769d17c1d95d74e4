"""Patrols for residents: what one can come to, one's own shift with its route, the card at a point."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.outcome import Outcome
from actions.people.model import Resident
from actions.shifts.commands import CheckInShift, CheckOutShift, JoinShift, LeaveShift, PassPoint, WhichShift
from actions.shifts.model import CHECK_IN_BEFORE, Duty, Shift, SignupState
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.replies import load_templates, page
from bot.channels.webchat.signing import check_origin, find_resident
from bot.channels.webchat.tips import read_form
from bot.channels.webchat.wire import clean_text
from bot.clock import local
from bot.storage.queries_shifts import OwnShift, list_for_resident, list_route

AHEAD = timedelta(days=21)
LONGEST_NOTE = 200
Perform = Callable[[Any], Awaitable[Outcome]]


class ShiftPages:
    """Handlers of /shifts. What is done here goes through the same commands as in the chat."""

    def __init__(self, deps: WebChat, perform: Perform) -> None:
        self._deps, self._perform = deps, perform
        self._templates = load_templates()
        self._templates.filters["when"] = when_words
        self._templates.filters["clock_time"] = lambda at: f"{local(at):%H:%M}"

    async def show(self, request: web.Request) -> web.Response:
        """Three weeks of it, one's own in front."""
        return await self._list(request, await self._owner(request))

    async def one(self, request: web.Request) -> web.Response:
        """One shift: who goes, and the route for who is on it."""
        return await self._one(request, await self._owner(request))

    async def act(self, request: web.Request) -> web.Response:
        """Do what the button asks, on the list or on one shift's page."""
        check_origin(self._deps, request)
        resident, form = await self._owner(request), await read_form(request)
        said, refused = await self._do(lambda: _command(resident, form, request.match_info.get("id", "")))
        show = self._one if "id" in request.match_info else self._list
        return await show(request, resident, said=said, refused=refused)

    async def at_point(self, request: web.Request) -> web.Response:
        """What a card leads to: one button, so that no preview of a link checks anybody in."""
        resident = await self._owner(request)
        return self._page(request, "shift_at.html", resident, code=request.match_info["code"], said="", refused=False)

    async def tick(self, request: web.Request) -> web.Response:
        """The button was pressed."""
        check_origin(self._deps, request)
        resident, form, code = await self._owner(request), await read_form(request), request.match_info["code"]
        note = clean_text(form.get("note", ""))[: LONGEST_NOTE + 1]
        passed = PassPoint(resident.community_id, resident.id, code, note=note)
        said, refused = await self._do(lambda: passed)
        return self._page(request, "shift_at.html", resident, code=code, said=said, refused=refused)

    async def _do(self, build: Callable[[], Any]) -> tuple[str, bool]:
        """What is said of it, and whether it was refused."""
        say = self._deps.phrases.render
        try:
            outcome = await self._perform(build())
        except ActionError as error:
            return say(error.phrase, error.params), True
        said = [say(one.phrase, one.params) for one in outcome.replies if one.effect_key is None]
        return ("\n".join(said), False) if said else (say("shift.none_such"), True)

    async def _owner(self, request: web.Request) -> Resident:
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        async with self._deps.db.read() as session:
            return await session.get_one(Resident, resident_id)

    async def _list(
        self, request: web.Request, resident: Resident, *, said: str = "", refused: bool = False
    ) -> web.Response:
        now = self._deps.clock.now()
        async with self._deps.db.read() as session:
            rows = await list_for_resident(session, resident.community_id, resident.id, now + AHEAD)
        rows = [row for row in rows if row.shift.ends_at > now or is_on_duty(row)]
        own = [row for row in rows if row.own is not None]
        others = [row for row in rows if row.own is None]
        return self._page(
            request, "shifts.html", resident, own=own, others=others, now=now, soon=CHECK_IN_BEFORE, said=said,
            refused=refused,
        )  # fmt: skip

    async def _one(
        self, request: web.Request, resident: Resident, *, said: str = "", refused: bool = False
    ) -> web.Response:
        now, number = self._deps.clock.now(), int(request.match_info["id"])
        async with self._deps.db.read() as session:
            shift = await session.get(Shift, number)
            if shift is None or shift.community_id != resident.community_id:
                raise web.HTTPNotFound
            rows = await list_for_resident(session, resident.community_id, resident.id, now + AHEAD)
            row = next((one for one in rows if one.shift.id == number), OwnShift(shift, None, ()))
            route = await list_route(session, shift) if row.own is not None else []
            duty = await session.get_one(Duty, shift.duty_id)
        return self._page(
            request, "shift.html", resident, row=row, route=route, duty=duty, now=now, soon=CHECK_IN_BEFORE, said=said,
            refused=refused,
        )  # fmt: skip

    def _page(self, request: web.Request, name: str, resident: Resident, **values: Any) -> web.Response:
        status = 422 if values["refused"] else 200
        return page(request, self._templates, name, status=status, resident=resident, **values)


def is_on_duty(row: OwnShift) -> bool:
    """Whether they are there now."""
    return row.own is not None and row.own.state == SignupState.ON_DUTY


def when_words(shift: Shift) -> str:
    """ "11月24日（周二）19:30–21:00"."""
    start, end = local(shift.starts_at), local(shift.ends_at)
    return f"{start.month}月{start.day}日（周{'一二三四五六日'[start.weekday()]}）{start:%H:%M}–{end:%H:%M}"


def _command(resident: Resident, form: Mapping[str, str], here: str) -> Any:
    """The order a button stands for. Raises InvalidInput."""
    who, number = (resident.community_id, resident.id), _whole(here or form.get("shift", ""))
    which = WhichShift(number)
    match form.get("do", ""):
        case "join" | "lead" as do:
            return JoinShift(*who, which, "lead" if do == "lead" else "patrol", addressed=True)
        case "leave" | "stand_in" as do:
            return LeaveShift(*who, which, do == "stand_in", addressed=True)
        case "in":
            return CheckInShift(*who, number, addressed=True)
        case "out":
            return CheckOutShift(*who, number, addressed=True)
        case "pass":
            note = clean_text(form.get("note", ""))[: LONGEST_NOTE + 1]
            return PassPoint(*who, point_id=_whole(form.get("point", "")), note=note)
        case _:
            raise InvalidInput("no such button", phrase="shift.none_such")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
