"""What if: this message, there, then — who gets it, by which line, and what another version of the list would do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput
from actions.people.model import Level, OrgUnit, Team
from actions.routing.duties import get_list
from actions.routing.rules import DutyList
from actions.tickets.model import Ticket
from bot.clock import LOCAL_ZONE, local
from bot.console import pages
from bot.console.access import Viewer, viewer_of
from bot.console.duties.reading import Opened, Words, doubts_of, open_list
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import Console, console_of
from bot.console.ticket_forms import refusal_words
from bot.errors import UnderstandError
from bot.simulation import Matter, Routed, read_messages, simulate
from bot.storage.queries import visible
from bot.understand.understanding import Understander
from nlu.model.entities import extract

MOST_MESSAGES = 200
MOST_TICKETS = 1000
LONGEST = 500  # characters of a message
LARGEST = 256 * 1024  # bytes of a file
MONTH = timedelta(days=31)


async def show_form(request: web.Request) -> web.Response:
    """The empty form."""
    async with console_of(request).db.read() as db:
        opened = await open_list(request, db)
    return await _render(request, opened, {}, ())


async def run_form(request: web.Request) -> web.Response:
    """The same page with the answers below."""
    console, form = console_of(request), await read_form(request)
    filled = {name: str(form.get(name, ""))[:20_000] for name in ("text", "place", "at", "against", "source")}
    async with console.db.read() as db:
        opened = await open_list(request, db, text_of(form, "community", 15))
        try:
            at = _instant(form, console)
            matters = await _matters(request, db, opened, at)
            lists = (opened.duties, await _other_list(db, console, opened, number_of(form, "against")))
            routed = await simulate(db, console.rules, opened.community.id, matters, lists, at)
        except ActionError as error:
            return await _render(request, opened, filled, (), problem=refusal_words(console, error))
        except UnderstandError:
            return await _render(request, opened, filled, (), problem=console.phrases.render("teaching.no_model"))
    return await _render(request, opened, filled, routed)


def _instant(form: Mapping[str, Any], console: Console) -> datetime:
    text = text_of(form, "at", 20)
    if not text:
        return console.clock.now()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)
    except ValueError as error:
        raise InvalidInput("no instant", phrase="duty.sim.bad_time") from error


async def _other_list(db: AsyncSession, console: Console, opened: Opened, number: int | None) -> DutyList | None:
    if not number:
        return None
    duties, found = await get_list(db, console.rules, opened.community.id, number)
    return duties if found == number else None


async def _matters(request: web.Request, db: AsyncSession, opened: Opened, now: datetime) -> list[Matter]:
    """From the tickets of the last month, or from messages in the box and in the file."""
    form = await read_form(request)
    if form.get("source") == "tickets":
        return await list_matters(db, viewer_of(request), opened.community.id, now)
    texts = [*_lines(text_of(form, "text", MOST_MESSAGES * LONGEST)), *await _file_lines(form)]
    if not texts:
        raise InvalidInput("nothing to try", phrase="duty.sim.nothing")
    if len(texts) > MOST_MESSAGES:
        raise InvalidInput("too many", phrase="duty.sim.too_many", most=MOST_MESSAGES)
    matters = await _understood(console_of(request), texts, now)
    place = text_of(form, "place", 64)
    if not place:
        return matters
    unit = next((u.id for u in opened.directory.units.values() if u.name == place), None)
    return [replace(matter, unit_id=unit) for matter in matters]


def _lines(text: str) -> list[str]:
    return [line.strip()[:LONGEST] for line in text.splitlines() if line.strip()]


async def _file_lines(form: Mapping[str, Any]) -> list[str]:
    field = form.get("file")
    if not isinstance(field, FileField) or not field.filename:
        return []
    content = await asyncio.to_thread(field.file.read, LARGEST + 1)
    try:
        if len(content) > LARGEST:
            raise ValueError("too large")
        return _lines(content.decode("utf-8-sig").replace("\x00", ""))
    except ValueError as error:
        raise InvalidInput("no text file", phrase="duty.sim.bad_file") from error


async def _understood(console: Console, texts: Sequence[str], now: datetime) -> list[Matter]:
    mind = console.mind
    if mind is None:
        raise UnderstandError("this process has no model")
    understander = Understander(await mind.want_parser(), extract)
    return await read_messages(understander, texts, mind.thresholds, mind.service_names, now)


async def list_matters(db: AsyncSession, viewer: Viewer, community_id: int, now: datetime) -> list[Matter]:
    """The tickets of the last month that this person may see, the latest first; without what was said."""
    query = (
        select(Ticket, Team.name)
        .join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(Ticket.community_id == community_id, Ticket.opened_at > now - MONTH, visible(viewer.area))
    )
    rows = (await db.execute(query.order_by(Ticket.id.desc()).limit(MOST_TICKETS))).tuples()
    return [
        Matter(ticket.ref, ticket.service, unit_id=ticket.org_unit_id, at=ticket.opened_at, held_by=team or "")
        for ticket, team in rows
    ]


async def _render(
    request: web.Request, opened: Opened, filled: Mapping[str, Any], routed: Sequence[Routed], *, problem: str = ""
) -> web.Response:
    console, words = console_of(request), Words(console_of(request), opened.duties)
    inside = [unit for unit in opened.directory.units.values() if unit.level in (Level.GRID, Level.BUILDING)]
    empty = dict.fromkeys(("text", "place", "at", "against", "source"), "")
    context = {
        "opened": opened,
        "words": words,
        "filled": empty | dict(filled),
        "places": sorted(unit.name for unit in inside),
        "routed": [(one, tell(words, one)) for one in routed],
        "figures": figures_of(routed, words),
        "doubts": [words.doubt(doubt) for doubt in doubts_of(console, opened) if doubt.kind in ("gap", "overlap")],
        "problem": problem,
        "now_local": f"{local(console.clock.now()):%Y-%m-%dT%H:%M}",
    }
    return await pages.render(request, "duties/simulate.html", context, status=422 if problem else 200)


def tell(words: Words, one: Routed) -> dict[str, str]:
    """One answer in words: what it is, who gets it, why, who is next, who had got it."""
    if one.trace is None:
        return {"service": "", "who": words.say("duty.sim.no_ticket"), "why": "", "nexts": "", "before": ""}
    return {
        "service": words.service(one.trace.service),
        "who": words.desk(one.trace.desk),
        "why": words.why(one.trace, asked_back=one.matter.asked_back),
        "nexts": " → ".join(words.desk(desk) for desk in one.trace.nexts),
        "before": words.desk(one.before.desk) if one.before is not None and one.changed else "",
    }


def figures_of(routed: Sequence[Routed], words: Words) -> dict[str, Any]:
    """How many go to which desk, how many to nobody, how many elsewhere than before."""
    desks = Counter(words.desk(one.trace.desk) for one in routed if one.trace is not None)
    return {
        "desks": desks.most_common(),
        "no_ticket": sum(one.trace is None for one in routed),
        "changed": sum(one.changed for one in routed),
        "gaps": sum(one.trace is not None and (one.trace.shipped or one.trace.desk is None) for one in routed),
        "waits": sum(one.trace is not None and one.trace.waits for one in routed),
    }
