"""Two models on the same examples: what is better, what is worse, and whether the difference is more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from nlu.evaluation.figures import CHITCHAT, EMERGENCY, Answer, Figures, Score
from nlu.evaluation.measuring import has_one_intent, measure
from nlu.examples import Example

CLEAR = 0.05  # chance below which a difference is taken for one


class Verdict(str, Enum):
    """What the comparison comes to."""

    BETTER = "better"
    WORSE = "worse"
    NO_CLEAR_DIFFERENCE = "no_clear_difference"


@dataclass(frozen=True)
class Changed:
    """One example on which the two models differ."""

    example: Example
    old: Answer
    new: Answer


@dataclass(frozen=True)
class IntentChange:
    """One intent before and now."""

    old: Score
    new: Score

    @property
    def f1(self) -> float:
        """Gain in F1; negative for a loss."""
        return self.new.f1 - self.old.f1

    @property
    def precision(self) -> float:
        """Gain in precision."""
        return self.new.precision - self.old.precision

    @property
    def recall(self) -> float:
        """Gain in recall."""
        return self.new.recall - self.old.recall


@dataclass(frozen=True)
class Comparison:
    """What changed from the old model to the new one. Right means intent, and category where one is given."""

    old: Figures
    new: Figures
    by_intent: Mapping[str, IntentChange]
    newly_right: tuple[Changed, ...]
    newly_wrong: tuple[Changed, ...]
    emergencies_newly_missed: tuple[Changed, ...]
    emergencies_newly_heard: tuple[Changed, ...]
    new_false_alarms: tuple[Changed, ...]  # on chit-chat
    p_value: float  # chance of a difference at least so large between equally good models (McNemar, exact)
    verdict: Verdict

    @property
    def hears_fewer_emergencies(self) -> bool:
        """Whether the new model hears fewer emergencies than the old one, by number."""
        return len(self.emergencies_newly_missed) > len(self.emergencies_newly_heard)


def compare(
    old: Sequence[Answer], new: Sequence[Answer], examples: Sequence[Example], *, out_of_scope: str = CHITCHAT
) -> Comparison:
    """Compares the answers of two models to the same examples, in the same order."""
    before = measure(list(zip(examples, old, strict=True)), out_of_scope=out_of_scope)
    now = measure(list(zip(examples, new, strict=True)), out_of_scope=out_of_scope)
    rows = [Changed(*row) for row in zip(examples, old, new, strict=True) if has_one_intent(row[0])]
    gained = tuple(r for r in rows if not is_right(r.example, r.old) and is_right(r.example, r.new))
    lost = tuple(r for r in rows if is_right(r.example, r.old) and not is_right(r.example, r.new))
    chance = mcnemar(len(gained), len(lost))
    urgent = [r for r in rows if r.example.intent == EMERGENCY]
    return Comparison(
        old=before,
        new=now,
        by_intent=_by_intent(before, now),
        newly_right=gained,
        newly_wrong=lost,
        emergencies_newly_missed=tuple(r for r in urgent if raises_alarm(r.old) and not raises_alarm(r.new)),
        emergencies_newly_heard=tuple(r for r in urgent if not raises_alarm(r.old) and raises_alarm(r.new)),
        new_false_alarms=tuple(
            r for r in rows if r.example.intent == CHITCHAT and not raises_alarm(r.old) and raises_alarm(r.new)
        ),
        p_value=chance,
        verdict=_verdict(len(gained), len(lost), chance),
    )


def is_right(example: Example, answer: Answer) -> bool:
    """Whether intent and, where the example has one, category are right."""
    parse = answer.parse
    return example.intent == parse.intent and (example.category is None or example.category == parse.category)


def raises_alarm(answer: Answer) -> bool:
    """Whether the bot would raise the alarm; without the bot's word, what the model says counts."""
    return answer.parse.intent == EMERGENCY if answer.alarm is None else answer.alarm


def mcnemar(gained: int, lost: int) -> float:
    """Two-sided exact sign test over the examples on which only one of the two is right."""
    differing = gained + lost
    ways = tail = 1  # to choose none of them; each next number of ways follows from the one before
    for chosen in range(min(gained, lost)):
        ways = ways * (differing - chosen) // (chosen + 1)
        tail += ways
    return min(1.0, 2 * tail / (1 << differing))


def _verdict(gained: int, lost: int, chance: float) -> Verdict:
    if chance >= CLEAR:
        return Verdict.NO_CLEAR_DIFFERENCE
    return Verdict.BETTER if gained > lost else Verdict.WORSE


def _by_intent(before: Figures, now: Figures) -> dict[str, IntentChange]:
    nothing = Score(0, 0, 0)
    names = sorted({*before.by_intent, *now.by_intent})
    return {
        name: IntentChange(before.by_intent.get(name, nothing), now.by_intent.get(name, nothing)) for name in names
    }
