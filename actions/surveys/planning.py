"""When the clock has to look at a survey: to open it, to remind those who have not answered, to close it."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.surveys.model import Survey, SurveyState, Who

TURNS = 2  # reminders at most
DAY = timedelta(days=1)


def reminder_at(survey: Survey) -> datetime | None:
    """When the next turn is due: half way, then a day before the end. What staff ask for comes at once."""
    if survey.reminded >= TURNS or survey.who == Who.LINK:
        return None
    if survey.remind_asked_at is not None:
        return survey.remind_asked_at
    if not survey.remind or survey.opened_at is None or survey.closes_at is None:
        return None
    half, eve = survey.opened_at + (survey.closes_at - survey.opened_at) / 2, survey.closes_at - DAY
    if survey.closes_at - survey.opened_at <= DAY:  # too short for two
        return half if survey.reminded == 0 else None
    return min(half, eve) if survey.reminded == 0 else max(half, eve)


def plan(survey: Survey, now: datetime) -> None:
    """Set when the clock comes next."""
    if survey.state == SurveyState.SCHEDULED:
        survey.next_at = survey.opens_at
    elif survey.state == SurveyState.OPEN:
        survey.next_at = min((at for at in (reminder_at(survey), survey.closes_at) if at is not None), default=None)
    else:
        survey.next_at = None
