"""The form in which a ballot is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from actions.ballots.access import WRITERS
from actions.ballots.commands import YES_NO, DraftBallot
from actions.ballots.model import Ballot, BallotState
from actions.errors import ActionError, InvalidInput, NotFound
from bot.clock import LOCAL_ZONE, local
from bot.console import pages, sessions
from bot.console.access import viewer_of
from bot.console.ballots.reading import here, words_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_notices import list_units

NAMES = "title text options way item unit opens closes secret number ballot".split()
#: how it is counted and by which majority, as one choice
WAYS = {
    "household": ("household", "majority"),
    "resident": ("resident", "majority"),
    "half": ("area", "article_278_half"),
    "three_quarters": ("area", "article_278_three_quarters"),
    "area": ("area", "majority"),
}


async def show_new(request: web.Request) -> web.Response:
    """Empty, or a draft that is to be changed."""
    console, community = console_of(request), await here(request, WRITERS)
    now = console.clock.now()
    filled: dict[str, Any] = {
        "options": "\n".join(YES_NO), "way": "household", "secret": "1", "number": f"{now.timestamp():.6f}",
    }  # fmt: skip
    wanted = request.query.get("ballot", "")
    if wanted.isascii() and wanted.isdecimal():
        async with console.db.read() as db:
            ballot = await db.get(Ballot, int(wanted[:15]))
        if ballot is None or ballot.community_id != community or ballot.state != BallotState.DRAFT:
            raise NotFound("no draft", phrase="console.no_such_page")
        filled |= _filled(ballot)
    return await _render(request, community, filled)


def _filled(ballot: Ballot) -> dict[str, Any]:
    way = next((name for name, pair in WAYS.items() if pair == (ballot.counting, ballot.rule)), "household")
    return {
        "title": ballot.title,
        "text": ballot.text,
        "options": "\n".join(ballot.options),
        "way": way,
        "item": ballot.item,
        "unit": str(ballot.org_unit_id),
        "opens": _field(ballot.opens_at),
        "closes": _field(ballot.closes_at),
        "secret": "1" if ballot.secret else "",
        "ballot": ballot.id,
    }


def _field(at: datetime | None) -> str:
    return f"{local(at):%Y-%m-%dT%H:%M}" if at is not None else ""


async def _render(
    request: web.Request, community: int, filled: Mapping[str, Any], *, status: int = 200
) -> web.Response:
    console = console_of(request)
    async with console.db.read() as db:
        units = await list_units(db, community)
    context = {"filled": dict.fromkeys(NAMES, "") | dict(filled), "units": units, "ways": WAYS, **words_of(console)}
    return await pages.render(request, "ballots/new.html", context, status=status)


async def make_new(request: web.Request) -> web.Response:
    """Keep it as a draft, which a second person opens; what is wrong is said above the form as it was filled in."""
    console, community = console_of(request), await here(request, WRITERS)
    form = await read_form(request)
    try:
        outcome = await console.performer.run(_draft(form, community, viewer_of(request).id))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        return await _render(request, community, typed, status=422)
    await sessions.add_flash(request, console.phrases.render("console.ballot.drafted"))
    return pages.redirect(f"/console/ballots/{outcome.value}")


def _draft(form: Mapping[str, Any], community: int, who: int) -> DraftBallot:
    way = WAYS.get(text_of(form, "way", 20))
    if way is None:
        raise InvalidInput("no such way", phrase="ballot.bad.rule")
    counting, rule = way
    options = tuple(line.strip() for line in text_of(form, "options").splitlines() if line.strip())
    return DraftBallot(
        community, who, f"console:{text_of(form, 'number', 40)}",
        text_of(form, "title", 100), text_of(form, "text", 5000),
        options, counting, rule, bool(form.get("secret")), instant_of(form, "opens"), instant_of(form, "closes"),  # type: ignore[arg-type]
        number_of(form, "unit"), text_of(form, "item", 16) if rule != "majority" else "", number_of(form, "ballot"),
    )  # fmt: skip


def instant_of(form: Mapping[str, Any], name: str) -> datetime | None:
    """A time as written on the wall clock, None for none. Raises InvalidInput."""
    text = text_of(form, name, 20)
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no instant", phrase="console.ballot.bad.no_time") from error
