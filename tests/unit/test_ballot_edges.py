"""Ballots at their edges: a draft nobody knows of, paper for the one that takes it, a roll that stays at home."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actions.ballots.commands import ConfirmPaperVote, DraftBallot, EnterPaperVote, WantPaper, WithdrawPaperVote
from actions.ballots.model import Ballot
from actions.errors import NotFound
from actions.people.model import Level, OrgUnit, Role, StaffMember
from tests.support.ballots import Polls, open_polls


@pytest.fixture
async def polls(tmp_path: Path) -> AsyncIterator[Polls]:
    async with open_polls(tmp_path) as opened:
        yield opened


async def test_a_draft_is_not_there_for_residents_whatever_a_button_says(polls: Polls) -> None:
    drafted = DraftBallot(polls.community, polls.staff["committee"], "t", "换物业", "", ("甲公司", "乙公司"))
    ballot = await polls.session.get_one(Ballot, (await polls.do(drafted)).value)
    for option in (0, 99):
        with pytest.raises(NotFound):
            await polls.vote(ballot, 0, option)


async def test_paper_is_brought_for_the_ballot_that_takes_it(polls: Polls) -> None:
    await polls.open(counting="resident")
    homes = await polls.open()
    done = await polls.do(WantPaper(polls.community, polls.members[0][0]))
    assert (done.value, [reply.phrase for reply in done.replies]) == (
        homes.id,
        ["ballot.paper_comes", "ballot.staff.paper_wanted"],
    )


async def test_a_draft_stays_in_its_community_when_it_is_written_anew(polls: Polls) -> None:
    other = OrgUnit(level=Level.COMMUNITY, name="荷花社区", path="/9/")
    polls.session.add(other)
    await polls.session.flush()
    other.community_id = other.id
    above = await polls.session.get_one(StaffMember, polls.staff["admin"])
    seat = OrgUnit(level=Level.STREET, name="街道", path="/")
    polls.session.add(seat)
    await polls.session.flush()
    above.community_id, above.org_unit_id, above.role = None, seat.id, Role.ADMIN
    drafted = DraftBallot(polls.community, polls.staff["committee"], "t", "换物业", "", secret=False)
    number = (await polls.do(drafted)).value
    with pytest.raises(NotFound):
        await polls.do(DraftBallot(other.id, above.id, "t", "换物业", "", secret=False, ballot_id=number))


async def test_a_home_that_was_told_of_no_sheet_is_not_told_that_it_was_taken_out(polls: Polls) -> None:
    ballot = await polls.open()
    paper = (await polls.do(EnterPaperVote(ballot.id, polls.staff["committee"], polls.homes[0], 0))).value
    await polls.do(ConfirmPaperVote(paper, polls.staff["admin"], 1))  # read differently
    gone = await polls.do(WithdrawPaperVote(paper, polls.staff["committee"], "填错了户"))
    assert gone.replies == ()
