"""An alarm: who was called, who goes, and the buttons that answer, end and take it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.emergencies.commands import AcknowledgeAlarm, EndAlarm, MarkDoor, StartRollCall
from actions.emergencies.paging import find_to_page
from actions.errors import ActionError, InvalidInput, NotFound
from actions.tickets.model import Ticket
from bot.console import pages, sessions
from bot.console.access import WORKERS, Viewer, check_page, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries import find_ticket
from bot.storage.queries_alarms import (
    AlarmRow,
    find_alarm,
    find_alarm_of,
    find_door,
    find_roll_call,
    list_buildings_of,
    may_work_on,
)

DONE = {"acknowledge": "alarm.done.acknowledge", "end": "alarm.done.end", "false_alarm": "alarm.done.false_alarm"}


async def access_alarm(request: web.Request, db: AsyncSession) -> AlarmRow:
    """The alarm of the address, if they may work on it. Raises NotFound."""
    viewer, console = viewer_of(request), console_of(request)
    check_page(viewer, WORKERS)
    row = await find_alarm(db, int(request.match_info["id"]))
    if row is None or not await may_work_on(db, viewer.area, row, console.clock.now()):
        raise NotFound("no such alarm", phrase="console.no_such_page")
    return row


async def show_alarm(request: web.Request) -> web.Response:
    """Everything about one alarm."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        row = await access_alarm(request, db)
        context = {
            "row": row,
            "next_ones": await find_to_page(db, row.alarm, console.clock.now()),
            "ticket": await find_ticket(db, viewer.area, row.alarm.ticket_id),
            "called": await find_roll_call(db, row.alarm.id),
            "buildings": await list_buildings_of(db, row.alarm),
        }
    return await pages.render(request, "alarm.html", context)


async def act(request: web.Request) -> web.Response:
    """ "收到", "解除" or "误报", and back to where the button was pressed."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    async with console.db.read() as db:
        row = await access_alarm(request, db)
    what = text_of(form, "do", 16)
    return await _run(request, row, lambda: _command(viewer, row, what), DONE.get(what, ""))


async def start_roll_call(request: web.Request) -> web.Response:
    """Ask a building."""
    viewer, form = viewer_of(request), await read_form(request)
    async with console_of(request).db.read() as db:
        row = await access_alarm(request, db)
    building_id = number_of(form, "building_id") or 0
    command = StartRollCall(row.alarm.ticket_id, building_id, viewer.id)
    return await _run(request, row, lambda: command, "roll_call.done.start")


async def mark_door(request: web.Request) -> web.Response:
    """Write down what was seen at a door."""
    viewer, form = viewer_of(request), await read_form(request)
    async with console_of(request).db.read() as db:
        row = await access_alarm(request, db)
        entry = await find_door(db, row.alarm.id, number_of(form, "entry_id") or 0)
    if entry is None:
        raise NotFound("no such door", phrase="console.no_such_page")
    command = MarkDoor(entry.id, viewer.id, text_of(form, "word", 8))
    return await _run(request, row, lambda: command, "roll_call.done.mark")


async def _run(request: web.Request, row: AlarmRow, build: Callable[[], Any], done: str) -> web.Response:
    console = console_of(request)
    try:
        await console.performer.run(build())
        await sessions.add_flash(request, console.phrases.render(done))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/alarms/{row.alarm.id}")


async def show_report(request: web.Request) -> web.Response:
    """What happened when, with figures only: to be printed, and handed on."""
    async with console_of(request).db.read() as db:
        row = await access_alarm(request, db)
        context = {"row": row, "called": await find_roll_call(db, row.alarm.id), "entries": _timeline(row)}
    return await pages.render(request, "alarm_report.html", context)


def _timeline(row: AlarmRow) -> list[tuple[datetime, str, str]]:
    """(when, what, who), the earliest first. ``what`` is a label of the console."""
    alarm = row.alarm
    entries = [(alarm.raised_at, "raised", "")]
    for call in row.calls:
        entries.append((call.page.paged_at, "help" if call.page.reason == "help" else "page", call.page.name))
        if call.page.answered_at is not None:
            entries.append((call.page.answered_at, "answered", call.page.name))
    paged = {call.page.staff_id for call in row.calls if call.page.answered_at is not None}
    if alarm.acknowledged_at is not None and alarm.acknowledged_by not in paged:
        entries.append((alarm.acknowledged_at, "answered", row.gone))
    if alarm.ended_at is not None:
        entries.append((alarm.ended_at, "false_alarm" if alarm.false_alarm else "ended", ""))
    return sorted(entries, key=lambda entry: entry[0])


def _command(viewer: Viewer, row: AlarmRow, what: str) -> AcknowledgeAlarm | EndAlarm:
    if what not in DONE:
        raise InvalidInput("no such button", phrase="console.bad_form")
    if what == "acknowledge":
        return AcknowledgeAlarm(row.alarm.ticket_id, viewer.id)
    return EndAlarm(row.alarm.ticket_id, viewer.id, false_alarm=what == "false_alarm")


async def facts_of(db: AsyncSession, viewer: Viewer, ticket: Ticket) -> dict[str, Any]:
    """What a ticket's page says of its alarm; those who only look learn no phone and press no button."""
    row = await find_alarm_of(db, ticket.id) if ticket.emergency else None
    return {"alarm_row": row if viewer.role in WORKERS else None}
