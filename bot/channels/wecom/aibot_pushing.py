"""Over the long connection: an answer under the request it belongs to, or something said first."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.channels.wecom.aibot_accounts import Bot
from bot.channels.wecom.aibot_line import RESPOND, SEND, Line
from bot.channels.wecom.aibot_sending import Desk, Errand
from bot.channels.wecom.aibot_speech import (
    LARGEST_PICTURE,
    Json,
    build_bubble,
    build_markdown,
    build_push,
    split_words,
    stream_name,
)
from bot.channels.wecom.codes import Answer, Verdict
from bot.channels.wecom.webhook_wire import build_media
from bot.errors import DeliveryError, DeliveryUnknown
from bot.storage.wecom import find_turn

MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Call:
    """One frame: as an answer, and as it is said first. ``instead``: what says the same where it is not taken."""

    answer: Json
    first: Json
    instead: str = ""


class SocketSender:
    """Sends for all bots of this process that are connected."""

    def __init__(self, desk: Desk, line: Callable[[int], Line | None]) -> None:
        self._desk, self._line = desk, line
        self._done: dict[int, int] = {}  # delivery → how many of its frames were answered

    async def answer(self, bot: Bot, errand: Errand, now: datetime) -> bool:
        """Send it under the request that it answers. Whether there is one that still takes answers."""
        async with self._desk.parts.db.read() as session:
            turn = await find_turn(session, bot.id, errand.way.chat_id, errand.way.answers_id)
        old = turn is not None and now - turn.heard_at > self._desk.tools.times.answerable
        if turn is None or not turn.req_id or old:
            return False
        await self._send(bot, errand, turn.req_id)
        return True

    async def speak_first(self, bot: Bot, errand: Errand, _now: datetime) -> None:
        """Send it without being asked: the platform allows that where somebody has talked to the bot before."""
        await self._send(bot, errand, "")

    async def _send(self, bot: Bot, errand: Errand, req_id: str) -> None:
        line = self._line(bot.id)
        if line is None or not line.open:
            raise DeliveryError("the long connection is not open")
        calls = await self._calls(line, errand, answers=bool(req_id))
        delivery = errand.delivery_id
        for place in range(self._done.get(delivery, 0), len(calls)):
            req_id = await self._call(bot, line, errand, calls[place], req_id, place)
            self._done[delivery] = place + 1
        self._done.pop(delivery, None)
        while len(self._done) > MOST_KEPT:
            self._done.pop(next(iter(self._done)))

    async def _calls(self, line: Line, errand: Errand, *, answers: bool) -> list[Call]:
        """The frames, in their order. Bubbles are finished at once: what is said is whole."""
        carded = answers or not errand.way.in_group  # a group takes cards as answers only
        card = self._desk.card(errand) if carded else None
        pieces = split_words(self._desk.words(errand.message, card=carded))
        calls = [
            Call(build_bubble(stream_name(errand.delivery_id, n), piece, finish=True, about=_about(errand, n)),
                 build_markdown(piece))
            for n, piece in enumerate(pieces)
        ]  # fmt: skip
        if card is not None:
            body = {"msgtype": "template_card", "template_card": card}
            calls.append(Call(body, body, self._desk.words(errand.message, card=False)))
        return [*calls, *await self._pictures(line, errand)]

    async def _pictures(self, line: Line, errand: Errand) -> list[Call]:
        if not errand.message.pictures:
            return []
        found = []
        for one in await self._desk.parts.read_pictures(errand.message.pictures):
            raw = base64.b64decode(one)
            if 0 < len(raw) <= LARGEST_PICTURE:
                digest = hashlib.md5(raw, usedforsecurity=False).hexdigest()  # the platform's own check
                body = build_media("image", await line.upload("image", "picture.jpg", raw, digest))
                found.append(Call(body, body))
        return found

    async def _call(self, bot: Bot, line: Line, errand: Errand, call: Call, req_id: str, place: int) -> str:
        """One frame until it is taken; the request under which the rest may go, "" when that is over."""
        if req_id:
            answer = await self._try(bot, line, errand, RESPOND, call.answer, req_id, place)
            if answer.verdict is not Verdict.EXPIRED:
                await self._settle(bot, line, errand, call, answer, req_id, place)
                return req_id
            self._desk.counts.count(bot, "too_late")
        push = build_push(errand.way.to, group=errand.way.in_group, body=call.first)
        answer = await self._try(bot, line, errand, SEND, push, "", place)
        await self._settle(bot, line, errand, call, answer, "", place)
        return ""

    async def _try(self, bot: Bot, line: Line, errand: Errand, cmd: str, body: Json, req_id: str, place: int) -> Answer:
        await self._desk.spend(bot, errand)
        try:
            return await line.call(cmd, body, req_id=req_id, key=f"{cmd}:{errand.delivery_id}:{place}")
        except DeliveryUnknown:
            self._desk.counts.fault(bot, "no_answer", cmd)
            raise

    async def _settle(
        self, bot: Bot, line: Line, errand: Errand, call: Call, answer: Answer, req_id: str, place: int
    ) -> None:
        """A card that is not taken becomes words; else what the answer means."""
        if answer.verdict is Verdict.WRONG and call.instead:
            self._desk.counts.fault(bot, "card_not_taken", str(answer))
            name = stream_name(errand.delivery_id, place)
            words = Call(build_bubble(name, call.instead, finish=True), build_markdown(call.instead))
            await self._call(bot, line, errand, words, req_id, place)
            return
        await self._desk.settle(bot, errand, answer)


def _about(errand: Errand, place: int) -> str:
    """What a feedback on it will name; the first bubble only, or people would be asked again and again."""
    return f"trace_{errand.delivery_id}" if place == 0 and errand.message.staff_id is None else ""
