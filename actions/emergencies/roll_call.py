"""报平安: everybody in a building is asked; whoever needs help is gone to at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.emergencies.commands import AnswerRollCall, MarkDoor, RemindRollCall, StartRollCall
from actions.emergencies.duty import get_worker
from actions.emergencies.model import Alarm, AlarmState, RollCall, RollCallEntry, Word
from actions.emergencies.paging import alarm_event, get_by_ticket, lock_alarm, page_next
from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.outcome import Audience, Button, Outcome, Reply
from actions.people.model import Household, Level, OrgUnit, Resident
from actions.routing.rules import Rules

SAFE_BUTTON, HELP_BUTTON = "rollcall:safe:{}", "rollcall:help:{}"
_SAID = frozenset({Word.SAFE, Word.HELP})


async def start_roll_call(session: AsyncSession, command: StartRollCall, now: datetime, rules: Rules) -> Outcome:
    """Everybody registered in the building is asked in private, the building's group is told how to answer."""
    staff, alarm = await get_worker(session, command.staff_id), await get_by_ticket(session, command.ticket_id)
    building = await session.get(OrgUnit, command.building_id)
    if alarm.state == AlarmState.ENDED:
        raise MoveRefused("the alarm has ended", phrase="alarm.over")
    if building is None or building.level != Level.BUILDING or building.community_id != alarm.community_id:
        raise InvalidInput("no such building", phrase="roll_call.no_building")
    if await session.scalar(select(RollCall.id).where(RollCall.alarm_id == alarm.id)) is not None:
        raise MoveRefused("already called", phrase="roll_call.already")
    roll_call = RollCall(
        community_id=alarm.community_id,
        alarm_id=alarm.id,
        building_id=building.id,
        started_at=now,
        started_by=staff.id,
        remind_at=now + timedelta(minutes=rules.terms.roll_call_wait.minutes),
    )
    session.add(roll_call)
    await session.flush()
    residents = await _add_entries(session, roll_call)
    if building.id not in alarm.warned:
        alarm.warned = [*alarm.warned, building.id]  # they hear the all clear too
    await session.flush()
    params = {"building": building.name}
    asked = [_ask(roll_call, one, "roll_call.ask", params) for one in residents]
    event = alarm_event("RollCallStarted", alarm, staff_id=staff.id, who=building.name)
    return Outcome((_tell_group(alarm, roll_call, params), *asked), (event,), roll_call.id)


async def _add_entries(session: AsyncSession, roll_call: RollCall) -> list[int]:
    """An entry for each resident of the building, and for each flat of which nobody is in the chat."""
    here = select(Resident).where(Resident.building_id == roll_call.building_id)
    residents = list(await session.scalars(here.order_by(Resident.unit, Resident.room, Resident.id)))
    doors = {(one.unit, one.room) for one in residents}
    flats = await session.scalars(select(Household).where(Household.building_id == roll_call.building_id))
    empty = sorted({(flat.unit, flat.room) for flat in flats} - doors)
    rows = [(one.id, one.unit, one.room) for one in residents] + [(None, unit, room) for unit, room in empty]
    session.add_all(
        RollCallEntry(
            community_id=roll_call.community_id,
            roll_call_id=roll_call.id,
            resident_id=resident_id,
            unit=unit,
            room=room,
            word=Word.WAITING,
        )
        for resident_id, unit, room in rows
    )
    return [one.id for one in residents]


def _ask(roll_call: RollCall, resident_id: int, phrase: str, params: dict[str, str]) -> Reply:
    return Reply(
        phrase,
        params,
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=roll_call.community_id,
        buttons=(
            Button("button.safe", SAFE_BUTTON.format(roll_call.id)),
            Button("button.need_help", HELP_BUTTON.format(roll_call.id)),
        ),
        urgent=True,
        effect_key=f"{phrase}:{roll_call.id}:{resident_id}",
    )


def _tell_group(alarm: Alarm, roll_call: RollCall, params: dict[str, str]) -> Reply:
    return Reply(
        "roll_call.group",
        params,
        to=Audience.AREA,
        org_unit_id=roll_call.building_id,
        chat_id=alarm.chat_id,
        community_id=alarm.community_id,
        urgent=True,
        effect_key=f"roll_call.group:{roll_call.id}",
    )


