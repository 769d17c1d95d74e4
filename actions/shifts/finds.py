"""What a patrol found: tickets of the ordinary road that are also the shift's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import insert_once
from actions.outcome import Event, Outcome
from actions.routing.rules import Rules
from actions.shifts.commands import NoteHazard, NoteHazards
from actions.shifts.finding import find_running, lock_shift
from actions.shifts.model import HazardFound, Shift, ShiftSignup
from actions.shifts.tell import changed, when_words


async def note_hazard(session: AsyncSession, command: NoteHazard, now: datetime, rules: Rules) -> Outcome:
    """Said to be found on patrol: only who is on one has found it on one."""
    running = await find_running(session, command.community_id, command.resident_id)
    if running is None:
        return Outcome()
    return await _note(session, running[0], command.resident_id, (command.ticket_id,), now, rules)


async def note_hazards(session: AsyncSession, command: NoteHazards, now: datetime, rules: Rules) -> Outcome:
    """What was reported on the way without saying so; what is noted already stays."""
    signup = await session.get_one(ShiftSignup, command.signup_id)
    shift = await lock_shift(session, signup.shift_id)
    return await _note(session, shift, signup.resident_id, command.ticket_ids, now, rules)


async def _note(
    session: AsyncSession, shift: Shift, resident_id: int, tickets: tuple[int, ...], now: datetime, rules: Rules
) -> Outcome:
    events: list[Event] = []
    who = f"{shift.title} {when_words(shift, rules)}"
    for ticket_id in tickets:
        values = {
            "community_id": shift.community_id,
            "shift_id": shift.id,
            "ticket_id": ticket_id,
            "resident_id": resident_id,
            "at": now,
        }
        if await insert_once(session, HazardFound, values, ("shift_id", "ticket_id")) is not None:
            events.append(Event("HazardFound", shift.community_id, {"ticket_id": ticket_id, "who": who}))
    return Outcome((), (*events, changed(shift)) if events else ())
