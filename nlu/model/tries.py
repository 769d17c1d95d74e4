"""Regular expressions for many words at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


def build_trie_pattern(words: Iterable[str]) -> str:
    """Return a regular expression for the longest of many words; a trie, since a flat list is slow to try."""
    root: dict[str, Any] = {}
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}
    return _trie_to_pattern(root)


def _trie_to_pattern(node: dict[str, Any]) -> str:
    optional = "" in node
    branches = [re.escape(char) + _trie_to_pattern(child) for char, child in sorted(node.items()) if char]
    if not branches:
        return ""
    joined = branches[0] if len(branches) == 1 and not optional else f"(?:{'|'.join(branches)})"
    return f"{joined}?" if optional else joined
