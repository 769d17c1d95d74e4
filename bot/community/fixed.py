"""What was repaired this month: counts by kind and building. What is confidential or between people is not counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.tickets.commands import Move
from actions.tickets.model import Article, Status, Ticket
from bot.community.section import Line, Place, Section

FAMILIES = ("service_request", "safety_tip")  # of things, not of people


async def load(session: AsyncSession, place: Place) -> Sequence[Line]:
    """A line for each kind, the most frequent first."""
    codes = [code for code in place.rules.services if _is_public(code, place)]
    handled = exists().where(
        Article.community_id == place.community_id, Article.ticket_id == Ticket.id, Article.move == Move.HANDLE
    )
    query = (
        select(Ticket.service, Ticket.building, func.count())
        .where(
            Ticket.community_id == place.community_id,
            Ticket.status.in_((Status.CLOSED, Status.RATED)),
            Ticket.service.in_(codes),
            Ticket.confidential.is_(False),
            Ticket.closed_at >= place.start,
            Ticket.closed_at < place.end,
            handled,
        )
        .group_by(Ticket.service, Ticket.building)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for service, building, count in await session.execute(query):
        found[service][building] = count
    ordered = sorted(found, key=lambda service: (-sum(found[service].values()), service))
    return [_line(service, found[service], place) for service in ordered]


def _is_public(code: str, place: Place) -> bool:
    service = place.rules.services[code]
    return code.partition("/")[0] in FAMILIES and not service.confidential and code not in place.rules.sealed


def _line(service: str, buildings: Mapping[str, int], place: Place) -> Line:
    parts = []
    for building in sorted(buildings, key=lambda code: (not code, len(code), code)):
        where = f"{building}栋" if building else place.say("community.fixed.common")
        parts.append(f"{where}{place.say('community.fixed.count', {'count': buildings[building]})}")
    total = sum(buildings.values())
    text = place.say("community.fixed.total", {"count": total, "places": "、".join(parts)})
    return Line(place.rules.service(service).name, text)


SECTION = Section("fixed", "fixed", load, keep=timedelta(minutes=5))
