"""Good deeds, bulletins and pictures of repairs for pages. Who may read them is asked by the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.model import Bulletin, CommunityPage, DeedState, GoodDeed, RepairPicture
from actions.people.model import OrgUnit, Resident, StaffMember
from actions.tickets.commands import Move
from actions.tickets.model import Article, Status, Ticket

MOST_ROWS = 60
LIVE_DEEDS = (DeedState.TOLD, DeedState.ASKED, DeedState.AGREED, DeedState.WAITING)


@dataclass(frozen=True, slots=True)
class DeedRow:
    """A deed with what staff need to find whom it is about: ``asked`` and ``thanker`` as they are called here."""

    deed: GoodDeed
    asked: str
    thanker: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A settled ticket with pictures that may be offered. ``offered``: how that stands, "" if it was not."""

    ticket: Ticket
    before: Sequence[str]
    after: Sequence[str]
    offered: RepairPicture | None


async def find_public(session: AsyncSession, token: str) -> CommunityPage | None:
    """The page that a link leads to, while the community allows it."""
    found: CommunityPage | None = await session.scalar(
        select(CommunityPage).where(CommunityPage.token == token, CommunityPage.token != "")
    )
    return found


async def is_shown(session: AsyncSession, community_id: int, picture_id: str) -> bool:
    """Whether a picture stands on the page of that community now."""
    here = (RepairPicture.community_id == community_id, RepairPicture.state == "shown")
    either = (RepairPicture.before == picture_id) | (RepairPicture.after == picture_id)
    return await session.scalar(select(RepairPicture.id).where(*here, either).limit(1)) is not None


async def list_own_deeds(session: AsyncSession, resident_id: int) -> Sequence[GoodDeed]:
    """What is told of a resident or what they are asked, and what they told of others and still stands."""
    mine = (GoodDeed.asked_id == resident_id) | (GoodDeed.thanker_id == resident_id)
    query = select(GoodDeed).where(mine, GoodDeed.state.in_((*LIVE_DEEDS, DeedState.PUBLISHED)))
    return (await session.scalars(query.order_by(GoodDeed.id.desc()).limit(MOST_ROWS))).all()


async def list_deeds(session: AsyncSession, community_id: int, states: Sequence[str]) -> list[DeedRow]:
    """Those in such states, the youngest first."""
    query = select(GoodDeed).where(GoodDeed.community_id == community_id, GoodDeed.state.in_(states))
    found = (await session.scalars(query.order_by(GoodDeed.id.desc()).limit(MOST_ROWS))).all()
    names = await _names(session, {i for one in found for i in (one.asked_id, one.thanker_id) if i is not None})
    return [DeedRow(one, names.get(one.asked_id or 0, ""), names.get(one.thanker_id or 0, "")) for one in found]


async def _names(session: AsyncSession, ids: set[int]) -> dict[int, str]:
    query = select(Resident.id, Resident.nickname).where(Resident.id.in_(ids))
    return {i: name for i, name in await session.execute(query)} if ids else {}


async def count_deeds(session: AsyncSession, community_id: int) -> int:
    """How many wait for staff."""
    waiting = (DeedState.TOLD, DeedState.AGREED)
    query = select(func.count(GoodDeed.id)).where(GoodDeed.community_id == community_id, GoodDeed.state.in_(waiting))
    return int(await session.scalar(query) or 0)


async def list_bulletins(session: AsyncSession, communities: Sequence[int]) -> list[tuple[Bulletin, str]]:
    """Bulletins with who wrote them, the youngest first."""
    query = (
        select(Bulletin, StaffMember.name)
        .join(StaffMember, StaffMember.id == Bulletin.author_id)
        .where(Bulletin.community_id.in_(communities))
        .order_by(Bulletin.id.desc())
        .limit(MOST_ROWS)
    )
    return [(bulletin, name) for bulletin, name in await session.execute(query)]


async def find_author(session: AsyncSession, staff_id: int) -> str:
    """What a member of staff is called."""
    staff = await session.get(StaffMember, staff_id)
    return staff.name if staff is not None else ""


async def list_repairs(session: AsyncSession, community_id: int, codes: Sequence[str]) -> list[Repair]:
    """Settled tickets of a resident with a picture of before or after, the youngest first. Never confidential ones."""
    query = select(Ticket).where(
        Ticket.community_id == community_id,
        Ticket.status.in_((Status.CLOSED, Status.RATED)),
        Ticket.service.in_(codes),
        Ticket.confidential.is_(False),
        Ticket.reporter_id.is_not(None),
    )
    tickets = (await session.scalars(query.order_by(Ticket.closed_at.desc()).limit(MOST_ROWS))).all()
    ids = [one.id for one in tickets]
    handled = select(Article).where(
        Article.community_id == community_id, Article.ticket_id.in_(ids), Article.move == Move.HANDLE
    )
    after: dict[int, list[str]] = {}
    for article in await session.scalars(handled.order_by(Article.id)):
        after.setdefault(article.ticket_id, []).extend(article.pictures)
    offered = {
        one.ticket_id: one
        for one in await session.scalars(select(RepairPicture).where(RepairPicture.ticket_id.in_(ids)))
    }
    rows = [Repair(one, one.pictures, after.get(one.id, []), offered.get(one.id)) for one in tickets]
    return [row for row in rows if row.before]


async def list_places(session: AsyncSession, community_id: int) -> Sequence[OrgUnit]:
    """The community and its grids: where a word may be said."""
    wanted = (OrgUnit.community_id == community_id, OrgUnit.level.in_(("community", "grid")))
    return (await session.scalars(select(OrgUnit).where(*wanted).order_by(OrgUnit.id))).all()
