"""The handlers of the emergencies room: async (session, command, now, rules) → Outcome."""

from __future__ import annotations

from actions.emergencies.alarms import acknowledge_alarm, do_alarm, end_alarm, raise_alarm, settle_report
from actions.emergencies.duty import add_shift, hand_over, remove_shift
from actions.emergencies.roll_call import answer_roll_call, mark_door, remind_roll_call, start_roll_call

__all__ = [
    "acknowledge_alarm",
    "add_shift",
    "answer_roll_call",
    "do_alarm",
    "end_alarm",
    "hand_over",
    "mark_door",
    "raise_alarm",
    "remind_roll_call",
    "remove_shift",
    "settle_report",
    "start_roll_call",
]
