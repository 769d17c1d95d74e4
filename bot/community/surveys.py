"""Questionnaires that are open, and what was learnt from those whose findings are published. No answer is read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.surveys.model import Survey, SurveyState
from bot.community.section import Line, Place, Section, day_words

MOST = 10


async def load_open(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those one may answer, which end first in front."""
    wanted = (Survey.community_id == place.community_id, Survey.state == SurveyState.OPEN)
    found = await session.scalars(select(Survey).where(*wanted).order_by(Survey.closes_at, Survey.id).limit(MOST))
    return [_open(one, place) for one in found]


def _open(one: Survey, place: Place) -> Line:
    until = place.say("community.until", {"day": day_words(one.closes_at)}) if one.closes_at is not None else ""
    return Line(one.title, until, href=f"/surveys/{one.id}", mark=place.say("community.mark.survey"))


async def load_learnt(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those published in the month: what was found, and what will be done."""
    wanted = (
        Survey.community_id == place.community_id,
        Survey.published_at >= place.start,
        Survey.published_at < place.end,
    )
    found = await session.scalars(select(Survey).where(*wanted).order_by(Survey.published_at.desc()).limit(MOST))
    return [
        Line(one.title, "\n".join(text for text in (one.found, one.doing) if text), href=f"/surveys/{one.id}")
        for one in found
    ]


OPEN = Section("surveys", "on", load_open)
LEARNT = Section("learnt", "decided", load_learnt)
