"""Opening a ticket: number, place, desk, deadline, what is answered and who is told."""

from __future__ import annotations

import asyncio
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.outcome import Audience
from actions.people.model import Level, Role
from actions.tickets.access import can_see_reporter
from actions.tickets.cards import ticket_card
from actions.tickets.commands import AddToTicket, CorrectTicket, FollowTicket, Move, MoveTicket, OpenTicket, Where
from actions.tickets.model import Status
from tests.support.desk import CHAT, RULES, Desk, open_desk, phrases_of, replies_to, words


async def _open(desk: Desk, service: str, who: str = "amei", **more: object):  # type: ignore[no-untyped-def]
    community = await desk.community_id()
    more.setdefault("text", "出事了")
    return await desk.do(OpenTicket(community, service, actor=await desk.resident(who), chat_id=CHAT, **more))  # type: ignore[arg-type]


async def test_a_group_hears_what_where_by_when_with_a_card(desk: Desk) -> None:
    outcome = await _open(desk, "service_request/elevator", where=Where("3", "2", room="501"))
    answer, staff = outcome.replies
    assert words(answer) == "收到，3栋2单元的电梯故障已登记，11月18日16:00前处理。单号 20261118-0001"
    assert (answer.to, answer.immediate, answer.buttons) == (Audience.HERE, True, ())
    assert answer.card is not None
    assert answer.card["place"] == "3栋2单元"
    assert answer.card["due_at"] == "2026-11-18T08:00:00+00:00"
    assert (staff.to, staff.phrase, staff.immediate) == (Audience.STAFF, "staff.new_ticket", True)
    assert outcome.value.asks_place is False
    assert [event.name for event in outcome.events] == ["TicketOpened"]


async def test_what_can_wait_for_the_morning_is_told_to_staff_in_the_morning(desk: Desk) -> None:
    outcome = await _open(desk, "service_request/greenery", where=Where("3"))
    assert [reply.immediate for reply in outcome.replies] == [True, False]


