"""Messages → parses, in batches: features, classifier and entity rules put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nlu.model.cascade import Cascade
from nlu.model.entities import extract, settled_intent
from nlu.model.features import Vectorizer, readable
from nlu.model.lexicon import Lexicon
from nlu.model.linear import Matrix, Places
from nlu.model.parse import Parse
from nlu.model.ranking import Ranking, rank

REASONS = 4  # terms told as the reason


@dataclass(frozen=True)
class Reader:
    """All that is needed to read a message."""

    vectorizer: Vectorizer
    cascade: Cascade
    lexicon: Lexicon = field(default_factory=Lexicon)

    def parse_batch(self, texts: Sequence[str]) -> list[Parse]:
        """One parse a text, in order."""
        if not texts:
            return []
        rows = self.vectorizer.transform(texts)
        joint, asked_twice = self.cascade.joint_probabilities(rows, texts)
        rankings = rank(self.cascade.labels.intents, self.cascade.first.intent_probabilities(joint))
        ends = rows.indptr.tolist()
        return [
            self._parse(text, rows.indices[a:b], rows.data[a:b], said, ranking, twice)
            for text, a, b, said, ranking, twice in zip(
                texts, ends, ends[1:], joint, rankings, asked_twice.tolist(), strict=False
            )
        ]

    def glance_batch(self, texts: Sequence[str]) -> list[Parse]:
        """What the first stage alone says: intent, category and likeliest labels, nothing else."""
        if not texts:
            return []
        first = self.cascade.first
        joint = first.joint_probabilities(self.vectorizer.transform(texts))
        rankings = rank(first.labels.intents, first.intent_probabilities(joint))
        return [self._glance(text, said, ranking) for text, said, ranking in zip(texts, joint, rankings, strict=True)]

    def _glance(self, text: str, joint: Matrix, ranking: Ranking) -> Parse:
        intent, confidence = ranking[0]
        categories = self.cascade.first.category_ranking(joint, intent)
        category, sure = categories[0] if categories else (None, 0.0)
        likeliest = self.cascade.first.likeliest(joint)
        return Parse(text, intent, confidence, ranking, category, sure, categories, likeliest)

    def _parse(
        self, text: str, terms: Places, values: Matrix, joint: Matrix, ranking: Ranking, twice: bool
    ) -> Parse:
        intent, confidence = ranking[0]
        categories = self.cascade.first.category_ranking(joint, intent)
        category, category_confidence = categories[0] if categories else (None, 0.0)
        return Parse(
            text=text,
            intent=intent,
            confidence=confidence,
            ranking=ranking,
            category=category,
            category_confidence=category_confidence,
            category_ranking=categories,
            likeliest=self.cascade.first.likeliest(joint),
            entities=tuple(extract(text, self.lexicon, settled_intent(intent, confidence))),
            stage=2 if twice else 1,
            why=self._reasons(terms, values, f"{intent}/{category}" if category else intent),
        )

    def _reasons(self, terms: Places, values: Matrix, label: str) -> tuple[str, ...]:
        """The terms that spoke most for the label."""
        weights = self.cascade.first.term_weights(terms, values, label)
        strongest = [at for at in (-weights).argsort()[: 3 * REASONS].tolist() if weights[at] > 0]
        return readable([self.vectorizer.terms[terms[at]] for at in strongest], REASONS)
