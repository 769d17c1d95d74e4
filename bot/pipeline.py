"""The road of a message: understand → decide → act → enqueue. Two short transactions, nothing slow inside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError
from actions.outcome import NOTHING_FITS, Outcome, Reply
from actions.people.directory import Directories
from actions.people.model import Resident
from actions.surveys.commands import Talking
from actions.tickets.commands import OpenedTicket, OpenTicket
from actions.tickets.work_commands import AskedWords
from actions.tips.commands import AddToTip, LeaveTip, OpenedTip
from actions.tips.sealing import TipKeyUnavailable
from bot.batches import Batch, Done, Job, LostClaim, hold, write_down
from bot.clock import Clock
from bot.confidences import carry_to_private, code_lines, confided_pictures, empty_lines, hushed_lines
from bot.conversations import Conversation
from bot.decide.decision import (
    Advice,
    Answer,
    Ask,
    Case,
    Decision,
    HandOff,
    Ignore,
    Run,
    Say,
    Surroundings,
    Thresholds,
    label,
)
from bot.decide.forms import Opened, remember
from bot.decide.matters import matters_of
from bot.decide.policy import decide
from bot.decide.quarrel import heat_of
from bot.errors import UnderstandError
from bot.inbox import mark_failed
from bot.knowledge.advising import Adviser, Hits
from bot.messages import ChatKind, Message
from bot.outbox import enqueue, in_one
from bot.performer import Performer
from bot.storage.engine import Database
from bot.surveys.carrying import carry_survey
from bot.tip_pictures import TipPictures, drop_rows
from bot.understand.understanding import Understander
from bot.understanding import Understanding
from nlu.model.script import says_no_script

log = structlog.get_logger()
Known = tuple[Job, Understanding, Hits]  # a message, what it means, which guides may answer it
Review = Callable[[AsyncSession, Case, Decision], Awaitable[None]]  # keeps what should be looked at by a person


class Pipeline:
    """Handles claimed messages in batches: understood together, changed together, alone if one of them fails."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        understander: Understander,
        performer: Performer,
        *,
        service_names: Mapping[str, str],
        thresholds: Thresholds,
        answers: Mapping[str, Answer] | None = None,
        sealed: frozenset[str] = frozenset(),
        pictures: TipPictures | None = None,
        review: Review | None = None,
        adviser: Adviser | None = None,
        hour_words: frozenset[str] = frozenset(),
    ) -> None:
        self._db, self._clock = db, clock
        self._understander, self._performer = understander, performer
        self._service_names, self._thresholds = service_names, thresholds
        self._answers: Mapping[str, Answer] = {} if answers is None else answers
        self._review, self._adviser, self._sealed = review, adviser, sealed
        self._pictures, self._hour_words = pictures, hour_words
        self._directories = Directories()

    async def handle(self, jobs: Sequence[Job]) -> None:
        """Understand outside any transaction, then act and enqueue in one; never raises for a bad message."""
        results = await self._understander.understand([job.message for job in jobs])
        understood = [(j, r) for j, r in zip(jobs, results, strict=True) if isinstance(r, Understanding)]
        known = await self._advised(understood)
        for job, result in zip(jobs, results, strict=True):
            if isinstance(result, UnderstandError):
                await self._put_back(job, 0, f"{result.code}: {result}")
        try:
            await self._commit(known)
        except Exception:  # one of them failed: each gets its own transaction
            self._directories.forget()
            for one in known:
                await self._alone(one)

    async def _advised(self, pairs: Sequence[tuple[Job, Understanding]]) -> list[Known]:
        """Each with the guides that may answer it."""
        if self._adviser is None:
            return [(job, understanding, {}) for job, understanding in pairs]
        asked = [(job.message, understanding) for job, understanding in pairs]
        hits = await self._adviser.look(asked, self._clock.now())
        return [(*pair, found) for pair, found in zip(pairs, hits, strict=True)]

    async def _alone(self, known: Known) -> None:
        job = known[0]
        try:
            await self._commit([known])
        except LostClaim:
            log.info("claim_lost", inbox_id=job.inbox_id)
        except Exception as error:
            self._directories.forget()
            log.exception("message_failed", code="message_failed", inbox_id=job.inbox_id)
            await self._put_back(job, job.attempts, f"{type(error).__name__}")

    async def _commit(self, known: Sequence[Known]) -> None:
        if not known:
            return
        batch, gone = Batch(self._clock.now(), alone=len(known) == 1), list[str]()
        async with self._db.write(repeatable=True) as session:
            await hold(session, [job for job, _, _ in known])
            self._directories.lend(session, batch.now)
            for one in known:
                await self._step(session, batch, one)
            await enqueue(session, batch.outgoing, batch.now)
            await write_down(session, batch)
            await empty_lines(session, batch.hushed, self._performer.phrases, batch.now)
            for resident_id, picture in batch.confided:
                gone += await drop_rows(session, resident_id, [picture])
        await self._performer.tell(batch.events)
        await self._performer.take_out(batch.hushed)
        if self._pictures is not None and gone:
            await self._pictures.remove(gone)

    async def _step(self, session: AsyncSession, batch: Batch, known: Known) -> None:
        """Each matter of the message in turn; what one leaves behind, the next finds."""
        job, understanding, hits = known
        advice = await self._adviser.confirm(session, job.message, hits, batch.now) if self._adviser and hits else {}
        case = self._case(job, understanding, advice, batch.now)
        await _learn_script(session, job, case)
        conversation, labels = job.conversation, []
        said_before = len(batch.outgoing)
        for matter in matters_of(case):
            decision, conversation = await self._settle(session, batch, replace(matter, conversation=conversation))
            labels.append(label(decision))
        batch.outgoing[said_before:] = in_one(batch.outgoing[said_before:])
        heat = heat_of(case)
        if heat is not None:
            batch.events += (await self._perform(session, batch, case, heat)).events
        sealed = any(line.message_id == job.message.id for line in batch.hushed)
        sealed = sealed or job.message.chat_kind is ChatKind.MEDIATION
        why = {} if sealed else case.understanding.as_json()
        batch.done.append(Done(job, conversation, "+".join(labels), why))

    async def _settle(self, session: AsyncSession, batch: Batch, case: Case) -> tuple[Decision, Conversation]:
        decision = decide(case)
        outcome = await self._act(session, batch, case, decision)
        while isinstance(decision, Run) and decision.instead is not None and outcome.value is NOTHING_FITS:
            decision = decision.instead
            outcome = await self._act(session, batch, case, decision)
        opened = _opened(outcome)
        conversation = remember(case, decision, opened)
        if opened is not None and (opened.confidential or opened.tip_id is not None):
            await carry_to_private(session, case, conversation)
        if opened is not None and opened.tip_id is not None:
            batch.hushed += hushed_lines(case, decision)
            batch.confided += [(case.message.resident_id, picture) for picture in confided_pictures(decision)]
        if opened is not None and opened.survey_id is not None:
            conversation = await carry_survey(session, case, conversation)
        batch.hushed += code_lines(case, decision, outcome)
        if self._review is not None:
            await self._review(session, case, decision)
        batch.events += outcome.events
        return decision, conversation

    def _case(self, job: Job, understanding: Understanding, advice: Mapping[str, Advice], now: datetime) -> Case:
        known = job.conversation.script
        if understanding.script != known and (job.message.button or says_no_script(understanding.text)):
            understanding = replace(understanding, script=known)  # the writer's script is what it was
        surroundings = Surroundings(
            job.home,
            self._service_names,
            self._thresholds,
            job.awaited,
            self._answers,
            advice,
            self._sealed,
            job.roll_call,
            job.handoff,
            job.staff,
            self._hour_words,
        )
        return Case(job.message, understanding, job.conversation, surroundings, now)

    async def _act(self, session: AsyncSession, batch: Batch, case: Case, decision: Decision) -> Outcome:
        match decision:
            case Ignore():
                return Outcome()
            case Say(phrase, params, buttons) | Ask(phrase, _, buttons, params):
                await self._say(session, batch, case, Reply(phrase, params, buttons=buttons))
                return Outcome()
            case Run(command, quiet, otherwise):
                outcome = await self._perform(session, batch, case, command, quiet=quiet)
                if otherwise is not None and outcome.value is NOTHING_FITS:
                    return await self._perform(session, batch, case, otherwise)
                return outcome
            case HandOff(command):
                return await self._perform(session, batch, case, command)

    async def _perform(
        self, session: AsyncSession, batch: Batch, case: Case, command: Any, *, quiet: bool = False
    ) -> Outcome:
        """Carry it out; a broken rule is told to the resident and leaves nothing half done."""
        # opening is hardly ever refused: it goes without a savepoint, and a batch with a refusal is done singly
        guarded = batch.alone or not isinstance(command, OpenTicket)
        savepoint = await session.begin_nested() if guarded else None
        try:
            outcome, outgoing = await self._performer.prepare(
                session, await self._with_images(command), case.now, here=case.message, quiet=quiet
            )
        except TipKeyUnavailable:
            raise  # tried again later: what was confided must not be lost
        except ActionError as error:
            if savepoint is None:
                raise
            await savepoint.rollback()
            await self._say(session, batch, case, Reply(error.phrase, error.params))
            return Outcome()
        if savepoint is not None:
            await savepoint.commit()
        batch.outgoing += outgoing
        return outcome

    async def _with_images(self, command: Any) -> Any:
        """What is confided takes its pictures along, to be sealed."""
        if self._pictures is None or not isinstance(command, LeaveTip | AddToTip) or not command.pictures:
            return command
        return replace(command, images=await self._pictures.read(command.pictures))

    async def _say(self, session: AsyncSession, batch: Batch, case: Case, reply: Reply) -> None:
        batch.outgoing += await self._performer.render(session, [reply], case.now, here=case.message)

    async def _put_back(self, job: Job, attempts: int, reason: str) -> None:
        now = self._clock.now()
        async with self._db.write(repeatable=True) as session:
            gone = await mark_failed(session, job.inbox_id, attempts, reason, now)
            if gone and job.message.addressed and job.handoff is None:  # an honest word instead of silence
                await self._performer.say(session, [Reply("fallback.failed")], now, here=job.message)


def _opened(outcome: Outcome) -> Opened | None:
    value = outcome.value
    if isinstance(value, OpenedTip):
        return Opened(0, tip_id=value.tip_id)
    if isinstance(value, AskedWords):
        return Opened(value.ticket_id, asks=value.do)
    if isinstance(value, Talking):
        return Opened(0, survey_id=value.survey_id, surveying=value.going)
    if not isinstance(value, OpenedTicket):
        return None
    return Opened(value.ticket_id, value.asks_place, value.confidential)


async def _learn_script(session: AsyncSession, job: Job, case: Case) -> None:
    """Before anything is answered: the answer is in the script that was just written."""
    resident = await session.get(Resident, job.message.resident_id)
    if resident is not None and case.understanding.script != job.conversation.script:
        resident.script = case.understanding.script


def decide_unasked(understanding: Understanding, thresholds: Thresholds, now: datetime) -> list[Decision]:
    """What the bot would do on this message alone, said to nobody in a group: for each of its matters."""
    message = Message(0, 0, 0, ChatKind.GROUP, 0, "", understanding.text, now)
    case = Case(message, understanding, Conversation(), Surroundings(thresholds=thresholds), now)
    return [decide(matter) for matter in matters_of(case)]
