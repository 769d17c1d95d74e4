"""The forms of a ballot that is written: open, extend, close, cancel; enter, confirm and withdraw sheets of paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from actions.ballots import commands as b
from actions.ballots.access import HANDS, HEADS
from actions.ballots.model import BallotPaper
from actions.errors import ActionError, InvalidInput, NotFound
from bot.console import pages, sessions
from bot.console.access import viewer_of
from bot.console.ballots.reading import access_ballot, own_doors
from bot.console.ballots.writing import instant_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_ballots import list_doors


async def act(request: web.Request) -> web.Response:
    """Open it, give it more time, close it, count it, call it off."""
    console, form, who = console_of(request), await read_form(request), viewer_of(request).id
    async with console.db.read() as db:
        ballot = await access_ballot(request, db, HEADS)
    do = text_of(form, "do", 8)
    builds = {
        "open": lambda: b.OpenBallot(ballot.id, who),
        "close": lambda: b.CloseBallot(ballot.id, who),
        "extend": lambda: _extension(ballot.id, who, form),
        "cancel": lambda: b.CancelBallot(ballot.id, who, text_of(form, "text", 200)),
    }
    return await _done(request, f"/console/ballots/{ballot.id}", builds.get(do))


def _extension(ballot_id: int, who: int, form: Mapping[str, Any]) -> b.ExtendBallot:
    to = instant_of(form, "closes")
    if to is None:
        raise InvalidInput("no day", phrase="ballot.extend.say_until")
    return b.ExtendBallot(ballot_id, who, to, text_of(form, "text", 200))


async def _done(request: web.Request, to: str, build: Any) -> web.Response:
    """Do it, say so or why not, and back to the page."""
    console = console_of(request)
    try:
        if build is None:
            raise InvalidInput("no such button", phrase="console.bad_form")
        outcome = await console.performer.run(build())
        phrase = "console.ballot.differs" if outcome.value == "differs" else "console.ballot.done"
        await sessions.add_flash(
            request, console.phrases.render(phrase), "danger" if "differs" in phrase else "success"
        )
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(to)


async def enter(request: web.Request) -> web.Response:
    """What stands on a sheet."""
    console, form, viewer = console_of(request), await read_form(request), viewer_of(request)
    async with console.db.read() as db:
        ballot = await access_ballot(request, db, HANDS)
        doors = own_doors(viewer, await list_doors(db, ballot))
    home, option = number_of(form, "home"), number_of(form, "option")
    if not any(row.household_id == home for row in doors):
        raise NotFound("not on their roll", phrase="console.no_such_page")
    build = None
    if home is not None and option is not None:
        build = lambda: b.EnterPaperVote(ballot.id, viewer.id, home, option)  # noqa: E731
    return await _done(request, f"/console/ballots/{ballot.id}/papers", build)


async def settle(request: web.Request) -> web.Response:
    """Read it again, or take it back."""
    console, form, who = console_of(request), await read_form(request), viewer_of(request).id
    async with console.db.read() as db:
        ballot = await access_ballot(request, db, HANDS)
        doors = own_doors(viewer_of(request), await list_doors(db, ballot))
        paper = await db.get(BallotPaper, int(request.match_info["paper"]))
    if paper is None or all(row.voter.id != paper.voter_id for row in doors):
        raise NotFound("elsewhere", phrase="console.no_such_page")
    option, do = number_of(form, "option"), text_of(form, "do", 10)
    build: Any = None
    if do == "confirm" and option is not None:
        build = lambda: b.ConfirmPaperVote(paper.id, who, option)  # noqa: E731
    elif do == "withdraw":
        build = lambda: b.WithdrawPaperVote(paper.id, who, text_of(form, "text", 200))  # noqa: E731
    return await _done(request, f"/console/ballots/{ballot.id}/papers", build)
