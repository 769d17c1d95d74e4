"""The door to surveys in the console, and what their forms bring."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.surveys.access import MAKERS, READERS
from actions.surveys.commands import Prize, Setting
from actions.surveys.model import Survey
from actions.surveys.questions import (
    LONGEST_HINT,
    MOST_OPTIONS,
    Condition,
    Kind,
    Question,
)
from bot.clock import LOCAL_ZONE, local
from bot.console.access import Viewer, check_page, community_ids, viewer_of
from bot.console.forms import text_of

LONGEST_FORM = 2000
_NUMBERS = re.compile(r"\d{1,4}")
_PRIZE = re.compile(r"(?P<name>.+?)\s*(?:[x×*＊]|\s)\s*(?P<count>\d{1,3})\s*[份个名张袋桶盒]?")
_WHOLE = re.compile(r"-?\d{1,7}")


def check_surveys(request: web.Request, *, make: bool = False) -> Viewer:
    """Who is signed in, if their role has to do with surveys. Raises NotFound."""
    viewer = viewer_of(request)
    check_page(viewer, MAKERS if make else READERS)
    return viewer


async def get_community(request: web.Request, db: AsyncSession) -> int:
    """The community of who is signed in. Raises NotFound."""
    ids = await community_ids(db, viewer_of(request))
    if not ids:
        raise NotFound("no community", phrase="console.no_such_page")
    return ids[0]


async def access_survey(request: web.Request, db: AsyncSession) -> Survey:
    """The survey of the address. Raises NotFound: to staff of elsewhere it does not exist."""
    survey = await db.get(Survey, int(request.match_info["id"]))
    if survey is None or survey.community_id not in await community_ids(db, viewer_of(request)):
        raise NotFound("no such survey", phrase="console.no_such_page")
    return survey


def setting_of(form: Any) -> Setting:
    """What the form says of a survey. Raises InvalidInput."""
    given = (str(value) for value in form.getall("units", ()))
    units = tuple(int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 16)
    return Setting(
        text_of(form, "title", LONGEST_FORM),
        text_of(form, "intro", LONGEST_FORM),
        text_of(form, "who", 16),
        bool(form.get("anonymous")),
        units,
        _instant(form, "opens"),
        _instant(form, "closes"),
        bool(form.get("remind")),
        whole(form, "pass", 0),
        prizes_of(text_of(form, "prizes", LONGEST_FORM)),
    )


def prizes_of(text: str) -> tuple[Prize, ...]:
    """A prize a line: "大米 3". Raises InvalidInput."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        match = _PRIZE.fullmatch(line.strip())
        if match is None:
            raise InvalidInput("no prize", phrase="survey.bad.prizes", most=100)
        found.append(Prize(match["name"].strip(), int(match["count"])))
    return tuple(found)


def _instant(form: Mapping[str, Any], name: str) -> datetime | None:
    text = text_of(form, name, 20)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE) if text else None
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no instant", phrase="notice.no_time") from error


def whole(form: Mapping[str, Any], name: str, usual: int) -> int:
    """A whole number, or what is usual where nothing was written. Raises InvalidInput."""
    text = text_of(form, name, 12)
    if not text:
        return usual
    if _WHOLE.fullmatch(text) is None:
        raise InvalidInput("no number", phrase="console.bad_form")
    return int(text)


def question_of(form: Mapping[str, Any], questions: Sequence[Question]) -> Question:
    """The question as it was filled in. Raises InvalidInput."""
    kind = text_of(form, "kind", 12)
    options = _lines(form, "options")
    low, high = (0, 100) if kind == Kind.NUMBER else (1, 5)
    right = tuple(sorted({int(one) - 1 for one in _NUMBERS.findall(text_of(form, "right", 40))}))
    return Question(
        text_of(form, "key", 16),
        kind,
        text_of(form, "text", LONGEST_FORM),
        options,
        _lines(form, "rows"),
        whole(form, "low", low) if kind in (Kind.SCALE, Kind.NUMBER) else 1,
        whole(form, "high", high) if kind in (Kind.SCALE, Kind.NUMBER) else 5,
        whole(form, "least", 1),
        whole(form, "most", 0),
        bool(form.get("required")),
        text_of(form, "hint", LONGEST_HINT),
        text_of(form, "dimension", 20) if kind == Kind.SCALE else "",
        bool(form.get("group")) and kind == Kind.SINGLE,
        _condition(form, questions),
        right,
        text_of(form, "explain", LONGEST_HINT),
    )


def _lines(form: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(line for line in text_of(form, name, LONGEST_FORM).splitlines() if line.strip())[: MOST_OPTIONS + 1]


def _condition(form: Mapping[str, Any], questions: Sequence[Question]) -> Condition | None:
    """ "1 3" are options, or the ends of a span, as the question asks for that it looks at."""
    key = text_of(form, "if_key", 16)
    if not key:
        return None
    numbers = [int(one) for one in _NUMBERS.findall(text_of(form, "if_values", 40))]
    other = next((one for one in questions if one.key == key), None)
    if other is not None and other.kind in (Kind.SCALE, Kind.NUMBER):
        return Condition(key, low=min(numbers, default=None), high=max(numbers, default=None))
    return Condition(key, tuple(sorted({one - 1 for one in numbers})))


def condition_words(condition: Condition | None) -> str:
    """As the form wants it back."""
    if condition is None:
        return ""
    if condition.values:
        return " ".join(str(one + 1) for one in condition.values)
    return " ".join(str(one) for one in (condition.low, condition.high) if one is not None)


def form_time(at: datetime | None) -> str:
    """As a browser's field of day and time wants it."""
    return f"{local(at):%Y-%m-%dT%H:%M}" if at is not None else ""
