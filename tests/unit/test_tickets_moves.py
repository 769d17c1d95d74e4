"""Every move, every state, every role: allowed or refused as written here, independently of the table."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.people.commands import CreateStaff, SetStaffActive
from actions.people.model import Level, OrgUnit, Role, StaffMember
from actions.tickets.commands import CLOCK, Actor, Move, MoveTicket, Where
from actions.tickets.model import Status, Ticket
from actions.tickets.moves import allowed_moves, check_move
from tests.support.desk import CHAT, PHRASES, Desk, open_desk, phrases_of
from tests.support.moves_table import ROLES, WANTED, refusal


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("move", list(Move))
def test_the_table_allows_what_is_written_and_refuses_the_rest(move: Move, role: str) -> None:
    for status in Status:
        to = WANTED.get((move, status, role))
        if to is not None:
            assert (check_move(move, status, role).to or "same") == to
        else:
            with pytest.raises(refusal(move, status, role)) as refused:
                check_move(move, status, role)
            assert refused.value.phrase in PHRASES


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("status", list(Status))
def test_the_console_offers_just_the_allowed_moves(status: Status, role: Role) -> None:
    offered = allowed_moves(Ticket(status=status), StaffMember(role=role))
    assert len(offered) == len(set(offered))
    assert set(offered) == {move for move in Move if (move, status, role) in WANTED}


BY_STAFF = [Move(m) for m in dict.fromkeys(m for m, _, r in WANTED if r == Role.COMMITTEE)]


@pytest.mark.parametrize("status", list(Status))
async def test_each_state_lets_through_its_moves_and_changes_nothing_on_the_others(
    desk: Desk, status: Status
) -> None:
    other = await desk.open(text="另一件")
    for move in BY_STAFF:
        ticket = await desk.open()
        ticket.status = status
        ticket.status_before = Status.VERIFIED if status == Status.SUSPENDED else ""
        await desk.session.flush()
        if (move, status) == (Move.UNMERGE, Status.MERGED):
            ticket.status = Status.VERIFIED
            await desk.move(ticket, Move.MERGE, Role.COMMITTEE, into_ref=other.ref)
        before = len(await desk.articles(ticket))
        to = WANTED.get((move, status, Role.COMMITTEE))
        if to is None:
            with pytest.raises(refusal(move, status, Role.COMMITTEE)):
                await desk.move(ticket, move, Role.COMMITTEE, into_ref=other.ref)
            assert ticket.status == status
            assert len(await desk.articles(ticket)) == before
            continue
        await desk.move(ticket, move, Role.COMMITTEE, into_ref=other.ref)
        assert ticket.status == {"same": Status.VERIFIED if move in (Move.RESUME, Move.UNMERGE) else status}.get(to, to)
        last = (await desk.articles(ticket))[-1]
        assert (last.move, last.status_from, last.status_to) == (move, status, ticket.status)


async def test_the_whole_loop_tells_its_reporter_each_step_they_care_about(desk: Desk) -> None:
    ticket = await desk.open()
    said = []
    for move, role in (
        (Move.VERIFY, Role.GRID_WORKER),
        (Move.ACCEPT, Role.COMMITTEE),
        (Move.TAKE, Role.STEWARD),
        (Move.HANDLE, Role.STEWARD),
        (Move.CHECK, Role.GRID_WORKER),
        (Move.CLOSE, Role.COMMITTEE),
    ):
        outcome = await desk.move(ticket, move, role)
        said += [(r.phrase, r.to, r.chat_id, r.resident_id) for r in outcome.replies]
    amei = (await desk.resident("amei")).id
    steps = ("accepted", "dispatched", "handled", "closed")
    assert said == [(f"ticket.{step}", "chat", CHAT, amei) for step in steps]
    told = [article.told for article in await desk.articles(ticket)]
    assert told == [
        "ticket.opened.service_request",
        "",
        *(f"ticket.{s}" for s in steps[:3]),
        "",
        "ticket.closed",
    ]
    assert ticket.closed_at == desk.now


async def test_closing_asks_for_a_rating_with_five_buttons(desk: Desk) -> None:
    ticket = await desk.moves(await desk.open(), "accept", "take", "handle", "check")
    (closing,) = (await desk.move(ticket, Move.CLOSE)).replies
    assert [button.value for button in closing.buttons] == [f"rate:{ticket.id}:{n}" for n in range(1, 6)]
    assert not closing.immediate
    assert closing.card is not None
    assert all(step["done"] for step in closing.card["steps"])


async def test_every_effect_has_a_key_of_its_own(desk: Desk) -> None:
    ticket = await desk.open()
    keys = []
    for name in ("accept", "take", "handle", "reopen", "take", "handle", "check", "close", "reopen"):
        outcome = await desk.move(ticket, Move(name))
        keys += [reply.effect_key for reply in outcome.replies]
    assert None not in keys
    assert len(keys) == len(set(keys))


async def test_staff_words_are_told_instead_of_the_usual_ones(desk: Desk) -> None:
    ticket = await desk.open()
    outcome = await desk.move(ticket, Move.VERIFY, tell="我们正在看图纸")
    assert phrases_of(outcome) == ["ticket.told"]
    assert (await desk.articles(ticket))[-1].told == "我们正在看图纸"


@pytest.mark.parametrize("move", [Move.HANDLE, Move.RETURN, Move.SUSPEND])
async def test_a_report_or_a_reason_is_asked_for(desk: Desk, move: Move) -> None:
    ticket = await desk.moves(await desk.open(), "accept")
    with pytest.raises(InvalidInput) as refused:
        await desk.move(ticket, move, text="  ")
    assert refused.value.phrase in PHRASES


async def test_a_picture_is_report_enough(desk: Desk) -> None:
    ticket = await desk.moves(await desk.open(), "accept")
    outcome = await desk.move(ticket, Move.HANDLE, text="", pictures=("p1",))
    assert [(r.phrase, r.pictures) for r in outcome.replies] == [("ticket.handled_plain", ("p1",))]


async def test_who_saw_an_older_version_was_not_the_first(desk: Desk) -> None:
    ticket = await desk.open()
    seen = ticket.version
    await desk.move(ticket, Move.ACCEPT, version=seen)
    with pytest.raises(MoveRefused) as refused:
        await desk.move(ticket, Move.RETURN, version=seen)
    assert refused.value.phrase == "error.faster"


async def test_two_at_once_end_with_one_move_and_one_refusal(community_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(community_file, tmp_path / "two.db"))
    async with open_desk(path) as desk:
        ticket = await desk.open()
        await desk.session.commit()
        # somebody else moves it after our read and before our write
        stale = await desk.ticket(ticket.id)
        await desk.session.commit()
        async with open_desk(path) as other:
            await other.move(await other.ticket(stale.id), Move.ACCEPT)
            await other.session.commit()
        with pytest.raises(MoveRefused):
            await desk.move(stale, Move.ACCEPT)


async def test_a_rating_cannot_be_slipped_in_as_a_move(desk: Desk) -> None:
    ticket = await desk.closed()
    with pytest.raises(InvalidInput):
        await desk.do(MoveTicket(ticket.id, Move.RATE, await desk.resident("amei")))


async def test_the_reporter_withdraws_and_staff_hear_of_it(desk: Desk) -> None:
    ticket = await desk.open()
    outcome = await desk.do(MoveTicket(ticket.id, Move.WITHDRAW, await desk.resident("amei")))
    assert ticket.status == Status.WITHDRAWN
    assert [(r.phrase, r.to) for r in outcome.replies] == [
        ("ticket.withdrawn", "here"),
        ("staff.withdrawn", "staff"),
    ]
    assert await desk.timers(ticket) == {}


async def test_others_cannot_withdraw_even_if_they_follow(desk: Desk) -> None:
    ticket = await desk.open()
    with pytest.raises(NotFound):
        await desk.do(MoveTicket(ticket.id, Move.WITHDRAW, await desk.resident("laoli")))


async def test_dispatch_names_who_comes_and_tells_another_team(desk: Desk) -> None:
    ticket = await desk.open()
    steward = await desk.staff_row(Role.STEWARD)
    same = await desk.move(ticket, Move.DISPATCH, assignee_id=steward.id)
    assert [(r.phrase, r.params["who"]) for r in same.replies] == [("ticket.dispatched", steward.name)]
    other = await desk.move(ticket, Move.DISPATCH, team_id=(await desk.team("workstation")).id)
    assert phrases_of(other) == ["staff.dispatched"]
    assert ticket.assignee_id is None


async def test_dispatch_goes_neither_elsewhere_nor_to_who_is_gone(desk: Desk) -> None:
    ticket = await desk.open(where=Where("8"))
    grid = await desk.team("grid")  # answers for the other grid
    steward = await desk.staff_row(Role.STEWARD)
    with pytest.raises(InvalidInput) as elsewhere:
        await desk.move(ticket, Move.DISPATCH, team_id=grid.id)
    with pytest.raises(InvalidInput) as other_team:
        await desk.move(ticket, Move.DISPATCH, team_id=(await desk.team("police")).id, assignee_id=steward.id)
    await desk.do(SetStaffActive(steward.id, False))
    with pytest.raises(InvalidInput) as gone:
        await desk.move(ticket, Move.DISPATCH, assignee_id=steward.id)
    with pytest.raises(NotAllowed):
        await desk.move(ticket, Move.ACCEPT, Role.STEWARD)
    assert [e.value.phrase for e in (elsewhere, other_team, gone)] == [
        "error.team_elsewhere",
        "error.other_team",
        "error.no_staff",
    ]


async def test_a_ticket_nobody_answers_for_must_be_given_to_somebody(desk: Desk) -> None:
    ticket = await desk.open()
    ticket.team_id = None
    await desk.session.flush()
    with pytest.raises(InvalidInput) as refused:
        await desk.move(ticket, Move.DISPATCH)
    assert refused.value.phrase == "error.no_team"


async def test_who_has_no_team_takes_it_without_moving_the_queue(desk: Desk) -> None:
    ticket = await desk.open()
    before = ticket.team_id
    await desk.move(ticket, Move.TAKE, Role.ADMIN)
    assert (ticket.team_id, ticket.assignee_id) == (before, (await desk.staff_row(Role.ADMIN)).id)


async def test_a_returned_ticket_goes_up_or_to_the_team_that_is_named(desk: Desk) -> None:
    up, across = await desk.open(), await desk.open()
    outcome = await desk.move(up, Move.RETURN)
    police = await desk.team("police")
    await desk.move(across, Move.RETURN, team_id=police.id)
    assert phrases_of(outcome) == ["ticket.returned", "staff.returned"]
    assert (up.team_id, up.level, up.returned) == ((await desk.team("committee")).id, Level.COMMUNITY, 1)
    assert (across.team_id, across.level, across.returned) == (police.id, Level.COMMUNITY, 1)


async def test_returned_at_the_top_it_stays_with_nobody_assigned(desk: Desk) -> None:
    ticket = await desk.open()
    for _ in range(3):
        await desk.move(ticket, Move.ESCALATE, Role.ADMIN)
    await desk.move(ticket, Move.TAKE, Role.DISTRICT)
    await desk.move(ticket, Move.RETURN, Role.DISTRICT)
    assert (ticket.level, ticket.assignee_id, ticket.status) == (Level.DISTRICT, None, Status.RETURNED)
    with pytest.raises(MoveRefused) as refused:
        await desk.move(ticket, Move.ESCALATE, Role.ADMIN)
    assert refused.value.phrase == "refused.escalate_top"


async def test_staff_of_another_grid_do_not_see_it(desk: Desk) -> None:
    ticket = await desk.open("service_request/water_drainage", where=Where("8"))
    with pytest.raises(NotFound):
        await desk.move(ticket, Move.ACCEPT, Role.GRID_WORKER)


async def test_what_is_confidential_is_closed_to_stewards_and_supervisors(desk: Desk) -> None:
    ticket = await desk.open("safety_tip/theft")
    for role in (Role.STEWARD, Role.SUPERVISOR, Role.GRID_WORKER):
        with pytest.raises(NotFound):
            await desk.move(ticket, Move.ACCEPT, role)
    await desk.move(ticket, Move.ACCEPT, Role.POLICE)
    assert ticket.status == Status.ACCEPTED


async def test_supervisors_move_nothing(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await desk.move(await desk.open(), Move.ACCEPT, Role.SUPERVISOR)


async def test_unknown_people_and_tickets_are_not_found(desk: Desk) -> None:
    ticket = await desk.open()
    for actor in (Actor("staff", 999), Actor("staff"), Actor("resident", 999), Actor("resident")):
        with pytest.raises(NotFound):
            await desk.do(MoveTicket(ticket.id, Move.ACCEPT, actor))
    with pytest.raises(NotFound):
        await desk.do(MoveTicket(999, Move.ESCALATE, CLOCK))
    with pytest.raises(InvalidInput):
        await desk.do(MoveTicket(ticket.id, Move.SUSPEND, await desk.staff(Role.ADMIN)))


async def test_a_new_neighbour_community_sees_nothing_of_ours(desk: Desk) -> None:
    ticket = await desk.open()
    street = await desk.unit(Level.STREET)
    away = OrgUnit(level=Level.COMMUNITY, name="别处", parent_id=street.id, path="/")
    desk.session.add(away)
    await desk.session.flush()
    away.path, away.community_id = f"{street.path}{away.id}/", away.id
    made = await desk.do(CreateStaff("spy", "别处的人", Role.COMMITTEE, away.id, "hash"))
    with pytest.raises(NotFound):
        await desk.do(MoveTicket(ticket.id, Move.ACCEPT, Actor("staff", made.value)))
