"""The rules of deliberation (``data/proposals.yml``) as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Scrub = Callable[[str], str]  # the text without phone and door numbers


@dataclass(frozen=True, slots=True)
class MeetingForm:
    """A kind of meeting and the list of matters it is for."""

    code: str
    name: str
    matters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexRules:
    """How the consultation index is put together. ``target``, ``people``: percent; ``innovation``: points each."""

    weights: Mapping[str, int]
    target: int
    people: int
    forms: int
    innovation: int
    most_innovation: int
    publish_day: int


@dataclass(frozen=True, slots=True)
class ProposalRules:
    """All of it. Days are calendar days."""

    supporters: int
    review_days: int
    gather_days: int
    discuss_days: int
    answer_days: int
    escalate_days: int
    most_waiting: int
    tell_at: time
    remind_hours: int
    cluster: int
    alike: float
    forms: Mapping[str, MeetingForm]
    index: IndexRules
    words: Mapping[str, str]
    steps: Mapping[str, str]
    states: Mapping[str, str]
    zone: ZoneInfo

    def step_words(self, kind: str, data: Mapping[str, object]) -> str:
        """A step of a proposal's way, as people read it."""
        return self.steps[kind].format_map(data)

    def today(self, now: datetime) -> date:
        """The day in the community."""
        return now.astimezone(self.zone).date()

    def end_of(self, now: datetime, days: int) -> datetime:
        """The end of the day that is so many days on."""
        day = self.today(now) + timedelta(days=days + 1)
        return datetime.combine(day, time(), self.zone)

    def end_of_day(self, day: date) -> datetime:
        """The instant at which a day is over."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone)

    def next_telling(self, now: datetime) -> datetime:
        """When the news of the day are told next."""
        here = now.astimezone(self.zone)
        today = datetime.combine(here.date(), self.tell_at, self.zone)
        return today if here < today else today + timedelta(days=1)

    def day_words(self, at: datetime | date) -> str:
        """A day; of an instant that ends a day, the day that it ends."""
        day = at if not isinstance(at, datetime) else (at.astimezone(self.zone) - timedelta(seconds=1)).date()
        return self.words["date"].format_map({"month": day.month, "day": day.day})

    def instant_words(self, at: datetime) -> str:
        """An instant on the wall clock."""
        here = at.astimezone(self.zone)
        return self.words["date_time"].format_map({"month": here.month, "day": here.day, "time": f"{here:%H:%M}"})


@dataclass(frozen=True, slots=True)
class ProposalTools:
    """What the handlers are given: the rules, and what takes private numbers out of a text."""

    rules: ProposalRules
    scrub: Scrub
