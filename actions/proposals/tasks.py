"""What was decided is done: tasks of a body with milestones and percent, and 督办 when they are late."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotAllowed
from actions.outcome import Outcome, Reply
from actions.people.model import Role, StaffMember, Team
from actions.proposals.commands import AddTask, FinishMilestone, ReportProgress, TaskDraft
from actions.proposals.finding import DESKS, HEADS, access_as, find_team, get_staff, lock
from actions.proposals.model import Milestone, Proposal, ProposalState, Step, Task
from actions.proposals.rules import ProposalTools
from actions.proposals.tell import changed, press, take_step, tell_groups, tell_staff

LONGEST_TITLE, LONGEST_NAME, LONGEST_WORDS = 60, 40, 300
MOST_MILESTONES, MOST_TASKS = 10, 10
FARTHEST = timedelta(days=730)
TWICE = timedelta(minutes=10)  # within which the same words of the same task are a form handed in twice
WORKERS = frozenset(set(Role) - {Role.SUPERVISOR})


async def check_task(
    session: AsyncSession, proposal: Proposal, task: TaskDraft, now: datetime, tools: ProposalTools
) -> Team:
    """The body it goes to. Raises InvalidInput with what must be put right."""
    today = tools.rules.today(now)
    if not 2 <= len(task.title.strip()) <= LONGEST_TITLE:
        raise InvalidInput("title", phrase="proposal.bad.task", most=LONGEST_TITLE)
    if not today < task.due_on <= today + FARTHEST:
        raise InvalidInput("day", phrase="proposal.bad.due")
    if len(task.milestones) > MOST_MILESTONES:
        raise InvalidInput("milestones", phrase="proposal.bad.milestones", most=MOST_MILESTONES)
    for name, day in task.milestones:
        if not 1 <= len(name.strip()) <= LONGEST_NAME or not today <= day <= task.due_on:
            raise InvalidInput("milestone", phrase="proposal.bad.milestone", most=LONGEST_NAME)
    return await find_team(session, task.team_id, proposal.community_id)


async def make_task(
    session: AsyncSession, proposal: Proposal, draft: TaskDraft, now: datetime, tools: ProposalTools,
    staff_id: int | None,
) -> Task:  # fmt: skip
    """The task with its milestones; those behind the proposal hear who does what until when."""
    team = await find_team(session, draft.team_id, proposal.community_id)
    task = Task(
        community_id=proposal.community_id, proposal_id=proposal.id, title=tools.scrub(draft.title.strip()),
        team_id=team.id, due_on=draft.due_on, percent=0, late=0, made_at=now,
        next_at=tools.rules.end_of_day(draft.due_on),
    )  # fmt: skip
    session.add(task)
    await session.flush()
    for name, day in draft.milestones:
        session.add(Milestone(community_id=task.community_id, task_id=task.id, name=name.strip(), due_on=day))
    until = tools.rules.day_words(draft.due_on)
    await take_step(session, proposal, "task", now, tools.rules, staff_id=staff_id, owner=team.name, task=task.title,
                    until=until)  # fmt: skip
    return task


async def add_task(session: AsyncSession, command: AddTask, now: datetime, tools: ProposalTools) -> Outcome:
    """One more, while the decision is being carried out."""
    proposal, staff = await access_as(session, command.proposal_id, command.staff_id, HEADS)
    if proposal.state != ProposalState.DOING:
        raise MoveRefused("not under way", phrase="proposal.not_doing", title=proposal.title)
    there = select(Task.id).where(Task.proposal_id == proposal.id)
    if len(list(await session.scalars(there))) >= MOST_TASKS:
        raise MoveRefused("too many", phrase="proposal.bad.tasks", most=MOST_TASKS)
    team = await check_task(session, proposal, command.task, now, tools)
    title = tools.scrub(command.task.title.strip())
    same = (Task.title == title, Task.team_id == team.id, Task.due_on == command.task.due_on, Task.done_at.is_(None))
    if (known := await session.scalar(there.where(*same).limit(1))) is not None:
        return Outcome(value=known)  # handed in twice
    task = await make_task(session, proposal, command.task, now, tools, staff.id)
    said = tell_staff(proposal, tools.rules, "proposal.staff.task", f"task:{task.id}", team_id=team.id, task=task.title,
                      until=tools.rules.day_words(task.due_on))  # fmt: skip
    return Outcome((said,), (changed(proposal),), task.id)


async def access_task(session: AsyncSession, task_id: int, staff_id: int) -> tuple[Task, Proposal, StaffMember]:
    """A task, held, for the body whose it is and for the desks. Raises NotFound elsewhere, NotAllowed for others."""
    task = await lock(session, Task, task_id)
    staff = await get_staff(session, staff_id, task.community_id, WORKERS)
    if staff.team_id != task.team_id and staff.role not in DESKS:
        raise NotAllowed("not their task", phrase="proposal.not_your_task")
    return task, await lock(session, Proposal, task.proposal_id), staff


async def report_progress(
    session: AsyncSession, command: ReportProgress, now: datetime, tools: ProposalTools
) -> Outcome:
    """How far it is. Done is said with what was done; what is done stays done."""
    task, proposal, staff = await access_task(session, command.task_id, command.staff_id)
    words = tools.scrub(command.text.strip())
    if task.done_at is not None:
        raise MoveRefused("done", phrase="proposal.task_is_done")
    if not 0 <= command.percent <= 100:
        raise InvalidInput("percent", phrase="proposal.bad.percent")
    if not words or len(words) > LONGEST_WORDS:
        raise InvalidInput("words", phrase="proposal.bad.words", most=LONGEST_WORDS)
    if await _said_just_now(session, task, command.percent, words, now):
        return Outcome(value=task.id)
    task.percent = command.percent
    await take_step(session, proposal, "progress", now, tools.rules, staff_id=staff.id, task=task.title,
                    percent=task.percent, words=words, task_id=task.id)  # fmt: skip
    replies: tuple[Reply, ...] = ()
    if task.percent == 100:
        replies = await _finish(session, task, proposal, now, tools, staff.id)
    await session.flush()
    return Outcome(replies, (changed(proposal),), task.id)


async def _said_just_now(session: AsyncSession, task: Task, percent: int, words: str, now: datetime) -> bool:
    """Whether just this was reported of it a moment ago: a form handed in twice is told once."""
    lately = (Step.proposal_id == task.proposal_id, Step.kind == "progress", Step.at > now - TWICE)
    said = [step.data for step in await session.scalars(select(Step).where(*lately))]
    return any((one.get("task_id"), one.get("percent"), one.get("words")) == (task.id, percent, words) for one in said)


async def _finish(
    session: AsyncSession, task: Task, proposal: Proposal, now: datetime, tools: ProposalTools, staff_id: int
) -> tuple[Reply, ...]:
    """With the last task the proposal is done, and the group hears so."""
    task.done_at, task.next_at = now, None
    for milestone in await session.scalars(
        select(Milestone).where(Milestone.task_id == task.id, Milestone.done_at.is_(None))
    ):
        milestone.done_at = now
    await session.flush()
    await take_step(session, proposal, "task_done", now, tools.rules, staff_id=staff_id, task=task.title)
    left = select(Task.id).where(Task.proposal_id == proposal.id, Task.done_at.is_(None))
    if proposal.state != ProposalState.DOING or await session.scalar(left.limit(1)) is not None:
        return ()
    proposal.state, proposal.ended_at, proposal.next_at = ProposalState.DONE, now, None
    await take_step(session, proposal, "done", now, tools.rules, staff_id=staff_id)
    return (tell_groups(proposal, tools.rules, "proposal.done", "done", buttons=(press("show", proposal.id),)),)


async def finish_milestone(
    session: AsyncSession, command: FinishMilestone, now: datetime, tools: ProposalTools
) -> Outcome:
    """Reached; the percent rises to the share of milestones that are, and never falls."""
    milestone = await lock(session, Milestone, command.milestone_id)
    task, proposal, staff = await access_task(session, milestone.task_id, command.staff_id)
    if milestone.done_at is not None or task.done_at is not None:
        raise MoveRefused("reached", phrase="proposal.milestone_is_reached")
    milestone.done_at = now
    await session.flush()
    every = list(await session.scalars(select(Milestone).where(Milestone.task_id == task.id)))
    reached = sum(one.done_at is not None for one in every)
    task.percent = max(task.percent, min(99, 100 * reached // len(every)))  # 100 is said, not reckoned
    await take_step(session, proposal, "reached", now, tools.rules, staff_id=staff.id, task=task.title,
                    name=milestone.name, task_id=task.id, percent=task.percent)  # fmt: skip
    return Outcome(events=(changed(proposal),), value=task.id)


async def call_for_task(session: AsyncSession, task: Task, now: datetime, tools: ProposalTools) -> tuple[Reply, ...]:
    """督办: the body and the desks hear that it is late, and again every few days; those behind it hear it too."""
    proposal, team = await lock(session, Proposal, task.proposal_id), await session.get_one(Team, task.team_id)
    task.late += 1
    task.next_at = tools.rules.end_of(now, tools.rules.escalate_days - 1)
    if task.late == 1:
        await take_step(session, proposal, "overdue_task", now, tools.rules, task=task.title, percent=task.percent,
                        owner=team.name)  # fmt: skip
    return (
        tell_staff(proposal, tools.rules, "proposal.staff.task_late", f"late:{task.id}:{task.late}", team_id=team.id,
                   task=task.title, owner=team.name, percent=task.percent, late=task.late),
    )  # fmt: skip
