"""The handlers of the tips room: async (session, command, now, rules, seals) → Outcome."""

from __future__ import annotations

from actions.tips.leaving import add_to_tip, leave_tip
from actions.tips.moving import move_tip
from actions.tips.reading import read_tip
from actions.tips.reminding import remind_tip
from actions.tips.visiting import list_own_tips, visit_own_tip, visit_tip

__all__ = [
    "add_to_tip",
    "leave_tip",
    "list_own_tips",
    "move_tip",
    "read_tip",
    "remind_tip",
    "visit_own_tip",
    "visit_tip",
]
