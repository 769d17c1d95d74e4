"""What the bot makes of labelled sentences: each is understood and decided on as if said to nobody in a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from actions.tickets.commands import OpenTicket
from bot.conversations import Conversation
from bot.decide.decision import Case, Decision, Run, Surroundings, Thresholds
from bot.decide.matters import matters_of
from bot.decide.policy import decide, speaks
from bot.messages import ChatKind, Message
from bot.understand.understanding import Parser, Understander
from bot.understanding import Understanding
from nlu.evaluation.figures import EMERGENCY, Answer
from nlu.model.entities import extract
from nlu.model.parse import Parse

BATCH = 64
Progress = Callable[[str], None]
_NOW = datetime(2026, 1, 5, 4, tzinfo=UTC)  # noon on a Monday, so that nothing depends on when one measures


class _Recorder:
    """Passes texts on to the model and keeps what it said of them, which the understanding holds only in part."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self.parses: list[Parse] = []

    async def parse_batch(self, texts: Sequence[str]) -> list[Parse]:
        parses = await self._parser.parse_batch(texts)
        self.parses = self.parses or parses  # what is asked after the messages are their parts
        return parses

    async def glance_batch(self, texts: Sequence[str]) -> list[Parse]:
        return await self._parser.glance_batch(texts)


async def examine(
    parser: Parser, texts: Sequence[str], thresholds: Thresholds, *, progress: Progress = lambda line: None
) -> list[Answer]:
    """One answer a text, in order. Danger heard by the rules counts as understood. Raises UnderstandError."""
    recorder = _Recorder(parser)
    understander = Understander(recorder, extract)
    answers = []
    for at in range(0, len(texts), BATCH):
        messages = [_message(text) for text in texts[at : at + BATCH]]
        numbered = [replace(message, id=number) for number, message in enumerate(messages)]
        recorder.parses = []
        results = await understander.understand(numbered)
        parses = iter(recorder.parses)
        for message, result in zip(numbered, results, strict=True):
            if not isinstance(result, Understanding):
                raise result
            parse = next(parses) if message.text.strip() else _no_parse(result)
            answers.append(_answer(message, result, parse, thresholds))
        progress(f"{len(answers)} of {len(texts)} sentences read")
    return answers


def _answer(message: Message, understanding: Understanding, parse: Parse, thresholds: Thresholds) -> Answer:
    case = Case(message, understanding, Conversation(), Surroundings(thresholds=thresholds), _NOW)
    decisions = [decide(matter) for matter in matters_of(case)]
    return Answer(
        parse=_understood(understanding, parse),
        alarm=any(map(raises_alarm, decisions)),
        alarm_by_rules=understanding.danger is not None,
        alarm_by_model=parse.intent == EMERGENCY,
        speaks=any(map(speaks, decisions)),
        matters=tuple(matter.intent for matter in understanding.matters),
    )


def raises_alarm(decision: Decision) -> bool:
    """Whether the decision is to treat the message as an emergency."""
    return isinstance(decision, Run) and isinstance(decision.command, OpenTicket) and bool(decision.command.emergency)


def _understood(understanding: Understanding, parse: Parse) -> Parse:
    """The parse with what the rules know better: plain danger is an emergency whatever the model says."""
    if understanding.danger is None:
        return replace(parse, text=understanding.text)
    rest = tuple((intent, 0.0) for intent, _ in parse.ranking if intent != EMERGENCY)
    return replace(
        parse,
        text=understanding.text,
        intent=EMERGENCY,
        confidence=1.0,
        ranking=((EMERGENCY, 1.0), *rest),
        category=None,
        category_confidence=0.0,
        category_ranking=(),
        likeliest=(),
        why=(f"rule: {understanding.danger}", *parse.why),
    )


def _no_parse(understanding: Understanding) -> Parse:
    """An empty message is not shown to the model."""
    ranking = ((understanding.intent, understanding.confidence),)
    return Parse(understanding.text, understanding.intent, understanding.confidence, ranking)


def _message(text: str) -> Message:
    return Message(0, 0, 0, ChatKind.GROUP, 0, "", text, _NOW)
