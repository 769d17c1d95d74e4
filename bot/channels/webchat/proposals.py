"""Pages of deliberation for residents: what is put forward, one proposal's whole way, conventions, the index."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput
from actions.outcome import Outcome
from actions.people.model import Resident
from actions.proposals import commands as p
from actions.proposals.arguing import list_said
from actions.proposals.convention_model import SHOWN, Convention
from actions.proposals.index import ORDER, MonthFacts, index_of
from actions.proposals.model import PUBLIC, TAKES_ARGUMENTS, TAKES_SUPPORT, Proposal, Stance
from actions.proposals.rules import IndexRules, ProposalRules
from actions.proposals.summary import common_ground
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.replies import load_templates, page
from bot.channels.webchat.signing import check_origin, find_resident
from bot.channels.webchat.tips import read_form
from bot.channels.webchat.wire import clean_text
from bot.clock import local
from bot.proposals.differences import compare
from bot.storage.queries_proposals import (
    find_own_support,
    list_arguments,
    list_comments,
    list_conventions,
    list_index,
    list_innovations,
    list_meetings,
    list_proposals,
    list_steps,
    list_tasks,
    list_versions,
)
from nlu.model.script import to_simplified

Perform = Callable[[Any], Awaitable[Outcome]]
LIVE = ("gathering", "discussing", "answering", "voting", "doing")


class ProposalPages:
    """Handlers of the pages; only for who is signed in, and only of their own community."""

    def __init__(self, deps: WebChat, perform: Perform, rules: ProposalRules) -> None:
        self._deps, self._perform, self._rules = deps, perform, rules
        self._templates = load_templates()
        self._templates.filters["clock_day"] = lambda at: f"{local(at).month}月{local(at).day}日"
        self._templates.globals["rules"] = rules
        self._templates.globals["say"] = deps.phrases.render

    async def listing(self, request: web.Request) -> web.Response:
        """What is open, what is done, the community's rules."""
        return await self._listing(request, await self._resident(request))

    async def _listing(
        self, request: web.Request, resident: Resident, *, said: str = "", text: str = "", status: int = 200,
        draft: Mapping[str, Any] | None = None,
    ) -> web.Response:  # fmt: skip
        here, today = [resident.community_id], self._rules.today(self._deps.clock.now())
        async with self._deps.db.read() as session:
            live = await list_proposals(session, here, LIVE, today)
            over = await list_proposals(session, here, sorted(PUBLIC - set(LIVE)), today)
            conventions = await list_conventions(session, here, shown=True)
        return self._page(request, "proposals.html", status, resident=resident, live=live, over=over, said=said,
                          conventions=conventions, refused=status >= 400, text=text, draft=draft)  # fmt: skip

    async def draft(self, request: web.Request) -> web.Response:
        """What was written is shown as it would stand, and is handed in by a second press; the chat shows it too."""
        check_origin(self._deps, request)
        resident, form = await self._resident(request), await read_form(request)
        text, do = clean_text(form.get("text", "")), form.get("do", "")
        try:
            if do in ("hand", "drop"):
                number = _whole(form.get("proposal", ""))
                outcome = await self._perform(p.SettleProposal(number, resident.id, do == "hand"))
                first = outcome.replies[0]
                words = self._deps.phrases.render(first.phrase, first.params)
                return await self._listing(request, resident, said=words)
            outcome = await self._perform(p.DraftProposal(resident.community_id, resident.id, to_simplified(text)))
        except ActionError as error:
            return await self._listing(request, resident, said=self._say(error), text=text, status=422)
        return await self._listing(request, resident, draft={"id": outcome.value, **outcome.replies[0].params})

    async def show(self, request: web.Request) -> web.Response:
        """One with its whole way."""
        return await self._one(request, await self._resident(request))

    async def act(self, request: web.Request) -> web.Response:
        """Support, leave, argue, agree; shown again it asks for nothing twice."""
        check_origin(self._deps, request)
        resident, form = await self._resident(request), await read_form(request)
        async with self._deps.db.read() as session:
            proposal = await self._access(session, request, resident)
        try:
            await self._perform(_command(proposal, resident, form))
        except ActionError as error:
            text = clean_text(form.get("text", ""))
            return await self._one(request, resident, said=self._say(error), text=text, status=422)
        return _back(f"/proposals/{proposal.id}" + ("#said" if form.get("do") in ("argue", "yes", "no") else ""))

    async def convention(self, request: web.Request) -> web.Response:
        """A wording with what differs from the one before, open to comments on each paragraph."""
        return await self._convention(request, await self._resident(request))

    async def comment(self, request: web.Request) -> web.Response:
        """Something to a paragraph."""
        check_origin(self._deps, request)
        resident, form = await self._resident(request), await read_form(request)
        number, paragraph = form.get("version", ""), form.get("paragraph", "")
        try:
            source = _source(resident, form)
            command = p.CommentParagraph(
                resident.community_id, resident.id, _whole(number), _whole(paragraph),
                clean_text(form.get("text", "")), source,
            )  # fmt: skip
            await self._perform(command)
        except ActionError as error:
            return await self._convention(request, resident, said=self._say(error), status=422)
        return _back(f"/conventions/{request.match_info['id']}#p{_whole(paragraph)}")

    async def index(self, request: web.Request) -> web.Response:
        """The published months, their parts and how they are reckoned."""
        resident = await self._resident(request)
        async with self._deps.db.read() as session:
            rows = await list_index(session, resident.community_id)
            innovations = await list_innovations(session, [resident.community_id])
        months = [(row, index_of(MonthFacts(**row.facts), IndexRules(**row.rules))) for row in rows]
        confirmed = [one for one, _, _ in innovations if one.confirmed_by is not None]
        return self._page(
            request, "consultation.html", resident=resident, months=months, order=ORDER, innovations=confirmed
        )

    async def _one(
        self, request: web.Request, resident: Resident, *, said: str = "", text: str = "", status: int = 200
    ) -> web.Response:
        async with self._deps.db.read() as session:
            proposal = await self._access(session, request, resident)
            values = {
                "steps": await list_steps(session, proposal.id),
                "arguments": await list_arguments(session, proposal.id, resident.id),
                "meetings": await list_meetings(session, proposal.id),
                "tasks": await list_tasks(session, proposal.id),
                "own": await find_own_support(session, proposal.id, resident.id),
                "agreed": common_ground(await list_said(session, proposal.id)),
            }
        return self._page(
            request, "proposal.html", status, resident=resident, proposal=proposal, said=said, refused=status >= 400,
            text=text, stances=list(Stance), may_support=proposal.state in TAKES_SUPPORT,
            may_argue=proposal.state in TAKES_ARGUMENTS, number=secrets.token_urlsafe(12),
            today=self._rules.today(self._deps.clock.now()), **values,
        )  # fmt: skip

    async def _convention(
        self, request: web.Request, resident: Resident, *, said: str = "", status: int = 200
    ) -> web.Response:
        now = self._deps.clock.now()
        async with self._deps.db.read() as session:
            convention = await session.get(Convention, int(request.match_info["id"]))
            if convention is None or convention.community_id != resident.community_id:
                raise web.HTTPNotFound
            versions = await list_versions(session, convention.id, shown=True)
            if not versions:
                raise web.HTTPNotFound
            wanted = request.query.get("version", "")
            version = next((one for one in versions if str(one.number) == wanted), versions[0])
            base = next((one for one in versions if one.number < version.number), None)
            comments = await list_comments(session, version.id)
        until = version.comments_until
        return self._page(
            request, "convention.html", status, resident=resident, convention=convention, versions=versions,
            version=version, base=base, comments=comments, said=said, refused=status >= 400,
            compared=compare(base.paragraphs if base else version.paragraphs, version.paragraphs),
            may_comment=version.state == "commenting" and until is not None and until > now,
            number=secrets.token_urlsafe(12), shown=SHOWN,
        )  # fmt: skip

    async def _resident(self, request: web.Request) -> Resident:
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        async with self._deps.db.read() as session:
            return await session.get_one(Resident, resident_id)

    async def _access(self, session: AsyncSession, request: web.Request, resident: Resident) -> Proposal:
        proposal = await session.get(Proposal, int(request.match_info["id"]))
        if proposal is None or proposal.community_id != resident.community_id or not proposal.public:
            raise web.HTTPNotFound
        return proposal

    def _say(self, error: ActionError) -> str:
        return self._deps.phrases.render(error.phrase, error.params)

    def _page(self, request: web.Request, name: str, status: int = 200, **values: Any) -> web.Response:
        return page(request, self._templates, name, status=status, **values)


