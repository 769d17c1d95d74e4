"""The rooms and what is said in them; meetings; notes with those who may read them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.mediation.access import check_as_staff, check_length, get_party, list_parties, lock_case, step_as_staff
from actions.mediation.commands import (
    AddNote,
    EndSession,
    HearParty,
    OpenCommonRoom,
    PlanSession,
    SetRooms,
    SpeakInRoom,
)
from actions.mediation.model import (
    RUNNING,
    CaseState,
    Consent,
    MediationCase,
    MediationNote,
    MediationParty,
    MediationSession,
)
from actions.mediation.moves import Move
from actions.mediation.parties import room_event
from actions.mediation.tell import changed, params_of, press, tell_all, tell_party, time_words
from actions.outcome import Audience, Outcome, Reply
from actions.routing.rules import Rules

REMIND_BEFORE = timedelta(hours=20)
AUDIENCES = ("mediator", "party", "all")


async def open_common_room(session: AsyncSession, command: OpenCommonRoom, now: datetime, rules: Rules) -> Outcome:
    """Face to face, once all have consented."""
    case, _ = await step_as_staff(session, command.case_id, command.staff_id, Move.SPEAK, now)
    if case.state == CaseState.ACCEPTED:
        raise MoveRefused("not all have consented", phrase="mediation.not_all_consented")
    if case.common_chat_id is not None:
        return Outcome(value=case.id)
    present = [party for party in await list_parties(session, case) if party.resident_id is not None]
    if len(present) < 2:
        raise MoveRefused("one of them is not in the chat", phrase="mediation.not_in_chat")
    return Outcome(events=(changed(case), room_event(case, present, common=True)), value=case.id)


async def set_rooms(session: AsyncSession, command: SetRooms, now: datetime, rules: Rules) -> Outcome:
    """They are there: say what they are for."""
    case = await lock_case(session, command.case_id)
    told: tuple[Reply, ...] = ()
    for party_id, chat_id in command.rooms.items():
        if party_id == 0:
            case.common_chat_id = chat_id
            told += (_into(case, chat_id, rules, "mediation.room.common"),)
            continue
        party = await get_party(session, party_id, case.id)
        party.chat_id = chat_id
        buttons = (press("other", "other", party.id), press("stop", "stop", party.id))
        told += tell_party(case, party, rules, "mediation.room.own", buttons=buttons, immediate=True)
    await session.flush()
    return Outcome(told, (changed(case),), case.id)


def _into(case: MediationCase, chat_id: int, rules: Rules, phrase: str, **params: object) -> Reply:
    return Reply(phrase, params_of(case, rules) | params, to=Audience.CHAT, chat_id=chat_id)


async def speak_in_room(session: AsyncSession, command: SpeakInRoom, now: datetime, rules: Rules) -> Outcome:
    """The mediator speaks in one room; nobody else hears it."""
    case, speaker = await check_as_staff(session, command.case_id, command.staff_id, Move.SPEAK)
    staff = speaker.id
    if not command.text.strip():
        raise InvalidInput("nothing said", phrase="mediation.say_something")
    check_length(command.text)
    if command.party_id is None:
        if case.common_chat_id is None:
            raise MoveRefused("no common room", phrase="mediation.no_room")
        room = case.common_chat_id
        reply = Reply("mediation.said", {"text": command.text}, Audience.CHAT, chat_id=room, staff_id=staff)
        for party in await list_parties(session, case):
            party.heard_at = now
        return Outcome((reply,), (changed(case),), case.id)
    party = await get_party(session, command.party_id, case.id)
    if party.chat_id is None:
        raise MoveRefused("no room with them", phrase="mediation.no_room")
    party.heard_at = now
    told = tell_party(case, party, rules, "mediation.said", staff_id=staff, immediate=True, text=command.text)
    return Outcome(told, (changed(case),), case.id)


async def hear_party(session: AsyncSession, command: HearParty, now: datetime, rules: Rules) -> Outcome:
    """The mediator's page hears that something was said; after the end the party hears that nobody reads it."""
    query = select(MediationParty).join(MediationCase, MediationCase.id == MediationParty.case_id)
    own, common = MediationParty.chat_id == command.chat_id, MediationCase.common_chat_id == command.chat_id
    party = await session.scalar(query.where(MediationParty.resident_id == command.resident_id, own | common))
    if party is None:
        raise NotFound("no such room", phrase="mediation.none_such")
    case = await session.get_one(MediationCase, party.case_id)
    if case.state not in RUNNING:
        return Outcome((Reply("mediation.over", params_of(case, rules), resident_id=party.resident_id),))
    party.said_at = now
    return Outcome(events=(changed(case),), value=case.id)


