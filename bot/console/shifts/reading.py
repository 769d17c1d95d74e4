"""What is planned, who is lacking, what was done; one shift; one duty with the cards of its route."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import segno
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.people.model import Resident
from actions.shifts.finding import PLANNERS
from actions.shifts.model import Duty, Shift, ShiftState, SignupState
from actions.shifts.presence import amount_words
from actions.shifts.tell import lack_words, when_words
from bot.clock import LOCAL_ZONE, local
from bot.console import pages
from bot.console.access import WORKERS, check_page, community_ids, viewer_of
from bot.console.parts import Console, console_of
from bot.console.pictures import picture_file
from bot.storage import queries_shifts as q
from bot.storage.queries_activities import list_areas
from bot.storage.queries_ledger import find_neighbour

AHEAD = timedelta(days=14)


def words_for(console: Console) -> dict[str, Any]:
    """What the templates write shifts with."""
    rules = console.rules
    return {
        "when_words": lambda shift: when_words(shift, rules),
        "lack_words": lambda shift: lack_words(shift, rules),
        "amount_words": lambda minutes: amount_words(minutes, rules),
        "kinds": console.hours.kinds if console.hours is not None else {},
    }


def month_of(text: str, today: date) -> date:
    """The first day of the month that is asked for, or of this one."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)


async def show_shifts(request: web.Request) -> web.Response:
    """Everybody may see it, the supervisor too; the log is a month's."""
    console, viewer, now = console_of(request), viewer_of(request), console_of(request).clock.now()
    month = month_of(request.query.get("month", ""), local(now).date())
    after = (month + timedelta(days=32)).replace(day=1)
    start, end = (datetime.combine(day, time(0), LOCAL_ZONE) for day in (month, after))
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        duties, coming = await q.list_duties(db, ids), await q.list_coming(db, ids, now, now + AHEAD)
        unsure, logs = await q.list_unsure(db, ids), await q.list_logs(db, ids, start, end)
    context = words_for(console) | {
        "duties": duties,
        "coming": coming,
        "unsure": unsure,
        "logs": logs,
        "total": sum(one.minutes for one in logs),
        "month": month,
        "before": (month - timedelta(days=1)).replace(day=1),
        "after": after,
        "may_plan": viewer.role in PLANNERS,
    }
    return await pages.render(request, "shifts/list.html", context)


async def show_new(request: web.Request) -> web.Response:
    """The empty form."""
    check_page(viewer_of(request), PLANNERS)
    return await render_form(request, {"kind": "patrol"}, None)


async def render_form(
    request: web.Request, filled: Mapping[str, str], duty: Duty | None, *, status: int = 200
) -> web.Response:
    """The form of a duty as it was written."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        here = duty.community_id if duty is not None else (await community_ids(db, viewer))[0]
        areas = await list_areas(db, here)
        points = await q.list_points(db, duty.id) if duty is not None else ()
    context = words_for(console) | {
        "filled": defaultdict(str, filled),
        "areas": areas,
        "duty": duty,
        "points": points,
        "may_plan": viewer.role in PLANNERS,
    }
    return await pages.render(request, "shifts/duty.html", context, status=status)


async def access_duty(request: web.Request, db: AsyncSession) -> Duty:
    """The duty of the address. Raises NotFound: to staff of elsewhere it does not exist."""
    duty = await db.get(Duty, int(request.match_info["id"]))
    if duty is None or duty.community_id not in await community_ids(db, viewer_of(request)):
        raise NotFound("no such duty", phrase="console.no_such_page")
    return duty


async def access_shift(request: web.Request, db: AsyncSession) -> Shift:
    """The shift of the address. Raises NotFound: to staff of elsewhere it does not exist."""
    shift = await db.get(Shift, int(request.match_info["id"]))
    if shift is None or shift.community_id not in await community_ids(db, viewer_of(request)):
        raise NotFound("no such shift", phrase="console.no_such_page")
    return shift


async def show_duty(request: web.Request) -> web.Response:
    """The form as it stands."""
    async with console_of(request).db.read() as db:
        duty = await access_duty(request, db)
        points = await q.list_points(db, duty.id)
    filled = {
        "title": duty.title,
        "place": duty.place,
        "rule": duty.rule,
        "kind": duty.kind,
        "about": duty.about,
        "area": str(duty.org_unit_id),
        "points": "\n".join(one.name for one in points),
    }
    return await render_form(request, filled, duty)


async def show_cards(request: web.Request) -> web.Response:
    """Cards to be put up at the points: the code in large digits, and as a picture to be scanned."""
    console = console_of(request)
    check_page(viewer_of(request), WORKERS)
    async with console.db.read() as db:
        duty = await access_duty(request, db)
        points = await q.list_points(db, duty.id)
    cards = [(one, _qr(f"{console.settings.public_url}/shifts/at/{one.code}")) for one in points]
    return await pages.render(request, "shifts/cards.html", {"duty": duty, "cards": cards})


def _qr(address: str) -> str:
    """Drawn into the page itself: made of our own digits only."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=4, xmldecl=False, svgns=False, omitsize=True)
    return out.getvalue().decode()


async def show_shift(request: web.Request) -> web.Response:
    """Who goes, the route with its times, what was found and how that ended."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        shift = await access_shift(request, db)
        duty, crew = await db.get_one(Duty, shift.duty_id), await q.list_crew(db, shift.id)
        route, found = await q.list_route(db, shift), await q.list_found(db, shift.id)
        offers = await q.list_offers(db, shift.id)
    now = console.clock.now()
    context = words_for(console) | {
        "shift": shift,
        "duty": duty,
        "crew": [one for one in crew if one.state != SignupState.CANCELLED],
        "gone": [one for one in crew if one.state == SignupState.CANCELLED],
        "route": route,
        "found": found,
        "offers": offers,
        "longest": int((shift.ends_at - shift.starts_at) / timedelta(minutes=1)),
        "may_work": viewer.role in WORKERS,
        "may_add": shift.takes_signups(now),
        "may_cancel": shift.state == ShiftState.OPEN and shift.starts_at > now,
        "is_over": shift.ends_at <= now and shift.state != ShiftState.CANCELLED,
    }
    return await pages.render(request, "shifts/shift.html", context)


async def show_picture(request: web.Request) -> web.StreamResponse:
    """A picture that was taken at a point."""
    console, picture = console_of(request), request.match_info["picture"]
    async with console.db.read() as db:
        route = await q.list_route(db, await access_shift(request, db))
    if not any(row.visit is not None and picture in row.visit.pictures for row in route):
        raise NotFound("picture", phrase="console.no_such_page")
    return await picture_file(request, picture)


async def find_resident(request: web.Request, community_id: int, nickname: str) -> Resident:
    """The resident of that nickname, if there is exactly one. Raises InvalidInput."""
    async with console_of(request).db.read() as db:
        found, count = await find_neighbour(db, community_id, nickname)
    if found is None:
        raise InvalidInput("no such resident", phrase="console.no_such_resident", count=count)
    return found
