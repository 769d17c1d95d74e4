"""An alarm from the first cry to the all clear."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.emergencies.commands import AcknowledgeAlarm, DoAlarm, EndAlarm, RaiseAlarm, SettleReport
from actions.emergencies.duty import get_worker
from actions.emergencies.model import Alarm, AlarmPage, AlarmReport, AlarmState, RollCall
from actions.emergencies.paging import (
    alarm_event,
    find_by_ticket,
    get_by_ticket,
    lock_alarm,
    page_next,
    tell_staff,
)
from actions.errors import MoveRefused
from actions.outcome import Audience, Outcome, Reply
from actions.routing.rules import Rules

SAME_FOR = timedelta(minutes=30)  # within them the same danger in the same building is one
#: somebody may be made to say that all is well: until staff have heard, one word does not stop the pages
_MAY_BE_FORCED = frozenset({"fight", "jumping"})


async def raise_alarm(session: AsyncSession, command: RaiseAlarm, now: datetime, rules: Rules) -> Outcome:
    """Page the first one and warn the neighbours; of a danger that is known already, take what is new."""
    known = await find_by_ticket(session, command.ticket_id)
    if known is not None:
        return _place_anew(known, command, rules) if known.state != AlarmState.ENDED else Outcome()
    same = await _find_same(session, command, now)
    alarm = same or _new_alarm(command, now)
    if same is None:
        session.add(alarm)
        await session.flush()
    report = AlarmReport(community_id=alarm.community_id, alarm_id=alarm.id, ticket_id=command.ticket_id, said_at=now)
    session.add(report)
    await session.flush()
    if same is not None:
        return Outcome(events=(alarm_event("AlarmReported", alarm),))
    warning = _warn(alarm, rules)
    paged = await page_next(session, alarm, now, rules)
    await session.flush()
    return Outcome((*warning, *paged.replies), (alarm_event("AlarmRaised", alarm), *paged.events), alarm.id)


def _new_alarm(command: RaiseAlarm, now: datetime) -> Alarm:
    return Alarm(
        community_id=command.community_id,
        ticket_id=command.ticket_id,
        ref=command.ref,
        kind=command.kind,
        title=command.title,
        place=command.place,
        placed=command.placed,
        org_unit_id=command.org_unit_id,
        building=command.building,
        team_id=command.team_id,
        chat_id=command.chat_id,
        state=AlarmState.RINGING,
        reason="alarm",
        round=1,
        warned=[],
        raised_at=now,
        false_alarm=False,
    )


async def _find_same(session: AsyncSession, command: RaiseAlarm, now: datetime) -> Alarm | None:
    """The same danger in the same building, reported by somebody else a moment ago."""
    if not command.building or not command.placed:
        return None
    query = select(Alarm).where(
        Alarm.community_id == command.community_id,
        Alarm.kind == command.kind,
        Alarm.building == command.building,
        Alarm.placed.is_(True),
        Alarm.state != AlarmState.ENDED,
        Alarm.raised_at > now - SAME_FOR,
    )
    found: Alarm | None = await session.scalar(query.order_by(Alarm.id.desc()).limit(1))
    return found


def _place_anew(alarm: Alarm, command: RaiseAlarm, rules: Rules) -> Outcome:
    """Where it is was said or put right: whoever is paged next hears it, and neighbours there are warned."""
    if (alarm.kind, alarm.place, alarm.placed) == (command.kind, command.place, command.placed):
        return Outcome()
    elsewhere = command.placed and (not alarm.placed or alarm.org_unit_id != command.org_unit_id)
    elsewhere = elsewhere or alarm.kind != command.kind
    alarm.kind, alarm.title, alarm.place, alarm.placed = command.kind, command.title, command.place, command.placed
    alarm.org_unit_id, alarm.building, alarm.team_id = command.org_unit_id, command.building, command.team_id
    warning = _warn(alarm, rules) if elsewhere else ()
    return Outcome(warning, (alarm_event("AlarmPlaced", alarm),))


def _warn(alarm: Alarm, rules: Rules) -> tuple[Reply, ...]:
    """A neutral line to the neighbours, for those dangers where it protects them; none that draws them there."""
    if alarm.kind not in rules.warned:
        return ()
    where = alarm.org_unit_id if alarm.placed else 0
    alarm.warned = [*alarm.warned, where]
    step = f"warning:{alarm.kind}:{len(alarm.warned)}"
    return (tell_neighbours(alarm, rules, where, f"emergency.group.{alarm.kind}", step),)


def tell_neighbours(alarm: Alarm, rules: Rules, where: int, phrase: str, step: str) -> Reply:
    """To the groups of a place; while nobody has said where it is (0), to the group where it was said."""
    place = alarm.place if alarm.placed else rules.words["place_checking"]
    return Reply(
        phrase,
        {"place": place, "title": alarm.title},
        to=Audience.AREA,
        org_unit_id=where or None,
        chat_id=alarm.chat_id,
        community_id=alarm.community_id,
        urgent=True,
        effect_key=f"alarm:{alarm.id}:{step}",
    )


async def acknowledge_alarm(
    session: AsyncSession, command: AcknowledgeAlarm, now: datetime, rules: Rules
) -> Outcome:
    """Somebody goes. A second one who says so is welcome, and nobody is told twice."""
    staff = await get_worker(session, command.staff_id)
    alarm = await get_by_ticket(session, command.ticket_id)
    if alarm.state == AlarmState.ENDED:
        raise MoveRefused("the alarm has ended", phrase="alarm.over")
    await _answer_pages(session, alarm, staff.id, now)
    if alarm.state == AlarmState.ACKNOWLEDGED:
        return Outcome(value=alarm.id)
    alarm.state, alarm.next_at = AlarmState.ACKNOWLEDGED, None
    alarm.acknowledged_at, alarm.acknowledged_by = alarm.acknowledged_at or now, staff.id
    await session.flush()
    step = f"acknowledged:{alarm.round}"
    told = tell_staff(alarm, "alarm.acknowledged", step, name=staff.name)
    return Outcome((told,), (alarm_event("AlarmAcknowledged", alarm, staff_id=staff.id),), alarm.id)


async def _answer_pages(session: AsyncSession, alarm: Alarm, staff_id: int, now: datetime) -> None:
    mine = select(AlarmPage).where(
        AlarmPage.alarm_id == alarm.id, AlarmPage.staff_id == staff_id, AlarmPage.answered_at.is_(None)
    )
    for page in await session.scalars(mine):
        page.answered_at = now


async def end_alarm(session: AsyncSession, command: EndAlarm, now: datetime, rules: Rules) -> Outcome:
    """All clear, or a false alarm: no more pages, and whoever was warned hears it."""
    staff = await get_worker(session, command.staff_id)
    alarm = await get_by_ticket(session, command.ticket_id)
    if alarm.state == AlarmState.ENDED:
        raise MoveRefused("the alarm has ended", phrase="alarm.over")
    return await _end(session, alarm, now, rules, staff_id=staff.id, false_alarm=command.false_alarm)


async def settle_report(session: AsyncSession, command: SettleReport, now: datetime, rules: Rules) -> Outcome:
    """The ticket is over. One of several who says that there was nothing does not speak for the others."""
    alarm = await find_by_ticket(session, command.ticket_id)
    if alarm is None or alarm.state == AlarmState.ENDED:
        return Outcome()
    by_reporter = command.how == "withdrawn" and command.staff_id is None
    if by_reporter and alarm.kind in _MAY_BE_FORCED and alarm.state == AlarmState.RINGING:
        return Outcome()
    if command.how != "handled":
        report = select(AlarmReport).where(AlarmReport.ticket_id == command.ticket_id)
        (await session.scalars(report)).one().withdrawn_at = now
        await session.flush()
        if await _open_reports(session, alarm):
            return Outcome(events=(alarm_event("AlarmReported", alarm),))
    ended = await _end(session, alarm, now, rules, staff_id=command.staff_id, false_alarm=command.how == "withdrawn")
    if command.how == "merged":  # the other alarm goes on, and nothing is clear yet
        return Outcome(events=ended.events, value=alarm.id)
    # that the reporter takes it back is told to staff by the ticket
    replies = tuple(r for r in ended.replies if not (by_reporter and r.to is Audience.STAFF))
    return Outcome(replies, ended.events, alarm.id)


async def _open_reports(session: AsyncSession, alarm: Alarm) -> list[int]:
    """The tickets of those who have not taken it back."""
    query = select(AlarmReport.ticket_id).where(AlarmReport.alarm_id == alarm.id, AlarmReport.withdrawn_at.is_(None))
    return list(await session.scalars(query.order_by(AlarmReport.id)))


async def _end(
    session: AsyncSession, alarm: Alarm, now: datetime, rules: Rules, *, staff_id: int | None, false_alarm: bool
) -> Outcome:
    alarm.state, alarm.next_at = AlarmState.ENDED, None
    alarm.ended_at, alarm.ended_by, alarm.false_alarm = now, staff_id, false_alarm
    await session.flush()
    running = update(RollCall).where(RollCall.alarm_id == alarm.id, RollCall.ended_at.is_(None))
    await session.execute(running.values(ended_at=now, remind_at=None).execution_options(synchronize_session="fetch"))
    kind = "false" if false_alarm else "clear"
    replies: tuple[Reply, ...] = (tell_staff(alarm, f"alarm.ended.{kind}", "ended"),)
    told = (tell_neighbours(alarm, rules, where, f"alarm.group.{kind}", "ended") for where in alarm.warned)
    replies += tuple(told)  # by their key each group hears it once
    reports = await _open_reports(session, alarm)
    event = alarm_event("AlarmEnded", alarm, staff_id=staff_id, false_alarm=false_alarm, open_reports=reports)
    return Outcome(replies, (event,), alarm.id)


async def do_alarm(session: AsyncSession, command: DoAlarm, now: datetime, rules: Rules) -> Outcome:
    """Nobody answered in time: the next one is paged."""
    alarm = await lock_alarm(session, command.alarm_id)
    if alarm.state != AlarmState.RINGING or alarm.next_at is None or alarm.next_at > now:
        return Outcome()
    return await page_next(session, alarm, now, rules)


async def due_alarms(session: AsyncSession, now: datetime, limit: int) -> list[int]:
    """Alarms for which somebody must be paged now, the oldest first."""
    query = select(Alarm.id).where(Alarm.state == AlarmState.RINGING, Alarm.next_at <= now)
    return list(await session.scalars(query.order_by(Alarm.next_at, Alarm.id).limit(limit)))
