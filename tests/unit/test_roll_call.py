"""A building is asked whether all are safe: each household once, and who needs help is gone to at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.emergencies.commands import (
    AcknowledgeAlarm,
    AnswerRollCall,
    EndAlarm,
    MarkDoor,
    RemindRollCall,
    SettleReport,
    StartRollCall,
)
from actions.emergencies.model import Alarm, AlarmState, RollCall, RollCallEntry
from actions.emergencies.roll_call import due_roll_calls
from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.outcome import Audience, Outcome
from actions.people.model import Household, Resident, Role
from bot.understand.roll_call import roll_call_word
from tests.support.desk import Desk, phrases_of, replies_to, words
from tests.unit.test_alarms import on_duty, paged, raise_one


async def neighbours(desk: Desk) -> None:
    """Two more in building 3: the husband of amei, and a flat of which nobody is in the chat."""
    building = await desk.unit("building", "3栋")
    amei = await desk.resident_row("amei")
    known = {"community_id": amei.community_id, "building_id": building.id}
    desk.session.add(Resident(nickname="ajun", unit="2", room="501", created_at=desk.now, **known))
    desk.session.add(Resident(nickname="nodoor", unit="", room="", created_at=desk.now, **known))
    for room in ("501", "602"):
        desk.session.add(Household(unit="2", room=room, **known))
    await desk.session.flush()


async def start(desk: Desk, role: str = Role.STEWARD) -> Outcome:
    building, staff = await desk.unit("building", "3栋"), await desk.staff_row(role)
    return await desk.do(StartRollCall(1, building.id, staff.id))


async def answer(desk: Desk, who: str, word: str) -> Outcome:
    return await desk.do(AnswerRollCall(1, (await desk.resident_row(who)).id, word))


async def entries(desk: Desk) -> dict[str, str]:
    query = select(RollCallEntry, Resident.nickname).outerjoin(Resident, Resident.id == RollCallEntry.resident_id)
    found = await desk.session.execute(query.execution_options(populate_existing=True))
    return {nickname or entry.room: entry.word for entry, nickname in found.tuples()}


@pytest.fixture
async def called(desk: Desk) -> Desk:
    await neighbours(desk)
    await raise_one(desk)
    await start(desk)
    return desk


async def test_everybody_in_the_building_is_asked_with_two_buttons_and_the_group_is_told_how(desk: Desk) -> None:
    await neighbours(desk)
    await raise_one(desk)
    outcome = await start(desk)
    asked = replies_to(outcome, Audience.PRIVATE)
    ids = {(await desk.resident_row(who)).id for who in ("amei", "ajun", "nodoor")}
    assert {reply.resident_id for reply in asked} == ids
    assert {tuple(b.value for b in reply.buttons) for reply in asked} == {("rollcall:safe:1", "rollcall:help:1")}
    assert all(reply.urgent for reply in outcome.replies)
    assert "报平安" in words(replies_to(outcome, Audience.AREA)[0])
    assert await entries(desk) == {"amei": "waiting", "ajun": "waiting", "nodoor": "waiting", "602": "waiting"}


async def test_what_one_says_holds_for_the_household_and_no_other(called: Desk) -> None:
    outcome = await answer(called, "amei", "safe")
    assert [(reply.phrase, reply.to) for reply in outcome.replies] == [("roll_call.safe", Audience.PRIVATE)]
    assert await entries(called) == {"amei": "safe", "ajun": "safe", "nodoor": "waiting", "602": "waiting"}
    await answer(called, "nodoor", "safe")  # without a door nobody speaks for somebody else
    assert (await entries(called))["602"] == "waiting"


async def test_who_needs_help_has_whoever_is_there_paged_again(called: Desk) -> None:
    police = (await called.staff_row(Role.POLICE)).id
    await on_duty(called, Role.COMMITTEE)
    await called.do(AcknowledgeAlarm(1, police))
    outcome = await answer(called, "ajun", "help")
    assert phrases_of(outcome) == ["roll_call.help", "alarm.page.help"]
    assert "【要帮忙】员工police" in words(outcome.replies[1])
    assert "501" not in words(outcome.replies[1])
    assert (await paged(called))[-1] == "员工police"
    alarm = (await called.session.scalars(select(Alarm))).one()
    assert alarm.state == AlarmState.RINGING
    assert phrases_of(await answer(called, "amei", "help")) == ["roll_call.help"]  # the same door: known already
    heard = await called.do(AcknowledgeAlarm(1, police))
    assert phrases_of(heard) == ["alarm.acknowledged"]


async def test_staff_knock_and_write_down_what_they_saw(called: Desk) -> None:
    entry = await called.session.scalar(select(RollCallEntry).where(RollCallEntry.room == "602"))
    assert entry is not None
    steward = (await called.staff_row(Role.STEWARD)).id
    assert phrases_of(await called.do(MarkDoor(entry.id, steward, "safe"))) == []
    assert (await entries(called))["602"] == "safe"
    with pytest.raises(NotAllowed):
        await called.do(MarkDoor(entry.id, (await called.staff_row(Role.SUPERVISOR)).id, "safe"))
    with pytest.raises(InvalidInput):
        await called.do(MarkDoor(entry.id, steward, "gone"))
    with pytest.raises(NotFound):
        await called.do(MarkDoor(99, steward, "safe"))


async def test_those_who_say_nothing_are_reminded_once(called: Desk) -> None:
    await answer(called, "amei", "safe")
    assert await due_roll_calls(called.session, called.now, 9) == []
    called.now += timedelta(minutes=10)
    assert await due_roll_calls(called.session, called.now, 9) == [1]
    outcome = await called.do(RemindRollCall(1))
    assert phrases_of(outcome) == ["roll_call.remind"]
    assert outcome.replies[0].resident_id == (await called.resident_row("nodoor")).id
    assert await due_roll_calls(called.session, called.now + timedelta(days=1), 9) == []
    assert phrases_of(await called.do(RemindRollCall(1))) == []


@pytest.mark.parametrize("how", ["end", "false", "withdrawn"])
async def test_it_ends_with_the_alarm_and_the_building_hears_the_all_clear(called: Desk, how: str) -> None:
    steward = (await called.staff_row(Role.STEWARD)).id
    by = {"end": EndAlarm(1, steward), "false": EndAlarm(1, steward, True), "withdrawn": SettleReport(1, "withdrawn")}
    outcome = await called.do(by[how])
    building = (await called.unit("building", "3栋")).id
    assert [reply.org_unit_id for reply in replies_to(outcome, Audience.AREA)] == [building]
    assert (await called.session.scalars(select(RollCall.ended_at))).one() == called.now
    with pytest.raises(MoveRefused):
        await answer(called, "amei", "help")
    called.now += timedelta(hours=1)
    assert phrases_of(await called.do(RemindRollCall(1))) == []


async def test_only_who_was_asked_answers_and_only_once_it_is_asked(called: Desk) -> None:
    with pytest.raises(NotFound):
        await answer(called, "laoli", "safe")
    with pytest.raises(NotFound):
        await called.do(AnswerRollCall(9, 1, "safe"))
    with pytest.raises(InvalidInput):
        await answer(called, "amei", "waiting")
    with pytest.raises(MoveRefused):
        await start(called)
    with pytest.raises(NotAllowed):
        await start(called, Role.SUPERVISOR)


async def test_only_a_building_of_the_community_is_called_and_only_while_the_alarm_goes_on(desk: Desk) -> None:
    await raise_one(desk)
    steward = (await desk.staff_row(Role.STEWARD)).id
    for unit in ((await desk.unit("grid")).id, 999):
        with pytest.raises(InvalidInput):
            await desk.do(StartRollCall(1, unit, steward))
    await desk.do(EndAlarm(1, steward))
    with pytest.raises(MoveRefused):
        await start(desk)


@pytest.mark.parametrize(
    "text",
    "报平安|平安|我家都好|一家三口都平安|我们家没事|全家安全|報平安|我家平安，谢谢|都好着呢|@小邻 报平安".split("|"),
)
def test_words_that_say_all_is_well(text: str) -> None:
    assert roll_call_word(text) == "safe"


@pytest.mark.parametrize("text", ["要帮忙", "我家需要帮助", "需要幫助", "我家有人需要救援", "求救援", "帮帮我们"])
def test_words_that_ask_for_help(text: str) -> None:
    assert roll_call_word(text) == "help"


@pytest.mark.parametrize(
    "text", "|祝大家平安夜快乐|好的|没事了|要帮忙搬家的找我|平安保险上门|谢谢|我家电梯需要修".split("|")
)
def test_words_that_are_no_answer(text: str) -> None:
    assert roll_call_word(text) == ""
