"""On to another team or to one colleague: it waits again, and the clock begins anew."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.handoffs.access import access_handoff, check_has, check_open, may_answer
from actions.handoffs.asking import SERVICE
from actions.handoffs.commands import PassHandoff
from actions.handoffs.model import Handoff, State
from actions.handoffs.tell import add_step, handoff_event, tell_resident, tell_staff
from actions.handoffs.timing import next_due
from actions.outcome import Outcome
from actions.people.directory import get_directory
from actions.people.model import OrgUnit, StaffMember, Team
from actions.routing.desks import find_level
from actions.routing.rules import Rules


async def pass_handoff(session: AsyncSession, command: PassHandoff, now: datetime, rules: Rules) -> Outcome:
    """Whoever has it passes it on; while it waits, anybody of the desk may."""
    handoff, staff = await access_handoff(session, command.handoff_id, command.staff_id)
    check_open(handoff)
    if handoff.state == State.TAKEN:
        await check_has(session, handoff, staff)
    team, colleague = await _to_whom(session, handoff, command)
    unit = await session.get_one(OrgUnit, handoff.org_unit_id)
    handoff.team_id = team.id if team is not None else handoff.team_id
    handoff.level = await find_level(session, rules, SERVICE, unit, team, now) if team is not None else handoff.level
    handoff.meant_for = colleague.id if colleague is not None else None
    handoff.state, handoff.taken_by, handoff.taken_at = State.WAITING, None, None
    handoff.waits_since, handoff.reminded, handoff.unanswered_since, handoff.changed_at = now, 0, None, now
    handoff.next_at = next_due(handoff, rules)
    await add_step(session, handoff, "pass", now, staff_id=staff.id, text=command.text)
    who = " ".join(part for part in (team.name if team else "", colleague.name if colleague else "") if part)
    key = f"pass:{staff.id}:{now.isoformat()}"
    told = await tell_staff(session, handoff, "staff.handoff.passed", key, team=who, name=staff.name)
    heard = tell_resident(handoff, "handoff.passed", key=key, team=who)
    return Outcome((heard, told), (handoff_event("HandoffPassed", handoff),), handoff.id)


async def _to_whom(
    session: AsyncSession, handoff: Handoff, command: PassHandoff
) -> tuple[Team | None, StaffMember | None]:
    """A team around the resident, or somebody who may answer there. Raises InvalidInput."""
    if command.to_staff_id is not None:
        colleague = await session.get(StaffMember, command.to_staff_id)
        if colleague is None or colleague.id == command.staff_id:
            raise InvalidInput("no such colleague", phrase="handoff.whom")
        if not await may_answer(session, colleague, handoff.community_id, handoff.org_unit_id):
            raise InvalidInput("no such colleague", phrase="handoff.whom")
        return await session.get(Team, colleague.team_id) if colleague.team_id else None, colleague
    directory = await get_directory(session, handoff.community_id)
    teams = [team for some in directory.teams.values() for team in some]
    team = next((one for one in teams if one.id == command.team_id), None)
    if team is None:
        raise InvalidInput("no such team", phrase="handoff.whom")
    return team, None
