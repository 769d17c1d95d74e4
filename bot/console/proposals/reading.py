"""The doors to proposals in the console, and what their forms bring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.proposals.commands import MeetingDraft, TaskDraft
from actions.proposals.convention_model import Convention
from actions.proposals.model import Proposal, ProposalState
from actions.proposals.rules import ProposalRules
from bot.clock import LOCAL_ZONE
from bot.console.access import community_ids, viewer_of
from bot.console.forms import number_of, text_of
from bot.console.parts import console_of

Form = Mapping[str, Any]


def rules_of(request: web.Request) -> ProposalRules:
    """The rules of this installation. Raises NotFound where there are none."""
    rules = console_of(request).consulting
    if rules is None:
        raise NotFound("no proposals", phrase="console.no_such_page")
    return rules


async def access_proposal(request: web.Request, db: AsyncSession) -> Proposal:
    """The proposal of the address. Raises NotFound: to staff of elsewhere it does not exist, nor does a draft."""
    proposal = await db.get(Proposal, int(request.match_info["id"]))
    ours = proposal is not None and proposal.community_id in await community_ids(db, viewer_of(request))
    if proposal is None or not ours or proposal.state == ProposalState.DRAFT:
        raise NotFound("no such proposal", phrase="console.no_such_page")
    return proposal


async def access_convention(request: web.Request, db: AsyncSession) -> Convention:
    """The convention of the address. Raises NotFound."""
    convention = await db.get(Convention, int(request.match_info["id"]))
    if convention is None or convention.community_id not in await community_ids(db, viewer_of(request)):
        raise NotFound("no such convention", phrase="console.no_such_page")
    return convention


def instant_of(form: Form, name: str, phrase: str = "proposal.bad.start") -> datetime:
    """A day and time as a browser's field sends it. Raises InvalidInput."""
    try:
        return datetime.fromisoformat(text_of(form, name, 20)).replace(tzinfo=LOCAL_ZONE)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no instant", phrase=phrase) from error


def day_of(form: Form, name: str, phrase: str = "proposal.bad.due") -> date:
    """A day. Raises InvalidInput."""
    try:
        return date.fromisoformat(text_of(form, name, 10))
    except ValueError as error:
        raise InvalidInput("no day", phrase=phrase) from error


def task_of(form: Form) -> TaskDraft | None:
    """The task of a form, or None where nothing was written. Raises InvalidInput."""
    title = text_of(form, "task", 61)
    if not title:
        return None
    lines = [line.strip() for line in text_of(form, "milestones", 1000).split("\n") if line.strip()]
    milestones = tuple(_milestone(line) for line in lines)
    return TaskDraft(title, number_of(form, "team") or 0, day_of(form, "due"), milestones)


def _milestone(line: str) -> tuple[str, date]:
    """ "选址 2026-12-01"."""
    name, _, day = line.replace("\u3000", " ").rpartition(" ")
    try:
        return name.strip(), date.fromisoformat(day)
    except ValueError as error:
        raise InvalidInput("no milestone", phrase="proposal.bad.milestone", most=40) from error


def meeting_of(form: Form) -> MeetingDraft:
    """The meeting of a form. Raises InvalidInput."""
    bodies = text_of(form, "bodies", 300).replace(",", "、").replace("，", "、").split("、")
    return MeetingDraft(
        text_of(form, "form", 16),
        instant_of(form, "starts"),
        instant_of(form, "ends", "proposal.bad.end"),
        text_of(form, "place", 61),
        tuple(one.strip()[:40] for one in bodies if one.strip()),
        text_of(form, "agenda", 1001),
        text_of(form, "matter", 40),
    )


def lines_of(form: Form, name: str, longest: int) -> tuple[str, ...]:
    """The lines of a field, without the empty ones."""
    return tuple(line.strip() for line in text_of(form, name, longest).split("\n") if line.strip())
