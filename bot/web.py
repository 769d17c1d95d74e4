"""The aiohttp application that holds the chat page, the console and what machines ask."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from aiohttp import web

from bot.api.health import Health, set_up_health
from bot.bootstrap import Parts, build_adviser, thresholds_of, worker_name
from bot.channels.base import ChannelTester, GroupMaker
from bot.channels.deps import ChannelParts
from bot.channels.kinds import OFFICIAL, ONEBOT, WECOM_APP, WECOM_BOT, WECOM_HOOK
from bot.channels.onebot.service import setup_onebot
from bot.channels.testers import Testers
from bot.channels.webchat import WebChat, setup_webchat
from bot.channels.wechat.deps import WeChatParts
from bot.channels.wechat.service import setup_wechat
from bot.channels.wecom.aibot_service import setup_wecom_bots
from bot.community.board import Board
from bot.console.parts import Console, Mind
from bot.console.setup import setup_console
from bot.resident_pictures import ResidentPictures
from bot.secret_box import SecretBox
from bot.staff_pictures import StaffPictures
from bot.tip_pictures import TipPictures

log = structlog.get_logger()
STATIC = Path(__file__).parent / "static"
MAX_BODY = 6 * 1024 * 1024  # bytes; a picture of 5 MB and its form
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
REFUSALS = frozenset({400, 403, 404, 405, 413})  # those with words in data/phrases/road.yml
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def never_a_traceback(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong, people see a short number that also stands in the log."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        return _in_words(request, refusal)
    except Exception:
        number = secrets.token_hex(4)
        resource = request.match_info.route.resource  # not the path itself: invites and personal links stand in it
        where = resource.canonical if resource else ""
        log.exception("request_failed", code="request_failed", number=number, path=where)
        phrases = request.app[PARTS].phrases
        return web.Response(status=500, text=phrases.render("error.page", {"number": number}))


def _in_words(request: web.Request, refusal: web.HTTPException) -> web.StreamResponse:
    """A refusal of the framework's own, in the words of this house."""
    if refusal.status < 400:
        raise refusal
    said = refusal.status if refusal.status in REFUSALS else 400
    headers = {"Allow": refusal.headers["Allow"]} if "Allow" in refusal.headers else None
    text = request.app[PARTS].phrases.render(f"error.http.{said}")
    return web.Response(status=refusal.status, text=text, headers=headers)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


PARTS = web.AppKey("parts", Parts)


def create_app(parts: Parts) -> web.Application:
    """The application of this process; sessions, sockets and pages all hang on ``parts``."""
    app = web.Application(middlewares=[never_a_traceback], client_max_size=MAX_BODY)
    app[PARTS] = parts
    app.on_response_prepare.append(add_headers)
    set_up_health(app, Health(parts.db, parts.clock, lambda: parts.model.version))
    setup_webchat(app, webchat_of(parts))
    channels = channel_parts_of(parts)
    wechat = setup_wechat(app, WeChatParts(channels, parts.settings.public_url))
    wecom = setup_wecom_bots(app, channels)
    testers: dict[str, ChannelTester] = {
        ONEBOT.code: setup_onebot(app, channels),
        WECOM_BOT.code: wecom,
        WECOM_HOOK.code: wecom,
        WECOM_APP.code: wechat,
        OFFICIAL.code: wechat,
    }
    setup_console(app, console_of(parts, tester=Testers(parts.db, testers), group_maker=wechat))
    if (STATIC / "vendor").is_dir():
        app.router.add_static("/static/vendor", STATIC / "vendor")
    return app


def webchat_of(parts: Parts) -> WebChat:
    return WebChat(
        db=parts.db,
        inbox=parts.inbox,
        clock=parts.clock,
        live=parts.live,
        settings=parts.settings,
        phrases=parts.phrases,
        hours=parts.hours,
        ballots=parts.ballots,
        board=board_of(parts),
        consulting=parts.consulting,
        routing=parts.rules,
        pool=parts.pool,
        perform=parts.performer.run,
        tip_services={code: parts.rules.services[code].name for code in sorted(parts.rules.sealed)},
    )


def board_of(parts: Parts) -> Board:
    return Board(parts.db, parts.clock, parts.rules, parts.phrases, parts.hours)


def channel_parts_of(parts: Parts) -> ChannelParts:
    folder = parts.settings.var / "pictures"
    return ChannelParts(
        db=parts.db,
        inbox=parts.inbox,
        clock=parts.clock,
        live=parts.live,
        phrases=parts.phrases,
        box=SecretBox(parts.settings),
        keep_picture=ResidentPictures(parts.db, parts.clock, folder).keep,
        read_pictures=TipPictures(folder).read,
        name=worker_name(parts.settings),
        public_url=parts.settings.public_url,
    )


def console_of(parts: Parts, tester: ChannelTester | None = None, group_maker: GroupMaker | None = None) -> Console:
    return Console(
        db=parts.db,
        performer=parts.performer,
        clock=parts.clock,
        live=parts.live,
        settings=parts.settings,
        phrases=parts.phrases,
        rules=parts.rules,
        book=parts.book,
        surveys=parts.surveys,
        mind=Mind(
            parts.watcher.want_model,
            thresholds_of(parts.settings),
            parts.known.service_names,
            parts.known.answers,
            build_adviser(parts),
        ),
        checker=parts.checker,
        hours=parts.hours,
        board=board_of(parts),
        consulting=parts.consulting,
        ballots=parts.ballots,
        save_picture=StaffPictures(parts.db, parts.clock, parts.settings.var).save,
        tester=tester,
        group_maker=group_maker,
        box=SecretBox(parts.settings),
    )
