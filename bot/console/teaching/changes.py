"""Who changed which sentence, when."""

from __future__ import annotations

from aiohttp import web

from bot.console import pages
from bot.console.access import TEACHERS, check_page, viewer_of
from bot.console.parts import console_of
from bot.console.teaching.labels import load_labels
from bot.teaching.queries import list_changes, staff_names


async def show_changes(request: web.Request) -> web.Response:
    """The book of changes, newest first."""
    check_page(viewer_of(request), TEACHERS)
    number = request.query.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    async with console_of(request).db.read() as db:
        changes = await list_changes(db, page=page)
        context = {
            "page": changes,
            "labels": await load_labels(db),
            "names": await staff_names(db, {row.staff_id for row in changes.rows if row.staff_id is not None}),
        }
    return await pages.render(request, "teaching/changes.html", context)
