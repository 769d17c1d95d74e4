"""Plays the story: every beat through the real commands, the clock moved from one to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError
from actions.tickets import commands
from actions.tickets.commands import Actor, Move, MoveTicket
from actions.tickets.model import Timer
from actions.tickets.words import RATE_BUTTON
from actions.tips.commands import LeaveTip, OpenedTip
from bot.bootstrap import Parts
from bot.cli.demo import mediation, tips
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import PRIVATE, Cast
from bot.cli.demo.story import Beat, read_where
from bot.clock import FixedClock
from bot.confidences import empty_lines
from bot.messages import ChatKind, Message
from bot.outbox import Outbox
from bot.scheduling.jobs import Jobs
from bot.scheduling.timetable import TIMERS
from bot.storage.tables import Chat, ChatMember, ChatMessage, OutboxRow

_SOON = timedelta(seconds=2)  # what the bot takes to answer
_UNREAD = timedelta(hours=2)  # what was said later has not been read yet


@dataclass(frozen=True, slots=True)
class Matter:
    """What became of a matter of the story."""

    ticket_id: int
    ref: str
    reporter: str
    chat: str


class Player:
    """Plays beats in order. What falls due between two of them happens at its own instant."""

    def __init__(
        self,
        parts: Parts,
        clock: FixedClock,
        jobs: Jobs,
        outbox: Outbox,
        cast: Cast,
        understandings: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._parts, self._clock, self._jobs, self._outbox, self._cast = parts, clock, jobs, outbox, cast
        self._understandings = understandings  # of the words that open a matter, by its name
        self._matters: dict[str, Matter] = {}
        self._tips: dict[str, int] = {}  # matters that were confided
        self._said = 0

    async def play(self, beats: Sequence[Beat], end: datetime) -> None:
        """Every beat, then what falls due until ``end``. Raises StoryWrong for a step that is refused."""
        for beat in beats:
            await self._wait(beat.at)
            try:
                await (self._staff(beat) if beat.staff and not beat.says else self._resident(beat))
            except (ActionError, KeyError) as error:
                where = f"history.yml: day {beat.matter}, {beat.who or beat.staff}, {beat.act}"
                raise StoryWrong(f"{where}: {error!r}") from error
            self._clock.advance(_SOON)
            await self._deliver()
        await self._wait(end)

    async def finish(self, now: datetime) -> None:
        """Let the night pass if it is one, and let everybody read all but the last lines."""
        await self._wait(now)
        await self._mark_read(now - _UNREAD)

    async def _wait(self, until: datetime) -> None:
        """Let the clock run; stop wherever something falls due."""
        while (due := await self._next_due()) is not None and due <= until:
            self._clock.move_to(max(due, self._clock.now()))
            await self._jobs.run(TIMERS)
            await self._deliver()
        self._clock.move_to(max(until, self._clock.now()))

    async def _next_due(self) -> datetime | None:
        timers = select(func.min(Timer.due_at)).where(Timer.state == "todo")
        outgoing = select(func.min(OutboxRow.due_at)).where(OutboxRow.state == "todo")
        async with self._parts.db.read() as session:
            found = [await session.scalar(query) for query in (timers, outgoing)]
        return min((at for at in found if at is not None), default=None)

    async def _deliver(self) -> None:
        await self._outbox.deliver_due("demo")  # one batch holds all that one beat gives rise to

    # ---- residents ----

    async def _resident(self, beat: Beat) -> None:
        matter = self._matters.get(beat.matter)
        if beat.matter in self._tips:
            return  # nobody is asked to rate what they confided
        nickname = beat.who or (matter.reporter if matter else "")
        chat = beat.chat or (matter.chat if matter else "") or self._cast.home_group[nickname]
        who = Actor("resident", self._cast.residents[nickname], nickname)
        now = self._clock.now()
        async with self._parts.db.write() as session:
            message = await self._say(session, beat, nickname, chat, matter, now)
            command = self._wish(beat, who, message, matter)
            if command is None:
                return
            outcome = await self._parts.performer.perform(session, command, now, here=message)
            if isinstance(outcome.value, OpenedTip):
                await empty_lines(session, tips.hushed(message), self._parts.phrases, now)
                self._tips[beat.matter] = outcome.value.tip_id
        if isinstance(outcome.value, commands.OpenedTicket):
            opened = outcome.value
            self._matters[beat.matter] = Matter(opened.ticket_id, opened.ref, nickname, chat)

    async def _say(
        self,
        session: AsyncSession,
        beat: Beat,
        nickname: str,
        chat: str,
        matter: Matter | None,
        now: datetime,
    ) -> Message:
        """The line itself, as the inbox would have stored it."""
        self._said += 1
        cast, text, button = self._cast, beat.says, None
        if beat.act == "rates" and matter is not None and not text:
            score = beat.details["rates"]
            text = self._parts.phrases.render(f"button.rate_{score}")
            button = RATE_BUTTON.format(matter.ticket_id, score)
        resident_id = cast.residents[nickname]
        chat_id = cast.private[nickname] if chat == PRIVATE else cast.groups[chat]
        line = ChatMessage(
            community_id=cast.community_id,
            chat_id=chat_id,
            sender="resident",
            resident_id=resident_id,
            external_id=f"{resident_id}:demo-{self._said}",
            text=text,
            mentions_bot=text.startswith("@小邻"),
            button=button,
            sent_at=now,
        )
        session.add(line)
        await session.flush()
        kind = ChatKind.PRIVATE if chat == PRIVATE else ChatKind.GROUP
        return Message(
            line.id, cast.community_id, chat_id, kind, resident_id, nickname, text, now,
            mentions_bot=line.mentions_bot, button=button,
        )  # fmt: skip

    def _wish(self, beat: Beat, who: Actor, message: Message, matter: Matter | None) -> Any:
        """The command that the pipeline would have come to; None for chatter."""
        community = self._cast.community_id
        match beat.act:
            case "chat":
                return None
            case "open":
                return self._opening(beat, who, message)
            case "lists":
                return commands.ListMyTickets(community, who)
        if matter is None:
            raise KeyError(beat.matter)
        match beat.act:
            case "follows":
                return commands.FollowTicket(matter.ticket_id, who)
            case "urges":
                return commands.UrgeTicket(community, who, matter.ref, beat.says)
            case "adds":
                return commands.AddToTicket(matter.ticket_id, who, beat.says)
            case "corrects":
                where = read_where(beat.details["corrects"])
                return commands.CorrectTicket(matter.ticket_id, who, where)
            case "withdraws":
                return MoveTicket(matter.ticket_id, Move.WITHDRAW, who, beat.says)
            case "shows":
                return commands.ShowTicket(community, who, matter.ref)
            case "feeds":
                return commands.GiveFeedback(community, who, beat.says, message.chat_id, message.id)
            case "rates":
                return commands.RateTicket(matter.ticket_id, who, int(beat.details["rates"]), beat.says)
        raise KeyError(beat.act)

    def _opening(self, beat: Beat, who: Actor, message: Message) -> commands.OpenTicket | LeaveTip:
        if beat.details["opens"] in self._parts.rules.sealed:
            return tips.leave(str(beat.details["opens"]), message, read_where(beat.details.get("where", "")))
        return commands.OpenTicket(
            community_id=self._cast.community_id,
            service=str(beat.details["opens"]),
            text=message.text.removeprefix("@小邻").strip(),
            actor=who,
            reporter_id=who.id,
            chat_id=message.chat_id,
            message_id=message.id,
            where=read_where(beat.details.get("where", "")),
            emergency=str(beat.details.get("emergency", "")),
            in_group=message.chat_kind is ChatKind.GROUP,
            understanding=self._understandings.get(beat.matter, {}),
        )

    # ---- staff ----

    async def _staff(self, beat: Beat) -> None:
        if beat.matter in self._tips:
            for step in tips.steps(beat, self._tips[beat.matter], self._cast.staff[beat.staff]):
                await self._parts.performer.run(step)
            return
        matter, step = self._matters[beat.matter], beat.details
        who = Actor("staff", self._cast.staff[beat.staff], beat.staff)
        command: Any
        if beat.act == "mediate":
            for order in await mediation.orders(self._parts, matter.ticket_id, beat, self._cast):
                await self._parts.performer.run(order)
            return
        if beat.act == "note":
            command = commands.NoteTicket(matter.ticket_id, who, step["notes"])
        elif beat.act == "answer":
            private = bool(step.get("private"))
            command = commands.AnswerTicket(matter.ticket_id, who, step["answers"], private=private)
        else:
            command = MoveTicket(matter.ticket_id, Move(step["do"]), who, text=str(step.get("text", "")))
            if "to" in step:
                command = replace(command, assignee_id=self._cast.staff[step["to"]])
            if "into" in step:
                command = replace(command, into_ref=self._matters[step["into"]].ref)
        await self._parts.performer.run(command)

    # ---- the end ----

    async def _mark_read(self, before: datetime) -> None:
        """Everybody has read what is older, so that pages show a few lines as new and not a week of them."""
        last = (
            select(func.coalesce(func.max(ChatMessage.id), 0))
            .where(ChatMessage.chat_id == ChatMember.chat_id, ChatMessage.sent_at < before)
            .scalar_subquery()
        )
        async with self._parts.db.write() as session:
            await session.execute(update(ChatMember).values(read_to=last).execution_options(synchronize_session=False))


async def find_private_chats(session: AsyncSession, cast: Cast) -> dict[str, int]:
    """nickname → the private chat with the bot."""
    rows = await session.execute(select(Chat.resident_id, Chat.id).where(Chat.kind == ChatKind.PRIVATE))
    by_id = {resident_id: chat_id for resident_id, chat_id in rows}
    return {nickname: by_id[resident_id] for nickname, resident_id in cast.residents.items()}
