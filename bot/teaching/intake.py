"""What goes into the review queue: messages the bot was unsure of, and what staff made of them instead.

In the transaction that handles the message, or in that of the staff's change. Confidences never enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Outcome
from actions.people.codes import find_code
from actions.people.model import Resident
from actions.routing.rules import Rules
from actions.teaching.model import Reason, ReviewItem
from actions.teaching.reviewing import Doubt, keep_doubt
from actions.tickets.commands import CorrectTicket, Move, MoveTicket, OpenedTicket, OpenTicket
from actions.tickets.model import Ticket
from bot.decide.decision import Ask, Case, Decision, HandOff, Ignore, Run, Say, label
from bot.decide.services import ACTIONABLE, PLAIN
from bot.messages import ChatKind
from bot.storage.tables import ChatMessage, InboxRow
from bot.teaching.anonymise import anonymise
from bot.understanding import Understanding
from nlu.evaluation.nearness import pieces, similarity

SHORTEST = 4  # characters: "嗯？" teaches nothing
MOST_GUESSED = 3
LONGEST = 200  # a story is no example
ALIKE = 0.7  # from here on two messages say the same
MAY_BE_CONFIDED = 0.15  # probability of a tip from which a message is not kept at all
CONFIDED = "safety_tip"
_INTENTS = {service: intent for intent, service in PLAIN.items()}


def label_of(service: str) -> tuple[str, str]:
    """(intent, category) that a service stands for; ("", "") for one that is no meaning of a message."""
    if service in _INTENTS:
        return _INTENTS[service], ""
    intent, _, category = service.partition("/")
    if intent == "emergency":
        return intent, ""
    return (intent, category) if category and intent in ACTIONABLE else ("", "")


class Intake:
    """Looks at what was decided and done, and keeps what a person should look at."""

    def __init__(self, rules: Rules) -> None:
        self._confidential = frozenset(code for code, service in rules.services.items() if service.confidential)

    async def after_decision(self, session: AsyncSession, case: Case, decision: Decision) -> None:
        """A message was handled."""
        if case.message.chat_kind in (ChatKind.STAFF, ChatKind.MEDIATION) or decision == Ignore("quarrel"):
            return
        if _takes_back(case, decision):
            assert isinstance(decision, Run)
            await self._ticket(session, decision.command.ticket_id, Reason.NOT_THIS, case.now)
            return
        reason, text = _reason(case, decision)
        if reason is None or find_code(text) or self._may_be_confided(case.understanding, decision):
            return
        understanding = case.understanding
        await self._keep(
            session,
            Doubt(
                community_id=case.message.community_id,
                text=text,
                reason=reason,
                intent=understanding.intent,
                category=understanding.category or "",
                confidence=round(understanding.confidence, 4),
                ranking=_likeliest(understanding),
                decision=label(decision),
            ),
            case.now,
        )

    def _may_be_confided(self, understanding: Understanding, decision: Decision) -> bool:
        likely = f"{understanding.intent}/{understanding.category}" in self._confidential
        offered = isinstance(decision, Ask) and not self._confidential.isdisjoint(decision.options)
        return likely or offered or understanding.probability(CONFIDED) >= MAY_BE_CONFIDED

    async def after_command(self, session: AsyncSession, command: Any, outcome: Outcome, now: datetime) -> None:
        """Staff changed something."""
        match command:
            case CorrectTicket(actor=actor, service=str(service)) if actor.kind == "staff":
                await self._ticket(session, command.ticket_id, Reason.STAFF_CHANGED, now, service)
            case MoveTicket(actor=actor, move=Move.SETTLE, service=str(service)) if actor.kind == "staff" and service:
                await self._ticket(session, command.ticket_id, Reason.STAFF_CHANGED, now, service)
            # the wrong place, or no power over it: understood, but sent to the wrong desk
            case MoveTicket(actor=actor, move=Move.RETURN, reason="" | "wrong_kind" | "other") if actor.kind == "staff":
                await self._ticket(session, command.ticket_id, Reason.RETURNED, now)
            case OpenTicket(actor=actor, message_id=int(message_id)) if actor.kind == "staff":
                if isinstance(outcome.value, OpenedTicket) and not outcome.value.confidential:
                    await self._missed(session, message_id, command.service, outcome.value.ticket_id, now)

    async def _ticket(
        self, session: AsyncSession, ticket_id: int, reason: Reason, now: datetime, service: str = ""
    ) -> None:
        """A ticket that the bot opened from a message, and that was not quite what was meant."""
        ticket = await session.get(Ticket, ticket_id)
        if ticket is None or ticket.confidential or not ticket.understanding.get("intent"):
            return
        guess = ticket.understanding
        staff_label = label_of(service)
        if service and staff_label in ((guess["intent"], guess.get("category") or ""), ("", "")):
            return
        if self._was_confided(guess):
            return
        doubt = _of_guess(ticket.community_id, ticket.text.partition("\n")[0], reason, guess, staff_label)
        await self._keep(session, doubt, now, ticket_id=ticket.id)

    async def _missed(
        self, session: AsyncSession, message_id: int, service: str, ticket_id: int, now: datetime
    ) -> None:
        """Staff opened a ticket from a message on which the bot had kept silent."""
        row = (await session.scalars(select(InboxRow).where(InboxRow.message_id == message_id))).one_or_none()
        line = await session.get(ChatMessage, message_id)
        if row is None or line is None or not row.decision.startswith("ignore") or line.recalled_at is not None:
            return
        if self._was_confided(row.understanding):
            return
        doubt = _of_guess(row.community_id, line.text, Reason.STAFF_OPENED, row.understanding, label_of(service))
        await self._keep(session, doubt, now, ticket_id=ticket_id, decision=row.decision)

    def _was_confided(self, guess: Mapping[str, Any]) -> bool:
        tip = dict(guess.get("ranking") or ()).get(CONFIDED, 0.0)
        return f"{guess.get('intent')}/{guess.get('category')}" in self._confidential or tip >= MAY_BE_CONFIDED

    async def _keep(
        self,
        session: AsyncSession,
        doubt: Doubt,
        now: datetime,
        *,
        ticket_id: int | None = None,
        decision: str | None = None,
    ) -> None:
        """Make it anonymous, and see whether something so alike is open already."""
        if not SHORTEST <= len(doubt.text.strip()) <= LONGEST:
            return
        text = anonymise(doubt.text, await _nicknames(session, doubt.community_id, doubt.text))
        anonymous = Doubt(
            community_id=doubt.community_id,
            text=text,
            reason=doubt.reason,
            intent=doubt.intent,
            category=doubt.category,
            confidence=doubt.confidence,
            ranking=doubt.ranking,
            decision=doubt.decision if decision is None else decision,
            ticket_id=ticket_id,
            staff_intent=doubt.staff_intent,
            staff_category=doubt.staff_category,
        )
        await keep_doubt(session, anonymous, now, await _find_alike(session, doubt.community_id, text))


def _takes_back(case: Case, decision: Decision) -> bool:
    """ "不是这个意思" right after a ticket was opened."""
    cue = case.understanding.cue
    withdraws = isinstance(decision, Run) and isinstance(decision.command, MoveTicket)
    return withdraws and cue is not None and cue.kind == "not_this"


def _reason(case: Case, decision: Decision) -> tuple[Reason | None, str]:
    """Why this should be looked at, and the words that were not understood."""
    text, question = case.message.text, case.conversation.open_question(case.now)
    match decision:
        case Say(phrase="ask.none_of_these") if question is not None:
            return None, ""  # the words stand in the queue since they were asked about
        case Ask():
            return Reason.ASKED_BACK, text
        case Say(misunderstood=True):
            return Reason.ASKED_BACK, text
        case HandOff() if case.conversation.misunderstood and case.understanding.intent != "human_handoff":
            return Reason.ASKED_BACK, text
        case Ignore("chatter") if _unsure(case):
            return Reason.UNSURE, text
        case _:
            return None, ""


def _unsure(case: Case) -> bool:
    """The bot kept silent, but something that is done here was likelier than chatter."""
    understanding, thresholds = case.understanding, case.surroundings.thresholds
    wanted = understanding.intent in ACTIONABLE and understanding.confidence >= thresholds.unsure
    return wanted and understanding.cue is None and not understanding.figurative and not case.message.pictures


def _likeliest(understanding: Understanding) -> dict[str, float]:
    """The three likeliest labels; the first intent with its category, where the model tells only intents."""
    own = f"{understanding.intent}/{understanding.category}" if understanding.category else understanding.intent
    return _whole(own, understanding.confidence, understanding.likeliest or understanding.ranking)


def _whole(own: str, confidence: float, ranking: Iterable[tuple[str, float]]) -> dict[str, float]:
    """What was settled on, as sure as of its intent, and beside it labels that a sentence can be filed under."""
    others = [(name, p) for name, p in ranking if name not in (own, own.partition("/")[0])]
    return {own: round(confidence, 4), **{name: round(p, 4) for name, p in others[: MOST_GUESSED - 1]}}


def _of_guess(
    community_id: int, text: str, reason: Reason, guess: Mapping[str, Any], staff_label: tuple[str, str]
) -> Doubt:
    intent, category = str(guess.get("intent") or "chitchat"), str(guess.get("category") or "")
    told = [(str(name), float(p)) for name, p in guess.get("likeliest") or guess.get("ranking") or ()]
    confidence = float(guess.get("confidence") or 0.0)
    return Doubt(
        community_id=community_id,
        text=text,
        reason=reason,
        intent=intent,
        category=category,
        confidence=confidence,
        ranking=_whole(f"{intent}/{category}" if category else intent, confidence, told),
        staff_intent=staff_label[0],
        staff_category=staff_label[1],
    )


async def _nicknames(session: AsyncSession, community_id: int, text: str) -> list[str]:
    """Names of neighbours that stand in the text."""
    named = literal(text).contains(Resident.nickname)
    query = select(Resident.nickname).where(Resident.community_id == community_id, named)
    return list(await session.scalars(query.limit(20)))


async def _find_alike(session: AsyncSession, community_id: int, text: str) -> ReviewItem | None:
    """The open item that says the same, or None."""
    mine = pieces(text)
    query = select(ReviewItem.id, ReviewItem.text).where(
        ReviewItem.community_id == community_id, ReviewItem.state == "open"
    )
    for item_id, known in await session.execute(query):
        if similarity(mine, pieces(known)) >= ALIKE:
            return await session.get(ReviewItem, item_id)
    return None
