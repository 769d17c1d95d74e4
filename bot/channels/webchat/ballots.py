"""The residents' pages of ballots: what is voted on, one's own vote and receipt, the result, the file of the count."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.access import find_voter
from actions.ballots.asking import find_receipt
from actions.ballots.book import BallotTools
from actions.ballots.commands import CastVote, WantPaper
from actions.ballots.counting import commitment, line_number, read_code, spell
from actions.ballots.model import Ballot, BallotState, BallotVoter
from actions.ballots.tell import HEAD_SHOWN, area_words, condition_words, unit_words, verdict_phrase
from actions.ballots.votes import find_paper, find_vote
from actions.errors import ActionError
from actions.outcome import Outcome
from actions.people.doors import verified_household
from actions.people.model import Resident
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.replies import headers, load_templates, page
from bot.channels.webchat.signing import check_origin, find_resident
from bot.channels.webchat.tips import clock_time, read_form
from bot.storage.queries_ballots import find_by_ref, find_line, list_ballots

Perform = Callable[[Any], Awaitable[Outcome]]


class BallotPages:
    """Handlers of /ballots. What is done here goes through the same commands as in the chat."""

    def __init__(self, deps: WebChat, perform: Perform, tools: BallotTools) -> None:
        self._deps, self._perform, self._tools = deps, perform, tools
        self._templates = load_templates()
        self._templates.filters["clock_time"] = clock_time
        self._templates.filters["area"] = lambda area: area_words(area, tools.book)
        self._templates.globals["unit_words"] = lambda ballot: unit_words(ballot, tools.book)
        self._templates.globals["condition_words"] = lambda one, ballot: condition_words(one, ballot, tools.book)
        self._templates.globals["spell"] = spell

    async def listing(self, request: web.Request) -> web.Response:
        """All of the community's, the latest in front."""
        resident = await self._owner(request)
        async with self._deps.db.read() as session:
            rows = await list_ballots(session, resident.community_id, drafts=False)
            voted = {one.id for one in rows if await self._has_voted(session, one, resident)}
        return page(request, self._templates, "ballots.html", resident=resident, rows=rows, voted=voted)

    async def show(self, request: web.Request) -> web.Response:
        """One ballot: what it is about, the vote, the receipt, the result."""
        return await self._page(request, await self._owner(request))

    async def act(self, request: web.Request) -> web.Response:
        """Vote, ask for a sheet of paper, or check a code against what was published."""
        check_origin(self._deps, request)
        resident, form = await self._owner(request), await read_form(request)
        if form.get("do") == "check":
            return await self._page(request, resident, code=form.get("code", "")[:40])
        try:
            await self._perform(self._command(request, resident, form))
        except ActionError as error:
            words = self._deps.phrases.render(error.phrase, error.params)
            return await self._page(request, resident, words=words, status=400)
        return web.Response(status=303, headers={"Location": request.path})

    async def file(self, request: web.Request) -> web.Response:
        """For anybody: it names nobody."""
        async with self._deps.db.read() as session:
            ballot = await find_by_ref(session, request.match_info["ref"])
        if ballot is None or not ballot.count_file:
            raise web.HTTPNotFound
        named = {"Content-Disposition": f'attachment; filename="linan-count-{ballot.ref}.json"'}
        return web.Response(
            text=ballot.count_file, content_type="application/json", headers={**headers(request), **named}
        )

    def _command(self, request: web.Request, resident: Resident, form: Mapping[str, str]) -> Any:
        ballot_id, here = int(request.match_info["id"]), resident.community_id
        if form.get("do") == "paper":
            return WantPaper(here, resident.id, ballot_id)
        option = form.get("option", "")
        number = int(option) if option.isascii() and option.isdecimal() and len(option) < 4 else -1
        return CastVote(here, resident.id, ballot_id, number)

    async def _owner(self, request: web.Request) -> Resident:
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        async with self._deps.db.read() as session:
            return await session.get_one(Resident, resident_id)

    async def _has_voted(self, session: AsyncSession, ballot: Ballot, resident: Resident) -> bool:
        voter = await find_voter(session, ballot, resident)
        return voter is not None and bool(voter.via)

    async def _page(
        self, request: web.Request, resident: Resident, *, words: str = "", code: str = "", status: int = 200
    ) -> web.Response:
        now = self._deps.clock.now()
        async with self._deps.db.read() as session:
            ballot = await session.get(Ballot, int(request.match_info["id"]))
            hidden = ballot is None or ballot.community_id != resident.community_id
            if ballot is None or hidden or ballot.state == BallotState.DRAFT:
                raise web.HTTPNotFound
            voter = await find_voter(session, ballot, resident)
            own = await self._own(session, ballot, voter, resident)
            verified = voter is not None or await verified_household(session, resident.id) is not None
            checked = await self._check(session, ballot, code) if code else None
        return page(
            request, self._templates, "ballot.html", status=status, resident=resident, ballot=ballot, words=words,
            own=own, can=voter is not None, verified=verified, opens=ballot.takes_votes(now), checked=checked,
            item=self._tools.book.items.get(ballot.item), head=ballot.log_head[:HEAD_SHOWN],
            verdict=verdict_phrase(ballot) if ballot.result else "", code=code if checked is None else "",
        )  # fmt: skip

    async def _own(
        self, session: AsyncSession, ballot: Ballot, voter: BallotVoter | None, resident: Resident
    ) -> dict[str, Any] | None:
        """How the household's vote stands; choice and code only for whose they are, and while they are known."""
        if voter is None:
            return None
        vote, paper = await find_vote(session, voter.id), await find_paper(session, voter.id)
        try:
            receipt = await find_receipt(session, ballot, resident, self._tools)
        except ActionError:  # the key is away: everything else can still be read
            receipt = None
        by = await session.get(Resident, vote.resident_id) if vote is not None else None
        return {
            "via": voter.via,
            "at": vote.cast_at if vote is not None else None,
            "by": by.nickname if by is not None and by.id != resident.id else "",
            "mine": by is not None and by.id == resident.id,
            "changes": vote.changes if vote is not None else 0,
            "paper": paper.state if paper is not None else "",
            "both": vote is not None and paper is not None and paper.state == "confirmed",
            "choice": ballot.options[receipt[0]] if receipt is not None else "",
            "code": receipt[1] if receipt is not None else "",
            "wants_paper": voter.wants_paper_at is not None,
        }

    async def _check(self, session: AsyncSession, ballot: Ballot, typed: str) -> dict[str, Any]:
        """What the log and the published lines say of a code. Nothing of it is written down."""
        code = read_code(typed)
        found: dict[str, Any] = {"bad": not code, "logged": 0, "counted": "", "open": not ballot.count_file}
        if not code:
            return found
        lines = [commitment(ballot.ref, code, n) for n in range(len(ballot.options))]
        found["logged"] = await find_line(session, ballot.id, lines)
        if ballot.count_file:
            published = dict(json.loads(ballot.count_file)["votes"])
            choice = published.get(line_number(ballot.ref, code))
            found["counted"] = ballot.options[choice] if choice is not None else ""
        return found
