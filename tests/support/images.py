"""The Dockerfile as data: its stages, and what of the project lies in an image, laid out by hand."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.needs import ROOT

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
HOME = "/app"  # every image's folder
RASA = ".venv-rasa"


@dataclass(frozen=True)
class Copy:
    """One COPY, from another stage or from the project."""

    stage: str  # "": the project
    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class Stage:
    """One FROM and what follows it."""

    name: str
    base: str
    body: str

    @property
    def copies(self) -> list[Copy]:
        found = re.findall(r"^COPY((?: --\S+)*) (.+) (\S+)$", self.body, re.MULTILINE)
        return [Copy(_source_stage(flags), tuple(sources.split()), target) for flags, sources, target in found]


def _source_stage(flags: str) -> str:
    named = re.search(r"--from=(\S+)", flags)
    return named[1] if named else ""


def read_stages(text: str = TEXT) -> dict[str, Stage]:
    """The stages by name, in order."""
    lines = re.sub(r"\\\n\s*|^#.*\n", "", text, flags=re.MULTILINE)
    parts = re.findall(r"^FROM (\S+) AS (\S+)$(.*?)(?=^FROM |\Z)", lines, re.MULTILINE | re.DOTALL)
    assert len(parts) == len(re.findall(r"^FROM", lines, re.MULTILINE)), "every stage has a name"
    return {name: Stage(name, base, body) for base, name, body in parts}


def lay_out(name: str, folder: Path) -> Path:
    """What the image of that stage has of the project in its folder, and Rasa's environment if it has that."""
    stages = read_stages()
    stage = stages[name]
    folder.mkdir(exist_ok=True)
    if stage.base in stages:
        lay_out(stage.base, folder)
    for copy in stage.copies:
        for source in copy.sources:
            if not copy.stage:
                _place(ROOT / source, folder / copy.target / ("" if copy.target == source else Path(source).name))
            elif source == HOME:
                lay_out(copy.stage, folder)
            elif source == f"{HOME}/{RASA}":
                (folder / copy.target).symlink_to(ROOT / RASA)
    return folder


def _place(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "vendor"), dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
