"""Hangs the web chat on an application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from bot.channels.webchat.activities import ActivityPages
from bot.channels.webchat.api import Api
from bot.channels.webchat.ballots import BallotPages
from bot.channels.webchat.community import CommunityPages
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.homes import HomePages
from bot.channels.webchat.hours import HourPages
from bot.channels.webchat.limits import Buckets
from bot.channels.webchat.pool import PoolPages
from bot.channels.webchat.proposals import ProposalPages
from bot.channels.webchat.replies import refusing
from bot.channels.webchat.rooms import Rooms
from bot.channels.webchat.shifts import ShiftPages
from bot.channels.webchat.signing import access_resident, check_origin
from bot.channels.webchat.socket import Connection
from bot.channels.webchat.surveys import SurveyPages
from bot.channels.webchat.tips import TipPages
from bot.channels.webchat.traditional import show_script
from bot.channels.webchat.views import Pages

STATIC = Path(__file__).parent / "static"
INVITE = r"{invite:[A-Za-z0-9_-]{1,40}}"


def setup_webchat(app: web.Application, deps: WebChat) -> None:
    """Add pages, API, WebSocket and static files of the residents' chat."""
    pages, api, door = Pages(deps), Api(deps), Door(deps)
    get, post = app.router.add_get, app.router.add_post
    get("/", pages.home)
    get("/chat", pages.chat)
    get(f"/j/{INVITE}", pages.invited)
    post(f"/j/{INVITE}", refusing(deps, pages.join))
    get(f"/j/{INVITE}/qr.svg", pages.qr)
    get(r"/r/{token:[A-Za-z0-9_-]{43}}", pages.known)
    if deps.perform is not None:
        homes = HomePages(deps, deps.perform)
        get("/mine", homes.show)
        post("/mine", refusing(deps, homes.act))
        tips = TipPages(deps, deps.perform, deps.tip_services)
        get("/tip", tips.show_form)
        post("/tip", refusing(deps, tips.leave))
        get("/tip/back", tips.show_door)
        post("/tip/back", refusing(deps, tips.come_back))
        get(r"/tip/mine/{ref:X\d{8}}", tips.own)
        post(r"/tip/mine/{ref:X\d{8}}", refusing(deps, tips.own))
        if deps.hours is not None:
            hours = HourPages(deps, deps.perform, deps.hours)
            get("/hours", hours.show)
            post("/hours", refusing(deps, hours.act))
            get("/hours/honours", hours.honours)
        if deps.ballots is not None:
            ballots = BallotPages(deps, deps.perform, deps.ballots)
            get("/ballots", ballots.listing)
            get(r"/ballots/{id:\d{1,15}}", ballots.show)
            post(r"/ballots/{id:\d{1,15}}", refusing(deps, ballots.act))
            get(r"/count/{ref:[0-9a-f]{10}}.json", ballots.file)
        if deps.board is not None:
            _add_community(app, deps, CommunityPages(deps, deps.perform, deps.board))
        if deps.consulting is not None:
            _add_proposals(app, deps, ProposalPages(deps, deps.perform, deps.consulting))
        if deps.routing is not None and deps.pool is not None and deps.hours is not None:
            pool = PoolPages(deps, deps.perform, deps.routing, deps.pool, deps.hours)
            get("/pool", pool.show)
            post("/pool", refusing(deps, pool.act))
        _add_activities(app, deps, ActivityPages(deps, deps.perform))
        _add_shifts(app, deps, ShiftPages(deps, deps.perform))
        _add_surveys(app, deps, SurveyPages(deps, deps.perform))
    get("/api/chat/groups", refusing(deps, api.groups))
    get(r"/api/chat/{chat_id:\d+}/lines", refusing(deps, api.history))
    get(r"/api/chat/{chat_id:\d+}/members", refusing(deps, api.members))
    post("/api/chat/settings", refusing(deps, api.settings))
    post("/api/chat/pictures", refusing(deps, api.upload))
    get(r"/api/chat/lines/{line_id:\d+}/pictures/{picture_id:[0-9a-f]{40}}", refusing(deps, api.picture))
    get("/ws", refusing(deps, door.open))
    get(r"/static/chat-hant/{name:[a-z]+\.js}", show_script)
    app.router.add_static("/static/chat", STATIC)
    app.on_response_prepare.append(_revalidate_static)
    app.cleanup_ctx.append(door.keep)


