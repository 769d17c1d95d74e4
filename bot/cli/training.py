"""``linan train``: have Rasa train, with its progress on stderr."""

from __future__ import annotations

from pathlib import Path

from bot.errors import LinanError
from bot.settings import Settings
from nlu import train
from nlu.training import TrainingFailed


class CannotTrain(LinanError):
    """No model came out."""

    code = "training_failed"


def run(settings: Settings, data: Path | None, out: Path | None) -> Path:
    """Train where the data is newer than the archive. Raises CannotTrain."""
    data = data or settings.data / "nlu"
    out = out or settings.var / "models" / "current.tar.gz"
    try:
        return train.run(data, out)
    except TrainingFailed as error:
        raise CannotTrain(str(error)) from error
