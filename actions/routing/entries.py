"""Files of rules in YAML: entries that know their lines, so that what is wrong is said with file and line."""

from __future__ import annotations

from typing import Any

import yaml

from actions.errors import ActionError
from actions.reading import YAML


class RulesWrong(ActionError):
    """A file of rules holds something that cannot be."""

    code = "rules_wrong"


class Entries(dict[str, Any]):
    """A mapping that knows the line at which each of its keys stands."""

    lines: dict[str, int]
    file: str


class _Loader(YAML):  # type: ignore[misc, valid-type]
    """Safe YAML whose mappings remember lines and whose keys may stand only once."""


def _construct_entries(loader: _Loader, node: yaml.MappingNode) -> Entries:
    entries = Entries()
    entries.lines, entries.file = {}, loader.name
    for key_node, value_node in node.value:
        key, line = str(loader.construct_object(key_node, deep=True)), key_node.start_mark.line + 1
        if key in entries:
            raise RulesWrong(f"{loader.name}:{line}: {key} stands twice")
        entries[key] = loader.construct_object(value_node, deep=True)
        entries.lines[key] = line
    return entries


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_entries)


def load_entries(text: str, name: str) -> Entries:
    """The whole file. Raises RulesWrong."""
    loader = _Loader(text)
    loader.name = name
    try:
        content = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise RulesWrong(f"{name}:{line}: {error.problem}") from error
    finally:
        loader.dispose()
    if not isinstance(content, Entries):
        raise RulesWrong(f"{name}:1: nothing is written in it")
    return content


def part_of(entries: Entries, key: str) -> Entries:
    """A list of entries below a key. Raises RulesWrong."""
    part = entries.get(key)
    if not isinstance(part, Entries):
        raise RulesWrong(f"{entries.file}: {key}: is missing or not a list of entries")
    return part


def wrong_entry(entries: Entries, key: str, why: object) -> RulesWrong:
    """What to raise for an entry, with its line."""
    return RulesWrong(f"{entries.file}:{entries.lines.get(key, 0)}: {key}: {why}")