def _add_activities(app: web.Application, deps: WebChat, pages: ActivityPages) -> None:
    get, post = app.router.add_get, app.router.add_post
    one = r"/activities/{id:\d{1,15}}"
    get("/activities", pages.calendar)
    get("/activities/mine.ics", pages.own_file)
    get("/activities/new", pages.show_form)
    post("/activities/new", refusing(deps, pages.propose))
    get(one, pages.show)
    post(one, refusing(deps, pages.act))
    get(f"{one}.ics", pages.file)
    get(f"{one}/in", pages.door)
    post(f"{one}/in", refusing(deps, pages.check_in))
    get(one + r"/pictures/{picture:[0-9a-f]{40}}", pages.picture)


def _add_community(app: web.Application, deps: WebChat, pages: CommunityPages) -> None:
    get, picture = app.router.add_get, r"/pictures/{picture:[0-9a-f]{40}}"
    public = r"/c/{token:[A-Za-z0-9_-]{16}}"
    get("/community", pages.show)
    get(f"/community{picture}", pages.picture)
    get(public, pages.show_public)
    get(public + picture, pages.public_picture)
    get("/deeds", pages.show_own)
    app.router.add_post("/deeds", refusing(deps, pages.act))


def _add_shifts(app: web.Application, deps: WebChat, pages: ShiftPages) -> None:
    get, post = app.router.add_get, app.router.add_post
    get("/shifts", pages.show)
    post("/shifts", refusing(deps, pages.act))
    get(r"/shifts/{id:\d{1,15}}", pages.one)
    post(r"/shifts/{id:\d{1,15}}", refusing(deps, pages.act))
    get(r"/shifts/at/{code:\d{5}}", pages.at_point)
    post(r"/shifts/at/{code:\d{5}}", refusing(deps, pages.tick))


def _add_surveys(app: web.Application, deps: WebChat, pages: SurveyPages) -> None:
    get, post = app.router.add_get, app.router.add_post
    one, linked = r"/surveys/{id:\d{1,15}}", r"/surveys/t/{token:[A-Za-z0-9_-]{22}}"
    get("/surveys", pages.list)
    get(one, pages.show)
    post(one, refusing(deps, pages.answer))
    get(f"{one}/draw.json", pages.draw_record)
    get(linked, pages.show_linked)
    post(linked, refusing(deps, pages.answer_linked))


def _add_proposals(app: web.Application, deps: WebChat, pages: ProposalPages) -> None:
    get, post = app.router.add_get, app.router.add_post
    get("/proposals", pages.listing)
    post("/proposals", refusing(deps, pages.draft))
    get(r"/proposals/{id:\d{1,15}}", pages.show)
    post(r"/proposals/{id:\d{1,15}}", refusing(deps, pages.act))
    get(r"/conventions/{id:\d{1,15}}", pages.convention)
    post(r"/conventions/{id:\d{1,15}}", refusing(deps, pages.comment))
    get("/consultation", pages.index)


async def _revalidate_static(request: web.Request, response: web.StreamResponse) -> None:
    """Modules that import each other must be of one version: browsers ask each time, and mostly get a 304."""
    if request.path.startswith("/static/chat/"):
        response.headers.setdefault("Cache-Control", "no-cache")


class Door:
    """Opens WebSockets, and closes them when the server goes down."""

    def __init__(self, deps: WebChat) -> None:
        self._deps = deps
        self._buckets = Buckets(deps.messages_a_minute)
        self._rooms = Rooms(deps)
        self._open: set[Connection] = set()

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Talk with a page until it is gone."""
        check_origin(self._deps, request)
        resident_id = await access_resident(self._deps, request)
        connection = Connection(self._deps, self._rooms, self._buckets, resident_id)
        self._open.add(connection)
        try:
            return await connection.serve(request)
        finally:
            self._open.discard(connection)

    async def keep(self, app: web.Application) -> AsyncIterator[None]:
        """Close what is open at shutdown, before the server waits for it."""
        app.on_shutdown.append(self._close)
        yield
        await self._rooms.close()

    async def _close(self, _app: web.Application) -> None:
        for connection in tuple(self._open):
            await connection.close()
