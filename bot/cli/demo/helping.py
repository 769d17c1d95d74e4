"""The demo's patrols and neighbours' help: a duty with people in it, who is ready to help, what somebody asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from actions.errors import ActionError
from actions.pool.commands import AskForHelp, OfferHelp
from actions.shifts.commands import DutyDetails, JoinShift, SaveDuty, WhichShift
from actions.shifts.model import Shift
from bot.bootstrap import Parts
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import Cast
from bot.outbox import Outbox


async def load_helping(parts: Parts, outbox: Outbox, data: Mapping[str, Any], cast: Cast) -> None:
    """Through the real commands. Raises StoryWrong."""
    run, here = parts.performer.run, cast.community_id
    try:
        for one in data["patrols"]:
            await _patrol(parts, one, cast)
        for one in data["volunteers"]:
            await run(OfferHelp(here, cast.residents[one["who"]], one["says"]))
        for number, one in enumerate(data["needs"]):
            await run(AskForHelp(here, cast.residents[one["who"]], one["says"], f"demo:{number}", any_day=True))
    except (KeyError, ValueError, TypeError, ActionError) as wrong:
        raise StoryWrong(f"helping.yml: {wrong!r}") from wrong
    while await outbox.deliver_due("demo"):
        pass  # those who may help are asked


async def _patrol(parts: Parts, one: Mapping[str, Any], cast: Cast) -> None:
    details = DutyDetails(one["title"], one["place"], one["rule"], one["kind"], one["about"], tuple(one["points"]))
    await parts.performer.run(SaveDuty(cast.community_id, cast.staff[one["by"]], details))
    async with parts.db.read() as session:
        coming = (await session.scalars(select(Shift.id).order_by(Shift.starts_at).limit(1))).one()
    for joins in one["joins"]:
        which = WhichShift(shift_id=coming)
        await parts.performer.run(JoinShift(cast.community_id, cast.residents[joins["who"]], which, joins["role"]))
