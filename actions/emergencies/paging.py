"""Pages people one after the other, round after round, until one says that they have heard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.emergencies.duty import find_on_duty, list_backups
from actions.emergencies.model import Alarm, AlarmPage, AlarmReport
from actions.errors import NotFound
from actions.outcome import Audience, Event, Outcome, Reply
from actions.people.model import OrgUnit, StaffMember
from actions.routing.rules import Rules

MOST_PAGED = 8  # people a round
NAMED = 3  # who come next, so that staff know whom to call should the clock stand still


async def page_next(session: AsyncSession, alarm: Alarm, now: datetime, rules: Rules) -> Outcome:
    """Page whoever comes next. With nobody to page the staff group is told so, and it is tried again."""
    wait = rules.terms.page_wait.minutes
    alarm.next_at = now + timedelta(minutes=wait)
    waiting = await _waiting(session, alarm, now)
    if not waiting:
        alarm.round += 1
        waiting = await _waiting(session, alarm, now)
    number = await _count(session, alarm) + 1
    if not waiting:
        return Outcome((tell_staff(alarm, "alarm.nobody", f"nobody:{alarm.round}", minutes=wait),))
    person, then = waiting[0], rules.words["name_joint"].join(one.name for one in waiting[1 : NAMED + 1])
    session.add(_page(alarm, number, person, now))
    await session.flush()
    phrase = f"alarm.page.{alarm.reason}" if then else f"alarm.page_alone.{alarm.reason}"
    told = tell_staff(alarm, phrase, f"page:{number}", name=person.name, then=then, minutes=wait)
    return Outcome((told,), (alarm_event("StaffPaged", alarm, staff_id=person.id, who=person.name),))


def _page(alarm: Alarm, number: int, person: StaffMember, now: datetime) -> AlarmPage:
    return AlarmPage(
        community_id=alarm.community_id,
        alarm_id=alarm.id,
        number=number,
        round=alarm.round,
        reason=alarm.reason,
        staff_id=person.id,
        name=person.name,
        paged_at=now,
        answer_by=alarm.next_at,
    )


async def _waiting(session: AsyncSession, alarm: Alarm, now: datetime) -> list[StaffMember]:
    """Who was not paged in this round yet, in order."""
    paged = select(AlarmPage.staff_id).where(AlarmPage.alarm_id == alarm.id, AlarmPage.round == alarm.round)
    called = set(await session.scalars(paged))
    return [one for one in await find_to_page(session, alarm, now) if one.id not in called]


async def find_to_page(session: AsyncSession, alarm: Alarm, now: datetime) -> Sequence[StaffMember]:
    """Who is on duty there; from the second round on, and where nobody is, those who answer for it too."""
    unit = await session.get(OrgUnit, alarm.org_unit_id)
    people = await find_on_duty(session, unit, now) if unit is not None else []
    if alarm.reason == "help" and alarm.acknowledged_by is not None:  # who is there already knows the way
        there = await session.get(StaffMember, alarm.acknowledged_by)
        people = [*([there] if there is not None else []), *people]
    if not people or alarm.round > 1:
        people += await list_backups(session, alarm.community_id, alarm.team_id)
    return list({one.id: one for one in people}.values())[:MOST_PAGED]


async def _count(session: AsyncSession, alarm: Alarm) -> int:
    query = select(func.count()).select_from(AlarmPage).where(AlarmPage.alarm_id == alarm.id)
    return await session.scalar(query) or 0


def tell_staff(alarm: Alarm, phrase: str, step: str, **params: object) -> Reply:
    """To the staff group, whatever the hour."""
    known = {"title": alarm.title, "place": alarm.place, "ref": alarm.ref, "ticket_id": alarm.ticket_id}
    return Reply(
        phrase,
        known | params,
        to=Audience.STAFF,
        team_id=alarm.team_id,
        community_id=alarm.community_id,
        urgent=True,
        effect_key=f"alarm:{alarm.id}:{step}",
    )




def alarm_event(name: str, alarm: Alarm, **data: object) -> Event:
    """A fact about an alarm, with what live pages and the ticket's history need."""
    known = {"alarm_id": alarm.id, "ticket_id": alarm.ticket_id, "ref": alarm.ref, "state": alarm.state}
    return Event(name, alarm.community_id, known | data)


async def find_by_ticket(session: AsyncSession, ticket_id: int) -> Alarm | None:
    """The alarm that a ticket reports, held until the commit; or None."""
    query = select(AlarmReport.alarm_id).where(AlarmReport.ticket_id == ticket_id)
    alarm_id = await session.scalar(query)
    return await lock_alarm(session, alarm_id) if alarm_id is not None else None


async def get_by_ticket(session: AsyncSession, ticket_id: int) -> Alarm:
    """As ``find_by_ticket``. Raises NotFound."""
    alarm = await find_by_ticket(session, ticket_id)
    if alarm is None:
        raise NotFound(f"no alarm of ticket {ticket_id}", phrase="alarm.none")
    return alarm


async def lock_alarm(session: AsyncSession, alarm_id: int) -> Alarm:
    query = select(Alarm).where(Alarm.id == alarm_id).with_for_update()
    alarm = await session.scalar(query.execution_options(populate_existing=True))
    if alarm is None:
        raise NotFound(f"alarm {alarm_id}", phrase="alarm.none")
    return alarm
