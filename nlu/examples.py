"""Labelled sentences: Rasa YAML, JSON lines and CSV, read without Rasa. Every mistake is told with file and line."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

_MARK = re.compile(r"\[(?P<value>[^\]]+)\](?:\((?P<kind>[^:)]+)(?::[^)]*)?\)|(?P<json>\{[^}]*\}))")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, ten times as fast, where it is built
INTENT_KEYS = ("intent", "label")  # what the column of the label is called; other sets say label
TABLES = {".csv": ",", ".tsv": "\t"}
SUFFIXES = frozenset({".yml", ".yaml", ".jsonl", *TABLES})


class BrokenExamples(Exception):
    """A file of examples cannot be read; the message says file, line and why."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")
        self.path, self.line, self.reason = path, line, reason


class _Wrong(Exception):
    """What is wrong with the line being read."""


@dataclass(frozen=True)
class Part:
    """One of several matters in a sentence."""

    text: str
    intent: str
    category: str | None = None


@dataclass(frozen=True)
class Example:
    """One sentence with what it means. Entities are (kind, value as written). Where it stands is no part of it."""

    text: str
    intent: str
    category: str | None = None
    entities: tuple[tuple[str, str], ...] = ()
    note: str | None = None
    parts: tuple[Part, ...] = ()  # given only where the matters of a sentence are told apart
    source: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    @property
    def label(self) -> str:
        """Intent and category in one word, as Rasa writes it."""
        return f"{self.intent}/{self.category}" if self.category else self.intent


def read_examples(paths: Sequence[Path]) -> list[Example]:
    """The examples of all files; a folder stands for its YAML, JSONL, CSV and TSV files. Raises BrokenExamples."""
    return [example for path in paths for file in example_files(path) for example in _read_file(file)]


def example_files(path: Path) -> list[Path]:
    """The files that a folder or a file stands for. Raises BrokenExamples for what is none of them."""
    if not path.exists():
        raise BrokenExamples(path, None, "No such file or folder")
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if path.suffix.lower() not in SUFFIXES:
        raise BrokenExamples(path, None, f"unknown kind of file: give a folder or one of {' '.join(sorted(SUFFIXES))}")
    return [path]


def read_left_out(paths: Sequence[Path]) -> list[Example]:
    """Lines of Rasa YAML that stand among examples without a dash: nobody learns them. Raises BrokenExamples."""
    files = [file for path in paths for file in example_files(path)]
    return [left for file in files if file.suffix.lower() not in {".jsonl", *TABLES} for left in _left_out(file)]


def _left_out(path: Path) -> Iterator[Example]:
    for fields in map(_fields, _items(yaml.compose(_read_text(path), Loader=_LOADER))):
        block = fields.get("examples")
        if "intent" in fields and isinstance(block, yaml.ScalarNode):
            intent, _, category = _scalar(fields["intent"]).partition("/")
            for at, line in enumerate(_scalar(block).split("\n"), _first_line(block)):
                if line.strip() and not line.startswith("-"):
                    yield Example(line.strip(), intent, category or None, source=str(path), line=at)


