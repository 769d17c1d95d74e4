"""The official answer, or the residents' ballot; and the task that follows from a yes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused
from actions.outcome import Event, Outcome, Reply
from actions.proposals.commands import AnswerProposal, NoteBallot, PutToVote, TaskDraft
from actions.proposals.finding import HEADS, access_as, find_team, lock
from actions.proposals.model import TO_ANSWER, Proposal, ProposalState, Verdict
from actions.proposals.rules import ProposalTools
from actions.proposals.tasks import check_task, make_task
from actions.proposals.tell import changed, press, take_step, tell_groups, tell_staff, tickets_of

LONGEST_ANSWER, LONGEST_QUESTION, MOST_OPTIONS = 1000, 200, 10
COUNTINGS = ("household", "area", "resident")
RULES = ("majority", "article_278_half", "article_278_three_quarters")


async def answer_proposal(
    session: AsyncSession, command: AnswerProposal, now: datetime, tools: ProposalTools
) -> Outcome:
    """Accepted or partly: never without a task. Refused: never without reasons."""
    proposal, staff = await access_as(session, command.proposal_id, command.staff_id, HEADS)
    text = tools.scrub(command.text.strip())
    if proposal.state not in TO_ANSWER:
        raise MoveRefused("not to be answered", phrase="proposal.answered_already", title=proposal.title)
    if command.verdict not in frozenset(Verdict):
        raise InvalidInput("verdict", phrase="proposal.bad.verdict")
    if not text or len(text) > LONGEST_ANSWER:
        raise InvalidInput("answer", phrase="proposal.bad.answer", most=LONGEST_ANSWER)
    proposal.answer, proposal.verdict, proposal.answered_at = text, command.verdict, now
    group_text = f"proposal.answered_{command.verdict}"
    if command.verdict == Verdict.REFUSED:
        await _end(session, proposal, now)
        await take_step(session, proposal, "declined", now, tools.rules, staff_id=staff.id, reason=text)
    else:
        if command.task is None:
            raise InvalidInput("no task", phrase="proposal.needs_task")
        await check_task(session, proposal, command.task, now, tools)
        proposal.state, proposal.next_at = ProposalState.DOING, None
        await take_step(session, proposal, command.verdict, now, tools.rules, staff_id=staff.id, reason=text)
        await make_task(session, proposal, command.task, now, tools, staff.id)
    group = tell_groups(proposal, tools.rules, group_text, "answer", buttons=(press("show", proposal.id),), reason=text)
    freed = await tickets_of(session, proposal, over=True)
    return Outcome((group,), (*freed, changed(proposal)), proposal.id)


async def _end(session: AsyncSession, proposal: Proposal, now: datetime) -> None:
    proposal.state, proposal.ended_at, proposal.next_at = ProposalState.DECLINED, now, None
    await session.flush()


def ballot_source(proposal: Proposal) -> str:
    """What the room of ballots knows it by; after one that fell through another."""
    again = f":{proposal.ballot_id}" if proposal.ballot_id is not None else ""
    return f"proposal:{proposal.id}{again}"


async def put_to_vote(session: AsyncSession, command: PutToVote, now: datetime, tools: ProposalTools) -> Outcome:
    """The room of ballots is told what is wanted; the answer is due when the ballot is over."""
    proposal, staff = await access_as(session, command.proposal_id, command.staff_id, HEADS)
    question = tools.scrub(command.question.strip())
    if proposal.state not in TO_ANSWER:
        raise MoveRefused("not to be voted on", phrase="proposal.answered_already", title=proposal.title)
    if not question or len(question) > LONGEST_QUESTION:
        raise InvalidInput("question", phrase="proposal.bad.question", most=LONGEST_QUESTION)
    options = tuple(one.strip() for one in command.options if one.strip())
    check_ballot(options, command.counting, command.rule, command.opens_at, command.closes_at, now)
    await check_task(session, proposal, command.task, now, tools)
    proposal.state, proposal.ballot_task = ProposalState.VOTING, _kept(command.task)
    proposal.next_at = None
    await take_step(session, proposal, "vote_wanted", now, tools.rules, staff_id=staff.id, question=question)
    data = {
        "staff_id": staff.id, "source": ballot_source(proposal), "title": proposal.title, "text": question,
        "options": options, "counting": command.counting, "rule": command.rule, "secret": command.secret,
        "opens_at": command.opens_at, "closes_at": command.closes_at, "unit_id": proposal.org_unit_id,
    }  # fmt: skip
    return Outcome(events=(Event("BallotWanted", proposal.community_id, data), changed(proposal)), value=proposal.id)


def check_ballot(
    options: tuple[str, ...], counting: str, rule: str, opens_at: datetime, closes_at: datetime, now: datetime
) -> None:
    """What can be known to be wrong before the room of ballots looks at it. Raises InvalidInput."""
    if not 2 <= len(set(options)) <= MOST_OPTIONS or len(set(options)) != len(options):
        raise InvalidInput("options", phrase="proposal.bad.options", most=MOST_OPTIONS)
    if counting not in COUNTINGS or rule not in RULES:
        raise InvalidInput("counting", phrase="proposal.bad.counting")
    if not now <= opens_at < closes_at:
        raise InvalidInput("times", phrase="proposal.bad.vote_times")


def _kept(task: TaskDraft) -> dict[str, Any]:
    return {
        "title": task.title,
        "team_id": task.team_id,
        "due_on": task.due_on.isoformat(),
        "milestones": [[name, day.isoformat()] for name, day in task.milestones],
    }


def _read(kept: dict[str, Any]) -> TaskDraft:
    milestones = tuple((name, date.fromisoformat(day)) for name, day in kept["milestones"])
    return TaskDraft(kept["title"], kept["team_id"], date.fromisoformat(kept["due_on"]), milestones)


async def note_ballot_of_proposal(
    session: AsyncSession, proposal_id: int, command: NoteBallot, now: datetime, tools: ProposalTools
) -> Outcome:
    """Opened, tallied, cancelled; what is said twice is done once."""
    proposal = await lock(session, Proposal, proposal_id)
    if proposal.state != ProposalState.VOTING:
        return Outcome()
    words = tools.rules.words["votes"].format_map(command.counts) if command.counts else ""
    if command.what == "opened":
        if proposal.ballot_id == command.ballot_id:
            return Outcome()
        proposal.ballot_id = command.ballot_id
        await take_step(session, proposal, "vote_open", now, tools.rules)
        return Outcome(events=(changed(proposal),), value=proposal.id)
    proposal.ballot_id = command.ballot_id
    if command.what == "cancelled":
        return await _back_to_answering(session, proposal, words, now, tools)
    proposal.answered_at = now
    if command.passed:
        return await _passed(session, proposal, words, now, tools)
    proposal.verdict = Verdict.REFUSED
    await _end(session, proposal, now)
    await take_step(session, proposal, "failed", now, tools.rules, words=words)
    freed = await tickets_of(session, proposal, over=True)
    return Outcome((_told(proposal, tools, "proposal.vote_failed", words),), (*freed, changed(proposal)), proposal.id)


def _told(proposal: Proposal, tools: ProposalTools, phrase: str, words: str) -> Reply:
    return tell_groups(proposal, tools.rules, phrase, "vote", buttons=(press("show", proposal.id),), words=words)


async def _back_to_answering(
    session: AsyncSession, proposal: Proposal, words: str, now: datetime, tools: ProposalTools
) -> Outcome:
    """The answer is still owed, but nobody is late because a ballot fell through."""
    rules = tools.rules
    proposal.state = ProposalState.ANSWERING
    proposal.answer_due_at = proposal.next_at = rules.end_of(now, rules.answer_days)
    await take_step(session, proposal, "vote_off", now, rules, words=words)
    due = rules.day_words(proposal.answer_due_at)
    staff = tell_staff(proposal, rules, "proposal.staff.vote_off", f"vote_off:{proposal.ballot_id}", due=due)
    return Outcome((staff,), (changed(proposal),), proposal.id)


async def _passed(
    session: AsyncSession, proposal: Proposal, words: str, now: datetime, tools: ProposalTools
) -> Outcome:
    """The task that was promised for a yes begins; a day that has passed meanwhile is put off as long as it took."""
    proposal.verdict, proposal.state, proposal.next_at = Verdict.ACCEPTED, ProposalState.DOING, None
    await take_step(session, proposal, "passed", now, tools.rules, words=words)
    draft = _read(proposal.ballot_task)
    today = tools.rules.today(now)
    team = await find_team(session, draft.team_id, proposal.community_id)
    if draft.due_on <= today:
        late = tools.rules.end_of(now, tools.rules.answer_days).date()
        draft = TaskDraft(draft.title, team.id, late)
    await make_task(session, proposal, draft, now, tools, None)
    freed = await tickets_of(session, proposal, over=True)
    return Outcome((_told(proposal, tools, "proposal.vote_passed", words),), (*freed, changed(proposal)), proposal.id)
