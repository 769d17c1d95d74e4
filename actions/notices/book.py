"""What an installation keeps in ``data/notices``: who may write, when a second person approves, the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from actions.reading import read_yaml

WORDS = ("help_service", "help_text", "visit_service", "visit_text", "visit_help_text", "care_occasion")


@dataclass(frozen=True, slots=True)
class Template:
    """A text ready to be filled in. ``kind``: weather, campaign, holiday; ``safety``: goes at night, too."""

    code: str
    kind: str
    name: str
    title: str
    text: str
    safety: bool = False
    color: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A second person is needed where all of this holds; what is empty holds always."""

    roles: frozenset[str] = frozenset()
    whole_community: bool | None = None
    safety: bool | None = None
    private: bool | None = None

    def holds(self, role: str, whole: bool, safety: bool, private: bool) -> bool:
        wanted = ((self.whole_community, whole), (self.safety, safety), (self.private, private))
        return (not self.roles or role in self.roles) and all(want in (None, is_so) for want, is_so in wanted)


@dataclass(frozen=True, slots=True)
class NoticeBook:
    """The whole of it. ``use_for``: hours after its time in which a notice is still of use."""

    writers: frozenset[str] = frozenset({"committee", "admin"})
    approvers: frozenset[str] = frozenset({"committee", "admin"})
    carers: frozenset[str] = frozenset({"committee", "admin"})  # keep the list of those who live alone
    needs: tuple[Need, ...] = ()
    use_for: int = 2
    templates: Mapping[str, Template] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)  # the other lines of rules.yml

    def needs_second(self, role: str, *, whole: bool, safety: bool, private: bool) -> bool:
        """Whether somebody else has to approve."""
        return role not in self.approvers or any(need.holds(role, whole, safety, private) for need in self.needs)


class BookWrong(ValueError):
    """A file in ``data/notices`` cannot be used; the message says where."""


def read_book(rules: str, templates: Sequence[tuple[str, str]]) -> NoticeBook:
    """``rules.yml`` and (name, text) of the files of templates → NoticeBook. Raises BookWrong."""
    try:
        given = read_yaml(rules)
        needs = tuple(_need(one) for one in given.get("second_person", ()))
        found = {one.code: one for name, text in templates for one in _templates(name, read_yaml(text))}
        return NoticeBook(
            frozenset(given["writers"]),
            frozenset(given["approvers"]),
            frozenset(given["carers"]),
            needs,
            int(given["use_for_hours"]),
            found,
            {name: str(given[name]) for name in WORDS},
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise BookWrong(f"data/notices: {type(error).__name__}: {error}") from error


def _need(data: Mapping[str, Any]) -> Need:
    unknown = set(data) - {"roles", "whole_community", "safety", "private"}
    if unknown:
        raise ValueError(f"rules.yml: unknown {sorted(unknown)}")
    return Need(**{**data, "roles": frozenset(data.get("roles", ()))})


def _templates(kind: str, data: Mapping[str, Any]) -> list[Template]:
    return [Template(code, kind, **values) for code, values in data.items()]
