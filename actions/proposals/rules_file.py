"""Reads ``data/proposals.yml``; what is wrong there is said with its line."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from actions.proposals.model import ProposalState
from actions.proposals.rules import IndexRules, MeetingForm, ProposalRules
from actions.routing.entries import Entries, RulesWrong, load_entries, part_of, wrong_entry

PARTS = ("breadth", "response", "completion", "timeliness")
_WORDS = frozenset({"date", "date_time", "month", "joint", "line", "votes", "innovation", *PARTS})
_STEPS = frozenset(
    "submitted raised approved refused merged enough lapsed withdrawn summary talked meeting called_off minutes "
    "vote_wanted vote_open passed failed vote_off accepted partly declined overdue_review overdue_answer "
    "task progress reached overdue_task task_done done".split()
)
_LONGEST_NAME = 20


def read_proposals(text: str, name: str = "proposals.yml") -> ProposalRules:
    """The file as YAML → ProposalRules. Raises RulesWrong with file, line and entry."""
    file = load_entries(text, name)
    limits, forms = part_of(file, "rules"), part_of(file, "forms")
    if not forms:
        raise RulesWrong(f"{forms.file}: forms: there is none")
    return ProposalRules(
        supporters=_number(limits, "supporters", 1, 10_000),
        review_days=_number(limits, "review_days", 1, 60),
        gather_days=_number(limits, "gather_days", 1, 365),
        discuss_days=_number(limits, "discuss_days", 1, 180),
        answer_days=_number(limits, "answer_days", 1, 365),
        escalate_days=_number(limits, "escalate_days", 1, 60),
        most_waiting=_number(limits, "most_waiting", 1, 50),
        tell_at=_clock_time(limits, "tell_at"),
        remind_hours=_number(limits, "remind_hours", 1, 240),
        cluster=_number(limits, "cluster", 2, 100),
        alike=_share(limits, "alike"),
        forms={code: _form(forms, code) for code in forms},
        index=_index(part_of(file, "index")),
        words=_texts(file, "words", _WORDS),
        steps=_texts(file, "steps", _STEPS),
        states=_texts(file, "states", frozenset(ProposalState)),
        zone=_zone(limits),
    )


def _texts(file: Entries, key: str, wanted: frozenset[str] | frozenset[ProposalState]) -> dict[str, str]:
    part = part_of(file, key)
    missing = wanted - set(part)
    if missing:
        raise RulesWrong(f"{part.file}: {key}: {sorted(missing)[0]} is missing")
    return {code: str(value) for code, value in part.items()}


def _form(part: Entries, code: str) -> MeetingForm:
    entry = part[code]
    if not isinstance(entry, Entries):
        raise wrong_entry(part, code, "is not a list of entries")
    name, matters = str(entry.get("name") or "").strip(), entry.get("matters")
    if not name or len(name) > _LONGEST_NAME:
        raise wrong_entry(part, code, f"needs a name of at most {_LONGEST_NAME} characters")
    if not isinstance(matters, list) or not matters or not all(isinstance(one, str) for one in matters):
        raise wrong_entry(part, code, "matters must be a list with something in it")
    return MeetingForm(code, name, tuple(matters))


def _index(part: Entries) -> IndexRules:
    weights = part_of(part, "weights")
    if set(weights) != set(PARTS):
        raise wrong_entry(part, "weights", f"must name {', '.join(PARTS)} and nothing else")
    found = {code: _number(weights, code, 0, 100) for code in PARTS}
    if sum(found.values()) != 100:
        raise wrong_entry(part, "weights", f"must add up to 100, not {sum(found.values())}")
    return IndexRules(
        weights=found,
        target=_number(part, "target", 1, 100),
        people=_number(part, "people", 0, 100),
        forms=_number(part, "forms", 1, 20),
        innovation=_number(part, "innovation", 0, 20),
        most_innovation=_number(part, "most_innovation", 0, 20),
        publish_day=_number(part, "publish_day", 1, 28),
    )


def _number(part: Entries, key: str, least: int, most: int) -> int:
    value: Any = part.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise wrong_entry(part, key, f"{key} must be a whole number from {least} to {most}")
    return value


def _share(part: Entries, key: str) -> float:
    value: Any = part.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise wrong_entry(part, key, f"{key} must be more than 0 and at most 1")
    return float(value)


def _clock_time(part: Entries, key: str) -> time:
    try:
        return time.fromisoformat(str(part.get(key)))
    except ValueError as error:
        raise wrong_entry(part, key, f'{key}: write it like "18:00"') from error


def _zone(part: Entries) -> ZoneInfo:
    try:
        return ZoneInfo(str(part.get("zone", "Asia/Shanghai")))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise wrong_entry(part, "zone", f"there is no time zone {part.get('zone')}") from error
