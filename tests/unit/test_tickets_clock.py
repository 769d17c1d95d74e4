"""Deadlines, reminders, escalation, suspension and the rating's waits: what the clock does to tickets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from actions.errors import NotFound
from actions.people.model import Level, Role
from actions.tickets.commands import DoTimer, Move, MoveTicket
from actions.tickets.model import Status, Timer
from actions.tickets.timers import due_timers
from tests.support.desk import Desk, phrases_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_a_reminder_comes_at_four_fifths_and_the_deadline_at_its_end(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    assert await desk.timers(ticket) == {
        "deadline": desk.now + 4 * HOUR,
        "deadline_soon": desk.now + timedelta(minutes=192),
    }


async def test_four_fifths_are_counted_in_working_time(desk: Desk) -> None:
    desk.now = datetime(2026, 9, 30, 7, tzinfo=UTC)  # 15:00 before the holidays
    ticket = await desk.open("service_request/sanitation")  # one working day
    timers = await desk.timers(ticket)
    assert timers["deadline"] == datetime(2026, 10, 8, 7, tzinfo=UTC)
    assert timers["deadline_soon"] == datetime(2026, 10, 8, 5, 12, tzinfo=UTC)


async def test_staff_are_reminded_before_it_is_late(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    (said,) = await desk.ring(timedelta(minutes=192))
    assert (said.phrase, said.to, said.team_id) == ("staff.deadline_soon", "staff", ticket.team_id)
    assert (await desk.articles(ticket))[-1].internal


async def test_late_it_climbs_one_level_at_a_time_and_each_only_once(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    met = []
    for _ in range(8):
        said = await desk.ring(DAY)
        met.append((ticket.level, sorted({reply.phrase for reply in said})))
    up = ["staff.escalated", "ticket.escalated"]
    assert [(level, phrases) for level, phrases in met if "staff.escalated" in phrases] == [
        (Level.COMMUNITY, up),
        (Level.STREET, up),
        (Level.DISTRICT, up),
    ]
    assert [phrases for _, phrases in met[3:]] == [["staff.late_top"], [], [], [], []]
    assert ticket.status == Status.REPORTED


async def test_a_higher_level_has_half_the_time(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    await desk.ring(4 * HOUR)
    assert ticket.due_at == desk.now + 2 * HOUR
    assert (await desk.timers(ticket))["deadline"] == ticket.due_at


async def test_pushed_up_in_good_time_it_keeps_its_deadline_and_the_resident_hears_nothing(
    desk: Desk,
) -> None:
    ticket = await desk.open("service_request/elevator")
    due = ticket.due_at
    assert phrases_of(await desk.move(ticket, Move.ESCALATE)) == ["staff.escalated"]
    assert ticket.due_at == due


async def test_the_same_timer_done_twice_does_nothing_the_second_time(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    desk.now += 4 * HOUR
    ids = await due_timers(desk.session, desk.now, 10)
    for timer_id in ids:
        await desk.do(DoTimer(timer_id))
    level, history = ticket.level, len(await desk.articles(ticket))
    for timer_id in ids:
        assert (await desk.do(DoTimer(timer_id))).replies == ()
    assert (ticket.level, len(await desk.articles(ticket))) == (level, history)


async def test_a_timer_before_its_time_or_of_a_state_that_has_passed_does_nothing(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    query = select(Timer).where(Timer.kind == "deadline")
    timer = (await desk.session.scalars(query)).one()
    assert (await desk.do(DoTimer(timer.id))).replies == ()
    assert timer.state == "todo"
    ticket.status = Status.HANDLED
    assert await desk.ring(5 * HOUR) == []
    assert (timer.state, timer.note) == ("cancelled", "ticket is handled")
    with pytest.raises(NotFound):
        await desk.do(DoTimer(999))


async def test_due_timers_come_oldest_first_and_not_more_than_asked_for(desk: Desk) -> None:
    late = await desk.open("consult")
    soon = await desk.open("service_request/elevator")
    ids = await due_timers(desk.session, desk.now + 30 * DAY, 3)
    owners = [(await desk.session.get_one(Timer, i)).ticket_id for i in ids]
    assert owners == [soon.id, soon.id, late.id]


async def test_work_done_stops_the_deadline_and_a_forgotten_check_is_remembered(desk: Desk) -> None:
    ticket = await desk.moves(await desk.open(), "accept", "take", "handle")
    assert await desk.timers(ticket) == {"check_waits": desk.now + 2 * DAY}
    assert [reply.phrase for reply in await desk.ring(2 * DAY)] == ["staff.check_waits"]


async def test_while_it_waits_for_the_resident_the_clock_stands_still(desk: Desk) -> None:
    ticket = await desk.moves(await desk.open("service_request/public_facility"), "accept")
    desk.now += HOUR
    await desk.move(ticket, Move.SUSPEND, text="哪天在家？")
    assert set(await desk.timers(ticket)) == {"suspended_expire"}
    desk.now += DAY
    before = ticket.due_at
    await desk.move(ticket, Move.RESUME)
    assert before is not None
    # three working days from Wednesday noon, and the 9 working hours of the pause
    assert before == datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert ticket.due_at == datetime(2026, 11, 24, 4, tzinfo=UTC)
    assert set(await desk.timers(ticket)) == {"deadline", "deadline_soon"}
    assert (ticket.status, ticket.suspended_at, ticket.status_before) == (Status.ACCEPTED, None, "")


async def test_what_was_late_before_the_pause_stays_late(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    desk.now += 5 * HOUR
    due = ticket.due_at
    await desk.move(ticket, Move.SUSPEND)
    await desk.move(ticket, Move.RESUME)
    assert ticket.due_at == due
    assert [reply.phrase for reply in await desk.ring(HOUR)] == ["ticket.escalated", "staff.escalated"]


async def test_the_reporter_may_take_it_up_again_themselves(desk: Desk) -> None:
    ticket = await desk.moves(await desk.open(), "suspend")
    outcome = await desk.do(MoveTicket(ticket.id, Move.RESUME, await desk.resident("amei")))
    assert (ticket.status, phrases_of(outcome)) == (Status.REPORTED, ["staff.resumed"])


async def test_no_answer_for_five_days_and_a_repair_goes_on(desk: Desk) -> None:
    ticket = await desk.moves(await desk.open(), "accept", "suspend")
    assert await desk.ring(4 * DAY) == []
    assert [reply.phrase for reply in await desk.ring(DAY)] == ["staff.resumed"]
    assert ticket.status == Status.ACCEPTED


async def test_no_answer_for_five_days_and_a_question_is_closed_without_asking_for_a_rating(
    desk: Desk,
) -> None:
    ticket = await desk.moves(await desk.open("consult"), "accept", "suspend")
    (said,) = await desk.ring(5 * DAY)
    assert (said.phrase, said.buttons) == ("ticket.closed_unanswered", ())
    assert (ticket.status, await desk.timers(ticket)) == (Status.CLOSED, {})


async def test_without_a_rating_it_is_asked_once_more_and_then_counts_as_unrated(desk: Desk) -> None:
    ticket = await desk.closed()
    assert await desk.timers(ticket) == {"rating_reminder": desk.now + DAY}
    (asked,) = await desk.ring(DAY)
    assert (asked.phrase, len(asked.buttons), asked.immediate) == ("rating.reminder", 5, False)
    assert await desk.ring(DAY) == []
    assert (ticket.status, ticket.rating) == (Status.RATED, None)
    last = (await desk.articles(ticket))[-1]
    assert (last.move, last.actor) == (Move.EXPIRE_RATING, "clock")
    assert await desk.ring(30 * DAY) == []


async def test_nobody_is_asked_for_a_rating_when_nobody_reported(desk: Desk) -> None:
    ticket = await desk.open()
    ticket.reporter_id = None
    await desk.moves(ticket, "accept", "take", "handle", "check", "close")
    assert await desk.timers(ticket) == {}


async def test_an_outage_is_caught_up_without_leaping_levels(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    said = await desk.ring(30 * DAY)
    assert [reply.phrase for reply in said] == ["ticket.escalated", "staff.escalated"]
    assert set(await desk.timers(ticket, "cancelled")) == {"deadline_soon"}
    assert ticket.level == Level.COMMUNITY
    assert ticket.due_at == desk.now + 2 * HOUR


async def test_no_promise_is_made_for_a_time_that_has_passed(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    desk.now += 5 * HOUR
    assert phrases_of(await desk.move(ticket, Move.ACCEPT)) == ["ticket.accepted_late"]
    assert phrases_of(await desk.move(ticket, Move.TAKE)) == ["ticket.dispatched_late"]


async def test_a_late_emergency_is_urgent(desk: Desk) -> None:
    await desk.open("x", emergency="fire")
    (soon,) = await desk.ring(timedelta(minutes=12))
    assert (soon.phrase, soon.urgent) == ("staff.deadline_soon", True)
    said = await desk.ring(timedelta(minutes=15))
    assert {reply.phrase: reply.urgent for reply in said} == {
        "ticket.escalated": False,
        "staff.escalated": True,
    }


async def test_the_steward_still_sees_what_has_climbed(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    await desk.ring(4 * HOUR)
    await desk.move(ticket, Move.TAKE, Role.STEWARD)
    assert ticket.team_id == (await desk.team("property")).id
