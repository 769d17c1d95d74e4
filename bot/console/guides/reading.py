"""What the pages of guides have in common: for which community they speak, who may write, what a form says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.knowledge.commands import GuideText
from actions.knowledge.editing import LONGEST_DETAILS, may_write
from actions.knowledge.model import Guide
from actions.people.model import OrgUnit, Team
from bot.console.access import Viewer, community_ids
from bot.console.forms import number_of, text_of

LONGEST_FIELD = 200  # the room says how long each may be
LONGEST_QUESTIONS = 2000


@dataclass(frozen=True, slots=True)
class Opened:
    """The community whose guides are looked at, and what its reader may do there."""

    community: OrgUnit
    communities: Sequence[OrgUnit]
    role: str
    body: str

    def may_write(self, owner: str) -> bool:
        """Whether the reader may write guides of that owner."""
        return may_write(self.role, self.body, owner)


async def open_community(db: AsyncSession, viewer: Viewer, wanted: str) -> Opened:
    """The community asked for, or the first the viewer looks at. Raises NotFound for one that is not theirs."""
    ids = await community_ids(db, viewer)
    found = (await db.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)).order_by(OrgUnit.id))).all()
    chosen = [unit for unit in found if not wanted or str(unit.id) == wanted]
    if not chosen:
        raise NotFound(f"community {wanted!r}", phrase="console.no_such_page")
    team = await db.get(Team, viewer.staff.team_id) if viewer.staff.team_id else None
    return Opened(chosen[0], found, viewer.role, team.body if team else "")


async def list_areas(db: AsyncSession, community_id: int) -> Sequence[OrgUnit]:
    """Grids and buildings a guide may be for."""
    query = select(OrgUnit).where(OrgUnit.community_id == community_id, OrgUnit.level.in_(("grid", "building")))
    return (await db.scalars(query.order_by(OrgUnit.level.desc(), OrgUnit.id))).all()


def filled_from(guide: Guide) -> dict[str, Any]:
    """The form as the guide says it."""
    return {
        "title": guide.title,
        "questions": "\n".join(guide.questions),
        "answer": guide.answer,
        "details": guide.details,
        "source": guide.source,
        "source_on": guide.source_on.isoformat(),
        "valid_until": guide.valid_until.isoformat(),
        "owner": guide.owner,
        "area": str(guide.org_unit_id or ""),
    }


def read_text(form: Mapping[str, Any]) -> GuideText:
    """What a form says. Raises InvalidInput for what is no day."""
    return GuideText(
        title=text_of(form, "title", LONGEST_FIELD),
        questions=tuple(text_of(form, "questions", LONGEST_QUESTIONS).split("\n")),
        answer=text_of(form, "answer", 2 * LONGEST_FIELD),
        details=text_of(form, "details", 2 * LONGEST_DETAILS),
        source=text_of(form, "source", LONGEST_FIELD),
        source_on=day_of(form, "source_on"),
        valid_until=day_of(form, "valid_until"),
        owner=text_of(form, "owner", 32),
        org_unit_id=number_of(form, "area"),
    )


def day_of(form: Mapping[str, Any], name: str) -> date:
    """A day as the browser sends it. Raises InvalidInput."""
    try:
        return date.fromisoformat(text_of(form, name, 10))
    except ValueError as error:
        raise InvalidInput(f"{name} is no day", phrase="console.guide.bad_day") from error


def community_path(request: web.Request, opened: Opened, path: str) -> str:
    """An address that stays in this community."""
    more = f"?community={opened.community.id}" if len(opened.communities) > 1 else ""
    return f"/console/guides{path}{more}"
