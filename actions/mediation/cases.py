"""A case from the application to its end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotAllowed
from actions.mediation.access import check_length, list_parties, lock_case, step_as_staff, write_down
from actions.mediation.commands import AcceptCase, AssignMediator, EndCase, OpenCase, RecuseMediator
from actions.mediation.following import check_all_settled, set_aside, stop_clocks
from actions.mediation.mediators import check_neutral, leave, put_in
from actions.mediation.model import RUNNING, CaseState, Consent, MediationCase, MediationCounter, MediationParty
from actions.mediation.moves import REFERRALS, Move
from actions.mediation.parties import begin_if_all, room_event
from actions.mediation.tell import case_event, changed, tell_all, tell_party, tell_staff
from actions.outcome import Outcome, Reply
from actions.people.model import StaffMember
from actions.routing.rules import Rules

_COUNT = text(
    "INSERT INTO mediation_counter (community_id, year, last) VALUES (:community, :year, 1) "
    "ON CONFLICT (community_id, year) DO UPDATE SET last = mediation_counter.last + 1 RETURNING last"
).bindparams(bindparam("community", type_=MediationCounter.__table__.c.community_id.type))
FAMILY = "dispute"
_ENDS = {Move.WITHDRAW, Move.FAIL, Move.REFER, Move.RESUME, Move.CLOSE}


async def open_case(session: AsyncSession, command: OpenCase, now: datetime, rules: Rules) -> Outcome:
    """Take an application down. Twice for one ticket: the case that is there."""
    if command.kind.partition("/")[0] != FAMILY:
        raise InvalidInput("not a dispute", phrase="mediation.no_dispute")
    check_length(command.text)
    known = await _find_of_ticket(session, command.ticket_id)
    if known is not None:
        return await _apply_again(session, await lock_case(session, known.id), command, now, rules)
    case = MediationCase(
        community_id=command.community_id,
        ref=await _next_ref(session, command.community_id, now, rules),
        kind=rules.service(command.kind).code,
        place=command.place[:128],
        org_unit_id=command.org_unit_id,
        text=command.text,
        ticket_id=command.ticket_id,
        state=CaseState.SUBMITTED,
        opened_at=now,
    )
    session.add(case)
    await session.flush()
    party = _applicant(case, command, now)
    session.add(party)
    await session.flush()
    staff = await session.get(StaffMember, command.staff_id) if command.staff_id else None
    write_down(session, case, now, "open", "staff" if staff else "resident", staff.name if staff else "")
    told: tuple[Reply, ...] = ()
    if command.consented:
        told = tell_party(case, party, rules, "mediation.applied", key="applied", private=True, immediate=True)
    event = case_event("MediationOpened", case, staff_id=command.staff_id)
    return Outcome((*told, tell_staff(case, rules, "mediation.staff.new", "new")), (event, changed(case)), case.id)


def _applicant(case: MediationCase, command: OpenCase, now: datetime) -> MediationParty:
    return MediationParty(
        community_id=case.community_id,
        case_id=case.id,
        number=1,
        resident_id=command.applicant_id,
        name=command.name[:32],
        phone=command.phone[:32],
        consent=Consent.GIVEN if command.consented else Consent.NONE,
        answered_at=now if command.consented else None,
        recorded_by=command.staff_id if command.consented else None,
    )


async def _find_of_ticket(session: AsyncSession, ticket_id: int | None) -> MediationCase | None:
    if ticket_id is None:
        return None
    found: MediationCase | None = await session.scalar(
        select(MediationCase).where(MediationCase.ticket_id == ticket_id)
    )
    return found


async def _apply_again(
    session: AsyncSession, case: MediationCase, command: OpenCase, now: datetime, rules: Rules
) -> Outcome:
    """Staff had opened it, and now the resident asks for it: that is their consent."""
    party = (await list_parties(session, case))[0]
    own = party.resident_id is not None and party.resident_id == command.applicant_id and command.staff_id is None
    if not own:
        return Outcome(value=case.id)
    if case.state not in RUNNING:
        return Outcome(tell_party(case, party, rules, "mediation.over_already", private=True, immediate=True))
    fresh = party.consent != Consent.GIVEN
    party.consent, party.answered_at = Consent.GIVEN, now
    begun = await begin_if_all(session, case, now, rules, "resident") if fresh else Outcome()
    told = tell_party(case, party, rules, "mediation.applied_already", private=True, immediate=True)
    return Outcome((*told, *begun.replies), (*begun.events, changed(case)), case.id)


async def _next_ref(session: AsyncSession, community_id: int, now: datetime, rules: Rules) -> str:
    year = rules.calendar.local_day(now).year
    last = await session.scalar(_COUNT, {"community": community_id, "year": year})
    return f"{year}-{last:04d}"


async def accept_case(session: AsyncSession, command: AcceptCase, now: datetime, rules: Rules) -> Outcome:
    """The mediator takes it, and may talk with the applicant at once."""
    case, staff = await step_as_staff(session, command.case_id, command.staff_id, Move.ACCEPT, now)
    await check_neutral(session, case, staff.id)
    return await _hand_to(session, case, staff, now, rules)


async def assign_mediator(session: AsyncSession, command: AssignMediator, now: datetime, rules: Rules) -> Outcome:
    """Whoever had it before has it no longer."""
    case, _ = await step_as_staff(session, command.case_id, command.staff_id, Move.ASSIGN, now)
    if command.mediator_id == case.mediator_id:
        raise InvalidInput("has it already", phrase="mediation.has_it")
    mediator = await check_neutral(session, case, command.mediator_id)
    await leave(session, case, now, "replaced")
    return await _hand_to(session, case, mediator, now, rules)


async def _hand_to(
    session: AsyncSession, case: MediationCase, mediator: StaffMember, now: datetime, rules: Rules
) -> Outcome:
    put_in(session, case, mediator, now)
    parties = [party for party in await list_parties(session, case) if party.consent == Consent.GIVEN]
    await session.flush()
    told = tell_all(case, parties, rules, "mediation.mediator", name=mediator.name)
    wanted = [party for party in parties if party.chat_id is None and party.resident_id is not None]
    begun = await begin_if_all(session, case, now, rules, mediator.name)  # after a change of mediator
    taken = case_event("MediationTaken", case, staff_id=mediator.id)
    events = (taken, changed(case), *((room_event(case, wanted),) if wanted else ()), *begun.events)
    return Outcome((*told, *begun.replies), events, case.id)


async def recuse_mediator(session: AsyncSession, command: RecuseMediator, now: datetime, rules: Rules) -> Outcome:
    """Another one is looked for; the parties hear that much and no more."""
    case, staff = await step_as_staff(session, command.case_id, command.staff_id, Move.RECUSE, now, command.text)
    await leave(session, case, now, "recused")
    told = tell_all(case, await _consenting(session, case), rules, "mediation.other_mediator")
    await session.flush()
    again = tell_staff(case, rules, "mediation.staff.again", f"again:{case.version}")
    freed = case_event("MediationFreed", case, staff_id=staff.id)
    return Outcome((*told, again), (changed(case), freed), case.id)


async def _consenting(session: AsyncSession, case: MediationCase) -> list[MediationParty]:
    return [party for party in await list_parties(session, case) if party.consent in (Consent.ASKED, Consent.GIVEN)]


async def end_case(session: AsyncSession, command: EndCase, now: datetime, rules: Rules) -> Outcome:
    """Withdrawn, failed, referred or closed; or taken up again because what was promised was not done."""
    move = Move(command.move) if command.move in set(_ENDS) else None
    if move is None:
        raise NotAllowed(f"no such end: {command.move}", phrase="mediation.not_now")
    if move is Move.REFER and command.to not in REFERRALS:
        raise InvalidInput("referred to nobody", phrase="mediation.refer_whom")
    case, staff = await step_as_staff(session, command.case_id, command.staff_id, move, now, command.text)
    if move is Move.CLOSE:
        await check_all_settled(session, case)
    case.referred_to = command.to if move is Move.REFER else ""
    await stop_clocks(session, case, now)
    if move is Move.RESUME:
        await set_aside(session, case)
    phrase = f"mediation.end.{command.to}" if move is Move.REFER else f"mediation.end.{move}"
    await session.flush()
    told = tell_all(case, await _consenting(session, case), rules, phrase, key=f"end:{case.version}")
    name = "MediationChanged" if move is Move.RESUME else "MediationEnded"
    return Outcome(told, (case_event(name, case, staff_id=staff.id),), case.id)
