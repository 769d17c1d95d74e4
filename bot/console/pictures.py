"""Pictures of a ticket, for those who may see the ticket."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.tickets.access import can_see_reporter
from actions.tickets.model import Ticket
from bot.console.access import CONTEXT_ROLES, Viewer, access_ticket, viewer_of
from bot.console.parts import console_of
from bot.storage.queries import list_articles
from bot.storage.queries_chat import list_follower_ids, list_lines_around
from bot.storage.tables import Picture

ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


async def show_picture(request: web.Request) -> web.StreamResponse:
    """The picture, if it stands in that ticket, in its history or in the talk around it."""
    console, viewer, picture_id = console_of(request), viewer_of(request), request.match_info["picture"]
    async with console.db.read() as db:
        ticket = await access_ticket(db, viewer, int(request.match_info["id"]))
        if picture_id not in await _shown(db, viewer, ticket):
            raise NotFound("picture", phrase="console.no_such_page")
    return await picture_file(request, picture_id)


async def picture_file(request: web.Request, picture_id: str) -> web.StreamResponse:
    """The picture itself, for a page that has asked whether it may be seen."""
    console = console_of(request)
    async with console.db.read() as db:
        picture = await db.get(Picture, picture_id)
    ending = ENDINGS.get(picture.kind) if picture is not None else None
    path = console.settings.var / "pictures" / f"{picture_id}.{ending}"
    if picture is None or ending is None or not path.is_file():
        raise NotFound("picture", phrase="console.no_such_page")
    return web.FileResponse(path, headers={"Content-Type": picture.kind, "Cache-Control": "private, max-age=3600"})


async def _shown(db: AsyncSession, viewer: Viewer, ticket: Ticket) -> set[str]:
    shown = set(ticket.pictures)
    for article in await list_articles(db, ticket):
        shown.update(article.pictures)
    if can_see_reporter(ticket, viewer.staff):
        others = viewer.role in CONTEXT_ROLES
        for line in await list_lines_around(db, ticket, await list_follower_ids(db, ticket)):
            if line.mine or others:
                shown.update(line.message.pictures)
    return shown
