"""Official bulletins; what was wrong stays to be seen, struck out, beside what is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.model import PUBLIC, Bulletin, BulletinState
from actions.bulletins.tell import source_words
from bot.community.section import Line, Place, Section

SHOWN_FOR = timedelta(days=60)
MOST = 20


async def load(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those of two months, the youngest first."""
    wanted = (
        Bulletin.community_id == place.community_id,
        Bulletin.state.in_(PUBLIC),
        Bulletin.published_at > place.now - SHOWN_FOR,
    )
    found = (await session.scalars(select(Bulletin).where(*wanted).order_by(Bulletin.id.desc()).limit(MOST * 2))).all()
    by_id = {one.id: one for one in found}
    shown = [one for one in found if one.state != BulletinState.CORRECTED]
    return [_line(one, by_id, place) for one in shown[:MOST]]


def _line(one: Bulletin, by_id: Mapping[int, Bulletin], place: Place) -> Line:
    mark, source = place.say(f"community.bulletin.{one.kind}"), source_words(one, place.rules)
    if one.state == BulletinState.WITHDRAWN:
        words = place.say("community.bulletin.withdrawn", {"reason": one.reason})
        return Line("", mark=mark, struck=(one.title,), note=words, place=source)
    first = by_id.get(one.corrects_id) if one.corrects_id is not None else None
    if first is None:
        return Line(one.title, one.text, mark=mark, place=source)
    words = place.say("community.bulletin.corrected", {"why": one.why})
    return Line(one.title, one.text, mark=mark, place=source, note=words, struck=(f"{first.title}：{first.text}",))


SECTION = Section("bulletins", "bulletins", load)
