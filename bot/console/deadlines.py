"""A deadline as staff see it: a colour, and always words beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from actions.tickets.model import Status, Ticket
from bot.phrases import Phrases
from bot.storage.queries import RUNNING

SOON = 0.2  # of the whole time
SOON_ANYWAY = timedelta(hours=1)  # who has that little left is in a hurry, however short the whole time was


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """``state``: none, ok, soon, late, stopped, over."""

    state: str
    words: str


def read_deadline(phrases: Phrases, ticket: Ticket, now: datetime) -> DeadlineView:
    """How much time a ticket has left."""
    if ticket.status == Status.SUSPENDED:
        return DeadlineView("stopped", phrases.render("console.deadline.stopped"))
    if ticket.status not in RUNNING:
        return DeadlineView("over", phrases.render("console.deadline.over"))
    if ticket.due_at is None:
        return DeadlineView("none", phrases.render("console.deadline.none"))
    left = ticket.due_at - now
    if left <= timedelta(0):
        return DeadlineView("late", phrases.render("console.deadline.late", {"span": span_words(phrases, -left)}))
    share = left / max(ticket.due_at - ticket.opened_at, timedelta(minutes=1))
    state = "soon" if share <= SOON or left <= SOON_ANYWAY else "ok"
    words = phrases.render(f"console.deadline.{state}", {"span": span_words(phrases, left)})
    return DeadlineView(state, words)


def span_words(phrases: Phrases, span: timedelta) -> str:
    """A span in its two largest units."""
    minutes = max(1, round(span.total_seconds() / 60))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return phrases.render("console.span.days" if hours else "console.span.whole_days", {"d": days, "h": hours})
    if hours:
        return phrases.render("console.span.hours" if rest else "console.span.whole_hours", {"h": hours, "m": rest})
    return phrases.render("console.span.minutes", {"m": rest})
