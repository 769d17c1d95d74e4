"""Cover over `nlu.model.features`: sentence features that any Rasa classifier can use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.cover import Cover
from nlu.model.features import Vectorizer
from nlu.model.storage import Stored
from nlu.model.words import read_words

ORIGIN = "LinanFeaturizer"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class LinanFeaturizer(Cover[Vectorizer]):
    """Normalises the text and turns it into one sparse row of words and character pieces."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`at_least`: texts a term must stand in. `lexicon`: folder of jieba dictionaries, or null."""
        return {"at_least": 2, "lexicon": "data/lexicon"}

    @staticmethod
    def required_packages() -> list[str]:
        """What must be installed."""
        return ["jieba", "opencc", "scipy"]

    @staticmethod
    def read(folder: Path) -> Vectorizer:
        """What was learned, as it was stored in the folder."""
        return Vectorizer.restore(Stored.read(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Learns the terms and stores them."""
        texts = [message.get(TEXT) for message in training_data.training_examples if message.get(TEXT)]
        folder = self._config["lexicon"]
        words = read_words(Path(folder)) if folder else ()
        self._learned = Vectorizer.fit(texts, words, at_least=self._config["at_least"])
        with self._storage.write_to(self._resource) as place:
            self._learned.store().write(place)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds the features to the training examples."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the features to messages."""
        written = [message for message in messages if message.get(TEXT)]
        rows = self.learned.transform([message.get(TEXT) for message in written])
        for at, message in enumerate(written):
            message.add_features(Features(rows[at], FEATURE_TYPE_SENTENCE, TEXT, ORIGIN))
        return messages
