"""The demo's deliberation: a proposal that is talked over, one that is being done, a convention to comment on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from actions.errors import ActionError
from actions.people.model import Team
from actions.proposals import commands as p
from actions.proposals.model import Task
from bot.bootstrap import Parts
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import Cast
from bot.clock import LOCAL_ZONE, FixedClock, local
from bot.outbox import Outbox

AT = time(10, 20)


async def load_proposals(
    parts: Parts, clock: FixedClock, outbox: Outbox, data: Sequence[Mapping[str, Any]], cast: Cast,
    end: datetime,
) -> None:  # fmt: skip
    """Through the real commands, each on its day. Raises StoryWrong."""
    today = local(end).date()
    try:
        for one in data:
            if "days" in one:  # before the story; without it, at its end
                clock.move_to(datetime.combine(today + timedelta(days=one["days"]), AT, LOCAL_ZONE))
            await (_convene if "paragraphs" in one else _propose)(parts, clock, one, cast)
            await outbox.deliver_due("demo")
    except (KeyError, ValueError, TypeError, ActionError) as wrong:
        raise StoryWrong(f"proposals.yml: {wrong!r}") from wrong


async def _propose(parts: Parts, clock: FixedClock, one: Mapping[str, Any], cast: Cast) -> None:
    here, do = cast.community_id, parts.performer.run
    author, staff = cast.residents[one["by"]], cast.staff[one["review"]]
    number = (await do(p.DraftProposal(here, author, one["text"]))).value
    await do(p.SettleProposal(number, author, well=True))
    await do(p.ReviewProposal(number, staff, approve=True))
    for name in one["support"]:
        await do(p.SupportProposal(here, cast.residents[name], p.Meant(number)))
    for count, said in enumerate(one["said"]):
        source = f"demo:{number}:{count}"
        who = cast.residents[said["who"]]
        await do(p.AddArgument(here, who, number, said["stance"], said["text"], source))
    if "answer" not in one:
        return
    task = one["task"]
    async with parts.db.read() as session:
        mine = select(Team.id).where(Team.community_id == here, Team.body == task["body"])
        team = (await session.scalars(mine.order_by(Team.id).limit(1))).one()
    due = local(clock.now()).date() + timedelta(days=task["days"])
    clock.advance(timedelta(days=3))
    await do(p.AnswerProposal(number, staff, "accepted", one["answer"], p.TaskDraft(task["title"], team, due)))
    async with parts.db.read() as session:
        query = select(Task.id).where(Task.proposal_id == number)
        found = (await session.scalars(query)).one()
    clock.advance(timedelta(days=2))
    await do(p.ReportProgress(found, staff, task["percent"], task["words"]))


async def _convene(parts: Parts, clock: FixedClock, one: Mapping[str, Any], cast: Cast) -> None:
    here, do, staff = cast.community_id, parts.performer.run, cast.staff[one["by"]]
    version = (await do(p.WriteConvention(here, staff, tuple(one["paragraphs"]), one["title"]))).value
    await do(p.OpenConvention(version, staff, clock.now() + timedelta(days=30)))
    for count, said in enumerate(one["comments"]):
        who, source = cast.residents[said["who"]], f"demo:convention:{version}:{count}"
        await do(p.CommentParagraph(here, who, version, said["paragraph"], said["text"], source))
