"""The handlers of the tickets room: async (session, command, now, rules) → Outcome."""

from __future__ import annotations

from actions.tickets.asking import list_my_tickets, show_ticket
from actions.tickets.changing import add_to_ticket, correct_ticket
from actions.tickets.finding import follow_reported, withdraw_open
from actions.tickets.following import answer_ticket, follow_ticket, note_ticket, record_on_ticket, urge_ticket
from actions.tickets.likening import decide_likeness
from actions.tickets.mediating import ask_mediation, follow_mediation
from actions.tickets.opening import open_ticket
from actions.tickets.overseeing import lower_ticket, oversee_ticket
from actions.tickets.parting import part_report
from actions.tickets.rating import give_feedback, rate_ticket
from actions.tickets.sharing import move_ticket
from actions.tickets.ticking import do_timer

__all__ = [
    "add_to_ticket",
    "answer_ticket",
    "ask_mediation",
    "correct_ticket",
    "decide_likeness",
    "do_timer",
    "follow_mediation",
    "follow_reported",
    "follow_ticket",
    "give_feedback",
    "list_my_tickets",
    "lower_ticket",
    "move_ticket",
    "note_ticket",
    "open_ticket",
    "oversee_ticket",
    "part_report",
    "rate_ticket",
    "record_on_ticket",
    "show_ticket",
    "urge_ticket",
    "withdraw_open",
]
