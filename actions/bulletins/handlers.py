"""The handlers of the room: async (session, command, now, rules, tools) → Outcome."""

from __future__ import annotations

from actions.bulletins.deeds import (
    answer_consent,
    ask_consent,
    edit_deed,
    name_deed,
    record_consent,
    tell_deed,
    write_deed,
)
from actions.bulletins.officials import submit_bulletin, withdraw_bulletin
from actions.bulletins.pictures import answer_picture, offer_picture, remove_picture, set_public_page
from actions.bulletins.publishing import approve_deed, note_notice, refuse_deed, withdraw_deed
from actions.bulletins.rumours import ask_rumour

__all__ = [
    "answer_consent",
    "answer_picture",
    "approve_deed",
    "ask_consent",
    "ask_rumour",
    "edit_deed",
    "name_deed",
    "note_notice",
    "offer_picture",
    "record_consent",
    "refuse_deed",
    "remove_picture",
    "set_public_page",
    "submit_bulletin",
    "tell_deed",
    "withdraw_bulletin",
    "withdraw_deed",
    "write_deed",
]
