"""A home votes from two phones at the same instant, or on paper and by phone: one vote of it is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.ballots.commands import CastVote, ConfirmPaperVote, DraftBallot, EnterPaperVote, OpenBallot
from actions.ballots.counting import first_head, next_head
from actions.ballots.model import Ballot, BallotCast, BallotPaper, BallotVote, BallotVoter
from actions.ballots.votes import Opener
from actions.errors import ActionError
from actions.people.home_commands import MakeCodes, RegisterDoors, UseCode
from actions.people.model import Household, OrgUnit
from bot.clock import LOCAL_ZONE
from bot.scheduling.timetable import BALLOTS
from bot.storage.tables import OutboxRow
from tests.support.postgres import own_postgres
from tests.support.world import World, open_world

ROOMS = ("501", "502")


@pytest.fixture(params=["sqlite", "postgresql"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "sqlite":
        async with open_world(tmp_path) as world:
            yield world
        return
    async with own_postgres() as url, open_world(tmp_path, url) as world:
        yield world


async def rows(world: World, query: Any) -> list[Any]:
    async with world.parts.db.read() as session:
        return list((await session.scalars(query)).all())


async def at_once(world: World, *commands: Any) -> list[str]:
    """What came of each, in the order they were asked: "done", or the code it was refused with."""
    results = await asyncio.gather(*map(world.parts.performer.run, commands), return_exceptions=True)
    broken = [r for r in results if isinstance(r, BaseException) and not isinstance(r, ActionError)]
    assert not broken, broken
    return [r.code if isinstance(r, ActionError) else "done" for r in results]


async def open_ballot(world: World) -> int:
    """Two homes, two members in the first of them, and a secret ballot of all homes."""
    run, staff, here = world.parts.performer.run, world.staff, world.community_id
    world.parts.seals.get_public(make=True)
    building = (await rows(world, select(OrgUnit).where(OrgUnit.code == "3", OrgUnit.community_id == here)))[0]
    await run(RegisterDoors(staff["钱主任"], building.id, "2", ROOMS))
    first = (await rows(world, select(Household).where(Household.room == ROOMS[0])))[0]
    made = await run(MakeCodes(staff["钱主任"], (first.id,), 2, timedelta(days=3)))
    for who in ("王阿姨", "阿芬"):
        await run(UseCode(here, world.residents[who], str(made.value[first.id])))
    closes = world.clock.now() + timedelta(days=2)
    drafted = await run(DraftBallot(here, staff["钱主任"], "test:1", "停车收费", "每月150元", closes_at=closes))
    opened = [OpenBallot(drafted.value, staff["管理员"])] * 2
    assert sorted(await at_once(world, *opened)) == ["done", "move_refused"]
    return int(drafted.value)


async def check_one_vote(world: World, ballot_id: int) -> None:
    """One vote, the one that the last line of the log tells; and the log is one chain to the ballot's head."""
    async with world.parts.db.read() as session:
        ballot = await session.get_one(Ballot, ballot_id)
        votes = (await session.scalars(select(BallotVote))).all()
        log = (await session.scalars(select(BallotCast).order_by(BallotCast.number))).all()
        assert (ballot.voted, len(votes)) == (1, 1)
        choice, _ = Opener(ballot, world.parts.seals).open(votes[0])
        assert votes[0].resident_id == log[-1].resident_id
        assert choice == (0 if votes[0].resident_id == world.residents["王阿姨"] else 1)
    assert [line.number for line in log] == list(range(1, len(log) + 1))
    assert [line.what for line in log] == ["cast", *["changed"] * (len(log) - 1)]
    head = first_head(ballot.ref)
    for line in log:
        head = next_head(head, line.commitment)
        assert line.head == head
    assert ballot.log_head == head


async def test_two_phones_of_one_home_are_one_vote(world: World) -> None:
    ballot_id = await open_ballot(world)
    here, aunt, fen = world.community_id, world.residents["王阿姨"], world.residents["阿芬"]
    mine, hers = CastVote(here, aunt, ballot_id, 0), CastVote(here, fen, ballot_id, 1)
    assert await at_once(world, mine, hers) == ["done"] * 2
    await check_one_vote(world, ballot_id)
    assert len(await rows(world, select(BallotCast))) == 2

    # pressed three times at once on one phone: one more line at most, if it was not the last to speak
    before = await rows(world, select(BallotCast))
    assert await at_once(world, mine, mine, mine) == ["done"] * 3
    after = await rows(world, select(BallotCast))
    await check_one_vote(world, ballot_id)
    assert after[-1].resident_id == aunt
    assert len(after) - len(before) == (before[-1].resident_id != aunt)


async def test_of_a_sheet_confirmed_and_a_vote_at_one_instant_the_sheet_counts_once(world: World) -> None:
    ballot_id = await open_ballot(world)
    here, staff = world.community_id, world.staff
    home = (await rows(world, select(Household).where(Household.room == ROOMS[0])))[0]
    entering = [EnterPaperVote(ballot_id, staff[who], home.id, 2) for who in ("吴社工", "赵网格")]
    assert sorted(await at_once(world, *entering)) == ["done", "move_refused"]
    paper = (await rows(world, select(BallotPaper)))[0]
    world.clock.advance(timedelta(minutes=5))
    confirm, vote = (
        ConfirmPaperVote(paper.id, staff["钱主任"], 2),
        CastVote(here, world.residents["阿芬"], ballot_id, 1),
    )
    done = await at_once(world, confirm, vote, confirm)
    assert sorted((done[0], done[2])) == ["done", "move_refused"]
    assert done[1] in ("done", "move_refused")  # before the sheet was confirmed it was taken, and stands behind it
    ballot = (await rows(world, select(Ballot)))[0]
    voters = await rows(world, select(BallotVoter).order_by(BallotVoter.id))
    assert ballot.voted == 1
    assert sorted(one.via for one in voters) == ["", "paper"]

    world.clock.advance(timedelta(days=2, minutes=2))
    await asyncio.gather(world.jobs.run(BALLOTS), world.jobs.run(BALLOTS))
    ballot = (await rows(world, select(Ballot)))[0]
    assert ballot.result is not None
    assert (ballot.state, ballot.result["votes"]) == ("tallied", [0, 0, 1])


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
async def test_what_the_morning_is_too_late_for_is_not_said(world: World) -> None:
    number = await open_ballot(world)
    tomorrow = world.clock.now().replace(hour=17, minute=0) + timedelta(days=1)  # one in the morning
    async with world.parts.db.write() as session:
        ballot = await session.get_one(Ballot, number)
        ballot.closes_at, ballot.next_at = tomorrow, tomorrow - timedelta(hours=24)
    for before in (24, 3):
        world.clock.move_to(tomorrow - timedelta(hours=before))
        await world.jobs.run(BALLOTS)
    reminded = await rows(world, select(OutboxRow).where(OutboxRow.effect_key.like("ballot:%:remind:%")))
    assert {one.due_at.astimezone(LOCAL_ZONE).hour for one in reminded} == {8}
    assert all(one.due_at < tomorrow for one in reminded)
    assert not await rows(world, select(OutboxRow.id).where(OutboxRow.effect_key.like("ballot:%:progress:3:%")))
