"""``linan parse``: JSON lines in, what the bot understands out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TextIO

from bot.bootstrap import choose_parser, thresholds_of
from bot.decide.decision import Decision
from bot.decide.policy import speaks
from bot.errors import LinanError
from bot.examination import raises_alarm
from bot.messages import ChatKind, Message
from bot.pipeline import decide_unasked
from bot.settings import Settings
from bot.understand.understanding import Understander
from bot.understanding import Understanding
from nlu.model.entities import extract

BATCH = 256


class BadLine(LinanError):
    """A line of the input is not what it should be."""

    code = "bad_line"


def parse_lines(settings: Settings, lines: Iterable[str], out: TextIO) -> None:
    """Write one JSON line for every input line ``{"text": …}``. Raises BadLine with its number."""
    parser, _ = choose_parser(settings)
    understander = Understander(parser, extract)
    thresholds = thresholds_of(settings)
    now = datetime.now(UTC)
    with asyncio.Runner() as runner:
        for texts in _in_batches(_texts(lines)):
            messages = [Message(i, 0, 0, ChatKind.GROUP, 0, "", t, now) for i, t in enumerate(texts)]
            for result in runner.run(understander.understand(messages)):
                if not isinstance(result, Understanding):
                    raise result
                decisions = decide_unasked(result, thresholds, now)
                out.write(json.dumps(as_line(result, decisions), ensure_ascii=False) + "\n")
            out.flush()


def as_line(understanding: Understanding, decisions: Sequence[Decision]) -> dict[str, Any]:
    """The answer for one message; what the bot treats as an emergency is one."""
    emergency = understanding.danger is not None or any(map(raises_alarm, decisions))
    return {
        "intent": "emergency" if emergency else understanding.intent,
        "confidence": round(1.0 if emergency else understanding.confidence, 4),
        "category": None if emergency else understanding.category,
        "entities": dict(understanding.entities),
        "speak": any(map(speaks, decisions)),
        **({"matters": [_matter(matter) for matter in understanding.matters]} if understanding.matters else {}),
    }


def _matter(understanding: Understanding) -> dict[str, Any]:
    return {"text": understanding.text, "intent": understanding.intent, "category": understanding.category}


def _texts(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadLine(f"line {number} is not JSON: {error}") from error
        if not isinstance(given, dict) or not isinstance(given.get("text"), str):
            raise BadLine(f'line {number} has no "text": give {{"text": "…"}}')
        yield given["text"]


def _in_batches(texts: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(texts, BATCH)):
        yield batch
