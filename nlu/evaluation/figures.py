"""The figures of one model on one set of examples, as values. What makes no sense for a set is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlu.examples import Example
from nlu.model.parse import Parse

EMERGENCY = "emergency"
CHITCHAT = "chitchat"


@dataclass(frozen=True)
class Answer:
    """What was made of one example: the model's parse, and what the bot would do with it where that is known."""

    parse: Parse
    alarm: bool | None = None  # the bot would raise the alarm (rules and model together)
    alarm_by_rules: bool | None = None  # the rules alone hear danger
    alarm_by_model: bool | None = None  # the model alone takes it for an emergency
    speaks: bool | None = None  # the bot would speak up in a group, said to nobody
    matters: tuple[str, ...] = ()  # intents, where several matters were found in the message


Pair = tuple[Example, Answer]


@dataclass(frozen=True)
class Score:
    """How well one label is told from the others. A label that was never said has precision 0."""

    true: int  # examples that are of the label
    said: int  # examples that were taken for it
    hits: int  # both

    @property
    def precision(self) -> float:
        """Share of those taken for it that are of it."""
        return self.hits / self.said if self.said else 0.0

    @property
    def recall(self) -> float:
        """Share of those of it that were taken for it."""
        return self.hits / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.true + self.said
        return 2 * self.hits / both if both else 0.0


@dataclass(frozen=True)
class Confusion:
    """How often (true, said) occurred. Labels are in the order in which a picture shows them."""

    labels: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Bin:
    """Examples of about the same confidence."""

    low: float
    high: float
    examples: int
    confidence: float  # mean
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """Whether the confidence can be believed."""

    ece: float  # mean distance between how sure and how often right
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class ScopePoint:
    """What a threshold on the confidence in "in scope" does."""

    threshold: float
    recall: float  # share of in-scope examples at or above it
    false_speaking: float  # share of out-of-scope examples at or above it


@dataclass(frozen=True)
class Scope:
    """How well what is not for the service is told from what is."""

    label: str
    inside: int
    outside: int
    auroc: float
    curve: tuple[ScopePoint, ...]


@dataclass(frozen=True)
class Alarms:
    """Emergencies. Heard is what the bot would raise the alarm for; the parts say who heard it."""

    true: int
    heard: int
    heard_by_rules: int
    heard_by_model: int
    false: int  # alarms for chit-chat
    chitchat: int
    missed: tuple[Pair, ...] = ()
    false_examples: tuple[Pair, ...] = ()

    @property
    def recall(self) -> float:
        """Share of the emergencies that were heard."""
        return self.heard / self.true if self.true else 0.0


@dataclass(frozen=True)
class Speaking:
    """What the bot would say unasked in a group."""

    chitchat: int
    on_chitchat: int
    matters: int  # examples that are not chit-chat
    on_matters: int
    rightly: int  # of those, with the right intent
    examples: tuple[Pair, ...] = ()  # chit-chat it would speak up on


@dataclass(frozen=True)
class Matters:
    """Messages whose matters are given one by one; those of several matters count nowhere else."""

    messages: int
    parted_rightly: int  # into as many matters as there are
    intents: Score  # of all matters of all messages

    @property
    def parted_share(self) -> float:
        """Share of messages that were parted into as many matters as there are."""
        return self.parted_rightly / self.messages


@dataclass(frozen=True)
class Slice:
    """The examples with one note."""

    examples: int
    right: int  # intents
    macro_f1: float

    @property
    def accuracy(self) -> float:
        """Share of right intents."""
        return self.right / self.examples if self.examples else 0.0


@dataclass(frozen=True)
class Confused:
    """Two labels that are mixed up, with the examples it happened to, surest first."""

    true: str
    said: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Figures:
    """Everything that is measured."""

    examples: int
    right: int  # intents
    macro_f1: float
    weighted_f1: float
    by_intent: Mapping[str, Score]
    confusion: Confusion
    calibration: Calibration
    worst: tuple[Confused, ...] = ()
    lenient_right: int | None = None  # see `lenient.is_right_leniently`; None for label sets that are not ours
    by_category: Mapping[str, Score] = field(default_factory=dict)  # "intent/category", where the intent was right
    category_asked: int = 0  # examples with a category whose intent was right
    category_right: int = 0
    whole_asked: int = 0  # examples with a category
    whole_right: int = 0  # of those, intent and category right
    matters: Matters | None = None
    entities: Mapping[str, Score] = field(default_factory=dict)  # by kind
    alarms: Alarms | None = None
    speaking: Speaking | None = None
    scope: Scope | None = None
    slices: Mapping[str, Slice] = field(default_factory=dict)
    per_second: float | None = None

    @property
    def accuracy(self) -> float:
        """Share of right intents."""
        return self.right / self.examples if self.examples else 0.0

    @property
    def lenient_accuracy(self) -> float | None:
        """Share of examples that end up on a right desk."""
        return None if self.lenient_right is None else self.lenient_right / max(1, self.examples)

    @property
    def category_accuracy(self) -> float | None:
        """Share of right categories where the intent is right."""
        return self.category_right / self.category_asked if self.category_asked else None

    @property
    def entity_score(self) -> Score | None:
        """All kinds together."""
        scores = self.entities.values()
        if not scores:
            return None
        return Score(sum(s.true for s in scores), sum(s.said for s in scores), sum(s.hits for s in scores))
