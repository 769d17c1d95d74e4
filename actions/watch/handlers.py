"""The handlers of the watch: async (session, command, now) → Outcome; some also take the rules."""

from __future__ import annotations

from actions.watch.groups import answer_eve, answer_watch, ask_eve, ask_watch, change_watch, make_watch
from actions.watch.worries import do_worry, go_and_look, say_worry, settle_worry, tell_found

__all__ = [
    "answer_eve",
    "answer_watch",
    "ask_eve",
    "ask_watch",
    "change_watch",
    "do_worry",
    "go_and_look",
    "make_watch",
    "say_worry",
    "settle_worry",
    "tell_found",
]
