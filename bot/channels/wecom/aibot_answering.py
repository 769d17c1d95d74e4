"""In callback mode: into the bubble that the platform asks about, or once to the address that came along."""

from __future__ import annotations

from datetime import datetime

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.wecom.aibot_accounts import Bot
from bot.channels.wecom.aibot_sending import Desk, Errand
from bot.channels.wecom.aibot_speech import Json, build_markdown
from bot.channels.wecom.aibot_turns import Handed, Place, Turns
from bot.channels.wecom.codes import Answer, Verdict, read_answer
from bot.errors import DeliveryError, DeliveryLater, DeliveryRefused, DeliveryUnknown
from bot.storage.tables_wecom import WecomTurn
from bot.storage.wecom import find_open_url, find_turn

MOST_ANSWER = 64 * 1024


class CallbackSender:
    """Sends for all bots in callback mode."""

    def __init__(self, desk: Desk, turns: Turns, http: ClientSession) -> None:
        self._desk, self._turns, self._http = desk, turns, http

    async def answer(self, bot: Bot, errand: Errand, now: datetime) -> bool:
        """Answer what was said. Whether there was a way. Raises DeliveryLater until the platform has fetched it."""
        async with self._desk.parts.db.write() as session:
            turn = await find_turn(session, bot.id, errand.way.chat_id, errand.way.answers_id)
            if turn is None:
                return False
            words, card = self._desk.words(errand.message, card=True), self._desk.card(errand)
            handed = Handed(errand.delivery_id, words, card, errand.message.pictures)
            place = self._turns.hand(turn, handed, now)
            url = "" if place is not Place.OVER else self._claim(bot, turn, errand, now)
        if place is Place.WAITS:
            look_at = now + self._desk.tools.times.look_again
            raise DeliveryLater(look_at, "waits until the platform asks", whole_chat=False)
        return place is Place.SHOWN or await self._post(bot, errand, url)

    async def speak_first(self, bot: Bot, errand: Errand, now: datetime) -> None:
        """The platform lets nobody speak first here; within the hour the address of the last thing said can be used.
        Raises DeliveryRefused."""
        async with self._desk.parts.db.write() as session:
            url = await self._find_url(session, bot, errand, now)
        if not await self._post(bot, errand, url):
            self._desk.counts.fault(bot, "may_not_speak_first")
            raise DeliveryRefused("a bot in callback mode may not speak first, and no group robot speaks for it")

    async def _find_url(self, session: AsyncSession, bot: Bot, errand: Errand, now: datetime) -> str:
        since = now - self._desk.tools.times.url_lives
        way, resident_id = errand.way, errand.message.to_resident_id
        turn = await find_open_url(session, bot.id, way.chat_id, resident_id, since)
        return self._claim(bot, turn, errand, now) if turn is not None else ""

    def _claim(self, bot: Bot, turn: WecomTurn, errand: Errand, now: datetime) -> str:
        """The turn's address, if it is this delivery's: it may be called once, so a repetition can do no harm."""
        turn.ended_at = turn.ended_at or now
        mine = any(one["id"] == errand.delivery_id and one.get("url") for one in turn.handed)
        usable = turn.sealed_url is not None and now - turn.heard_at < self._desk.tools.times.url_lives
        if not usable or (turn.url_used_at is not None and not mine):
            return ""
        turn.url_used_at = turn.url_used_at or now
        if not mine:
            others = [one for one in turn.handed if one["id"] != errand.delivery_id]
            turn.handed = [*others, {**Handed(errand.delivery_id, "").values(), "url": True}]
        return self._turns.url_of(bot, turn)

    async def _post(self, bot: Bot, errand: Errand, url: str) -> bool:
        if not url:
            return False
        await self._desk.spend(bot, errand)
        answer = await self._call(bot, url, build_markdown(self._desk.words(errand.message, card=False)))
        if answer.verdict in (Verdict.WRONG, Verdict.EXPIRED):
            if errand.again:
                raise DeliveryUnknown(f"{answer}: the address was called before, it may have arrived")
            self._desk.counts.fault(bot, "not_taken", str(answer))
            return False
        await self._desk.settle(bot, errand, answer)
        return True

    async def _call(self, bot: Bot, url: str, body: Json) -> Answer:
        timeout = ClientTimeout(total=self._desk.parts.call_timeout_s)
        try:
            async with self._http.post(url, json=body, timeout=timeout, allow_redirects=False) as answer:
                return read_answer(await answer.content.read(MOST_ANSWER))
        except ClientConnectorError as error:
            raise DeliveryError(f"the platform is out of reach: {type(error).__name__}") from None
        except (ClientError, TimeoutError, OSError) as error:  # not a word of the address
            self._desk.counts.fault(bot, "no_answer")
            raise DeliveryUnknown(f"{type(error).__name__}, it may have arrived") from None
