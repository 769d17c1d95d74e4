"""From examples and answers to figures. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from nlu.evaluation.figures import (
    CHITCHAT,
    EMERGENCY,
    Alarms,
    Bin,
    Calibration,
    Confused,
    Confusion,
    Figures,
    Matters,
    Pair,
    Scope,
    ScopePoint,
    Score,
    Slice,
    Speaking,
)
from nlu.evaluation.lenient import OUR_INTENTS, is_right_leniently
from nlu.examples import Example
from nlu.model.calibration import auroc, expected_calibration_error
from nlu.model.entities import normalize

BINS = 10
STEPS = 50  # points of the out-of-scope curve


def measure(pairs: Sequence[Pair], *, out_of_scope: str = CHITCHAT, per_second: float | None = None) -> Figures:
    """All figures. `out_of_scope` is the label of what is not for the service, where the set has it."""
    every, pairs = pairs, [(example, answer) for example, answer in pairs if has_one_intent(example)]
    by_intent = scores((e.intent, a.parse.intent) for e, a in pairs)
    with_category = [(e, a) for e, a in pairs if e.category]
    intent_right = [(e, a) for e, a in with_category if e.intent == a.parse.intent]
    right = sum(e.category == a.parse.category for e, a in intent_right)
    true = {name: score for name, score in by_intent.items() if score.true}
    return Figures(
        examples=len(pairs),
        right=sum(e.intent == a.parse.intent for e, a in pairs),
        macro_f1=_mean([score.f1 for score in true.values()]),
        weighted_f1=sum(score.f1 * score.true for score in true.values()) / max(1, len(pairs)),
        by_intent=by_intent,
        confusion=_confusion(pairs),
        calibration=_calibration(pairs),
        worst=_worst(pairs),
        lenient_right=sum(is_right_leniently(e, a.parse) for e, a in pairs) if is_ours(pairs) else None,
        by_category=scores((e.label, f"{e.intent}/{a.parse.category}") for e, a in intent_right),
        category_asked=len(intent_right),
        category_right=right,
        whole_asked=len(with_category),
        whole_right=right,
        matters=_matters(every),
        entities=_entities(pairs),
        alarms=_alarms(pairs),
        speaking=_speaking(pairs),
        scope=_scope(pairs, out_of_scope),
        slices=_slices(pairs),
        per_second=per_second,
    )


def has_one_intent(example: Example) -> bool:
    """Whether the message as a whole has an intent; one of several matters has one for each."""
    return len(example.parts) < 2


def is_ours(pairs: Iterable[Pair]) -> bool:
    """Whether the examples are labelled with the service's own intents."""
    return {e.intent for e, _ in pairs} <= OUR_INTENTS


def scores(labels: Iterable[tuple[str, str]]) -> dict[str, Score]:
    """A score for every label that is true or said somewhere."""
    listed = list(labels)
    true, said = Counter(a for a, _ in listed), Counter(b for _, b in listed)
    hits = Counter(a for a, b in listed if a == b)
    return {name: Score(true[name], said[name], hits[name]) for name in sorted({*true, *said})}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _confusion(pairs: Sequence[Pair]) -> Confusion:
    counts = Counter((e.intent, a.parse.intent) for e, a in pairs)
    return Confusion(tuple(sorted({name for both in counts for name in both})), dict(sorted(counts.items())))


def _worst(pairs: Sequence[Pair]) -> tuple[Confused, ...]:
    """Pairs of labels by how often they are mixed up; within a pair the surest error first."""
    found: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for example, answer in pairs:
        true, said = _labels_that_differ(example.label, answer.parse.intent, answer.parse.category)
        if true != said:
            found[true, said].append((example, answer))
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(Confused(*key, tuple(sorted(kept, key=lambda p: -p[1].parse.confidence))) for key, kept in ordered)


def _labels_that_differ(label: str, intent: str, category: str | None) -> tuple[str, str]:
    """Intents where they differ, else the whole labels, else twice the same."""
    true_intent, _, true_category = label.partition("/")
    if true_intent != intent:
        return true_intent, intent
    return (label, f"{intent}/{category}") if true_category and true_category != category else (label, label)


def _calibration(pairs: Sequence[Pair]) -> Calibration:
    confidence = np.array([a.parse.confidence for _, a in pairs])
    right = np.array([e.intent == a.parse.intent for e, a in pairs], dtype=bool)
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = [
        Bin(at / BINS, (at + 1) / BINS, int(here.sum()), float(confidence[here].mean()), float(right[here].mean()))
        for at in range(BINS)
        if (here := places == at).any()
    ]
    return Calibration(expected_calibration_error(confidence, right, BINS) if len(pairs) else 0.0, tuple(bins))


