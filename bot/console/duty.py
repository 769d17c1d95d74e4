"""The duty page: what goes on, who is on duty now, the roster of the coming days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.emergencies.commands import AddShift, HandOver, RemoveShift
from actions.emergencies.duty import EDITORS
from actions.errors import ActionError, InvalidInput, NotFound
from actions.people.model import OrgUnit
from bot.clock import LOCAL_ZONE, local
from bot.console import pages, sessions
from bot.console.access import WORKERS, Viewer, check_page, community_ids, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_alarms import (
    ShiftRow,
    find_shift,
    list_alarms,
    list_people,
    list_seats,
    list_shifts,
    may_work_on,
)

DAYS_SHOWN = 14
LONGEST_NOTE = 500


async def show_duty(request: web.Request) -> web.Response:
    """For everybody who works here; phones are for them alone."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, WORKERS)
    now = console.clock.now()
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        chosen = _chosen(ids, request.query.get("community", ""))
        alarms = [row for row in await list_alarms(db, [chosen]) if await may_work_on(db, viewer.area, row, now)]
        ended = [
            row for row in await list_alarms(db, [chosen], ended=True) if await may_work_on(db, viewer.area, row, now)
        ]
        shifts = await list_shifts(db, chosen, now, now + timedelta(days=DAYS_SHOWN))
        context = {
            "communities": (await db.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)).order_by(OrgUnit.id))).all(),
            "chosen": chosen,
            "alarms": alarms,
            "ended": ended,
            "running": [row for row in shifts if row.shift.starts_at <= now],
            "days": _by_day([row for row in shifts if row.shift.starts_at > now]),
            "people": await list_people(db, chosen),
            "seats": await list_seats(db, chosen),
            "may_edit": viewer.role in EDITORS,
            "today": local(now).date(),
        }
    return await pages.render(request, "duty.html", context)


def _chosen(ids: Sequence[int], wanted: str) -> int:
    return next((i for i in ids if str(i) == wanted), ids[0] if ids else 0)


def _by_day(rows: Sequence[ShiftRow]) -> list[tuple[date, list[ShiftRow]]]:
    return [(day, list(some)) for day, some in groupby(rows, key=lambda row: local(row.shift.starts_at).date())]


async def add_shift(request: web.Request) -> web.Response:
    """Put somebody on the roster."""
    return await _change(request, _new_shift)


async def remove_shift(request: web.Request) -> web.Response:
    """Take a shift off it."""
    return await _change(request, _removal)


async def hand_over(request: web.Request) -> web.Response:
    """Give the rest of a running shift to somebody else."""
    return await _change(request, _handing_over)


async def _change(request: web.Request, build: Any) -> web.Response:
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, WORKERS)
    async with console.db.read() as db:
        community_id = await _community_of(request, db, form)
    try:
        await console.performer.run(build(request, viewer, community_id, form))
        await sessions.add_flash(request, console.phrases.render("duty.changed"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/duty?community={community_id}")


async def _community_of(request: web.Request, db: AsyncSession, form: Mapping[str, Any]) -> int:
    """The community of the shift, or of the form. Raises NotFound for one that is not theirs to see."""
    ids = await community_ids(db, viewer_of(request))
    if "id" in request.match_info:
        shift = await find_shift(db, int(request.match_info["id"]))
        community_id = shift.community_id if shift is not None else 0
    else:
        community_id = number_of(form, "community") or 0
    if community_id not in ids:
        raise NotFound("no such roster", phrase="console.no_such_page")
    return community_id


def _new_shift(request: web.Request, viewer: Viewer, community_id: int, form: Mapping[str, Any]) -> AddShift:
    starts_at, ends_at = _times(form)
    return AddShift(
        community_id=community_id,
        org_unit_id=number_of(form, "org_unit_id") or community_id,
        staff_id=number_of(form, "staff_id") or 0,
        starts_at=starts_at,
        ends_at=ends_at,
        by_id=viewer.id,
        turn=_or_one(number_of(form, "turn")),
        days=_or_one(number_of(form, "days")),
        note=text_of(form, "note", LONGEST_NOTE),
    )


def _or_one(number: int | None) -> int:
    return 1 if number is None else number


def _times(form: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """From and to on the wall clock; an end that is not later is on the next day."""
    try:
        day = date.fromisoformat(text_of(form, "day", 10))
        begins, ends = (time.fromisoformat(text_of(form, name, 5)) for name in ("from", "to"))
        starts_at = datetime.combine(day, begins, LOCAL_ZONE)
        return starts_at, datetime.combine(day + timedelta(days=ends <= begins), ends, LOCAL_ZONE)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no day or time", phrase="error.shift_times") from error


def _removal(request: web.Request, viewer: Viewer, community_id: int, form: Mapping[str, Any]) -> RemoveShift:
    return RemoveShift(int(request.match_info["id"]), viewer.id)


def _handing_over(request: web.Request, viewer: Viewer, community_id: int, form: Mapping[str, Any]) -> HandOver:
    to_id, note = number_of(form, "staff_id") or 0, text_of(form, "note", LONGEST_NOTE)
    return HandOver(int(request.match_info["id"]), to_id, viewer.id, note)
