"""Which shifts there are, and which are one's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import NOTHING_FITS, Button, Outcome, Reply
from actions.routing.rules import Rules
from actions.shifts.commands import AskShifts
from actions.shifts.finding import choose, get_resident, list_coming, list_own
from actions.shifts.tell import join_buttons, params_of, press, shift_line

MOST_LISTED = 6


async def ask_shifts(session: AsyncSession, command: AskShifts, now: datetime, rules: Rules) -> Outcome:
    """Those of the next weeks with who is lacking; one alone with its buttons."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    own = [one for one in await list_own(session, command.community_id, resident.id, now) if one.ends_at > now]
    if command.own:
        if not own:
            return Outcome((Reply("shift.own_none"),))
        lines = "\n".join(shift_line(one, rules) for one in own[:MOST_LISTED])
        return Outcome((Reply("shift.own", {"list": lines}),))
    coming = await list_coming(session, command.community_id, now)
    found = await choose(session, command.community_id, command.which, coming, rules)
    if not found:
        return Outcome(value=NOTHING_FITS)
    if len(found) == 1:
        return Outcome((Reply("shift.about", params_of(found[0], rules), buttons=join_buttons(found[0])),))
    lacking = [one for one in found if one.short > 0] or found
    lines = "\n".join(shift_line(one, rules) for one in found[:MOST_LISTED])
    buttons = tuple(
        Button("button.shift.named", press("ask", one.id).value, params_of(one, rules)) for one in lacking[:3]
    )
    return Outcome((Reply("shift.list", {"list": lines}, buttons=buttons),))
