"""Cover over `nlu.model.classifier`: intent, its ranking and the category."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse

from nlu.components.cover import Cover
from nlu.components.featurizer import ORIGIN, LinanFeaturizer
from nlu.model.cascade import SURE, Cascade, Quiet, Sight
from nlu.model.encoder import ROOT, find_encoder
from nlu.model.ranking import Ranking, rank
from nlu.model.storage import Stored
from nlu.model.text import normalise
from nlu.model.vectors import VectorFile

log = logging.getLogger(__name__)
CATEGORY, CATEGORY_RANKING, LIKELIEST = "category", "category_ranking", "likeliest"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinanClassifier(IntentClassifier, Cover[Cascade]):
    """Learns `intent/category` labels, says the intent with honest confidence and the category within it."""

    @classmethod
    def required_components(cls) -> list[type]:
        """What must stand before it in the pipeline."""
        return [LinanFeaturizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`strength`: inverse of the penalty on large weights of the first stage.

        `encoder`: `wheel`, a packed file, a folder with an ONNX model, or null for one stage. `sure`: confidence from
        which the first stage speaks alone. `vectors`: folder where the examples' vectors wait for the next training.
        `quiet`: intent, confidence `sure` in it from which the first speaks alone, `loud`: unless it may be this one.
        """
        defaults = {"strength": 32.0, "encoder": None, "sure": SURE, "vectors": "var/vectors"}
        return {**defaults, "quiet": None}

    @staticmethod
    def read(folder: Path) -> Cascade:
        """What was learned, as it was stored in the folder."""
        return Cascade.restore(Stored.read(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from the features and stores what was learned."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        labels = [message.get(INTENT_RESPONSE_KEY) or message.get(INTENT) for message in examples]
        sight = self._look_at([message.get(TEXT) for message in examples])
        fitted = Cascade.fit(_rows(examples), labels, strength=self._config["strength"], sight=sight)
        with self._storage.write_to(self._resource) as folder:
            fitted.store().write(folder)
            self._learned = self.read(folder)
        return self._resource

    def _look_at(self, texts: list[str]) -> Sight | None:
        source = self._config["encoder"]
        if not source:
            return None
        encoder = find_encoder(source)
        kept = VectorFile.open(ROOT / self._config["vectors"], encoder)
        vectors = kept.encode(encoder, [normalise(text) for text in texts], _tell)
        quiet = Quiet(**self._config["quiet"]) if self._config["quiet"] else None
        return Sight(encoder, source, texts, vectors, self._config["sure"], quiet)

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets intent, ranking, category and its ranking."""
        cascade = self.learned
        written = [message for message in messages if message.get(TEXT)]
        if not written:
            return messages
        first = cascade.first
        joint, _ = cascade.joint_probabilities(_rows(written), [message.get(TEXT) for message in written])
        rankings = rank(first.labels.intents, first.intent_probabilities(joint))
        for message, row, ranking in zip(written, joint, rankings, strict=True):
            categories = first.category_ranking(row, ranking[0][0])
            message.set(INTENT, _named(ranking)[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, _named(ranking), add_to_output=True)
            message.set(CATEGORY, _named(categories)[0] if categories else None, add_to_output=True)
            message.set(CATEGORY_RANKING, _named(categories), add_to_output=True)
            message.set(LIKELIEST, _named(first.likeliest(row)), add_to_output=True)
        return messages


def _tell(done: int, of: int) -> None:
    """A line that whoever started the training can show as progress."""
    log.info("encoded %d of %d sentences", done, of)


def _rows(messages: list[Message]) -> sparse.csr_matrix:
    found = []
    for message in messages:
        _, sentence = message.get_sparse_features(TEXT, [ORIGIN])
        if sentence is None:
            raise ValueError("a message without the features of LinanFeaturizer")
        found.append(sentence.features)
    return sparse.vstack(found, format="csr")


def _named(ranking: Ranking) -> list[dict[str, Any]]:
    return [{INTENT_NAME_KEY: name, "confidence": probability} for name, probability in ranking]
