"""Pages that everybody may read: the list, its history, the list as a file."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlalchemy import select

from actions.people.model import Role
from actions.routing.comparing import compare_lists
from actions.routing.duties import get_list
from actions.routing.list_file import write_list
from actions.routing.model import DutyChange
from bot.clock import local
from bot.console import pages
from bot.console.access import viewer_of
from bot.console.duties.reading import Words, build_table, doubts_of, open_list
from bot.console.duties.returns import list_returns, list_settled
from bot.console.duties.sheets import EXCEL, write_sheets
from bot.console.parts import console_of

EDITORS = frozenset({Role.ADMIN})
MOST_CHANGES = 50
MOST_DIFFERENCES = 12


async def show_list(request: web.Request) -> web.Response:
    """Who answers for what, where, when, and who is next."""
    console, now = console_of(request), console_of(request).clock.now()
    async with console.db.read() as db:
        opened, area = await open_list(request, db), viewer_of(request).area
        returns = await list_returns(db, area, opened.community.id, now)
        settled = await list_settled(db, area, opened.community.id, now)
    words = Words(console, opened.duties)
    context = {
        "returns": [(one, console.rules.words[f"return_{one.reason}"]) for one in returns],
        "settled": settled,
        "opened": opened,
        "words": words,
        "doubts": [(doubt.kind, words.doubt(doubt)) for doubt in doubts_of(console, opened)],
        "may_edit": viewer_of(request).role in EDITORS,
        "day": console.rules.calendar.local_day(now),
        **build_table(console, opened.duties, now),
    }
    return await pages.render(request, "duties/list.html", context)


async def show_history(request: web.Request) -> web.Response:
    """Who changed what and when, the latest first; each with what changed hands."""
    console, now = console_of(request), console_of(request).clock.now()
    day, rows = console.rules.calendar.local_day(now), []
    async with console.db.read() as db:
        opened = await open_list(request, db)
        query = select(DutyChange).where(DutyChange.community_id == opened.community.id)
        changes = (await db.scalars(query.order_by(DutyChange.number.desc()).limit(MOST_CHANGES))).all()
        for change in changes:
            after, _ = await get_list(db, console.rules, opened.community.id, change.number)
            before, found = await get_list(db, console.rules, opened.community.id, change.number - 1)
            differences = compare_lists(before, after, console.rules, day) if found else []
            words = Words(console, after)
            told = [words.difference(one) for one in differences[:MOST_DIFFERENCES]]
            rows.append((change, told, max(0, len(differences) - MOST_DIFFERENCES)))
    context = {"opened": opened, "rows": rows, "may_edit": viewer_of(request).role in EDITORS}
    return await pages.render(request, "duties/history.html", context)


async def download(request: web.Request) -> web.Response:
    """The list as ``data/routing.yml`` is written, or as a workbook."""
    console, kind = console_of(request), request.match_info["kind"]
    async with console.db.read() as db:
        opened = await open_list(request, db)
    if kind == "yml":
        content, media = write_list(opened.duties).encode(), "application/yaml; charset=utf-8"
    else:
        content = await asyncio.to_thread(write_sheets, opened.duties, console.rules.services)
        media = EXCEL
    name = f"linan-duties-{local(console.clock.now()):%Y%m%d-%H%M}.{kind}"
    headers = {"Content-Type": media, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, headers=headers)
