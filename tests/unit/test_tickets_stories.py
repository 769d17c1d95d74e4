"""Random stories of a ticket: no wrong state, no hole in its history."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from actions.errors import ActionError
from actions.people.model import Role, StaffMember
from actions.tickets.commands import CLOCK, Actor, Move, MoveTicket, RateTicket
from actions.tickets.model import Article, Status, Ticket, Timer
from tests.support.desk import PHRASES, Desk, open_desk
from tests.support.moves_table import WANTED

MOVERS = [*Role, *[Role.COMMITTEE] * 20, *["amei"] * 4, "laoli", "clock"]  # mostly those who may
Plan = list[tuple[Move, str, bool]]
plans = st.lists(st.tuples(st.sampled_from(list(Move)), st.sampled_from(MOVERS), st.booleans()), max_size=25)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans)
def test_no_sequence_of_moves_leads_to_a_wrong_state_or_a_hole_in_the_history(
    community_file: Path, tmp_path: Path, plan: Plan
) -> None:
    path = Path(shutil.copy(community_file, tmp_path / "moves.db"))
    asyncio.run(_play(path, plan))


async def _play(path: Path, plan: Plan) -> None:
    async with open_desk(path) as desk:
        ticket, other = await desk.open(), await desk.open()
        for move, who, with_text in plan:
            status, history = ticket.status, len(await desk.articles(ticket))
            actor, role = await _actor(desk, who)
            refused = await _try(
                desk, ticket, other, move, actor, "好" if with_text else "", 1 + len(plan) % 5
            )
            if refused:
                assert refused in PHRASES
                assert (ticket.status, len(await desk.articles(ticket))) == (status, history)
                continue
            assert (move, status, role) in WANTED
        await _check_story(desk, ticket)


async def _try(
    desk: Desk, ticket: Ticket, other: Ticket, move: Move, actor: Actor, text: str, score: int
) -> str:
    """Make the move; the phrase of its refusal, or nothing."""
    try:
        if move is Move.RATE:
            await desk.do(RateTicket(ticket.id, actor, score))
        else:
            await desk.do(MoveTicket(ticket.id, move, actor, text, into_ref=other.ref))
    except ActionError as error:
        return error.phrase
    return ""


async def _actor(desk: Desk, who: str) -> tuple[Actor, str]:
    if who == "clock":
        return CLOCK, who
    return (await desk.staff(who), who) if who in list(Role) else (await desk.resident(who), "resident")


async def _check_story(desk: Desk, ticket: Ticket) -> None:
    articles = [
        a for a in await desk.articles(ticket) if a.status_from != a.status_to or a.move in list(Move)
    ]
    state = Status.REPORTED.value
    for article in articles:
        assert article.status_from == state
        role = article.actor
        if role == "staff":
            role = (await desk.session.get_one(StaffMember, article.actor_id)).role
        to = WANTED[(article.move, state, role)]
        assert to in ("same", article.status_to)
        state = article.status_to
    assert ticket.status == state
    todo = select(Timer).where(Timer.ticket_id == ticket.id, Timer.state == "todo")
    kinds = [timer.kind for timer in await desk.session.scalars(todo)]
    assert len(kinds) == len(set(kinds))
    if state in (Status.WITHDRAWN, Status.MERGED, Status.RATED):
        assert kinds == []
    assert all(isinstance(a, Article) and a.actor for a in articles)
