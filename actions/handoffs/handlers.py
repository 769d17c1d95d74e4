"""The handlers of the hand-off room, by the names of their commands."""

from __future__ import annotations

from actions.handoffs.answering import (
    add_thread,
    hand_back,
    note_answer,
    open_handoff_ticket,
    speak_in_handoff,
    step_in,
    take_handoff,
)
from actions.handoffs.asking import ask_handoff, hear_handoff, leave_handoff
from actions.handoffs.clock import do_handoff
from actions.handoffs.passing import pass_handoff

__all__ = [
    "add_thread",
    "ask_handoff",
    "do_handoff",
    "hand_back",
    "hear_handoff",
    "leave_handoff",
    "note_answer",
    "open_handoff_ticket",
    "pass_handoff",
    "speak_in_handoff",
    "step_in",
    "take_handoff",
]
