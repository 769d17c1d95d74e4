"""Words that only people here know: places and activities of a community."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select

from actions.errors import InvalidInput
from actions.people.model import OrgUnit
from actions.teaching.commands import AddLocalName, RemoveLocalName
from bot.console import pages
from bot.console.access import TEACHERS, check_page, community_ids, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.teaching.doing import carry_out, refusable, say
from bot.teaching.queries import list_local_names

KINDS = ("place", "activity")
PAGE = "/console/teaching/names"


async def show_names(request: web.Request) -> web.Response:
    """The words of each community that this person looks after."""
    check_page(viewer_of(request), TEACHERS)
    async with console_of(request).db.read() as db:
        ids = await community_ids(db, viewer_of(request))
        communities = (await db.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)).order_by(OrgUnit.id))).all()
        names = {unit.id: await list_local_names(db, unit.id) for unit in communities}
    context = {"communities": communities, "names": names, "kinds": KINDS}
    return await pages.render(request, "teaching/names.html", context)


@refusable
async def add_name(request: web.Request) -> web.Response:
    """One word a line or between commas."""
    form = await read_form(request)
    community_id, kind = number_of(form, "community"), text_of(form, "kind", 12)
    words = [word.strip() for word in _split(text_of(form, "words", 1000)) if word.strip()]
    if not words or community_id is None:
        raise InvalidInput("no word", phrase="console.empty")
    for word in words:
        await carry_out(request, AddLocalName(viewer_of(request).id, community_id, kind, word))
    await say(request, "teaching.name_added", count=len(words))
    return pages.redirect(PAGE)


def _split(text: str) -> list[str]:
    for separator in "，,、；;\n":
        text = text.replace(separator, "\n")
    return text.split("\n")


@refusable
async def remove_name(request: web.Request) -> web.Response:
    """Forget a word."""
    await carry_out(request, RemoveLocalName(viewer_of(request).id, int(request.match_info["id"])))
    await say(request, "teaching.name_removed")
    return pages.redirect(PAGE)
