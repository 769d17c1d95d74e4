"""The list of guides with its search, and the questions that none of them answered."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from actions.routing.rules import Rules
from bot.console import pages
from bot.console.access import viewer_of
from bot.console.guides.reading import open_community
from bot.console.parts import console_of
from bot.storage.queries_guides import PAGE, SHOWN, GuideFilter, is_open, list_asked, list_guides

LONGEST_SEARCH, MOST_WORDS = 60, 8


def read_filter(query: Mapping[str, str], rules: Rules, community_id: int) -> GuideFilter:
    """What the address asks for; what makes no sense is left out."""
    text = query.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    words = tuple(dict.fromkeys(word for word in rules.segment(text) if word.strip())) if text else ()
    page = query.get("page", "1")
    return GuideFilter(
        community_id,
        query["show"] if query.get("show") in SHOWN else "live",
        text,
        words[:MOST_WORDS],
        int(page) if page.isascii() and page.isdigit() and 0 < int(page[:5]) and len(page) < 5 else 1,
    )


async def show_guides(request: web.Request) -> web.Response:
    """The guides, those most used first."""
    console, viewer = console_of(request), viewer_of(request)
    today = console.rules.calendar.local_day(console.clock.now())
    async with console.db.read() as db:
        opened = await open_community(db, viewer, request.query.get("community", ""))
        wanted = read_filter(request.query, console.rules, opened.community.id)
        rows, total = await list_guides(db, wanted, today)
    context = {
        "opened": opened,
        "wanted": wanted,
        "rows": rows,
        "total": total,
        "pages": max(1, -(-total // PAGE)),
        "shown": SHOWN,
        "today": today,
        "bodies": console.rules.bodies,
        "may_add": any(opened.may_write(body) for body in console.rules.bodies),
    }
    return await pages.render(request, "guides/list.html", context)


async def show_unanswered(request: web.Request) -> web.Response:
    """Questions that went to a person; an answer that was given can be kept as a guide."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        opened = await open_community(db, viewer, request.query.get("community", ""))
        asked = await list_asked(db, viewer.area, console.clock.now())
    context = {
        "opened": opened,
        "asked": [(one, is_open(one.ticket)) for one in asked if one.ticket.community_id == opened.community.id],
        "may_add": any(opened.may_write(body) for body in console.rules.bodies),
    }
    return await pages.render(request, "guides/unanswered.html", context)
