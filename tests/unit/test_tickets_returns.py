"""A ticket sent to the wrong desk: returned with a reason, counted, settled for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.errors import InvalidInput, MoveRefused
from actions.people.model import Level, Role
from actions.tickets.commands import Move
from actions.tickets.model import Status, Ticket, TicketReturn
from actions.tickets.moves import REASONS, allowed_moves
from tests.support.desk import RULES, Desk, phrases_of


async def _returned_twice(desk: Desk) -> Ticket:
    ticket = await desk.open()
    for role, reason in ((Role.STEWARD, "not_ours"), (Role.COMMITTEE, "wrong_place")):
        await desk.move(ticket, Move.RETURN, role, reason=reason)
    return ticket


async def test_each_return_is_counted_with_its_reason_and_the_desks(desk: Desk) -> None:
    ticket = await _returned_twice(desk)
    rows = (await desk.session.scalars(select(TicketReturn).order_by(TicketReturn.id))).all()
    property_id, committee_id = (await desk.team("property")).id, (await desk.team("committee")).id
    assert [(r.reason, r.from_team_id, r.to_team_id, r.service) for r in rows] == [
        ("not_ours", property_id, committee_id, ticket.service),
        ("wrong_place", committee_id, committee_id, ticket.service),
    ]
    texts = [article.text for article in await desk.articles(ticket) if article.move == Move.RETURN]
    assert texts == ["不归我们管 因为如此", "不在我们的片区 因为如此"]


async def test_every_reason_has_its_words_and_no_other_is_taken(desk: Desk) -> None:
    assert all(f"return_{reason}" in RULES.words for reason in REASONS)
    with pytest.raises(InvalidInput) as refused:
        await desk.move(await desk.open(), Move.RETURN, reason="tired")
    assert refused.value.phrase == "error.return_reason"


async def test_returned_twice_it_waits_for_the_committee_whoever_was_named(desk: Desk) -> None:
    ticket = await desk.open()
    police = (await desk.team("police")).id
    await desk.move(ticket, Move.RETURN, Role.STEWARD, team_id=police)
    outcome = await desk.move(ticket, Move.RETURN, Role.POLICE, team_id=(await desk.team("property")).id)
    assert phrases_of(outcome) == ["ticket.returned_again", "staff.to_settle"]
    assert (ticket.team_id, ticket.level) == ((await desk.team("committee")).id, Level.COMMUNITY)
    for move in (Move.VERIFY, Move.ACCEPT, Move.DISPATCH, Move.TAKE):
        with pytest.raises(MoveRefused) as refused:
            await desk.move(ticket, move, Role.ADMIN)
        assert refused.value.phrase == "refused.unsettled"
        assert move not in allowed_moves(ticket, await desk.staff_row(Role.ADMIN))
    assert Move.SETTLE in allowed_moves(ticket, await desk.staff_row(Role.COMMITTEE))
    assert Move.SETTLE not in allowed_moves(ticket, await desk.staff_row(Role.STEWARD))


async def test_what_is_settled_is_not_returned_again(desk: Desk) -> None:
    ticket, police = await _returned_twice(desk), await desk.team("police")
    outcome = await desk.move(ticket, Move.SETTLE, Role.COMMITTEE, team_id=police.id)
    assert phrases_of(outcome) == ["ticket.settled", "staff.settled"]
    assert (ticket.status, ticket.team_id, ticket.settled_at) == (Status.DISPATCHED, police.id, desk.now)
    with pytest.raises(MoveRefused) as refused:
        await desk.move(ticket, Move.RETURN, Role.POLICE, reason="not_ours")
    assert refused.value.phrase == "refused.settled"
    assert Move.RETURN not in allowed_moves(ticket, await desk.staff_row(Role.POLICE))


async def test_a_mistaken_kind_is_put_right_with_its_deadline(desk: Desk) -> None:
    ticket = await _returned_twice(desk)
    mediation = (await desk.team("mediation")).id
    await desk.move(ticket, Move.SETTLE, Role.COMMITTEE, team_id=mediation, service="dispute/leakage")
    assert (ticket.service, ticket.level) == ("dispute/leakage", Level.GRID)
    assert ticket.due_at == RULES.due(RULES.service("dispute/leakage"), ticket.opened_at)


async def test_the_desk_it_is_settled_on_gets_its_whole_time_if_none_is_left(desk: Desk) -> None:
    ticket = await _returned_twice(desk)
    desk.now += timedelta(days=3)
    await desk.move(ticket, Move.SETTLE, Role.COMMITTEE)
    assert ticket.due_at == RULES.due(RULES.service(ticket.service), desk.now)
    assert (await desk.timers(ticket))["deadline"] == ticket.due_at