async def test_it_stands_with_the_team_of_the_responsibility_list(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    assert ticket.team_id == (await desk.team("property")).id
    assert (ticket.level, ticket.status, ticket.org_unit_id) == (
        Level.GRID,
        Status.REPORTED,
        (await desk.unit(Level.BUILDING, "3栋")).id,
    )
    assert (await desk.open("consult")).level == Level.COMMUNITY


async def test_numbers_have_no_gaps_and_begin_anew_each_local_day(desk: Desk) -> None:
    first = [(await desk.open()).ref for _ in range(3)]
    desk.now = datetime(2026, 11, 18, 16, 30, tzinfo=UTC)  # half past midnight there
    assert first == [f"20261118-000{n}" for n in (1, 2, 3)]
    assert (await desk.open()).ref == "20261119-0001"


async def test_numbers_are_unique_when_many_write_at_once(community_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(community_file, tmp_path / "many.db"))

    async def one() -> str:
        async with open_desk(path) as desk:
            ticket = await desk.open()
            await desk.session.commit()
            return ticket.ref

    refs = await asyncio.gather(*(one() for _ in range(8)))
    assert sorted(refs) == [f"20261118-{n:04d}" for n in range(1, 9)]


async def test_a_number_of_a_ticket_that_came_to_nothing_is_given_again(desk: Desk) -> None:
    async with open_desk(Path(str(desk.session.get_bind().engine.url.database))) as other:
        await other.open()
        await other.session.rollback()
    assert (await desk.open()).ref.endswith("-0001")


async def test_without_a_place_it_is_open_already_and_the_home_is_offered(desk: Desk) -> None:
    outcome = await _open(desk, "service_request/electricity_lighting", where=Where(spot="楼道"))
    answer = outcome.replies[0]
    ticket = await desk.ticket(outcome.value.ticket_id)
    assert outcome.value.asks_place
    assert answer.phrase == "ticket.ask_place.service_request"
    assert [b.value for b in answer.buttons] == [f"place:home:{ticket.id}"]
    assert words(answer).endswith("就是我家这栋")
    assert (ticket.building, ticket.unit, ticket.room, ticket.spot) == ("3", "2", "", "楼道")
    assert ticket.place_presumed
    assert "待确认" in words(outcome.replies[1])


async def test_without_a_place_and_a_home_it_stands_with_the_community(desk: Desk) -> None:
    outcome = await _open(desk, "service_request/elevator", who="xinlai")
    ticket = await desk.ticket(outcome.value.ticket_id)
    assert outcome.value.asks_place
    assert outcome.replies[0].buttons == ()
    assert (ticket.org_unit_id, ticket.place_presumed) == (await desk.community_id(), False)


@pytest.mark.parametrize(
    ("service", "where", "asks"),
    [
        ("service_request/elevator", Where(spot="北门岗亭"), False),
        ("service_request/elevator", Where("3"), False),
        ("service_request/elevator", Where("99"), False),
        ("service_request/elevator", Where(spot="电梯里"), True),
        ("service_request/elevator", Where(unit="2"), True),
        ("dispute/property_fee", Where(), False),
        ("consult", Where(), False),
    ],
)
async def test_the_place_is_asked_only_where_it_is_needed_and_unclear(
    desk: Desk, service: str, where: Where, asks: bool
) -> None:
    assert (await _open(desk, service, where=where)).value.asks_place is asks


async def test_what_is_confidential_stays_out_of_the_group(desk: Desk) -> None:
    outcome = await _open(desk, "safety_tip/theft", where=Where("3"), text="302的人偷电瓶 13812345678")
    here = replies_to(outcome, Audience.HERE)
    assert [words(reply) for reply in here] == ["收到，已私下回复您。"]
    (private,) = replies_to(outcome, Audience.PRIVATE)
    assert (private.phrase, private.card is not None) == ("ticket.opened.safety_tip", True)
    (staff,) = replies_to(outcome, Audience.STAFF)
    assert not re.search("失窃|3栋|302|偷", words(staff))
    assert outcome.value.confidential


async def test_said_in_private_it_is_answered_once(desk: Desk) -> None:
    outcome = await _open(desk, "safety_tip/theft", where=Where("3"), in_group=False)
    assert [reply.to for reply in outcome.replies] == [Audience.PRIVATE, Audience.STAFF]


async def test_confidential_steps_are_told_in_private_and_the_reporter_is_known_to_the_team(
    desk: Desk,
) -> None:
    ticket = await desk.open("safety_tip/theft")
    outcome = await desk.move(ticket, Move.ACCEPT, Role.POLICE)
    assert [reply.to for reply in outcome.replies] == [Audience.PRIVATE]
    police, admin = await desk.staff_row(Role.POLICE), await desk.staff_row(Role.ADMIN)
    assert (can_see_reporter(ticket, police), can_see_reporter(ticket, admin)) == (True, False)
    assert can_see_reporter(await desk.open(), admin)


@pytest.mark.parametrize("service", sorted(RULES.services))
async def test_staff_texts_hold_no_door_no_phone_and_no_words_of_the_resident(
    desk: Desk, service: str
) -> None:
    where = Where("3", "2", "5", "501", "北门")
    outcome = await _open(desk, service, where=where, text="我是王芳，电话13812345678，501室出了事")
    for reply in replies_to(outcome, Audience.STAFF):
        assert not re.search("501|138|王芳|出了事", words(reply))
    for reply in outcome.replies:
        if reply.to is not Audience.PRIVATE:
            assert "501" not in str(reply.card)


async def test_staff_open_for_who_phoned_and_only_staff_hear(desk: Desk) -> None:
    command = OpenTicket(
        await desk.community_id(), "service_request/pest", "有人打电话说有老鼠", await desk.staff("committee")
    )
    outcome = await desk.do(command)
    assert phrases_of(outcome) == ["staff.new_ticket"]
    ticket = await desk.ticket(outcome.value.ticket_id)
    assert ticket.reporter_id is None
    assert phrases_of(await desk.move(ticket, Move.ACCEPT)) == []


async def test_an_empty_ticket_is_refused_and_a_picture_is_enough(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        await _open(desk, "service_request/pest", text="  ")
    assert (await _open(desk, "service_request/pest", text="", pictures=("p1",))).value.ticket_id
    with pytest.raises(NotFound):
        await desk.do(OpenTicket(999, "consult", "你好", await desk.resident("amei")))


async def test_an_invented_family_is_answered_in_general_words(desk: Desk) -> None:
    services = dict(RULES.services)
    services["library/books"] = replace(services["other"], code="library/books")
    desk.rules = replace(
        RULES, services=services, routes=(*RULES.routes, replace(RULES.routes[0], services=("*",)))
    )
    assert phrases_of(await _open(desk, "library/books"))[0] == "ticket.opened.other"


@pytest.mark.parametrize(
    "kind", "fire gas trapped collapsed fight jumping missing drowning electric crush burst flood other".split()
)
async def test_a_danger_is_answered_at_once_with_a_number_to_call(desk: Desk, kind: str) -> None:
    outcome = await _open(desk, "chitchat", emergency=kind, where=Where("3"))
    first, paged, staff = outcome.replies
    assert re.search("110|119|120", words(first))
    assert len(words(first).splitlines()) == 4
    assert [reply.urgent for reply in outcome.replies] == [True] * 3
    assert (paged.phrase, staff.phrase, staff.to) == ("emergency.paged", "staff.emergency", Audience.STAFF)
    ticket = await desk.ticket(outcome.value.ticket_id)
    assert ticket.due_at == desk.now + timedelta(minutes=15)
    assert outcome.value.emergency == kind


async def test_the_duty_phone_is_given_and_the_place_asked_for_in_a_danger(desk: Desk) -> None:
    (await desk.team("property")).duty_phone = "0571-88881111"
    presumed = await _open(desk, "x", emergency="fire")
    assert (presumed.replies[1].phrase, len(presumed.replies[1].buttons)) == ("emergency.ask_place_phone", 1)
    assert "0571-88881111" in words(presumed.replies[1])
    unknown = await _open(desk, "x", who="xinlai", emergency="fire")
    assert (unknown.replies[1].phrase, unknown.replies[1].buttons) == ("emergency.ask_place_phone", ())
    known = await _open(desk, "x", emergency="fire", where=Where("3"))
    assert known.replies[1].phrase == "emergency.paged_phone"


async def test_a_danger_staff_report_is_told_to_staff(desk: Desk) -> None:
    actor = await desk.staff(Role.GRID_WORKER)
    outcome = await desk.do(OpenTicket(await desk.community_id(), "x", "着火", actor, emergency="fire"))
    assert phrases_of(outcome) == ["staff.emergency"]


async def test_a_danger_that_shows_later_turns_the_ticket_into_an_emergency(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator", "电梯停了")
    desk.now += timedelta(minutes=2)
    more = AddToTicket(ticket.id, await desk.resident("amei"), "里面有人", emergency="trapped")
    outcome = await desk.do(more)
    assert phrases_of(outcome) == ["emergency.trapped", "emergency.paged", "staff.emergency"]
    assert (ticket.service, ticket.emergency, ticket.text) == (
        "emergency/trapped",
        "trapped",
        "电梯停了\n里面有人",
    )
    assert ticket.due_at == desk.now + timedelta(minutes=15)
    assert (await desk.timers(ticket))["deadline"] == ticket.due_at
    again = await desk.do(more)
    assert phrases_of(again) == ["ticket.added", "staff.added"]


async def test_a_ticket_that_was_due_sooner_is_not_given_more_time_by_a_danger(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    desk.now += timedelta(hours=3, minutes=55)
    due = ticket.due_at
    await desk.do(AddToTicket(ticket.id, await desk.resident("amei"), emergency="trapped"))
    assert ticket.due_at == due


async def test_fragments_are_kept_and_who_works_on_it_hears_of_them(desk: Desk) -> None:
    ticket = await desk.open()
    amei = await desk.resident("amei")
    assert phrases_of(await desk.do(AddToTicket(ticket.id, amei, pictures=("p1",)))) == ["ticket.added"]
    await desk.moves(ticket, "take")
    outcome = await desk.do(AddToTicket(ticket.id, amei, "越漏越大"))
    assert phrases_of(outcome) == ["ticket.added", "staff.added"]
    assert (ticket.pictures, ticket.text) == (["p1"], "水管漏水\n越漏越大")
    assert "越漏" in ticket.search
    with pytest.raises(InvalidInput):
        await desk.do(AddToTicket(ticket.id, amei, " "))


async def test_what_the_resident_adds_to_a_suspended_ticket_takes_it_up_again(desk: Desk) -> None:
    ticket = await desk.moves(await desk.open(), "accept", "suspend")
    outcome = await desk.do(AddToTicket(ticket.id, await desk.resident("amei"), "下午在家"))
    assert ticket.status == Status.ACCEPTED
    assert phrases_of(outcome) == ["ticket.added", "staff.resumed"]


async def test_nothing_is_added_to_what_is_over_or_not_theirs(desk: Desk) -> None:
    ticket = await desk.closed()
    with pytest.raises(MoveRefused) as over:
        await desk.do(AddToTicket(ticket.id, await desk.resident("amei"), "还有"))
    assert over.value.phrase == "refused.closed"
    with pytest.raises(NotFound):
        await desk.do(AddToTicket(ticket.id, await desk.resident("laoli"), "还有"))


async def test_the_place_is_corrected_and_the_ticket_finds_its_desk_anew(desk: Desk) -> None:
    ticket = await desk.open("safety_tip/fire_safety", where=Where("8", "1", room="302"))
    outcome = await desk.do(CorrectTicket(ticket.id, await desk.resident("amei"), Where("3")))
    assert (ticket.building, ticket.unit, ticket.room) == ("3", "", "")
    assert ticket.team_id == (await desk.team("grid")).id
    assert phrases_of(outcome) == ["ticket.corrected", "staff.new_ticket"]


async def test_a_unit_or_a_spot_is_added_to_the_known_place(desk: Desk) -> None:
    ticket = await desk.open(where=Where("3", "2", "5", "501"))
    amei = await desk.resident("amei")
    await desk.do(CorrectTicket(ticket.id, amei, Where(spot="厨房")))
    assert (ticket.building, ticket.unit, ticket.room, ticket.spot) == ("3", "2", "501", "厨房")
    outcome = await desk.do(CorrectTicket(ticket.id, amei, Where(unit="1")))
    assert (ticket.building, ticket.unit, ticket.floor, ticket.room) == ("3", "1", "", "")
    assert phrases_of(outcome) == ["ticket.corrected", "staff.corrected"]


async def test_the_home_is_taken_over_with_one_tap_and_its_door_stays_out_of_the_group(desk: Desk) -> None:
    ticket = await desk.open(where=Where(spot="楼道"))
    outcome = await desk.do(CorrectTicket(ticket.id, await desk.resident("amei"), home=True))
    assert (ticket.building, ticket.unit, ticket.room, ticket.spot) == ("3", "2", "501", "楼道")
    assert ticket.place_presumed is False
    assert words(outcome.replies[0]) == f"记好了：3栋2单元楼道的供水排水，单号 {ticket.ref}"


async def test_another_place_replaces_the_presumed_home(desk: Desk) -> None:
    ticket = await desk.open(where=Where())
    await desk.do(CorrectTicket(ticket.id, await desk.resident("amei"), Where(spot="北门")))
    assert (ticket.building, ticket.unit, ticket.spot, ticket.place_presumed) == ("", "", "北门", False)
    assert ticket.org_unit_id == await desk.community_id()
    second = await desk.open(where=Where())
    await desk.do(CorrectTicket(second.id, await desk.resident("amei"), Where(unit="1")))
    assert (second.building, second.unit) == ("3", "1")


async def test_a_home_that_is_not_registered_or_an_empty_correction_is_refused(desk: Desk) -> None:
    ticket = await desk.open(who="xinlai", where=Where())
    xinlai = await desk.resident("xinlai")
    with pytest.raises(InvalidInput) as no_home:
        await desk.do(CorrectTicket(ticket.id, xinlai, home=True))
    with pytest.raises(InvalidInput) as nothing:
        await desk.do(CorrectTicket(ticket.id, xinlai))
    assert (no_home.value.phrase, nothing.value.phrase) == ("error.no_home", "error.nothing_to_correct")


async def test_sorted_anew_it_has_the_time_and_the_discretion_of_its_new_kind(desk: Desk) -> None:
    ticket = await desk.open("service_request/other")
    await desk.do(CorrectTicket(ticket.id, await desk.staff("committee"), service="safety_tip/theft"))
    assert (ticket.service, ticket.confidential) == ("safety_tip/theft", True)
    assert ticket.due_at == desk.now + timedelta(hours=24)
    assert ticket.team_id == (await desk.team("police")).id
    await desk.do(CorrectTicket(ticket.id, await desk.staff("police"), service="consult"))
    assert ticket.confidential


async def test_who_only_follows_cannot_correct_it(desk: Desk) -> None:
    ticket = await desk.open()
    laoli = await desk.resident("laoli")
    await desk.do(FollowTicket(ticket.id, laoli))
    with pytest.raises(NotAllowed):
        await desk.do(CorrectTicket(ticket.id, laoli, Where("8")))


async def test_sorted_anew_too_late_for_its_new_kind_it_begins_anew(desk: Desk) -> None:
    ticket = await desk.open("service_request/greenery")
    desk.now += timedelta(hours=30)
    await desk.do(CorrectTicket(ticket.id, await desk.staff("committee"), service="service_request/elevator"))
    assert ticket.due_at == desk.now + timedelta(hours=4)
    assert (await desk.timers(ticket))["deadline"] == ticket.due_at


async def test_a_ticket_somebody_works_on_is_not_taken_away_by_a_correction(desk: Desk) -> None:
    ticket = await desk.moves(await desk.open("safety_tip/fire_safety", where=Where("8")), "dispatch")
    before = ticket.team_id
    await desk.do(CorrectTicket(ticket.id, await desk.resident("amei"), Where("3")))
    assert ticket.team_id == before


async def test_the_room_is_on_the_private_card_only(desk: Desk) -> None:
    ticket = await desk.open(where=Where("3", "2", "5", "501", "厨房"))
    assert ticket_card(ticket, RULES)["place"] == "3栋2单元厨房"
    assert ticket_card(ticket, RULES, room=True)["place"] == "3栋2单元501室厨房"
    ticket.room = ""
    assert ticket_card(ticket, RULES, room=True)["place"] == "3栋2单元5楼厨房"
    ticket.due_at, ticket.status = None, Status.MERGED
    card = ticket_card(ticket, RULES)
    assert (card["due_at"], card["due_words"], card["open"]) == (None, "", False)
    assert not any(step["done"] for step in card["steps"])


async def test_a_place_asked_for_one_matter_is_not_asked_for_the_next_and_answers_both(desk: Desk) -> None:
    light = (await _open(desk, "service_request/electricity_lighting")).value
    beside = await _open(desk, "service_request/elevator", place_asked=True)
    assert words(beside.replies[0]) == "电梯故障也登记了，单号 20261118-0002。地点说一次就行。"
    assert (beside.value.asks_place, beside.replies[0].buttons) == (True, ())

    also = (beside.value.ticket_id,)
    said = await desk.do(CorrectTicket(light.ticket_id, await desk.resident("amei"), Where("3"), also=also))
    assert phrases_of(said).count("ticket.corrected") == 2
    assert [(await desk.ticket(n)).place_presumed for n in (light.ticket_id, *also)] == [False, False]


async def test_one_that_is_over_meanwhile_does_not_keep_the_other_from_its_place(desk: Desk) -> None:
    light = (await _open(desk, "service_request/electricity_lighting")).value
    lift = (await _open(desk, "service_request/elevator", place_asked=True)).value
    amei = await desk.resident("amei")
    await desk.do(MoveTicket(lift.ticket_id, Move.WITHDRAW, amei))
    said = await desk.do(CorrectTicket(light.ticket_id, amei, Where("3"), also=(lift.ticket_id,)))
    assert phrases_of(said).count("ticket.corrected") == 1


@pytest.mark.parametrize("service", ["service_request/electricity_lighting", "dispute/family"])
async def test_what_a_patrol_found_is_the_shifts_unless_it_is_confidential(desk: Desk, service: str) -> None:
    here, who = await desk.community_id(), await desk.resident("amei")
    command = OpenTicket(here, service, "巡逻发现的", who, where=Where("3", "2"), source="patrol")
    opened = next(event for event in (await desk.do(command)).events if event.name == "TicketOpened")
    assert (opened.data.get("source") == "patrol") is (service != "dispute/family")
