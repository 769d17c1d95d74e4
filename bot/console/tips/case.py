"""A case: what was done and who has read it; what was said only after a press, in that one answer."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput, NotFound
from actions.tips.access import OVERSEERS, READERS
from actions.tips.commands import MoveTip, Opening, ReadTip, TipMove
from actions.tips.moving import TABLE, allowed_moves
from actions.tips.reading import REASONS, OpenCase
from bot.console import pages, sessions
from bot.console.access import check_page, community_ids, viewer_of
from bot.console.forms import read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_tips import TipRow, find_tip, list_readings, list_steps

LONGEST_NAME = 120
PNG = "iVBORw0KGgo"  # how its bytes begin, as base64


async def access_case(request: web.Request, db: AsyncSession, *, reads: bool = False) -> TipRow:
    """The case of the address, if it is in their area and their role may see it. Raises NotFound."""
    viewer = viewer_of(request)
    check_page(viewer, READERS if reads else READERS | OVERSEERS)
    row = await find_tip(db, await community_ids(db, viewer), int(request.match_info["id"]))
    if row is None:
        raise NotFound("no such tip", phrase="console.no_such_page")
    return row


async def show_case(request: web.Request) -> web.Response:
    """Everything but what was said."""
    return await _render(request, None)


async def open_case(request: web.Request) -> web.Response:
    """What was said, or who said it: written down first, shown once."""
    form = await read_form(request)
    what = text_of(form, "what", 12)
    try:
        if what not in (Opening.CONTENT, Opening.REPORTER):
            raise InvalidInput("no such opening", phrase="console.bad_form")
        case = await read_case(request, Opening(what), text_of(form, "reason", 16))
    except NotFound:
        raise
    except ActionError as error:
        return await back(request, refusal_words(console_of(request), error), "danger")
    return await _render(request, case)


async def read_case(request: web.Request, what: Opening, reason: str) -> OpenCase:
    """Open it for who is signed in. Raises NotFound, InvalidInput, TipKeyUnavailable."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        row = await access_case(request, db, reads=True)
    outcome = await console.performer.run(ReadTip(row.tip.id, viewer.id, what, reason))
    case: OpenCase = outcome.value
    return case


async def move_case(request: web.Request) -> web.Response:
    """One step."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    async with console.db.read() as db:
        row = await access_case(request, db, reads=True)
    try:
        name = text_of(form, "move", 16)
        if name not in set(TipMove):
            raise InvalidInput("no such move", phrase="console.bad_form")
        to, receipt = text_of(form, "to", LONGEST_NAME), text_of(form, "receipt", LONGEST_NAME)
        command = MoveTip(row.tip.id, viewer.id, TipMove(name), text_of(form, "text"), to, receipt)
        await console.performer.run(command)
    except ActionError as error:
        return await back(request, refusal_words(console, error), "danger")
    return await back(request, console.phrases.render("console.tip_moved"))


async def back(request: web.Request, words: str, kind: str = "success") -> web.Response:
    """To the case's page, where nothing is open."""
    await sessions.add_flash(request, words, kind)
    return pages.redirect(f"/console/tips/{request.match_info['id']}")


async def _render(request: web.Request, case: OpenCase | None) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        row = await access_case(request, db)
        context = {
            "row": row,
            "steps": await list_steps(db, row.tip.id),
            "readings": await list_readings(db, row.tip.id),
            "may_read": viewer.role in READERS,
            "moves": [move for move in allowed_moves(row.tip.state) if viewer.role in READERS],
            "table": TABLE,
            "reasons": REASONS,
            "case": case,
            "picture_source": picture_source,
        }
    return await pages.render(request, "tips/case.html", context)


def picture_source(image: str) -> str:
    """A sealed picture as it stands in the page: it has no address of its own."""
    return f"data:image/{'png' if image.startswith(PNG) else 'jpeg'};base64,{image}"
