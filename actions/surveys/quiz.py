"""A prize quiz: what is right, one entry each, the draw after the close, and prizes that are handed out once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.outcome import Outcome, Reply
from actions.routing.rules import Rules
from actions.surveys.access import access_as_maker, page_button, survey_event, tell_groups, tell_resident
from actions.surveys.book import SurveyTools
from actions.surveys.commands import HandPrize, Thanked
from actions.surveys.draw import digest, draw, expand, make_code, make_seed
from actions.surveys.model import QuizEntry, QuizPrize, Survey, SurveyState
from actions.surveys.questions import Kind, Question

TAIL = 4  # of a code: what is said to fetch a prize


def commit_seed(survey: Survey) -> None:
    """Make the seed and show its digest, once, before anybody can play."""
    if survey.is_quiz and not survey.seed:
        survey.seed = make_seed()
        survey.seed_hash = digest(survey.seed)


def is_right(question: Question, answer: Any) -> bool:
    """Whether all that is right was chosen, and nothing else."""
    chosen = answer if isinstance(answer, list) else [] if answer is None else [answer]
    return sorted(chosen) == sorted(question.right)


def score(questions: Sequence[Question], answers: Mapping[str, Any]) -> int:
    """How many were answered rightly."""
    return sum(is_right(one, answers.get(one.key)) for one in questions if one.kind in (Kind.SINGLE, Kind.MULTIPLE))


async def has_played(session: AsyncSession, survey: Survey, resident_id: int) -> bool:
    """Whether the resident has an entry; one who has moved speaks for another home, and plays once all the same."""
    mine = select(QuizEntry.id).where(QuizEntry.survey_id == survey.id, QuizEntry.resident_id == resident_id)
    return await session.scalar(mine) is not None


async def enter(session: AsyncSession, survey: Survey, resident_id: int, answers: Mapping[str, Any]) -> Thanked:
    """The one entry of a resident."""
    questions, code = survey.asked, make_code()
    right = score(questions, answers)
    qualified = right >= survey.pass_score
    session.add(
        QuizEntry(
            community_id=survey.community_id,
            survey_id=survey.id,
            resident_id=resident_id,
            code=code,
            entry_hash=digest(code),
            score=right,
            qualified=qualified,
        )
    )
    await session.flush()
    return Thanked(right, len(questions), code, qualified)


async def draw_prizes(session: AsyncSession, survey: Survey) -> list[Reply]:
    """After the close: winners as they follow from the seed and the list. Doing it twice changes nothing."""
    drawn = await session.scalar(select(QuizPrize.id).where(QuizPrize.survey_id == survey.id).limit(1))
    if drawn is not None:
        return []
    query = select(QuizEntry).where(QuizEntry.survey_id == survey.id, QuizEntry.qualified.is_(True))
    entries = {one.entry_hash: one for one in await session.scalars(query)}
    names = expand(survey.prizes)
    winners = draw(survey.seed, list(entries), len(names))
    replies: list[Reply] = []
    for place, (name, entry_hash) in enumerate(zip(names, winners, strict=False), 1):
        entry = entries[entry_hash]
        session.add(
            QuizPrize(
                community_id=survey.community_id,
                survey_id=survey.id,
                place=place,
                name=name,
                entry_hash=entry_hash,
                resident_id=entry.resident_id,
            )
        )
        params = {"prize": name, "tail": entry.code[-TAIL:]}
        replies.append(
            tell_resident(survey, entry.resident_id, "survey.quiz.won", "won", (page_button(survey),), **params)
        )
    await session.flush()
    phrase = "survey.quiz.drawn" if winners else "survey.quiz.nobody"
    told = {"entries": len(entries), "winners": len(winners)}
    return [*replies, *tell_groups(survey, phrase, "drawn", (page_button(survey, "button.survey.draw"),), **told)]


def record_of(survey: Survey, entries: Sequence[str], prizes: Sequence[QuizPrize]) -> dict[str, Any]:
    """What is published after the draw: all that is needed to do it again, and nobody's name."""
    return {
        "title": survey.title,
        "seed_sha256": survey.seed_hash,
        "seed": survey.seed if survey.state == SurveyState.CLOSED else "",
        "prizes": survey.prizes,
        "entries": sorted(entries),
        "winners": [{"prize": one.name, "entry": one.entry_hash} for one in sorted(prizes, key=lambda one: one.place)],
    }


async def hand_prize(
    session: AsyncSession, command: HandPrize, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """To who says the end of the entry's code; once."""
    survey = await access_as_maker(session, command.survey_id, command.staff_id)
    mine = (QuizPrize.survey_id == survey.id, QuizPrize.place == command.place)
    prize = await session.scalar(
        select(QuizPrize).where(*mine).with_for_update().execution_options(populate_existing=True)
    )
    if prize is None:
        raise NotFound("no such prize", phrase="survey.none_such")
    if prize.handed_at is not None:
        raise MoveRefused("handed out", phrase="survey.quiz.handed_already")
    entry = select(QuizEntry.code).where(QuizEntry.survey_id == survey.id, QuizEntry.entry_hash == prize.entry_hash)
    code = await session.scalar(entry) or ""
    if command.code.strip().lower() not in (code, code[-TAIL:]) or not command.code.strip():
        raise InvalidInput("wrong code", phrase="survey.quiz.wrong_code", many=TAIL)
    prize.handed_at, prize.staff_id = now, command.staff_id
    await session.flush()
    told = tell_resident(survey, prize.resident_id, "survey.quiz.handed", f"handed:{prize.place}", prize=prize.name)
    return Outcome((told,), (survey_event("SurveyChanged", survey),), survey.id)
