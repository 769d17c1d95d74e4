"""The handlers of the shifts room: async (session, command, now, rules) → Outcome."""

from __future__ import annotations

from actions.shifts.asking import ask_shifts
from actions.shifts.clock import do_shift
from actions.shifts.finds import note_hazard, note_hazards
from actions.shifts.making import cancel_shift, end_duty, make_shifts, save_duty
from actions.shifts.presence import check_in_shift, check_out_shift, pass_point, settle_signup
from actions.shifts.signing import add_to_shift, join_shift, leave_shift, note_clash, remove_from_shift
from actions.shifts.standing_in import answer_swap, do_stand_in, offer_swap, take_over

__all__ = [
    "add_to_shift",
    "answer_swap",
    "ask_shifts",
    "cancel_shift",
    "check_in_shift",
    "check_out_shift",
    "do_shift",
    "do_stand_in",
    "end_duty",
    "join_shift",
    "leave_shift",
    "make_shifts",
    "note_clash",
    "note_hazard",
    "note_hazards",
    "offer_swap",
    "pass_point",
    "remove_from_shift",
    "save_duty",
    "settle_signup",
    "take_over",
]
