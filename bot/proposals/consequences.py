"""What must follow from an event of the room of proposals, once what it needs was looked up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.commands import DraftBallot
from actions.errors import NotFound
from actions.outcome import Event
from actions.proposals.commands import DraftProposal
from actions.tickets.model import Ticket

FAMILIES = ("suggestion", "service_request", "safety_tip", "consult")


async def draft_from_ticket(session: AsyncSession, event: Event, _now: datetime) -> DraftProposal:
    """The reporter's own words as a draft. Raises NotFound for a ticket that is not theirs, or confidential."""
    ticket = await session.get(Ticket, event.data["ticket_id"])
    resident_id: int = event.data["resident_id"]
    ours = ticket is not None and ticket.community_id == event.community_id and ticket.reporter_id == resident_id
    if ticket is None or not ours or ticket.confidential or ticket.service.partition("/")[0] not in FAMILIES:
        raise NotFound("not their ticket", phrase="proposal.none_such")
    return DraftProposal(event.community_id, resident_id, ticket.text, ticket_id=ticket.id)


async def want_ballot(_session: AsyncSession, event: Event, _now: datetime) -> DraftBallot:
    """The order to write the ballot down; refused there, nothing of it has happened here either."""
    return DraftBallot(event.community_id, **event.data)
