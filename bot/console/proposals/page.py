"""One proposal: its way, who is behind it, what was said, its meetings, answer and tasks."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from aiohttp import web

from actions.proposals.arguing import list_said
from actions.proposals.finding import DESKS, HEADS
from actions.proposals.model import TO_ANSWER, Proposal, Stance
from actions.proposals.summary import Sentence, summarise
from actions.proposals.tasks import WORKERS as TASK_WORKERS
from bot.clock import local
from bot.console import pages
from bot.console.access import viewer_of
from bot.console.parts import console_of
from bot.console.proposals.reading import access_proposal, rules_of
from bot.storage.queries_proposals import (
    list_arguments,
    list_behind,
    list_its_tickets,
    list_meetings,
    list_steps,
    list_tasks,
    list_teams,
)

_MEETS = ("gathering", "discussing", "answering", "voting", "doing")


async def show_proposal(request: web.Request) -> web.Response:
    """Everything about it; the supervisor sees it without its buttons."""
    console, viewer, rules = console_of(request), viewer_of(request), rules_of(request)
    now = console.clock.now()
    async with console.db.read() as db:
        proposal = await access_proposal(request, db)
        said = await list_said(db, proposal.id)
        tasks = await list_tasks(db, proposal.id)
        context = {
            "proposal": proposal,
            "steps": await list_steps(db, proposal.id),
            "behind": await list_behind(db, proposal.id),
            "arguments": await list_arguments(db, proposal.id),
            "meetings": await list_meetings(db, proposal.id),
            "tasks": tasks,
            "tickets": await list_its_tickets(db, proposal.id),
            "teams": await list_teams(db, proposal.community_id),
        }
    at_desk, heads = viewer.role in DESKS, viewer.role in HEADS
    context |= {
        "rules": rules,
        "today": rules.today(now),
        "stances": list(Stance),
        "offered": _offered(proposal, summarise(said)),
        "people": len({one.who for one in said}),
        "at_desk": at_desk,
        "may_review": at_desk and proposal.state == "waiting",
        "may_answer": heads and proposal.state in TO_ANSWER,
        "may_meet": at_desk and proposal.state in _MEETS,
        "may_add": heads and proposal.state == "doing",
        "own_tasks": {
            row.task.id
            for row in tasks
            if viewer.role in TASK_WORKERS and (at_desk or viewer.staff.team_id == row.task.team_id)
        },
        "filled": _filled(now),
    }
    return await pages.render(request, "proposals/proposal.html", context)


def _offered(proposal: Proposal, sentences: list[Sentence]) -> dict[str, list[str]]:
    """What stands in the form of the summary: as it was published, else as it was chosen."""
    if proposal.summary:
        return {stance: list(proposal.summary.get(stance, ())) for stance in Stance}
    found: dict[str, list[str]] = defaultdict(list)
    for one in sentences:
        found[one.stance].append(one.text)
    return found


def _filled(now: datetime) -> dict[str, str]:
    """Days that usually fit, to be changed."""
    here = local(now)
    evening = (here + timedelta(days=7)).replace(hour=19, minute=0)
    return {
        "starts": f"{evening:%Y-%m-%dT%H:%M}",
        "ends": f"{evening + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "opens": f"{here + timedelta(days=1):%Y-%m-%dT09:00}",
        "closes": f"{here + timedelta(days=8):%Y-%m-%dT18:00}",
        "due": f"{here + timedelta(days=30):%Y-%m-%d}",
    }
