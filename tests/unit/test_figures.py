"""The three rates against cases counted by hand. Tickets are made by the real commands with a moved clock."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.people.model import Role
from actions.tickets.commands import AnswerTicket, Move, MoveTicket, NoteTicket, RateTicket
from actions.tickets.model import Ticket
from bot.storage.figures import Figures, Period, Seat, add_up, middle, ninetieth, total
from bot.storage.figures_table import NUMBERS, SMALL, Row, build_rows, hide_small
from bot.storage.queries import Area
from bot.storage.queries_figures import load_stories
from tests.support.desk import NOON, RULES, Desk

# the tickets of these cases are for water: 24 hours to handle, 6 of them to answer
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 11, 15, 16, tzinfo=UTC)  # 2026-11-16 on the wall; NOON is the Wednesday


async def count(desk: Desk, start: datetime = MONDAY, days: int = 7) -> dict[Seat, Figures]:
    period = Period(start, start + days * DAY, desk.now)
    area = Area(0, None, await desk.community_id(), "/", False)
    return dict(add_up(await load_stories(desk.session, area, period), period, RULES))


async def all_of(desk: Desk, start: datetime = MONDAY, days: int = 7) -> Figures:
    return total((await count(desk, start, days)).values())


async def later(desk: Desk, hours: float) -> None:
    """Let time pass; whatever falls due meanwhile is done on the hour."""
    end = desk.now + hours * HOUR
    while desk.now + HOUR <= end:
        await desk.ring(HOUR)
    await desk.ring(end - desk.now)


async def rate(desk: Desk, ticket: Ticket, score: int) -> None:
    await desk.do(RateTicket(ticket.id, await desk.resident("amei"), score))


def parts(share: object) -> tuple[int, int, int, int]:
    return tuple(getattr(share, name) for name in ("base", "good", "silent", "pending"))  # type: ignore[return-value]


# ---- response -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "acts", "expected"),
    [
        (5, True, (1, 1, 0, 0)),
        (6, True, (1, 1, 0, 0)),  # to the minute
        (6.5, True, (1, 0, 0, 0)),  # too late, but not silent
        (5, False, (0, 0, 0, 1)),
        (6, False, (1, 0, 1, 0)),
        (7, False, (1, 0, 1, 0)),
    ],
)
async def test_an_answer_in_time_too_late_never_and_not_due_yet(
    desk: Desk, hours: float, acts: bool, expected: tuple[int, ...]
) -> None:
    ticket = await desk.open()
    await later(desk, hours)
    if acts:
        await desk.move(ticket, Move.ACCEPT, Role.COMMITTEE)
    assert parts((await all_of(desk)).response) == expected


async def test_a_note_among_staff_is_no_answer_and_words_to_the_resident_are(desk: Desk) -> None:
    noted, answered = await desk.open(), await desk.open()
    staff = await desk.staff(Role.COMMITTEE)
    await desk.do(NoteTicket(noted.id, staff, "先放着"))
    await desk.do(AnswerTicket(answered.id, staff, "马上来"))
    await later(desk, 7)
    assert parts((await all_of(desk)).response) == (2, 1, 1, 0)


async def test_what_was_withdrawn_in_time_needed_no_answer(desk: Desk) -> None:
    ticket = await desk.open()
    await desk.do(MoveTicket(ticket.id, Move.WITHDRAW, await desk.resident("amei")))
    late = await desk.open()
    await later(desk, 7)
    await desk.do(MoveTicket(late.id, Move.WITHDRAW, await desk.resident("amei")))
    found = await all_of(desk)
    assert parts(found.response) == (1, 0, 1, 0)  # the second gave up after nobody had answered
    assert (found.opened, found.gone, parts(found.solution)) == (2, 2, (0, 0, 0, 0))


# ---- solution -------------------------------------------------------------------------------------------------


async def test_handled_and_not_reopened_is_solved(desk: Desk) -> None:
    await desk.closed()
    again = await desk.closed()
    await desk.move(again, Move.REOPEN)
    await desk.moves(again, "take", "handle")  # in the end it was done, but not at the first go
    await desk.open()
    assert parts((await all_of(desk)).solution) == (2, 1, 0, 1)


async def test_a_ticket_opened_at_the_end_of_a_week_is_judged_when_its_time_runs_out(desk: Desk) -> None:
    desk.now = MONDAY + 7 * DAY - HOUR
    done, undone = await desk.open(), await desk.open()
    await later(desk, 2)
    assert parts((await all_of(desk)).solution) == (0, 0, 0, 2)
    await desk.moves(done, "accept", "take", "handle")
    await later(desk, 24)
    assert parts((await all_of(desk)).solution) == (2, 1, 1, 0)
    await desk.moves(undone, "accept", "take", "handle")
    await desk.move(done, Move.REOPEN)
    assert parts((await all_of(desk)).solution) == (2, 1, 1, 0)  # what was judged stays judged


async def test_who_waits_for_the_resident_is_not_blamed(desk: Desk) -> None:
    ticket = await desk.open()
    await desk.move(ticket, Move.SUSPEND, Role.COMMITTEE)
    await later(desk, 30)
    assert parts((await all_of(desk)).solution) == (0, 0, 0, 1)


# ---- satisfaction ---------------------------------------------------------------------------------------------


async def test_those_who_were_asked_and_said_nothing_are_counted(desk: Desk) -> None:
    for score in (5, 4, 3):
        await rate(desk, await desk.closed(), score)
    silent = await desk.closed()
    assert parts((await all_of(desk)).satisfaction) == (3, 2, 0, 1)
    await later(desk, 49)
    assert silent.status == "rated"
    found = (await all_of(desk)).satisfaction
    assert parts(found) == (4, 2, 1, 0)
    assert (found.rate, found.rate_of_answered) == (2 / 4, 2 / 3)
    await rate(desk, silent, 5)  # late is better than never
    assert parts((await all_of(desk)).satisfaction) == (4, 3, 0, 0)


async def test_a_bad_rating_does_not_vanish_when_its_ticket_is_closed_again(desk: Desk) -> None:
    ticket = await desk.closed()
    await rate(desk, ticket, 1)
    await desk.moves(ticket, "take", "handle", "check", "close")
    await rate(desk, ticket, 5)
    found = await all_of(desk)
    assert parts(found.satisfaction) == (2, 1, 0, 0)
    assert found.reopened == 1


async def test_a_question_that_was_overtaken_by_reopening_asks_nobody(desk: Desk) -> None:
    ticket = await desk.closed()
    await desk.move(ticket, Move.REOPEN)
    assert parts((await all_of(desk)).satisfaction) == (0, 0, 0, 0)


# ---- whose it is ----------------------------------------------------------------------------------------------


async def test_who_let_it_run_out_is_counted_and_not_who_got_it_then(desk: Desk) -> None:
    ticket = await desk.open()
    first = Seat(ticket.level, ticket.team_id)
    await later(desk, 25)  # the clock takes it one level up
    second = Seat(ticket.level, ticket.team_id)
    assert second != first
    found = await count(desk)
    assert (found[first].opened, found[first].escalated) == (1, 1)
    assert parts(found[first].response) == parts(found[first].solution) == (1, 0, 1, 0)
    assert second not in found
    await desk.moves(ticket, "accept", "handle")
    found = await count(desk)
    assert parts(found[first].solution) == (0, 0, 0, 0)
    assert parts(found[second].solution) == (1, 1, 0, 0)
    assert parts(found[first].response) == (1, 0, 0, 0)  # an answer after all, too late


async def test_a_return_stands_with_the_body_that_gave_it_back(desk: Desk) -> None:
    ticket = await desk.open()
    first = Seat(ticket.level, ticket.team_id)
    police = await desk.team("police")
    await desk.move(ticket, Move.RETURN, Role.COMMITTEE, team_id=police.id)
    second = Seat(ticket.level, police.id)
    found = await count(desk)
    assert found[first].returned == 1
    assert [s for s, figures in found.items() if figures.returned] == [first]
    await later(desk, 24)
    found = await count(desk)
    assert parts(found[second].solution) == (1, 0, 1, 0)
    assert (found[second].escalated, found[first].escalated) == (1, 0)


async def test_moves_and_steps_stand_in_the_time_in_which_they_happened(desk: Desk) -> None:
    ticket = await desk.open()
    desk.now = MONDAY + 8 * DAY
    await desk.move(ticket, Move.RETURN, Role.COMMITTEE)
    await desk.moves(ticket, "accept", "take", "handle", "check", "close")
    this, following = await all_of(desk), await all_of(desk, MONDAY + 7 * DAY)
    assert (this.opened, this.returned, this.spans["whole"]) == (1, 0, [])
    assert (following.opened, following.returned, len(following.spans["whole"])) == (0, 1, 1)
    assert parts(this.satisfaction) == (0, 0, 0, 0)
    assert parts(following.satisfaction) == (0, 0, 0, 1)
    assert (await count(desk, MONDAY + 14 * DAY)) == {}


# ---- times ----------------------------------------------------------------------------------------------------


async def test_the_time_of_each_step_is_measured_from_the_one_before(desk: Desk) -> None:
    for minutes in (10, 20, 30, 50):
        desk.now = NOON
        ticket = await desk.open()
        for name in ("accept", "take", "handle", "check", "close"):
            desk.now += timedelta(minutes=minutes)
            await desk.moves(ticket, name)
    desk.now = NOON + DAY
    found = (await all_of(desk)).spans
    half = {step: middle(spans) for step, spans in found.items()}
    assert half == {
        "accepted": timedelta(minutes=25),
        "dispatched": timedelta(minutes=25),
        "handled": timedelta(minutes=25),
        "closed": timedelta(minutes=50),
        "whole": timedelta(minutes=125),
    }
    assert ninetieth(found["whole"]) == timedelta(minutes=250)


async def test_a_step_that_was_skipped_is_not_measured(desk: Desk) -> None:
    ticket = await desk.open()
    desk.now += HOUR
    await desk.moves(ticket, "take")
    found = (await all_of(desk)).spans
    assert {step: len(spans) for step, spans in found.items() if spans} == {}


def test_nine_in_ten_by_nearest_rank() -> None:
    minutes = [timedelta(minutes=n) for n in range(1, 11)]
    random.Random(7).shuffle(minutes)
    assert ninetieth(minutes) == timedelta(minutes=9)
    assert middle(minutes) == timedelta(minutes=5, seconds=30)
    assert ninetieth(minutes[:1]) == minutes[0]
    assert middle([]) is None
    assert ninetieth([]) is None


# ---- what is hidden -------------------------------------------------------------------------------------------

opened = st.lists(st.tuples(st.sampled_from(["grid", "community", "street"]), st.integers(0, 12)), max_size=9)


@settings(max_examples=200, deadline=None)
@given(opened)
def test_no_hidden_number_can_be_had_by_subtracting(numbers: list[tuple[str, int]]) -> None:
    found = {Seat(level, i): Figures(opened=number) for i, (level, number) in enumerate(numbers)}
    rows = build_rows(found, {i: f"{i}队" for i in range(9)})
    hide_small(rows)
    levels = [row for row in rows if row.kind == "level"]
    groups = [(rows[0], levels)]
    groups += [(up, [r for r in rows if r.kind == "body" and r.level == up.level]) for up in levels]
    for above, below in groups:
        hidden = [row.number("opened") for row in below if "opened" in row.hidden]
        assert not any(0 < (row.shown("opened") or 0) < SMALL for row in (above, *below))
        if "opened" not in above.hidden and hidden:
            assert len(hidden) > 1
            assert sum(hidden) >= SMALL
        elif "opened" in above.hidden:
            assert len(hidden) == len(below)


def test_a_rate_of_few_is_hidden_and_one_of_many_is_not() -> None:
    few, many = Figures(), Figures()
    for _ in range(4):
        few.satisfaction.count(good=True)
    for _ in range(20):
        many.satisfaction.count(good=True)
    rows = [Row("all", figures=few)]
    hide_small(rows)
    assert rows[0].rate("satisfaction") is None
    rows = [Row("all", figures=many)]
    hide_small(rows)
    assert rows[0].rate("satisfaction") == 1
    for _ in range(40):  # four of them spoke, and what they said is theirs
        few.satisfaction.count(silent=True)
    rows = [Row("all", figures=few)]
    hide_small(rows)
    assert rows[0].rate("satisfaction") is None
    assert rows[0].rate("satisfaction", answered=True) is None
    assert rows[0].shown("satisfaction.silent") == 40


def test_every_number_can_be_read_by_its_name() -> None:
    assert {Row("all").number(name) for name in NUMBERS} == {0}
