"""From a callback to an accepted message: stored once, in order for each who speaks, before it is acknowledged."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.channels.base import PictureLink
from bot.channels.book import Book
from bot.channels.counting import Counts
from bot.channels.fetching import Fetcher, FetchRefused
from bot.channels.keeping import Keeping
from bot.channels.pressing import KEPT_FOR, Said, find_press
from bot.channels.wechat.accounts import Account
from bot.channels.wechat.api import Api
from bot.channels.wechat.callback_wire import Followed, Heard, Left, Opened, Reported, delivery_of, label_of
from bot.channels.wechat.deps import WeChatParts
from bot.channels.wechat.passive import Waiter, Waiters
from bot.live import OUTBOX
from bot.messages import Arrival, OutgoingMessage
from bot.outbox import Outgoing, enqueue
from bot.storage.channels import Person, is_stored, send_again
from bot.storage.tables import Chat, ChatMessage
from bot.storage.windows import AFTER_TAP, AFTER_WORDS, TAP_ALLOWS, WORDS_ALLOW, open_window

FUTURE, PAST = timedelta(minutes=5), timedelta(days=2)
NO_PICTURE = "[图片]"
WELCOME = {True: "channels.welcome_app", False: "channels.welcome_official"}
Event = Heard | Followed | Left | Reported | Opened


class Hearing:
    """Takes what all accounts are told."""

    def __init__(
        self, deps: WeChatParts, book: Book, counts: Counts, fetcher: Fetcher, api: Api, waiters: Waiters
    ) -> None:
        self._deps, self._base = deps, deps.base
        self._book, self._counts, self._fetcher = book, counts, fetcher
        self._api, self._waiters = api, waiters
        self._keeping = Keeping(counts)

    async def take(self, account: Account, event: Event, waiter: Waiter | None) -> asyncio.Task[None]:
        """Take it; the task ends when it is stored. What one person said is stored in the order it came."""
        received_at = self._base.clock.now()
        key = (account.id, "", event.user_id)
        return await self._keeping.take(account, key, lambda: self._store(account, event, waiter, received_at))

    async def close(self) -> None:
        """Wait until what was taken is stored."""
        await self._keeping.close()

    async def _store(self, account: Account, event: Event, waiter: Waiter | None, received_at: datetime) -> None:
        match event:
            case Heard():
                await self._hear(account, event, waiter, received_at)
            case Followed():
                await self._welcome(account, event, waiter)
            case Left():
                self._counts.count(account, "left")
            case Reported(_, status):
                if status.lower() not in {"success", ""}:
                    self._counts.fault(account, "notice_failed", status)
            case Opened():
                self._counts.count(account, "notices")

    async def _hear(self, account: Account, heard: Heard, waiter: Waiter | None, received_at: datetime) -> None:
        person = await self._book.get_person(account, heard, None)
        if await self._is_known(person, heard):
            if waiter is not None:
                waiter.close(written=False)  # it is being answered, or has been
            return self._counts.count(account, "repeated")
        if not account.is_app:
            await self._open_window(account, heard.user_id, tap=bool(heard.event), now=received_at)
        if waiter is not None:
            self._waiters.open(person.private_chat_id, waiter)
        accepted = await self._base.inbox.accept(await self._arrival(account, heard, person, received_at))
        self._counts.count(account, "heard" if accepted.fresh else "repeated")
        if accepted.fresh:
            await self._send_again(person)

    async def _is_known(self, person: Person, heard: Heard) -> bool:
        """A callback that comes again opens no second window and fetches no picture twice."""
        async with self._base.db.read() as session:
            return await is_stored(session, person.private_chat_id, heard.identity())

    async def _arrival(self, account: Account, heard: Heard, person: Person, received_at: datetime) -> Arrival:
        picture = await self._picture(account, heard, person) if heard.has_picture else None
        lost = heard.has_picture and picture is None
        arrival = Arrival(
            chat_id=person.private_chat_id,
            resident_id=person.resident_id,
            external_id=heard.identity(),
            text=heard.text or (NO_PICTURE if lost else ""),
            pictures=(picture,) if picture else (),
            sent_at=_plausible(heard.sent_at, received_at),
        )
        if heard.button:
            return await self._pressed(arrival, heard)
        if heard.has_picture:
            return arrival
        return await find_press(self._base.db, arrival, Said(in_group=False, to_bot=True), received_at)

    async def _pressed(self, arrival: Arrival, heard: Heard) -> Arrival:
        """A button of a card: only such as were offered to them on it."""
        delivery_id = delivery_of(heard.task)
        async with self._base.db.read() as session:
            query = select(ChatMessage).where(
                ChatMessage.outbox_id == delivery_id, ChatMessage.chat_id == arrival.chat_id
            )
            line = await session.scalar(query) if delivery_id is not None else None
        label = label_of(line.extra.get("buttons"), heard.button) if line is not None else ""
        return replace(arrival, text=label or heard.button, button=heard.button if label else None)

    async def _picture(self, account: Account, heard: Heard, person: Person) -> str | None:
        """Fetched at once: its address dies within days. Where that does not work the platform is asked for it."""
        raw = None
        if heard.picture_url:
            try:
                raw = await self._fetcher.fetch(PictureLink(heard.picture_url), inside=False)
            except FetchRefused as refused:
                self._counts.fault(account, f"picture_{refused.code}")
        if raw is None and heard.media_id:
            raw = await self._api.fetch_media(account, heard.media_id, self._base.largest_picture)
        if raw is None:
            return None
        kept = await self._base.keep_picture(raw, person.community_id, person.resident_id)
        if kept is None:
            self._counts.fault(account, "picture_unreadable")
        return kept

    async def _welcome(self, account: Account, event: Followed, waiter: Waiter | None) -> None:
        """Whoever comes is told what can be said here; once, however often that is reported."""
        person, now = await self._book.get_person(account, event, None), self._base.clock.now()
        if not account.is_app:
            await self._open_window(account, event.user_id, tap=True, now=now)
        if waiter is not None:
            self._waiters.open(person.private_chat_id, waiter)
        text = self._base.phrases.render(WELCOME[account.is_app], {"url": self._deps.home})
        key = f"welcome:{account.id}:{person.id}:{event.stamp}"
        async with self._base.db.write() as session:
            chat = await session.get_one(Chat, person.private_chat_id)
            await enqueue(session, [Outgoing(OutgoingMessage(chat.id, text, effect_key=key), chat)], now)
        self._counts.count(account, "followed")
        await self._send_again(person)
        await self._base.live.publish(OUTBOX, {})

    async def _open_window(self, account: Account, user_id: str, *, tap: bool, now: datetime) -> None:
        holds, left = (AFTER_TAP, TAP_ALLOWS) if tap else (AFTER_WORDS, WORDS_ALLOW)
        async with self._base.db.write() as session:
            await open_window(session, account.id, account.community_id, user_id, now + holds, left)

    async def _send_again(self, person: Person) -> None:
        """They can be written to now: what could not be delivered goes out."""
        now = self._base.clock.now()
        async with self._base.db.write() as session:
            count = await send_again(session, person.private_chat_id, now - KEPT_FOR, now)
        if count:
            await self._base.live.publish(OUTBOX, {})


def _plausible(sent_at: datetime | None, received_at: datetime) -> datetime | None:
    """The platform's time, if its clock can be right; None: ours."""
    return sent_at if sent_at is not None and received_at - PAST <= sent_at <= received_at + FUTURE else None
