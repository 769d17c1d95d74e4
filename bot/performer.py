"""Carry out a command and enqueue what is to be said of it, in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Audience, Event, Outcome, Reply
from actions.people.model import Resident
from bot.clock import LOCAL_ZONE, Clock, local
from bot.confidences import Hushed
from bot.live import OUTBOX, LiveFeed, chat_topic, desk_topic, resident_topic
from bot.messages import ChatKind, Message, OutgoingButton, OutgoingMessage
from bot.outbox import Outgoing, enqueue
from bot.phrases import Phrases
from bot.storage.chats import ChatBook, find_groups
from bot.storage.engine import Database
from bot.storage.staff_links import CHANGED as LINKS_CHANGED
from bot.storage.staff_links import StaffLinks
from bot.storage.tables import Chat
from nlu.model.script import to_traditional

log = structlog.get_logger()
# kept with the line, for whoever quotes it
_SPOKEN_OF = ("ticket_id", "activity_id", "broadcast_id", "care_id", "ballot_id", "proposal_id", "shift_id", "poll_id")
Handler = Callable[[AsyncSession, Any, datetime], Awaitable[Outcome]]
React = Callable[[Event], Sequence[Any]]  # what follows from an event in other rooms
#: the command that must follow from an event elsewhere, once what it needs was looked up; or None
Consequence = Callable[[AsyncSession, Event, datetime], Awaitable[Any]]
After = Callable[[AsyncSession, Any, Outcome, datetime], Awaitable[None]]  # in the same transaction
SHOWS_WHO_SPEAKS = "web"  # the channel whose lines bear the name of the one who says them


class Performer:
    """Commands in, effects and outbox rows out. Chat, console and clock change things through here only."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        live: LiveFeed,
        phrases: Phrases,
        catalogue: Mapping[type, Handler],
        *,
        quiet_hours: tuple[int, int] = (22, 8),
        after: After | None = None,
        react: React | None = None,
        consequences: Mapping[str, Consequence] | None = None,
        links: StaffLinks | None = None,
    ) -> None:
        self._db, self._clock, self._live = db, clock, live
        self._phrases, self._catalogue, self._quiet = phrases, catalogue, quiet_hours
        self._after, self._react, self._consequences = after, react, consequences or {}
        self._chats, self._links = ChatBook(), links

    async def run(self, command: Any) -> Outcome:
        """Carry out one command in a transaction of its own. Raises ActionError with nothing changed."""
        now = self._clock.now()
        async with self._db.write() as session:
            outcome = await self.perform(session, command, now)
        await self.tell(outcome.events)
        return outcome

    async def perform(
        self, session: AsyncSession, command: Any, now: datetime, *, here: Message | None = None, quiet: bool = False
    ) -> Outcome:
        """Carry out a command in the caller's transaction; the caller publishes the events after its commit."""
        outcome, outgoing = await self.prepare(session, command, now, here=here, quiet=quiet)
        await enqueue(session, outgoing, now)
        return outcome

    async def prepare(
        self, session: AsyncSession, command: Any, now: datetime, *, here: Message | None = None, quiet: bool = False
    ) -> tuple[Outcome, list[Outgoing]]:
        """As ``perform``, but what is to be said is handed back for the caller to enqueue with its batch."""
        outcome = await self._carry_out(session, command, now)
        if self._react is not None:
            outcome = await self._with_reactions(session, outcome, now)
        replies = [r for r in outcome.replies if not (quiet and r.to is Audience.HERE and not r.urgent)]
        return outcome, await self.render(session, replies, now, here=here)

    async def _carry_out(self, session: AsyncSession, command: Any, now: datetime) -> Outcome:
        """The command, and what must follow from its events: if that fails, all of it fails."""
        outcome = await self._catalogue[type(command)](session, command, now)
        if self._after is not None:
            await self._after(session, command, outcome, now)
        for event in outcome.events:
            build = self._consequences.get(event.name)
            following = await build(session, event, now) if build is not None else None
            if following is not None:
                more = await self._carry_out(session, following, now)
                value = outcome.value if more.value is None else more.value
                outcome = Outcome((*outcome.replies, *more.replies), (*outcome.events, *more.events), value)
        return outcome

    async def _with_reactions(self, session: AsyncSession, outcome: Outcome, now: datetime) -> Outcome:
        """The outcome with all that follows from its events in other rooms, in the same transaction."""
        replies, events, waiting = [*outcome.replies], [*outcome.events], [*outcome.events]
        while waiting and self._react is not None:
            for command in self._react(waiting.pop(0)):
                more = await self._follow(session, command, now)
                replies, events, waiting = [*replies, *more.replies], [*events, *more.events], [*waiting, *more.events]
        return replace(outcome, replies=tuple(replies), events=tuple(events))

    async def _follow(self, session: AsyncSession, command: Any, now: datetime) -> Outcome:
        """What cannot follow is left out and written down: a cry for help is answered whatever else fails."""
        try:
            async with session.begin_nested():
                return await self._catalogue[type(command)](session, command, now)
        except DBAPIError:
            raise  # the whole is tried again
        except Exception as error:
            name = type(command).__name__
            log.error("reaction_failed", code="reaction_failed", command=name, error=type(error).__name__)
            return Outcome()

    async def say(
        self, session: AsyncSession, replies: Sequence[Reply], now: datetime, *, here: Message | None = None
    ) -> None:
        """Render replies and put them into the outbox."""
        await enqueue(session, await self.render(session, replies, now, here=here), now)

    async def render(
        self, session: AsyncSession, replies: Sequence[Reply], now: datetime, *, here: Message | None = None
    ) -> list[Outgoing]:
        """Replies as messages to their chats; one that has no chat to go to is left out."""
        each = [one for reply in replies for one in await self._spread(session, reply, now, here)]
        found = [await self._outgoing(session, reply, now, here) for reply in each]
        return [one for one in found if one is not None]

    async def _spread(
        self, session: AsyncSession, reply: Reply, now: datetime, here: Message | None
    ) -> Sequence[Reply]:
        """A text for an area, or for staff who work in chats of their own, as one for each chat."""
        if reply.to is not Audience.STAFF or self._links is None:
            return await spread(session, reply)
        community_id = reply.community_id or (here.community_id if here is not None else 0)
        return [reply, *await self._links.mirror(session, reply, community_id, now)]

    @property
    def phrases(self) -> Phrases:
        """The texts as they are said now."""
        return self._phrases

    async def take_out(self, hushed: Sequence[Hushed]) -> None:
        """Let open pages drop what was sealed."""
        for line in hushed:
            payload: dict[str, Any] = {"type": "recalled", "id": line.message_id}
            if not line.in_group:
                payload = {"type": "line", "line": {"id": line.message_id}}
            await self._live.publish(chat_topic(line.chat_id), payload)

    async def tell(self, events: Sequence[Event]) -> None:
        """Publish what was committed to open pages, and wake the outbox."""
        if self._links is not None and any(event.name in LINKS_CHANGED for event in events):
            self._links.forget()
        for event in events:
            await self._live.publish(desk_topic(event.community_id), {"name": event.name, **event.data})
            for resident_id in event.data.get("joins", ()):  # they have a new chat
                await self._live.publish(resident_topic(resident_id), {"type": "joined"})
            for chat_id, line_id in event.data.get("gone", ()):  # lines that were taken back
                await self._live.publish(chat_topic(chat_id), {"type": "recalled", "id": line_id})
        await self._live.publish(OUTBOX, {})

    async def _outgoing(
        self, session: AsyncSession, reply: Reply, now: datetime, here: Message | None
    ) -> Outgoing | None:
        due_at = now if reply.immediate or reply.urgent else self.after_quiet_hours(now)
        if reply.until is not None and due_at >= reply.until:
            return None  # a reminder after the end, when the night is over, reminds of nothing
        chat = await self._chat_of(session, reply, now, here)
        if chat is None:
            return None
        resident_id = reply.resident_id or (here.resident_id if here and reply.to is Audience.HERE else None)
        script = await self._script_of(session, resident_id, here)
        text = self._phrases.render(reply.phrase, reply.params, script=script)
        if reply.speaker and chat.channel != SHOWS_WHO_SPEAKS:
            text = f"{reply.speaker}：{text}"
        message = OutgoingMessage(
            chat_id=chat.id,
            text=text,
            to_resident_id=resident_id if chat.kind == ChatKind.GROUP else None,
            buttons=tuple(
                OutgoingButton(self._phrases.render(b.phrase, b.params, script=script), b.value) for b in reply.buttons
            ),
            card=in_script(reply.card, script) if reply.card else None,
            pictures=reply.pictures,
            reply_to_id=here.id if here and chat.id == here.chat_id else None,
            staff_id=reply.staff_id,
            urgent=reply.urgent,
            due_at=due_at,
            effect_key=reply.effect_key,
            extra={key: reply.params[key] for key in _SPOKEN_OF if key in reply.params},
        )
        return Outgoing(message, chat, here.id if here else None)

    async def _chat_of(self, session: AsyncSession, reply: Reply, now: datetime, here: Message | None) -> Chat | None:
        match reply.to:
            case Audience.HERE if here is not None:
                return await self._chats.find(session, here.chat_id)
            case Audience.CHAT if reply.chat_id is not None:
                return await self._chats.find(session, reply.chat_id)
            case Audience.STAFF:
                community_id = reply.community_id or (here.community_id if here else 0)
                return await self._chats.find_staff(session, community_id)
        resident_id = reply.resident_id or (here.resident_id if here else None)
        if resident_id is None:
            return None
        return await self._chats.get_private(session, resident_id, await _community(session, resident_id, reply), now)

    async def _script_of(self, session: AsyncSession, resident_id: int | None, here: Message | None) -> str:
        if resident_id is None:
            return "hans"
        resident = await session.get(Resident, resident_id)
        return resident.script if resident is not None else "hans"

    def after_quiet_hours(self, now: datetime) -> datetime:
        """``now``, or the end of the quiet hours it falls into."""
        return after_quiet_hours(now, *self._quiet)


