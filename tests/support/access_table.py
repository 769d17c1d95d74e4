"""The table of ``access_rows.py`` as values: who may ask for which address, and read what."""

from __future__ import annotations

from dataclasses import dataclass

from actions.people.model import Role
from tests.support.access_rows import TABLE, THINGS

GROUPS = {
    "all": frozenset(Role),
    "workers": frozenset(Role) - {"supervisor"},
    "offices": frozenset({"committee", "police", "workstation", "street", "district", "admin"}),
    "field": frozenset({"grid_worker", "steward", "mediator"}),  # workers who are no office
    "above": frozenset({"committee", "street", "district", "admin"}),  # who answers for a whole level
    "trusted": frozenset({"committee", "police", "admin"}),  # may know what was said in confidence
    "tip_readers": frozenset({"police", "committee"}),
    "keepers": frozenset({"admin", "committee"}),
    "desks": frozenset({"admin", "committee", "workstation"}),
    "writers": frozenset({"grid_worker", "steward", "committee", "police", "workstation", "admin"}),  # of notices
    "carers": frozenset({"grid_worker", "committee", "workstation", "admin"}),  # of those who live alone
    "ledger_writers": frozenset({"committee", "workstation", "grid_worker", "mediator", "police", "admin"}),
    "ballot_hands": frozenset({"committee", "workstation", "grid_worker", "admin"}),
    "ledger_patrol": frozenset({"committee", "workstation", "grid_worker", "police", "admin"}),
    "deed_writers": frozenset({"grid_worker", "steward", "committee", "police", "workstation", "mediator", "admin"}),
    "bulletin_writers": frozenset({"police", "committee", "street", "admin"}),
    "officials": frozenset(
        {"grid_worker", "steward", "committee", "police", "workstation", "mediator", "admin", "street"}
    ),
    "planners": frozenset({"committee", "workstation", "grid_worker", "police", "admin"}),  # of patrols
    "street_admin": frozenset({"street_admin"}),  # who administers all communities of the street
    "figures": frozenset({"admin", "committee", "workstation", "street", "district", "supervisor"}),
}


@dataclass(frozen=True)
class Case:
    """A line of the table."""

    address: str  # "GET /tickets/{id}"
    variant: str
    where: str
    does: frozenset[str]
    told: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.address} {self.variant}".rstrip()

    @property
    def method(self) -> str:
        return self.address.partition(" ")[0]

    def expected(self, role: str, place: str, title: str) -> str:
        """ "does", "told" or "not there" for somebody of that role who works ``here``, in ``grid2`` of the same
        community, or ``elsewhere``. ``title``: what they are called here, if more is theirs than of their role."""
        if not reaches(self.where, role, place):
            return "not there"
        return "does" if {role, title} & self.does else "told" if role in self.told else "not there"


@dataclass(frozen=True)
class Thing:
    """A word, who may read it, and on which page."""

    word: str
    where: str
    readers: frozenset[str]
    page: str

    def is_for(self, role: str, place: str) -> bool:
        return reaches(self.where, role, place) and role in self.readers


def reaches(where: str, role: str, place: str) -> bool:
    """Whether a matter lies where that person works."""
    if where in ("open", "own", "everywhere"):
        return True
    if "elsewhere" in (where, place):
        return where == place
    if role != "grid_worker" or where == "community":
        return True
    return where == ("grid2" if place == "grid2" else "grid1")


def _roles(words: str) -> frozenset[str]:
    return frozenset(role for word in words.split() for role in GROUPS.get(word) or {Role(word)})


def _read_cases() -> tuple[Case, ...]:
    cases = []
    for line in filter(None, TABLE.splitlines()):
        what, where, first, second = (part.strip() for part in line.split("|"))
        method, path, *variant = what.split(maxsplit=2)
        does, told = _roles(first), _roles(second)
        cases.append(Case(f"{method} {path}", " ".join(variant), where, does, told - does))
    return tuple(cases)


def _read_things() -> tuple[Thing, ...]:
    rows = ([part.strip() for part in line.split("|")] for line in filter(None, THINGS.splitlines()))
    return tuple(Thing(word, where, _roles(who), page.split()[0]) for word, where, who, page in rows)


CASES = _read_cases()
SECRETS = _read_things()
