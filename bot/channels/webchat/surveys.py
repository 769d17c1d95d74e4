"""Pages of surveys for residents: answering on the phone, by link without signing in, and what came of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, NotAllowed
from actions.outcome import Outcome
from actions.people.model import Resident
from actions.surveys.access import has_answered, voice_of
from actions.surveys.commands import AnswerSurvey, Thanked
from actions.surveys.model import Survey, SurveyState, Who
from actions.surveys.questions import Kind
from actions.surveys.quiz import record_of
from actions.surveys.reading import BadAnswer, read_posted
from actions.surveys.results import SMALL, one_decimal
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.limits import Buckets
from bot.channels.webchat.replies import headers, load_templates, page
from bot.channels.webchat.signing import check_origin, find_resident
from bot.clock import local
from bot.storage.queries_surveys import (
    find_entry,
    find_linked,
    list_entries,
    list_prizes,
    list_surveys,
)
from bot.surveys.drawing import draw_bars, draw_radar
from bot.surveys.figures import charts_of, load_sheet
from bot.surveys.workbook import options_of

MOST_BYTES = 128 * 1024
ANSWERS_A_MINUTE = 20  # by link, from one address: a whole stairwell may share one
DEVICE = "linan_device"
DEVICE_AGE = 400 * 24 * 3600
Perform = Callable[[Any], Awaitable[Outcome]]
Get = Callable[[str], Sequence[str]]


class SurveyPages:
    """Handlers of the pages. Who is signed in answers as themselves; by link a browser is one voice."""

    def __init__(self, deps: WebChat, perform: Perform) -> None:
        self._deps, self._perform = deps, perform
        self._templates = load_templates()
        self._templates.globals |= {"say": deps.phrases.render, "decimal": one_decimal, "Kind": Kind}
        self._templates.globals |= {"options_of": options_of, "SMALL": SMALL}
        self._templates.filters["clock_time"] = lambda at: f"{local(at):%m月%d日 %H:%M}"
        self._buckets, self._salt = Buckets(ANSWERS_A_MINUTE), secrets.token_bytes(16)

    async def list(self, request: web.Request) -> web.Response:
        """What can be answered now, and what came of the last ones."""
        resident = await self._resident(request)
        async with self._deps.db.read() as session:
            here = [resident.community_id]
            open_ = await list_surveys(session, here, SurveyState.OPEN)
            closed = await list_surveys(session, here, SurveyState.CLOSED)
        known = [row for row in closed if row.survey.published_at or row.survey.is_quiz]
        now = self._deps.clock.now()
        rows = [row for row in open_ if row.survey.takes_answers(now) and row.survey.who != Who.LINK]
        async with self._deps.db.read() as session:
            done = {row.survey.id for row in rows if await self._is_done(session, row.survey, resident)}
        return self._page(request, "surveys.html", resident=resident, open=rows, closed=known, done=done)

    async def _is_done(self, session: AsyncSession, survey: Survey, resident: Resident) -> bool:
        """Whether they, or somebody of their home, have answered."""
        try:
            voice = await voice_of(session, survey, resident)
        except NotAllowed:
            return False
        return await has_answered(session, survey.id, voice)

    async def show(self, request: web.Request) -> web.Response:
        """The questions; that it was answered; or what came of it."""
        resident = await self._resident(request)
        async with self._deps.db.read() as session:
            survey = await self._access(session, request, resident)
        return await self._show(request, survey, resident)

    async def answer(self, request: web.Request) -> web.Response:
        """Hand it in; what is wrong is said above the answers as they were given."""
        check_origin(self._deps, request)
        resident = await self._resident(request)
        async with self._deps.db.read() as session:
            survey = await self._access(session, request, resident)
        return await self._take(request, survey, resident, "")

    async def show_linked(self, request: web.Request) -> web.Response:
        """The same for who has the link only; the browser is given a number, so that it counts once."""
        survey = await self._linked(request)
        response = await self._show(request, survey, None)
        if DEVICE not in request.cookies:
            secure = self._deps.settings.public_url.startswith("https:")
            number = secrets.token_urlsafe(24)
            response.set_cookie(
                DEVICE, number, max_age=DEVICE_AGE, path="/surveys/t", httponly=True, samesite="Lax", secure=secure
            )
        return response

    async def answer_linked(self, request: web.Request) -> web.Response:
        """One answer a browser; and not too many from one place."""
        check_origin(self._deps, request)
        survey, number = await self._linked(request), request.cookies.get(DEVICE, "")
        allowed = self._buckets.try_take(hash((self._salt, request.remote)), self._deps.clock.now())
        if not allowed or not number:
            phrase = "survey.no_cookie" if allowed else "survey.too_often"
            response = await self._form(request, survey, None, error=self._say(phrase), status=429 if number else 400)
            return response
        device = sha256(f"{survey.id}:{number[:64]}".encode()).hexdigest()
        return await self._take(request, survey, None, device)

    async def draw_record(self, request: web.Request) -> web.Response:
        """All that is needed to do the draw again, without a name."""
        resident = await self._resident(request)
        async with self._deps.db.read() as session:
            survey = await self._access(session, request, resident)
            record = await _record(session, survey)
        if record is None:
            raise web.HTTPNotFound
        more = {"Content-Disposition": f'attachment; filename="draw-{survey.id}.json"'}
        text = json.dumps(record, ensure_ascii=False, indent=1)
        return web.Response(text=text, content_type="application/json", headers={**headers(request), **more})

    async def _take(self, request: web.Request, survey: Survey, resident: Resident | None, device: str) -> web.Response:
        get = await _read(request)
        try:
            answers = read_posted(survey.asked, get)
            who = resident.id if resident is not None else None
            thanked: Thanked = (await self._perform(AnswerSurvey(survey.id, who, answers, device))).value
        except BadAnswer as error:
            words = self._say(error.phrase, error.params)
            return await self._form(request, survey, resident, get=get, error=words, wrong=error.key, status=422)
        except ActionError as error:
            return self._said(request, survey, resident, self._say(error.phrase, error.params), refused=True)
        if survey.is_quiz and resident is not None:
            return await self._show(request, survey, resident)
        return self._said(request, survey, resident, self._say("survey.thanks", {"title": survey.title}), thanked)

    async def _show(self, request: web.Request, survey: Survey, resident: Resident | None) -> web.Response:
        if survey.state == SurveyState.CLOSED or not survey.takes_answers(self._deps.clock.now()):
            return await self._result(request, survey, resident)
        if resident is None:
            return await self._form(request, survey, None)
        try:
            async with self._deps.db.read() as session:
                voice = await voice_of(session, survey, resident)
                done = await has_answered(session, survey.id, voice)
                entry = await find_entry(session, survey.id, resident.id) if survey.is_quiz else None
        except NotAllowed as error:
            words = self._say(error.phrase, error.params)
            return self._said(request, survey, resident, words, refused=True, status=200)
        if entry is not None:
            return await self._result(request, survey, resident)
        if done:
            words = self._say(f"survey.answered_already.{survey.who}", {"title": survey.title})
            return self._said(request, survey, resident, words)
        return await self._form(request, survey, resident)

    async def _result(self, request: web.Request, survey: Survey, resident: Resident | None) -> web.Response:
        """Of a survey what was published; of a quiz one's own entry, what is right, and the draw."""
        charts: dict[str, str] = {}
        async with self._deps.db.read() as session:
            entry = await find_entry(session, survey.id, resident.id) if resident is not None else None
            record = await _record(session, survey)
            sheet = await load_sheet(session, survey) if survey.published_at is not None else None
        if sheet is not None and not sheet.hidden and sheet.report.dimensions:
            found = charts_of([(survey.title, sheet)])
            params = {"title": survey.title, "overall": one_decimal(sheet.report.overall), "answers": sheet.answers}
            radar, bars = (self._say(f"survey.chart.{name}", params) for name in ("radar", "bars"))
            # our own drawings, put into the page as they are: every text in them was escaped there
            charts["radar"], charts["bars"] = draw_radar(radar, *found["radar"]), draw_bars(bars, *found["bars"])
        return self._page(
            request,
            "survey_result.html",
            survey=survey,
            questions=survey.asked,
            resident=resident,
            entry=entry,
            record=record,
            sheet=sheet,
            charts=charts,
        )

    async def _form(
        self,
        request: web.Request,
        survey: Survey,
        resident: Resident | None,
        *,
        get: Get | None = None,
        error: str = "",
        wrong: str = "",
        status: int = 200,
    ) -> web.Response:
        return self._page(
            request,
            "survey_form.html",
            status,
            survey=survey,
            questions=survey.asked,
            resident=resident,
            given=get or (lambda _name: ()),
            error=error,
            wrong=wrong,
            action=request.path,
        )

    def _said(
        self,
        request: web.Request,
        survey: Survey,
        resident: Resident | None,
        words: str,
        thanked: Thanked | None = None,
        *,
        refused: bool = False,
        status: int = 0,
    ) -> web.Response:
        return self._page(
            request,
            "survey_said.html",
            status or (422 if refused else 200),
            survey=survey,
            resident=resident,
            words=words,
            refused=refused,
            done=thanked is not None,
        )

    async def _resident(self, request: web.Request) -> Resident:
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        async with self._deps.db.read() as session:
            return await session.get_one(Resident, resident_id)

    async def _access(self, session: AsyncSession, request: web.Request, resident: Resident) -> Survey:
        survey = await session.get(Survey, int(request.match_info["id"]))
        if survey is None or survey.community_id != resident.community_id:
            raise web.HTTPNotFound
        if survey.state in (SurveyState.DRAFT, SurveyState.SCHEDULED):
            raise web.HTTPNotFound
        return survey

    async def _linked(self, request: web.Request) -> Survey:
        async with self._deps.db.read() as session:
            survey = await find_linked(session, request.match_info["token"])
        known = survey is not None and survey.state in (SurveyState.OPEN, SurveyState.CLOSED)
        if survey is None or not known or survey.who != Who.LINK:
            raise web.HTTPNotFound
        return survey

    def _say(self, phrase: str, params: Any = None) -> str:
        return self._deps.phrases.render(phrase, params)

    def _page(self, request: web.Request, name: str, status: int = 200, **values: Any) -> web.Response:
        return page(request, self._templates, name, status=status, **values)


async def _record(session: AsyncSession, survey: Survey) -> dict[str, Any] | None:
    if not survey.is_quiz or survey.state != SurveyState.CLOSED:
        return None
    entries = [one.entry_hash for one in await list_entries(session, survey.id)]
    return record_of(survey, entries, [prize for prize, _ in await list_prizes(session, survey.id)])


async def _read(request: web.Request) -> Get:
    """The values of each field. Raises HTTPRequestEntityTooLarge, HTTPBadRequest for what no browser sends."""
    try:
        form = await request.clone(client_max_size=MOST_BYTES).post()
    except (ValueError, LookupError, AssertionError):
        raise web.HTTPBadRequest from None
    return lambda name: [
        value.replace("\x00", "") for value in form.getall(name, ()) if isinstance(value, str) and value.strip()
    ]
