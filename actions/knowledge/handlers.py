"""The handlers of the room, by command (see ``actions.catalogue``)."""

from __future__ import annotations

from actions.knowledge.answering import answer_from_guide, leave_unsolved, show_guide
from actions.knowledge.editing import renew_guide, save_guide, set_guide_state
from actions.knowledge.reminding import remind_owners

__all__ = [
    "answer_from_guide",
    "leave_unsolved",
    "remind_owners",
    "renew_guide",
    "save_guide",
    "set_guide_state",
    "show_guide",
]
