"""The published file: counted again by other code it gives the same, and whatever is altered in it comes to light."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from actions.ballots import commands as c
from actions.ballots.counting import Condition, Counted, tally
from actions.ballots.model import Ballot, BallotCast, BallotState, BallotVote, BallotVoter
from actions.ballots.votes import Opener, find_vote
from actions.errors import ActionError, InvalidInput, MoveRefused
from bot.cli.tally import find_code, find_faults, main, recount
from tests.support.ballots import AREAS, BOOK, Polls, open_polls

BY_LAW: dict[str, Any] = {"counting": "area", "rule": "article_278_half", "item": "use_fund"}


async def counted(polls: Polls, **more: Any) -> tuple[Ballot, str]:
    """Five of six homes vote, one of them twice. The ballot, and the code of the first home."""
    await polls.measure()
    ballot = await polls.open(**{**BY_LAW, **more})
    for home, option in enumerate((1, 0, 0, 0, 2)):
        await polls.vote(ballot, home, option)
    await polls.vote(ballot, 0, 0, member=1)
    voter = (await polls.session.scalars(select(BallotVoter).order_by(BallotVoter.id))).first()
    assert voter is not None
    vote = await find_vote(polls.session, voter.id)
    assert vote is not None
    code = Opener(ballot, polls.seals).open(vote)[1]
    await polls.ring(days=3, minutes=2)
    return await polls.session.get_one(Ballot, ballot.id, populate_existing=True), code


@pytest.mark.parametrize("secret", [True, False])
async def test_the_file_is_counted_again_by_code_that_knows_nothing_of_the_room(tmp_path: Path, secret: bool) -> None:
    async with open_polls(tmp_path) as polls:
        ballot, code = await counted(polls, secret=secret)
        assert ballot.result is not None
        data = json.loads(ballot.count_file)
        votes, areas, passed = recount(data)
        assert (votes, areas, passed) == (ballot.result["votes"], ballot.result["areas"], ballot.result["passed"])
        assert areas[0] == sum(AREAS[:4])
        assert find_faults(ballot.count_file, ballot.digest) == []
        assert find_code(data, code.lower()) == ("同意", [6], ["its area is counted as 89.37 m2"])
        path = tmp_path / "count.json"
        path.write_text(ballot.count_file, "utf-8")
        assert main([str(path), "--digest", ballot.digest[:16], "--code", code]) == 0
        text = ballot.count_file
        assert "住户" not in text
        said = re.sub(r"[0-9a-f]{16,}", "", json.dumps(data["notes"]))  # numbers that stand in a hash by chance
        assert not any(str(area) in said for area in AREAS)
        known = [row.commitment for row in await polls.rows(BallotCast)]
        assert data["log"] == known
        assert not any(line[0] in known for line in data["votes"])  # no line leads from the log to a choice


ALTERED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a vote for another option": lambda d: d["votes"][0].__setitem__(1, 1 - min(1, d["votes"][0][1])),
    "a vote left out": lambda d: d["votes"].pop(),
    "a vote twice": lambda d: d["votes"].append(d["votes"][0]),
    "a note for another option": lambda d: d["notes"]["1000"][0].__setitem__(1, 2 - d["notes"]["1000"][0][1] // 2 * 2),
    "another result": lambda d: d["result"].__setitem__("passed", not d["result"]["passed"]),
    "a line of the log": lambda d: d["log"].__setitem__(0, "0" * 64),
    "a line added to the log": lambda d: d["log"].append("0" * 64),
    "a smaller electorate": lambda d: d.__setitem__("voters", 3),
    "no list of votes": lambda d: d.pop("votes"),
    "an option that is none": lambda d: d["votes"][0].__setitem__(1, 9),
}


async def test_whatever_is_altered_comes_to_light(tmp_path: Path) -> None:
    async with open_polls(tmp_path) as polls:
        ballot, _ = await counted(polls)
        for name, alter in ALTERED.items():
            data = json.loads(ballot.count_file)
            alter(data)
            text = json.dumps(data, ensure_ascii=False)
            assert find_faults(text), name
            assert find_faults(text, ballot.digest), name
        assert find_faults("{", "") != []


async def test_a_vote_changed_in_the_database_is_seen_when_it_is_counted(tmp_path: Path) -> None:
    async with open_polls(tmp_path) as polls:
        ballot = await polls.open(secret=False)
        await polls.vote(ballot, 0, 0)
        await polls.session.execute(update(BallotVote).values(choice=1))
        await polls.ring(days=4)
        ballot = await polls.session.get_one(Ballot, ballot.id, populate_existing=True)
        assert ballot.result is not None
        assert ballot.result["unlogged"] == 1


async def test_what_was_said_before_the_end_counts_and_nothing_after(tmp_path: Path) -> None:
    async with open_polls(tmp_path) as polls:
        ballot = await polls.open()
        closes = ballot.closes_at
        assert closes is not None
        polls.now = closes + timedelta(seconds=30)  # still being handled
        await polls.vote(ballot, 0, 0, said_at=closes - timedelta(seconds=1))
        with pytest.raises(MoveRefused, match="open"):
            await polls.vote(ballot, 1, 0, said_at=closes)
        await polls.ring(seconds=31)
        ballot = await polls.session.get_one(Ballot, ballot.id, populate_existing=True)
        assert (ballot.state, ballot.voted) == (BallotState.TALLIED, 1)
        with pytest.raises(MoveRefused, match="tallied"):
            await polls.vote(ballot, 1, 0, said_at=closes - timedelta(seconds=1))


async def test_too_few_take_part_and_it_is_extended_once_with_everybody_told(tmp_path: Path) -> None:
    async with open_polls(tmp_path) as polls:
        ballot = await polls.open()
        assert ballot.closes_at is not None
        end, admin = ballot.closes_at, polls.staff["admin"]
        await polls.vote(ballot, 0, 1)

        def longer(to: datetime, reason: str = "下雨，门没敲完") -> c.ExtendBallot:
            return c.ExtendBallot(ballot.id, admin, to, reason)

        await polls.ring(days=2, hours=1)  # half-way reminders are out
        for bad in (longer(end - timedelta(hours=5)), longer(end + timedelta(days=100)), longer(end, "")):
            with pytest.raises(InvalidInput):
                await polls.do(bad)
        await polls.do(longer(end + timedelta(days=3)))
        assert len(polls.heard("ballot.extended")) == 1
        await polls.ring(minutes=1)
        told = {one.resident_id for kind in ("own", "voted") for one in polls.heard(f"ballot.extended_{kind}")}
        assert told == {one for home in polls.members for one in home}
        assert {one.resident_id for one in polls.heard("ballot.extended_voted")} == set(polls.members[0])
        with pytest.raises(MoveRefused, match="once"):
            await polls.do(longer(end + timedelta(days=5)))
        before = {reply.effect_key for reply in polls.said}
        polls.said.clear()
        await polls.ring(days=3)  # reminders begin anew, and are not taken for those that were said
        assert polls.heard("ballot.remind")
        assert not {reply.effect_key for reply in polls.said} & before
        await polls.vote(ballot, 1, 0)  # after the first end
        await polls.ring(days=2)
        assert (await polls.session.get_one(Ballot, ballot.id, populate_existing=True)).voted == 2
        with pytest.raises(MoveRefused, match="closed"):
            await polls.do(longer(polls.now + timedelta(days=3)))


async def test_a_ballot_with_enough_voters_keeps_its_end(tmp_path: Path) -> None:
    async with open_polls(tmp_path) as polls:
        ballot = await polls.open()
        for home in range(3):
            await polls.vote(ballot, home, 0)
        with pytest.raises(MoveRefused, match="enough"):
            await polls.do(c.ExtendBallot(ballot.id, polls.staff["admin"], polls.now + timedelta(days=9), "再等等"))


async def test_only_verified_members_of_the_electorate_vote_and_a_second_person_opens(tmp_path: Path) -> None:
    async with open_polls(tmp_path) as polls:
        made = await polls.do(c.DraftBallot(polls.community, polls.staff["committee"], "proposal:1", "健身角", "选址"))
        again = await polls.do(c.DraftBallot(polls.community, polls.staff["committee"], "proposal:1", "别的", "别的"))
        assert again.value == made.value
        with pytest.raises(MoveRefused, match="second person"):
            await polls.do(c.OpenBallot(made.value, polls.staff["committee"]))
        await polls.do(c.OpenBallot(made.value, polls.staff["admin"]))
        with pytest.raises(InvalidInput, match="electorate"):
            await polls.do(c.CastVote(polls.community, polls.stranger, made.value, 0))
        with pytest.raises(MoveRefused, match="opened"):
            await polls.do(c.OpenBallot(made.value, polls.staff["admin"]))
        names = [event.name for event in polls.events if event.data.get("source") == "proposal:1"]
        assert names == ["BallotOpened"]


@pytest.mark.parametrize(
    ("votes", "rule", "passed"),
    [
        ((40, 20, 7), "article_278_half", True),  # 67 of 100 took part
        ((40, 20, 6), "article_278_half", False),  # 66 did
        ((33, 33, 1), "article_278_half", False),  # half is not more than half
        ((75, 25, 0), "article_278_three_quarters", True),  # three quarters are enough
        ((74, 26, 0), "article_278_three_quarters", False),
        ((2, 1, 0), "majority", True),
        ((1, 1, 0), "majority", False),
        ((0, 0, 0), "majority", False),
    ],
)
def test_the_shares_of_the_law_are_exact(votes: tuple[int, ...], rule: str, passed: bool) -> None:
    each = [Counted(choice, "", 100) for choice, count in enumerate(votes) for _ in range(count)]
    result = tally(c.YES_NO, rule, rule != "majority", 100, 10_000, each)
    assert result.passed is passed


def test_how_many_are_missing_is_just_enough() -> None:
    for of in range(1, 40):
        for have in range(of + 1):
            for share, more in (((2, 3), False), ((1, 2), True)):
                condition = Condition("x", have, of, share, more)
                assert Condition("x", have + condition.missing, of, share, more).met
                assert not condition.missing or not Condition("x", have + condition.missing - 1, of, share, more).met


def test_the_items_of_the_law_ask_for_their_majority() -> None:
    asked = {item.number: item.rule for item in BOOK.items.values()}
    assert set(asked) == set(range(1, 10))
    assert {n for n, rule in asked.items() if rule == "article_278_three_quarters"} == {6, 7, 8}


async def test_homes_of_one_owner_are_one_person_with_all_their_area(tmp_path: Path) -> None:
    async with open_polls(tmp_path) as polls:
        await polls.measure()
        for home in polls.homes[:2]:
            await polls.do(c.SetArea(home, polls.staff["workstation"], 5000, "甲"))
        ballot = await polls.open(**BY_LAW)
        assert (ballot.voters, ballot.area) == (len(AREAS) - 1, 10_000 + sum(AREAS[2:]))
        await polls.vote(ballot, 0, 0)
        await polls.vote(ballot, 1, 1)  # the same vote, changed
        assert ballot.voted == 1
        with pytest.raises(ActionError):
            await polls.do(c.SetArea(polls.homes[0], polls.staff["grid_worker"], 1))
