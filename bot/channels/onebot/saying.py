"""From the outbox to a bridge: one message in its parts, each answered for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.onebot.accounts import Account
from bot.channels.onebot.links import Link
from bot.channels.onebot.speech import Json, build_parts, build_send, number
from bot.channels.onebot.wire import Result
from bot.channels.plain_words import text_of
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown
from bot.messages import ChatKind, OutgoingMessage
from bot.storage.tables import Chat, ChatMessage
from bot.storage.tables_channels import ChannelGroup, ChannelPerson

HINT = "channels.buttons"
# the standard's own: what is asked is wrong, so it will be wrong again
FINAL = frozenset({100, 1400, 1404})
AWAY = frozenset({1401, 1403})  # the token is not right any more: somebody will mend it
HISTORY = 20  # lines looked through for what may have arrived
MOST_KEPT = 500


class Saying:
    """The channel of one account."""

    def __init__(
        self, deps: ChannelParts, account: Callable[[], Account | None], link: Callable[[], Link | None], counts: Counts
    ) -> None:
        self._deps, self._account, self._link, self._counts = deps, account, link, counts
        self._sent: dict[int, list[str]] = {}  # delivery → names of the parts that arrived
        self.name = "onebot"

    async def send(self, message: OutgoingMessage, *, delivery_id: int, again: bool = False) -> str:
        """Send what of the message is not sent yet; its name is that of all parts: "|1|2|"."""
        account, link = self._account(), self._link()
        if account is None or account.paused or link is None:
            raise DeliveryError("the bridge is not connected")
        kind, to, through, at, reply_to = await self._address(account, message)
        text = text_of(message, self._deps.phrases.render(HINT, {"buttons": "{buttons}"}))
        pictures = await self._deps.read_pictures(message.pictures) if message.pictures else ()
        parts = build_parts(text, at=at, reply_to=reply_to, pictures=pictures)
        done = self._sent.setdefault(delivery_id, [])
        for place in range(len(done), len(parts)):
            action, params = build_send(kind, to, parts[place], through=through)
            if again and place == len(done) and await self._has_arrived(link, kind, to, account, parts[place]):
                done.append("")
                continue
            done.append(await self._one(account, link, action, params, key=f"{delivery_id}:{place}"))
        self._forget(delivery_id)
        self._counts.count(account, "said", len(parts))
        return f"|{'|'.join(name for name in done if name)}|" if any(done) else ""

    def _forget(self, delivery_id: int) -> None:
        self._sent.pop(delivery_id, None)
        while len(self._sent) > MOST_KEPT:
            self._sent.pop(next(iter(self._sent)))

    async def _one(self, account: Account, link: Link, action: str, params: Json, *, key: str) -> str:
        try:
            result = await link.call(action, params, key=key)
        except DeliveryUnknown:
            self._counts.fault(account, "no_answer", action)
            raise
        if result.done:
            return result.message_id
        self._counts.fault(account, "not_taken", f"{action}: {result.retcode} {result.wording}")
        raise refusal_of(action, result)

    async def _has_arrived(self, link: Link, kind: str, to: str, account: Account, segments: Sequence[Json]) -> bool:
        """Whether the same stands among the last lines there. Not every bridge can tell: then it is sent again."""
        if kind != "group":
            return False
        try:
            result = await link.call("get_group_msg_history", {"group_id": number(to), "count": HISTORY})
        except DeliveryError:
            return False
        found = result.data.get("messages") if isinstance(result.data, dict) else None
        said = _plain(segments)
        return any(
            isinstance(one, dict)
            and str((one.get("sender") or {}).get("user_id", one.get("user_id"))) == account.self_id
            and _plain(one.get("message")) == said
            for one in (found if isinstance(found, list) else ())
        )

    async def _address(self, account: Account, message: OutgoingMessage) -> tuple[str, str, str, str, str]:
        """Group or private, the id there, the group a private chat may begin out of, who is named, what is quoted."""
        async with self._deps.db.read() as session:
            chat = await session.get(Chat, message.chat_id)
            if chat is None:
                raise DeliveryRefused(f"chat {message.chat_id} is not there")
            to = chat.external_id.partition(":")[2].partition(":")[2]
            quoted = await session.get(ChatMessage, message.reply_to_id) if message.reply_to_id else None
            reply_to = _name_of(quoted)
            if chat.kind != ChatKind.PRIVATE:
                group = await session.scalar(select(ChannelGroup.chat_id).where(
                    ChannelGroup.account_id == account.id, ChannelGroup.external_id == to))  # fmt: skip
                if group != chat.id:
                    raise DeliveryRefused("the group was taken off this community")
                return "group", to, "", await self._number_of(session, account, message.to_resident_id), reply_to
            if to.startswith("anonymous-"):
                raise DeliveryRefused("nobody knows who that is")
            through = await session.scalar(
                select(ChannelGroup.external_id)
                .join(ChannelPerson, ChannelPerson.group_id == ChannelGroup.id)
                .where(ChannelPerson.account_id == account.id, ChannelPerson.resident_id == chat.resident_id)
            )
            return "private", to, through or "", "", reply_to

    async def _number_of(self, session: AsyncSession, account: Account, resident_id: int | None) -> str:
        if resident_id is None:
            return ""
        query = select(ChannelPerson.external_id).where(
            ChannelPerson.resident_id == resident_id, ChannelPerson.account_id == account.id
        )
        found = await session.scalar(query.limit(1)) or ""
        return "" if found.startswith("anonymous-") else found


def refusal_of(action: str, result: Result) -> DeliveryError:
    """What a failed answer means. What says nothing certain may have gone out all the same: bridges report a
    failure of the platform's risk control for messages that arrived."""
    words = f"{action}: retcode {result.retcode} {result.wording}".strip()
    if result.retcode in AWAY:
        return DeliveryError(words)
    if result.retcode in FINAL or action == "send_private_msg":
        return DeliveryRefused(words)
    return DeliveryUnknown(words)


def _name_of(line: ChatMessage | None) -> str:
    """What the platform calls a line, or "" where it has no usable name."""
    if line is None or line.recalled_at is not None or not line.external_id:
        return ""
    name = line.external_id.removeprefix("|").partition("|")[0]
    return "" if name in {"", "0", "-1"} or not line.external_id.startswith("|") else name


def _plain(segments: object) -> str:
    if isinstance(segments, str):
        return "".join(segments.split())
    found = segments if isinstance(segments, Sequence) else ()
    texts = (
        one.get("data", {}).get("text", "") for one in found if isinstance(one, dict) and one.get("type") == "text"
    )
    return "".join("".join(map(str, texts)).split())
