"""Reads ``data/demo/history.yml`` into beats: who does what at which instant. No database here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from actions.tickets.commands import Move, Where
from bot.cli.demo.errors import StoryWrong
from bot.clock import LOCAL_ZONE, local

_SPAN = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_WHEN = {"at", "ago", "after"}
_FIRST = _WHEN | {"who", "in", "says", "opens", "emergency", "where", "name", "then", "lists"}
_RESIDENT_DOES = ("rates", "follows", "urges", "adds", "corrects", "withdraws", "shows", "lists", "feeds")
_STAFF_DOES = {"staff", "do", "to", "into", "text", "answers", "notes", "private", "mediates", "with"}
_LATER = _WHEN | {"who", "in", "says", *_RESIDENT_DOES} | _STAFF_DOES
_A_MOMENT = timedelta(minutes=1)

# the story's last day ends now if people are about, else on the evening before
_DAY_BEGINS, _DAY_ENDS, _EVENING = time(10), time(22), time(21, 55)


@dataclass(frozen=True, slots=True)
class Beat:
    """One thing somebody does. ``act``: chat, open, move, answer, note, mediate, or one of ``_RESIDENT_DOES``."""

    at: datetime
    act: str
    matter: str = ""  # of which matter of the story; "" for chatter
    who: str = ""  # the resident; "" in ``then``: who reported it
    staff: str = ""
    chat: str = ""  # "私聊", or "" for the group the matter is in
    says: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def end_of_story(now: datetime) -> datetime:
    """The instant the story leads up to: now, or the last evening when it is night or early."""
    here = local(now)
    if _DAY_BEGINS <= here.time() < _DAY_ENDS:
        return now
    day = here.date() if here.time() >= _DAY_ENDS else here.date() - timedelta(days=1)
    return datetime.combine(day, _EVENING, LOCAL_ZONE)


def read_story(data: Mapping[str, Any], end: datetime) -> list[Beat]:
    """Every beat in order of time, the last not later than ``end``. Raises StoryWrong."""
    beats = [
        beat
        for day, entries in data["days"].items()
        for number, entry in enumerate(entries, 1)
        for beat in _matter(entry, f"{day}.{number}", int(day), end)
    ]
    beats.sort(key=lambda beat: beat.at)
    if late := [beat for beat in beats if beat.at > end]:
        raise StoryWrong(f"history.yml: day {late[0].matter}: a step lies after the end of the story")
    return beats


def _matter(entry: Mapping[str, Any], place: str, day: int, end: datetime) -> Iterator[Beat]:
    _check_keys(entry, _FIRST, place)
    start = _instant(entry, place, end, day=day)
    key = str(entry.get("name", place))
    act = "open" if "opens" in entry else "lists" if "lists" in entry else "chat"
    yield Beat(start, act, key, details=entry, **_words(entry))
    at, staff = start, ""
    for step in entry.get("then", ()):
        _check_keys(step, _LATER, place)
        at = _instant(step, place, end, day=day, before=at)
        staff = str(step.get("staff", staff))
        for beat in _step(step, key, at, staff, place):
            at = beat.at
            yield beat


def _step(step: Mapping[str, Any], key: str, at: datetime, staff: str, place: str) -> Iterator[Beat]:
    moves = step.get("do", ())
    if moves:
        for move in [moves] if isinstance(moves, str) else moves:
            if move not in set(Move):
                raise StoryWrong(f"history.yml: day {place}: there is no move {move!r}")
            # one person needs a moment for each of them
            yield Beat(at, "move", key, staff=staff, details={**step, "do": move})
            at += _A_MOMENT
    elif "mediates" in step:
        yield Beat(at, "mediate", key, staff=staff, details=step)
    elif "answers" in step or "notes" in step:
        yield Beat(at, "answer" if "answers" in step else "note", key, staff=staff, details=step)
    else:
        act = next((name for name in _RESIDENT_DOES if name in step), "chat")
        said = step if act != "adds" else {**step, "says": step["adds"]}
        yield Beat(at, act, key, details=step, **_words(said))


def _words(entry: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(entry.get(key, "")) for name, key in (("who", "who"), ("chat", "in"), ("says", "says"))}


def _check_keys(entry: Mapping[str, Any], known: set[str], place: str) -> None:
    if unknown := set(entry) - known:
        raise StoryWrong(f"history.yml: day {place}: unknown: {', '.join(sorted(unknown))}")


def _instant(
    entry: Mapping[str, Any], place: str, end: datetime, *, day: int, before: datetime | None = None
) -> datetime:
    """The instant of ``at`` ("09:30" or "-5 09:30"), ``ago`` or ``after``."""
    if "ago" in entry:
        return end - _span(entry["ago"], place)
    if "after" in entry and before is not None:
        return before + _span(entry["after"], place)
    days, _, clock = str(entry.get("at", "")).rpartition(" ")
    try:
        at = time.fromisoformat(clock)
    except ValueError as error:
        raise StoryWrong(f"history.yml: day {place}: at, ago or after is missing or wrong") from error
    here: date = local(end).date() + timedelta(days=int(days or day))
    return datetime.combine(here, at, LOCAL_ZONE)


def _span(text: Any, place: str) -> timedelta:
    match = _SPAN.fullmatch(str(text))
    if match is None:
        raise StoryWrong(f"history.yml: day {place}: {text!r}: write it like 25m, 3h or 1d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def read_where(where: Any) -> Where:
    """ "3-2-501" or a mapping → Where."""
    if isinstance(where, Mapping):
        return Where(**{str(key): str(value) for key, value in where.items()})
    building, unit, room = (*str(where).split("-"), "", "")[:3]
    return Where(building=building, unit=unit, room=room)
