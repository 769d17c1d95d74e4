"""What falls due: a reminder, the next level, a ticket in its place, the end of a talk that has fallen silent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.handoffs.access import lock_handoff, name_of, team_name
from actions.handoffs.asking import SERVICE
from actions.handoffs.commands import DoHandoff
from actions.handoffs.ending import end
from actions.handoffs.model import Ending, Handoff, State
from actions.handoffs.tell import add_step, handoff_event, leave_button, tell_resident, tell_staff
from actions.handoffs.timing import MOST_REMINDED, next_due, waiting_dues
from actions.outcome import Event, Outcome
from actions.people.model import OrgUnit
from actions.routing.desks import find_desk
from actions.routing.rules import Rules


async def due_handoffs(session: AsyncSession, now: datetime, most: int) -> Sequence[int]:
    """Ids of those for which something is due."""
    query = select(Handoff.id).where(Handoff.next_at <= now).order_by(Handoff.next_at).limit(most)
    return list(await session.scalars(query))


async def do_handoff(session: AsyncSession, command: DoHandoff, now: datetime, rules: Rules) -> Outcome:
    """Whatever is due, one thing at a time; what was done is not due any more."""
    handoff = await lock_handoff(session, command.handoff_id)
    if handoff.state == State.ENDED or handoff.next_at is None or handoff.next_at > now:
        return Outcome()
    if handoff.state == State.TAKEN:
        return await _talk_is_silent(session, handoff, now, rules)
    late = sum(at <= now for at in waiting_dues(handoff, rules))  # after an outage only the last of them is done
    if late >= MOST_REMINDED + 1:
        return await _give_up(session, handoff, now, rules)
    if late == MOST_REMINDED:
        return await _climb(session, handoff, now, rules)
    return await _remind(session, handoff, now, rules)


async def _remind(session: AsyncSession, handoff: Handoff, now: datetime, rules: Rules) -> Outcome:
    """The desk, once more."""
    await _mark(session, handoff, "remind", now, rules, reminded=1)
    params = {"team": await _team(session, handoff, rules), "minutes": _minutes(handoff, now, rules)}
    key = f"remind:{handoff.waits_since.isoformat()}"
    told = await tell_staff(session, handoff, "staff.handoff.remind", key, **params)
    return Outcome((told,), (handoff_event("HandoffLate", handoff),), handoff.id)


async def _climb(session: AsyncSession, handoff: Handoff, now: datetime, rules: Rules) -> Outcome:
    """The next level, once; the resident hears it as it is, once. At the top staff are told again."""
    unit = await session.get_one(OrgUnit, handoff.org_unit_id)
    desk = await find_desk(session, rules, SERVICE, unit, now, above=handoff.level, team_id=handoff.team_id)
    if desk is not None:
        handoff.team_id, handoff.level = desk.team.id, desk.level
    await _mark(session, handoff, "climb", now, rules, reminded=MOST_REMINDED)
    params = {"team": await _team(session, handoff, rules), "minutes": _minutes(handoff, now, rules)}
    told = await tell_staff(
        session, handoff, "staff.handoff.climb", f"climb:{handoff.waits_since.isoformat()}", **params
    )
    heard = tell_resident(
        handoff, "handoff.still_waiting", key="still", buttons=(leave_button(handoff),), team=params["team"]
    )
    return Outcome((heard, told), (handoff_event("HandoffLate", handoff),), handoff.id)


async def _give_up(session: AsyncSession, handoff: Handoff, now: datetime, rules: Rules) -> Outcome:
    """Nobody came: it becomes a ticket with a deadline, and the bot is back."""
    event = await end(session, handoff, Ending.UNANSWERED, now)
    heard = tell_resident(handoff, "handoff.nobody_came", key="back")
    return Outcome((heard,), (event, _ticket(handoff)), handoff.id)


async def _talk_is_silent(session: AsyncSession, handoff: Handoff, now: datetime, rules: Rules) -> Outcome:
    silent = timedelta(minutes=rules.terms.handoff_silent.minutes)
    if now - handoff.last_at < silent:
        await _mark(session, handoff, "nudge", now, rules, reminded=1)
        name, minutes = await name_of(session, handoff.taken_by), _minutes(handoff, now, rules)
        key = f"nudge:{now.isoformat()}"
        told = await tell_staff(session, handoff, "staff.handoff.unanswered", key, name=name, minutes=minutes)
        return Outcome((told,), (handoff_event("HandoffLate", handoff),), handoff.id)
    name = await name_of(session, handoff.taken_by)
    if handoff.unanswered_since is not None:
        event = await end(session, handoff, Ending.UNANSWERED, now)
        heard = tell_resident(handoff, "handoff.left_unanswered", key="back", name=name)
        return Outcome((heard,), (event, _ticket(handoff)), handoff.id)
    event = await end(session, handoff, Ending.SILENT, now)
    return Outcome((tell_resident(handoff, "handoff.fell_silent", key="back", name=name),), (event,), handoff.id)


def _ticket(handoff: Handoff) -> Event:
    wanted = {"service": SERVICE, "text": "", "staff_id": None}
    return handoff_event("HandoffTicketWanted", handoff, **wanted)


async def _mark(
    session: AsyncSession, handoff: Handoff, what: str, now: datetime, rules: Rules, *, reminded: int
) -> None:
    handoff.reminded, handoff.changed_at = reminded, now
    handoff.next_at = next_due(handoff, rules)
    await add_step(session, handoff, what, now)


async def _team(session: AsyncSession, handoff: Handoff, rules: Rules) -> str:
    return await team_name(session, handoff.team_id) or rules.words["duty"]


def _minutes(handoff: Handoff, now: datetime, rules: Rules) -> int:
    """How long it has waited, in hours when people work."""
    since = handoff.unanswered_since or handoff.waits_since
    return int(rules.calendar.spent(since, now, working=True).total_seconds() // 60)
