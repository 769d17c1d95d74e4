"""How large homes are: looked at and changed one by one, or by a workbook."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.web_request import FileField

from actions.ballots.access import WRITERS
from actions.ballots.commands import ImportAreas, SetArea
from actions.errors import ActionError, InvalidInput, NotFound
from actions.people.model import Household, OrgUnit
from bot.console import pages, sessions
from bot.console.access import viewer_of
from bot.console.audit import add_audit
from bot.console.ballots.reading import here, words_of
from bot.console.ballots.sheet import LARGEST, area_of, read_areas, write_doors
from bot.console.figures_sheet import EXCEL
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_ballots import AreaRow, list_areas

PAGE = "/console/ballots/areas"


async def show(request: web.Request) -> web.Response:
    """Building by building; those without their size are counted."""
    console, community = console_of(request), await here(request, WRITERS)
    async with console.db.read() as db:
        rows = await list_areas(db, community)
    buildings = list(dict.fromkeys(row.building.name for row in rows))
    chosen = request.query.get("building", buildings[0] if buildings else "")
    context = {
        "rows": [row for row in rows if row.building.name == chosen],
        "buildings": [(name, sum(r.building.name == name and not r.area for r in rows)) for name in buildings],
        "chosen": chosen,
        "lacking": sum(not row.area for row in rows),
        "total": sum(row.area for row in rows),
        **words_of(console),
    }
    return await pages.render(request, "ballots/areas.html", context)


async def save(request: web.Request) -> web.Response:
    """One home."""
    console, community = console_of(request), await here(request, WRITERS)
    form = await read_form(request)
    home = number_of(form, "home") or 0
    async with console.db.read() as db:
        household = await db.get(Household, home)
        building = await db.get(OrgUnit, household.building_id) if household is not None else None
    if household is None or building is None or household.community_id != community:
        raise NotFound("elsewhere", phrase="console.no_such_page")
    try:
        area, owner = area_of(text_of(form, "area", 20)), text_of(form, "owner", 32)
        await console.performer.run(SetArea(home, viewer_of(request).id, area, owner))
        await sessions.add_flash(request, console.phrases.render("console.ballot.done"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"{PAGE}?{urlencode({'building': building.name})}")


async def import_file(request: web.Request) -> web.Response:
    """A workbook like the one that is given out: all of it or nothing."""
    console, community = console_of(request), await here(request, WRITERS)
    form = await read_form(request)
    try:
        sent = form.get("file")
        if not isinstance(sent, FileField):
            raise InvalidInput("no file", phrase="console.ballot.file.none")
        lines = await asyncio.to_thread(read_areas, sent.file.read(LARGEST + 1))
        async with console.db.read() as db:
            known = {_key(row): row.household.id for row in await list_areas(db, community)}
        rows = []
        for line, building, unit, room, area, owner in lines:
            home = known.get((building, unit, room))
            if home is None:
                raise InvalidInput(
                    "no such home",
                    phrase="console.ballot.file.no_home",
                    line=line,
                    text=f"{building}{unit and unit + '-'}{room}",
                )
            rows.append((home, area, owner))
        if not rows:
            raise InvalidInput("nothing", phrase="console.ballot.file.nothing")
        outcome = await console.performer.run(ImportAreas(community, viewer_of(request).id, tuple(rows)))
        await sessions.add_flash(request, console.phrases.render("console.ballot.imported", {"count": outcome.value}))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(PAGE)


def _key(row: AreaRow) -> tuple[str, str, str]:
    return row.building.name, row.household.unit, row.household.room


async def download(request: web.Request) -> web.Response:
    """Every registered home, to be filled in and brought back."""
    console, community = console_of(request), await here(request, WRITERS)
    async with console.db.write() as db:
        rows = await list_areas(db, community)
        add_audit(db, viewer_of(request).staff, "areas_taken", console.clock.now(), rows=len(rows))
    render = console.phrases.render
    heads = [render(f"console.area_sheet.{name}") for name in ("building", "unit", "room", "area", "owner")]
    lines = [[*_key(row), row.area / 100 if row.area else None, row.owner] for row in rows]
    body = await asyncio.to_thread(write_doors, render("console.area_sheet.title"), heads, lines)
    named = {"Content-Disposition": 'attachment; filename="areas.xlsx"'}
    return web.Response(body=body, content_type=EXCEL, headers=named)
