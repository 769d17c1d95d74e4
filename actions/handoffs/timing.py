"""When the clock has something to do for a hand-off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from actions.handoffs.model import Handoff, State
from actions.routing.calendar import Deadline
from actions.routing.rules import Rules

MOST_REMINDED = 2  # the desk, then the next level; after that a ticket stands in its place


def waiting_dues(handoff: Handoff, rules: Rules) -> Sequence[datetime]:
    """When the desk is reminded, when the next level is asked, when it becomes a ticket; in hours when people work."""
    terms = rules.terms
    gives_up = Deadline(terms.handoff_silent.minutes, working=True)
    waits = (terms.handoff_remind, terms.handoff_climb, gives_up)
    return [rules.calendar.due(handoff.waits_since, wait) for wait in waits]


def next_due(handoff: Handoff, rules: Rules) -> datetime | None:
    """The next step: reminder, next level, a ticket in its place; or the end of a talk that has fallen silent."""
    terms, calendar = rules.terms, rules.calendar
    if handoff.state == State.ENDED:
        return None
    if handoff.state == State.WAITING:
        return waiting_dues(handoff, rules)[handoff.reminded]
    ends = handoff.last_at + timedelta(minutes=terms.handoff_silent.minutes)
    if handoff.unanswered_since is None or handoff.reminded:
        return ends
    return min(ends, calendar.due(handoff.unanswered_since, terms.handoff_climb))
