"""Neighbours' help for residents: what I asked for, what I may help with, what I took on, what I can do."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.ledger.rules import LedgerRules
from actions.outcome import NOTHING_FITS, Outcome
from actions.people.model import Resident
from actions.pool import commands as c
from actions.pool.asking import LONGEST
from actions.pool.rules import PoolRules
from actions.pool.tell import params_of
from actions.routing.rules import Rules
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.replies import load_templates, page
from bot.channels.webchat.signing import check_origin, find_resident
from bot.channels.webchat.tips import read_form
from bot.channels.webchat.wire import clean_text
from bot.storage.queries_pool import find_volunteer, list_asked, list_offered, list_taken

AHEAD = 14  # days to choose from
SHOWN_FOR = timedelta(days=30)  # what is over
LENGTHS = (30, 60, 90, 120, 180, 240)  # minutes
PARTS = ("m", "a", "e")
WEEK = tuple(f"pool.page.week_{n}" for n in range(7))
#: said in the chat, where it belongs: a door stands on no page
INSTEAD = {"pool.matched_visit": "pool.page.taken_visit", "pool.matched": "pool.page.taken"}
Perform = Callable[[Any], Awaitable[Outcome]]
Form = Mapping[str, str]


class PoolPages:
    """Handlers of /pool. What is done here goes through the same commands as in the chat."""

    def __init__(self, deps: WebChat, perform: Perform, rules: Rules, pool: PoolRules, hours: LedgerRules) -> None:
        self._deps, self._perform = deps, perform
        self._rules, self._pool, self._hours = rules, pool, hours
        self._templates = load_templates()
        self._templates.globals["say"] = deps.phrases.render

    async def show(self, request: web.Request) -> web.Response:
        """The page as it stands."""
        return await self._page(request, await self._owner(request))

    async def act(self, request: web.Request) -> web.Response:
        """Do what the button asks; the same form sent twice asks for nothing twice."""
        check_origin(self._deps, request)
        resident, form = await self._owner(request), await read_form(request)
        say = self._deps.phrases.render
        try:
            outcome = await self._perform(self._command(resident, form))
            if outcome.value is NOTHING_FITS:
                raise InvalidInput("no such help", phrase="pool.page.no_kind", skills=self._kind_names())
        except ActionError as error:
            text = clean_text(form.get("text", "")) if form.get("do") == "ask" else ""
            words = say(error.phrase, error.params)
            return await self._page(request, resident, said=words, refused=True, text=text)
        own = [one for one in outcome.replies if one.effect_key is None]
        said = "\n".join(say(INSTEAD.get(one.phrase, one.phrase), one.params) for one in own)
        return await self._page(request, resident, said=said)

    def _kind_names(self) -> str:
        return self._rules.words["name_joint"].join(kind.name for kind in self._pool.kinds.values())

    async def _owner(self, request: web.Request) -> Resident:
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        async with self._deps.db.read() as session:
            return await session.get_one(Resident, resident_id)

    def _command(self, resident: Resident, form: Form) -> Any:
        """The order a form stands for. Raises InvalidInput."""
        who, need = resident.id, _whole(form.get("need", ""))
        match form.get("do", ""):
            case "ask":
                return self._ask(resident, form)
            case "complete":
                where = {"home": True, "out": False}.get(form.get("where", ""))
                days = None if "day" not in form else _day(form)
                return c.CompleteNeed(need, who, days=days, part=_part(form), at_home=where)
            case "cancel":
                return c.CancelNeed(need, resident_id=who)
            case "done":
                return c.SayHelped(need, who)
            case "no_show":
                return c.SayNoShow(need, who)
            case "take" | "cannot" as do:
                return c.AnswerOffer(_whole(form.get("match", "")), who, do == "take")
            case "helped":
                return c.SayHelped(need, who, _whole(form.get("minutes", "")))
            case "give_back":
                return c.GiveBack(need, who)
            case "rest":
                return c.RestVolunteer(resident.community_id, who)
            case "offer":
                return self._offer(resident, form)
            case _:
                raise InvalidInput("no such button", phrase="pool.none_such")

    def _ask(self, resident: Resident, form: Form) -> c.AskForHelp:
        number, days = form.get("number", ""), _day(form)
        if not 8 <= len(number) <= 40:
            raise InvalidInput("no number", phrase="pool.none_such")
        text = clean_text(form.get("text", "")).strip()[: LONGEST + 1]
        today = self._rules.calendar.local_day(self._deps.clock.now())
        on_day = None if days < 0 else today + timedelta(days=days)
        return c.AskForHelp(
            resident.community_id, resident.id, text, f"page:{resident.id}:{number}", on_day, _part(form),
            on_day is None, form.get("where") == "home",
        )  # fmt: skip

    def _offer(self, resident: Resident, form: Form) -> c.OfferHelp:
        kinds = tuple(code for code in self._pool.kinds if form.get(f"kind_{code}") == "1")
        if not kinds:
            raise InvalidInput("nothing ticked", phrase="pool.page.no_skill")
        free = tuple(f"{day}{part}" for day in range(7) for part in PARTS if form.get(f"free_{day}{part}") == "1")
        return c.OfferHelp(resident.community_id, resident.id, "", free, kinds=kinds)

    async def _page(
        self, request: web.Request, resident: Resident, *, said: str = "", refused: bool = False, text: str = ""
    ) -> web.Response:
        now = self._deps.clock.now()
        async with self._deps.db.read() as session:
            asked = await list_asked(session, resident.id, now - SHOWN_FOR)
            offered = await list_offered(session, resident.id)
            taken = await list_taken(session, resident.id, now - SHOWN_FOR)
            volunteer = await find_volunteer(session, resident.id)
        return page(
            request, self._templates, "pool.html", status=422 if refused else 200, resident=resident, said=said,
            refused=refused, text=text, asked=asked, offered=offered, taken=taken, volunteer=volunteer,
            kinds=self._pool.kinds, days=self._days(now), parts=PARTS, longest=LONGEST,
            lengths=[one for one in LENGTHS if one <= self._pool.longest], long_words=self._hours.hours_words,
            words_of=lambda need: params_of(need, self._rules, self._pool), number=secrets.token_urlsafe(12),
        )  # fmt: skip

    def _days(self, now: datetime) -> list[tuple[int, str]]:
        """The days somebody may choose: how many from today, and what it is called."""
        today, shape = self._rules.calendar.local_day(now), self._rules.words["pool_day"]
        say = self._deps.phrases.render
        days = [(n, today + timedelta(days=n)) for n in range(AHEAD)]
        named = [(n, f"{shape.format(month=day.month, day=day.day)} {say(WEEK[day.weekday()])}") for n, day in days]
        return [(-1, say("pool.page.any_day")), *named]


def _day(form: Form) -> int:
    """How many days from today; -1: any day. Raises InvalidInput."""
    text = form.get("day", "")
    if text not in map(str, range(-1, AHEAD)):
        raise InvalidInput("no day", phrase="pool.none_such")
    return int(text)


def _part(form: Form) -> str:
    return part if (part := form.get("part", "")) in PARTS else ""


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
