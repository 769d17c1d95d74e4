"""What the numbers mean that WeCom answers with. The words beside them are not to be relied on. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Verdict(Enum):
    """What to do after an answer."""

    DONE = "done"
    LATER = "later"  # a limit: wait until it is over
    AGAIN = "again"  # busy: try again
    DEAD = "dead"  # the bot, its key or its secret is gone: stop and tell somebody
    EXPIRED = "expired"  # this way of answering is over: take another
    WRONG = "wrong"  # what was sent will never be taken
    UNTOLD = "untold"  # that was no answer: a broken gateway's page, say. It may have been taken


NONSENSE = -99
_VERDICTS = {
    NONSENSE: Verdict.UNTOLD,
    0: Verdict.DONE,
    -1: Verdict.AGAIN,
    6000: Verdict.AGAIN,
    45033: Verdict.AGAIN,
    45009: Verdict.LATER,
    93000: Verdict.DEAD,
    853000: Verdict.DEAD,
    846605: Verdict.EXPIRED,
    846608: Verdict.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform said to a call."""

    errcode: int
    errmsg: str = ""
    media_id: str = ""

    @property
    def verdict(self) -> Verdict:
        return _VERDICTS.get(self.errcode, Verdict.WRONG)

    def __str__(self) -> str:
        return f"{self.errcode} {self.errmsg}".strip()


def read_answer(raw: str | bytes | dict[str, Any]) -> Answer:
    """The answer in a body; one that is none has the number ``NONSENSE``."""
    data: Any = raw
    if not isinstance(raw, dict):
        try:
            data = json.loads(raw, strict=False)
        except (ValueError, RecursionError):
            return Answer(NONSENSE, "no JSON")
    code = data.get("errcode") if isinstance(data, dict) else None
    if isinstance(code, bool) or not isinstance(code, int):
        return Answer(NONSENSE, "no errcode")
    media = data.get("media_id")
    return Answer(code, str(data.get("errmsg") or "")[:120], media if isinstance(media, str) else "")
