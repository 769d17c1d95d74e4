"""Changing the list: a line, a file, a step back. Looked through before anything is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from actions.errors import ActionError, InvalidInput, NotFound
from actions.people.model import Level
from actions.routing.commands import ChangeDutyList, RestoreDutyList
from actions.routing.comparing import compare_lists
from actions.routing.hours import read_hours
from actions.routing.list_file import write_list
from actions.routing.rules import CLIMB, DutyList, Route, pick_route
from actions.routing.rules_file import known_names
from bot.console import pages, sessions
from bot.console.access import check_page, viewer_of
from bot.console.audit import add_audit
from bot.console.duties.listing import EDITORS
from bot.console.duties.reading import Opened, Words, doubts_of, find_line, open_list
from bot.console.duties.sheets import LARGEST, read_list_file
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import Console, console_of
from bot.console.queues import family_options
from bot.console.ticket_forms import refusal_words

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HOME = "/console/duties"
MOST_SERVICES = 200


def editors_only(handler: Handler) -> Handler:
    """For administrators; a refusal takes them back to the list, with the reason."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        check_page(viewer_of(request), EDITORS)
        try:
            return await handler(request)
        except NotFound:  # another community's
            raise
        except ActionError as error:
            await sessions.add_flash(request, refusal_words(console_of(request), error), "danger")
            return pages.redirect(await _home(request))

    return guarded


async def _home(request: web.Request) -> str:
    form = await read_form(request) if request.method == "POST" else request.query
    community = str(form.get("community", ""))
    return f"{HOME}?community={community}" if community.isascii() and community.isdigit() else HOME


@editors_only
async def show_line(request: web.Request) -> web.Response:
    """The form of a line; an empty one for key 0, or as the address proposes."""
    async with console_of(request).db.read() as db:
        opened = await open_list(request, db)
    key = int(request.match_info["key"])
    route = find_line(opened.duties, key) if key else _proposed(request.query, opened)
    return await _form(request, opened, _filled(route))


def _proposed(query: Mapping[str, str], opened: Opened) -> Route:
    """A new line as a link proposes it; what makes no sense is left out."""
    body, place, service = query.get("body", ""), query.get("place", "")[:64], query.get("service", "")[:48]
    # instead of whoever has it first now; the levels above stay as they are
    now = pick_route(opened.duties.routes, service, [frozenset({place})] if place else [])
    first = now.first if now else str(CLIMB[0])
    levels = {level: one for level, one in (now.bodies if now else {}).items() if one != body}
    levels |= {first: body} if body in opened.duties.bodies else {}
    return Route((service,) if service else (), levels, place)


def _filled(route: Route) -> dict[str, Any]:
    """What stands in the fields."""
    return {
        "key": route.key,
        "services": list(route.services),
        "place": route.place,
        **{level: route.bodies.get(level, "") for level in CLIMB},
        "hours": str(route.hours or ""),
        "deputy": route.deputy,
        "from": route.valid_from.isoformat() if route.valid_from else "",
        "until": route.valid_to.isoformat() if route.valid_to else "",
    }


async def _form(
    request: web.Request, opened: Opened, filled: Mapping[str, Any], *, problem: str = "", **looked: Any
) -> web.Response:
    inside = [u for u in opened.directory.units.values() if u.level in (Level.GRID, Level.BUILDING)]
    context = {
        "opened": opened,
        "filled": filled,
        "problem": problem,
        "words": Words(console_of(request), opened.duties),
        "families": family_options(console_of(request).rules),
        "levels": CLIMB,
        "places": sorted({unit.name for unit in inside} | ({filled["place"]} - {""})),
        "looked": {"shown": bool(looked), "removes": False, "doubts": [], "changes": [], **looked},
    }
    return await pages.render(request, "duties/line.html", context, status=422 if problem else 200)


@editors_only
async def save_line(request: web.Request) -> web.Response:
    """Keep a line, unless only its check was asked for or something doubtful was not confirmed."""
    form = await read_form(request)
    async with console_of(request).db.read() as db:
        opened = await open_list(request, db, text_of(form, "community", 15))
    filled = _given(form)
    try:
        route = _read_line(request, filled, opened.duties)
        duties = _put_in(opened.duties, route)
    except InvalidInput as error:
        return await _form(request, opened, filled, problem=refusal_words(console_of(request), error))
    looked = _look_through(console_of(request), opened, duties)
    if form.get("check") or (looked["doubts"] and not form.get("confirmed")):
        return await _form(request, opened, filled, **looked)
    return await _keep(request, opened, duties, "edit" if route.key else "add")


@editors_only
async def remove_line(request: web.Request) -> web.Response:
    """Take a line out; a list with a gap is not kept without a word."""
    form = await read_form(request)
    async with console_of(request).db.read() as db:
        opened = await open_list(request, db, text_of(form, "community", 15))
    route = find_line(opened.duties, int(request.match_info["key"]))
    duties = replace(opened.duties, routes=tuple(one for one in opened.duties.routes if one.key != route.key))
    looked = _look_through(console_of(request), opened, duties)
    if looked["doubts"] and not form.get("confirmed"):
        return await _form(request, opened, _filled(route), removes=True, **looked)
    return await _keep(request, opened, duties, "remove")


