"""Cover over `nlu.model.entities`: places, times, numbers and names by rules and the lexicon."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    INTENT,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.cover import Cover
from nlu.model.archive import LEXICON
from nlu.model.entities import Entity, extract, settled_intent
from nlu.model.lexicon import Lexicon


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LinanEntityExtractor(EntityExtractorMixin, Cover[Lexicon]):
    """Finds entities by rules; training only keeps the lexicon of the day in the model."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`lexicon`: folder of dictionaries with the names of places and activities, or null."""
        return {"lexicon": "data/lexicon"}

    @staticmethod
    def read(folder: Path) -> Lexicon:
        """The lexicon that was stored in the folder."""
        return Lexicon.from_mapping(json.loads((folder / LEXICON).read_text(encoding="utf-8")))

    def train(self, training_data: TrainingData) -> Resource:
        """Stores the lexicon of the configured folder."""
        source = self._config["lexicon"]
        self._learned = Lexicon.from_folder(Path(source)) if source else Lexicon()
        text = json.dumps(self._learned.to_mapping(), ensure_ascii=False)
        with self._storage.write_to(self._resource) as folder:
            (folder / LEXICON).write_text(text, encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the entities to messages."""
        for message in messages:
            said = message.get(INTENT) or {}
            intent = settled_intent(said.get("name"), said.get("confidence") or 0.0)
            found = [self._wire(entity) for entity in extract(message.get(TEXT) or "", self.learned, intent)]
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def _wire(self, entity: Entity) -> dict[str, Any]:
        return {
            ENTITY_ATTRIBUTE_TYPE: entity.entity,
            ENTITY_ATTRIBUTE_VALUE: entity.value,
            ENTITY_ATTRIBUTE_START: entity.start,
            ENTITY_ATTRIBUTE_END: entity.end,
            "normalized": entity.normalized,
            "extractor": type(self).__name__,
        }
