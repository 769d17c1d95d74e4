"""Where WeCom calls us about AI bots in callback mode. A stranger costs a signature and is counted."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.bodies import BodyRefused, read_body
from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.wecom.aibot_accounts import CALLBACK, Accounts, Bot
from bot.channels.wecom.aibot_deps import WecomTools
from bot.channels.wecom.aibot_hearing import BotHearing
from bot.channels.wecom.aibot_speech import Json, build_text, build_update
from bot.channels.wecom.aibot_turns import Turns
from bot.channels.wecom.aibot_wire import Asked, Entered, Event, Judged, Pressed, Spoken, read_event
from bot.channels.wecom.crypto import CryptError, MessageCrypt, SignatureWrong, is_fresh
from bot.channels.wecom.envelopes import (
    EnvelopeWrong,
    build_json_answer,
    find_cipher,
    read_envelope,
    read_json,
)
from bot.storage.channels import set_state

SIGNATURES = ("msg_signature", "msgsignature", "signature")


class Turned(Exception):
    """A stranger, or something that is none of the platform's; ``status`` is what they get."""

    def __init__(self, code: str, status: int = 403) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class BotDoors:
    """Handlers of /wecom/bot/{id}."""

    def __init__(
        self,
        parts: ChannelParts,
        tools: WecomTools,
        accounts: Accounts,
        hearing: BotHearing,
        turns: Turns,
        counts: Counts,
    ) -> None:
        self._parts, self._tools, self._accounts = parts, tools, accounts
        self._hearing, self._turns, self._counts = hearing, turns, counts
        self._known: set[int] = set()  # bots whose state says that the platform reaches us

    async def verify(self, request: web.Request) -> web.Response:
        """The platform tries our address: the words it sealed, in the clear and nothing around them."""
        bot: Bot | None = None
        try:
            bot, crypt = self._bot(request)
            self._check_time(request)
            plain = self._open(request, crypt, request.query.get("echostr", ""))
        except Turned as turned:
            return self._turn_away(bot, turned)
        await self._mark(bot)
        return web.Response(body=plain, content_type="text/plain")

    async def take(self, request: web.Request) -> web.Response:
        """Something was said, pressed or asked. Answered when it is stored, sealed for the platform."""
        bot: Bot | None = None
        try:
            bot, crypt = self._bot(request)
            self._check_time(request)
            body = await read_body(request)
            event = read_event(read_json(self._open(request, crypt, _cipher(body))), bot.names)
        except Turned as turned:
            return self._turn_away(bot, turned)
        except BodyRefused as refused:
            return self._turn_away(bot, Turned(refused.code, refused.status))
        except EnvelopeWrong as wrong:
            return self._turn_away(bot, Turned(wrong.code, 400))
        self._counts.seen(bot)
        await self._mark(bot)
        answer = await self._answer(bot, event)
        if answer is None:
            return web.Response(status=503, headers={"Retry-After": "2"})
        if not answer:
            return web.Response(text="")
        nonce = request.query.get("nonce", "")
        stamp = str(int(self._parts.clock.now().timestamp()))
        sealed = crypt.seal(json.dumps(answer, ensure_ascii=False).encode(), stamp, nonce)
        return web.Response(text=build_json_answer(sealed), content_type="text/plain")

    async def _answer(self, bot: Bot, event: Event) -> Json | None:
        """What to answer, {} for nothing; None where it could not be stored in time, so that it comes again."""
        if isinstance(event, Asked):
            return await self._turns.show(bot, event.stream_id, paused=bot.paused)
        if bot.paused:
            self._counts.count(bot, "paused")
            return {}
        storing = asyncio.ensure_future(self._store(bot, event))  # goes on when the platform gives up waiting
        done, _ = await asyncio.wait((storing,), timeout=self._tools.times.stored_s)
        if not done:
            storing.add_done_callback(_look)
            self._counts.fault(bot, "stored_late")
            return None
        try:
            return storing.result()
        except (SQLAlchemyError, OSError):
            self._counts.fault(bot, "stored_late")
            return None

    async def _store(self, bot: Bot, event: Event) -> Json:
        now = self._parts.clock.now()
        match event:
            case Spoken():
                stream_id = await self._hearing.hear(bot, event, now)
                return self._turns.opening(stream_id) if stream_id is not None else {}
            case Pressed():
                card = await self._hearing.press(bot, event, now)
                return build_update(card, [event.user_id]) if card is not None else {}
            case Entered():
                words = await self._hearing.greet(bot, event)
                return build_text(words) if words else {}
            case Judged():
                self._hearing.judge(bot, event)
            case _:
                self._counts.count(bot, "odd")
        return {}

    def _bot(self, request: web.Request) -> tuple[Bot, MessageCrypt]:
        bot = self._accounts.bots.get(int(request.match_info["id"]))
        if bot is None or bot.mode != CALLBACK or bot.crypt is None:
            raise Turned("no_such_account", 404)
        return bot, bot.crypt

    def _check_time(self, request: web.Request) -> None:
        """What was signed long ago is not listened to; within the hour, what comes again is stored once."""
        if not any(request.query.get(name) for name in SIGNATURES):
            raise Turned("token_missing", 400)
        if not is_fresh(request.query.get("timestamp", ""), self._parts.clock.now(), self._tools.times.skew):
            raise Turned("stale")

    def _open(self, request: web.Request, crypt: MessageCrypt, cipher: str) -> bytes:
        query = request.query
        signature = next((query[name] for name in SIGNATURES if name in query), "")
        if not cipher:
            raise Turned("token_missing", 400)
        try:
            return crypt.open(signature, query.get("timestamp", ""), query.get("nonce", ""), cipher)
        except SignatureWrong as error:
            raise Turned(error.code) from error
        except CryptError as error:  # signed with our token, so it is the key or the receiver
            raise Turned(error.code, 400) from error

    async def _mark(self, bot: Bot) -> None:
        """The platform reaches us: written down once."""
        if bot.id not in self._known and bot.state != "connected":
            async with self._parts.db.write() as session:
                await set_state(session, bot.id, state="connected", state_at=self._parts.clock.now())
        self._known.add(bot.id)

    def _turn_away(self, bot: Bot | None, turned: Turned) -> web.Response:
        self._counts.count(None, turned.code)
        if bot is not None and turned.code not in ("no_such_account", "token_missing"):
            self._counts.fault(bot, turned.code)
        return web.Response(status=turned.status, text=turned.code)


def _cipher(body: bytes) -> str:
    return find_cipher(read_envelope(body))


def _look(task: asyncio.Future[Json]) -> None:
    """Nobody waits any more: it will come again."""
    if not task.cancelled():
        task.exception()
