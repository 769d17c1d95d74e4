"""Cover over `nlu.model.entities`: places, times, numbers and names by rules and the lexicon."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
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

from nlu.components.sources import fingerprint
from nlu.model.archive import LEXICON
from nlu.model.entities import Entity, extract, settled_intent
from nlu.model.lexicon import Lexicon


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LinanEntityExtractor(EntityExtractorMixin, GraphComponent):
    """Finds entities by rules; training only keeps the lexicon of the day in the model."""

    def __init__(self, storage: ModelStorage, resource: Resource, lexicon: Lexicon) -> None:
        self._storage = storage
        self._resource = resource
        self._lexicon = lexicon

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`lexicon`: folder of dictionaries with the names of places and activities, or null."""
        return {"lexicon": "data/lexicon"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Makes Rasa train anew when what it cannot see has changed."""
        return fingerprint(config.get("lexicon"))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinanEntityExtractor:
        """One with the lexicon of the configured folder."""
        folder = config["lexicon"]
        return cls(model_storage, resource, Lexicon.from_folder(Path(folder)) if folder else Lexicon())

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinanEntityExtractor:
        """One with the lexicon that was stored."""
        with model_storage.read_from(resource) as folder:
            form = json.loads((folder / LEXICON).read_text(encoding="utf-8"))
        return cls(model_storage, resource, Lexicon.from_mapping(form))

    def train(self, training_data: TrainingData) -> Resource:
        """Stores the lexicon."""
        text = json.dumps(self._lexicon.to_mapping(), ensure_ascii=False)
        with self._storage.write_to(self._resource) as folder:
            (folder / LEXICON).write_text(text, encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the entities to messages."""
        for message in messages:
            said = message.get(INTENT) or {}
            intent = settled_intent(said.get("name"), said.get("confidence") or 0.0)
            found = [self._wire(entity) for entity in extract(message.get(TEXT) or "", self._lexicon, intent)]
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
