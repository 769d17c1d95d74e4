"""The parties: who they are, whether they want it, and when all of them do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.mediation.access import (
    access_own,
    check_as_staff,
    enter,
    get_party,
    list_parties,
    name_of,
    party_roles,
    step_as_party,
    step_as_staff,
    write_down,
)
from actions.mediation.commands import (
    AddParty,
    AnswerInvitation,
    DescribeParty,
    InviteParty,
    LeaveCase,
    RecordConsent,
)
from actions.mediation.following import stop_clocks
from actions.mediation.mediators import leave
from actions.mediation.model import CaseState, Consent, MediationCase, MediationParty
from actions.mediation.moves import MEDIATOR, Move, check_move
from actions.mediation.tell import case_event, changed, press, tell_all, tell_party, tell_staff
from actions.outcome import Event, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules

MOST_PARTIES = 6
FEWEST_PARTIES = 2


async def add_party(session: AsyncSession, command: AddParty, now: datetime, rules: Rules) -> Outcome:
    """Somebody else in the dispute; they hear nothing of it before they are invited."""
    case, _ = await step_as_staff(session, command.case_id, command.staff_id, Move.INVITE, now, what="add")
    parties = await list_parties(session, case)
    if len(parties) >= MOST_PARTIES:
        raise InvalidInput("too many parties", phrase="mediation.too_many", most=MOST_PARTIES)
    resident = await session.get(Resident, command.resident_id) if command.resident_id else None
    if resident is None and not command.name.strip():
        raise InvalidInput("nobody named", phrase="mediation.whom")
    if resident is not None and resident.community_id != case.community_id:
        raise NotFound("not of this community", phrase="mediation.whom")
    if resident is not None and resident.id in {party.resident_id for party in parties}:
        raise InvalidInput("is a party already", phrase="mediation.party_already")
    party = MediationParty(
        community_id=case.community_id,
        case_id=case.id,
        number=parties[-1].number + 1,
        resident_id=resident.id if resident is not None else None,
        name=command.name.strip()[:32],
        phone=command.phone.strip()[:32],
        home=command.home.strip()[:64],
        consent=Consent.NONE,
    )
    session.add(party)
    if case.state == CaseState.IN_MEDIATION:  # one who is new must consent first
        case.state = CaseState.ACCEPTED
    await session.flush()
    return Outcome(events=(changed(case),), value=party.id)


async def describe_party(session: AsyncSession, command: DescribeParty, now: datetime, rules: Rules) -> Outcome:
    """As they stand on the paper."""
    party = await get_party(session, command.party_id)
    case, _ = await check_as_staff(session, party.case_id, command.staff_id, Move.SPEAK)
    party.name, party.phone = command.name.strip()[:32], command.phone.strip()[:32]
    party.home = command.home.strip()[:64]
    return Outcome(events=(changed(case),), value=case.id)


async def invite_party(session: AsyncSession, command: InviteParty, now: datetime, rules: Rules) -> Outcome:
    """In private, neutrally: what it is about, never what anybody said or who they are."""
    party = await get_party(session, command.party_id)
    case, staff = await step_as_staff(session, party.case_id, command.staff_id, Move.INVITE, now)
    if party.resident_id is None:
        raise MoveRefused("not in the chat", phrase="mediation.ask_in_person")
    if party.consent in (Consent.GIVEN, Consent.REFUSED):
        raise MoveRefused("has answered", phrase="mediation.has_answered")
    again = party.consent == Consent.ASKED
    party.consent = Consent.ASKED
    buttons = tuple(press(word, word, party.id) for word in ("yes", "ask", "no"))
    phrase = "mediation.invited_again" if again else "mediation.invited"
    told = tell_party(case, party, rules, phrase, buttons=buttons, private=True, name=staff.name)
    return Outcome(told, (changed(case),), case.id)


async def record_consent(session: AsyncSession, command: RecordConsent, now: datetime, rules: Rules) -> Outcome:
    """As they said in person; a refusal in person ends it like one in the chat."""
    party = await get_party(session, command.party_id)
    case, staff = await check_as_staff(session, party.case_id, command.staff_id, Move.INVITE)
    party.recorded_by = staff.id
    return await _take_answer(session, case, party, command.given, now, rules, MEDIATOR, staff.name)


async def answer_invitation(session: AsyncSession, command: AnswerInvitation, now: datetime, rules: Rules) -> Outcome:
    """Yes, no, or first a word with the mediator."""
    party = await get_party(session, command.party_id)
    case = await access_own(session, party, command.resident_id)
    if party.consent not in (Consent.ASKED, Consent.GIVEN) or case.state not in (
        CaseState.ACCEPTED,
        CaseState.IN_MEDIATION,
    ):
        raise MoveRefused("nobody asks any more", phrase="mediation.too_late")
    name = await name_of(session, party)
    match command.word:
        case "ask":
            return await _talk_first(session, case, party, now, rules, name)
        case "yes" | "no":
            role = next(iter(party_roles(party)))
            return await _take_answer(session, case, party, command.word == "yes", now, rules, role, name)
    raise InvalidInput("no such answer", phrase="mediation.too_late")


async def _talk_first(
    session: AsyncSession, case: MediationCase, party: MediationParty, now: datetime, rules: Rules, name: str
) -> Outcome:
    write_down(session, case, now, "asks", "resident", name)
    party.said_at = now
    told = tell_party(case, party, rules, "mediation.ask_first", private=True, immediate=True)
    wanted = (room_event(case, [party]),) if party.chat_id is None else ()
    staff = tell_staff(case, rules, "mediation.staff.asks", f"asks:{party.number}")
    return Outcome((*told, staff), (changed(case), *wanted), case.id)


async def _take_answer(
    session: AsyncSession, case: MediationCase, party: MediationParty, given: bool, now: datetime, rules: Rules,
    role: str, name: str,
) -> Outcome:  # fmt: skip
    """Doing it twice changes nothing; a party may think better of it until they have agreed."""
    if given and party.consent == Consent.GIVEN:
        return Outcome(tell_party(case, party, rules, "mediation.consented", private=True, immediate=True))
    if not given:
        return await _refuse(session, case, party, now, rules, role, name, private=role != MEDIATOR)
    party.consent, party.answered_at = Consent.GIVEN, now
    write_down(session, case, now, "consent", "staff" if role == MEDIATOR else "resident", name)
    told: tuple[Reply, ...] = ()
    if role != MEDIATOR:
        told = tell_party(case, party, rules, "mediation.consented", private=True, immediate=True)
    rooms: tuple[Event, ...] = ()
    if party.chat_id is None and party.resident_id is not None and case.mediator_id is not None:
        rooms = (room_event(case, [party]),)
    begun = await begin_if_all(session, case, now, rules, name)
    return Outcome((*told, *begun.replies), (changed(case), *rooms, *begun.events), case.id)


async def _refuse(
    session: AsyncSession, case: MediationCase, party: MediationParty, now: datetime, rules: Rules, role: str,
    name: str, *, private: bool = False,
) -> Outcome:  # fmt: skip
    """Nobody is forced: the case ends, and the others hear no more than that."""
    move = Move.WITHDRAW if party.number == 1 else Move.DECLINE
    row = check_move(move, case.state, {role})
    enter(session, case, row, now, "staff" if role == MEDIATOR else "resident", name)
    party.consent, party.answered_at = Consent.REFUSED, now
    await stop_clocks(session, case, now)
    await session.flush()
    own = tell_party(case, party, rules, "mediation.you_left", private=private, immediate=True)
    others = [p for p in await list_parties(session, case) if p.id != party.id and p.consent in _KNOWS]
    phrase = "mediation.end.withdraw" if move is Move.WITHDRAW else "mediation.end.decline"
    told = tell_all(case, others, rules, phrase, key=f"end:{case.version}")
    staff = tell_staff(case, rules, f"mediation.staff.{move}", f"end:{case.version}")
    return Outcome((*own, *told, staff), (case_event("MediationEnded", case, staff_id=None),), case.id)


_KNOWS = (Consent.ASKED, Consent.GIVEN)


async def leave_case(session: AsyncSession, command: LeaveCase, now: datetime, rules: Rules) -> Outcome:
    """A party stops, or wants another mediator: both are theirs by law."""
    party = await get_party(session, command.party_id)
    case = await access_own(session, party, command.resident_id)
    if command.word == "stop":
        name = await name_of(session, party)
        return await _refuse(session, case, party, now, rules, next(iter(party_roles(party))), name)
    if command.word != "other":
        raise InvalidInput("no such wish", phrase="mediation.too_late")
    case = await step_as_party(session, party, command.resident_id, Move.OBJECT, now)
    await leave(session, case, now, "objected")
    await session.flush()
    told = tell_party(case, party, rules, "mediation.other_wanted", immediate=True)
    others = [p for p in await list_parties(session, case) if p.id != party.id and p.consent in _KNOWS]
    told += tell_all(case, others, rules, "mediation.other_mediator")
    staff = tell_staff(case, rules, "mediation.staff.again", f"again:{case.version}")
    freed = case_event("MediationFreed", case, staff_id=None)
    return Outcome((*told, staff), (changed(case), freed), case.id)


async def begin_if_all(session: AsyncSession, case: MediationCase, now: datetime, rules: Rules, name: str) -> Outcome:
    """Two or more, all of them willing, and somebody to lead them: it begins."""
    parties = await list_parties(session, case)
    willing = len(parties) >= FEWEST_PARTIES and all(party.consent == Consent.GIVEN for party in parties)
    if not willing or case.state != CaseState.ACCEPTED or case.mediator_id is None:
        return Outcome()
    enter(session, case, check_move(Move.BEGIN, case.state, {MEDIATOR}), now, "staff", name)
    await session.flush()
    told = tell_all(case, parties, rules, "mediation.begun", key=f"begun:{case.version}")
    return Outcome(told, (changed(case),), case.id)


def room_event(case: MediationCase, parties: Sequence[MediationParty], *, common: bool = False) -> Event:
    """Rooms are wanted: one for each of these parties, or one for all of them together."""
    own = {party.id: [party.resident_id] for party in parties if party.resident_id is not None}
    together = {0: [party.resident_id for party in parties if party.resident_id is not None]}
    joins = [party.resident_id for party in parties if party.resident_id is not None]
    return case_event("RoomsWanted", case, rooms=together if common else own, joins=joins)
