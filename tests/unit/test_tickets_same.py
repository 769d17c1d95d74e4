"""Reports of the same fault: joined, counted by household, weighed, suggested, parted, merged and taken apart again."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from actions.errors import ActionError, MoveRefused, NotAllowed, NotFound
from actions.outcome import Outcome
from actions.people.model import Household, Level, Resident, Role
from actions.tickets.commands import (
    CorrectTicket,
    DecideLikeness,
    FollowTicket,
    Move,
    MoveTicket,
    OpenTicket,
    PartReport,
    Where,
)
from actions.tickets.model import Follower, JoinedReport, Likeness, Status, Ticket
from tests.support.desk import CHAT, NOON, Desk, open_desk, phrases_of, replies_to

LIFT = "service_request/elevator"
WATER = "service_request/water_drainage"
DOOR = "service_request/access_security_device"
STOPPED = "3栋2单元电梯停了"


async def say(desk: Desk, who: str, text: str = STOPPED, service: str = LIFT, **more: Any) -> Outcome:
    """A report in the group, as the road hands it in."""
    actor = await desk.resident(who)
    more.setdefault("where", Where("3", "2"))
    community = await desk.community_id()
    return await desk.do(
        OpenTicket(community, service, text, actor, reporter_id=actor.id, chat_id=CHAT, may_join=True, **more)
    )


async def reported(desk: Desk, *words: str, **more: Any) -> Ticket:
    """The ticket that a report opened."""
    return await desk.ticket((await say(desk, *words, **more)).value.ticket_id)


async def neighbours(desk: Desk, count: int) -> list[str]:
    """So many residents of building 3, each a household of their own."""
    building = await desk.unit(Level.BUILDING, "3栋")
    names = [f"邻居{n}" for n in range(count)]
    place = {"community_id": building.community_id, "building_id": building.id, "unit": "2", "created_at": NOON}
    desk.session.add_all(Resident(nickname=name, room=str(100 + n), **place) for n, name in enumerate(names))
    await desk.session.flush()
    return names


async def tickets(desk: Desk) -> list[Ticket]:
    return list(await desk.session.scalars(select(Ticket).order_by(Ticket.id)))


async def followers(desk: Desk, ticket: Ticket) -> set[int]:
    return set(await desk.session.scalars(select(Follower.resident_id).where(Follower.ticket_id == ticket.id)))


async def test_who_says_the_same_joins_and_hears_every_step(desk: Desk) -> None:
    first = await reported(desk, "amei")
    outcome = await say(desk, "laoli", "3幢2单元的电梯又不动了", pictures=("p9",))
    assert (phrases_of(outcome), outcome.value.joined, outcome.value.ticket_id) == (["ticket.joined"], True, first.id)
    (reply,) = outcome.replies
    assert (reply.params["before"], reply.params["affected"], reply.buttons[0].value) == (1, 2, "part:1")
    assert (len(await tickets(desk)), first.affected, first.fault) == (1, 2, "elevator")
    last = (await desk.articles(first))[-1]
    assert (last.move, last.text, last.pictures) == ("join", "3幢2单元的电梯又不动了", ["p9"])
    laoli = (await desk.resident("laoli")).id
    for move in (Move.ACCEPT, Move.TAKE, Move.HANDLE):
        told = (await desk.move(first, move)).replies
        assert laoli in [reply.resident_id for reply in told], move


async def test_said_again_by_the_same_household_it_counts_once(desk: Desk) -> None:
    first = await reported(desk, "amei")
    assert phrases_of(await say(desk, "amei", "3栋2单元电梯停了半天了")) == ["ticket.joined_again"]
    amei = await desk.resident_row("amei")
    home = Household(community_id=amei.community_id, building_id=amei.building_id, unit="2", room="501")
    desk.session.add(home)
    await desk.session.flush()
    where = {"building_id": home.building_id, "unit": "2", "room": "501"}
    husband = Resident(community_id=amei.community_id, nickname="丈夫", created_at=NOON, **where)
    amei.household_id, amei.unit, amei.room = home.id, "2", "501"  # hers is proved, his only said
    desk.session.add(husband)
    await desk.session.flush()
    outcome = await say(desk, "丈夫")
    assert (phrases_of(outcome), first.affected) == (["ticket.joined"], 1)
    assert phrases_of(await desk.do(FollowTicket(first.id, await desk.resident("丈夫")))) == ["ticket.followed_already"]
    assert first.affected == 1


@pytest.mark.parametrize(
    ("service", "text", "more"),
    [
        (LIFT, "5栋2单元电梯停了", {"where": Where("5", "2")}),
        (LIFT, "3栋1单元电梯停了", {"where": Where("3", "1")}),
        ("emergency/trapped", "3栋2单元电梯停了，里面有人", {"emergency": "trapped"}),
        ("dispute/noise", STOPPED, {}),
        ("safety_tip/theft", STOPPED, {}),
        ("service_request/water_drainage", "3栋停水了", {}),
    ],
)
async def test_what_is_not_surely_the_same_is_opened(desk: Desk, service: str, text: str, more: dict[str, Any]) -> None:
    await say(desk, "amei")
    assert not (await say(desk, "laoli", text, service, **more)).value.joined
    assert [ticket.affected for ticket in await tickets(desk)] == [1, 1]


async def test_after_it_is_over_the_same_words_open_a_new_one(desk: Desk) -> None:
    first = await reported(desk, "amei")
    await desk.moves(first, "accept", "take", "handle")
    assert not (await say(desk, "laoli")).value.joined  # handled: only suggested
    assert len(list(await desk.session.scalars(select(Likeness)))) == 1
    await desk.moves(first, "check", "close")
    assert not (await say(desk, "xinlai", "3栋2单元电梯门夹人")).value.joined


async def test_staff_who_open_for_a_caller_are_shown_it_but_nothing_joins_by_itself(desk: Desk) -> None:
    await say(desk, "amei")
    community, staff = await desk.community_id(), await desk.staff(Role.STEWARD)
    opened = await desk.do(OpenTicket(community, LIFT, STOPPED, staff, where=Where("3", "2")))
    assert not opened.value.joined
    (likeness,) = await desk.session.scalars(select(Likeness))
    assert likeness.ticket_id == opened.value.ticket_id


async def test_the_more_households_the_more_it_weighs(desk: Desk) -> None:
    names = await neighbours(desk, 30)
    first = await reported(desk, names[0], "3栋2单元门禁坏了", DOOR)
    due, level, said = first.due_at, first.level, {}
    for number, name in enumerate(names[1:], 2):
        outcome = await say(desk, name, "3栋2单元门禁刷不开", DOOR)
        said[number] = [p for p in phrases_of(outcome) if p.startswith("staff.")]
        assert outcome.replies[0].to == ("private" if number >= 4 else "here")
    assert {number: phrases for number, phrases in said.items() if phrases} == {
        3: ["staff.crowd"], 10: ["staff.crowd_sooner"], 30: ["staff.crowd", "staff.escalated"],
    }  # fmt: skip
    assert (first.affected, first.crowd, len(await tickets(desk))) == (30, 30, 1)
    assert due is not None
    assert first.due_at is not None
    assert first.due_at < due
    assert first.level != level


async def test_what_somebody_works_on_is_not_taken_from_them_by_the_crowd(desk: Desk) -> None:
    names = await neighbours(desk, 30)
    first = await reported(desk, names[0])
    await desk.moves(first, "accept", "take")
    for name in names[1:]:
        await say(desk, name)
    assert (first.affected, first.assignee_id, first.status) == (
        30,
        (await desk.staff(Role.STEWARD)).id,
        Status.DISPATCHED,
    )


async def test_this_is_not_it_gives_the_report_a_ticket_of_its_own(desk: Desk) -> None:
    first = await reported(desk, "amei")
    await say(desk, "laoli", "3栋2单元电梯坏了", pictures=("p1",))
    (report,) = await desk.session.scalars(select(JoinedReport))
    for stranger in ("amei", "xinlai"):
        with pytest.raises(NotFound):
            await desk.do(PartReport(report.id, await desk.resident(stranger)))
    outcome = await desk.do(PartReport(report.id, await desk.resident("laoli")))
    own = await desk.ticket(outcome.value.ticket_id)
    assert phrases_of(outcome) == ["ticket.opened.service_request", "staff.new_ticket"]
    assert (own.text, own.pictures, own.reporter_id) == ("3栋2单元电梯坏了", ["p1"], report.resident_id)
    assert (first.affected, await followers(desk, first)) == (1, {first.reporter_id})
    (likeness,) = await desk.session.scalars(select(Likeness))
    assert likeness.verdict == "different"
    with pytest.raises(MoveRefused):
        await desk.do(PartReport(report.id, await desk.resident("laoli")))


async def test_staff_part_a_report_and_its_resident_hears_where_it_goes_on(desk: Desk) -> None:
    first = await reported(desk, "amei")
    await say(desk, "laoli")
    (report,) = await desk.session.scalars(select(JoinedReport))
    outcome = await desk.do(PartReport(report.id, await desk.staff(Role.STEWARD)))
    (told,) = replies_to(outcome, "chat")
    assert (told.phrase, told.resident_id, told.params["into"]) == ("ticket.parted", report.resident_id, first.ref)


async def test_another_place_in_a_correction_parts_it_too(desk: Desk) -> None:
    first = await reported(desk, "amei")
    await say(desk, "laoli")
    laoli = await desk.resident("laoli")
    outcome = await desk.do(CorrectTicket(first.id, laoli, where=Where("5")))
    own = await desk.ticket(outcome.value.ticket_id)
    assert ((own.building, own.unit), (first.building, first.unit), first.affected) == (("5", ""), ("3", "2"), 1)
    with pytest.raises(NotFound):
        await desk.do(CorrectTicket(first.id, laoli, where=Where("8")))


async def test_who_withdraws_leaves_the_others_their_ticket(desk: Desk) -> None:
    first = await reported(desk, "amei")
    await say(desk, "laoli")
    amei, laoli = await desk.resident("amei"), await desk.resident("laoli")
    assert phrases_of(await desk.do(MoveTicket(first.id, Move.WITHDRAW, amei))) == ["ticket.left"]
    assert (first.status, first.reporter_id, first.affected) == (Status.REPORTED, laoli.id, 1)
    assert phrases_of(await desk.do(MoveTicket(first.id, Move.WITHDRAW, laoli)))[0] == "ticket.withdrawn"
    assert first.status == Status.WITHDRAWN


async def suggested(desk: Desk) -> tuple[Ticket, Ticket, Likeness]:
    """An older and a newer ticket that may be the same."""
    first = await reported(desk, "amei", "3栋2单元3楼楼道灯不亮", where=Where("3", "2", "3"))
    second = await reported(desk, "laoli", "3栋2单元楼道灯坏了")
    (likeness,) = await desk.session.scalars(select(Likeness))
    assert (likeness.ticket_id, likeness.other_id, likeness.verdict) == (second.id, first.id, "")
    return first, second, likeness


async def test_a_place_that_is_told_later_shows_staff_what_it_is_the_same_as(desk: Desk) -> None:
    first = await reported(desk, "amei")
    late = await reported(desk, "xinlai", "电梯停了", where=Where())
    assert not list(await desk.session.scalars(select(Likeness).where(Likeness.other_id != first.id)))
    await desk.do(CorrectTicket(late.id, await desk.resident("xinlai"), where=Where("8")))
    other = await reported(desk, "laoli", "8栋门禁坏了", DOOR, where=Where("8"))
    await desk.do(CorrectTicket(late.id, await desk.resident("xinlai"), where=Where("3", "2")))
    (likeness,) = await desk.session.scalars(select(Likeness).where(Likeness.ticket_id == late.id))
    assert (likeness.other_id, likeness.verdict, other.affected) == (first.id, "", 1)


async def test_staff_say_it_is_the_same_and_it_is_merged(desk: Desk) -> None:
    first, second, likeness = await suggested(desk)
    for who, error in ((await desk.resident("amei"), NotAllowed), (await desk.staff(Role.SUPERVISOR), NotAllowed)):
        with pytest.raises(error):
            await desk.do(DecideLikeness(likeness.id, who, True))
    await desk.do(DecideLikeness(likeness.id, await desk.staff(Role.STEWARD), True))
    assert (second.status, second.merged_into_id, first.affected) == (Status.MERGED, first.id, 2)
    assert likeness.verdict == "same"
    with pytest.raises(MoveRefused):
        await desk.do(DecideLikeness(likeness.id, await desk.staff(Role.STEWARD), False))


async def test_staff_say_it_is_not_and_both_histories_remember(desk: Desk) -> None:
    first, second, likeness = await suggested(desk)
    await desk.do(DecideLikeness(likeness.id, await desk.staff(Role.STEWARD), False))
    assert (likeness.verdict, second.status) == ("different", Status.REPORTED)
    assert [(await desk.articles(ticket))[-1].move for ticket in (first, second)] == ["not_same", "not_same"]
    with pytest.raises(NotFound):
        await desk.do(DecideLikeness(999, await desk.staff(Role.STEWARD), False))


async def test_a_merge_is_undone_with_people_and_deadline(desk: Desk) -> None:
    first = await reported(desk, "amei", "3栋停水了", WATER)
    second = await reported(desk, "laoli", "3栋门口下水道堵了", WATER)
    await desk.do(FollowTicket(second.id, await desk.resident("xinlai")))
    await desk.move(second, Move.ACCEPT)
    due, people = second.due_at, await followers(desk, second)
    await desk.move(second, Move.MERGE, into_ref=first.ref)
    assert (first.affected, await desk.timers(second)) == (3, {})
    desk.now += timedelta(hours=1)
    outcome = await desk.move(second, Move.UNMERGE)
    assert {reply.resident_id for reply in outcome.replies if reply.phrase == "ticket.unmerged"} == people
    assert (second.status, second.due_at, second.merged_into_id, second.closed_at) == (Status.ACCEPTED, due, None, None)
    assert (await desk.timers(second))["deadline"] == due
    assert (first.affected, await followers(desk, first), await followers(desk, second)) == (
        1,
        {first.reporter_id},
        people,
    )
    assert [article.move for article in await desk.articles(first)] == ["open", "merged_in", "crowd", "taken_out"]
    with pytest.raises(MoveRefused):
        await desk.move(second, Move.UNMERGE)


async def test_undone_late_it_gets_its_whole_time_and_who_follows_anyway_stays(desk: Desk) -> None:
    first = await reported(desk, "amei")
    second = await reported(desk, "laoli", "3栋1单元电梯停了", where=Where("3", "1"))
    laoli = await desk.resident("laoli")
    await desk.do(FollowTicket(first.id, laoli))
    await desk.move(second, Move.SUSPEND)
    await desk.move(second, Move.MERGE, into_ref=first.ref)
    desk.now += timedelta(days=2)
    await desk.move(second, Move.UNMERGE)
    assert (second.status, second.due_at) == (Status.REPORTED, desk.now + timedelta(hours=4))
    assert laoli.id in await followers(desk, first)
    assert first.affected == 2


async def test_taken_out_of_a_chain_nobody_is_left_behind(desk: Desk) -> None:
    """The first into the second, the second into the third; then the first is taken out."""
    opened = [await reported(desk, who, f"{n}栋电梯停了", where=Where(n))
              for who, n in (("amei", "3"), ("laoli", "5"), ("xinlai", "8"))]  # fmt: skip
    one, two, three = opened
    await desk.move(one, Move.MERGE, into_ref=two.ref)
    await desk.move(two, Move.MERGE, into_ref=three.ref)
    assert (two.affected, three.affected) == (2, 3)
    await desk.move(one, Move.UNMERGE)
    assert (one.affected, two.affected, three.affected) == (1, 1, 2)
    assert one.reporter_id not in await followers(desk, three)
    assert two.reporter_id in await followers(desk, three)


async def test_no_water_in_a_third_building_is_no_water_everywhere(desk: Desk) -> None:
    first = await reported(desk, "amei", "3栋2单元停水了", WATER)
    assert not (await say(desk, "laoli", "8栋1单元停水了", WATER, where=Where("8", "1"))).value.joined
    third = await say(desk, "xinlai", "5栋1单元停水了", WATER, where=Where("5", "1"))
    assert (third.value.joined, third.value.ticket_id) == (True, first.id)


STEPS = ("say", "follow", "part", "leave", "merge", "unmerge", "not_it")


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5), st.integers(0, 2)), max_size=14))
def test_whatever_happens_affected_is_the_number_of_households(community_file: Path, steps: list[Any]) -> None:
    asyncio.run(_play(community_file, steps))


async def _play(community_file: Path, steps: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        shutil.copy(community_file, Path(folder) / "own.db")
        async with open_desk(Path(folder) / "own.db") as desk:
            names = ["amei", *await neighbours(desk, 5)]
            for step, person, building in steps:
                with suppress(ActionError):  # refused: nothing of it may stay
                    await _do(desk, step, names[person], ("3", "5", "8")[building])
                await _check(desk)


async def _do(desk: Desk, step: str, who: str, building: str) -> None:
    actor, every = await desk.resident(who), await tickets(desk)
    if step == "say":
        await say(desk, who, f"{building}栋电梯停了", where=Where(building))
        return
    at = [ticket for ticket in every if ticket.building == building]
    if not at:
        return
    match step:
        case "follow":
            await desk.do(FollowTicket(at[-1].id, actor))
        case "leave":
            await desk.do(MoveTicket(at[-1].id, Move.WITHDRAW, actor))
        case "part" | "not_it":
            reports = select(JoinedReport.id).where(JoinedReport.ticket_id == at[-1].id).order_by(JoinedReport.id)
            if (report := (await desk.session.scalars(reports)).first()) is not None:
                await desk.do(PartReport(report, await desk.staff(Role.STEWARD)))
        case "merge":
            await desk.move(at[-1], Move.MERGE, into_ref=every[0].ref)
        case "unmerge":
            await desk.move(at[-1], Move.UNMERGE)


async def _check(desk: Desk) -> None:
    """Each of these people is a household; nobody follows a ticket through one that is not merged into it."""
    for ticket in await tickets(desk):
        people = await followers(desk, ticket)
        assert ticket.affected == max(1, len(people) + (ticket.reporter_id is None))
        came = await desk.session.scalars(select(Follower.via_ticket_id).where(Follower.ticket_id == ticket.id))
        for source in set(came) - {None}:
            assert (await desk.ticket(source)).merged_into_id == ticket.id