async def spread(session: AsyncSession, reply: Reply) -> Sequence[Reply]:
    """A text for an area as one for each of its groups; any other as it is."""
    if reply.to is not Audience.AREA:
        return (reply,)
    groups = await find_groups(session, reply.community_id or 0, reply.org_unit_id, reply.chat_id)
    key = f"{reply.effect_key}:" if reply.effect_key else ""
    return [
        replace(reply, to=Audience.CHAT, chat_id=group, effect_key=f"{key}{group}" if key else None) for group in groups
    ]


async def _community(session: AsyncSession, resident_id: int, reply: Reply) -> int:
    if reply.community_id is not None:
        return reply.community_id
    resident = await session.get(Resident, resident_id)
    return resident.community_id if resident is not None else 0


def after_quiet_hours(now: datetime, quiet_from: int, quiet_to: int) -> datetime:
    """``now``, or the local hour ``quiet_to`` if it lies between ``quiet_from`` and ``quiet_to``."""
    here = local(now)
    crosses_midnight = quiet_from > quiet_to
    late, early = here.hour >= quiet_from, here.hour < quiet_to
    quiet = (late or early) if crosses_midnight else (late and early)
    if not quiet or quiet_from == quiet_to:
        return now
    day = here.date() + timedelta(days=1) if crosses_midnight and here.hour >= quiet_from else here.date()
    return datetime.combine(day, time(quiet_to), LOCAL_ZONE)


def in_script(value: Any, script: str) -> Any:
    """A card's texts in the reader's script; keys and numbers stay."""
    if script != "hant":
        return value
    if isinstance(value, str):
        return to_traditional(value)
    if isinstance(value, Mapping):
        return {k: in_script(v, script) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [in_script(v, script) for v in value]
    return value
