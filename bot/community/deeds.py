"""Good deeds, called as was agreed; and who is honoured by the time bank and has agreed to be named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.model import DeedState, GoodDeed
from actions.bulletins.tell import deed_words
from bot.community.section import Line, Place, Section
from bot.storage.queries_ledger import list_honours

MOST = 60


async def load(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those of the month, the youngest first."""
    wanted = (
        GoodDeed.community_id == place.community_id,
        GoodDeed.state == DeedState.PUBLISHED,
        GoodDeed.published_at >= place.start,
        GoodDeed.published_at < place.end,
    )
    found = await session.scalars(select(GoodDeed).where(*wanted).order_by(GoodDeed.id.desc()).limit(MOST))
    anonymous = place.say("deed.anonymous")
    return [Line("", deed_words(one, anonymous)) for one in found]


async def load_honours(session: AsyncSession, place: Place) -> Sequence[Line]:
    """The year's honours of the time bank; the list itself is its own page."""
    if place.hours is None:
        return ()
    named: dict[str, list[str]] = defaultdict(list)
    for row in await list_honours(session, place.community_id, published=True):
        if row.year == place.month.year and row.code in place.hours.honours:
            named[row.code].append(row.nickname)
    return [
        Line(
            place.say(
                "community.honours",
                {"year": place.month.year, "honour": place.hours.honours[code].name, "names": "、".join(names)},
            ),
            href="/hours/honours",
        )
        for code, names in named.items()
    ]


SECTION = Section("deeds", "deeds", load)
HONOURS = Section("honours", "deeds", load_honours)
