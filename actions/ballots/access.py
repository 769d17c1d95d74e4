"""The doors of the room: which of the staff may do what, whose vote a resident's is, and a ballot held for a change."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.model import Ballot, BallotDoor, BallotPaper, BallotVoter
from actions.errors import InvalidInput, NotAllowed, NotFound
from actions.people.doors import verified_household
from actions.people.model import Resident, Role, StaffMember
from actions.people.units import works_in

HEADS = frozenset({Role.ADMIN, Role.COMMITTEE})  # write, open, close, cancel
WRITERS = HEADS | {Role.WORKSTATION}  # write a draft, keep areas
HANDS = WRITERS | {Role.GRID_WORKER}  # papers, who has not voted
LONGEST_REASON = 200


async def lock_ballot(session: AsyncSession, ballot_id: int) -> Ballot:
    """The ballot, fresh and held until the commit: votes are taken one at a time. Raises NotFound."""
    query = select(Ballot).where(Ballot.id == ballot_id).with_for_update()
    ballot = await session.scalar(query.execution_options(populate_existing=True))
    if ballot is None:
        raise NotFound(f"ballot {ballot_id}", phrase="ballot.none_such")
    return ballot


async def get_staff(session: AsyncSession, staff_id: int, community_id: int, roles: frozenset[Role]) -> StaffMember:
    """Somebody of the staff in that community. Raises NotFound elsewhere, NotAllowed for another role."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(session, staff, community_id):
        raise NotFound("not of their community", phrase="ballot.none_such")
    if staff.role not in roles:
        raise NotAllowed(f"not for {staff.role}", phrase="ballot.not_yours")
    return staff


async def access_as_staff(
    session: AsyncSession, ballot_id: int, staff_id: int, roles: frozenset[Role] = HEADS
) -> tuple[Ballot, StaffMember]:
    """The ballot, held, for staff who may do such a thing there. Raises NotFound or NotAllowed."""
    ballot = await lock_ballot(session, ballot_id)
    return ballot, await get_staff(session, staff_id, ballot.community_id, roles)


async def access_paper(session: AsyncSession, paper_id: int, staff_id: int) -> tuple[Ballot, BallotPaper, StaffMember]:
    """A sheet with its ballot, held, for staff who handle papers there. Raises NotFound or NotAllowed."""
    paper = await session.get(BallotPaper, paper_id)
    if paper is None:
        raise NotFound(f"paper {paper_id}", phrase="ballot.none_such")
    ballot, staff = await access_as_staff(session, paper.ballot_id, staff_id, HANDS)
    await session.refresh(paper)
    return ballot, paper, staff


async def get_resident(session: AsyncSession, resident_id: int, community_id: int) -> Resident:
    """Somebody of that community. Raises NotFound."""
    resident = await session.get(Resident, resident_id)
    if resident is None or resident.community_id != community_id:
        raise NotFound(f"resident {resident_id}", phrase="ballot.none_such")
    return resident


async def find_voter(session: AsyncSession, ballot: Ballot, resident: Resident) -> BallotVoter | None:
    """Whose vote this resident may give, fresh, or None: only a verified member votes for a household."""
    query = select(BallotVoter).where(BallotVoter.ballot_id == ballot.id)
    household = await verified_household(session, resident.id)
    if household is None:
        return None
    if ballot.counting == "resident":
        query = query.where(BallotVoter.resident_id == resident.id)
    else:
        query = query.join(BallotDoor, BallotDoor.voter_id == BallotVoter.id).where(
            BallotDoor.ballot_id == ballot.id, BallotDoor.household_id == household.id
        )
    found: BallotVoter | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


def check_reason(text: str) -> str:
    """Raise InvalidInput for none, or one that is too long."""
    text = text.strip()
    if not text:
        raise InvalidInput("a reason is needed", phrase="ballot.say_why")
    if len(text) > LONGEST_REASON:
        raise InvalidInput("too long", phrase="ballot.too_long", most=LONGEST_REASON)
    return text
