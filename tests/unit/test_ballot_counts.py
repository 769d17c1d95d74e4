"""Whatever is cast, changed, entered on paper and confirmed, in whatever order: nobody is counted twice."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from actions.ballots import commands as c
from actions.ballots.model import Ballot, BallotPaper, BallotState, BallotVoter
from actions.errors import ActionError
from tests.support.ballots import AREAS, Polls, open_polls

home = st.integers(0, len(AREAS) - 1)
option = st.integers(0, 2)
helper = st.sampled_from(["committee", "workstation", "grid_worker"])
step = st.one_of(
    st.tuples(st.just("cast"), home, option, st.integers(0, 1)),
    st.tuples(st.just("paper"), home, option, helper),
    st.tuples(st.just("confirm"), home, option, helper),
    st.tuples(st.just("withdraw"), home),
    st.tuples(st.just("clock"), st.sampled_from([1, 20, 30])),
)


class Book:
    """The same, kept by hand in the simplest way there is: for each home what was voted online and on paper."""

    def __init__(self) -> None:
        self.online: dict[int, tuple[Any, int]] = {}
        self.paper: dict[int, list[Any]] = {}  # [entered at, choice, by, state]

    def counted(self) -> dict[int, int]:
        found = {home: choice for home, (_, choice) in self.online.items()}
        for home, (at, choice, _, state) in self.paper.items():
            if state == "confirmed" and (home not in self.online or at <= self.online[home][0]):
                found[home] = choice
        return found


async def play(polls: Polls, ballot: Ballot, book: Book, one: tuple[Any, ...]) -> None:
    what, *rest = one
    if what == "clock":
        await polls.ring(hours=rest[0])
        return
    polls.now += timedelta(minutes=1)
    where = rest[0]
    paper = await _paper(polls, ballot, where)
    if what == "cast":
        member = rest[2] % len(polls.members[where])
        await polls.vote(ballot, where, rest[1], member)
        first = book.online.get(where, (polls.now, 0))[0]
        book.online[where] = (first, rest[1])
    elif what == "paper":
        await polls.do(c.EnterPaperVote(ballot.id, polls.staff[rest[2]], polls.homes[where], rest[1]))
        was = book.paper.get(where)
        at = was[0] if was is not None and was[3] == "differs" else polls.now
        book.paper[where] = [at, rest[1], rest[2], "entered"]
    elif what == "confirm" and paper is not None:
        await polls.do(c.ConfirmPaperVote(paper.id, polls.staff[rest[2]], rest[1]))
        book.paper[where][3] = "confirmed" if book.paper[where][1] == rest[1] else "differs"
    elif what == "withdraw" and paper is not None:
        await polls.do(c.WithdrawPaperVote(paper.id, polls.staff["admin"], "录错了户"))
        book.paper[where][3] = "withdrawn"


async def _paper(polls: Polls, ballot: Ballot, where: int) -> BallotPaper | None:
    door = polls.homes[where]
    voters = {v.name: v.id for v in await polls.rows(BallotVoter)}
    papers = {p.voter_id: p for p in await polls.rows(BallotPaper)}
    return papers.get(voters[f"home:{door}"])


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(step, min_size=4, max_size=24), st.booleans())
def test_any_history_is_counted_as_a_plain_list_would_be(history: list[tuple[Any, ...]], secret: bool) -> None:
    async def run() -> None:
        with TemporaryDirectory() as var:
            async with open_polls(Path(var)) as polls:
                await polls.measure()
                rule = {"counting": "area", "rule": "article_278_half", "item": "use_fund"}
                ballot = await polls.open(secret=secret, **rule)
                book = Book()
                for one in history:
                    try:
                        await play(polls, ballot, book, one)
                    except ActionError:
                        polls.session.expire_all()
                        await polls.session.refresh(ballot)
                    ballot = await polls.session.get_one(Ballot, ballot.id, populate_existing=True)
                    if ballot.state == BallotState.OPEN:
                        assert ballot.voted == len(book.counted())
                await finish(polls, ballot, book)

    asyncio.run(run())


async def finish(polls: Polls, ballot: Ballot, book: Book) -> None:
    await polls.ring(days=4)
    if ballot.state == BallotState.CLOSED:
        await polls.do(c.CloseBallot(ballot.id, polls.staff["committee"]))
    ballot = await polls.session.get_one(Ballot, ballot.id, populate_existing=True)
    counted = book.counted()
    votes = [sum(choice == n for choice in counted.values()) for n in range(3)]
    areas = [sum(AREAS[home] for home, choice in counted.items() if choice == n) for n in range(3)]
    assert ballot.state == BallotState.TALLIED
    assert ballot.result is not None
    assert (ballot.result["votes"], ballot.result["areas"]) == (votes, areas)
    assert ballot.result["unlogged"] == 0
    passed = (
        3 * sum(votes) >= 2 * len(AREAS)
        and 3 * sum(areas) >= 2 * sum(AREAS)
        and 2 * votes[0] > sum(votes)
        and 2 * areas[0] > sum(areas)
    )
    assert ballot.result["passed"] is passed
    tallied = [event for event in polls.events if event.name == "BallotTallied"]
    assert [event.data["passed"] for event in tallied] == [passed]
    assert len(json.loads(ballot.count_file)["votes"]) == sum(votes)
