"""The handlers of the teaching room: async (session, command, now, maybe tools) → Outcome."""

from __future__ import annotations

from actions.teaching.examples import add_examples, delete_examples, edit_example, move_examples
from actions.teaching.importing import import_examples
from actions.teaching.labels import add_label, change_label, retire_label
from actions.teaching.publishing import ask_training, cancel_training, confirm_publication, publish_model, roll_back
from actions.teaching.reviewing import decide_review, undo_review
from actions.teaching.undoing import undo_changes
from actions.teaching.wording import add_local_name, remove_local_name, reset_phrase, set_phrase

__all__ = [
    "add_examples",
    "add_label",
    "add_local_name",
    "ask_training",
    "cancel_training",
    "change_label",
    "confirm_publication",
    "decide_review",
    "delete_examples",
    "edit_example",
    "import_examples",
    "move_examples",
    "publish_model",
    "remove_local_name",
    "reset_phrase",
    "retire_label",
    "roll_back",
    "set_phrase",
    "undo_changes",
    "undo_review",
]
