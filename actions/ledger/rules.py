"""The rule table of the time bank (``data/ledger.yml``) as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from actions.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Kind:
    """A way of giving time. ``percent`` of what was given is credited; caps are credited minutes."""

    code: str
    name: str
    words: tuple[str, ...]
    percent: int
    day: int
    month: int
    confirms: frozenset[str]  # roles


@dataclass(frozen=True, slots=True)
class Tier:
    """A rank by all the minutes somebody ever gave."""

    code: str
    name: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Honour:
    """An honour by the minutes given to some kinds in a calendar year."""

    code: str
    name: str
    kinds: frozenset[str]
    minutes: int


@dataclass(frozen=True, slots=True)
class LedgerRules:
    """All of it. ``longest``: minutes in one entry; ``late_days``: how long after the day hours may be told.

    ``gift_days``: how long a neighbour may think about hours that were given to them.
    """

    kinds: Mapping[str, Kind]
    tiers: tuple[Tier, ...]  # lowest first
    honours: Mapping[str, Honour]
    expiry_months: int
    warn_days: int
    holding: int
    longest: int
    late_days: int
    gift_days: int
    words: Mapping[str, str]
    zone: ZoneInfo

    def kind(self, code: str) -> Kind:
        """Raises InvalidInput for a kind the table does not have."""
        if code not in self.kinds:
            raise InvalidInput(f"no such kind {code!r}", phrase="ledger.which_kind")
        return self.kinds[code]

    def find_kind(self, text: str) -> Kind | None:
        """The kind whose longest word stands in a text."""
        said = [(len(word), kind.code) for kind in self.kinds.values() for word in kind.words if word in text]
        return self.kinds[max(said)[1]] if said else None

    def tier_of(self, given: int) -> Tier | None:
        """The highest tier that so many minutes reach."""
        reached = [tier for tier in self.tiers if given >= tier.minutes]
        return reached[-1] if reached else None

    def next_tier(self, given: int) -> Tier | None:
        """The first tier not reached yet."""
        return next((tier for tier in self.tiers if given < tier.minutes), None)

    def today(self, now: datetime) -> date:
        """The day in the community."""
        return now.astimezone(self.zone).date()

    def expires_on(self, today: date) -> date:
        """The first day on which hours credited today can no longer be spent: always a first of the month."""
        month = today.year * 12 + today.month + self.expiry_months
        return date(month // 12, month % 12 + 1, 1)

    def at_least(self, today: date) -> date:
        """A first of the month so far off that nobody has been told of it yet."""
        told = today + timedelta(days=self.warn_days)
        return date(told.year + told.month // 12, told.month % 12 + 1, 1)

    def hours_words(self, minutes: int) -> str:
        """Minutes as people say them."""
        hours, rest = divmod(abs(minutes), 60)
        said = [self.words["hours"].format(n=hours)] if hours or not rest else []
        said += [self.words["minutes"].format(n=rest)] if rest else []
        return ("-" if minutes < 0 else "") + "".join(said)

    def day_words(self, day: date) -> str:
        """A day with its year: it may be read long after."""
        return self.words["day"].format(year=day.year, month=day.month, day=day.day)
