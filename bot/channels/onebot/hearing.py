"""From an event to an accepted message: stored once, in order for each who speaks, before it is thought about."""

from __future__ import annotations

import asyncio
from datetime import datetime

from bot.channels.base import PictureLink
from bot.channels.book import Book
from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.fetching import Fetcher, FetchRefused
from bot.channels.keeping import Keeping, plausible
from bot.channels.onebot.accounts import Account, Accounts
from bot.channels.onebot.wire import Befriended, Heard, Recalled
from bot.channels.pressing import KEPT_FOR, Said, find_press
from bot.live import OUTBOX, chat_topic
from bot.messages import Arrival
from bot.storage.channels import MappedGroup, Person, find_line, is_stored, recall_line, send_again
from bot.storage.tables import ChatMessage

SOMEBODY = 0  # in place of a mentioned neighbour who has not spoken yet
NO_PICTURE = "[图片]"


class Hearing:
    """Takes events of all accounts."""

    def __init__(self, deps: ChannelParts, accounts: Accounts, book: Book, counts: Counts, fetcher: Fetcher) -> None:
        self._deps, self._accounts, self._book = deps, accounts, book
        self._counts, self._fetcher = counts, fetcher
        self._keeping = Keeping(counts)

    async def take(self, account: Account, event: Heard | Recalled | Befriended) -> asyncio.Task[None]:
        """Take an event; the task ends when it is stored. What one person said is stored in the order it came."""
        where = event.group_id if isinstance(event, Heard | Recalled) else ""
        received_at = self._deps.clock.now()
        key = (account.id, where, event.user_id)
        return await self._keeping.take(account, key, lambda: self._store(account, event, received_at))

    @property
    def is_full(self) -> bool:
        """Whether nothing more is read before something is stored."""
        return self._keeping.is_full

    async def close(self) -> None:
        """Wait until what was taken is stored."""
        await self._keeping.close()

    async def _store(self, account: Account, event: Heard | Recalled | Befriended, received_at: datetime) -> None:
        match event:
            case Heard():
                await self._hear(account, event, received_at)
            case Recalled():
                await self._recall(account, event)
            case Befriended():
                person = await self._book.find_anywhere(account, event.user_id)
                if person is not None:
                    await self._send_again(person)

    async def _hear(self, account: Account, heard: Heard, received_at: datetime) -> None:
        if self._accounts.is_own(heard.user_id):
            return self._counts.count(account, "own")
        group = await self._book.find_group(account, heard.group_id) if heard.group_id else None
        if heard.group_id and group is None:
            return self._counts.count(account, "unmapped")
        person = await self._book.get_person(account, heard, group)
        chat_id = group.chat_id if group is not None else person.private_chat_id
        if heard.pictures and await self._is_stored(chat_id, heard.identity(received_at)):
            return self._counts.count(account, "repeated")  # no picture is fetched twice
        arrival = await self._arrival(account, heard, person, group, chat_id, received_at)
        accepted = await self._deps.inbox.accept(arrival)
        self._counts.count(account, "heard" if accepted.fresh else "repeated")
        if accepted.fresh and group is None:
            await self._send_again(person)

    async def _arrival(
        self,
        account: Account,
        heard: Heard,
        person: Person,
        group: MappedGroup | None,
        chat_id: int,
        received_at: datetime,
    ) -> Arrival:
        found = await self._pictures(account, heard, person)
        pictures, missing = tuple(dict.fromkeys(found)), len(heard.pictures) - len(found)
        quoted = await self._quoted(chat_id, heard.reply_to)
        mentions = [await self._mentioned(account, person.community_id, one) for one in heard.at]
        arrival = Arrival(
            chat_id=chat_id,
            resident_id=person.resident_id,
            external_id=heard.identity(received_at),
            text="\n".join(part for part in (heard.text, NO_PICTURE * missing) if part),
            pictures=pictures,
            reply_to_id=quoted.id if quoted is not None else None,
            mentions_bot=heard.at_me,
            mentions=tuple(dict.fromkeys(mentions)),
            sent_at=plausible(heard.sent_at, received_at),
        )
        if heard.at or pictures or missing:
            return arrival
        said = Said(in_group=group is not None, to_bot=heard.at_me, quoted=quoted)
        return await find_press(self._deps.db, arrival, said, received_at)

    async def _quoted(self, chat_id: int, reply_to: str) -> ChatMessage | None:
        if not reply_to:
            return None
        async with self._deps.db.read() as session:
            return await find_line(session, chat_id, reply_to)

    async def _mentioned(self, account: Account, community_id: int, user_id: str) -> int:
        person = await self._book.find_known(account, community_id, user_id)
        return person.resident_id if person is not None else SOMEBODY

    async def _pictures(self, account: Account, heard: Heard, person: Person) -> tuple[str, ...]:
        """Fetched at once: their addresses die within minutes. What cannot be had is told in the text."""
        found = await asyncio.gather(*(self._picture(account, person, link) for link in heard.pictures))
        return tuple(kept for kept in found if kept is not None)

    async def _picture(self, account: Account, person: Person, link: PictureLink) -> str | None:
        try:
            raw = await self._fetcher.fetch(link, inside=account.private_media)
        except FetchRefused as refused:
            self._counts.fault(account, f"picture_{refused.code}")
            return None
        kept = await self._deps.keep_picture(raw, person.community_id, person.resident_id)
        if kept is None:
            self._counts.fault(account, "picture_unreadable")
        return kept

    async def _is_stored(self, chat_id: int, name: str) -> bool:
        async with self._deps.db.read() as session:
            return await is_stored(session, chat_id, name)

    async def _recall(self, account: Account, event: Recalled) -> None:
        group = await self._book.find_group(account, event.group_id) if event.group_id else None
        person = None if event.group_id else await self._book.find_anywhere(account, event.user_id)
        chat_id = group.chat_id if group else person.private_chat_id if person else None
        if chat_id is None:
            return
        async with self._deps.db.write() as session:
            line = await find_line(session, chat_id, event.message_id)
            gone = line is not None and await recall_line(session, line, self._deps.clock.now())
        if line is not None and gone:
            self._counts.count(account, "recalled")
            await self._deps.live.publish(chat_topic(chat_id), {"type": "recalled", "id": line.id})

    async def _send_again(self, person: Person) -> None:
        """They can be reached in private now: what could not be delivered goes out."""
        now = self._deps.clock.now()
        async with self._deps.db.write() as session:
            count = await send_again(session, person.private_chat_id, now - KEPT_FOR, now)
        if count:
            await self._deps.live.publish(OUTBOX, {})
