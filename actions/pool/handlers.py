"""The handlers of the pool: async (session, command, now, rules, pool) → Outcome."""

from __future__ import annotations

from actions.pool.asking import ask_for_help, cancel_need, complete_need
from actions.pool.ending import say_helped, say_no_show, settle_need
from actions.pool.helping import allow_visits, answer_offer, do_need, give_back, offer_help, rest_volunteer

__all__ = [
    "allow_visits",
    "answer_offer",
    "ask_for_help",
    "cancel_need",
    "complete_need",
    "do_need",
    "give_back",
    "offer_help",
    "rest_volunteer",
    "say_helped",
    "say_no_show",
    "settle_need",
]
