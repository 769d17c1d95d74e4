"""Guides written and changed by staff. What ships is never changed for one community: it gets a copy of its own."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotAllowed
from actions.knowledge.commands import GuideText, RenewGuide, SaveGuide, SetGuideState
from actions.knowledge.finding import get_guide
from actions.knowledge.model import SHARED, Guide, GuideState, GuideVersion
from actions.outcome import Event, Outcome
from actions.people.model import OrgUnit, Role, StaffMember, Team
from actions.people.units import works_in
from actions.routing.rules import Rules

LONGEST_TITLE, LONGEST_ANSWER, LONGEST_DETAILS, LONGEST_SOURCE, LONGEST_QUESTION = 40, 120, 2000, 80, 60
MOST_QUESTIONS = 12
#: Who may write any guide; the others those that their own team owns.
WRITERS = frozenset({Role.ADMIN, Role.COMMITTEE, Role.WORKSTATION})
_NEVER = frozenset({Role.SUPERVISOR})


def may_write(role: str, body: str, owner: str) -> bool:
    """Whether that role, in a team of that body, may write a guide of that owner."""
    return role in WRITERS or (role not in _NEVER and bool(body) and body == owner)


async def save_guide(session: AsyncSession, command: SaveGuide, now: datetime, rules: Rules) -> Outcome:
    """Write it down, with a version. Raises InvalidInput, NotAllowed, and MoveRefused where somebody was faster."""
    text = _tidied(command.text)
    staff = await _get_writer(session, command.staff_id, command.community_id, text.owner)
    await _check(session, text, command.community_id, rules.calendar.local_day(now), rules)
    if command.guide_id is None:
        guide, what = _new(command.community_id, f"own-{secrets.token_hex(6)}", now), "write"
        guide.ticket_id = command.ticket_id
        session.add(guide)
    else:
        guide = await get_guide(session, command.community_id, command.guide_id, lock=True)
        _check_writer(await _body_of(session, staff), staff, guide.owner)
        if command.version and command.version != guide.version:
            raise MoveRefused("somebody was faster", phrase="console.guide.changed_meanwhile")
        guide, what = await own_copy(session, guide, command.community_id, now), "edit"
    _fill(guide, text)
    guide.sample = False  # whoever wrote it stands for it
    return await _written(session, guide, staff, what, now, rules)


async def renew_guide(session: AsyncSession, command: RenewGuide, now: datetime, rules: Rules) -> Outcome:
    """It holds for longer."""
    guide = await get_guide(session, command.community_id, command.guide_id, lock=True)
    staff = await _get_writer(session, command.staff_id, command.community_id, guide.owner)
    _check_until(command.valid_until, rules.calendar.local_day(now))
    guide = await own_copy(session, guide, command.community_id, now)
    guide.valid_until = command.valid_until
    return await _written(session, guide, staff, "renew", now, rules)


async def set_guide_state(
    session: AsyncSession, command: SetGuideState, now: datetime, rules: Rules
) -> Outcome:
    """Take it out of use, or back into it."""
    if command.state not in set(GuideState):
        raise InvalidInput(f"no state {command.state!r}")
    guide = await get_guide(session, command.community_id, command.guide_id, lock=True)
    staff = await _get_writer(session, command.staff_id, command.community_id, guide.owner)
    guide = await own_copy(session, guide, command.community_id, now)
    guide.state = command.state
    what = "restore" if command.state == GuideState.LIVE else "retire"
    return await _written(session, guide, staff, what, now, rules)


async def own_copy(session: AsyncSession, guide: Guide, community_id: int, now: datetime) -> Guide:
    """The guide itself, or for one that ships a new row of the community, which wins from now on."""
    if guide.community_id != SHARED:
        return guide
    other = select(Guide.id).where(Guide.community_id == community_id, Guide.key == guide.key)
    if await session.scalar(other) is not None:  # written while we waited for the row that ships
        raise MoveRefused("somebody was faster", phrase="console.guide.changed_meanwhile")
    copy = _new(community_id, guide.key, now)
    _fill(copy, text_of(guide))
    copy.sample, copy.state = guide.sample, guide.state
    session.add(copy)
    return copy


def text_of(guide: Guide) -> GuideText:
    """What it says, as a value."""
    return GuideText(
        guide.title,
        tuple(guide.questions),
        guide.answer,
        guide.details,
        guide.source,
        guide.source_on,
        guide.valid_until,
        guide.owner,
        guide.org_unit_id,
    )


def search_words(text: GuideText, rules: Rules) -> str:
    """What the console's search looks through."""
    said = " ".join((text.title, *text.questions, text.answer, text.details, text.source))
    return " ".join(dict.fromkeys(word for word in rules.segment(said) if word.strip()))


