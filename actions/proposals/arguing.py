"""The discussion: what is said for and against, who agrees, what staff take out of sight, and its summary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once, replace_row
from actions.outcome import Outcome
from actions.proposals.commands import AddArgument, HideArgument, PublishSummary, Weigh
from actions.proposals.finding import LONGEST_REASON, access_as, get_resident, lock, lock_public
from actions.proposals.model import TAKES_ARGUMENTS, Argument, Opinion, Proposal, Stance
from actions.proposals.rules import ProposalTools
from actions.proposals.summary import Said
from actions.proposals.tell import changed, take_step, tell_groups, tell_one

LONGEST = 500
MOST_A_DAY = 10  # arguments of one resident to one proposal
MOST_SENTENCES = 20


async def add_argument(session: AsyncSession, command: AddArgument, now: datetime, tools: ProposalTools) -> Outcome:
    """Kept without private numbers; the group hears nothing of it, its author once that it counts."""
    await get_resident(session, command.resident_id, command.community_id)
    proposal = await lock_public(session, command.proposal_id, command.community_id)
    _check_open(proposal, now, tools)
    text = tools.scrub(command.text.strip())
    if len(text) < 2 or len(text) > LONGEST:
        raise InvalidInput("length", phrase="proposal.bad.argument", most=LONGEST)
    if command.stance not in frozenset(Stance):
        raise InvalidInput("stance", phrase="proposal.bad.stance")
    await _check_patience(session, proposal, command.resident_id, now)
    values = {"community_id": proposal.community_id, "proposal_id": proposal.id, "resident_id": command.resident_id,
              "stance": command.stance, "text": text, "at": now, "source": command.source[:64],
              "hidden_why": ""}  # fmt: skip
    made = await insert_once(session, Argument, values, ("community_id", "source"))
    if made is None:
        return Outcome()
    once = tell_one(proposal, command.resident_id, tools.rules, "proposal.argument_kept", "argued")
    return Outcome((once,), (changed(proposal),), made)


def _check_open(proposal: Proposal, now: datetime, tools: ProposalTools) -> None:
    state = proposal.state_at(now)
    if state not in TAKES_ARGUMENTS:
        words = tools.rules.states[state]
        raise MoveRefused("closed", phrase="proposal.no_arguments_now", title=proposal.title, state=words)


async def _check_patience(session: AsyncSession, proposal: Proposal, resident_id: int, now: datetime) -> None:
    mine = (Argument.proposal_id == proposal.id, Argument.resident_id == resident_id)
    recent = select(func.count()).select_from(Argument).where(*mine, Argument.at > now - timedelta(days=1))
    if (await session.scalar(recent) or 0) >= MOST_A_DAY:
        raise MoveRefused("too many", phrase="proposal.too_many_arguments", most=MOST_A_DAY)


async def weigh(session: AsyncSession, command: Weigh, now: datetime, tools: ProposalTools) -> Outcome:
    """One word of each; the last one counts. Nobody weighs their own."""
    await get_resident(session, command.resident_id, command.community_id)
    argument = await session.get(Argument, command.argument_id)
    if argument is None or argument.community_id != command.community_id or argument.hidden_at is not None:
        raise NotFound(f"argument {command.argument_id}", phrase="proposal.none_such")
    proposal = await lock_public(session, argument.proposal_id, command.community_id)
    if argument.resident_id == command.resident_id:
        raise InvalidInput("their own", phrase="proposal.own_argument")
    _check_open(proposal, now, tools)
    values = {"community_id": proposal.community_id, "argument_id": argument.id, "resident_id": command.resident_id,
              "agrees": command.agrees, "at": now}  # fmt: skip
    await replace_row(session, Opinion, values, ("argument_id", "resident_id"), replace=("agrees", "at"))
    return Outcome(events=(changed(proposal),), value=proposal.id)


async def hide_argument(session: AsyncSession, command: HideArgument, now: datetime, tools: ProposalTools) -> Outcome:
    """Out of sight, with a reason that its author hears; nobody else's words are changed."""
    argument = await lock(session, Argument, command.argument_id)
    proposal, staff = await access_as(session, argument.proposal_id, command.staff_id)
    reason = command.reason.strip()[:LONGEST_REASON]
    if not reason:
        raise InvalidInput("no reason", phrase="proposal.say_why")
    if argument.hidden_at is not None:
        raise MoveRefused("hidden already", phrase="proposal.hidden_already")
    argument.hidden_at, argument.hidden_by, argument.hidden_why = now, staff.id, reason
    key = f"hidden:{argument.id}"
    own = tell_one(proposal, argument.resident_id, tools.rules, "proposal.argument_hidden", key, immediate=False,
                   reason=reason)  # fmt: skip
    return Outcome((own,), (changed(proposal),), proposal.id)


async def list_said(session: AsyncSession, proposal_id: int) -> list[Said]:
    """What stands in the discussion, with who agrees."""
    query = select(Argument).where(Argument.proposal_id == proposal_id, Argument.hidden_at.is_(None))
    arguments = list(await session.scalars(query.order_by(Argument.id)))
    side: dict[int, str] = {}
    for one in arguments:
        if one.stance in (Stance.FOR, Stance.AGAINST):
            side[one.resident_id] = one.stance
    opinions = select(Opinion).where(Opinion.argument_id.in_([one.id for one in arguments]))
    by_argument: dict[int, list[Opinion]] = defaultdict(list)
    for opinion in await session.scalars(opinions):
        by_argument[opinion.argument_id].append(opinion)
    return [_said(one, by_argument[one.id], side) for one in arguments]


def _said(one: Argument, opinions: Sequence[Opinion], side: dict[int, str]) -> Said:
    yes = [opinion.resident_id for opinion in opinions if opinion.agrees]
    camps = frozenset(side[who] for who in yes if who in side)
    return Said(one.id, one.stance, one.text, one.resident_id, len(yes), len(opinions) - len(yes), camps)


async def publish_summary(
    session: AsyncSession, command: PublishSummary, now: datetime, tools: ProposalTools
) -> Outcome:
    """As staff have looked it over; published again it replaces the one before."""
    proposal, staff = await access_as(session, command.proposal_id, command.staff_id)
    if not proposal.public:
        raise NotFound("not public", phrase="proposal.none_such")
    kept = {
        stance: [tools.scrub(one.strip())[:200] for one in command.sentences.get(stance, ()) if one.strip()]
        for stance in Stance
    }
    if not any(kept.values()):
        raise InvalidInput("empty", phrase="proposal.bad.summary")
    if any(len(found) > MOST_SENTENCES for found in kept.values()):
        raise InvalidInput("too many", phrase="proposal.bad.sentences", most=MOST_SENTENCES)
    summary = {str(stance): found for stance, found in kept.items()}
    if summary == proposal.summary:
        return Outcome(value=proposal.id)  # handed in twice
    proposal.summary, proposal.summarised_at = summary, now
    await take_step(session, proposal, "summary", now, tools.rules, staff_id=staff.id)
    key = f"summary:{int(now.timestamp())}"
    group = tell_groups(proposal, tools.rules, "proposal.summary_out", key)
    return Outcome((group,), (changed(proposal),), proposal.id)
