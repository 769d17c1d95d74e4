"""``linan lint``: what is wrong with training sentences, a line each."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from bot.cli.evaluating import BadExamples
from bot.settings import Settings
from nlu.evaluation.keywords import KeywordBias
from nlu.evaluation.lenient import OUR_INTENTS
from nlu.evaluation.lint import LintReport, lint, read_deliberate, read_rules
from nlu.examples import BrokenExamples, Example, read_examples, read_left_out
from nlu.training import DOMAIN

MOST_WORDS = 10


def run(settings: Settings, arguments: argparse.Namespace, out: TextIO) -> int:
    """Print every finding; 1 when one of them is an error. Raises BadExamples for what cannot be read."""
    data = arguments.data or settings.data / "nlu"
    examples, against = _read([data]), _read(arguments.against)
    if not examples:
        raise BadExamples(f"no examples in {data}")
    rules = read_rules(DOMAIN) if _is_ours(examples) else None
    pairs = read_deliberate(data)
    report = lint(examples, against=against, rules=rules, deliberate=pairs, left_out=read_left_out([data]))
    shown = as_json(report) if arguments.json else "\n".join(_lines(report, len(examples)))
    out.write(shown.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
    return 1 if report.errors else 0


def as_json(report: LintReport) -> str:
    """Findings and keywords as JSON."""
    words = [vars(word) for word in report.keywords.words]
    keywords = {**vars(report.keywords), "words": words}
    values = {"errors": report.errors, "findings": [vars(found) for found in report.findings], "keywords": keywords}
    return json.dumps(values, ensure_ascii=False, indent=1)


def _is_ours(examples: Sequence[Example]) -> bool:
    """Whether these are meant to be our labels: most are. Then one that is none is a slip of the pen."""
    return 2 * sum(example.intent in OUR_INTENTS for example in examples) > len(examples)


def _read(paths: Sequence[Path]) -> list[Example]:
    try:
        return read_examples(paths)
    except BrokenExamples as error:
        raise BadExamples(str(error)) from error


def _lines(report: LintReport, sentences: int) -> Iterator[str]:
    yield from map(str, report.findings)
    yield from _keywords(report.keywords)
    warnings = len(report.findings) - report.errors
    yield f"{sentences} sentences, {report.errors} errors, {warnings} warnings"


def _keywords(bias: KeywordBias) -> Iterator[str]:
    yield ""
    yield (
        f"one keyword a label gets {bias.accuracy:.1%} of the labels right ({bias.intent_accuracy:.1%} of the "
        f"intents; {bias.chance:.1%} by always saying the same). The words that tell most:"
    )
    for word in bias.words[:MOST_WORDS]:
        yield f"  {word.label}: {word.word!r} in {word.recall:.0%} of its sentences, its own in {word.precision:.0%}"
