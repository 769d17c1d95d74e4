"""The draw of a prize quiz: reckoned from a seed and the entries alone, so that anybody can do it again.

1. Before the quiz opens a seed of 64 hexadecimal digits is made, and SHA-256 of its text is shown.
2. Each entry that is in the draw stands on the list as SHA-256 of its code, which only its owner knows.
3. After the close the list is sorted; the key of the draw is SHA-256 of the seed, a line feed, and the hashes of the
   list joined by line feeds. So the seed alone says nothing of who wins until the last entry is in.
4. The hashes are put in the order of SHA-256(key followed by the hash); the first ones win, prize by prize.

All texts are ASCII, all digests lower-case hexadecimal.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
CODE_LENGTH = 12


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode("utf-8")).hexdigest()


def make_seed() -> str:
    """A seed nobody can guess."""
    return secrets.token_hex(32)


def make_code() -> str:
    """The code of an entry."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def draw(seed: str, entries: Sequence[str], prizes: int) -> list[str]:
    """The hashes of the winners, the first prize's first; fewer where there are fewer entries."""
    listed = sorted(set(entries))
    key = digest("\n".join([seed, *listed]))
    return sorted(listed, key=lambda entry: digest(key + entry))[:prizes]


def expand(prizes: Sequence[Mapping[str, Any]]) -> list[str]:
    """The name of each single prize, in the order in which they are drawn."""
    return [str(one["name"]) for one in prizes for _ in range(int(one["count"]))]


def check_record(record: Mapping[str, Any]) -> list[str]:
    """What is wrong with a published draw, in words for machines; nothing: it is as it should be."""
    try:
        seed, entries, winners = str(record["seed"]), record["entries"], record["winners"]
        names = expand(record["prizes"])
        found = [(str(one["prize"]), str(one["entry"])) for one in winners]
        faults = [] if digest(seed) == record["seed_sha256"] else ["the seed is not the one that was promised"]
        if len(set(entries)) != len(entries):
            faults.append("an entry stands twice on the list")
        expected = draw(seed, entries, len(names))
    except (KeyError, TypeError, ValueError) as error:
        return [f"this is no record of a draw: {type(error).__name__}: {error}"]
    if found != list(zip(names, expected, strict=False)):
        faults.append("these are not the winners that follow from seed and entries")
    return faults