def _given(form: Any) -> dict[str, Any]:
    fields = ("place", "hours", "deputy", "from", "until")
    services = [str(code)[:48] for code in form.getall("services", [])[:MOST_SERVICES]]
    # "community" alone is whose list it is
    levels = {str(level): text_of(form, f"at_{level}", 64) for level in CLIMB}
    texts = {field: text_of(form, field, 64) for field in fields}
    return {"key": number_of(form, "key") or 0, "services": services, **levels, **texts}


def _read_line(request: web.Request, filled: Mapping[str, Any], duties: DutyList) -> Route:
    known = known_names(console_of(request).rules.services)
    services = tuple(dict.fromkeys(code for code in filled["services"] if code in known))
    if not services:
        raise InvalidInput("no services", phrase="duty.no_services")
    levels = {level: filled[level] for level in CLIMB if filled[level] in duties.bodies}
    if not levels:
        raise InvalidInput("no bodies", phrase="duty.no_bodies")
    try:
        hours = read_hours(filled["hours"])
        starts, ends = (date.fromisoformat(filled[key]) if filled[key] else None for key in ("from", "until"))
    except ValueError as error:
        raise InvalidInput("hours or days", phrase="duty.bad_hours") from error
    if starts and ends and ends < starts:
        raise InvalidInput("ends before it begins", phrase="duty.bad_dates")
    deputy = filled["deputy"] if filled["deputy"] in duties.bodies else ""
    return Route(services, levels, filled["place"], hours, deputy, starts, ends, key=filled["key"])


def _put_in(duties: DutyList, route: Route) -> DutyList:
    if not route.key:
        return replace(duties, routes=(*duties.routes, route))
    find_line(duties, route.key)
    return replace(duties, routes=tuple(route if one.key == route.key else one for one in duties.routes))


def _look_through(console: Console, opened: Opened, duties: DutyList) -> dict[str, Any]:
    """What would be doubtful that is not so now, and what would change hands."""
    words, day = Words(console, duties), console.rules.calendar.local_day(console.clock.now())
    known = doubts_of(console, opened)
    new = [doubt for doubt in doubts_of(console, opened, duties) if doubt not in known]
    changes = compare_lists(opened.duties, duties, console.rules, day)
    return {
        "doubts": [words.doubt(doubt) for doubt in new],
        "changes": [words.difference(change) for change in changes],
    }


async def _keep(request: web.Request, opened: Opened, duties: DutyList, what: str) -> web.Response:
    """The command, a line in the audit, and back to the list."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    seen = number_of(form, "seen")
    seen = opened.number if seen is None else seen
    note = text_of(form, "note", 200)
    command = ChangeDutyList(opened.community.id, viewer.id, duties, what, seen, note)
    number = (await console.performer.run(command)).value
    await _write_down(request, opened, what, number)
    await sessions.add_flash(request, console.phrases.render("duty.kept", {"number": number}))
    return pages.redirect(f"{HOME}?community={opened.community.id}")


async def _write_down(request: web.Request, opened: Opened, what: str, number: int) -> None:
    console = console_of(request)
    async with console.db.write() as db:
        subject = f"duties:{opened.community.id}"
        add_audit(db, viewer_of(request).staff, f"duty_{what}", console.clock.now(), subject=subject, number=number)


@editors_only
async def restore(request: web.Request) -> web.Response:
    """Back to the list as it was after some change; nothing is lost."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    async with console.db.read() as db:
        opened = await open_list(request, db, text_of(form, "community", 15))
    seen = number_of(form, "seen")
    command = RestoreDutyList(opened.community.id, viewer.id, number_of(form, "number") or 0, seen or opened.number)
    number = (await console.performer.run(command)).value
    await _write_down(request, opened, "restore", number)
    await sessions.add_flash(request, console.phrases.render("duty.restored", {"number": command.number}))
    return pages.redirect(f"{HOME}/history?community={opened.community.id}")


@editors_only
async def import_file(request: web.Request) -> web.Response:
    """Look a file through; keep it when that was confirmed."""
    console, form = console_of(request), await read_form(request)
    async with console.db.read() as db:
        opened = await open_list(request, db, text_of(form, "community", 15))
    name, content = await _file(form)
    services = console.rules.services
    duties = await asyncio.to_thread(read_list_file, name, content, services, opened.duties)
    if duties == opened.duties:
        await sessions.add_flash(request, console.phrases.render("duty.file.same"))
        return pages.redirect(await _home(request))
    if form.get("confirmed"):
        return await _keep(request, opened, duties, "import")
    context = {
        "opened": opened,
        "file_name": name,
        "text": write_list(duties),
        "lines": len(duties.routes),
        **_look_through(console, opened, duties),
    }
    return await pages.render(request, "duties/import.html", context)


async def _file(form: Mapping[str, Any]) -> tuple[str, bytes]:
    """The file that came, or the text of one that was looked through already."""
    field = form.get("file")
    if isinstance(field, FileField) and field.filename:
        return field.filename[:80], await asyncio.to_thread(field.file.read, LARGEST + 1)
    text = form.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput("no file", phrase="duty.file.choose")
    return "list.yml", text.encode()
