"""Reads ``data/services.yml`` and ``data/routing.yml``; what is wrong there is said with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from actions.routing.calendar import Deadline, WorkCalendar
from actions.routing.entries import Entries, RulesWrong, load_entries, part_of, wrong_entry
from actions.routing.faults import Faults
from actions.routing.hours import Hours, read_hours
from actions.routing.rules import (
    CLIMB,
    CLIMBS,
    DutyList,
    Route,
    Rules,
    Segment,
    Service,
    Terms,
    cut_bigrams,
    pick_route,
)

_AMOUNT = re.compile(r"(\d{1,4})\s*个?\s*(工作日|工作小时|工作分钟|小时|分钟|天)")
_MINUTES = {"分钟": 1, "小时": 60, "工作小时": 60, "工作分钟": 1, "天": 24 * 60}
_SERVICE_KEYS = {"name", "deadline", "confidential", "needs_place", "emergency", "after_suspended"}
_MORE = ("hours", "deputy", "from", "until")
_LONGEST_CODE, _LONGEST_NAME = 32, 64
_PLACE_WORDS = (
    *("building", "unit", "floor", "room"),
    *("place_unknown", "place_presumed", "place_confidential", "place_checking"),
)
_RESPONSE_PERCENT = 25  # where the file does not say it
_REQUIRED_WORDS = (*_PLACE_WORDS, "confidential", "duty", "date_time", "list_line", "name_joint")


def read_rules(
    services_text: str, routing_text: str, *, segment: Segment = cut_bigrams, faults: Faults | None = None
) -> Rules:
    """Both files → Rules. Raises RulesWrong with file, line and entry. Without ``faults`` no report joins another."""
    services_file = load_entries(services_text, "services.yml")
    calendar = _read_calendar(part_of(services_file, "calendar"))
    part = part_of(services_file, "services")
    services = {code: _read_service(part, code, calendar) for code in part}
    if "other" not in services:
        raise RulesWrong("services.yml: services: other is missing")
    duties = read_list(routing_text, services)
    return Rules(
        services=services,
        bodies=duties.bodies,
        routes=duties.routes,
        terms=_read_terms(part_of(services_file, "rules"), calendar),
        calendar=calendar,
        words=_read_words(part_of(services_file, "words")),
        vague_spots=frozenset(str(spot) for spot in services_file.get("vague_spots") or ()),
        segment=segment,
        faults=faults or Faults(),
    )


def read_list(text: str, services: Mapping[str, Service], name: str = "routing.yml") -> DutyList:
    """The responsibility list as YAML → DutyList. Raises RulesWrong with file, line and entry."""
    file = load_entries(text, name)
    bodies = {code: str(name) for code, name in part_of(file, "bodies").items()}
    for code, body in bodies.items():
        if not body.strip() or len(body) > _LONGEST_NAME or len(code) > _LONGEST_CODE:
            raise wrong_entry(part_of(file, "bodies"), code, "needs a name; code and name must not be too long")
    routes = _read_routes(file, services, bodies)
    check_every_service(routes, services, name)
    return DutyList(bodies, routes)


def read_deadline(text: str, calendar: WorkCalendar) -> Deadline:
    """ "2个工作日", "4小时" … → Deadline. Raises ValueError."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{text!r}: write it like 4小时, 30分钟, 3天, 4个工作小时, 5个工作分钟 or 2个工作日")
    unit = match[2]
    minutes = calendar.day_minutes if unit == "工作日" else _MINUTES[unit]
    return Deadline(int(match[1]) * minutes, working=unit.startswith("工作"))


def _deadline(entries: Entries, key: str, calendar: WorkCalendar) -> Deadline:
    try:
        return read_deadline(str(entries.get(key, "")), calendar)
    except ValueError as error:
        raise wrong_entry(entries, key, error) from error


def _read_calendar(part: Entries) -> WorkCalendar:
    try:
        calendar = WorkCalendar(
            zone=ZoneInfo(str(part.get("zone", "Asia/Shanghai"))),
            work_from=time.fromisoformat(str(part.get("work_from", "09:00"))),
            work_to=time.fromisoformat(str(part.get("work_to", "18:00"))),
            holidays=_dates(part, "holidays"),
            workdays=_dates(part, "workdays"),
        )
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise RulesWrong(f"{part.file}: calendar: {error}") from error
    if calendar.day_minutes <= 0:
        raise wrong_entry(part, "work_to", "must be later than work_from")
    return calendar


def _dates(part: Entries, key: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(str(day)) for day in part.get(key) or ())


def _read_service(part: Entries, code: str, calendar: WorkCalendar) -> Service:
    entry = part[code]
    if not isinstance(entry, Entries) or not entry.get("name"):
        raise wrong_entry(part, code, "needs at least name and deadline")
    if unknown := set(entry) - _SERVICE_KEYS:
        raise wrong_entry(part, code, f"unknown: {', '.join(sorted(unknown))}")
    for key in ("confidential", "needs_place"):
        if not isinstance(entry.get(key, False), bool):
            raise wrong_entry(entry, key, "write yes or no")
    if entry.get("after_suspended", "resume") not in ("resume", "close"):
        raise wrong_entry(entry, "after_suspended", "write resume or close")
    return Service(
        code=code,
        name=str(entry["name"]),
        deadline=_deadline(entry, "deadline", calendar),
        confidential=entry.get("confidential", False),
        needs_place=entry.get("needs_place", False),
        emergency=str(entry.get("emergency", "")),
        after_suspended=entry.get("after_suspended", "resume"),
    )


