"""Pages of activities for residents: the calendar, one activity with signing up, checking in, proposing one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.commands import AskActivities, CheckIn, CreateActivity, LeaveActivity, Party, SignUp, Which
from actions.activities.finding import is_public
from actions.activities.model import Activity, ActivityState, Signup, SignupState
from actions.errors import ActionError
from actions.outcome import Outcome
from actions.people.model import Resident
from bot.activities.calendar_file import write_calendar
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.pictures import picture_path
from bot.channels.webchat.replies import headers, load_templates, page
from bot.channels.webchat.signing import check_origin, find_resident
from bot.channels.webchat.tips import read_form
from bot.channels.webchat.wire import clean_text
from bot.clock import LOCAL_ZONE, local
from bot.decide.activity_forms import details_from
from bot.decide.notice import LONGEST_NOTICE, read_notice
from bot.storage.queries_activities import find_own, list_between, list_own
from bot.storage.tables import Picture

WEEKS = 5
Perform = Callable[[Any], Awaitable[Outcome]]


class ActivityPages:
    """Handlers of the pages; only for who is signed in, and only of their own community."""

    def __init__(self, deps: WebChat, perform: Perform) -> None:
        self._deps, self._perform = deps, perform
        self._templates = load_templates()
        self._templates.filters["clock_time"] = clock_time
        self._templates.globals["say"] = deps.phrases.render

    async def calendar(self, request: web.Request) -> web.Response:
        """Five weeks from the one that is asked for, as a grid and as a list."""
        resident = await self._resident(request)
        now = self._deps.clock.now()
        monday = first_day(request.query.get("from", ""), local(now).date())
        start, end = instant(monday), instant(monday + timedelta(weeks=WEEKS))
        async with self._deps.db.read() as session:
            rows = await list_between(session, resident.community_id, resident.id, start, end)
        days = [monday + timedelta(days=n) for n in range(7 * WEEKS)]
        by_day = {day: [row for row in rows if local(row.activity.starts_at).date() == day] for day in days}
        return self._page(
            request,
            "activities.html",
            resident=resident,
            days=days,
            by_day=by_day,
            rows=rows,
            today=local(now).date(),
            before=monday - timedelta(weeks=WEEKS),
            after=monday + timedelta(weeks=WEEKS),
        )

    async def show(self, request: web.Request) -> web.Response:
        """One activity and how the resident stands in it."""
        resident = await self._resident(request)
        return await self._one(request, resident)

    async def act(self, request: web.Request) -> web.Response:
        """Sign up with so many people, or leave."""
        check_origin(self._deps, request)
        resident, form = await self._resident(request), await read_form(request)
        which = Which(int(request.match_info["id"]))
        count = form.get("headcount", "1")
        number = int(count) if count.isascii() and count.isdecimal() and len(count) < 7 else 0
        command: Any = SignUp(resident.community_id, resident.id, which, Party(total=number))
        if form.get("do") == "leave":
            command = LeaveActivity(resident.community_id, resident.id, which)
        return await self._done(request, resident, command)

    async def door(self, request: web.Request) -> web.Response:
        """What the picture at the door leads to: one button, so that no preview of a link checks anybody in."""
        resident = await self._resident(request)
        return await self._one(request, resident, code=request.query.get("code", "")[:8])

    async def check_in(self, request: web.Request) -> web.Response:
        """The button was pressed, or the digits were typed."""
        check_origin(self._deps, request)
        resident, form = await self._resident(request), await read_form(request)
        code = clean_text(form.get("code", ""))[:8]
        command = CheckIn(resident.community_id, resident.id, code, int(request.match_info["id"]))
        return await self._done(request, resident, command)

    async def show_form(self, request: web.Request) -> web.Response:
        """Propose one: paste a notice, or fill in."""
        return self._form(request, await self._resident(request), {})

    async def propose(self, request: web.Request) -> web.Response:
        """Read what was pasted and show it; or hand it in."""
        check_origin(self._deps, request)
        resident, form = await self._resident(request), await read_form(request)
        if form.get("do") == "read":
            text = clean_text(form.get("notice", ""))[:LONGEST_NOTICE]
            return self._form(request, resident, read_notice(text, self._deps.clock.now()), read=True)
        try:
            details = details_from(form)
            await self._perform(CreateActivity(resident.community_id, details, resident_id=resident.id))
        except ActionError as error:
            return self._form(request, resident, form, error=self._say(error.phrase, error.params), status=422)
        said = self._say("activity.proposed", {"activity": details.title})
        return self._page(request, "activity_said.html", resident=resident, said=said)

    async def file(self, request: web.Request) -> web.Response:
        """One activity for the phone's calendar."""
        resident = await self._resident(request)
        async with self._deps.db.read() as session:
            activity = await self._access(session, request, resident)
        return self._calendar_file(request, [activity], f"activity-{activity.id}.ics")

    async def own_file(self, request: web.Request) -> web.Response:
        """All that the resident goes to."""
        resident = await self._resident(request)
        async with self._deps.db.read() as session:
            own = await list_own(session, resident.id)
        return self._calendar_file(request, own, "activities.ics")

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """A picture of an activity."""
        resident, id_ = await self._resident(request), request.match_info["picture"]
        async with self._deps.db.read() as session:
            activity = await self._access(session, request, resident)
            kept = await session.get(Picture, id_)
        if kept is None or id_ not in activity.pictures:
            raise web.HTTPNotFound
        path = picture_path(self._deps.pictures, id_, kept.kind, thumb="thumb" in request.query)
        if not path.is_file():
            raise web.HTTPNotFound
        kind = {"Content-Type": kept.kind, "Cache-Control": "private, max-age=3600"}
        return web.FileResponse(path, headers={**headers(request), **kind})

    async def _resident(self, request: web.Request) -> Resident:
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        async with self._deps.db.read() as session:
            return await session.get_one(Resident, resident_id)

    async def _access(self, session: AsyncSession, request: web.Request, resident: Resident) -> Activity:
        activity = await session.get(Activity, int(request.match_info["id"]))
        if activity is None or activity.community_id != resident.community_id or not is_public(activity):
            raise web.HTTPNotFound
        return activity

    async def _done(self, request: web.Request, resident: Resident, command: Any) -> web.Response:
        try:
            outcome = await self._perform(command)
            first = outcome.replies[0] if outcome.replies else None
            said, status = (self._say(first.phrase, first.params) if first else self._say("activity.not_yours")), 200
        except ActionError as error:
            said, status = self._say(error.phrase, error.params), 422
        return await self._one(request, resident, said=said, status=status)

    async def _one(
        self, request: web.Request, resident: Resident, *, said: str = "", code: str | None = None, status: int = 200
    ) -> web.Response:
        now = self._deps.clock.now()
        async with self._deps.db.read() as session:
            activity = await self._access(session, request, resident)
            own: Signup | None = await find_own(session, activity.id, resident.id)
        about = await self._perform(AskActivities(resident.community_id, resident.id, Which(activity.id)))
        return self._page(
            request,
            "activity.html",
            status,
            resident=resident,
            activity=activity,
            params=about.replies[0].params,
            state=self._say(about.replies[1].phrase, about.replies[1].params) if len(about.replies) > 1 else "",
            own=own,
            waits=own is not None and own.state == SignupState.WAITLISTED,
            may_join=activity.takes_signups(now),
            may_check_in=activity.takes_check_ins(now) and (own is None or own.state != SignupState.ATTENDED),
            over=activity.state == ActivityState.ENDED,
            said=said,
            refused=status >= 400,
            code=code,
        )

    def _form(
        self, request: web.Request, resident: Resident, filled: Mapping[str, str], *,
        read: bool = False, error: str = "", status: int = 200,
    ) -> web.Response:  # fmt: skip
        return self._page(
            request, "activity_form.html", status, resident=resident, filled=dict(filled), read=read, error=error,
            longest=LONGEST_NOTICE,
        )  # fmt: skip

    def _calendar_file(self, request: web.Request, activities: Any, name: str) -> web.Response:
        text = write_calendar(activities, request.host.partition(":")[0], self._deps.clock.now())
        more = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(
            text=text, content_type="text/calendar", charset="utf-8", headers={**headers(request), **more}
        )

    def _say(self, phrase: str, params: Mapping[str, Any] | None = None) -> str:
        return self._deps.phrases.render(phrase, params)

    def _page(self, request: web.Request, name: str, status: int = 200, **values: Any) -> web.Response:
        return page(request, self._templates, name, status=status, **values)


def first_day(text: str, today: date) -> date:
    """The Monday of the week that is asked for, or of this one."""
    try:
        wanted = date.fromisoformat(text) if text else today
    except ValueError:
        wanted = today
    if abs(wanted - today) > timedelta(days=800):
        wanted = today
    return wanted - timedelta(days=wanted.weekday())


def instant(day: date) -> datetime:
    """When a day begins on the wall."""
    return datetime.combine(day, time(), LOCAL_ZONE)


def clock_time(at: datetime) -> str:
    """The hour as residents read it."""
    return f"{local(at):%H:%M}"
