"""Steps of chat scripts about proposals: what staff do with one, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from actions.people.model import Team
from actions.proposals import commands as p
from actions.proposals.model import Argument, Meeting, Proposal, Task
from actions.tickets.model import Ticket
from bot.clock import LOCAL_ZONE
from tests.support.world import World

KEYS = frozenset("proposal state counted said percent form came of_tickets verdict task body due into title".split())


def instant(text: Any) -> datetime:
    return datetime.fromisoformat(str(text)).replace(tzinfo=LOCAL_ZONE)


async def newest(world: World, table: Any) -> Any:
    async with world.parts.db.read() as session:
        return (await session.scalars(select(table).order_by(table.id.desc()).limit(1))).one()


async def _the_task(world: World, step: Mapping[str, Any]) -> p.TaskDraft | None:
    if "task" not in step:
        return None
    async with world.parts.db.read() as session:
        name = str(step.get("body", "property"))
        team = (await session.scalars(select(Team.id).where(Team.id == world.teams[name]))).one()
    return p.TaskDraft(str(step["task"]), team, date.fromisoformat(str(step["due"])))


async def proposal_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of a step by staff."""
    what, staff, text = str(step["proposal"]), world.staff[step["staff"]], str(step.get("text", ""))
    if what == "raise":
        async with world.parts.db.read() as session:
            tickets = list(await session.scalars(select(Ticket).order_by(Ticket.id)))
        reporters = {tickets[n - 1].id: tickets[n - 1].reporter_id or 0 for n in step["of_tickets"]}
        return p.RaiseMatter(world.community_id, staff, str(step["title"]), text, reporters)
    if what == "progress":
        return p.ReportProgress((await newest(world, Task)).id, staff, int(step["percent"]), text)
    if what == "hide":
        return p.HideArgument((await newest(world, Argument)).id, staff, text)
    if what in ("minutes", "call_off"):
        meeting = await newest(world, Meeting)
        came = tuple(world.residents[name] for name in step.get("came", ()))
        if what == "minutes":
            return p.RecordMeeting(meeting.id, staff, text, came)
        return p.CancelMeeting(meeting.id, staff, text)
    proposal = await newest(world, Proposal)
    match what:
        case "approve" | "refuse":
            into = int(step["into"]) if "into" in step else None
            return p.ReviewProposal(proposal.id, staff, what == "approve", text, into)
        case "meeting":
            starts = instant(step["due"])
            ends, invited = starts + timedelta(hours=2), ("桂花物业",)
            draft = p.MeetingDraft(str(step["form"]), starts, ends, "党群中心", invited, text)
            return p.PlanMeeting(proposal.id, staff, draft)
        case "answer":
            task = await _the_task(world, step)
            return p.AnswerProposal(proposal.id, staff, str(step["verdict"]), text, task)
        case "vote":
            world.parts.seals.get_public(make=True)  # as at the first start of an installation
            promised = await _the_task(world, step)
            assert promised is not None
            opens = world.clock.now() + timedelta(days=1)
            yes_no = ("同意", "反对", "弃权")
            return p.PutToVote(
                proposal.id, staff, text, yes_no, "household", "majority", True, opens, opens + timedelta(days=5),
                promised,
            )  # fmt: skip
        case _:
            assert what == "summary", f"nothing is called {what}"
            return p.PublishSummary(proposal.id, staff, {"for": (text,)})


async def check_proposal(world: World, step: Mapping[str, Any]) -> None:
    """``state`` of the newest, who is ``counted`` behind it, and what was ``said``: stance and text."""
    if not {"state", "counted", "said"} & set(step):
        return
    proposal = await newest(world, Proposal)
    if "state" in step:
        assert proposal.state == step["state"], f"it is {proposal.state}"
    if "counted" in step:
        assert proposal.supporters == step["counted"], f"{proposal.supporters} are behind it"
    if "said" in step:
        async with world.parts.db.read() as session:
            query = select(Argument).where(Argument.hidden_at.is_(None)).order_by(Argument.id)
            found = [f"{one.stance} {one.text}" for one in await session.scalars(query)]
        assert found == list(step["said"]), f"said: {found}"
