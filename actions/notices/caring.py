"""Elders who live alone are asked how they are; whoever does not answer is visited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.notices.access import NoticeTools, get_staff, hold_community, looks_after
from actions.notices.answering import help_event
from actions.notices.commands import AddCarePerson, AnswerCare, EndCarePerson, EndCareRound, StartCareRound
from actions.notices.model import CareEntry, CarePerson, CareRound
from actions.outcome import NOTHING_FITS, Audience, Button, Event, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules

HOURS = range(1, 25)
STILL_HEARD = timedelta(hours=24)  # after the end of a round its question is still the one that is answered
WAITING, WELL, HELP, SILENT = "waiting", "well", "help", "silent"


async def add_care_person(
    session: AsyncSession, command: AddCarePerson, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """Only who has agreed is on the list."""
    staff = await get_staff(session, command.staff_id, command.community_id, tools.book.carers)
    resident = await session.get(Resident, command.resident_id)
    here = resident is not None and resident.community_id == command.community_id
    if resident is None or not here or not await looks_after(session, staff, resident):
        raise InvalidInput("no such resident", phrase="console.no_such_resident", count=0)
    if not command.consented:
        raise InvalidInput("no consent", phrase="care.no_consent")
    await hold_community(session, command.community_id)
    person = await session.scalar(select(CarePerson).where(CarePerson.resident_id == resident.id))
    if person is None:
        person = CarePerson(community_id=resident.community_id, resident_id=resident.id)
        session.add(person)
    person.note, person.staff_id, person.consented_at, person.ended_at = command.note[:200], staff.id, now, None
    await session.flush()
    return Outcome(value=person.id)


async def end_care_person(
    session: AsyncSession, command: EndCarePerson, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """No longer asked."""
    person = await session.get(CarePerson, command.person_id)
    if person is None:
        raise NotFound(f"care person {command.person_id}", phrase="notice.none_such")
    staff = await get_staff(session, command.staff_id, person.community_id, tools.book.carers)
    if not await looks_after(session, staff, await session.get_one(Resident, person.resident_id)):
        raise NotFound(f"care person {command.person_id}", phrase="notice.none_such")
    person.ended_at = person.ended_at or now
    await session.flush()
    return Outcome(value=person.id)


async def start_care_round(
    session: AsyncSession, command: StartCareRound, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """Everybody on the list is asked in private; one round at a time."""
    staff = await get_staff(session, command.staff_id, command.community_id, tools.book.carers)
    if command.hours not in HOURS:
        raise InvalidInput("hours", phrase="care.hours", most=HOURS[-1])
    await hold_community(session, command.community_id)
    if await is_round_open(session, command.community_id):
        raise MoveRefused("a round goes on", phrase="care.goes_on")
    people = await list_people(session, command.community_id)
    if not people:
        raise InvalidInput("nobody on the list", phrase="care.nobody")
    occasion = command.occasion.strip()[:40] or tools.book.words["care_occasion"]
    return await ask_everybody(session, command.community_id, staff.id, occasion, command.hours, now, people)


async def is_round_open(session: AsyncSession, community_id: int) -> bool:
    """Whether a round goes on there."""
    here = (CareRound.community_id == community_id, CareRound.ended_at.is_(None))
    return await session.scalar(select(CareRound.id).where(*here).limit(1)) is not None


async def list_people(session: AsyncSession, community_id: int) -> list[int]:
    """The residents on the list."""
    listed = (CarePerson.community_id == community_id, CarePerson.ended_at.is_(None))
    return list(await session.scalars(select(CarePerson.resident_id).where(*listed).order_by(CarePerson.id)))


async def ask_everybody(
    session: AsyncSession, community_id: int, staff_id: int, occasion: str, hours: int, now: datetime,
    people: Sequence[int],
) -> Outcome:  # fmt: skip
    """A new round; its id. The community must be held."""
    opened = CareRound(
        community_id=community_id,
        occasion=occasion,
        staff_id=staff_id,
        started_at=now,
        answer_by=now + timedelta(hours=hours),
    )
    session.add(opened)
    await session.flush()
    session.add_all(
        CareEntry(community_id=opened.community_id, round_id=opened.id, resident_id=one, word=WAITING) for one in people
    )
    await session.flush()
    event = Event("CareStarted", opened.community_id, {"round_id": opened.id})
    return Outcome(tuple(_ask(opened, one) for one in people), (event,), opened.id)


def _ask(opened: CareRound, resident_id: int) -> Reply:
    return Reply(
        "care.ask",
        {"occasion": opened.occasion, "care_id": opened.id},
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=opened.community_id,
        buttons=tuple(Button(f"button.care.{word}", f"care:{word}:{opened.id}") for word in (WELL, HELP)),
        immediate=False,
        effect_key=f"care.ask:{opened.id}:{resident_id}",
    )


async def answer_care(
    session: AsyncSession, command: AnswerCare, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """Whoever was given up as silent is still heard; help once asked for stays asked for."""
    entry = await _find_entry(session, command, now)
    if entry is None and command.round_id is None:
        return _nobody_asked(command)
    if entry is None:
        raise NotFound("not asked", phrase="notice.gone")
    mine = update(CareEntry).where(CareEntry.id == entry.id, CareEntry.word.not_in((command.word, HELP)))
    done = await session.execute(mine.values(word=command.word, said_at=now))
    if not getattr(done, "rowcount", 0):
        return Outcome()
    resident = await session.get_one(Resident, entry.resident_id)
    opened = await session.get_one(CareRound, entry.round_id)
    thanks = Reply(
        f"care.thanks.{command.word}",
        to=Audience.PRIVATE,
        resident_id=resident.id,
        community_id=resident.community_id,
        urgent=command.word == HELP,
    )
    said = Event("CareAnswered", resident.community_id, {"round_id": opened.id})
    if command.word != HELP:
        return Outcome((thanks,), (said,))
    text = tools.book.words["visit_help_text"].format_map({"occasion": opened.occasion})
    return Outcome((thanks,), (said, await help_event(session, resident, tools.book.words["visit_service"], text)))


async def _find_entry(session: AsyncSession, command: AnswerCare, now: datetime) -> CareEntry | None:
    mine = select(CareEntry).where(CareEntry.resident_id == command.resident_id)
    if command.round_id is not None:
        return (await session.scalars(mine.where(CareEntry.round_id == command.round_id))).one_or_none()
    asked = mine.join(CareRound, CareRound.id == CareEntry.round_id).where(
        CareRound.answer_by > now - STILL_HEARD, CareEntry.word.in_((WAITING, SILENT))
    )
    return (await session.scalars(asked.order_by(CareEntry.id.desc()).limit(1))).one_or_none()


def _nobody_asked(command: AnswerCare) -> Outcome:
    """Good to hear all the same; a wish for help is for somebody else to hear."""
    if command.word == HELP:
        return Outcome(value=NOTHING_FITS)
    return Outcome((Reply("care.glad"),))


async def due_care(session: AsyncSession, now: datetime, limit: int) -> Sequence[int]:
    """Rounds whose time is up."""
    query = select(CareRound.id).where(CareRound.ended_at.is_(None), CareRound.answer_by <= now)
    return (await session.scalars(query.order_by(CareRound.id).limit(limit))).all()


async def end_care_round(
    session: AsyncSession, command: EndCareRound, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """Each who was silent is visited: a ticket for whoever looks after that building."""
    query = select(CareRound).where(CareRound.id == command.round_id).with_for_update()
    opened = await session.scalar(query.execution_options(populate_existing=True))
    if opened is None or opened.ended_at is not None or opened.answer_by > now:
        return Outcome()
    opened.ended_at = now
    waits = (CareEntry.round_id == opened.id, CareEntry.word == WAITING)
    silent = list(await session.scalars(select(CareEntry.resident_id).where(*waits).order_by(CareEntry.id)))
    await session.execute(update(CareEntry).where(*waits).values(word=SILENT))
    await session.flush()
    hours = round((opened.answer_by - opened.started_at).total_seconds() / 3600)
    text = tools.book.words["visit_text"].format_map({"occasion": opened.occasion, "hours": hours})
    events = [Event("CareEnded", opened.community_id, {"round_id": opened.id})]
    for resident_id in silent:
        resident = await session.get_one(Resident, resident_id)
        events.append(await help_event(session, resident, tools.book.words["visit_service"], text))
    return Outcome(events=tuple(events), value=len(silent))
