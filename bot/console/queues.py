"""The queues: tabs with counts, filters that stand in the address, a table that is cards on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from actions.people.model import Role
from actions.routing.rules import CLIMB, Rules
from actions.tickets.model import Status
from bot.console import pages
from bot.console.access import viewer_of
from bot.console.parts import console_of
from bot.storage.queries import PAGE, QUEUES, SORTS, Filter, count_levels, count_queues, list_buildings, list_tickets

LONGEST_SEARCH = 60
MOST_WORDS = 8
LAST_PAGE = 10_000


def read_filter(query: Mapping[str, str], rules: Rules, default_queue: str = "area") -> Filter:
    """What the address asks for; what makes no sense is left out."""
    text = query.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    words = (word.strip() for word in rules.segment(text)) if text else ()
    page = query.get("page", "1")
    return Filter(
        queue=_one_of(query.get("queue", ""), QUEUES) or default_queue,
        service=query.get("service", "")[:48].replace("\x00", ""),
        building=query.get("building", "")[:16].replace("\x00", ""),
        status=_one_of(query.get("status", ""), tuple(Status)),
        level=_one_of(query.get("level", ""), CLIMB),
        emergency=query.get("emergency") == "1",
        text=text,
        words=tuple(dict.fromkeys(word for word in words if word))[:MOST_WORDS],
        sort=_one_of(query.get("sort", ""), SORTS) or "due",
        page=min(int(page), LAST_PAGE) if page.isascii() and page.isdigit() and 0 < len(page) < 6 else 1,
    )


def _one_of(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else ""


def query_of(wanted: Filter, **changes: Any) -> str:
    """The address of a filter, to go to or to keep."""
    wanted = replace(wanted, **changes)
    values = {
        "queue": wanted.queue,
        "service": wanted.service,
        "building": wanted.building,
        "status": wanted.status,
        "level": wanted.level,
        "emergency": "1" if wanted.emergency else "",
        "q": wanted.text,
        "sort": wanted.sort if wanted.sort != "due" else "",
        "page": str(wanted.page) if wanted.page > 1 else "",
    }
    return urlencode({key: value for key, value in values.items() if value})


def family_options(rules: Rules) -> list[tuple[str, list[tuple[str, str]]]]:
    """Services by family, for a select box."""
    families: dict[str, list[tuple[str, str]]] = {}
    for code, service in rules.services.items():
        families.setdefault(service.family, []).append((code, service.name))
    return list(families.items())


async def show_queue(request: web.Request) -> web.Response:
    """One page of a queue."""
    console, viewer = console_of(request), viewer_of(request)
    now, default = (
        console.clock.now(),
        "team" if viewer.staff.team_id and viewer.role != Role.ADMIN else "area",
    )
    wanted = read_filter(request.query, console.rules, default)
    async with console.db.read() as db:
        rows, total = await list_tickets(db, viewer.area, wanted, now)
        counts = await count_queues(db, viewer.area, now)
        at_levels = await count_levels(db, viewer.area)
        buildings = await list_buildings(db, viewer.area)
    context = {
        "rows": rows,
        "total": total,
        "counts": counts,
        "at_levels": at_levels,
        "buildings": buildings,
        "wanted": wanted,
        "query_of": query_of,
        "queues": QUEUES,
        "statuses": tuple(Status),
        "levels": CLIMB,
        "sorts": SORTS,
        "families": family_options(console.rules),
        "pages": max(1, -(-total // PAGE)),
    }
    return await pages.render(request, "queue.html", context)
