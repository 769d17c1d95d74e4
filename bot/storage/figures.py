"""The three rates and what stands beside them, counted from histories. Pure; the formulas stand in docs/figures.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from actions.routing.rules import Rules
from actions.tickets.commands import Move
from actions.tickets.model import Status

SATISFIED = 4  # of 5
STEPS = ("accepted", "dispatched", "handled", "closed")  # each measured from the one before, the first from reporting
WHOLE = "whole"  # from reporting to closing
_GONE = (Status.WITHDRAWN, Status.MERGED)
_ANSWERED = "page_answered"  # whoever is on duty says that they go


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose a ticket was: a team and the level at which it answered."""

    level: str
    team_id: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What the figures need of an article; nothing that anybody wrote."""

    at: datetime
    actor: str
    move: str
    status_from: str
    status_to: str
    internal: bool
    seat: Seat
    score: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """A ticket with its history, the first entry is its opening. ``asked``: there is a reporter to ask."""

    service: str
    opened_at: datetime
    asked: bool
    entries: Sequence[Entry]

    def before(self, index: int) -> Seat:
        """Whose it was when that entry was made."""
        return self.entries[max(0, index - 1)].seat

    def just_before(self, at: datetime) -> Seat:
        """Whose it was when that instant came; what the clock does at that very instant is not yet done."""
        return next((e.seat for e in reversed(self.entries) if e.at < at), self.entries[0].seat)


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` until before ``end``, as it stands at ``now``."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def until(self) -> datetime:
        return min(self.end, self.now)

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(slots=True)
class Share:
    """Good ones among those that count. ``silent`` ones count and are none; ``pending`` ones do not count yet."""

    base: int = 0
    good: int = 0
    silent: int = 0
    pending: int = 0

    @property
    def answered(self) -> int:
        return self.base - self.silent

    @property
    def rate(self) -> float | None:
        return self.good / self.base if self.base else None

    @property
    def rate_of_answered(self) -> float | None:
        return self.good / self.answered if self.answered else None

    def count(self, *, good: bool = False, silent: bool = False) -> None:
        self.base, self.good, self.silent = self.base + 1, self.good + good, self.silent + silent


def _spans() -> dict[str, list[timedelta]]:
    return {step: [] for step in (*STEPS, WHOLE)}


@dataclass(slots=True)
class Figures:
    """The figures of one body, one level or all."""

    opened: int = 0
    gone: int = 0
    returned: int = 0
    reopened: int = 0
    escalated: int = 0
    response: Share = field(default_factory=Share)
    solution: Share = field(default_factory=Share)
    satisfaction: Share = field(default_factory=Share)
    spans: dict[str, list[timedelta]] = field(default_factory=_spans)

    def add(self, other: Figures) -> None:
        """Take another body's figures in."""
        for name in ("opened", "gone", "returned", "reopened", "escalated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("response", "solution", "satisfaction"):
            mine, theirs = getattr(self, name), getattr(other, name)
            for part in ("base", "good", "silent", "pending"):
                setattr(mine, part, getattr(mine, part) + getattr(theirs, part))
        for step, spans in other.spans.items():
            self.spans[step] += spans


def middle(spans: Sequence[timedelta]) -> timedelta | None:
    """The median: of an even number, halfway between the two in the middle."""
    return timedelta(seconds=median(span.total_seconds() for span in spans)) if spans else None


def ninetieth(spans: Sequence[timedelta]) -> timedelta | None:
    """The shortest span that nine in ten do not exceed (nearest rank)."""
    return sorted(spans)[math.ceil(len(spans) * 0.9) - 1] if spans else None


def add_up(stories: Iterable[Story], period: Period, rules: Rules) -> Mapping[Seat, Figures]:
    """The figures of every body that had something to do in the period."""
    count = _Count(period, rules)
    for story in stories:
        if period.holds(story.opened_at):
            count.figures(story.entries[0].seat).opened += 1
            count.response(story)
            count.solution(story)
        count.moves(story)
        count.satisfaction(story)
        count.steps(story)
    return count.found


def total(parts: Iterable[Figures]) -> Figures:
    """Several bodies as one."""
    whole = Figures()
    for part in parts:
        whole.add(part)
    return whole


class _Count:
    def __init__(self, period: Period, rules: Rules) -> None:
        self.period, self.rules = period, rules
        self.found: dict[Seat, Figures] = {}

    def figures(self, seat: Seat) -> Figures:
        return self.found.setdefault(seat, Figures())

    def response(self, story: Story) -> None:
        """In time: whoever had it acted by then. Too late or never: it counts for whoever had it when time ran out."""
        length = self.rules.service(story.service).deadline.share(self.rules.terms.response_percent)
        due = self.rules.calendar.due(story.opened_at, length)
        index = _first(story, _is_response)
        if index is not None:
            in_time = story.entries[index].at <= due
            seat = story.before(index) if in_time else story.just_before(due)
            self.figures(seat).response.count(good=in_time)
            return
        if [entry.status_to for entry in story.entries if entry.at <= due][-1] in _GONE:
            return
        share = self.figures(story.just_before(due)).response
        if due > self.period.now:
            share.pending += 1
        else:
            share.count(silent=True)

    def solution(self, story: Story) -> None:
        """Judged at the end of the period, or when its time runs out if that is later: nothing slips between two."""
        due = self.rules.calendar.due(story.opened_at, self.rules.service(story.service).deadline)
        judged = max(self.period.until, due)
        seen = [entry for entry in story.entries if entry.at <= judged]
        if seen[-1].status_to in _GONE:
            self.figures(story.entries[0].seat).gone += 1
            return
        handled = next((i for i, entry in enumerate(seen) if entry.move == Move.HANDLE), None)
        if handled is not None:
            again = any(entry.move == Move.REOPEN for entry in seen)
            self.figures(story.before(handled)).solution.count(good=not again)
            return
        share = self.figures(story.just_before(due)).solution
        if judged > self.period.now or _waits_for_resident(seen):
            share.pending += 1
        else:
            share.count(silent=True)

    def satisfaction(self, story: Story) -> None:
        """Each closing asks once; what was said before it was reopened or closed again is its answer."""
        for index, entry in enumerate(story.entries):
            if entry.move != Move.CLOSE or entry.actor != "staff" or not story.asked:
                continue
            if self.period.holds(entry.at):
                self._answer(entry, story.entries[index + 1 :])

    def _answer(self, closing: Entry, later: Sequence[Entry]) -> None:
        share = self.figures(closing.seat).satisfaction
        waits_until = self._waits_until(closing.at)
        for entry in later:
            if entry.move == Move.RATE:
                return share.count(good=entry.score >= SATISFIED)
            if entry.move == Move.REOPEN:
                return None  # the question is void: it goes on
        if self.period.now < waits_until and not any(e.move == Move.EXPIRE_RATING for e in later):
            share.pending += 1
            return None
        return share.count(silent=True)

    def _waits_until(self, closed_at: datetime) -> datetime:
        terms, calendar = self.rules.terms, self.rules.calendar
        return calendar.due(calendar.due(closed_at, terms.rating_reminder), terms.rating_expire)

    def moves(self, story: Story) -> None:
        for index, entry in enumerate(story.entries):
            if not self.period.holds(entry.at):
                continue
            if entry.move == Move.RETURN:
                self.figures(story.before(index)).returned += 1
            elif entry.move == Move.REOPEN:
                self.figures(story.before(index)).reopened += 1
            elif entry.move == Move.ESCALATE:
                self.figures(story.before(index)).escalated += 1

    def steps(self, story: Story) -> None:
        """Steps that ended in the period. A step that was skipped is not measured."""
        for step, begin in zip(STEPS, ("", *STEPS), strict=False):
            start = _reached(story, begin) if begin else 0
            if start is not None:
                self._measure(story, step, start, step)
        self._measure(story, WHOLE, 0, "closed")

    def _measure(self, story: Story, step: str, start: int, status: str) -> None:
        end = _reached(story, status, start)
        if end is None or not self.period.holds(story.entries[end].at):
            return
        span = story.entries[end].at - story.entries[start].at
        self.figures(story.before(end)).spans[step].append(span)


def _is_response(entry: Entry) -> bool:
    """Something the resident may notice: a note among staff is none, nor that they wrote the report down."""
    if entry.actor != "staff" or entry.move == "open":
        return False
    return not entry.internal or entry.move == _ANSWERED


def _waits_for_resident(seen: Sequence[Entry]) -> bool:
    last = seen[-1]
    closed_by_clock = any(e.move == Move.CLOSE and e.status_from == Status.SUSPENDED for e in seen)
    return last.status_to == Status.SUSPENDED or closed_by_clock


def _reached(story: Story, status: str, after: int = 0) -> int | None:
    return _first(story, lambda e: e.status_to == status and e.status_from != status, after)


def _first(story: Story, test: Callable[[Entry], bool], after: int = 0) -> int | None:
    return next((i for i, entry in enumerate(story.entries) if i >= after and test(entry)), None)
