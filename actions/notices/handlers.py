"""The handlers of the notices room: async (session, command, now, rules, tools) → Outcome."""

from __future__ import annotations

from actions.notices.answering import answer_notice, set_notices_wanted, set_welcome
from actions.notices.care_plans import pause_care_plan, plan_care, start_planned_care
from actions.notices.caring import add_care_person, answer_care, end_care_person, end_care_round, start_care_round
from actions.notices.recalling import note_recall, recall_notice
from actions.notices.sending import address_broadcast, continue_broadcast, start_broadcast
from actions.notices.writing import decide_notice, send_missed, set_reach, submit_notice

__all__ = [
    "add_care_person",
    "address_broadcast",
    "answer_care",
    "answer_notice",
    "continue_broadcast",
    "decide_notice",
    "end_care_person",
    "end_care_round",
    "note_recall",
    "pause_care_plan",
    "plan_care",
    "recall_notice",
    "send_missed",
    "set_notices_wanted",
    "set_reach",
    "set_welcome",
    "start_broadcast",
    "start_care_round",
    "start_planned_care",
    "submit_notice",
]
