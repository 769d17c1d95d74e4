"""The buttons and forms of a proposal's page: each is one order to the room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput, NotFound
from actions.proposals import commands as p
from actions.proposals.model import Argument, Meeting, Milestone, Proposal, Stance, Task
from bot.console import pages, sessions
from bot.console.access import WORKERS, check_page, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.proposals.reading import access_proposal, instant_of, lines_of, meeting_of, task_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_proposals import find_residents

Form = Mapping[str, Any]
PARTS = {"hide": Argument, "minutes": Meeting, "call_off": Meeting, "progress": Task, "milestone": Milestone}
YES_NO = ("同意", "反对", "弃权")


async def act(request: web.Request) -> web.Response:
    """Do it, and back to the page; the room asks again what is allowed."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, WORKERS)
    async with console.db.read() as db:
        proposal = await access_proposal(request, db)
    do = text_of(form, "do", 16)
    try:
        command = await _command(request, proposal, do, form)
        await console.performer.run(command)
        await sessions.add_flash(request, console.phrases.render(f"console.proposal.{do}"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/proposals/{proposal.id}")


async def _command(request: web.Request, proposal: Proposal, do: str, form: Form) -> Any:
    who = viewer_of(request).id
    part = await _part(request, proposal, do, form) if do in PARTS else 0
    text = text_of(form, "text", 4001)
    match do:
        case "approve" | "refuse":
            return p.ReviewProposal(proposal.id, who, do == "approve", text)
        case "merge":
            return p.ReviewProposal(proposal.id, who, False, text, number_of(form, "into") or 0)
        case "hide":
            return p.HideArgument(part, who, text)
        case "summary":
            sentences = {str(stance): lines_of(form, f"said_{stance}", 4000) for stance in Stance}
            return p.PublishSummary(proposal.id, who, sentences)
        case "meeting":
            return p.PlanMeeting(proposal.id, who, meeting_of(form))
        case "minutes":
            return p.RecordMeeting(part, who, text, await _came(request, proposal, form))
        case "call_off":
            return p.CancelMeeting(part, who, text)
        case "answer":
            return p.AnswerProposal(proposal.id, who, text_of(form, "verdict", 10), text, task_of(form))
        case "vote":
            return _vote(proposal, who, form)
        case "task":
            return p.AddTask(proposal.id, who, _needed(task_of(form)))
        case "progress":
            return p.ReportProgress(part, who, _percent(form), text)
        case "milestone":
            return p.FinishMilestone(part, who)
        case _:
            raise InvalidInput("no such button", phrase="console.bad_form")


def _needed(task: p.TaskDraft | None) -> p.TaskDraft:
    if task is None:
        raise InvalidInput("no task", phrase="proposal.needs_task")
    return task


def _percent(form: Form) -> int:
    percent = number_of(form, "percent")
    return percent if percent is not None else -1


def _vote(proposal: Proposal, who: int, form: Form) -> p.PutToVote:
    return p.PutToVote(
        proposal.id,
        who,
        text_of(form, "text", 201),
        YES_NO,
        text_of(form, "counting", 12),
        text_of(form, "rule", 40),
        bool(form.get("secret")),
        instant_of(form, "opens", "proposal.bad.vote_times"),
        instant_of(form, "closes", "proposal.bad.vote_times"),
        _needed(task_of(form)),
    )


async def _part(request: web.Request, proposal: Proposal, do: str, form: Form) -> int:
    """The id of what the form is about, if it is of this proposal. Raises NotFound."""
    number = number_of(form, "id") or 0
    async with console_of(request).db.read() as db:
        row: Any = await db.get(PARTS[do], number)
        task = await db.get(Task, row.task_id) if isinstance(row, Milestone) else row
    if task is None or task.proposal_id != proposal.id:
        raise NotFound("of another", phrase="console.no_such_page")
    return number


async def _came(request: web.Request, proposal: Proposal, form: Form) -> tuple[int, ...]:
    """Who was there, by what they are called in the chat. Raises InvalidInput naming whom nobody knows."""
    written = text_of(form, "came", 2000).replace("，", "、").replace(",", "、").replace("\n", "、").split("、")
    names = tuple(dict.fromkeys(one.strip() for one in written if one.strip()))
    async with console_of(request).db.read() as db:
        found = await find_residents(db, proposal.community_id, names)
    unknown = [name for name in names if name not in found]
    if unknown:
        raise InvalidInput("nobody of that name", phrase="console.proposal.unknown_names", names="、".join(unknown))
    return tuple(found[name] for name in names)
