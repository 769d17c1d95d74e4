"""What a mediator does in a chat script, and the rooms by the names that scripts give them.

A party's own room is "调解室:<nickname>" (one of several cases: the latest), the room of all "调解室:共同".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from actions.mediation import commands as m
from actions.mediation.model import (
    MediationAgreement,
    MediationCase,
    MediationParty,
    MediationSession,
    MediationVisit,
    PerformanceItem,
)
from actions.tickets.commands import Actor, AskMediation
from actions.tickets.model import Ticket
from bot.clock import LOCAL_ZONE
from bot.storage.tables import Chat, ChatMember
from tests.support.world import World


async def room_name(session_world: World, chat: Chat) -> str:
    """The name of a mediation room in scripts; it can be spoken in from now on."""
    world = session_world
    if chat.external_id.endswith(":common"):
        name = "调解室:共同"
    else:
        async with world.parts.db.read() as session:
            member = await session.scalar(select(ChatMember.resident_id).where(ChatMember.chat_id == chat.id))
        name = "调解室:" + next(n for n, i in world.residents.items() if i == member)
    world.rooms[name] = chat.id
    return name


async def known_room(world: World, chat: str, who: str) -> str:
    """ "调解室" is one's own."""
    return f"调解室:{who}" if chat == "调解室" else chat


async def _latest(world: World, model: Any, *where: Any) -> Any:
    async with world.parts.db.read() as session:
        found = await session.scalar(select(model).where(*where).order_by(model.id.desc()).limit(1))
    assert found is not None, f"there is no {model.__tablename__}"
    return found


async def _party(world: World, case: MediationCase, name: str) -> MediationParty:
    known = world.residents.get(name)
    who = MediationParty.name == name if known is None else MediationParty.resident_id == known
    found: MediationParty = await _latest(world, MediationParty, MediationParty.case_id == case.id, who)
    return found


async def mediation_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of a step ``{staff: …, mediation: …}``."""
    staff, what, text = world.staff[step["staff"]], step["mediation"], str(step.get("text", ""))
    if what == "from_ticket":
        return AskMediation((await _latest(world, Ticket)).id, Actor("staff", staff))
    case = await _latest(world, MediationCase)
    party = await _party(world, case, step["party"]) if "party" in step and what != "add" else None
    party_id = party.id if party is not None else None
    match what:
        case "accept":
            return m.AcceptCase(case.id, staff)
        case "assign":
            return m.AssignMediator(case.id, staff, world.staff[step["to"]])
        case "recuse":
            return m.RecuseMediator(case.id, staff, text)
        case "add":
            resident = world.residents.get(step["party"])
            return m.AddParty(case.id, staff, resident, "" if resident else step["party"])
        case "invite":
            return m.InviteParty(party_id or 0, staff)
        case "consent" | "refuse":
            return m.RecordConsent(party_id or 0, staff, what == "consent")
        case "common":
            return m.OpenCommonRoom(case.id, staff)
        case "say":
            return m.SpeakInRoom(case.id, staff, text, party_id)
        case "note":
            return m.AddNote(case.id, staff, text, str(step.get("room", "mediator")), party_id)
        case "session":
            at = datetime.fromisoformat(str(step["until"])).replace(tzinfo=LOCAL_ZONE)
            return m.PlanSession(case.id, staff, at, text, party_id)
        case "held" | "cancel":
            planned = await _latest(world, MediationSession)
            return m.EndSession(planned.id, staff, text, what == "cancel")
        case "draft":
            return await _draft(world, case, staff, step)
        case "offer":
            return m.OfferAgreement((await _latest(world, MediationAgreement)).id, staff)
        case "sign":
            agreement = await _latest(world, MediationAgreement)
            return m.RecordSignature(agreement.id, staff, party.number if party is not None else 0)
        case "done" | "broken":
            item = await _latest(world, PerformanceItem)
            return m.SettleItem(item.id, staff, what == "done")
        case "visit":
            days = MediationVisit.days == int(step["day"])
            return m.RecordVisit((await _latest(world, MediationVisit, days)).id, staff, text)
    return m.EndCase(case.id, staff, what, text, str(step.get("to", "")))


async def _draft(world: World, case: MediationCase, staff: int, step: Mapping[str, Any]) -> m.DraftAgreement:
    promises = []
    for one in step.get("promises", ()):
        party = await _party(world, case, one["party"])
        promises.append(m.Promise(party.id, one["what"], date.fromisoformat(str(one["day"]))))
    return m.DraftAgreement(case.id, staff, "楼上夜里有响动", str(step.get("text", "")), promises=tuple(promises))


async def check_case(world: World, wanted: Mapping[str, Any]) -> None:
    """Fields of the latest case; ``mediator`` by name, ``parties`` as name → consent."""
    case = await _latest(world, MediationCase)
    for key, value in wanted.items():
        if key == "mediator":
            found: Any = next((n for n, i in world.staff.items() if i == case.mediator_id), None)
        elif key == "parties":
            async with world.parts.db.read() as session:
                rows = (await session.scalars(select(MediationParty).where(MediationParty.case_id == case.id))).all()
            names = {i: n for n, i in world.residents.items()}
            found = {names.get(row.resident_id or 0, row.name): row.consent for row in rows}
        else:
            found = getattr(case, key)
        assert found == value, f"{key} is {found!r}, not {value!r}"
