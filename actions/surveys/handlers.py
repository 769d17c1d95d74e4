"""The handlers of the surveys room: async (session, command, now, rules, tools) → Outcome."""

from __future__ import annotations

from actions.surveys.answering import answer_survey
from actions.surveys.making import (
    correct_question,
    create_survey,
    drop_question,
    move_question,
    save_question,
    set_survey,
)
from actions.surveys.quiz import hand_prize
from actions.surveys.running import (
    close_survey,
    do_survey,
    open_survey,
    publish_survey,
    remind_now,
    remind_residents,
    set_reminders,
)
from actions.surveys.talking import answer_talk, start_talk, stop_talk

__all__ = [
    "answer_survey",
    "answer_talk",
    "close_survey",
    "correct_question",
    "create_survey",
    "do_survey",
    "drop_question",
    "hand_prize",
    "move_question",
    "open_survey",
    "publish_survey",
    "remind_now",
    "remind_residents",
    "save_question",
    "set_reminders",
    "set_survey",
    "start_talk",
    "stop_talk",
]
