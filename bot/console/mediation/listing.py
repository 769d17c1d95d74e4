"""The queue of cases, a new one for who came by, and what each mediator is good at."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select

from actions.errors import ActionError, InvalidInput
from actions.mediation.commands import OpenCase, SetProfile
from actions.mediation.model import CaseState
from actions.people.model import OrgUnit, Resident
from bot.console import pages, sessions
from bot.console.access import community_ids, viewer_of
from bot.console.forms import read_form, text_of
from bot.console.mediation.reading import LONGEST_TEXT, check_mediation, is_head
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_mediation import list_cases, list_mediators

FAMILY = "dispute"


async def show_cases(request: web.Request) -> web.Response:
    """What waits, what is one's own, what others have, what is over."""
    console, viewer = console_of(request), viewer_of(request)
    check_mediation(viewer)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        rows = await list_cases(db, ids)
        ended = await list_cases(db, ids, ended=True)
    mine = [row for row in rows if row.case.mediator_id == viewer.id]
    waiting = [row for row in rows if row.case.state == CaseState.SUBMITTED]
    others = [row for row in rows if row not in mine and row not in waiting]
    context = {"mine": mine, "waiting": waiting, "others": others, "ended": ended, "is_head": is_head(viewer)}
    return await pages.render(request, "mediation/list.html", context)


async def show_new(request: web.Request) -> web.Response:
    """The form for somebody who came by or phoned."""
    check_mediation(viewer_of(request))
    return await _render_new(request)


async def _render_new(request: web.Request, *, status: int = 200) -> web.Response:
    console, form = console_of(request), await read_form(request) if request.method == "POST" else {}
    kinds = [(code, s.name) for code, s in console.rules.services.items() if s.family == FAMILY]
    return await pages.render(request, "mediation/new.html", {"kinds": kinds, "filled": form}, status=status)


async def open_new(request: web.Request) -> web.Response:
    """Take the application down: a resident by nickname, or somebody by name."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_mediation(viewer)
    try:
        async with console.db.read() as db:
            ids = await community_ids(db, viewer)
            applicant = await _find_resident(db, ids[0], text_of(form, "nickname", 32))
        name, text = text_of(form, "name", 32), text_of(form, "text", LONGEST_TEXT)
        if applicant is None and not name:
            raise InvalidInput("nobody", phrase="mediation.whom")
        if not text:
            raise InvalidInput("nothing", phrase="mediation.say_something")
        command = OpenCase(
            ids[0],
            text_of(form, "kind", 48),
            text,
            applicant.building_id or ids[0] if applicant is not None else ids[0],
            applicant_id=applicant.id if applicant is not None else None,
            name=name,
            phone=text_of(form, "phone", 32),
            staff_id=viewer.id,
            consented=bool(form.get("consented")),
        )
        outcome = await console.performer.run(command)
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return await _render_new(request, status=422)
    await sessions.add_flash(request, console.phrases.render("console.mediation.done"))
    return pages.redirect(f"/console/mediation/{outcome.value}")


async def _find_resident(db: object, community_id: int, nickname: str) -> Resident | None:
    if not nickname:
        return None
    query = select(Resident).where(Resident.community_id == community_id, Resident.nickname == nickname)
    found = (await db.scalars(query.limit(2))).all()  # type: ignore[attr-defined]
    if len(found) != 1:
        raise InvalidInput("no such resident", phrase="console.no_such_resident", count=len(found))
    return found[0]  # type: ignore[no-any-return]


async def show_mediators(request: web.Request) -> web.Response:
    """Who mediates what and where; changed by the committee."""
    console, viewer = console_of(request), viewer_of(request)
    check_mediation(viewer)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        rows = await list_mediators(db, ids)
        grids = (await db.scalars(select(OrgUnit).where(OrgUnit.community_id.in_(ids), OrgUnit.level == "grid"))).all()
    kinds = [(code, s.name) for code, s in console.rules.services.items() if s.family == FAMILY]
    context = {"rows": rows, "grids": grids, "kinds": kinds, "is_head": is_head(viewer)}
    return await pages.render(request, "mediation/mediators.html", context)


async def save_profile(request: web.Request) -> web.Response:
    """What one of them is good at."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_mediation(viewer)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
    fields = tuple(str(v) for v in form.getall("fields", ()))  # type: ignore[attr-defined]
    areas = tuple(int(v) for v in form.getall("areas", ()) if str(v).isdecimal())  # type: ignore[attr-defined]
    try:
        await console.performer.run(SetProfile(ids[0], viewer.id, int(request.match_info["id"]), fields, areas))
        await sessions.add_flash(request, console.phrases.render("console.mediation.done"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect("/console/mediation/mediators")
