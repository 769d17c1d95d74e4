"""The doors of the room, and which proposal is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.base import Base
from actions.errors import InvalidInput, NotAllowed, NotFound
from actions.people.model import OrgUnit, Resident, Role, StaffMember, Team
from actions.people.units import works_in
from actions.proposals.commands import Meant
from actions.proposals.model import PUBLIC, Behind, Proposal, Support
from actions.routing.likeness import likeness

DESKS = frozenset({Role.COMMITTEE, Role.WORKSTATION, Role.ADMIN})  # review, meetings, summaries, conventions
HEADS = frozenset({Role.COMMITTEE, Role.ADMIN})  # the official answer, ballots
ABOVE = frozenset({Role.STREET, Role.DISTRICT})  # confirm innovations
SEES = frozenset(Role)
LONGEST_REASON = 200
_NAMES = 0.5  # share of a title's pairs that what was said has
#: pairs of characters that say nothing of which one is meant
_COMMON = frozenset(
    "支持 附议 赞成 同意 提案 建议 社区 小区 小邻 我们 希望 能不 不能 可以 一个 这个 那个 大家 加装 安装".split()
)

Row = TypeVar("Row", bound=Base)


async def lock(session: AsyncSession, model: type[Row], row_id: int) -> Row:
    """A row, fresh and held until the commit. Raises NotFound."""
    key = model.__table__.c.id
    query = select(model).where(key == row_id).with_for_update().execution_options(populate_existing=True)
    row = await session.scalar(query)
    if row is None:
        raise NotFound(f"{model.__name__} {row_id}", phrase="proposal.none_such")
    return row


async def get_staff(
    session: AsyncSession, staff_id: int, community_id: int, roles: frozenset[Role] = DESKS
) -> StaffMember:
    """Somebody who works in that community. Raises NotFound elsewhere, NotAllowed for another role."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(session, staff, community_id):
        raise NotFound(f"staff {staff_id}", phrase="proposal.none_such")
    if staff.role not in roles:
        raise NotAllowed(f"not for {staff.role}", phrase="proposal.not_yours")
    return staff


async def access_as(
    session: AsyncSession, proposal_id: int, staff_id: int, roles: frozenset[Role] = DESKS
) -> tuple[Proposal, StaffMember]:
    """The proposal, held, for staff of its community. Raises NotFound, NotAllowed."""
    proposal = await lock(session, Proposal, proposal_id)
    return proposal, await get_staff(session, staff_id, proposal.community_id, roles)


async def get_resident(session: AsyncSession, resident_id: int, community_id: int) -> Resident:
    """Somebody of that community. Raises NotFound."""
    resident = await session.get(Resident, resident_id)
    if resident is None or resident.community_id != community_id:
        raise NotFound(f"resident {resident_id}", phrase="proposal.none_such")
    return resident


async def lock_public(session: AsyncSession, proposal_id: int, community_id: int) -> Proposal:
    """One that residents of that community know of, held. Raises NotFound."""
    proposal = await lock(session, Proposal, proposal_id)
    if proposal.community_id != community_id or not proposal.public:
        raise NotFound(f"proposal {proposal_id}", phrase="proposal.none_such")
    return proposal


async def find_team(session: AsyncSession, team_id: int, community_id: int) -> Team:
    """A body of that community. Raises InvalidInput."""
    team = await session.get(Team, team_id)
    if team is None or team.community_id != community_id:
        raise InvalidInput("no such body", phrase="proposal.bad.owner")
    return team


async def find_area(session: AsyncSession, community_id: int, unit_id: int | None) -> int:
    """The community, or a grid or building of it. Raises InvalidInput."""
    unit = await session.get(OrgUnit, unit_id or community_id)
    if unit is None or unit.community_id != community_id:
        raise InvalidInput("no such area", phrase="proposal.bad.area")
    return unit.id


async def hold_numbers(session: AsyncSession, community_id: int) -> int:
    """The next number of the community; until the commit nobody else gets one there."""
    await session.execute(select(OrgUnit.id).where(OrgUnit.id == community_id).with_for_update())
    highest = await session.scalar(select(func.max(Proposal.number)).where(Proposal.community_id == community_id))
    return (highest or 0) + 1


async def find_support(session: AsyncSession, proposal_id: int, resident_id: int) -> Support | None:
    """How the resident stands behind it, or None."""
    query = select(Support).where(Support.proposal_id == proposal_id, Support.resident_id == resident_id)
    found: Support | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def list_public(session: AsyncSession, community_id: int, states: Sequence[str]) -> Sequence[Proposal]:
    """Those in such states, the newest first."""
    query = select(Proposal).where(Proposal.community_id == community_id, Proposal.state.in_(states))
    return (await session.scalars(query.order_by(Proposal.id.desc()).limit(100))).all()


async def list_own(session: AsyncSession, community_id: int, resident_id: int) -> Sequence[Proposal]:
    """What the resident put forward or is behind, the newest first."""
    query = (
        select(Proposal)
        .outerjoin(Support, (Support.proposal_id == Proposal.id) & (Support.resident_id == resident_id))
        .where(Proposal.community_id == community_id, Proposal.state != "draft")
        .where(
            (Proposal.resident_id == resident_id)
            | (Support.kind.in_([Behind.SUPPORTER, Behind.PROPOSER]) & Proposal.state.in_(sorted(PUBLIC)))
        )
    )
    return (await session.scalars(query.order_by(Proposal.id.desc()).limit(20))).all()


def meant_of(which: Meant, among: Sequence[Proposal]) -> list[Proposal]:
    """Those that what was said names best; none if it names none."""
    if which.proposal_id is not None:
        return [one for one in among if one.id == which.proposal_id]
    scores = {one.id: names(which.text, one) for one in among}
    best = max(scores.values(), default=0.0)
    return [one for one in among if scores[one.id] == best] if best >= _NAMES else []


def names(text: str, proposal: Proposal) -> float:
    """How surely a text speaks of it: its number 1, else the share of its words that stand in the title."""
    if f"{proposal.number}号提案" in text or proposal.title in text:
        return 1.0
    said, known = pairs_of(text), set(pairs_of(proposal.title))
    if not said or not known:
        return 0.0
    common = sum(pair in known for pair in set(said))
    return max(common / len(set(said)), common / len(known))


def pairs_of(text: str) -> list[str]:
    """The pairs of neighbouring characters that say something."""
    plain = "".join(c for c in text if c.isalnum())
    return [pair for i in range(len(plain) - 1) if (pair := plain[i : i + 2]) not in _COMMON]


def alike(text: str, among: Sequence[Proposal], least: float, most: int = 3) -> list[Proposal]:
    """Those that say much the same, the likest first."""
    scores = {one.id: max(likeness(text, one.title), likeness(text, one.text)) for one in among}
    found = [one for one in among if scores[one.id] >= least]
    return sorted(found, key=lambda one: -scores[one.id])[:most]
