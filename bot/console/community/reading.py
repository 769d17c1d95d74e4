"""The lists: what waits and what stands on the page, and the sheet for the board at the gate."""

from __future__ import annotations

import secrets
from typing import Any

import segno
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.access import BULLETIN_WRITERS, DEED_WRITERS, HEADS
from actions.bulletins.model import Bulletin, BulletinKind, BulletinState, CommunityPage, DeedState
from actions.errors import NotFound
from actions.people.model import OrgUnit
from bot.clock import local
from bot.community.board import Board
from bot.community.section import day_words
from bot.console import pages
from bot.console.access import Viewer, check_page, community_ids, viewer_of
from bot.console.parts import console_of
from bot.storage.queries_bulletins import LIVE_DEEDS, find_author, list_bulletins, list_deeds, list_places, list_repairs

KEEPERS = DEED_WRITERS | BULLETIN_WRITERS
DONE_DEEDS = (DeedState.PUBLISHED, DeedState.DECLINED, DeedState.REFUSED, DeedState.WITHDRAWN)


async def get_community(request: web.Request, db: AsyncSession) -> int:
    """The community they look after; above the communities the one that is asked for, or the first. Raises NotFound."""
    ids = await community_ids(db, viewer_of(request))
    asked = request.query.get("community", "")
    wanted = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 16 else None
    if not ids or (wanted is not None and wanted not in ids):
        raise NotFound("no such community", phrase="console.no_such_page")
    return wanted if wanted is not None else ids[0]


async def show_deeds(request: web.Request) -> web.Response:
    """Good deeds: what waits for whom, what stands there, and the form for a new one."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, DEED_WRITERS)
    async with console.db.read() as db:
        here = await get_community(request, db)
        live = await list_deeds(db, here, LIVE_DEEDS)
        done = await list_deeds(db, here, DONE_DEEDS)
        places = await list_places(db, here)
    context = {
        "live": live,
        "done": done,
        "places": places,
        "number": secrets.token_urlsafe(12),
        **_shared(viewer, "deeds"),
    }
    return await pages.render(request, "community/deeds.html", context)


async def show_bulletins(request: web.Request) -> web.Response:
    """Bulletins, and the form for a new one or for putting one right."""
    check_page(viewer_of(request), BULLETIN_WRITERS)
    return await render_bulletins(request, {})


async def render_bulletins(request: web.Request, typed: dict[str, str], *, status: int = 200) -> web.Response:
    """``typed``: what could not be kept like this."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        here = await get_community(request, db)
        rows = await list_bulletins(db, ids)
        communities = [await db.get_one(OrgUnit, one) for one in ids]
        places = await list_places(db, here)
        first = await _corrected(request, db, ids)
        filled = {
            "kind": BulletinKind.ADVICE, "title": "", "text": "", "issuer": viewer.unit.name, "words": "", "why": "",
            "number": "", "at": f"{local(console.clock.now()):%Y-%m-%dT%H:%M}",
        }  # fmt: skip
        if first is not None:
            filled |= {"kind": first.kind, "title": first.title, "text": first.text, "issuer": first.issuer}
        author = await find_author(db, first.author_id) if first is not None else ""
    context = {
        "rows": rows, "kinds": tuple(BulletinKind), "filled": filled | typed, "first": first, "author": author,
        "communities": communities, "here": here, "places": places, "names": {one.id: one.name for one in communities},
        "number": secrets.token_urlsafe(12), "may_withdraw": _may_withdraw(viewer), **_shared(viewer, "bulletins"),
    }  # fmt: skip
    return await pages.render(request, "community/bulletins.html", context, status=status)


def _may_withdraw(viewer: Viewer) -> Any:
    def may(one: Bulletin) -> bool:
        open_ones = (BulletinState.WAITING, BulletinState.PUBLISHED)
        return one.state in open_ones and (one.author_id == viewer.id or viewer.role in HEADS)

    return may


async def _corrected(request: web.Request, db: AsyncSession, ids: list[int]) -> Bulletin | None:
    asked = request.query.get("corrects", "")
    found = await db.get(Bulletin, int(asked[:15])) if asked.isascii() and asked.isdecimal() else None
    if asked and (found is None or found.community_id not in ids):
        raise NotFound("no such bulletin", phrase="console.no_such_page")
    return found


async def show_page(request: web.Request) -> web.Response:
    """Who may read the page, the sheet for the gate, and pictures that may be shown on it."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, HEADS)
    async with console.db.read() as db:
        here = await get_community(request, db)
        kept = await db.get(CommunityPage, here)
        codes = [code for code in console.rules.services if code.startswith("service_request/")]
        repairs = await list_repairs(db, here, [code for code in codes if not console.rules.service(code).confidential])
    token = kept.token if kept is not None else ""
    context = {
        "link": _address(request, token) if token else "",
        "repairs": repairs,
        **_shared(viewer, "page"),
    }
    return await pages.render(request, "community/page.html", context)


async def show_sheet(request: web.Request) -> web.Response:
    """The page on a sheet of A4, with the code that leads to it."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, KEEPERS)
    async with console.db.read() as db:
        here = await get_community(request, db)
        kept = await db.get(CommunityPage, here)
    token = kept.token if kept is not None else ""
    address = _address(request, token)
    read = await board_of(request).read(here)
    context = {
        "board": read,
        "qr": segno.make(address, error="m").svg_inline(scale=4, border=2, omitsize=True),
        "public": bool(token),
        "day_words": day_words,
        **_shared(viewer, "sheet"),
    }
    return await pages.render(request, "community/sheet.html", context)


def board_of(request: web.Request) -> Board:
    """What reads the page. Raises NotFound without one."""
    board = console_of(request).board
    if board is None:
        raise NotFound("no page", phrase="console.no_such_page")
    return board


def _address(request: web.Request, token: str) -> str:
    base = console_of(request).settings.public_url.rstrip("/")
    return f"{base}/c/{token}" if token else f"{base}/community"


def _shared(viewer: Viewer, here: str) -> dict[str, Any]:
    return {
        "tab": here,
        "writes_deeds": viewer.role in DEED_WRITERS,
        "writes_bulletins": viewer.role in BULLETIN_WRITERS,
        "is_head": viewer.role in HEADS,
    }
