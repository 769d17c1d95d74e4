"""A vote at rest: in the clear or sealed, whose it is, its line in the log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.book import BallotSeals
from actions.ballots.counting import commitment, next_head
from actions.ballots.model import Ballot, BallotCast, BallotDoor, BallotPaper, BallotVote, BallotVoter
from actions.people.home_model import MEMBER, HomeState, Residence
from actions.people.model import Resident


def put(ballot: Ballot, seals: BallotSeals, voter_id: int, choice: int, code: str) -> dict[str, Any]:
    """The columns of a vote: of a secret ballot all of it is sealed, bound to its voter."""
    if not ballot.secret:
        return {"choice": choice, "code": code, "sealed": b""}
    plain = json.dumps([choice, code]).encode()
    return {"choice": None, "code": "", "sealed": seals.seal(ballot.public, plain, _about(ballot, voter_id))}


class Opener:
    """Opens votes of one ballot; the key of a secret one is opened once. Raises what the seals raise."""

    def __init__(self, ballot: Ballot, seals: BallotSeals) -> None:
        self._ballot, self._seals = ballot, seals
        self._private: bytes | None = None

    def open(self, row: BallotVote | BallotPaper) -> tuple[int, str]:
        """(choice, code)."""
        if not self._ballot.secret:
            return row.choice or 0, row.code
        if self._private is None:
            vault = self._seals.get_public(make=False)
            self._private = self._seals.open_case(self._ballot.wrapped, vault, self._ballot.ref.encode())
        choice, code = json.loads(self._seals.open(self._private, row.sealed, _about(self._ballot, row.voter_id)))
        return int(choice), str(code)


def _about(ballot: Ballot, voter_id: int) -> bytes:
    return f"{ballot.ref}:{voter_id}".encode()


async def find_vote(session: AsyncSession, voter_id: int) -> BallotVote | None:
    query = select(BallotVote).where(BallotVote.voter_id == voter_id)
    found: BallotVote | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def find_paper(session: AsyncSession, voter_id: int) -> BallotPaper | None:
    query = select(BallotPaper).where(BallotPaper.voter_id == voter_id)
    found: BallotPaper | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


def write_log(
    session: AsyncSession, ballot: Ballot, voter: BallotVoter, what: str, choice: int, code: str, now: datetime,
    *, resident_id: int | None = None, staff_id: int | None = None,
) -> None:  # fmt: skip
    """One more line; the ballot is held, so that there is one at a time."""
    line = commitment(ballot.ref, code, choice)
    ballot.log_length += 1
    ballot.log_head = next_head(ballot.log_head, line)
    session.add(
        BallotCast(
            community_id=ballot.community_id,
            ballot_id=ballot.id,
            number=ballot.log_length,
            voter_id=voter.id,
            what=what,
            resident_id=resident_id,
            staff_id=staff_id,
            at=now,
            commitment=line,
            head=ballot.log_head,
        )
    )


async def members_of(session: AsyncSession, voters: Sequence[BallotVoter]) -> dict[int, list[Resident]]:
    """The verified members behind each of these votes, by the voter's id."""
    ids = [voter.id for voter in voters]
    behind = (
        select(BallotDoor.voter_id, Resident)
        .join(Resident, Resident.household_id == BallotDoor.household_id)
        .join(Residence, Residence.resident_id == Resident.id)
        .where(BallotDoor.voter_id.in_(ids), Residence.kind == MEMBER, Residence.state == HomeState.VERIFIED)
        .order_by(Resident.id)
    )
    found: dict[int, list[Resident]] = {voter_id: [] for voter_id in ids}
    for voter_id, resident in (await session.execute(behind)).tuples():
        found[voter_id].append(resident)
    own = {voter.resident_id: voter.id for voter in voters if voter.resident_id is not None}
    if own:
        for resident in await session.scalars(select(Resident).where(Resident.id.in_(own))):
            found[own[resident.id]].append(resident)
    return found
