"""Who hears what of a proposal: the group its milestones, those behind it every step, once a day in one message."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Audience, Button, Event, Reply
from actions.proposals.model import Proposal, ProposalState, ProposalTicket, Step, Support
from actions.proposals.rules import ProposalRules


def press(what: str, row_id: int, **params: Any) -> Button:
    """A button of the room; its value comes back and is not trusted."""
    return Button(f"button.proposal.{what}", f"proposal:{what}:{row_id}", params)


def params_of(proposal: Proposal, rules: ProposalRules) -> dict[str, Any]:
    """What every text about a proposal may use; ``proposal_id`` lets its line be quoted."""
    return {
        "proposal_id": proposal.id,
        "title": proposal.title,
        "number": proposal.number,
        "state": rules.states[proposal.state],
        "supporters": proposal.supporters,
        "threshold": proposal.threshold,
        "left": max(0, proposal.threshold - proposal.supporters),
    }


def proposal_card(proposal: Proposal, rules: ProposalRules) -> dict[str, Any]:
    """The card of the chat page, as JSON."""
    until = proposal.gather_until if proposal.state == ProposalState.GATHERING else proposal.discuss_until
    return {
        "kind": "proposal",
        "id": proposal.id,
        "title": proposal.title,
        "text": proposal.text if len(proposal.text) <= 120 else f"{proposal.text[:118]}……",
        "state": rules.states[proposal.state],
        "until": rules.day_words(until) if until is not None else "",
        "threshold": proposal.threshold,
        "open": proposal.state in (ProposalState.GATHERING, ProposalState.DISCUSSING),
    }


def tell_groups(proposal: Proposal, rules: ProposalRules, phrase: str, key: str, *, card: bool = False,
                buttons: Iterable[Button] = (), **params: Any) -> Reply:  # fmt: skip
    """To the groups around it, not at night."""
    return Reply(
        phrase,
        params_of(proposal, rules) | params,
        to=Audience.AREA,
        community_id=proposal.community_id,
        org_unit_id=proposal.org_unit_id,
        card=proposal_card(proposal, rules) if card else None,
        buttons=tuple(buttons),
        immediate=False,
        effect_key=f"proposal:{proposal.id}:{key}",
    )


def tell_one(proposal: Proposal, resident_id: int, rules: ProposalRules, phrase: str, key: str = "", *,
             buttons: Iterable[Button] = (), immediate: bool = True, **params: Any) -> Reply:  # fmt: skip
    """To one resident in private."""
    return Reply(
        phrase,
        params_of(proposal, rules) | params,
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=proposal.community_id,
        buttons=tuple(buttons),
        immediate=immediate,
        effect_key=f"proposal:{proposal.id}:{key}:r{resident_id}" if key else None,
    )


def tell_staff(proposal: Proposal, rules: ProposalRules, phrase: str, key: str, *, team_id: int | None = None,
               **params: Any) -> Reply:  # fmt: skip
    """To the staff group, in the morning if it is night."""
    return Reply(
        phrase,
        params_of(proposal, rules) | params,
        to=Audience.STAFF,
        community_id=proposal.community_id,
        team_id=team_id,
        immediate=False,
        effect_key=f"proposal:{proposal.id}:staff:{key}",
    )


async def take_step(
    session: AsyncSession, proposal: Proposal, kind: str, now: datetime, rules: ProposalRules, *,
    staff_id: int | None = None, told: int | None = None, **data: Any,
) -> Step:  # fmt: skip
    """Write a step down; everybody behind it hears of it with the news of the day. ``told``: who knows already."""
    rules.step_words(kind, data)  # a step without words would be a hole in the story
    step = Step(
        community_id=proposal.community_id, proposal_id=proposal.id, kind=kind, at=now, data=data, staff_id=staff_id
    )
    session.add(step)
    await session.flush()
    waits = update(Support).where(
        Support.proposal_id == proposal.id, Support.tell_at.is_(None), Support.muted.is_(False)
    )
    if told is not None:
        heard = waits.where(Support.resident_id == told).values(told_step=step.id)
        await session.execute(heard.execution_options(synchronize_session=False))
        waits = waits.where(Support.resident_id != told)
    await session.execute(waits.values(tell_at=rules.next_telling(now)).execution_options(synchronize_session=False))
    return step


async def tickets_of(session: AsyncSession, proposal: Proposal, *, over: bool = False) -> tuple[Event, ...]:
    """It stands in the history of each of its tickets that it is a proposal now; or that this is over."""
    mine = select(ProposalTicket.ticket_id).where(ProposalTicket.proposal_id == proposal.id)
    tickets = list(await session.scalars(mine.order_by(ProposalTicket.id)))
    if not tickets:
        return ()
    data = {"tickets": tickets, "number": proposal.number, "title": proposal.title, "staff_id": proposal.staff_id,
            "over": over}  # fmt: skip
    return (Event("ProposalTookTickets", proposal.community_id, data),)


def changed(proposal: Proposal, **more: Any) -> Event:
    """Something is new on the proposal's page."""
    data = {"proposal_id": proposal.id, "state": proposal.state, **more}
    return Event("ProposalChanged", proposal.community_id, data)
