"""A quarrel that flares up in a group: a way out is offered once, and the mediators hear of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused, NotFound
from actions.inserting import insert_once
from actions.mediation.access import list_parties, lock_case
from actions.mediation.cases import open_case
from actions.mediation.commands import AnswerQuarrel, NoticeHeat, OpenCase
from actions.mediation.model import RUNNING, Consent, HeatedWord, MediationCase, MediationParty, Quarrel
from actions.mediation.parties import MOST_PARTIES, begin_if_all, room_event
from actions.mediation.tell import changed, tell_party
from actions.outcome import Audience, Button, Event, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules

WITHIN = timedelta(minutes=10)
FEWEST_WORDS = 3  # heated messages …
FEWEST_PEOPLE = 2  # … of as many residents: one who is angry has no quarrel
QUIET_FOR = timedelta(hours=24)  # in one group
ANSWER_WITHIN = timedelta(days=3)
KIND = "dispute/other"


async def notice_heat(session: AsyncSession, command: NoticeHeat, now: datetime, rules: Rules) -> Outcome:
    """Keep that it was heated; the third time, of two or more people, a way out is offered."""
    values = {
        "community_id": command.community_id,
        "chat_id": command.chat_id,
        "resident_id": command.resident_id,
        "message_id": command.message_id,
        "at": now,
    }
    if await insert_once(session, HeatedWord, values, ("message_id",)) is None:
        return Outcome()
    heated = select(HeatedWord.resident_id).where(HeatedWord.chat_id == command.chat_id, HeatedWord.at > now - WITHIN)
    people = list(await session.scalars(heated.order_by(HeatedWord.id)))
    involved = list(dict.fromkeys(people))
    if len(people) < FEWEST_WORDS or len(involved) < FEWEST_PEOPLE:
        return Outcome()
    return await _offer(session, command, involved, now, rules)


async def _offer(
    session: AsyncSession, command: NoticeHeat, involved: list[int], now: datetime, rules: Rules
) -> Outcome:
    lately = select(Quarrel).where(Quarrel.chat_id == command.chat_id, Quarrel.offered_at > now - QUIET_FOR)
    known = await session.scalar(lately.order_by(Quarrel.id.desc()).limit(1))
    if known is not None:  # said once is enough; who joins in later is asked in private
        new = [one for one in involved if one not in known.resident_ids]
        known.resident_ids = [*known.resident_ids, *new]
        return Outcome(tuple(_offered(known.id, command.community_id, one) for one in new))
    values = {
        "community_id": command.community_id,
        "chat_id": command.chat_id,
        "day": rules.calendar.local_day(now),
        "offered_at": now,
        "resident_ids": involved,
    }
    quarrel_id = await insert_once(session, Quarrel, values, ("chat_id", "day"))
    if quarrel_id is None:
        return Outcome()
    key = f"quarrel:{quarrel_id}"
    group = Reply("quarrel.group", to=Audience.CHAT, chat_id=command.chat_id, effect_key=f"{key}:group", immediate=True)
    staff = Reply(
        "quarrel.staff",
        to=Audience.STAFF,
        community_id=command.community_id,
        urgent=True,
        effect_key=f"{key}:staff",
    )
    private = (_offered(quarrel_id, command.community_id, one) for one in involved)
    event = Event("QuarrelFlared", command.community_id, {"quarrel_id": quarrel_id})
    return Outcome((group, staff, *private), (event,), quarrel_id)


def _offered(quarrel_id: int, community_id: int, resident_id: int) -> Reply:
    buttons = tuple(
        Button(f"button.quarrel.{word}", f"mediation:{what}:{quarrel_id}")
        for word, what in (("help", "help"), ("no", "calm"))
    )
    return Reply(
        "quarrel.private",
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=community_id,
        buttons=buttons,
        immediate=True,
        effect_key=f"quarrel:{quarrel_id}:r{resident_id}",
    )


async def answer_quarrel(session: AsyncSession, command: AnswerQuarrel, now: datetime, rules: Rules) -> Outcome:
    """Who wants help gets a case; the next of them who wants it too comes into the same one."""
    quarrel = await session.get(Quarrel, command.quarrel_id, with_for_update=True)
    resident = await session.get(Resident, command.resident_id)
    if quarrel is None or resident is None or resident.id not in quarrel.resident_ids:
        raise NotFound(f"quarrel {command.quarrel_id}", phrase="mediation.none_such")
    if command.word == "calm":
        return Outcome((Reply("quarrel.calm", resident_id=resident.id),))
    if now > quarrel.offered_at + ANSWER_WITHIN:
        raise MoveRefused("long ago", phrase="quarrel.too_late")
    query = select(MediationCase).where(MediationCase.quarrel_id == quarrel.id, MediationCase.state.in_(RUNNING))
    case = await session.scalar(query.order_by(MediationCase.id).limit(1))
    if case is None:
        place = resident.building_id or quarrel.community_id
        command_ = OpenCase(quarrel.community_id, KIND, "", place, applicant_id=resident.id)
        outcome = await open_case(session, command_, now, rules)
        opened = await lock_case(session, outcome.value)
        opened.quarrel_id = quarrel.id
        await session.flush()
        return outcome
    return await _come_in(session, await lock_case(session, case.id), resident, now, rules)


async def _come_in(
    session: AsyncSession, case: MediationCase, resident: Resident, now: datetime, rules: Rules
) -> Outcome:
    parties = await list_parties(session, case)
    party = next((one for one in parties if one.resident_id == resident.id), None)
    if party is not None and party.consent == Consent.GIVEN:
        return Outcome(tell_party(case, party, rules, "mediation.applied_already", private=True, immediate=True))
    if party is None:
        if len(parties) >= MOST_PARTIES:
            raise MoveRefused("too many parties", phrase="mediation.too_many", most=MOST_PARTIES)
        party = MediationParty(
            community_id=case.community_id,
            case_id=case.id,
            number=parties[-1].number + 1,
            resident_id=resident.id,
        )
        session.add(party)
    party.consent, party.answered_at = Consent.GIVEN, now
    await session.flush()
    told = tell_party(case, party, rules, "mediation.applied", key="applied", private=True, immediate=True)
    rooms = (room_event(case, [party]),) if case.mediator_id is not None and party.chat_id is None else ()
    begun = await begin_if_all(session, case, now, rules, resident.nickname)
    return Outcome((*told, *begun.replies), (changed(case), *rooms, *begun.events), case.id)
