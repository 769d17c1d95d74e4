"""What is wrong with training sentences: told with file, line, label and reason, as a library and for a command."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from nlu.evaluation.keywords import KeywordBias, measure_keywords
from nlu.evaluation.nearness import Neighbours, find_near, plain
from nlu.examples import Example
from nlu.model.text import HEAD, TAIL

__all__ = ["Finding", "LintReport", "Rules", "find_near", "lint", "read_deliberate", "read_rules"]

LONGEST = HEAD + TAIL  # characters: what stands between is not read
TOO_NEAR = 0.7  # likeness under another label that is an error; a bit less is common where one word decides
FEWEST = 5  # examples of a label
GIVEN_AWAY = 0.8  # share of a label's sentences and of the word's sentences: then the word alone is the label
_BROKEN_MARK = re.compile(r"\]\s?[({]|\[[^\[\]]*\]\s?[({]|\[[^\]]{1,30}$|^[^\[]{0,30}\]\s?\(")
_WITH_CATEGORY = re.compile(r"utter_(?P<intent>[^/]+)/(?P<category>.+)")


@dataclass(frozen=True)
class Finding:
    """One thing to look at. Errors harm the model, warnings may be meant so."""

    code: str
    is_error: bool
    source: str
    line: int
    label: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.source}:{self.line}" if self.line else self.source
        kind = "error" if self.is_error else "warning"
        return f"{where}: {self.label}: {kind}: {self.reason} [{self.code}]"


@dataclass(frozen=True)
class Rules:
    """Which labels and kinds of entities there are. Empty: any."""

    categories: dict[str, frozenset[str]]  # of every intent; empty for an intent that has none
    entities: frozenset[str]


@dataclass(frozen=True)
class LintReport:
    """All findings in the order of files and lines, and how far keywords alone would go."""

    findings: tuple[Finding, ...]
    keywords: KeywordBias

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(found.is_error for found in self.findings)


def read_rules(domain: Path) -> Rules:
    """The labels of a Rasa domain: its intents, the categories it has responses for, and its entities."""
    known = yaml.safe_load(domain.read_text(encoding="utf-8"))
    matches = [found for name in known.get("responses") or {} if (found := _WITH_CATEGORY.fullmatch(name))]
    categories = {
        intent: frozenset(match["category"] for match in matches if match["intent"] == intent)
        for intent in known["intents"]
    }
    return Rules(categories, frozenset(known.get("entities") or ()))


def read_deliberate(data: Path) -> list[frozenset[str]]:
    """Pairs of sentences that are alike on purpose: `deliberate.txt` beside the examples, a pair a line, a tab between.

    Two sentences that differ in one word and mean different things teach that word.
    """
    file = (data if data.is_dir() else data.parent) / "deliberate.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [frozenset(line.split("\t")) for line in lines if "\t" in line]


def lint(
    examples: Sequence[Example],
    *,
    against: Sequence[Example] = (),
    rules: Rules | None = None,
    deliberate: Collection[frozenset[str]] = (),
    left_out: Sequence[Example] = (),
) -> LintReport:
    """Looks at everything. `against` are test sentences; `deliberate` are pairs of texts that are alike on purpose;
    `left_out` are lines that were not read as examples."""
    bias = measure_keywords(examples)
    found = [
        *_texts(examples),
        *(_finding("left_out", line, f"not learned, it has no dash: {_short(line.text)}") for line in left_out),
        *(_labels(examples, rules) if rules else ()),
        *_twins(examples, deliberate),
        *_leaks(examples, against),
        *_given_away(bias),
    ]
    return LintReport(tuple(sorted(found, key=lambda f: (f.source, f.line, f.code))), bias)


def _finding(code: str, example: Example, reason: str, *, is_error: bool = True) -> Finding:
    return Finding(code, is_error, example.source, example.line, example.label, reason)


def _texts(examples: Sequence[Example]) -> Iterator[Finding]:
    for example in examples:
        text = example.text
        if not text.strip():
            yield _finding("empty", example, "no text")
        if len(text) > LONGEST:
            reason = f"{len(text)} characters: only the first {HEAD} and the last {TAIL} are read"
            yield _finding("too_long", example, reason, is_error=False)
        if _BROKEN_MARK.search(text):
            yield _finding("broken_mark", example, f"broken mark of an entity: {_short(text)}")
        for kind, value in example.entities:
            if value not in text:
                yield _finding("entity_not_in_text", example, f"{kind} {value!r} is not in the text")


def _labels(examples: Sequence[Example], rules: Rules) -> Iterator[Finding]:
    counts: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        counts[example.label].append(example)
        yield from _label(example, rules)
        for kind, value in example.entities:
            if kind not in rules.entities:
                yield _finding("unknown_entity", example, f"unknown kind of entity {kind!r} on {value!r}")
    for label, found in counts.items():
        if len(found) < FEWEST:
            yield _finding("few_examples", found[0], f"only {len(found)} examples of {label}", is_error=False)


def _label(example: Example, rules: Rules) -> Iterator[Finding]:
    categories = rules.categories.get(example.intent)
    if categories is None:
        yield _finding("unknown_label", example, f"unknown intent {example.intent!r}")
    elif example.category is None and categories:
        yield _finding("no_category", example, f"{example.intent} needs a category")
    elif example.category is not None and example.category not in categories:
        yield _finding("unknown_label", example, f"unknown category {example.category!r} of {example.intent}")


def _twins(examples: Sequence[Example], deliberate: Collection[frozenset[str]]) -> Iterator[Finding]:
    meant = {frozenset(map(plain, pair)) for pair in deliberate}
    written = [example for example in examples if example.text.strip()]
    for first, second, alike in Neighbours([example.text for example in written]).pairs():
        one, other = written[first], written[second]
        if frozenset((plain(one.text), plain(other.text))) not in meant:
            yield _twin(one, other, alike)


def _twin(one: Example, other: Example, alike: float) -> Finding:
    same_label = one.label == other.label
    where = f"{one.source}:{one.line}" if same_label else f"{one.source}:{one.line} ({one.label})"
    if one.text.strip() == other.text.strip() and same_label:
        return _finding("duplicate", other, f"the same as {where}: {_short(other.text)}")
    if plain(one.text) == plain(other.text) and not same_label:
        return _finding("contradiction", other, f"the same as {where}: {_short(other.text)}")
    reason = f"{alike:.0%} like {where}: {_short(one.text)} | {_short(other.text)}"
    if same_label:
        return _finding("near_duplicate", other, reason, is_error=False)
    return _finding("near_contradiction", other, reason, is_error=alike >= TOO_NEAR)


def _leaks(examples: Sequence[Example], against: Sequence[Example]) -> Iterator[Finding]:
    if not against:
        return
    tested = Neighbours([example.text for example in against])
    for example in examples:
        for place, alike in tested.near(example.text) if example.text.strip() else ():
            other = against[place]
            yield _finding("leak", example, f"{alike:.0%} like the test sentence {other.source}:{other.line}")


def _given_away(bias: KeywordBias) -> Iterator[Finding]:
    for word in bias.words:
        if word.sentences >= FEWEST and min(word.recall, word.precision) >= GIVEN_AWAY:
            reason = f"the word {word.word!r} alone tells it: in {word.recall:.0%} of its sentences"
            yield Finding("keyword", False, word.source, 0, word.label, reason)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