def _read_file(path: Path) -> list[Example]:
    text = _read_text(path)
    suffix = path.suffix.lower()
    if suffix in TABLES:
        return list(_from_table(path, text, TABLES[suffix]))
    return list(_from_lines(path, text) if suffix == ".jsonl" else _from_yaml(path, text))


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise BrokenExamples(path, None, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BrokenExamples(path, line, "is not UTF-8: save the file in that encoding") from error


def _from_lines(path: Path, text: str) -> Iterator[Example]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BrokenExamples(path, number, f"is not JSON: {error}") from error
        try:
            yield _from_row(row, str(path), number)
        except _Wrong as error:
            raise BrokenExamples(path, number, str(error)) from error


def _from_table(path: Path, text: str, delimiter: str) -> Iterator[Example]:
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    if not {"text"} < set(reader.fieldnames or ()) or not set(INTENT_KEYS) & set(reader.fieldnames or ()):
        raise BrokenExamples(path, 1, "the header must name the columns: text,intent (and category, note if any)")
    before = reader.line_num
    try:
        for row in reader:
            given = {key: value for key, value in row.items() if isinstance(key, str) and value and key != "entities"}
            yield _from_row(given, str(path), before + 1)
            before = reader.line_num
    except (csv.Error, _Wrong) as error:
        raise BrokenExamples(path, before + 1, str(error)) from error


def _from_row(row: Any, source: str, line: int) -> Example:
    """One object as JSON lines and tables give it. A message of several matters has those instead of an intent."""
    if not isinstance(row, dict):
        raise _Wrong('is not an object: give {"text": "…", "intent": "…"}')
    parts = tuple(_part(part) for part in _listed(row.get("parts")))
    intent = parts[0].intent if parts and "intent" not in row else _word(row, *INTENT_KEYS)
    category = parts[0].category if parts and "intent" not in row else _word_or_none(row, "category")
    if "/" in intent and category is None:  # as Rasa writes it
        intent, _, category = intent.partition("/")
    text = _word(row, "text")
    return Example(text, intent, category, _entities(row), _word_or_none(row, "note"), parts, source, line)


def _part(row: Any) -> Part:
    if not isinstance(row, dict):
        raise _Wrong('a part is not an object: give {"text": "…", "intent": "…"}')
    return Part(_word(row, "text"), _word(row, *INTENT_KEYS), _word_or_none(row, "category"))


def _entities(row: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    given = row.get("entities") or {}
    if not isinstance(given, dict):
        raise _Wrong('"entities" is not an object: give {"building": "3栋"}')
    return tuple((kind, str(value)) for kind, values in given.items() for value in _listed(values))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _word(row: dict[str, Any], *keys: str) -> str:
    for key in keys:
        value = row.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and key != "text":  # numbered labels
            return str(value)
        if isinstance(value, str) and (value.strip() or key == "text"):
            return value if key == "text" else value.strip()
    raise _Wrong(f"has no {' or '.join(map(repr, keys))}")


def _word_or_none(row: dict[str, Any], key: str) -> str | None:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise _Wrong(f"{key!r} is not a word")
    return value or None


def _from_yaml(path: Path, text: str) -> Iterator[Example]:
    try:
        root = yaml.compose(text, Loader=_LOADER)
        for item in _items(root):
            fields = _fields(item)
            if "intent" in fields:  # others are synonyms, lookup tables and expressions
                yield from _of_intent(path, fields)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = text.rstrip().count("\n") + 1  # where the text ends too soon, the mark stands behind it
        raise BrokenExamples(path, min(mark.line + 1, last) if mark else None, error.problem or "no YAML") from error
    except yaml.YAMLError as error:
        raise BrokenExamples(path, None, f"is not YAML: {error}") from error


def _items(root: Any) -> Iterator[yaml.MappingNode]:
    found = _fields(root).get("nlu") if root is not None else None
    yield from _sequence(found) if found is not None and found.value else ()


def _of_intent(path: Path, fields: dict[str, Any]) -> Iterator[Example]:
    intent, _, category = _scalar(fields["intent"]).partition("/")
    if "examples" not in fields:
        raise yaml.MarkedYAMLError(problem=f"{intent} has no examples", problem_mark=fields["intent"].start_mark)
    for marked, line in _sentences(fields["examples"]):
        entities = tuple((_kind(match, path, line), match["value"]) for match in _MARK.finditer(marked))
        yield Example(unmarked(marked), intent, category or None, entities, source=str(path), line=line)


def unmarked(marked: str) -> str:
    """The sentence without the marks of its entities."""
    return _MARK.sub(lambda match: match["value"], marked)


def _sentences(node: Any) -> Iterator[tuple[str, int]]:
    """(sentence, line) of a block of lines that begin with a dash, or of a list of objects with a text."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            text = _fields(item).get("text")
            if text is not None:
                yield _scalar(text).strip(), _first_line(text)
        return
    for at, line in enumerate(_scalar(node).split("\n")):
        if line.startswith("-"):
            yield line[1:].strip(), _first_line(node) + at


def _first_line(node: Any) -> int:
    """Of the content: a block begins on the line after its bar."""
    return int(node.start_mark.line) + (2 if node.style in {"|", ">"} else 1)


def _fields(node: Any) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.MarkedYAMLError(problem="names and values are expected here", problem_mark=node.start_mark)
    return {_scalar(key): value for key, value in node.value}


def _sequence(node: Any) -> list[Any]:
    if not isinstance(node, yaml.SequenceNode):
        raise yaml.MarkedYAMLError(problem="a list is expected here", problem_mark=node.start_mark)
    return list(node.value)


def _scalar(node: Any) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.MarkedYAMLError(problem="plain text is expected here", problem_mark=node.start_mark)
    return str(node.value)


def _kind(match: re.Match[str], path: Path, line: int) -> str:
    if match["kind"]:
        return match["kind"].strip()
    try:
        return str(json.loads(match["json"])["entity"])
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenExamples(path, line, f"broken mark of an entity: {match[0]}") from error
