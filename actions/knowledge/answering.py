"""Answers to residents: in a few lines, with where they are from; the details and a person one tap away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound
from actions.knowledge.commands import AnswerFromGuide, LeaveUnsolved, ShowGuide
from actions.knowledge.finding import find_usable
from actions.knowledge.model import Guide, GuideUse
from actions.outcome import Audience, Button, Event, Outcome, Reply
from actions.routing.rules import Rules

MORE_BUTTON, NO_BUTTON = "guide:more:{}", "guide:no:{}"


async def answer_from_guide(
    session: AsyncSession, command: AnswerFromGuide, now: datetime, rules: Rules
) -> Outcome:
    """Say what the guide says and count it. Raises NotFound for one that no longer holds."""
    guide = await find_usable(
        session, command.community_id, command.guide_id, command.resident_id, rules.calendar.local_day(now)
    )
    if guide is None:
        raise NotFound(f"guide {command.guide_id} does not hold", phrase="guide.none_such")
    use = GuideUse(
        community_id=command.community_id,
        guide_id=guide.id,
        resident_id=command.resident_id,
        chat_id=command.chat_id,
        message_id=command.message_id,
        at=now,
        score=command.score,
    )
    session.add(use)
    await session.flush()
    more = (Button("button.guide_more", MORE_BUTTON.format(use.id)),) if guide.details else ()
    buttons = (*more, Button("button.guide_no", NO_BUTTON.format(use.id)))
    said = Reply(
        saying_of(guide), answer_params(guide), resident_id=command.resident_id, buttons=buttons
    )
    return Outcome((said,), (Event("GuideUsed", command.community_id, {"guide_id": guide.id}),), use.id)


def saying_of(guide: Guide) -> str:
    """The phrase of the short answer: sample data are called so."""
    return "guide.answer_sample" if guide.sample else "guide.answer"


def answer_params(guide: Guide) -> dict[str, str]:
    """What the phrases of a guide may name."""
    return {
        "title": guide.title,
        "answer": guide.answer,
        "details": guide.details,
        "source": guide.source,
        "on": f"{guide.source_on:%Y-%m-%d}",
        "until": f"{guide.valid_until:%Y-%m-%d}",
    }


async def show_guide(session: AsyncSession, command: ShowGuide, now: datetime, rules: Rules) -> Outcome:
    """The details, in private: a group is spared a long text."""
    use = await _get_use(session, command.community_id, command.use_id)
    on = rules.calendar.local_day(now)
    guide = await find_usable(session, command.community_id, use.guide_id, command.resident_id, on)
    if guide is None:
        raise NotFound(f"guide {use.guide_id} does not hold", phrase="guide.none_such")
    use.opened_at = use.opened_at or now
    details = Reply(
        "guide.details_sample" if guide.sample else "guide.details",
        answer_params(guide),
        to=Audience.PRIVATE if command.in_group else Audience.HERE,
        resident_id=command.resident_id,
        community_id=command.community_id,
    )
    here = (Reply("guide.sent_privately", resident_id=command.resident_id),) if command.in_group else ()
    return Outcome((*here, details), value=guide.id)


async def leave_unsolved(
    session: AsyncSession, command: LeaveUnsolved, now: datetime, rules: Rules
) -> Outcome:
    """Count it and let a person be asked; only who had asked may say so, and once."""
    use = await _get_use(session, command.community_id, command.use_id, lock=True)
    if use.resident_id != command.resident_id:
        raise NotAllowed("another resident's question", phrase="guide.not_yours")
    if use.unsolved_at is not None:
        return Outcome((Reply("guide.unsolved_already", resident_id=command.resident_id),))
    use.unsolved_at = now
    await session.flush()
    return Outcome(events=(Event("GuideUnsolved", command.community_id, {"use_id": use.id}),))


async def _get_use(
    session: AsyncSession, community_id: int, use_id: int, *, lock: bool = False
) -> GuideUse:
    query = select(GuideUse).where(GuideUse.id == use_id, GuideUse.community_id == community_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    use = await session.scalar(query)
    if use is None:
        raise NotFound(f"answer {use_id}", phrase="guide.none_such")
    return use
