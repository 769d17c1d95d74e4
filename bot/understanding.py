"""What a message means, as a value: the model's parse, the rules' danger and cues, the place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actions.tickets.commands import Where

Ranking = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """A short standing expression that acts on what is open: "算了", "不是3栋是5栋", "0007怎么样了".

    ``kind``: withdraw, correct, affirm, deny, me_too, urge, thanks, not_this, my_tickets, ticket_ref, option,
    rating, help, big_text, confide, my_tips, person, anger.
    ``value``: the ticket's digits, the option's number, the score, how surely a person is meant.
    """

    kind: str
    value: str = ""
    where: Where = Where()


@dataclass(frozen=True, slots=True)
class Understanding:
    """What one message means. Probabilities are calibrated; rankings are best first."""

    text: str
    intent: str
    confidence: float
    ranking: Ranking = ()
    category: str | None = None
    category_confidence: float = 0.0
    category_ranking: Ranking = ()
    likeliest: Ranking = ()  # labels `intent/category`, whatever their intent
    entities: Mapping[str, str] = field(default_factory=dict)  # first of each kind, as written
    where: Where = Where()
    cue: Cue | None = None
    danger: str | None = None  # kind of danger the rules see
    figurative: bool = False  # words of danger, but the rules see none: a joke, a dream, an "if"
    roll_call: str = ""  # "safe" or "help": the words that answer a roll-call, should there be one
    place_only: bool = False  # nothing is said but where
    script: str = "hans"
    why: tuple[str, ...] = ()
    matters: tuple[Understanding, ...] = ()  # of a message that speaks of several things: each in its own words

    def probability(self, intent: str) -> float:
        """The probability of one intent."""
        return dict(self.ranking).get(intent, self.confidence if intent == self.intent else 0.0)

    def as_json(self) -> dict[str, Any]:
        """What is kept with ticket and inbox row: enough to see why, nothing of the text itself."""
        return {
            "intent": self.intent,
            "confidence": round(self.confidence, 4),
            "category": self.category,
            "category_confidence": round(self.category_confidence, 4),
            "ranking": [[name, round(p, 4)] for name, p in self.ranking[:4]],
            "likeliest": [[name, round(p, 4)] for name, p in self.likeliest[:4]],
            "entities": {k: v for k, v in self.entities.items() if k != "phone"},
            "danger": self.danger,
            "cue": self.cue.kind if self.cue else None,
            "why": list(self.why[:6]),
            **({"matters": [m.as_json() for m in self.matters]} if self.matters else {}),
        }


def nothing(text: str = "") -> Understanding:
    """The understanding of a message that says nothing: chatter with no confidence."""
    return Understanding(text=text, intent="chitchat", confidence=0.0)
