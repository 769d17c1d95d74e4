"""The three rates of the month as the console counts them, with small numbers hidden as from any outsider."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit
from bot.community.section import Line, Place, Section
from bot.storage.figures import Period, add_up
from bot.storage.figures_table import SHARES, Row, build_rows, hide_small
from bot.storage.queries import Area
from bot.storage.queries_figures import load_stories


async def load(session: AsyncSession, place: Place) -> Sequence[Line]:
    """A line for each rate."""
    community = await session.get_one(OrgUnit, place.community_id)
    area = Area(0, None, place.community_id, community.path, trusted=False)
    period = Period(place.start, place.end, place.now)
    rows = build_rows(add_up(await load_stories(session, area, period), period, place.rules), {})
    hide_small(rows)
    return [_line(share, rows[0], place) for share in SHARES]


def _line(share: str, row: Row, place: Place) -> Line:
    name, rate, base = place.say(f"figures.share.{share}"), row.rate(share), row.shown(f"{share}.base")
    if base is None:
        return Line(name, place.say("community.figure.small"))
    if rate is None:
        return Line(name, place.say("community.figure.none"))
    params = {"rate": f"{rate * 100:.1f}%", "base": place.say(f"figures.base.{share}"), "count": base}
    return Line(name, place.say("community.figure.line", params), share=round(rate * 100))


SECTION = Section("rates", "figures", load, keep=timedelta(minutes=5))
