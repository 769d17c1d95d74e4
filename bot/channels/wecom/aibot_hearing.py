"""From what an AI bot was told to an accepted message: stored once, with how it can be answered, before any thought."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from bot.channels.base import PictureLink
from bot.channels.book import Book
from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.fetching import Fetcher, FetchRefused
from bot.channels.keeping import plausible
from bot.channels.pressing import KEPT_FOR, Said, find_press
from bot.channels.wecom.aibot_accounts import SOCKET, Accounts, Bot
from bot.channels.wecom.aibot_deps import WecomTools
from bot.channels.wecom.aibot_speech import PRESSED, Json, build_pressed, delivery_of
from bot.channels.wecom.aibot_turns import Turns
from bot.channels.wecom.aibot_wire import Content, Entered, Judged, Media, Pressed, Spoken
from bot.channels.wecom.crypto import CryptError, MessageCrypt
from bot.live import OUTBOX
from bot.messages import Arrival
from bot.storage.channels import MappedGroup, Person, is_stored, send_again
from bot.storage.tables import ChatMessage
from bot.storage.wecom import find_alike, find_said, has_spoken

NO_PICTURE, NO_FILE = "[图片]", "[文件]"
CARD_TITLE, WELCOME = "channels.wecom.card_title", "channels.wecom.welcome"


@dataclass(frozen=True, slots=True)
class Where:
    """Who said something, and in which of our chats."""

    person: Person
    group: MappedGroup | None

    @property
    def chat_id(self) -> int:
        return self.group.chat_id if self.group is not None else self.person.private_chat_id


class BotHearing:
    """Takes what all AI bots are told, in either mode."""

    def __init__(
        self,
        parts: ChannelParts,
        tools: WecomTools,
        accounts: Accounts,
        book: Book,
        counts: Counts,
        turns: Turns,
        fetcher: Fetcher,
    ) -> None:
        self._parts, self._tools, self._accounts, self._book = parts, tools, accounts, book
        self._counts, self._turns, self._fetcher = counts, turns, fetcher

    async def hear(self, bot: Bot, spoken: Spoken, received_at: datetime, *, req_id: str = "") -> str | None:
        """Store it; the name of the bubble to answer in, None where nothing said is kept."""
        where = await self._where(bot, spoken)
        if where is None:
            return None
        said = spoken.identity(received_at)
        stream_id = await self._turns.open(
            bot,
            where.chat_id,
            where.person.community_id,
            said,
            received_at,
            req_id=req_id,
            url=spoken.response_url,
            ends=bot.mode == SOCKET,
        )
        if (spoken.pictures or spoken.quote) and await self._is_stored(where.chat_id, said):
            self._counts.count(bot, "repeated")  # no picture is fetched twice: it would keep the platform waiting again
            return stream_id
        accepted = await self._parts.inbox.accept(await self._arrival(bot, spoken, where, said, received_at))
        self._counts.count(bot, "heard" if accepted.fresh else "repeated")
        if accepted.fresh and where.group is None:
            await self._send_again(where.person)
        return stream_id

    async def press(self, bot: Bot, pressed: Pressed, received_at: datetime) -> Json | None:
        """Store the press of a button; the card as it stands afterwards, None where there was no such button."""
        where = await self._where(bot, pressed)
        line = await self._line_of(pressed.task_id, where)
        buttons = line.extra.get("buttons") or () if line is not None else ()
        label = next((str(one.get("label")) for one in buttons if one.get("value") == pressed.key), "")
        if where is None or line is None or not label or pressed.key == PRESSED:
            self._counts.count(bot, "no_button")
            return None
        if line.to_resident_id not in (None, where.person.resident_id):
            self._counts.count(bot, "not_theirs")
            return None
        said = pressed.identity()
        if pressed.response_url:
            await self._turns.open(
                bot,
                where.chat_id,
                where.person.community_id,
                said,
                received_at,
                req_id="",
                url=pressed.response_url,
                ends=True,
            )
        arrival = Arrival(where.chat_id, where.person.resident_id, said, text=label, button=pressed.key)
        accepted = await self._parts.inbox.accept(arrival)
        self._counts.count(bot, "pressed" if accepted.fresh else "repeated")
        return build_pressed(self._parts.phrases.render(CARD_TITLE), label, pressed.task_id)

    async def greet(self, bot: Bot, entered: Entered) -> str | None:
        """What to say to somebody who opens the private chat; nothing, when anything was said there before."""
        person = await self._book.find_anywhere(bot, entered.user_id)
        if person is not None:
            async with self._parts.db.read() as session:
                if await has_spoken(session, person.private_chat_id):
                    return None
        return self._parts.phrases.render(WELCOME)

    def judge(self, bot: Bot, judged: Judged) -> None:
        """Somebody said how good an answer was."""
        if judged.liked is not None:
            self._counts.count(bot, "liked" if judged.liked else "disliked")

    async def _where(self, bot: Bot, somebody: Spoken | Pressed) -> Where | None:
        if self._accounts.is_own(somebody.user_id):
            self._counts.count(bot, "own")
            return None
        group = await self._book.find_group(bot, somebody.group_id) if somebody.group_id else None
        if somebody.group_id and group is None:
            self._counts.count(bot, "unmapped")
            return None
        return Where(await self._book.get_person(bot, somebody, group), group)

    async def _is_stored(self, chat_id: int, said: str) -> bool:
        async with self._parts.db.read() as session:
            return await is_stored(session, chat_id, said)

    async def _line_of(self, task_id: str, where: Where | None) -> ChatMessage | None:
        delivery = delivery_of(task_id)
        if delivery is None or where is None:
            return None
        async with self._parts.db.read() as session:
            line = await find_said(session, delivery)
        return line if line is not None and line.chat_id == where.chat_id else None

    async def _arrival(self, bot: Bot, spoken: Spoken, where: Where, said: str, received_at: datetime) -> Arrival:
        quoted, beside = await self._quoted(where, spoken.quote)
        pictures, lost = await self._pictures(bot, where.person, (*spoken.pictures, *beside.pictures))
        arrival = Arrival(
            chat_id=where.chat_id,
            resident_id=where.person.resident_id,
            external_id=said,
            text="\n".join(part for part in (spoken.text, _in_quotes(beside.text), *lost) if part),
            pictures=pictures,
            reply_to_id=quoted.id if quoted is not None else None,
            mentions_bot=True,  # nothing else comes here
            sent_at=plausible(spoken.sent_at, received_at),
        )
        if arrival.pictures or lost or beside.text:
            return arrival
        how = Said(in_group=where.group is not None, to_bot=True, quoted=quoted)
        return await find_press(self._parts.db, arrival, how, received_at)

    async def _quoted(self, where: Where, quote: Content | None) -> tuple[ChatMessage | None, Content]:
        """The line that is quoted; or, where it is none of ours, what stands in it."""
        if quote is None:
            return None, Content()
        async with self._parts.db.read() as session:
            line = await find_alike(session, where.chat_id, quote.text) if quote.text else None
        return (line, Content()) if line is not None else (None, quote)

    async def _pictures(
        self, bot: Bot, person: Person, media: tuple[Media, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Those that can be had, and words for the others. At once: their addresses die within minutes."""
        found = await asyncio.gather(*(self._picture(bot, person, one) for one in media))
        lost = tuple(NO_FILE if one.is_file else NO_PICTURE for one, id_ in zip(media, found, strict=True) if not id_)
        return tuple(dict.fromkeys(id_ for id_ in found if id_)), lost

    async def _picture(self, bot: Bot, person: Person, media: Media) -> str | None:
        try:
            raw = await self._fetcher.fetch(PictureLink(media.url), inside=self._tools.platform.inside)
            crypt = MessageCrypt("", media.aes_key.rstrip("="), "") if media.aes_key else bot.crypt
            plain = crypt.decrypt_file(raw) if crypt is not None else raw
        except FetchRefused as refused:
            self._counts.fault(bot, f"picture_{refused.code}")
            return None
        except CryptError:
            self._counts.fault(bot, "picture_sealed")
            return None
        kept = await self._parts.keep_picture(plain, person.community_id, person.resident_id)
        if kept is None and not media.is_file:
            self._counts.fault(bot, "picture_unreadable")
        return kept

    async def _send_again(self, person: Person) -> None:
        """They can be reached in private now: what could not be delivered goes out."""
        now = self._parts.clock.now()
        async with self._parts.db.write() as session:
            count = await send_again(session, person.private_chat_id, now - KEPT_FOR, now)
        if count:
            await self._parts.live.publish(OUTBOX, {})


def _in_quotes(text: str) -> str:
    return f"「{text}」" if text else ""
