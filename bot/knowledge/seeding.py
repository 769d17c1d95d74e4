"""Brings the guides that ship into the tables. What staff have changed is theirs and stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.knowledge.editing import content_of, search_words
from actions.knowledge.model import SHARED, Guide, GuideState, GuideVersion
from actions.routing.rules import Rules
from actions.teaching.changes import hold
from actions.teaching.model import Taught
from bot.clock import Clock
from bot.knowledge.files import BadGuides, ShippedGuide, guide_files, read_guides
from bot.storage.engine import Database
from bot.teaching.start import fingerprint_of

log = structlog.get_logger()
GUIDES = "guides"  # name of the row that tells which files were read last


async def seed_guides(db: Database, clock: Clock, rules: Rules, data: Path) -> int:
    """How many guides are new or have changed since these files were read last. A second time does nothing."""
    files = await asyncio.to_thread(guide_files, data)
    mark = await asyncio.to_thread(fingerprint_of, files)
    async with db.read() as session:  # nearly every start ends here
        if await session.scalar(select(Taught.note).where(Taught.name == GUIDES)) == mark:
            return 0
    shipped = await asyncio.to_thread(_read_all, files)
    async with db.write() as session:
        known = await hold(session, GUIDES)
        if known.note == mark:
            return 0
        changed = await _bring_in(session, shipped, clock.now(), rules)
        known.note, known.version = mark, known.version + 1
    log.debug("guides_seeded", changed=changed)
    return changed


def _read_all(files: Iterable[Path]) -> list[ShippedGuide]:
    """All guides that can be read. A broken file is left out and logged."""
    found: list[ShippedGuide] = []
    for path in files:
        try:
            found += read_guides(path)
        except BadGuides as error:
            log.warning(error.code, code=error.code, reason=str(error))
    return found


async def _bring_in(
    session: AsyncSession, shipped: Iterable[ShippedGuide], now: datetime, rules: Rules
) -> int:
    known = {g.key: g for g in await session.scalars(select(Guide).where(Guide.community_id == SHARED))}
    written = [_written(known.get(one.key), one, now, rules) for one in shipped]
    rows = [row for row in written if row is not None]
    session.add_all(rows)
    await session.flush()
    session.add_all(
        GuideVersion(community_id=SHARED, guide_id=row.id, at=now, what="ship", content=content_of(row))
        for row in rows
    )
    return len(rows)


def _written(guide: Guide | None, one: ShippedGuide, now: datetime, rules: Rules) -> Guide | None:
    """The row as the file wants it; None where nothing has changed."""
    new = guide or Guide(community_id=SHARED, key=one.key, state=GuideState.LIVE, created_at=now)
    values = {**asdict(one.text), "questions": list(one.text.questions), "sample": one.sample}
    if guide is not None and all(getattr(guide, name) == value for name, value in values.items()):
        return None
    for name, value in values.items():
        setattr(new, name, value)
    new.search = search_words(one.text, rules)
    return new
