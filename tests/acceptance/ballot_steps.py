"""What staff do with ballots in a chat script, and how a ballot must stand then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions.ballots import commands as c
from actions.ballots.model import Ballot, BallotPaper, BallotVote
from actions.people.doors import find_household
from actions.people.model import OrgUnit
from bot.storage.tables import ChatMessage
from tests.support.world import World

KEYS = frozenset("ballot title options counting rule item secret option votes voted lasts unsaid area".split())
DRAFTS = ("options", "counting", "rule", "secret", "item")


async def latest(world: World, model: Any) -> Any:
    async with world.parts.db.read() as session:
        found = await session.scalar(select(model).order_by(model.id.desc()).limit(1))
    assert found is not None, f"there is no {model.__tablename__}"
    return found


async def ballot_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of a step ``{staff: …, ballot: …}``; the latest ballot or sheet is meant."""
    here, staff, what = world.community_id, world.staff[step["staff"]], step["ballot"]
    option, text = int(step.get("option", 0)), str(step.get("text", ""))
    if what == "draft":
        world.parts.seals.get_public(make=True)  # as at the first start of an installation
        more = {key: step[key] for key in DRAFTS if key in step}
        if "options" in more:
            more["options"] = tuple(more["options"])
        closes = world.clock.now() + timedelta(hours=int(step.get("lasts", 72)))
        return c.DraftBallot(here, staff, f"script:{step['title']}", step["title"], text, closes_at=closes, **more)
    if what in ("confirm", "withdraw"):
        paper = await latest(world, BallotPaper)
        if what == "confirm":
            return c.ConfirmPaperVote(paper.id, staff, option)
        return c.WithdrawPaperVote(paper.id, staff, text)
    if what == "area":
        return c.SetArea(await _home(world, step["door"]), staff, int(step["area"]))
    ballot = await latest(world, Ballot)
    match what:
        case "open":
            return c.OpenBallot(ballot.id, staff)
        case "paper":
            return c.EnterPaperVote(ballot.id, staff, await _home(world, step["door"]), option)
        case "close":
            return c.CloseBallot(ballot.id, staff)
        case "cancel":
            return c.CancelBallot(ballot.id, staff, text)
    raise AssertionError(f"nobody can {what}")


async def _home(world: World, door: str) -> int:
    building, unit, room = str(door).split("-")
    async with world.parts.db.read() as session:
        at = await session.scalar(
            select(OrgUnit).where(OrgUnit.code == building, OrgUnit.community_id == world.community_id)
        )
        assert at is not None
        home = await find_household(session, at.id, unit, room)
    assert home is not None, f"there is no home {door}"
    return home.id


async def check_ballot(world: World, step: Mapping[str, Any]) -> None:
    """``voted``: how many have; ``votes``: the count by option; ``unsaid``: words that no line of the chats holds."""
    if "voted" in step:
        found = (await latest(world, Ballot)).voted
        assert found == step["voted"], f"{found} have voted"
    if "votes" in step:
        result = (await latest(world, Ballot)).result
        assert result is not None, "it is not counted"
        assert result["votes"] == list(step["votes"]), result
        async with world.parts.db.read() as session:
            sealed = await session.scalars(select(BallotVote.sealed))
            assert not any(sealed)
    if "unsaid" in step:
        async with world.parts.db.read() as session:
            texts = list(await session.scalars(select(ChatMessage.text).where(ChatMessage.sender == "resident")))
        assert not any(step["unsaid"] in text for text in texts), f"{step['unsaid']} still stands in a line"
