"""The files of an installation as they are read everywhere."""

from __future__ import annotations

from typing import Any

import yaml

YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, ten times as fast, where it is built


def read_yaml(text: str) -> Any:
    """What stands in a text. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=YAML)
