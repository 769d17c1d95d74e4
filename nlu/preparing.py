"""What Rasa is given to train on: its own YAML as it lies there, anything else written as such, and a domain."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu.examples import BrokenExamples, Example, example_files, read_examples

RASA_SUFFIXES = frozenset({".yml", ".yaml"})
WHEEL = "wheel"  # as nlu.model.encoder calls it; not imported, for it brings numpy
VERSION = "3.1"  # of Rasa's training data format


class NothingToLearn(Exception):
    """The data holds no examples to train on."""


@dataclass(frozen=True)
class Prepared:
    """The paths of one training."""

    nlu: Path
    domain: Path
    config: Path


def prepare(data: Path, folder: Path, domain: Path, config: Path) -> Prepared:
    """Checks the data and writes into the folder what Rasa lacks. Raises BrokenExamples or NothingToLearn.

    `domain` is the service's own; it is used where it knows all labels of the data, else one is made from the data.
    `config` is the service's own as well; labels that are mostly others get an encoder that was not taught ours.
    """
    examples = check_examples(data)
    known = yaml.safe_load(domain.read_text(encoding="utf-8"))
    labels = {e.label for e in examples}
    strange = labels - labels_of(known)
    if strange:
        domain = folder / "domain.yml"
        domain.write_text(_dump(make_domain(examples, known)), encoding="utf-8")
    if 2 * len(strange) > len(labels):
        pipeline = yaml.safe_load(config.read_text(encoding="utf-8"))
        config = folder / "config.yml"
        config.write_text(_dump(_for_strangers(pipeline)), encoding="utf-8")
    return Prepared(_as_rasa_yaml(data, folder / "nlu"), domain, config)


def _for_strangers(config: dict[str, Any]) -> dict[str, Any]:
    """The pipeline for other languages and matters: a common encoder, and no intent that stands for silence."""
    steps = [
        {**step, "encoder": WHEEL, "quiet": None} if step.get("encoder") else step for step in config["pipeline"]
    ]
    return {**config, "pipeline": steps}


def check_examples(data: Path) -> list[Example]:
    """The examples, if there is anything to learn from them. Raises BrokenExamples or NothingToLearn."""
    if not data.exists():
        raise NothingToLearn(f"{data}: no such file or folder")
    examples = read_examples([data])
    if not examples:
        raise NothingToLearn(f"{data}: no training data (*.yml, *.jsonl, *.csv) here")
    for example in examples:
        if not example.text.strip():
            raise BrokenExamples(Path(example.source), example.line, "an example without text")
    return examples


def labels_of(domain: dict[str, Any]) -> set[str]:
    """The intents and the `intent/category` labels that a domain knows."""
    answers = domain.get("responses") or {}
    return {*domain["intents"], *(name.removeprefix("utter_") for name in answers)}


def make_domain(examples: Sequence[Example], known: dict[str, Any]) -> dict[str, Any]:
    """A domain for these labels. Rasa asks for a response to every retrieval intent; the known ones keep theirs."""
    names = known.get("responses") or {}
    answers = {f"utter_{e.label}": [{"text": e.category}] for e in examples if e.category}
    return {
        "version": VERSION,
        "intents": sorted({e.intent for e in examples}),
        "entities": sorted({kind for e in examples for kind, _ in e.entities}),
        "responses": {key: names.get(key, answer) for key, answer in sorted(answers.items())},
    }


def _as_rasa_yaml(data: Path, folder: Path) -> Path:
    files = example_files(data)
    if all(file.suffix.lower() in RASA_SUFFIXES for file in files):
        return data.resolve()
    folder.mkdir()
    for number, file in enumerate(files):
        if file.suffix.lower() in RASA_SUFFIXES:
            shutil.copyfile(file, folder / f"{number}.yml")
        else:
            (folder / f"{number}.yml").write_text(_dump(as_rasa(read_examples([file]))), encoding="utf-8")
    return folder


def as_rasa(examples: Iterable[Example]) -> dict[str, Any]:
    """Examples in Rasa's form, as a list of objects: in it no character of a sentence has a meaning of its own."""
    sentences: dict[str, list[dict[str, str]]] = {}
    for example in examples:
        sentences.setdefault(example.label, []).append({"text": _without_marks(example.text)})
    return {"version": VERSION, "nlu": [{"intent": label, "examples": kept} for label, kept in sentences.items()]}


def _without_marks(text: str) -> str:
    """Brackets that Rasa would read as the mark of an entity get a space between them."""
    for after in "({[":
        text = text.replace(f"]{after}", f"] {after}")
    return text


def _dump(content: dict[str, Any]) -> str:
    return yaml.dump(content, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=10**6)


class _Plain(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes YAML without references from one place to another."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
