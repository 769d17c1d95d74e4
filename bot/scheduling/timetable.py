"""The list of ticks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing the clock does again and again; ``every_s`` in seconds."""

    name: str
    every_s: int


TIMERS = Tick("ticket_timers", 5)  # deadlines, reminders, escalation, satisfaction questions
ALARMS = Tick("alarms", 5)  # whom to page next while nobody answers
TIPS = Tick("tips", 60)  # tips that nobody has opened yet
MEDIATION = Tick("mediation", 60)  # meetings, promises and visits that are due
ACTIVITIES = Tick("activities", 30)  # reminders, the end of waiting lists, closing
SHIFTS = Tick("shifts", 30)  # the next weeks' patrols, people lacking, reminders, closing
POOL = Tick("pool", 30)  # whom to offer a need next, whether it was done
HANDOFFS = Tick("handoffs", 15)  # residents who wait for a person, talks that fell silent
NOTICES = Tick("notices", 5)  # what is to be sent now, and who has not answered how they are
CARE = Tick("care_plans", 30)  # rounds of care before holidays and every week
BALLOTS = Tick("ballots", 15)  # opening, reminders to those who have not voted, closing and counting
PROPOSALS = Tick("proposals", 30)  # reviews, supporters, answers, tasks, meetings, the news of the day
INDEX = Tick("consultation_index", 3600)  # last month, once its day has come
LEDGER = Tick("time_bank", 3600)  # hours that end soon or have ended, tiers and honours
SURVEYS = Tick("surveys", 15)  # surveys and polls that open, close or remind
GUIDES = Tick("guide_owners", 3600)  # guides that end soon
TIDY = Tick("tidy", 3600)  # old rows of the clock itself

TIMETABLE = (
    *(TIMERS, ALARMS, TIPS, MEDIATION, ACTIVITIES, SHIFTS, POOL, HANDOFFS, NOTICES, CARE, BALLOTS, PROPOSALS),
    *(INDEX, LEDGER, SURVEYS, GUIDES, TIDY),
)
