"""Bubbles that the platform asks about: opened when something is heard, filled by the outbox, always finished.

All of it stands in rows, so a restart in between loses nothing, and any process can answer the next question.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from bot.channels.deps import ChannelParts
from bot.channels.wecom.aibot_accounts import Bot
from bot.channels.wecom.aibot_deps import WecomTools
from bot.channels.wecom.aibot_speech import Json, build_bubble, with_card
from bot.live import OUTBOX
from bot.storage.tables_wecom import WecomTurn
from bot.storage.together import Together
from bot.storage.wecom import confirm_soon, find_bubble, is_settled, open_turns

OPENING, NOTHING, LATER = "channels.wecom.opening", "channels.wecom.nothing", "channels.wecom.later"


class Place(Enum):
    """Where something stands that was put into a bubble."""

    SHOWN = "shown"  # the platform has fetched it
    WAITS = "waits"  # it will soon
    OVER = "over"  # it will not any more


@dataclass(frozen=True, slots=True)
class Handed:
    """What one delivery puts into a bubble."""

    delivery_id: int
    text: str
    card: Json | None = None
    pictures: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        return {"id": self.delivery_id, "text": self.text, "card": self.card, "pictures": list(self.pictures)}


class Turns:
    """What may still be answered."""

    def __init__(self, parts: ChannelParts, tools: WecomTools) -> None:
        self._parts, self._tools = parts, tools
        self._opening = Together(self._open)

    async def open(
        self, bot: Bot, chat_id: int, community_id: int, said: str, now: datetime, *, req_id: str, url: str, ends: bool
    ) -> str:
        """Note how something said can be answered, before it is accepted; the name of its bubble. ``ends``: there is
        no bubble that the platform would ask about."""
        sealed = self._seal(bot, url)
        values = {
            "community_id": community_id,
            "account_id": bot.id,
            "chat_id": chat_id,
            "said": said,
            "req_id": req_id,
            "stream_id": secrets.token_urlsafe(18),
            "sealed_url": sealed,
            "heard_at": now,
            "ended_at": now if ends else None,
        }
        return await self._opening.put(values)

    async def _open(self, turns: Sequence[Mapping[str, Any]]) -> list[str]:
        # their messages' own commit, which comes next, waits for the disk; that holds for what was written before
        async with self._parts.db.write(repeatable=True) as session:
            return await open_turns(session, turns)

    def _seal(self, bot: Bot, url: str) -> bytes | None:
        """The address, if it is the platform's: whoever signed the message must not send us elsewhere."""
        if not url.startswith(f"{self._tools.platform.api}/"):
            return None
        return self._parts.box.seal({"url": url}, _about(bot))

    def url_of(self, bot: Bot, turn: WecomTurn) -> str:
        """The address to answer at."""
        return self._parts.box.open(turn.sealed_url, _about(bot))["url"] if turn.sealed_url else ""

    def is_alive(self, turn: WecomTurn, now: datetime) -> bool:
        """Whether the platform still asks about the bubble."""
        last = turn.asked_at or turn.heard_at
        times = self._tools.times
        return turn.ended_at is None and now < turn.heard_at + times.bubble and now - last < times.asks_within

    def hand(self, turn: WecomTurn, handed: Handed, now: datetime) -> Place:
        """Put it into the bubble, in the caller's transaction; where it stands then."""
        if handed.delivery_id in turn.shown:
            return Place.SHOWN
        if not self.is_alive(turn, now):
            return Place.OVER
        if all(one["id"] != handed.delivery_id for one in turn.handed):
            turn.handed = [*turn.handed, handed.values()]
        return Place.WAITS

    def opening(self, stream_id: str) -> Json:
        """The bubble as it begins."""
        return build_bubble(stream_id, self._parts.phrases.render(OPENING), finish=False)

    async def show(self, bot: Bot, stream_id: str, *, paused: bool = False) -> Json:
        """The bubble as it stands now; finished when all is said or time is over."""
        now = self._parts.clock.now()
        async with self._parts.db.write() as session:
            turn = await find_bubble(session, bot.id, stream_id)
            if turn is None:
                return build_bubble(stream_id, self._parts.phrases.render(NOTHING), finish=True)
            settled = await is_settled(session, turn)
            over = paused or now >= turn.heard_at + self._tools.times.bubble
            fresh = [int(one["id"]) for one in turn.handed if one["id"] not in turn.shown]
            turn.asked_at, turn.shown = now, [*turn.shown, *fresh]
            if settled or over:
                turn.ended_at = turn.ended_at or now
            handed, finish = list(turn.handed), turn.ended_at is not None
            await confirm_soon(session, fresh, now)
        if fresh:
            await self._parts.live.publish(OUTBOX, {})
        return await self._bubble(stream_id, handed, finish=finish, settled=settled)

    async def _bubble(
        self, stream_id: str, handed: Sequence[Mapping[str, Any]], *, finish: bool, settled: bool
    ) -> Json:
        text = "\n\n".join(str(one["text"]) for one in handed if one["text"])
        ids = [id_ for one in handed for id_ in one["pictures"]] if finish else []
        pictures = [base64.b64decode(raw) for raw in (await self._parts.read_pictures(ids) if ids else ())]
        empty = OPENING if not finish else NOTHING if settled else LATER
        about = f"trace_{handed[-1]['id']}" if handed else ""
        bubble = build_bubble(
            stream_id, text or self._parts.phrases.render(empty), finish=finish, pictures=pictures, about=about
        )
        cards = [one["card"] for one in handed if one["card"]]
        return with_card(bubble, cards[-1] if cards and finish else None)


def _about(bot: Bot) -> str:
    return f"wecom answer {bot.id}"
