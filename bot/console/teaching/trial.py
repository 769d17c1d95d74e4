"""What the bot would do with a sentence: the real road down to the last line, then everything is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError
from actions.outcome import Reply
from actions.people.model import Resident
from bot.console.parts import Console, Mind
from bot.console.replies import Preview
from bot.conversations import Conversation
from bot.decide.decision import Advice, Ask, Case, Decision, HandOff, Ignore, Run, Say, Surroundings
from bot.decide.forms import remember
from bot.decide.matters import matters_of
from bot.decide.policy import decide, speaks
from bot.knowledge.advising import Hits
from bot.messages import ChatKind, Message
from bot.outbox import Outgoing, body_of
from bot.storage.chats import open_private_chat
from bot.storage.tables import Chat, ChatMessage
from bot.understand.understanding import Understander
from bot.understanding import Understanding
from nlu.model.entities import extract


@dataclass(frozen=True, slots=True)
class Trial:
    """One sentence tried out. ``previews`` is all that anybody would read of it, the staff group too.

    ``decision`` is of the first of its matters that is answered, or of the first.
    """

    understanding: Understanding
    decision: Decision
    speaks: bool
    addressed: bool
    previews: Sequence[Preview]


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is tried: a text, said in a group (None: in a private chat), to the bot or to nobody."""

    text: str
    community_id: int
    group: Chat | None
    to_bot: bool


class _TakenBack(Exception):
    """Rolls the transaction back."""


async def try_out(console: Console, mind: Mind, sentence: Sentence) -> Trial:
    """Understand, decide and carry out as for a resident, keep the words, undo it all. Raises UnderstandError."""
    now = console.clock.now()
    understanding, hits = await _understand(mind, sentence, now)
    trial: Trial | None = None
    try:
        async with console.db.write() as db:
            message = await _said(db, sentence, now)
            advice = await mind.adviser.confirm(db, message, hits, now) if mind.adviser and hits else {}
            trial = await _settle(console, db, _case(mind, message, understanding, advice))
            raise _TakenBack
    except _TakenBack:
        assert trial is not None
        return trial


async def _settle(console: Console, db: AsyncSession, case: Case) -> Trial:
    decisions, previews, conversation = list[Decision](), list[Preview](), case.conversation
    for matter in matters_of(case):
        matter = replace(matter, conversation=conversation)
        decision = decide(matter)
        outgoing = await _carry_out(console, db, matter, decision)
        conversation = remember(matter, decision, None)
        decisions.append(decision)
        previews += [_preview(one, case.now) for one in outgoing]
    told = next(filter(speaks, decisions), decisions[0])
    return Trial(case.understanding, told, speaks(told), case.message.addressed, previews)


async def _understand(mind: Mind, sentence: Sentence, now: datetime) -> tuple[Understanding, Hits]:
    """Outside the transaction: a model takes its time."""
    kind = ChatKind.GROUP if sentence.group is not None else ChatKind.PRIVATE
    message = Message(
        0, sentence.community_id, 0, kind, 0, "", sentence.text, now, mentions_bot=sentence.to_bot
    )
    understander = Understander(await mind.want_parser(), extract)
    (result,) = await understander.understand([message])
    if isinstance(result, Exception):
        raise result
    hits = (await mind.adviser.look([(message, result)], now))[0] if mind.adviser else {}
    return result, hits


async def _said(db: AsyncSession, sentence: Sentence, now: datetime) -> Message:
    """The sentence as a line of a resident who lives nowhere, for this transaction only."""
    resident = Resident(community_id=sentence.community_id, nickname="试一试", created_at=now)
    db.add(resident)
    await db.flush()
    chat = sentence.group or await open_private_chat(db, resident.id, sentence.community_id, now)
    line = ChatMessage(
        community_id=sentence.community_id,
        chat_id=chat.id,
        sender="resident",
        resident_id=resident.id,
        text=sentence.text,
        sent_at=now,
    )
    db.add(line)
    await db.flush()
    return Message(
        id=line.id,
        community_id=sentence.community_id,
        chat_id=chat.id,
        chat_kind=ChatKind(chat.kind),
        resident_id=resident.id,
        nickname=resident.nickname,
        text=sentence.text,
        sent_at=now,
        mentions_bot=sentence.to_bot,
    )


def _case(mind: Mind, message: Message, understanding: Understanding, advice: Mapping[str, Advice]) -> Case:
    surroundings = Surroundings(
        service_names=mind.service_names, thresholds=mind.thresholds, answers=mind.answers, advice=advice
    )
    return Case(message, understanding, Conversation(), surroundings, message.sent_at)


async def _carry_out(console: Console, db: AsyncSession, case: Case, decision: Decision) -> list[Outgoing]:
    match decision:
        case Ignore():
            return []
        case Say(phrase, params, buttons) | Ask(phrase, _, buttons, params):
            replies = [Reply(phrase, params, buttons=buttons)]
        case Run(command, quiet):
            return await _perform(console, db, case, command, quiet=quiet)
        case HandOff(command):
            return await _perform(console, db, case, command)
    return await console.performer.render(db, replies, case.now, here=case.message)


async def _perform(
    console: Console, db: AsyncSession, case: Case, command: object, *, quiet: bool = False
) -> list[Outgoing]:
    try:
        _, outgoing = await console.performer.prepare(db, command, case.now, here=case.message, quiet=quiet)
    except ActionError as error:
        refusal = [Reply(error.phrase, error.params)]
        return await console.performer.render(db, refusal, case.now, here=case.message)
    return outgoing


def _preview(one: Outgoing, now: datetime) -> Preview:
    due = one.message.due_at or now
    kind = ChatKind(one.chat.kind)
    return Preview(kind is ChatKind.PRIVATE, one.chat.name, body_of(one.message), due, due > now)
