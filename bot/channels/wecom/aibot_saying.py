"""From the outbox to a group or a person in WeCom: through the way of answering that is still open, or first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.wecom.aibot_accounts import SOCKET, Bot
from bot.channels.wecom.aibot_answering import CallbackSender
from bot.channels.wecom.aibot_pushing import SocketSender
from bot.channels.wecom.aibot_sending import Errand, Way
from bot.channels.wecom.webhook import HookSaying
from bot.errors import DeliveryError, DeliveryRefused
from bot.messages import ChatKind, OutgoingMessage
from bot.storage.tables import Chat
from bot.storage.wecom import find_answered, find_group_of

FindVoice = Callable[[int], HookSaying | None]  # id of a group → the robot that speaks first in it


class BotSaying:
    """The channel of one AI bot."""

    def __init__(
        self,
        parts: ChannelParts,
        bot: Callable[[], Bot | None],
        voice: FindVoice,
        senders: tuple[SocketSender, CallbackSender],
        counts: Counts,
    ) -> None:
        self._parts, self._bot, self._voice, self._counts = parts, bot, voice, counts
        self._pushing, self._answering = senders
        self.name = "wecombot"

    async def send(self, message: OutgoingMessage, *, delivery_id: int, again: bool = False) -> str:
        """Send what of the message is not sent yet."""
        bot = self._bot()
        if bot is None or bot.paused:
            raise DeliveryError("the bot is paused")
        way = await self._way(bot, message, delivery_id)
        errand = Errand(message, way, delivery_id, again=again)
        sender = self._pushing if bot.mode == SOCKET else self._answering
        if await sender.answer(bot, errand, self._now()):
            self._counts.count(bot, "said")
            return ""
        voice = self._voice(way.group_id) if way.group_id is not None else None
        if voice is not None:
            return await voice.send(message, delivery_id=delivery_id, again=again)
        await sender.speak_first(bot, errand, self._now())
        self._counts.count(bot, "said")
        return ""

    def _now(self) -> datetime:
        return self._parts.clock.now()

    async def _way(self, bot: Bot, message: OutgoingMessage, delivery_id: int) -> Way:
        async with self._parts.db.read() as session:
            chat = await session.get(Chat, message.chat_id)
            if chat is None:
                raise DeliveryRefused(f"chat {message.chat_id} is not there")
            in_group = chat.kind != ChatKind.PRIVATE
            group = await find_group_of(session, chat, bot.id) if in_group else None
            if in_group and group is None:
                raise DeliveryRefused("the group was taken off this community")
            to = chat.external_id.partition(":")[2].partition(":")[2]
            answers_id = await find_answered(session, delivery_id)
        return Way(chat.id, to, in_group, group.id if group is not None else None, answers_id)