async def add_note(session: AsyncSession, command: AddNote, now: datetime, rules: Rules) -> Outcome:
    """For the mediator alone, for one party, or for all; who may read it hears it in their own room."""
    case, staff = await check_as_staff(session, command.case_id, command.staff_id, Move.NOTE)
    if command.audience not in AUDIENCES or not command.text.strip():
        raise InvalidInput("an empty note", phrase="mediation.say_something")
    check_length(command.text)
    parties = [party for party in await list_parties(session, case) if party.consent == Consent.GIVEN]
    if command.audience == "party":
        parties = [await get_party(session, command.party_id, case.id)]
    note = MediationNote(
        community_id=case.community_id,
        case_id=case.id,
        at=now,
        staff_id=staff.id,
        audience=command.audience,
        party_id=parties[0].id if command.audience == "party" else None,
        text=command.text,
    )
    session.add(note)
    await session.flush()
    heard = parties if command.audience != "mediator" and case.state in RUNNING else []
    told = tell_all(case, heard, rules, "mediation.note", key=f"note:{note.id}", text=command.text)
    return Outcome(told, (changed(case),), case.id)


async def plan_session(session: AsyncSession, command: PlanSession, now: datetime, rules: Rules) -> Outcome:
    """When and where; who is to come hears it now and once more before it."""
    case, staff = await step_as_staff(session, command.case_id, command.staff_id, Move.SESSION, now)
    if command.at <= now or command.at > now + timedelta(days=180):
        raise InvalidInput("not in the time to come", phrase="mediation.when")
    if not command.place.strip():
        raise InvalidInput("no place", phrase="mediation.where")
    party = await get_party(session, command.party_id, case.id) if command.party_id else None
    if party is None and case.state == CaseState.ACCEPTED:
        raise MoveRefused("not all have consented", phrase="mediation.not_all_consented")
    planned = MediationSession(
        community_id=case.community_id,
        case_id=case.id,
        party_id=party.id if party else None,
        at=command.at,
        place=command.place.strip()[:64],
        remind_at=max(now, command.at - REMIND_BEFORE) if command.at - now > REMIND_BEFORE else None,
        planned_by=staff.id,
    )
    session.add(planned)
    await session.flush()
    told = await tell_session(session, case, planned, rules, "planned")
    return Outcome(told, (changed(case),), planned.id)


async def tell_session(
    session: AsyncSession, case: MediationCase, planned: MediationSession, rules: Rules, what: str
) -> tuple[Reply, ...]:
    """To whom it concerns. One alone is not told of the others."""
    parties = await list_parties(session, case)
    called = [p for p in parties if planned.party_id in (None, p.id) and p.consent in (Consent.ASKED, Consent.GIVEN)]
    phrase = f"mediation.session.{what}"
    if what != "cancelled":
        phrase += ".one" if planned.party_id else ".all"
    return tell_all(
        case, called, rules, phrase,
        key=f"session:{planned.id}:{what}", at=time_words(planned.at, rules), where=planned.place,
    )  # fmt: skip


async def end_session(session: AsyncSession, command: EndSession, now: datetime, rules: Rules) -> Outcome:
    """Held, or called off."""
    planned = await session.get(MediationSession, command.session_id)
    if planned is None:
        raise NotFound(f"session {command.session_id}", phrase="mediation.none_such")
    case, _ = await step_as_staff(session, planned.case_id, command.staff_id, Move.SESSION, now)
    if planned.held_at is not None or planned.cancelled_at is not None:
        raise MoveRefused("over already", phrase="mediation.not_now")
    check_length(command.summary)
    planned.remind_at = None
    if not command.cancelled:
        planned.held_at, planned.summary = now, command.summary
        return Outcome(events=(changed(case),), value=planned.id)
    planned.cancelled_at = now
    return Outcome(await tell_session(session, case, planned, rules, "cancelled"), (changed(case),), planned.id)
