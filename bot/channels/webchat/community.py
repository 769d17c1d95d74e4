"""The community's page for its residents, for everybody where it is allowed; and what is told of oneself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from actions.bulletins.commands import AnswerConsent, WithdrawDeed
from actions.errors import ActionError, InvalidInput
from actions.outcome import Outcome
from actions.people.model import Resident
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.pictures import picture_path
from bot.channels.webchat.replies import headers, load_templates, page
from bot.channels.webchat.signing import check_origin, find_resident
from bot.channels.webchat.tips import read_form
from bot.channels.webchat.wire import clean_text
from bot.clock import local
from bot.community.board import Board
from bot.community.section import day_words
from bot.storage.queries_bulletins import find_public, is_shown, list_own_deeds
from bot.storage.tables import Picture

Perform = Callable[[Any], Awaitable[Outcome]]
ANSWERS = ("name", "nick", "anon", "no", "other")


class CommunityPages:
    """Handlers of /community, /c/<token> and /deeds."""

    def __init__(self, deps: WebChat, perform: Perform, board: Board) -> None:
        self._deps, self._perform, self._board = deps, perform, board
        self._templates = load_templates()
        self._templates.filters["day_words"] = day_words

    async def show(self, request: web.Request) -> web.Response:
        """For who is signed in."""
        resident = await self._owner(request)
        return await self._board_page(request, resident.community_id, "/community", resident)

    async def show_public(self, request: web.Request) -> web.Response:
        """The same without links into the chat. A link that is no longer allowed leads nowhere."""
        community_id = await self._public(request)
        return await self._board_page(request, community_id, f"/c/{request.match_info['token']}", None)

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """A picture that stands on the page now."""
        return await self._picture(request, (await self._owner(request)).community_id)

    async def public_picture(self, request: web.Request) -> web.StreamResponse:
        """The same for everybody."""
        return await self._picture(request, await self._public(request))

    async def show_own(self, request: web.Request) -> web.Response:
        """What is told of them, and what they are asked."""
        return await self._own(request, await self._owner(request))

    async def act(self, request: web.Request) -> web.Response:
        """Answer, or take back; through the same commands as in the chat."""
        check_origin(self._deps, request)
        resident, form = await self._owner(request), await read_form(request)
        try:
            outcome = await self._perform(_command(resident, form))
        except ActionError as error:
            words = self._deps.phrases.render(error.phrase, error.params)
            return await self._own(request, resident, words=words, bad=True, status=400)
        said = [reply for reply in outcome.replies if reply.resident_id == resident.id]
        words = self._deps.phrases.render(said[0].phrase, said[0].params) if said else ""
        return await self._own(request, resident, words=words)

    async def _board_page(
        self, request: web.Request, community_id: int, base: str, resident: Resident | None
    ) -> web.Response:
        read = await self._board.read(community_id, request.query.get("month", ""))
        return page(
            request, self._templates, "community.html", board=read, base=base, resident=resident,
            this_month=local(read.as_of).date().replace(day=1),
            before=f"{read.month - timedelta(days=1):%Y-%m}",
        )  # fmt: skip

    async def _picture(self, request: web.Request, community_id: int) -> web.StreamResponse:
        id_ = request.match_info["picture"]
        async with self._deps.db.read() as session:
            kept = await session.get(Picture, id_) if await is_shown(session, community_id, id_) else None
        path = picture_path(self._deps.pictures, id_, kept.kind) if kept is not None else None
        if kept is None or path is None or not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={**headers(request), "Content-Type": kept.kind})

    async def _own(
        self, request: web.Request, resident: Resident, *, words: str = "", bad: bool = False, status: int = 200
    ) -> web.Response:
        async with self._deps.db.read() as session:
            deeds = await list_own_deeds(session, resident.id)
        return page(
            request, self._templates, "deeds.html", status=status, deeds=deeds, resident=resident, words=words, bad=bad,
            anonymous=self._deps.phrases.render("deed.anonymous"),
        )  # fmt: skip

    async def _owner(self, request: web.Request) -> Resident:
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        async with self._deps.db.read() as session:
            return await session.get_one(Resident, resident_id)

    async def _public(self, request: web.Request) -> int:
        async with self._deps.db.read() as session:
            found = await find_public(session, request.match_info["token"])
        if found is None:
            raise web.HTTPNotFound
        return found.community_id


def _command(resident: Resident, form: Mapping[str, str]) -> Any:
    """The order a form stands for. Raises InvalidInput."""
    deed, answer = _whole(form.get("deed", "")), form.get("answer", "")
    if answer == "back":
        return WithdrawDeed(deed, resident_id=resident.id)
    if answer not in ANSWERS:
        raise InvalidInput("no answer", phrase="deed.how_called")
    name = clean_text(form.get("name", ""))[:32] if answer == "name" else ""
    if answer == "name" and not name:
        raise InvalidInput("no name", phrase="deed.no_name")
    return AnswerConsent(deed, resident.id, answer, _whole(form.get("round", "")), name)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