def content_of(guide: Guide) -> dict[str, Any]:
    """A version as it is kept: plain JSON."""
    plain = asdict(text_of(guide)) | {"state": guide.state, "sample": guide.sample}
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in plain.items()}


def _new(community_id: int, key: str, now: datetime) -> Guide:
    return Guide(community_id=community_id, key=key, state=GuideState.LIVE, created_at=now)


def _fill(guide: Guide, text: GuideText) -> None:
    for name, value in asdict(text).items():
        setattr(guide, name, list(value) if name == "questions" else value)


async def _written(
    session: AsyncSession, guide: Guide, staff: StaffMember, what: str, now: datetime, rules: Rules
) -> Outcome:
    guide.changed_at, guide.search = now, search_words(text_of(guide), rules)
    await session.flush()
    session.add(
        GuideVersion(
            community_id=guide.community_id,
            guide_id=guide.id,
            at=now,
            staff_id=staff.id,
            staff_name=staff.name,
            what=what,
            content=content_of(guide),
        )
    )
    await session.flush()
    return Outcome(events=(Event("GuideChanged", guide.community_id, {"guide_id": guide.id}),), value=guide.id)


async def _get_writer(session: AsyncSession, staff_id: int, community_id: int, owner: str) -> StaffMember:
    """The staff member who may write guides of that owner there. Raises NotAllowed."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(session, staff, community_id):
        raise NotAllowed(f"staff {staff_id} writes nothing here")
    _check_writer(await _body_of(session, staff), staff, owner)
    return staff


async def _body_of(session: AsyncSession, staff: StaffMember) -> str:
    team = await session.get(Team, staff.team_id) if staff.team_id else None
    return team.body if team is not None else ""


def _check_writer(body: str, staff: StaffMember, owner: str) -> None:
    if not may_write(staff.role, body, owner):
        raise NotAllowed(f"{staff.role} writes no guide of {owner}", phrase="console.guide.not_your_guide")


def _tidied(text: GuideText) -> GuideText:
    questions = dict.fromkeys(" ".join(question.split()) for question in text.questions)
    return replace(
        text,
        title=" ".join(text.title.split()),
        questions=tuple(question for question in questions if question),
        answer=" ".join(text.answer.split()),
        details=text.details.strip(),
        source=" ".join(text.source.split()),
    )


async def _check(
    session: AsyncSession, text: GuideText, community_id: int, today: date, rules: Rules
) -> None:
    """Raise InvalidInput for what residents should not be told like this."""
    for value, longest, name in (
        (text.title, LONGEST_TITLE, "title"),
        (text.answer, LONGEST_ANSWER, "answer"),
        (text.source, LONGEST_SOURCE, "source"),
    ):
        if not value or len(value) > longest:
            raise InvalidInput(f"{name}: {len(value)}", phrase=f"console.guide.bad_{name}", longest=longest)
    if len(text.details) > LONGEST_DETAILS:
        raise InvalidInput("details too long", phrase="console.guide.bad_details", longest=LONGEST_DETAILS)
    wordy = any(len(question) > LONGEST_QUESTION for question in text.questions)
    if wordy or not 1 <= len(text.questions) <= MOST_QUESTIONS:
        raise InvalidInput(
            "questions", phrase="console.guide.bad_questions", most=MOST_QUESTIONS, longest=LONGEST_QUESTION
        )
    if text.owner not in rules.bodies:
        raise InvalidInput(f"no body {text.owner!r}", phrase="console.guide.bad_owner")
    if text.source_on > today:
        raise InvalidInput("the source is of tomorrow", phrase="console.guide.bad_source_on")
    _check_until(text.valid_until, today)
    if text.org_unit_id is not None:
        area = await session.get(OrgUnit, text.org_unit_id)
        if area is None or area.community_id != community_id:
            raise InvalidInput("an area elsewhere", phrase="console.guide.bad_area")


def _check_until(until: date, today: date) -> None:
    if until < today:
        raise InvalidInput("over already", phrase="console.guide.bad_until")
