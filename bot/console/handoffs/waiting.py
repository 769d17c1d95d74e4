"""How long somebody waits, as staff see it: a colour, and always words beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from actions.handoffs.model import Handoff, State
from actions.routing.rules import Rules
from bot.console.deadlines import span_words
from bot.phrases import Phrases


@dataclass(frozen=True, slots=True)
class WaitView:
    """``state``: ok, soon, late, over, as of deadlines."""

    state: str
    words: str


def read_wait(phrases: Phrases, rules: Rules, handoff: Handoff, now: datetime) -> WaitView:
    """Coloured by the time in which somebody was at work; the words say how long it is for the resident."""
    since = handoff.waits_since if handoff.state == State.WAITING else handoff.unanswered_since
    if handoff.state == State.ENDED or since is None:
        key = "over" if handoff.state == State.ENDED else "answered"
        return WaitView("over", phrases.render(f"console.handoff_wait.{key}"))
    minutes = rules.calendar.spent(since, now, working=True).total_seconds() / 60
    terms = rules.terms
    late, soon = minutes >= terms.handoff_climb.minutes, minutes >= terms.handoff_remind.minutes
    words = phrases.render(f"console.handoff_wait.{handoff.state}", {"span": span_words(phrases, now - since)})
    return WaitView("late" if late else "soon" if soon else "ok", words)