def _back(to: str) -> web.Response:
    return web.Response(status=303, headers={"Location": to})


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _source(resident: Resident, form: Mapping[str, str]) -> str:
    """The number of the form: sent twice it is one. Raises InvalidInput."""
    number = form.get("number", "")
    if not 8 <= len(number) <= 40:
        raise InvalidInput("no number", phrase="proposal.none_such")
    return f"page:{resident.id}:{number}"


def _command(proposal: Proposal, resident: Resident, form: Mapping[str, str]) -> Any:
    """The order a form stands for. Raises InvalidInput."""
    here, who, do = resident.community_id, resident.id, form.get("do", "")
    match do:
        case "support":
            return p.SupportProposal(here, who, p.Meant(proposal.id))
        case "leave":
            return p.LeaveProposal(here, who, p.Meant(proposal.id))
        case "mute" | "again":
            return p.MuteProposals(here, who, proposal.id, muted=do == "mute")
        case "yes" | "no":
            return p.Weigh(here, who, _whole(form.get("argument", "")), do == "yes")
        case "argue":
            text = clean_text(form.get("text", ""))
            return p.AddArgument(here, who, proposal.id, form.get("stance", ""), text, _source(resident, form))
        case _:
            raise InvalidInput("no such button", phrase="proposal.none_such")
