"""What the model says about one message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlu.model.entities import Entity
from nlu.model.ranking import Ranking


@dataclass(frozen=True)
class Parse:
    """One message as understood. Rankings are complete and best first; probabilities sum to one."""

    text: str
    intent: str
    confidence: float
    ranking: Ranking
    category: str | None = None
    category_confidence: float = 0.0
    category_ranking: Ranking = ()
    likeliest: Ranking = ()  # of all labels `intent/category`, the first few
    entities: tuple[Entity, ...] = ()
    stage: int = 1  # 2: words and characters were unsure, the whole sentence was looked at
    why: tuple[str, ...] = ()

    def probability(self, intent: str) -> float:
        """The probability of one intent; zero for an intent the model does not know."""
        return dict(self.ranking).get(intent, 0.0)

    def entity_values(self) -> Mapping[str, str]:
        """The first value of each kind, as the resident wrote it."""
        values: dict[str, str] = {}
        for entity in self.entities:
            values.setdefault(entity.entity, entity.value)
        return values
