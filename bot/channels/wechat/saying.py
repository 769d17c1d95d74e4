"""From the outbox to a person, or to a group that an app has made: each message once, within what is allowed."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.counting import Counts
from bot.channels.plain_words import text_of
from bot.channels.wechat.accounts import Account
from bot.channels.wechat.api import Api
from bot.channels.wechat.api_wire import (
    Answer,
    Json,
    Verdict,
    address_app,
    address_follower,
    address_group,
    build_card,
    build_image,
    build_subscribe,
    build_template,
    build_text,
    fits_card,
    missed,
    split_bytes,
)
from bot.channels.wechat.deps import WeChatParts
from bot.channels.wechat.passive import Waiters
from bot.channels.wechat.tokens import TokenRefused
from bot.errors import DeliveryError, DeliveryLater, DeliveryRefused, DeliveryUnknown
from bot.messages import ChatKind, OutgoingMessage
from bot.storage.channels import find_state, set_state
from bot.storage.spending import Limit, Purse, try_spend
from bot.storage.tables import Chat
from bot.storage.tables_channels import ChannelGroup, ChannelPerson
from bot.storage.windows import give_back, shut_window, take_notice_back, take_turn, try_notice

HINT = "channels.buttons"
CARD_TITLE = "channels.card_title"
WAITING = "channels.notice_waiting"
MOST_KEPT = 500
WRONG_SECRET = 40013
SEND_APP, SEND_GROUP, SEND_FOLLOWER = "message/send", "appchat/send", "message/custom/send"
SEND_TEMPLATE, SEND_SUBSCRIBE = "message/template/send", "message/subscribe/bizsend"


@dataclass(frozen=True, slots=True)
class Address:
    """Whom it goes to: a person, or a group with the one who is named in it."""

    to: str
    is_group: bool = False
    mentioned: str = ""


class Saying:
    """The channel of one account; any process may hold it."""

    def __init__(
        self, deps: WeChatParts, account: Callable[[], Account | None], api: Api, counts: Counts, waiters: Waiters
    ) -> None:
        self._deps, self._account, self._api = deps, account, api
        self._counts, self._waiters = counts, waiters
        self._rests_until = deps.base.clock.now()  # nothing is tried before
        self._done: dict[int, int] = {}  # delivery → parts that were taken, while the rest is tried again
        self.name = "wechat"

    async def send(self, message: OutgoingMessage, *, delivery_id: int, again: bool = False) -> str:
        """Send what of the message is not sent yet. The platforms give no names that could be quoted."""
        account = self._account()
        if account is None or account.paused:
            raise DeliveryError("the account is paused")
        if self._rests_until > self._deps.base.clock.now():
            raise DeliveryLater(self._rests_until, "the account rests")
        address = await self._address(account, message)
        if not again and await self._answered_in_response(message):
            self._counts.count(account, "said")
            return ""
        parts = await self._parts(account, message, address, delivery_id)
        done = self._done.setdefault(delivery_id, 0)
        for place in range(done, len(parts)):
            await self._spend(account, address, urgent=message.urgent)
            await self._one(account, address, parts[place], delivery_id, again=again and place == done)
            self._done[delivery_id] = place + 1
        self._forget(delivery_id)
        self._counts.count(account, "said", len(parts) - done)
        return ""

    async def _spend(self, account: Account, address: Address, *, urgent: bool) -> None:
        """Count one call to a member. What is beyond the limit the platform drops and says that all went well."""
        if not account.is_app or address.is_group:
            return
        kept = 0 if urgent else self._deps.reserve
        limits = [Limit(one.span, one.most - kept) for one in self._deps.member]
        purse = Purse(account.id, account.community_id, f"member:{address.to}")
        async with self._deps.base.db.write() as session:
            until = await try_spend(session, purse, limits, self._deps.base.clock.now())
        if until is not None:
            self._counts.count(account, "put_off")
            raise DeliveryLater(until, "thirty a minute")

    def _forget(self, delivery_id: int) -> None:
        self._done.pop(delivery_id, None)
        while len(self._done) > MOST_KEPT:
            self._done.pop(next(iter(self._done)))

    async def _answered_in_response(self, message: OutgoingMessage) -> bool:
        """A short text may go back in the response to the callback that is still open here."""
        waiter = self._waiters.find(message.chat_id, is_answer=message.reply_to_id is not None)
        if waiter is None or message.pictures:
            return False
        pieces = split_bytes(self._words(message))
        return len(pieces) == 1 and await waiter.offer(pieces[0])

    def _words(self, message: OutgoingMessage) -> str:
        return text_of(message, self._deps.base.phrases.render(HINT, {"buttons": "{buttons}"}))

    async def _parts(
        self, account: Account, message: OutgoingMessage, address: Address, delivery_id: int
    ) -> list[Json]:
        as_card = account.is_app and not address.is_group and fits_card(message.text, message.buttons)
        if as_card:
            title = self._deps.base.phrases.render(CARD_TITLE)
            parts = [build_card(title, message.text, message.buttons, delivery_id)]
        else:
            parts = [build_text(piece) for piece in split_bytes(self._words(message))]
        pictures = await self._deps.base.read_pictures(message.pictures) if message.pictures else ()
        return [*parts, *[build_image(await self._upload(account, one)) for one in pictures]]

    async def _upload(self, account: Account, picture: str) -> str:
        answer = await self._call(account, lambda: self._api.upload(account, base64.b64decode(picture)))
        await self._settle(account, answer, "media/upload")
        return str(answer.data.get("media_id", ""))

    async def _one(self, account: Account, address: Address, piece: Json, delivery_id: int, *, again: bool) -> None:
        if not account.is_app:
            return await self._to_follower(account, address, piece, delivery_id)
        if address.is_group:
            path, payload = SEND_GROUP, address_group(piece, address.to, address.mentioned)
        else:
            agent_id = int(account.agent_id) if account.agent_id.isdecimal() else 0
            path, payload = SEND_APP, address_app(piece, address.to, agent_id, again=again)
        answer = await self._call(account, lambda: self._api.call(account, path, payload))
        await self._settle(account, answer, path)
        if not address.is_group and missed(answer, address.to):
            self._counts.fault(account, "unreachable", str(answer.code))
            raise DeliveryRefused(f"{path}: not reached")
        await self._mark(account, "connected")

    async def _to_follower(self, account: Account, address: Address, piece: Json, delivery_id: int) -> None:
        """Within the window that they have opened by writing; else a notice that something waits, once, and the
        message is kept until they write."""
        db, now = self._deps.base.db, self._deps.base.clock.now()
        async with db.write() as session:
            allowed = await take_turn(session, account.id, address.to, now)
        if not allowed:
            return await self._keep(account, address.to, delivery_id)
        try:
            payload = address_follower(piece, address.to)
            answer = await self._call(account, lambda: self._api.call(account, SEND_FOLLOWER, payload))
            if answer.verdict is Verdict.WINDOW:
                async with db.write() as session:
                    await shut_window(session, account.id, address.to)
                return await self._keep(account, address.to, delivery_id)
            await self._settle(account, answer, SEND_FOLLOWER)
        except (DeliveryUnknown, DeliveryRefused):
            raise
        except DeliveryError:  # it did not go out
            async with db.write() as session:
                await give_back(session, account.id, address.to)
            raise
        await self._mark(account, "connected")

    async def _keep(self, account: Account, openid: str, delivery_id: int) -> None:
        base, now = self._deps.base, self._deps.base.clock.now()
        self._counts.count(account, "kept")
        if account.template or account.subscribe:
            async with base.db.write() as session:
                untold = await try_notice(session, account.id, openid, now)
            if untold:
                await self._notice(account, openid, delivery_id, now)
        raise DeliveryRefused("the window is closed: kept until they write again")

    async def _notice(self, account: Account, openid: str, delivery_id: int, now: datetime) -> None:
        """Only that there is something, never what: a template stands on a locked screen."""
        words = self._deps.base.phrases.render(WAITING)
        if account.template:
            payload = build_template(openid, account.template, words, self._deps.home, delivery_id, now)
            path = SEND_TEMPLATE
        else:
            payload = build_subscribe(openid, account.subscribe, words, self._deps.home, now)
            path = SEND_SUBSCRIBE
        try:
            answer = await self._api.call(account, path, payload)
        except (DeliveryError, TokenRefused) as error:
            self._counts.fault(account, "notice_failed", type(error).__name__)
            told = isinstance(error, DeliveryUnknown)
        else:
            told = answer.verdict in (Verdict.DONE, Verdict.NOBODY)  # who has not agreed is not asked for again
            if answer.verdict is Verdict.DONE:
                self._counts.count(account, "notices_sent")
            else:
                self._counts.fault(account, "notice_failed", f"{answer.code}")
        if not told:
            async with self._deps.base.db.write() as session:
                await take_notice_back(session, account.id, openid)

    async def _call(self, account: Account, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer; where no token is given it is that of the counter for tokens."""
        try:
            return await call()
        except TokenRefused as refused:
            answer = refused.answer
            # at that counter a wrong secret is what a worn token is elsewhere
            return replace(answer, code=WRONG_SECRET) if answer.verdict is Verdict.TOKEN else answer
        except DeliveryUnknown:
            self._counts.fault(account, "no_answer")
            raise

    async def _settle(self, account: Account, answer: Answer, path: str) -> None:
        """Nothing where it went well, else what that means for the message."""
        now, words = self._deps.base.clock.now(), f"{path}: {answer.code} {answer.words}"
        if answer.verdict is Verdict.DONE:
            return
        self._counts.fault(account, fault_of(answer), str(answer.code))
        match answer.verdict:
            case Verdict.LATER:
                self._rests_until = now + self._deps.rest
                raise DeliveryLater(self._rests_until, words)
            case Verdict.FORBIDDEN:
                await self._mark(account, "refused")
                self._rests_until = now + self._deps.mended
                raise DeliveryLater(self._rests_until, words)
            case Verdict.NOBODY | Verdict.FINAL:
                raise DeliveryRefused(words)
        raise DeliveryError(words)

    async def _mark(self, account: Account, state: str) -> None:
        """Write down how it stands, where that has changed."""
        async with self._deps.base.db.read() as session:
            known = await find_state(session, account.id)
        if known != state:
            async with self._deps.base.db.write(repeatable=True) as session:
                await set_state(session, account.id, state=state, state_at=self._deps.base.clock.now())

    async def _address(self, account: Account, message: OutgoingMessage) -> Address:
        async with self._deps.base.db.read() as session:
            chat = await session.get(Chat, message.chat_id)
            if chat is None:
                raise DeliveryRefused(f"chat {message.chat_id} is not there")
            to = chat.external_id.partition(":")[2].partition(":")[2]
            if chat.kind == ChatKind.PRIVATE:
                return Address(to)
            group = await session.scalar(
                select(ChannelGroup.chat_id).where(
                    ChannelGroup.account_id == account.id, ChannelGroup.external_id == to
                )
            )
            if group != chat.id:
                raise DeliveryRefused("the group was taken off this community")
            return Address(to, True, await self._named(session, account, message.to_resident_id))

    async def _named(self, session: AsyncSession, account: Account, resident_id: int | None) -> str:
        if resident_id is None:
            return ""
        query = select(ChannelPerson.external_id).where(
            ChannelPerson.resident_id == resident_id, ChannelPerson.account_id == account.id
        )
        return await session.scalar(query.limit(1)) or ""


def fault_of(answer: Answer) -> str:
    """What a refused call is called among an account's faults."""
    names = {
        Verdict.LATER: "too_often",
        Verdict.NOBODY: "unreachable",
        Verdict.FORBIDDEN: "not_allowed",
        Verdict.TOKEN: "token_refused",
        Verdict.FINAL: "not_taken",
    }
    return names.get(answer.verdict, "platform_busy")
