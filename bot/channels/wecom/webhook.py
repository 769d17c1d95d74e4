"""Group robots: the platform's webhook, which only takes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, FormData
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Finding
from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.wecom.aibot_accounts import Hook
from bot.channels.wecom.aibot_deps import WecomTools
from bot.channels.wecom.codes import Answer, Verdict, read_answer
from bot.channels.wecom.webhook_wire import EVERYBODY, Json, Voice, build_bodies, build_media, build_text, check_file
from bot.errors import DeliveryError, DeliveryLater, DeliveryRefused, DeliveryUnknown
from bot.messages import OutgoingMessage
from bot.storage.channels import list_groups, set_state
from bot.storage.spending import Purse, spend_all, try_spend
from bot.storage.tables_channels import ChannelGroup, ChannelPerson

HINT = "channels.wecom.buttons_aloud"
TRIAL = "channels.wecom.trial"
MOST_ANSWER = 64 * 1024
MOST_KEPT = 500
GROUP = "group"  # the one chat of a robot


class Webhook:
    """Calls the webhook of one group robot."""

    def __init__(self, parts: ChannelParts, tools: WecomTools, http: ClientSession, counts: Counts) -> None:
        self._parts, self._tools, self._http, self._counts = parts, tools, http, counts

    async def post(self, hook: Hook, body: Json, *, urgent: bool = False) -> Answer:
        """Send one body, within the platform's limits. Raises DeliveryLater when they are reached, DeliveryRefused
        for what it never takes, DeliveryUnknown when no answer came."""
        await self._spend(hook, urgent=urgent)
        return await self._settle(hook, await self._call(hook, "send", json=body))

    async def upload(self, hook: Hook, name: str, raw: bytes, kind: str = "file") -> Json:
        """The body of a message with a file; it may be sent within three days. Raises TooLarge, DeliveryError."""
        check_file(raw)
        form = FormData({"filelength": str(len(raw))})
        form.add_field("media", raw, filename=name, content_type="application/octet-stream")
        answer = await self._settle(hook, await self._call(hook, "upload_media", data=form, type=kind))
        return build_media(kind, answer.media_id)

    async def _spend(self, hook: Hook, *, urgent: bool) -> None:
        now, limits = self._parts.clock.now(), self._tools.limits
        async with self._parts.db.write() as session:
            until = await try_spend(session, purse_of(hook), limits.of(limits.hook, urgent=urgent), now)
        if until is not None:
            self._counts.count(hook, "put_off")
            raise DeliveryLater(until, "twenty a minute")

    async def _call(self, hook: Hook, what: str, **request: object) -> Answer:
        url = f"{self._tools.platform.api}/cgi-bin/webhook/{what}"
        query = {"key": hook.key, **({"type": str(request.pop("type"))} if "type" in request else {})}
        timeout = ClientTimeout(total=self._parts.call_timeout_s)
        try:
            async with self._http.post(
                url,
                params=query,
                timeout=timeout,
                allow_redirects=False,
                **request,  # type: ignore[arg-type]
            ) as answer:
                return read_answer(await answer.content.read(MOST_ANSWER))
        except ClientConnectorError as error:
            raise DeliveryError(f"the platform is out of reach: {type(error).__name__}") from None
        except (ClientError, TimeoutError, OSError) as error:  # the address holds the key: not a word of it
            self._counts.fault(hook, "no_answer")
            raise DeliveryUnknown(f"{what}: {type(error).__name__}, it may have arrived") from None

    async def _settle(self, hook: Hook, answer: Answer) -> Answer:
        match answer.verdict:
            case Verdict.DONE:
                self._counts.seen(hook)
                return answer
            case Verdict.LATER:
                self._counts.fault(hook, "too_many")
                now = self._parts.clock.now()
                async with self._parts.db.write() as session:
                    until = await spend_all(session, purse_of(hook), self._tools.limits.hook[0], now)
                raise DeliveryLater(until, str(answer))
            case Verdict.DEAD:
                self._counts.fault(hook, "hook_gone", str(answer))
                await self.mark(hook, "refused")
                raise DeliveryRefused(str(answer))
            case Verdict.AGAIN:
                raise DeliveryError(str(answer))
            case Verdict.UNTOLD:
                self._counts.fault(hook, "no_answer")
                raise DeliveryUnknown(f"{answer}: it may have arrived")
            case _:
                self._counts.fault(hook, "not_taken", str(answer))
                raise DeliveryRefused(str(answer))

    async def mark(self, hook: Hook, state: str) -> None:
        """Write down how it stands."""
        async with self._parts.db.write(repeatable=True) as session:
            await set_state(session, hook.id, state=state, state_at=self._parts.clock.now())


def purse_of(hook: Hook) -> Purse:
    return Purse(hook.id, hook.community_id, GROUP)


class HookSaying:
    """The channel of one group robot."""

    def __init__(self, parts: ChannelParts, webhook: Webhook, hook: Callable[[], Hook | None], counts: Counts) -> None:
        self._parts, self._webhook, self._hook, self._counts = parts, webhook, hook, counts
        self._done: dict[int, int] = {}  # delivery → how many of its bodies arrived
        self.name = "wecomhook"

    async def send(self, message: OutgoingMessage, *, delivery_id: int, again: bool = False) -> str:
        """Send what of the message is not sent yet."""
        hook = self._hook()
        if hook is None or not hook.speaks:
            raise DeliveryError("the group robot does not speak now")
        bodies = await self._bodies(hook, message)
        for place in range(self._done.get(delivery_id, 0), len(bodies)):
            await self._webhook.post(hook, bodies[place], urgent=message.urgent)
            self._done[delivery_id] = place + 1
        self._done.pop(delivery_id, None)
        while len(self._done) > MOST_KEPT:
            self._done.pop(next(iter(self._done)))
        self._counts.count(hook, "said", len(bodies))
        return ""

    async def _bodies(self, hook: Hook, message: OutgoingMessage) -> list[Json]:
        async with self._parts.db.read() as session:
            names = await self._names(session, hook, message)
        hint = self._parts.phrases.render(HINT, {"buttons": "{buttons}"})
        voice = Voice(names, self._parts.public_url, hook.speaks_for is not None, hint)
        pictures = await self._parts.read_pictures(message.pictures) if message.pictures else ()
        return build_bodies(message, [base64.b64decode(one) for one in pictures], voice)

    async def _names(self, session: AsyncSession, hook: Hook, message: OutgoingMessage) -> tuple[str, ...]:
        """Whom it is said to; what is urgent and for nobody alone is for all."""
        if message.to_resident_id is None:
            return (EVERYBODY,) if message.urgent else ()
        accounts = select(ChannelGroup.account_id).where(ChannelGroup.id == hook.speaks_for)
        theirs = select(ChannelPerson.external_id).where(
            ChannelPerson.resident_id == message.to_resident_id, ChannelPerson.account_id.in_(accounts)
        )
        return tuple(await session.scalars(theirs.limit(1)))


class HookTest:
    """Tries a group robot out: the platform has no other way than to say something."""

    def __init__(self, parts: ChannelParts, webhook: Webhook) -> None:
        self._parts, self._webhook = parts, webhook

    async def run(self, hook: Hook | None) -> Sequence[Finding]:
        """What was found."""
        if hook is None:
            return [_bad("sealed")]
        if hook.paused:
            return [_bad("paused")]
        found = await self._say(hook)
        return [found, await self._place(hook)] if found.good else [found]

    async def _say(self, hook: Hook) -> Finding:
        try:
            await self._webhook.post(hook, build_text(self._parts.phrases.render(TRIAL)), urgent=True)
        except DeliveryLater:
            return _bad("hook_busy")
        except DeliveryRefused as error:
            gone = str(error).startswith("93000")
            return _bad("hook_gone") if gone else _bad("hook_refused", wording=str(error))
        except DeliveryUnknown:
            return _bad("hook_silent")
        except DeliveryError:
            return _bad("wecom_unreachable")
        await self._webhook.mark(hook, "connected")
        return Finding("console.channel_test.hook_said", True)

    async def _place(self, hook: Hook) -> Finding:
        async with self._parts.db.read() as session:
            groups = await list_groups(session, hook.id)
        if hook.speaks_for is None and all(chat is None for _, chat, _ in groups):
            return _bad("hook_nowhere")
        return Finding("console.channel_test.hook_placed", True)


def _bad(phrase: str, **params: str) -> Finding:
    return Finding(f"console.channel_test.{phrase}", False, params)
