"""Reads ``data/ledger.yml``; what is wrong there is said with its line."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from actions.ledger.rules import Honour, Kind, LedgerRules, Tier
from actions.people.model import Role
from actions.routing.entries import Entries, RulesWrong, load_entries, part_of, wrong_entry

_AMOUNT = re.compile(r"(\d{1,5})\s*(小时|分钟)")
_REQUIRED_WORDS = frozenset(
    "hours minutes day line joint plus minus earn donate grant exchange expire reverse gift receive".split()
)
_LONGEST_CODE, _LONGEST_NAME = 32, 20
_MOST_PERCENT = 500


def read_ledger(text: str, name: str = "ledger.yml") -> LedgerRules:
    """The table as YAML → LedgerRules. Raises RulesWrong with file, line and entry."""
    file = load_entries(text, name)
    limits = part_of(file, "rules")
    kinds = {code: _kind(part_of(file, "kinds"), code) for code in part_of(file, "kinds")}
    tiers = part_of(file, "tiers")
    honours = part_of(file, "honours")
    return LedgerRules(
        kinds=_distinct(part_of(file, "kinds"), kinds),
        tiers=_rising(tiers, [_tier(tiers, code) for code in tiers]),
        honours={code: _honour(honours, code, kinds) for code in honours},
        expiry_months=_number(limits, "expiry_months", 1, 240),
        warn_days=_number(limits, "warn_days", 1, 180),
        holding=_minutes(limits, "holding", limits),
        longest=_minutes(limits, "longest", limits),
        late_days=_number(limits, "late_days", 1, 366),
        gift_days=_number(limits, "gift_days", 1, 60),
        words=_words(part_of(file, "words")),
        zone=_zone(limits),
    )


def _kind(part: Entries, code: str) -> Kind:
    entry = _entry(part, code, {"name", "words", "percent", "day", "month", "confirms"})
    words, roles = _list(part, code, entry, "words"), _list(part, code, entry, "confirms")
    unknown = [role for role in roles if role not in frozenset(Role)]
    if unknown:
        raise wrong_entry(part, code, f"confirms: there is no role {unknown[0]!r}")
    percent = entry.get("percent", 100)
    if isinstance(percent, bool) or not isinstance(percent, int) or not 1 <= percent <= _MOST_PERCENT:
        raise wrong_entry(part, code, f"percent must be a whole number from 1 to {_MOST_PERCENT}")
    day, month = _minutes(entry, "day", part, code), _minutes(entry, "month", part, code)
    if day > month:
        raise wrong_entry(part, code, "day is more than month")
    return Kind(code, _name(part, code, entry), words, percent, day, month, frozenset(roles))


def _tier(part: Entries, code: str) -> Tier:
    entry = _entry(part, code, {"name", "hours"})
    return Tier(code, _name(part, code, entry), _minutes(entry, "hours", part, code))


def _honour(part: Entries, code: str, kinds: dict[str, Kind]) -> Honour:
    entry = _entry(part, code, {"name", "kinds", "hours"})
    named = _list(part, code, entry, "kinds")
    unknown = [kind for kind in named if kind not in kinds]
    if unknown:
        raise wrong_entry(part, code, f"kinds: there is no {unknown[0]!r}")
    return Honour(code, _name(part, code, entry), frozenset(named), _minutes(entry, "hours", part, code))


def _distinct(part: Entries, kinds: dict[str, Kind]) -> dict[str, Kind]:
    if not kinds:
        raise RulesWrong(f"{part.file}: kinds: there is none")
    said: dict[str, str] = {}
    for code, kind in kinds.items():
        for word in kind.words:
            if word in said:
                raise wrong_entry(part, code, f"the word {word} stands for {said[word]} already")
            said[word] = code
    return kinds


def _rising(part: Entries, tiers: list[Tier]) -> tuple[Tier, ...]:
    for lower, higher in pairwise(tiers):
        if higher.minutes <= lower.minutes:
            raise wrong_entry(part, higher.code, f"needs more hours than {lower.code} before it")
    return tuple(tiers)


def _entry(part: Entries, code: str, known: set[str]) -> Entries:
    entry = part[code]
    if not isinstance(entry, Entries):
        raise wrong_entry(part, code, "is not a list of entries")
    if len(code) > _LONGEST_CODE or not re.fullmatch(r"[a-z_]+", code):
        raise wrong_entry(part, code, "a code is small letters, at most 32")
    if more := set(entry) - known:
        raise wrong_entry(part, code, f"knows no {sorted(more)[0]}")
    return entry


def _name(part: Entries, code: str, entry: Entries) -> str:
    name = str(entry.get("name") or "").strip()
    if not name or len(name) > _LONGEST_NAME:
        raise wrong_entry(part, code, f"needs a name of at most {_LONGEST_NAME} characters")
    return name


def _list(part: Entries, code: str, entry: Entries, key: str) -> tuple[str, ...]:
    values = entry.get(key)
    if not isinstance(values, list) or not values or not all(isinstance(v, str) and v.strip() for v in values):
        raise wrong_entry(part, code, f"{key} must be a list with something in it")
    return tuple(values)


def _minutes(entry: Entries, key: str, part: Entries, code: str = "") -> int:
    match = _AMOUNT.fullmatch(str(entry.get(key, "")).strip())
    if match is None or int(match[1]) == 0:
        raise wrong_entry(part, code or key, f"{key}: {entry.get(key)!r}: write it like 4小时 or 90分钟, more than 0")
    return int(match[1]) * (60 if match[2] == "小时" else 1)


def _number(part: Entries, key: str, least: int, most: int) -> int:
    value: Any = part.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise wrong_entry(part, key, f"must be a whole number from {least} to {most}")
    return value


def _words(part: Entries) -> dict[str, str]:
    missing = _REQUIRED_WORDS - set(part)
    if missing:
        raise RulesWrong(f"{part.file}: words: {sorted(missing)[0]} is missing")
    return {key: str(value) for key, value in part.items()}


def _zone(part: Entries) -> ZoneInfo:
    try:
        return ZoneInfo(str(part.get("zone", "Asia/Shanghai")))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise wrong_entry(part, "zone", f"there is no time zone {part.get('zone')}") from error
