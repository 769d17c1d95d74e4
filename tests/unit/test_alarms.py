"""An alarm pages one after the other until somebody has heard, and ends once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from actions.emergencies.alarms import due_alarms
from actions.emergencies.commands import (
    AcknowledgeAlarm,
    AddShift,
    DoAlarm,
    EndAlarm,
    HandOver,
    RaiseAlarm,
    RemoveShift,
    SettleReport,
)
from actions.emergencies.model import Alarm, AlarmPage, AlarmState, DutyShift
from actions.errors import ActionError, InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.outcome import Audience, Outcome
from actions.people.commands import SetStaffActive
from actions.people.model import Role
from actions.reactions import react
from actions.tickets.commands import Move
from tests.support.desk import RULES, Desk, phrases_of, replies_to, words

WARNED = replace(RULES, warned=frozenset({"fire", "gas"}))


async def raise_one(desk: Desk, ticket_id: int = 1, **more: Any) -> Outcome:
    """A fire in building 3, unless said otherwise."""
    building = (await desk.unit("building", "3栋")).id
    known = {"kind": "fire", "title": "火情", "place": "3栋", "placed": True, "org_unit_id": building, "building": "3"}
    known |= {"ref": f"20261118-{ticket_id:04d}", "team_id": (await desk.team("property")).id, "chat_id": 77}
    return await desk.do(RaiseAlarm(await desk.community_id(), ticket_id, **(known | more)))


async def on_duty(desk: Desk, *roles: str, unit: str = "community", **more: Any) -> None:
    """These are on duty for a day, the first in front."""
    for turn, role in enumerate(roles, 1):
        staff, by = await desk.staff_row(role), await desk.staff_row(Role.ADMIN)
        starts, place = desk.now - timedelta(hours=1), await desk.unit(unit)
        times = {"starts_at": starts, "ends_at": starts + timedelta(days=1)} | more
        await desk.do(AddShift(await desk.community_id(), place.id, staff.id, by_id=by.id, turn=turn, **times))


async def alarm_of(desk: Desk, ticket_id: int = 1) -> Alarm:
    return (await desk.session.scalars(select(Alarm).where(Alarm.ticket_id == ticket_id))).one()


async def paged(desk: Desk) -> list[str]:
    return [page.name for page in await desk.session.scalars(select(AlarmPage).order_by(AlarmPage.id))]


async def ring(desk: Desk, later: timedelta) -> list[str]:
    """Let time pass and do what is due; the texts said."""
    desk.now += later
    said = []
    for alarm_id in await due_alarms(desk.session, desk.now, 10):
        said += [words(reply) for reply in (await desk.do(DoAlarm(alarm_id))).replies]
    return said


async def test_the_first_on_duty_is_paged_in_the_same_breath_and_those_after_are_named(desk: Desk) -> None:
    await on_duty(desk, Role.STEWARD, Role.GRID_WORKER, Role.COMMITTEE)
    outcome = await raise_one(desk)
    (told,) = outcome.replies
    assert (told.to, told.urgent) == (Audience.STAFF, True)
    assert "【呼叫】员工steward：火情，3栋" in words(told)
    assert "依次叫员工grid_worker、员工committee" in words(told)
    assert [event.name for event in outcome.events] == ["AlarmRaised", "StaffPaged"]


async def test_one_after_the_other_is_paged_round_after_round_until_somebody_has_heard(desk: Desk) -> None:
    await on_duty(desk, Role.COMMITTEE, Role.GRID_WORKER)
    await raise_one(desk)
    assert await ring(desk, timedelta(minutes=2, seconds=59)) == []
    assert "员工grid_worker" in (await ring(desk, timedelta(seconds=1)))[0]
    assert await ring(desk, timedelta(0)) == []  # twice does nothing
    for _ in range(3):
        await ring(desk, timedelta(minutes=3))
    # the second round asks those who answer for it too
    order = ("committee", "grid_worker", "committee", "grid_worker", "steward")
    assert await paged(desk) == [f"员工{one}" for one in order]
    heard = await desk.do(AcknowledgeAlarm(1, (await desk.staff_row(Role.STEWARD)).id))
    assert phrases_of(heard) == ["alarm.acknowledged"]
    assert await ring(desk, timedelta(hours=1)) == []
    answered = await desk.session.scalars(select(AlarmPage.name).where(AlarmPage.answered_at.is_not(None)))
    assert list(answered) == ["员工steward"]


async def test_a_second_one_who_goes_is_not_announced(desk: Desk) -> None:
    await raise_one(desk)
    for role, said in ((Role.STEWARD, ["alarm.acknowledged"]), (Role.POLICE, [])):
        assert phrases_of(await desk.do(AcknowledgeAlarm(1, (await desk.staff_row(role)).id))) == said
    assert (await alarm_of(desk)).acknowledged_by == (await desk.staff_row(Role.STEWARD)).id


async def test_with_nobody_on_duty_the_team_is_paged_and_without_a_team_whoever_works_on_the_spot(desk: Desk) -> None:
    await raise_one(desk)
    await raise_one(desk, 2, building="5", team_id=None)
    assert await paged(desk) == ["员工steward", "员工grid_worker"]


async def test_with_nobody_at_all_the_staff_group_is_told_and_it_is_tried_again(desk: Desk) -> None:
    for role in (Role.STEWARD, Role.COMMITTEE, Role.WORKSTATION, Role.GRID_WORKER):
        await desk.do(SetStaffActive((await desk.staff_row(role)).id, False))
    assert phrases_of(await raise_one(desk)) == ["alarm.nobody"]
    await on_duty(desk, Role.POLICE)
    assert "员工police" in (await ring(desk, timedelta(minutes=3)))[0]


async def test_neighbours_are_warned_where_it_is_and_where_it_was_said_while_nobody_knows(desk: Desk) -> None:
    desk.rules = WARNED
    first = replies_to(await raise_one(desk, placed=False, building="", place="地点待确认"), Audience.AREA)[0]
    assert (first.org_unit_id, first.chat_id, first.urgent) == (None, 77, True)
    assert "小区里（位置正在核实）有火情" in words(first)
    then = replies_to(await raise_one(desk), Audience.AREA)[0]
    assert (then.org_unit_id, then.phrase) == ((await desk.unit("building", "3栋")).id, "emergency.group.fire")
    assert replies_to(await raise_one(desk), Audience.AREA) == []  # the same again
    end = await desk.do(EndAlarm(1, (await desk.staff_row(Role.STEWARD)).id))
    assert [reply.org_unit_id for reply in replies_to(end, Audience.AREA)] == [None, then.org_unit_id]


async def test_nothing_is_said_to_neighbours_of_what_draws_them_there(desk: Desk) -> None:
    desk.rules = WARNED
    assert replies_to(await raise_one(desk, kind="jumping", title="轻生"), Audience.AREA) == []
    end = await desk.do(EndAlarm(1, (await desk.staff_row(Role.STEWARD)).id, false_alarm=True))
    assert replies_to(end, Audience.AREA) == []


async def test_two_neighbours_who_see_the_same_fire_make_one_alarm_and_one_alone_does_not_end_it(desk: Desk) -> None:
    await raise_one(desk)
    assert phrases_of(await raise_one(desk, 2)) == []
    assert await paged(desk) == ["员工steward"]
    assert phrases_of(await desk.do(SettleReport(1, "withdrawn"))) == []
    assert (await alarm_of(desk)).state == AlarmState.RINGING
    await desk.do(SettleReport(2, "withdrawn"))
    assert ((await alarm_of(desk)).state, (await alarm_of(desk)).false_alarm) == (AlarmState.ENDED, True)


async def test_another_danger_or_another_building_is_another_alarm(desk: Desk) -> None:
    await raise_one(desk)
    await raise_one(desk, 2, kind="gas")
    await raise_one(desk, 3, building="5")
    desk.now += timedelta(minutes=31)
    await raise_one(desk, 4)
    assert len(await paged(desk)) == 4


async def test_who_may_be_forced_to_say_so_does_not_stop_the_pages_alone(desk: Desk) -> None:
    await raise_one(desk, kind="fight", title="打架伤人")
    await desk.do(SettleReport(1, "withdrawn"))
    assert (await alarm_of(desk)).state == AlarmState.RINGING
    await desk.do(AcknowledgeAlarm(1, (await desk.staff_row(Role.POLICE)).id))
    await desk.do(SettleReport(1, "withdrawn"))
    assert (await alarm_of(desk)).state == AlarmState.ENDED


async def test_what_is_merged_ends_without_a_word(desk: Desk) -> None:
    desk.rules = WARNED
    await raise_one(desk)
    assert phrases_of(await desk.do(SettleReport(1, "merged"))) == []
    assert not (await alarm_of(desk)).false_alarm


async def test_what_has_ended_stays_so(desk: Desk) -> None:
    await raise_one(desk)
    steward = (await desk.staff_row(Role.STEWARD)).id
    assert phrases_of(await desk.do(EndAlarm(1, steward, false_alarm=True))) == ["alarm.ended.false"]
    for command in (EndAlarm(1, steward), AcknowledgeAlarm(1, steward)):
        with pytest.raises(MoveRefused):
            await desk.do(command)
    assert phrases_of(await desk.do(SettleReport(1, "handled"))) == []
    assert phrases_of(await raise_one(desk)) == []
    assert await ring(desk, timedelta(hours=1)) == []


async def test_only_who_works_here_answers_and_only_what_is_there(desk: Desk) -> None:
    await raise_one(desk)
    with pytest.raises(NotAllowed):
        await desk.do(AcknowledgeAlarm(1, (await desk.staff_row(Role.SUPERVISOR)).id))
    for command in (AcknowledgeAlarm(9, (await desk.staff_row(Role.POLICE)).id), DoAlarm(9), AcknowledgeAlarm(1, 99)):
        with pytest.raises(NotFound):
            await desk.do(command)
    assert phrases_of(await desk.do(SettleReport(9, "handled"))) == []


async def test_what_is_done_with_the_ticket_is_done_with_the_alarm(desk: Desk) -> None:
    ticket = await desk.open("x", "着火了", emergency="fire")
    moved = (await desk.move(ticket, Move.TAKE, Role.STEWARD)).events[0]
    steward = (await desk.staff_row(Role.STEWARD)).id
    assert list(react(moved)) == [AcknowledgeAlarm(ticket.id, steward)]
    handled = (await desk.move(ticket, Move.HANDLE, Role.STEWARD)).events[0]
    assert SettleReport(ticket.id, "handled", steward) in react(handled)
    plain = await desk.open()
    assert list(react((await desk.move(plain, Move.TAKE, Role.STEWARD)).events[0])) == []


async def test_the_roster_is_kept_by_admin_and_committee_alone(desk: Desk) -> None:
    for role in set(Role) - {Role.ADMIN, Role.COMMITTEE}:
        with pytest.raises(NotAllowed):
            await _add(desk, by=role)
    await _add(desk, by=Role.COMMITTEE, days=3)
    assert len(list(await desk.session.scalars(select(DutyShift)))) == 3


async def _add(desk: Desk, *, by: str = Role.ADMIN, role: str = Role.STEWARD, **more: Any) -> Outcome:
    here, hours = await desk.community_id(), {"starts_at": desk.now, "ends_at": desk.now + timedelta(hours=8)}
    staff, editor = (await desk.staff_row(role)).id, (await desk.staff_row(by)).id
    known = {"community_id": here, "org_unit_id": here, "staff_id": staff, "by_id": editor}
    return await desk.do(AddShift(**(known | hours | more)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at_hours": 0}, {"ends_at_hours": -1}, {"ends_at_hours": 24 * 8}, {"days": 0}, {"days": 63},
        {"turn": 0}, {"turn": 10}, {"org_unit_id": 999}, {"role": Role.SUPERVISOR},
    ],
)  # fmt: skip
async def test_a_shift_that_cannot_be_is_refused(desk: Desk, wrong: dict[str, Any]) -> None:
    if (hours := wrong.pop("ends_at_hours", None)) is not None:
        wrong["ends_at"] = desk.now + timedelta(hours=hours)
    with pytest.raises((InvalidInput, NotAllowed)):
        await _add(desk, **wrong)


async def test_a_shift_is_handed_over_with_a_note_and_the_other_one_is_paged(desk: Desk) -> None:
    await on_duty(desk, Role.STEWARD)
    shift = (await desk.session.scalars(select(DutyShift))).one()
    police, steward = await desk.staff_row(Role.POLICE), await desk.staff_row(Role.STEWARD)
    outcome = await desk.do(HandOver(shift.id, police.id, steward.id, "3栋地库有积水"))
    assert words(outcome.replies[0]).startswith("【交班】员工steward交班给员工police")
    assert "积水" not in words(outcome.replies[0])
    await raise_one(desk)
    assert await paged(desk) == ["员工police"]
    for to, by in ((police.id, steward.id), (steward.id, police.id)):  # it is over; the other one is not theirs
        with pytest.raises(ActionError):
            await desk.do(HandOver(shift.id, to, by))


async def test_a_shift_that_has_begun_ends_now_and_one_to_come_goes(desk: Desk) -> None:
    await on_duty(desk, Role.STEWARD)
    await _add(desk, role=Role.POLICE, starts_at=desk.now + timedelta(days=2), ends_at=desk.now + timedelta(days=3))
    admin = (await desk.staff_row(Role.ADMIN)).id
    for shift in list(await desk.session.scalars(select(DutyShift))):
        await desk.do(RemoveShift(shift.id, admin))
    (left,) = await desk.session.scalars(select(DutyShift))
    assert left.ends_at == desk.now
    with pytest.raises(NotFound):
        await desk.do(RemoveShift(99, admin))


async def test_who_is_on_duty_for_another_grid_is_not_paged(desk: Desk) -> None:
    await on_duty(desk, Role.GRID_WORKER, unit="grid")
    far = await desk.unit("building", "8栋")
    await raise_one(desk, org_unit_id=far.id, building="8")
    assert await paged(desk) == ["员工steward"]


STEPS = st.lists(st.sampled_from(["tick", "ack", "end", "false", "withdraw", "again", "merge", "second"]), max_size=10)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
async def test_whatever_happens_pages_go_out_exactly_while_nobody_has_heard(desk: Desk, steps: list[str]) -> None:
    async with desk.session.begin_nested() as nested:
        await raise_one(desk)
        steward, before = (await desk.staff_row(Role.STEWARD)).id, 1
        doing = {
            "ack": AcknowledgeAlarm(1, steward), "end": EndAlarm(1, steward), "false": EndAlarm(1, steward, True),
            "withdraw": SettleReport(1, "withdrawn"), "merge": SettleReport(2, "merged"),
        }  # fmt: skip
        for step in steps:
            rings = (await alarm_of(desk)).state == AlarmState.RINGING
            if step == "tick":
                await ring(desk, timedelta(minutes=3))
            elif step in ("again", "second"):
                await raise_one(desk, 1 if step == "again" else 2, placed=True)
            else:
                try:
                    await desk.do(doing[step])
                except MoveRefused:
                    assert (await alarm_of(desk)).state == AlarmState.ENDED
            alarm, count = await alarm_of(desk), len([1 for name in await paged_for(desk)])
            assert count == before + (step == "tick" and rings)
            assert (alarm.next_at is not None) == (alarm.state == AlarmState.RINGING)
            before = count
        await nested.rollback()


async def paged_for(desk: Desk) -> list[int]:
    alarm = await alarm_of(desk)
    return list(await desk.session.scalars(select(AlarmPage.id).where(AlarmPage.alarm_id == alarm.id)))
