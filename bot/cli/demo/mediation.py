"""A dispute of the story on its way to mediation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.mediation.commands import AcceptCase, AddParty, InviteParty, SpeakInRoom
from actions.tickets.commands import Actor, AskMediation
from actions.tickets.model import Ticket
from bot.bootstrap import Parts
from bot.cli.demo.people import Cast
from bot.cli.demo.story import Beat
from bot.storage.queries_mediation import find_case_of_ticket, list_party_rows


async def orders(parts: Parts, ticket_id: int, beat: Beat, cast: Cast) -> Sequence[Any]:
    """``mediates: yes`` applies for it and has the mediator take it; ``with`` asks a neighbour, ``text`` is said to
    the applicant."""
    staff_id, step = cast.staff[beat.staff], beat.details
    async with parts.db.read() as session:
        ticket = await session.get_one(Ticket, ticket_id)
        case = await find_case_of_ticket(session, ticket_id)
        rows = await list_party_rows(session, case) if case is not None else []
    if case is None:
        await parts.performer.run(AskMediation(ticket_id, Actor("resident", ticket.reporter_id)))
        async with parts.db.read() as session:
            case = await find_case_of_ticket(session, ticket_id)
        assert case is not None
        return (AcceptCase(case.id, staff_id),)
    if "with" in step:
        added = await parts.performer.run(AddParty(case.id, staff_id, cast.residents[str(step["with"])]))
        return (InviteParty(added.value, staff_id),)
    return (SpeakInRoom(case.id, staff_id, str(step["text"]), rows[0].party.id),)