def _read_terms(part: Entries, calendar: WorkCalendar) -> Terms:
    response = part.get("response_percent", _RESPONSE_PERCENT)
    percents = {"response_percent": response, **{key: part.get(key) for key in ("escalated_percent", "remind_percent")}}
    for key, percent in percents.items():
        if not isinstance(percent, int) or not 1 <= percent <= 100:
            raise wrong_entry(part, key, "write a number from 1 to 100")
    crowd = part.get("crowd") or []
    numbers = isinstance(crowd, list) and all(isinstance(n, int) and n > 1 for n in crowd)
    if not numbers or sorted(set(crowd)) != crowd:
        raise wrong_entry(part, "crowd", "write numbers of households, each larger than the one before")
    return Terms(
        suspended_wait=_deadline(part, "suspended_wait", calendar),
        response_percent=response,
        escalated_percent=part["escalated_percent"],
        remind_percent=part["remind_percent"],
        check_wait=_deadline(part, "check_wait", calendar),
        rating_reminder=_deadline(part, "rating_reminder", calendar),
        rating_expire=_deadline(part, "rating_expire", calendar),
        urge_pause=_deadline(part, "urge_pause", calendar),
        page_wait=_deadline(part, "page_wait", calendar),
        roll_call_wait=_deadline(part, "roll_call_wait", calendar),
        tip_unread=_deadline(part, "tip_unread", calendar),
        handoff_remind=_deadline(part, "handoff_remind", calendar),
        handoff_climb=_deadline(part, "handoff_climb", calendar),
        handoff_silent=_deadline(part, "handoff_silent", calendar),
        crowd=tuple(crowd),
        climb=_read_climb(part),
        settled_by=str(part.get("settled_by") or "committee"),
    )


def _read_climb(part: Entries) -> frozenset[str]:
    given = part.get("climb", list(CLIMBS))
    if not isinstance(given, list) or not set(map(str, given)) <= set(CLIMBS):
        raise wrong_entry(part, "climb", "write some of " + ", ".join(CLIMBS))
    return frozenset(map(str, given))


def _read_words(part: Entries) -> dict[str, str]:
    for key in _REQUIRED_WORDS:
        if not part.get(key):
            raise wrong_entry(part, key, "is missing")
    return {key: str(word) for key, word in part.items()}


def _read_routes(
    file: Entries, services: Mapping[str, Service], bodies: Mapping[str, str]
) -> tuple[Route, ...]:
    entries = file.get("routes")
    if not isinstance(entries, list) or not all(isinstance(entry, Entries) for entry in entries):
        raise RulesWrong(f"{file.file}: routes: is missing or not a list of entries")
    return tuple(_read_route(entry, services, bodies, key) for key, entry in enumerate(entries, 1))


def _read_route(
    entry: Entries, services: Mapping[str, Service], bodies: Mapping[str, str], key: int
) -> Route:
    if unknown := set(entry) - {"services", "place", *CLIMB, *_MORE}:
        known = ", ".join(("services", "place", *CLIMB, *_MORE))
        raise wrong_entry(entry, min(unknown), f"unknown; known are {known}")
    levels = {level: str(entry[level]) for level in CLIMB if entry.get(level)}
    for level, body in {**levels, "deputy": str(entry.get("deputy") or "")}.items():
        if body and body not in bodies:
            raise wrong_entry(entry, level, f"{body} does not stand under bodies")
    if not levels:
        raise wrong_entry(entry, "services", "no level names a body")
    starts, ends = _day(entry, "from"), _day(entry, "until")
    if starts and ends and ends < starts:
        raise wrong_entry(entry, "until", "lies before from")
    return Route(
        _read_names(entry, services), levels, str(entry.get("place") or "")[:64], _hours(entry),
        str(entry.get("deputy") or ""), starts, ends, key,
    )  # fmt: skip


def _read_names(entry: Entries, services: Mapping[str, Service]) -> tuple[str, ...]:
    names = entry.get("services")
    if not isinstance(names, list) or not names:
        raise wrong_entry(entry, "services", "is missing or not a list")
    known = known_names(services)
    for name in names:
        if name not in known:
            raise wrong_entry(entry, "services", f"{name} does not stand in services.yml")
    return tuple(dict.fromkeys(names))


def known_names(services: Mapping[str, Service]) -> set[str]:
    """What a line may name: services, families of services, everything."""
    return set(services) | {f"{service.family}/*" for service in services.values()} | {"*"}


def _hours(entry: Entries) -> Hours | None:
    try:
        return read_hours(str(entry.get("hours") or ""))
    except ValueError as error:
        raise wrong_entry(entry, "hours", error) from error


def _day(entry: Entries, key: str) -> date | None:
    if not entry.get(key):
        return None
    try:
        return date.fromisoformat(str(entry[key]))
    except ValueError as error:
        raise wrong_entry(entry, key, error) from error


def check_every_service(routes: Sequence[Route], services: Mapping[str, Service], name: str) -> None:
    """Raise RulesWrong for a service that no line names for the whole community."""
    for code in services:
        if pick_route(routes, code) is None:
            raise RulesWrong(f"{name}: routes: {code} has no route")