def _scope(pairs: Sequence[Pair], label: str) -> Scope | None:
    inside = np.array([e.intent != label for e, _ in pairs], dtype=bool)
    if inside.all() or not inside.any():
        return None
    sure = np.array([1 - a.parse.probability(label) for _, a in pairs])
    if label not in {name for _, a in pairs for name, _ in a.parse.ranking}:  # the model does not know it
        sure = np.array([a.parse.confidence for _, a in pairs])
    curve = [
        ScopePoint(limit, float((sure[inside] >= limit).mean()), float((sure[~inside] >= limit).mean()))
        for limit in (step / STEPS for step in range(STEPS + 1))
    ]
    return Scope(label, int(inside.sum()), int((~inside).sum()), auroc(sure, inside), tuple(curve))


def _slices(pairs: Sequence[Pair]) -> dict[str, Slice]:
    notes: dict[str, list[Pair]] = defaultdict(list)
    for example, answer in pairs:
        if example.note:
            notes[example.note].append((example, answer))
    return {note: _slice(kept) for note, kept in sorted(notes.items())}


def _slice(pairs: Sequence[Pair]) -> Slice:
    by_intent = scores((e.intent, a.parse.intent) for e, a in pairs)
    f1 = _mean([score.f1 for score in by_intent.values() if score.true])
    return Slice(len(pairs), sum(e.intent == a.parse.intent for e, a in pairs), f1)


def _entities(pairs: Sequence[Pair]) -> Mapping[str, Score]:
    """By kind, over examples of a file that marks them; values are compared as numbers and in one width.

    Nothing where the labels are not ours and not one is found: then nobody looks for these kinds.
    """
    marked = {e.source for e, _ in pairs if e.entities}  # a file without any mark is not annotated
    true: Counter[str] = Counter()
    said: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for example, answer in ((e, a) for e, a in pairs if e.source in marked):
        wanted = Counter((kind, plain_value(kind, value)) for kind, value in example.entities)
        found = Counter((e.entity, plain_value(e.entity, e.value)) for e in answer.parse.entities)
        for counter, keys in ((true, wanted), (said, found), (hits, wanted & found)):
            for (kind, _), times in keys.items():
                counter[kind] += times
    if not hits and not is_ours(pairs):
        return {}
    return {kind: Score(true[kind], said[kind], hits[kind]) for kind in sorted({*true, *said})}


def plain_value(kind: str, value: str) -> str:
    """A value that can be compared: 三栋, ３栋, 3号楼 and 3 are one building."""
    return normalize(kind, value)


def _matters(pairs: Sequence[Pair]) -> Matters | None:
    given = [(Counter(part.intent for part in e.parts), e, a) for e, a in pairs if e.parts]
    if not given:
        return None
    found = [Counter(a.matters or (a.parse.intent,)) for _, _, a in given]
    hits = sum((true & said).total() for (true, _, _), said in zip(given, found, strict=True))
    intents = Score(sum(true.total() for true, _, _ in given), sum(said.total() for said in found), hits)
    parted = sum(true.total() == said.total() for (true, _, _), said in zip(given, found, strict=True))
    return Matters(len(given), parted, intents)


def _alarms(pairs: Sequence[Pair]) -> Alarms | None:
    """None unless the bot itself was asked and there are emergencies or chit-chat of ours."""
    asked = [(e, a) for e, a in pairs if a.alarm is not None]
    true = [(e, a) for e, a in asked if e.intent == EMERGENCY]
    talk = [(e, a) for e, a in asked if e.intent == CHITCHAT]
    if not is_ours(pairs) or not (true or talk):
        return None
    false = tuple((e, a) for e, a in talk if a.alarm)
    return Alarms(
        true=len(true),
        heard=sum(bool(a.alarm) for _, a in true),
        heard_by_rules=sum(bool(a.alarm_by_rules) for _, a in true),
        heard_by_model=sum(bool(a.alarm_by_model) for _, a in true),
        false=len(false),
        chitchat=len(talk),
        missed=tuple((e, a) for e, a in true if not a.alarm),
        false_examples=false,
    )


def _speaking(pairs: Sequence[Pair]) -> Speaking | None:
    """None unless the bot itself was asked about examples of ours."""
    asked = [(e, a) for e, a in pairs if a.speaks is not None]
    if not asked or not is_ours(pairs):
        return None
    talk = [(e, a) for e, a in asked if e.intent == CHITCHAT]
    matters = [(e, a) for e, a in asked if e.intent != CHITCHAT]
    wrongly = tuple((e, a) for e, a in talk if a.speaks)
    return Speaking(
        chitchat=len(talk),
        on_chitchat=len(wrongly),
        matters=len(matters),
        on_matters=sum(bool(a.speaks) for _, a in matters),
        rightly=sum(bool(a.speaks) and e.intent == a.parse.intent for e, a in matters),
        examples=wrongly,
    )
