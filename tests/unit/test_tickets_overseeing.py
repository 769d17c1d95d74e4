"""Those above: handing a ticket down again, watching over it, and what takes it up as data."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.errors import ActionError, InvalidInput, MoveRefused
from actions.people.model import Role
from actions.routing.rules import CLIMB, Rules
from actions.routing.rules_file import RulesWrong, read_rules
from actions.tickets.commands import LowerTicket, Move, OverseeTicket
from actions.tickets.model import Ticket
from actions.tickets.overseeing import may_lower, may_oversee
from tests.support.desk import NOON, ROOT, RULES, Desk, phrases_of

SOON = NOON + timedelta(hours=5)


async def _at(desk: Desk, level: str) -> Ticket:
    """A ticket that was sent up to that level."""
    ticket = await desk.open()
    while ticket.level != level:
        await desk.move(ticket, Move.ESCALATE, Role.ADMIN)
    return ticket


ABOVE = {
    Role.COMMITTEE: "community",
    Role.ADMIN: "community",  # of one community
    Role.STREET: "street",
    Role.DISTRICT: "district",
}


@pytest.mark.parametrize("role", sorted(Role))
async def test_only_those_of_its_level_or_above_hand_down_and_oversee(desk: Desk, role: str) -> None:
    actor, staff = await desk.staff(role), await desk.staff_row(role)
    for level in CLIMB:
        ticket = await _at(desk, level)
        above = role in ABOVE and CLIMB.index(level) <= [str(one) for one in CLIMB].index(ABOVE[Role(role)])
        assert may_oversee(ticket, staff) is above
        assert may_lower(ticket, staff) is (above and level != "grid")
        for allowed, command in (
            (above, OverseeTicket(ticket.id, actor, "今天要有结果", SOON)),
            (may_lower(ticket, staff), LowerTicket(ticket.id, actor, "社区能办")),
        ):
            if allowed:
                await desk.do(command)
                continue
            with pytest.raises(ActionError):
                await desk.do(command)


async def test_handed_down_it_goes_to_the_next_desk_below_with_time_to_do_it(desk: Desk) -> None:
    ticket = await _at(desk, "street")
    desk.now += timedelta(days=2)
    outcome = await desk.do(LowerTicket(ticket.id, await desk.staff(Role.STREET), "社区能办"))
    assert phrases_of(outcome) == ["ticket.lowered", "staff.lowered"]
    assert (ticket.level, ticket.team_id) == ("community", (await desk.team("committee")).id)
    assert ticket.due_at is not None
    assert ticket.due_at > desk.now
    last = (await desk.articles(ticket))[-1]
    assert (last.move, last.text, last.level, last.team_id) == ("lower", "社区能办", "community", ticket.team_id)


async def test_it_needs_words_and_the_version_that_was_seen(desk: Desk) -> None:
    ticket, actor = await _at(desk, "community"), await desk.staff(Role.COMMITTEE)
    for command in (LowerTicket(ticket.id, actor, " "), OverseeTicket(ticket.id, actor, "", SOON)):
        with pytest.raises(InvalidInput) as empty:
            await desk.do(command)
        assert empty.value.phrase == "needs_text.above"
    with pytest.raises(MoveRefused) as slower:
        await desk.do(LowerTicket(ticket.id, actor, "x", version=ticket.version + 7))
    assert slower.value.phrase == "error.faster"


async def test_who_holds_it_hears_of_the_oversight_at_once_before_its_end_and_at_it(desk: Desk) -> None:
    ticket, actor = await desk.open(), await desk.staff(Role.COMMITTEE)
    outcome = await desk.do(OverseeTicket(ticket.id, actor, "今天要有结果", SOON))
    assert [(r.phrase, r.team_id, r.immediate) for r in outcome.replies] == [("staff.overseen", ticket.team_id, True)]
    assert [r.phrase for r in await desk.ring(timedelta(hours=4))] == ["staff.oversee_soon"]
    assert [r.phrase for r in await desk.ring(timedelta(hours=1))] == ["staff.oversee_late"]
    assert (ticket.overseen_until, (await desk.articles(ticket))[1].internal) == (SOON, True)


async def test_another_oversight_takes_the_place_of_the_first_and_handling_ends_it(desk: Desk) -> None:
    ticket, actor = await desk.open(), await desk.staff(Role.COMMITTEE)
    for hours in (0, 2):
        await desk.do(OverseeTicket(ticket.id, actor, "快些", SOON + timedelta(hours=hours)))
    assert (await desk.timers(ticket))["oversee_late"] == SOON + timedelta(hours=2)
    await desk.moves(ticket, "accept", "take", "handle")
    assert not {"oversee_soon", "oversee_late"} & set(await desk.timers(ticket))


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=-1), timedelta(days=200)])
async def test_a_deadline_that_is_past_or_far_off_is_refused(desk: Desk, later: timedelta) -> None:
    ticket = await desk.open()
    with pytest.raises(InvalidInput) as refused:
        await desk.do(OverseeTicket(ticket.id, await desk.staff(Role.COMMITTEE), "快些", desk.now + later))
    assert refused.value.phrase == "error.oversee_until"


def _climbing(*why: str) -> Rules:
    return replace(RULES, terms=replace(RULES.terms, climb=frozenset(why)))


async def test_what_takes_a_ticket_up_is_written_in_the_rules(desk: Desk) -> None:
    desk.rules = _climbing("emergency")
    ticket = await desk.open()
    fire = await desk.open("", "着火了", emergency="fire")
    said = await desk.ring(timedelta(days=2))
    assert "staff.late_top" in [reply.phrase for reply in said]
    assert ticket.level == "grid"
    assert fire.level != "grid"


def test_a_reason_to_climb_that_is_unknown_is_refused_with_its_line() -> None:
    services = (ROOT / "data" / "services.yml").read_text("utf-8").replace("climb: [late,", "climb: [lately,")
    with pytest.raises(RulesWrong, match=r"services\.yml:\d+: climb"):
        read_rules(services, (ROOT / "data" / "routing.yml").read_text("utf-8"))
