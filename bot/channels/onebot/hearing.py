"""From an event to an accepted message: stored once, in order for each who speaks, before it is thought about."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.onebot.accounts import Account, Accounts
from bot.channels.onebot.book import Book
from bot.channels.onebot.counting import Counts
from bot.channels.onebot.deps import OneBot
from bot.channels.onebot.fetching import Fetcher, FetchRefused
from bot.channels.onebot.speech import find_pressed, read_number
from bot.channels.onebot.wire import Befriended, Heard, Recalled
from bot.live import OUTBOX, chat_topic
from bot.messages import Arrival
from bot.storage.channels import MappedGroup, Person, find_last_said_to, find_line, recall_line, send_again
from bot.storage.tables import ChatMessage

log = structlog.get_logger()
SOMEBODY = 0  # in place of a mentioned neighbour who has not spoken yet
NUMBERS_FOR = timedelta(hours=2)  # how long a bare number in a group answers what the bot said last
KEPT_FOR = timedelta(days=7)  # the same in private, and how long what could not be delivered waits
FUTURE = timedelta(minutes=5)  # a bridge's clock may go so much before ours
PAST = timedelta(days=2)
AGAIN_S = (0.2, 1.0, 5.0, 15.0)  # pauses while the database cannot take it; the last again and again
MOST_WAITING = 4096  # events taken and not stored yet: beyond it the bridge has to wait
NO_PICTURE = "[图片]"


class Hearing:
    """Takes events of all accounts."""

    def __init__(self, deps: OneBot, accounts: Accounts, book: Book, counts: Counts, fetcher: Fetcher) -> None:
        self._deps, self._accounts, self._book = deps, accounts, book
        self._counts, self._fetcher = counts, fetcher
        self._last: dict[tuple[int, str, str], asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(MOST_WAITING)

    async def take(self, account: Account, event: Heard | Recalled | Befriended) -> asyncio.Task[None]:
        """Take an event; the task ends when it is stored. What one person said is stored in the order it came."""
        await self._room.acquire()
        where = event.group_id if isinstance(event, Heard | Recalled) else ""
        key = (account.id, where, event.user_id)
        task = asyncio.create_task(self._after(self._last.get(key), account, event))
        self._last[key] = task
        task.add_done_callback(lambda done: self._over(key, done))
        return task

    async def close(self) -> None:
        """Wait until what was taken is stored."""
        await asyncio.gather(*self._last.values(), return_exceptions=True)

    def _over(self, key: tuple[int, str, str], task: asyncio.Task[None]) -> None:
        self._room.release()
        if self._last.get(key) is task:
            del self._last[key]

    async def _after(
        self, before: asyncio.Task[None] | None, account: Account, event: Heard | Recalled | Befriended
    ) -> None:
        if before is not None:
            await asyncio.wait((before,))
        received_at = self._deps.clock.now()
        for attempt in range(10**6):
            try:
                return await self._store(account, event, received_at)
            except (SQLAlchemyError, OSError) as error:  # OneBot never says it again: keep it until it can be stored
                log.warning("onebot_event_late", code="storage_error", account=account.id, error=type(error).__name__)
                await asyncio.sleep(AGAIN_S[min(attempt, len(AGAIN_S) - 1)])
            except Exception as error:
                log.error("onebot_event_failed", code="onebot_event_failed", error=type(error).__name__)
                self._counts.fault(account, "event_failed", type(error).__name__)
                return None
        return None

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
        pictures = await self._pictures(account, heard, person)
        missing = len(heard.pictures) - len(pictures)
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
            sent_at=_plausible(heard.sent_at, received_at),
        )
        return await self._pressed(arrival, heard, quoted, in_group=group is not None, now=received_at)

    async def _pressed(
        self, arrival: Arrival, heard: Heard, quoted: ChatMessage | None, *, in_group: bool, now: datetime
    ) -> Arrival:
        """A number, or a button's very words, said to what the bot said last to this resident."""
        said_to_bot = not in_group or heard.at_me or quoted is not None
        if heard.at or heard.pictures or not (read_number(heard.text) or (said_to_bot and 0 < len(heard.text) < 16)):
            return arrival
        line = quoted
        if line is None:
            since = now - (KEPT_FOR if said_to_bot else NUMBERS_FOR)
            async with self._deps.db.read() as session:
                line = await find_last_said_to(session, arrival.chat_id, arrival.resident_id, since)
        if line is None or (in_group and quoted is None and line.to_resident_id is None):
            return arrival
        if line.sender == "resident" or line.to_resident_id not in (None, arrival.resident_id):
            return arrival
        pressed = find_pressed(heard.text, line.extra.get("buttons") or ())
        return replace(arrival, text=pressed[0], button=pressed[1]) if pressed else arrival

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
        found = []
        for link in heard.pictures:
            try:
                raw = await self._fetcher.fetch(link, inside=account.private_media)
                kept = await self._deps.keep_picture(raw, person.community_id, person.resident_id)
            except FetchRefused as refused:
                self._counts.fault(account, f"picture_{refused.code}")
                continue
            if kept is None:
                self._counts.fault(account, "picture_unreadable")
            else:
                found.append(kept)
        return tuple(dict.fromkeys(found))

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


def _plausible(sent_at: datetime | None, received_at: datetime) -> datetime | None:
    """The bridge's time, if its clock can be right; None: ours."""
    return sent_at if sent_at is not None and received_at - PAST <= sent_at <= received_at + FUTURE else None