async def answer_roll_call(session: AsyncSession, command: AnswerRollCall, now: datetime, rules: Rules) -> Outcome:
    """A resident says how their household is; they may say otherwise later."""
    query = select(RollCallEntry).where(
        RollCallEntry.roll_call_id == command.roll_call_id, RollCallEntry.resident_id == command.resident_id
    )
    entry = await session.scalar(query)
    if entry is None:
        raise NotFound("not asked", phrase="roll_call.not_asked")
    outcome = await _write_down(session, entry, command.word, None, now, rules)
    # a hundred who are safe would drown the group; who needs help is answered where they called
    to = Audience.HERE if command.word == Word.HELP else Audience.PRIVATE
    thanks = Reply(f"roll_call.{command.word}", to=to, resident_id=command.resident_id, urgent=True)
    return Outcome((thanks, *outcome.replies), outcome.events, outcome.value)


async def mark_door(session: AsyncSession, command: MarkDoor, now: datetime, rules: Rules) -> Outcome:
    """As a resident's own word; who said it stands beside it."""
    staff, entry = await get_worker(session, command.staff_id), await session.get(RollCallEntry, command.entry_id)
    if entry is None:
        raise NotFound(f"entry {command.entry_id}", phrase="roll_call.not_asked")
    return await _write_down(session, entry, command.word, staff.id, now, rules)


async def _write_down(
    session: AsyncSession, entry: RollCallEntry, word: str, staff_id: int | None, now: datetime, rules: Rules
) -> Outcome:
    """For everybody behind the same door. A first cry for help pages whoever is there, or is next."""
    roll_call = await _get(session, entry.roll_call_id)
    if word not in _SAID:
        raise InvalidInput(f"word {word!r}")
    alarm = await lock_alarm(session, roll_call.alarm_id)
    if roll_call.ended_at is not None or alarm.state == AlarmState.ENDED:
        raise MoveRefused("the roll-call is over", phrase="roll_call.over")
    await session.refresh(entry)
    calls = word == Word.HELP and entry.word != Word.HELP
    door = RollCallEntry.id == entry.id
    if entry.room:
        same = (RollCallEntry.unit == entry.unit) & (RollCallEntry.room == entry.room)
        door = (RollCallEntry.roll_call_id == roll_call.id) & same
    said = update(RollCallEntry).where(door).values(word=word, said_at=now, said_by=staff_id)
    await session.execute(said.execution_options(synchronize_session="fetch"))
    changed = alarm_event("RollCallAnswered", alarm)
    if not calls:
        return Outcome(events=(changed,), value=roll_call.id)
    alarm.state, alarm.reason, alarm.round = AlarmState.RINGING, "help", alarm.round + 1
    paged = await page_next(session, alarm, now, rules)
    asked = alarm_event("HelpAsked", alarm)
    return Outcome(paged.replies, (changed, asked, *paged.events), roll_call.id)


async def remind_roll_call(session: AsyncSession, command: RemindRollCall, now: datetime, rules: Rules) -> Outcome:
    """Once, those of whom nothing was heard."""
    roll_call = await _get(session, command.roll_call_id)
    alarm = await lock_alarm(session, roll_call.alarm_id)
    await session.refresh(roll_call)
    if roll_call.remind_at is None or roll_call.remind_at > now or roll_call.ended_at is not None:
        return Outcome()
    roll_call.remind_at = None
    query = select(RollCallEntry.resident_id).where(
        RollCallEntry.roll_call_id == roll_call.id,
        RollCallEntry.word == Word.WAITING,
        RollCallEntry.resident_id.is_not(None),
    )
    building = await session.get(OrgUnit, roll_call.building_id)
    params = {"building": building.name if building is not None else ""}
    silent = [found for found in await session.scalars(query.order_by(RollCallEntry.id)) if found is not None]
    await session.flush()
    replies = tuple(_ask(roll_call, one, "roll_call.remind", params) for one in silent)
    return Outcome(replies, (alarm_event("RollCallAnswered", alarm),))


async def due_roll_calls(session: AsyncSession, now: datetime, limit: int) -> Sequence[int]:
    """Those in which somebody must be reminded now."""
    query = select(RollCall.id).where(RollCall.remind_at <= now, RollCall.ended_at.is_(None))
    return (await session.scalars(query.order_by(RollCall.remind_at).limit(limit))).all()


async def _get(session: AsyncSession, roll_call_id: int) -> RollCall:
    roll_call = await session.get(RollCall, roll_call_id)
    if roll_call is None:
        raise NotFound(f"roll-call {roll_call_id}", phrase="roll_call.not_asked")
    return roll_call
