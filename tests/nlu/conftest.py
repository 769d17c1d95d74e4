"""A small model, trained by Rasa once for all tests of this folder."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from nlu.model.archive import read_archive
from nlu.model.reader import Reader
from nlu.training import ROOT, train
from tests import needs

EACH = 12  # examples of a label: enough to tell labels apart, few enough to train in a second


def small_data(folder: Path) -> Path:
    """Writes the first examples of every label of the shipped data."""
    lines: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines[item["intent"]] += item["examples"].splitlines()
    rows = [
        f"- intent: {label}\n  examples: |\n" + "".join(f"    {line}\n" for line in kept[:EACH])
        for label, kept in lines.items()
    ]
    text = 'version: "3.1"\nnlu:\n' + "".join(rows)
    folder.mkdir()
    (folder / "some.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def rasa() -> Path:
    return needs.rasa()


@pytest.fixture(scope="session")
def small_archive(rasa: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    return train(small_data(folder / "data"), folder / "models" / "small.tar.gz", rasa=rasa)


@pytest.fixture(scope="session")
def reader(small_archive: Path) -> Reader:
    return read_archive(small_archive)
