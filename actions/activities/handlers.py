"""The handlers of the activities room: async (session, command, now, rules) → Outcome."""

from __future__ import annotations

from actions.activities.asking import ask_activities
from actions.activities.clock import do_activity
from actions.activities.making import (
    cancel_activity,
    change_activity,
    create_activity,
    decide_activity,
    draft_activity,
    settle_draft,
)
from actions.activities.presence import add_by_staff, check_in, record_attendance, remove_by_staff, thank_all
from actions.activities.relay import join_relay
from actions.activities.signing import leave_activity, sign_up

__all__ = [
    "add_by_staff",
    "ask_activities",
    "cancel_activity",
    "change_activity",
    "check_in",
    "create_activity",
    "decide_activity",
    "do_activity",
    "draft_activity",
    "join_relay",
    "leave_activity",
    "record_attendance",
    "remove_by_staff",
    "settle_draft",
    "sign_up",
    "thank_all",
]
