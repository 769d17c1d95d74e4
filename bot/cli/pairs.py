"""``linan pairs``: how well it is told whether two reports are about the same fault."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from actions.routing.rules import Rules
from actions.tickets.commands import Where
from actions.tickets.sameness import Report, Sameness, judge
from bot.bootstrap import choose_parser, thresholds_of
from bot.decide.services import emergency_service, service_of
from bot.errors import LinanError
from bot.messages import ChatKind, Message
from bot.rule_files import load_rules
from bot.settings import Settings
from bot.understand.understanding import Understander, where_of
from bot.understanding import Understanding
from nlu.model.entities import extract

_BATCH = 64
_BEGIN = datetime(2026, 1, 5, 4, tzinfo=UTC)  # nothing depends on the day


class BadPairs(LinanError):
    """The pairs cannot be read, or there are none."""

    code = "bad_pairs"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two reports in the order in which they came, and whether they are about the same fault."""

    first: Report
    second: Report
    same: bool
    over: bool  # the first was closed before the second came
    half: str
    line: int


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one set. ``suggested``: told to staff as possibly the same."""

    pairs: int
    joined_rightly: int
    joined_wrongly: int
    missed: int
    suggested_rightly: int
    suggested_wrongly: int

    @property
    def precision(self) -> float:
        joined = self.joined_rightly + self.joined_wrongly
        return self.joined_rightly / joined if joined else 1.0

    @property
    def recall(self) -> float:
        same = self.joined_rightly + self.missed
        return self.joined_rightly / same if same else 1.0


def read_pairs(path: Path, rules: Rules) -> list[Pair]:
    """The pairs of a JSONL file; places are found in the sentences, as on the road. Raises BadPairs with the line."""
    found = []
    try:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            found.append(_pair(json.loads(line), rules, number))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadPairs(f"{path}:{len(found) + 1}: {error}") from error
    if not found:
        raise BadPairs(f"{path}: no pairs")
    return found


def _pair(row: dict[str, Any], rules: Rules, number: int) -> Pair:
    services, homes = row["services"], row["homes"]
    state = row.get("state", "")
    first = _report(row["first"], services[0], homes[0], 0, rules)
    second = _report(row["second"], services[-1], homes[-1], row["minutes"], rules)
    first = replace(first, settled=state == "handled")
    return Pair(first, second, row["same"], state == "closed", row.get("half", ""), number)


def _report(text: str, service: str, home: str, minutes: int, rules: Rules) -> Report:
    building, _, unit = home.partition("-")
    lives, where = Where(building, unit), where_of(extract(text))
    clear = bool(where.spot) and where.spot not in rules.vague_spots
    presumed = bool(building) and not where.building and not clear
    if presumed:
        where = replace(where, building=building, unit=where.unit or unit)
    emergency = service.partition("/")[2] if service.startswith("emergency/") else ""
    at = _BEGIN + timedelta(minutes=minutes)
    return Report(service, text, where, at, presumed, lives, f"{home}:{minutes}:{text}", emergency)


async def sort_by_model(pairs: Sequence[Pair], understander: Understander, category: float) -> list[Pair]:
    """The pairs filed as the model files them, for what becomes of them on the road. Raises UnderstandError."""
    texts = sorted({report.text for pair in pairs for report in (pair.first, pair.second)})
    understood: dict[str, Understanding] = {}
    for at in range(0, len(texts), _BATCH):
        part = texts[at : at + _BATCH]
        messages = [Message(n, 0, 0, ChatKind.GROUP, 0, "", text, _BEGIN) for n, text in enumerate(part)]
        for text, result in zip(part, await understander.understand(messages), strict=True):
            if not isinstance(result, Understanding):
                raise result
            understood[text] = result

    def filed(report: Report) -> Report:
        found = understood[report.text]
        if found.danger:
            return replace(report, service=emergency_service(found.danger), emergency=found.danger)
        return replace(report, service=service_of(found, category) or "other", emergency="")

    return [replace(pair, first=filed(pair.first), second=filed(pair.second)) for pair in pairs]


def judge_pair(pair: Pair, rules: Rules) -> Sameness:
    """As on the road, where a new report is compared with open tickets only."""
    return Sameness.DIFFERENT if pair.over else judge(rules, pair.first, pair.second)


def score(pairs: Iterable[Pair], rules: Rules) -> Score:
    """Judge every pair and count."""
    answers = [(pair.same, judge_pair(pair, rules)) for pair in pairs]

    def count(same: bool, *wanted: Sameness) -> int:
        return sum(1 for truth, answer in answers if truth is same and answer in wanted)

    return Score(
        len(answers),
        count(True, Sameness.SAME),
        count(False, Sameness.SAME),
        count(True, Sameness.MAYBE, Sameness.DIFFERENT),
        count(True, Sameness.MAYBE),
        count(False, Sameness.MAYBE),
    )


def table(pairs: Sequence[Pair], rules: Rules) -> str:
    """A line for all pairs and one for each half of them."""
    halves = ["", *sorted({pair.half for pair in pairs if pair.half})]
    lines = ["set     pairs  precision  recall  wrong  missed  suggested right/wrong"]
    for half in halves:
        s = score([pair for pair in pairs if half in ("", pair.half)], rules)
        lines.append(
            f"{half or 'all':<7} {s.pairs:>5} {s.precision:>10.3f} {s.recall:>7.3f} {s.joined_wrongly:>6} {s.missed:>7}"
            f"  {s.suggested_rightly}/{s.suggested_wrongly}"
        )
    return "\n".join(lines)


def run(settings: Settings, arguments: argparse.Namespace) -> str:
    """What is to be printed: the table, or the pairs that were told wrongly. Raises BadPairs."""
    rules = load_rules(settings.data)
    pairs = read_pairs(arguments.file or settings.data / "same" / "pairs.jsonl", rules)
    if arguments.by_model:
        understander = Understander(choose_parser(settings)[0], extract)
        pairs = asyncio.run(sort_by_model(pairs, understander, thresholds_of(settings).category))
    if not arguments.wrong:
        return table(pairs, rules)
    chosen = [pair for pair in pairs if arguments.half in (None, pair.half)]
    return "\n".join(line for pair in chosen if (line := _wrong(pair, judge_pair(pair, rules))))


def _wrong(pair: Pair, answer: Sameness) -> str:
    right = (answer is Sameness.SAME) is pair.same
    return "" if right else f"{pair.line}: {answer}: {pair.first.text} | {pair.second.text}"
