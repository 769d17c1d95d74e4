"""What the covers for Rasa have in common: how one is made, trained, stored and found again."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, Generic, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from nlu.components.sources import fingerprint

Learned = TypeVar("Learned")
Self = TypeVar("Self", bound="Cover[Any]")


class Cover(GraphComponent, Generic[Learned]):
    """A component that covers one part of `nlu.model`: ``learned`` is that part, None before training."""

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, learned: Learned | None = None
    ) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._learned = learned

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Makes Rasa train anew when what it cannot see has changed."""
        return fingerprint(config.get("lexicon"))

    @classmethod
    def create(
        cls: type[Self],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """An untrained one."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls: type[Self],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """The one that was trained."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, cls.read(folder))

    @staticmethod
    @abstractmethod
    def read(folder: Path) -> Any:
        """What was learned, as it was stored in the folder."""

    @property
    def learned(self) -> Learned:
        """What was learned. Raises ValueError before it was."""
        if self._learned is None:
            raise ValueError(f"{type(self).__name__} is asked to process before it is trained")
        return self._learned
