"""After the agreement: what was promised by when, visits after 7, 30 and 90 days, and the clock of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.mediation.access import (
    check_length,
    get_party,
    list_parties,
    lock_case,
    name_of,
    step_as_party,
    step_as_staff,
    write_down,
)
from actions.mediation.commands import AnswerVisit, RecordVisit, SayDone, SettleItem
from actions.mediation.model import (
    AgreementState,
    CaseState,
    ItemState,
    MediationAgreement,
    MediationCase,
    MediationParty,
    MediationSession,
    MediationVisit,
    PerformanceItem,
    VisitAnswer,
)
from actions.mediation.moves import Move
from actions.mediation.tell import changed, day_words, press, tell_party, tell_staff
from actions.outcome import Outcome, Reply
from actions.routing.rules import Rules

VISIT_DAYS = (7, 30, 90)
REMIND_DAYS = 2  # before the day
MORNING = time(9)


async def start_clocks(
    session: AsyncSession, case: MediationCase, items: Sequence[PerformanceItem], now: datetime, rules: Rules
) -> None:
    """The agreement holds: reminders before each day, and the three visits."""
    for item in items:
        early = _morning(item, rules, -REMIND_DAYS)
        item.reminded = early <= now
        item.next_at = _morning(item, rules, 1) if item.reminded else early
    for days in VISIT_DAYS:
        day = rules.calendar.local_day(now) + timedelta(days=days)
        due_at = datetime.combine(day, MORNING, rules.calendar.zone)
        await _plan_visit(session, case, days, due_at, now)


async def _plan_visit(session: AsyncSession, case: MediationCase, days: int, due_at: datetime, now: datetime) -> None:
    """A visit after the agreement. What was seen after an earlier one, that did not last, goes into the history."""
    query = select(MediationVisit).where(MediationVisit.case_id == case.id, MediationVisit.days == days)
    known = await session.scalar(query)
    if known is None:
        session.add(MediationVisit(community_id=case.community_id, case_id=case.id, days=days, due_at=due_at))
        return
    if known.note:
        write_down(session, case, now, Move.VISIT, "clock", text=known.note)
    await session.execute(delete(VisitAnswer).where(VisitAnswer.visit_id == known.id))
    known.due_at, known.asked_at, known.done_at, known.done_by, known.note = due_at, None, None, None, ""


async def set_aside(session: AsyncSession, case: MediationCase) -> None:
    """The agreement did not last: another one takes its place."""
    signed = update(MediationAgreement).where(
        MediationAgreement.case_id == case.id, MediationAgreement.state == AgreementState.SIGNED
    )
    values = signed.values(state=AgreementState.REPLACED)
    await session.execute(values, execution_options={"synchronize_session": "fetch"})


def _morning(item: PerformanceItem, rules: Rules, days: int) -> datetime:
    return datetime.combine(item.due_on + timedelta(days=days), MORNING, rules.calendar.zone)


async def stop_clocks(session: AsyncSession, case: MediationCase, now: datetime) -> None:
    """It is over, or begins anew: nobody is reminded of anything any more."""
    fetch = {"synchronize_session": "fetch"}
    items = update(PerformanceItem).where(PerformanceItem.case_id == case.id)
    await session.execute(items.values(next_at=None), execution_options=fetch)
    meetings = update(MediationSession).where(MediationSession.case_id == case.id)
    await session.execute(meetings.values(remind_at=None), execution_options=fetch)
    visits = update(MediationVisit).where(MediationVisit.case_id == case.id, MediationVisit.asked_at.is_(None))
    await session.execute(visits.values(asked_at=now), execution_options=fetch)


async def check_all_settled(session: AsyncSession, case: MediationCase) -> None:
    """Nothing is closed that was promised and not seen to, or not looked after. Raises MoveRefused."""
    settled = (ItemState.DONE, ItemState.BROKEN)
    items = select(PerformanceItem.id).where(
        PerformanceItem.case_id == case.id,
        PerformanceItem.state.not_in(settled),
        PerformanceItem.agreement_id.in_(
            select(MediationAgreement.id).where(
                MediationAgreement.case_id == case.id, MediationAgreement.state == AgreementState.SIGNED
            )
        ),
    )
    if (await session.scalars(items.limit(1))).first() is not None:
        raise MoveRefused("something is open", phrase="mediation.not_performed")
    visits = select(MediationVisit.id).where(MediationVisit.case_id == case.id, MediationVisit.done_at.is_(None))
    if (await session.scalars(visits.limit(1))).first() is not None:
        raise MoveRefused("a visit is due", phrase="mediation.not_visited")


async def say_done(session: AsyncSession, command: SayDone, now: datetime, rules: Rules) -> Outcome:
    """Who owes it says that it is done; the mediator goes and sees."""
    item = await _get_item(session, command.item_id)
    party = await get_party(session, item.party_id)
    case = await step_as_party(session, party, command.resident_id, Move.PERFORM, now)
    if item.state != ItemState.OPEN:
        raise MoveRefused("said already", phrase="mediation.said_already")
    item.state = ItemState.SAID
    told = tell_party(case, party, rules, "mediation.done_noted", immediate=True, what=item.what)
    staff = tell_staff(case, rules, "mediation.staff.said_done", f"said:{item.id}")
    return Outcome((*told, staff), (changed(case),), case.id)


async def settle_item(session: AsyncSession, command: SettleItem, now: datetime, rules: Rules) -> Outcome:
    """As the mediator has seen it. Done is told to all, for it is what they agreed on."""
    item = await _get_item(session, command.item_id)
    case, staff = await step_as_staff(session, item.case_id, command.staff_id, Move.PERFORM, now, item.what)
    if item.state in (ItemState.DONE, ItemState.BROKEN):
        raise MoveRefused("settled already", phrase="mediation.said_already")
    item.state = ItemState.DONE if command.done else ItemState.BROKEN
    item.settled_at, item.settled_by, item.next_at = now, staff.id, None
    told: tuple[Reply, ...] = ()
    if command.done:
        for party in await list_parties(session, case):
            told += tell_party(case, party, rules, "mediation.performed", key=f"item:{item.id}", what=item.what)
    return Outcome(told, (changed(case),), case.id)


async def _get_item(session: AsyncSession, item_id: int) -> PerformanceItem:
    item = await session.get(PerformanceItem, item_id)
    if item is None:
        raise NotFound(f"item {item_id}", phrase="mediation.none_such")
    return item


async def answer_visit(session: AsyncSession, command: AnswerVisit, now: datetime, rules: Rules) -> Outcome:
    """How things stand, as one of them sees it; the other does not learn of it."""
    visit = await session.get(MediationVisit, command.visit_id)
    if visit is None or command.word not in ("well", "trouble"):
        raise NotFound(f"visit {command.visit_id}", phrase="mediation.none_such")
    mine = select(MediationParty).where(
        MediationParty.case_id == visit.case_id, MediationParty.resident_id == command.resident_id
    )
    party = await session.scalar(mine)
    if party is None:
        raise NotFound(f"visit {command.visit_id}", phrase="mediation.none_such")
    case = await step_as_party(session, party, command.resident_id, Move.VISIT, now)
    values = {
        "community_id": case.community_id,
        "visit_id": visit.id,
        "party_id": party.id,
        "word": command.word,
        "at": now,
    }
    if await insert_once(session, VisitAnswer, values, ("visit_id", "party_id")) is None:
        raise MoveRefused("answered already", phrase="mediation.said_already")
    told = tell_party(case, party, rules, f"mediation.visit.{command.word}", immediate=True)
    if command.word == "trouble":
        told += (tell_staff(case, rules, "mediation.staff.trouble", f"trouble:{visit.id}:{party.number}"),)
    return Outcome(told, (changed(case),), case.id)


async def record_visit(session: AsyncSession, command: RecordVisit, now: datetime, rules: Rules) -> Outcome:
    """The mediator was there; before its day it can be no visit."""
    visit = await session.get(MediationVisit, command.visit_id)
    if visit is None:
        raise NotFound(f"visit {command.visit_id}", phrase="mediation.none_such")
    case, staff = await step_as_staff(session, visit.case_id, command.staff_id, Move.VISIT, now)
    if not command.note.strip():
        raise InvalidInput("what was seen?", phrase="mediation.say_something")
    check_length(command.note)
    if visit.done_at is not None:
        raise MoveRefused("done already", phrase="mediation.said_already")
    if rules.calendar.local_day(now) < rules.calendar.local_day(visit.due_at):
        raise MoveRefused("not yet", phrase="mediation.visit_too_early")
    visit.done_at, visit.done_by, visit.note = now, staff.id, command.note
    visit.asked_at = visit.asked_at or now
    return Outcome(events=(changed(case),), value=case.id)


async def remind_item(session: AsyncSession, item_id: int, now: datetime, rules: Rules) -> Outcome:
    """Before the day: a word to who owes it. After it: to the mediator, once."""
    item = await _get_item(session, item_id)
    case = await lock_case(session, item.case_id)
    if item.next_at is None or item.next_at > now or case.state != CaseState.AGREED:
        return Outcome()
    party = await get_party(session, item.party_id)
    if not item.reminded:
        item.reminded, item.next_at = True, _morning(item, rules, 1)
        buttons = (press("did", "did", item.id),) if item.state == ItemState.OPEN else ()
        told = tell_party(
            case, party, rules, "mediation.due", key=f"due:{item.id}", buttons=buttons,
            what=item.what, on=day_words(item.due_on),
        )  # fmt: skip
        return Outcome(told, value=case.id)
    item.next_at = None
    write_down(session, case, now, "late", "clock", await name_of(session, party), item.what)
    return Outcome((tell_staff(case, rules, "mediation.staff.late", f"late:{item.id}"),), (changed(case),), case.id)


async def ask_visit(session: AsyncSession, visit_id: int, now: datetime, rules: Rules) -> Outcome:
    """Its day has come: the mediator is told, and each of them is asked alone."""
    visit = await session.get(MediationVisit, visit_id)
    if visit is None or visit.asked_at is not None or visit.due_at > now:
        return Outcome()
    case = await lock_case(session, visit.case_id)
    visit.asked_at = now
    if case.state != CaseState.AGREED:
        return Outcome()
    told: tuple[Reply, ...] = (tell_staff(case, rules, "mediation.staff.visit", f"visit:{visit.id}", days=visit.days),)
    buttons = (press("well", "well", visit.id), press("trouble", "trouble", visit.id))
    for party in await list_parties(session, case):
        told += tell_party(
            case, party, rules, "mediation.visit.ask", key=f"visit:{visit.id}", buttons=buttons, days=visit.days
        )
    return Outcome(told, (changed(case),), case.id)
