"""Support, and what happens when there is enough of it; how a proposal stands; who wants no more news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused, NotFound
from actions.inserting import insert_once
from actions.outcome import NOTHING_FITS, Audience, Outcome, Reply
from actions.proposals.commands import LeaveProposal, Meant, MuteProposals, ShowProposals, SupportProposal
from actions.proposals.finding import (
    find_support,
    get_resident,
    list_own,
    list_public,
    lock_public,
    meant_of,
)
from actions.proposals.model import (
    COUNTED,
    PUBLIC,
    TAKES_ARGUMENTS,
    TAKES_SUPPORT,
    Behind,
    Proposal,
    ProposalState,
    Step,
    Support,
)
from actions.proposals.rules import ProposalTools
from actions.proposals.tell import changed, params_of, press, take_step, tell_groups, tell_staff

MOST_LISTED = 6


async def count_supporters(session: AsyncSession, proposal_id: int) -> int:
    """Who put it forward and who supports it."""
    query = select(func.count()).select_from(Support)
    return await session.scalar(query.where(Support.proposal_id == proposal_id, Support.kind.in_(COUNTED))) or 0


async def _choose(session: AsyncSession, community_id: int, which: Meant, states: Sequence[str]) -> list[Proposal]:
    if which.proposal_id is not None:
        return [await lock_public(session, which.proposal_id, community_id)]
    return meant_of(which, await list_public(session, community_id, states))


def _which(found: Sequence[Proposal], what: str) -> Outcome:
    buttons = tuple(press(what, one.id, title=one.title) for one in found[:MOST_LISTED])
    return Outcome((Reply("proposal.which", buttons=buttons),))


async def support_proposal(
    session: AsyncSession, command: SupportProposal, now: datetime, tools: ProposalTools
) -> Outcome:
    """One word a person; the last that is needed opens the discussion, once."""
    await get_resident(session, command.resident_id, command.community_id)
    found = await _choose(session, command.community_id, command.which, sorted(TAKES_SUPPORT))
    if not found:
        return Outcome(value=NOTHING_FITS)
    if len(found) > 1:
        return _which(found, "join")
    proposal = await lock_public(session, found[0].id, command.community_id)
    state = proposal.state_at(now)
    if state not in TAKES_SUPPORT:
        said = {"title": proposal.title, "state": tools.rules.states[state]}
        raise MoveRefused("too late", phrase="proposal.no_support_now", **said)
    fresh = await _add(session, proposal, command.resident_id, now)
    if not fresh:
        return Outcome((Reply("proposal.supported_already", params_of(proposal, tools.rules)),), value=proposal.id)
    proposal.supporters = await count_supporters(session, proposal.id)
    opened: tuple[Reply, ...] = ()
    if proposal.state == ProposalState.GATHERING and proposal.supporters >= proposal.threshold:
        opened = await start_discussion(session, proposal, now, tools)
    await session.flush()
    phrase = "proposal.supported_enough" if proposal.state != ProposalState.GATHERING else "proposal.supported"
    reply = Reply(phrase, params_of(proposal, tools.rules))
    return Outcome((reply, *opened), (changed(proposal),), proposal.id)


async def _add(session: AsyncSession, proposal: Proposal, resident_id: int, now: datetime) -> bool:
    """Whether they were not counted before. What happened before they came they have not to be told."""
    last = await session.scalar(select(func.max(Step.id)).where(Step.proposal_id == proposal.id))
    values = {"community_id": proposal.community_id, "proposal_id": proposal.id, "resident_id": resident_id,
              "kind": Behind.SUPPORTER, "at": now, "muted": False, "told_step": last or 0}  # fmt: skip
    if await insert_once(session, Support, values, ("proposal_id", "resident_id")) is not None:
        return True
    support = await find_support(session, proposal.id, resident_id)
    if support is None or support.kind in COUNTED:
        return False
    support.kind, support.at = Behind.SUPPORTER, now
    await session.flush()
    return True


async def start_discussion(
    session: AsyncSession, proposal: Proposal, now: datetime, tools: ProposalTools
) -> tuple[Reply, ...]:
    """Enough are behind it: the discussion begins, and the day of the official answer is set."""
    rules = tools.rules
    proposal.state, proposal.discuss_from = ProposalState.DISCUSSING, now
    proposal.discuss_until = proposal.next_at = rules.end_of(now, rules.discuss_days)
    proposal.answer_due_at = rules.end_of(now, rules.answer_days)
    until, due = rules.day_words(proposal.discuss_until), rules.day_words(proposal.answer_due_at)
    await take_step(session, proposal, "enough", now, rules, n=proposal.supporters, until=until, due=due)
    group = tell_groups(proposal, rules, "proposal.discussion", "discussion", card=True,
                        buttons=(press("show", proposal.id),), until=until, due=due)  # fmt: skip
    return group, tell_staff(proposal, rules, "proposal.staff.enough", "enough", due=due)


async def leave_proposal(session: AsyncSession, command: LeaveProposal, now: datetime, tools: ProposalTools) -> Outcome:
    """Taken back while support is gathered or it is talked over; what was opened stays open."""
    found = await _choose(session, command.community_id, command.which, sorted(TAKES_SUPPORT))
    if not found:
        return Outcome(value=NOTHING_FITS)
    if len(found) > 1:
        return _which(found, "leave")
    proposal = await lock_public(session, found[0].id, command.community_id)
    support = await find_support(session, proposal.id, command.resident_id)
    if support is None or support.kind != Behind.SUPPORTER or proposal.state_at(now) not in TAKES_SUPPORT:
        return Outcome((Reply("proposal.not_behind", params_of(proposal, tools.rules)),), value=proposal.id)
    await session.delete(support)
    await session.flush()
    proposal.supporters = await count_supporters(session, proposal.id)
    return Outcome((Reply("proposal.left", params_of(proposal, tools.rules)),), (changed(proposal),), proposal.id)


async def show_proposals(session: AsyncSession, command: ShowProposals, now: datetime, tools: ProposalTools) -> Outcome:
    """One in full, several as a list."""
    await get_resident(session, command.resident_id, command.community_id)
    if command.own:
        listed = list(await list_own(session, command.community_id, command.resident_id))
        return _own(command, _listed(listed, tools, "proposal.own_none"), listed)
    public = await list_public(session, command.community_id, sorted(PUBLIC))
    found = await _choose(session, command.community_id, command.which, sorted(PUBLIC))
    if len(found) == 1:
        return await _about(session, found[0], command.resident_id, tools)
    live = [one for one in public if one.ended_at is None]
    return _listed(found or live, tools, "proposal.none")


def _own(command: ShowProposals, told: Outcome, listed: Sequence[Proposal]) -> Outcome:
    """What no neighbour may know of yet is not told in the group."""
    if not command.in_group or all(one.public for one in listed):
        return told
    here, who = command.community_id, command.resident_id
    own = (replace(one, to=Audience.PRIVATE, resident_id=who, community_id=here) for one in told.replies)
    return Outcome((Reply("proposal.told_in_private"), *own))


def _listed(found: Sequence[Proposal], tools: ProposalTools, nothing: str) -> Outcome:
    if not found:
        return Outcome((Reply(nothing),))
    rules = tools.rules
    lines = [f"{one.number}号《{one.title}》{rules.states[one.state]}" for one in found[:MOST_LISTED]]
    buttons = tuple(press("look", one.id, number=one.number) for one in found[:MOST_LISTED] if one.public)
    return Outcome((Reply("proposal.list", {"list": "\n".join(lines)}, buttons=buttons),))


async def _about(session: AsyncSession, proposal: Proposal, resident_id: int, tools: ProposalTools) -> Outcome:
    steps = select(Step).where(Step.proposal_id == proposal.id).order_by(Step.id.desc()).limit(3)
    lines = [
        f"{tools.rules.day_words(step.at)} {tools.rules.step_words(step.kind, step.data)}"
        for step in reversed(list(await session.scalars(steps)))
    ]
    support = await find_support(session, proposal.id, resident_id)
    behind = support is not None and support.kind in COUNTED
    buttons = [press("support", proposal.id)] if proposal.state in TAKES_SUPPORT and not behind else []
    if support is not None:
        buttons.append(press("again" if support.muted else "mute", proposal.id))
    params = params_of(proposal, tools.rules) | {"steps": "\n".join(lines), "text": proposal.text}
    phrase = "proposal.about_open" if proposal.state in TAKES_ARGUMENTS else "proposal.about"
    return Outcome((Reply(phrase, params, buttons=tuple(buttons)),), value=proposal.id)


async def mute_proposals(session: AsyncSession, command: MuteProposals, now: datetime, tools: ProposalTools) -> Outcome:
    """They hear no more, or hear again what comes from now on."""
    query = select(Support).where(
        Support.resident_id == command.resident_id, Support.community_id == command.community_id
    )
    if command.proposal_id is not None:
        query = query.where(Support.proposal_id == command.proposal_id)
    mine = list(await session.scalars(query.with_for_update()))
    if command.proposal_id is not None and not mine:
        raise NotFound("not behind it", phrase="proposal.not_behind_any")
    for support in mine:
        support.muted = command.muted
        support.tell_at = None
        last = await session.scalar(select(func.max(Step.id)).where(Step.proposal_id == support.proposal_id))
        support.told_step = last or 0
    return Outcome((Reply("proposal.muted" if command.muted else "proposal.told_again"),))
