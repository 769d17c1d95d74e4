"""Traditional and Simplified Chinese. The one home of OpenCC."""

from __future__ import annotations

import re
from functools import lru_cache

from opencc import OpenCC

_HAN = re.compile(r"[㐀-鿿]")


@lru_cache(maxsize=4)
def _converter(config: str) -> OpenCC:
    return OpenCC(config)


def to_simplified(text: str) -> str:
    """The text in Simplified characters; words are kept (軟體 becomes 软体, not 软件)."""
    return str(_converter("t2s").convert(text)) if _HAN.search(text) else text


def to_traditional(text: str) -> str:
    """The text in Traditional characters, as an answer to somebody who writes so."""
    return str(_converter("s2t").convert(text)) if _HAN.search(text) else text


def says_no_script(text: str) -> bool:
    """Whether the text reads the same either way: a number, a picture, 好, 唔使."""
    return to_simplified(text) == text == to_traditional(text)


def is_traditional(text: str) -> bool:
    """Whether the writer uses Traditional characters: something changes one way and nothing the other way."""
    simplified = to_simplified(text)
    if simplified == text:
        return False
    changed = sum(a != b for a, b in zip(text, simplified, strict=False))
    back = sum(a != b for a, b in zip(text, to_traditional(text), strict=False))
    return changed > back
