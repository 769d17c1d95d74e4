"""The demo's ballots: one that is going on, with a few votes, and a draft that waits for a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from actions.ballots.commands import YES_NO, CastVote, DraftBallot, OpenBallot
from actions.errors import ActionError
from bot.bootstrap import Parts
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import Cast
from bot.outbox import Outbox


async def load_ballots(parts: Parts, outbox: Outbox, ballots: Sequence[Mapping[str, Any]], cast: Cast) -> None:
    """Through the real commands. Raises StoryWrong."""
    parts.seals.get_public(make=True)  # as at the first start: what is voted is sealed
    run, here = parts.performer.run, cast.community_id
    try:
        for number, one in enumerate(ballots):
            closes = parts.clock.now() + timedelta(days=int(one["days"]))
            options = tuple(map(str, one.get("options", YES_NO)))
            draft = DraftBallot(
                here, cast.staff[one["by"]], f"demo:{number}", one["title"], one["text"], options, closes_at=closes
            )
            ballot = (await run(draft)).value
            if "opens" not in one:
                continue
            await run(OpenBallot(ballot, cast.staff[one["opens"]]))
            for who, option in one.get("votes", {}).items():
                await run(CastVote(here, cast.residents[who], ballot, int(option)))
    except (KeyError, ValueError, TypeError, ActionError) as wrong:
        raise StoryWrong(f"ballots.yml: {wrong!r}") from wrong
    while await outbox.deliver_due("demo"):
        pass
