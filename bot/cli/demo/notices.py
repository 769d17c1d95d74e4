"""The demo's notices: one that waits for a second person, one that repeats, a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from actions.errors import ActionError
from actions.notices.commands import Draft, SubmitNotice
from actions.notices.repeats import read_rule
from actions.people.model import OrgUnit
from bot.bootstrap import Parts
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import Cast
from bot.outbox import Outbox


async def load_notices(parts: Parts, outbox: Outbox, notices: Sequence[Mapping[str, Any]], cast: Cast) -> None:
    """Hand them in as staff would. Raises StoryWrong."""
    async with parts.db.read() as session:
        units = {unit.name: unit.id for unit in await session.scalars(select(OrgUnit))}
    try:
        for one in notices:
            repeat = read_rule(str(one["repeat"])) if "repeat" in one else None
            areas = tuple(units[name] for name in one["area"])
            draft = Draft(str(one["title"]), str(one["text"]), areas, repeat=repeat)
            keep = bool(one.get("keep"))
            await parts.performer.run(SubmitNotice(cast.community_id, cast.staff[one["who"]], draft, keep=keep))
    except (KeyError, ActionError) as error:
        raise StoryWrong(f"notices.yml: {error}") from error
    while await outbox.deliver_due("demo"):
        pass  # the staff group hears of what waits
