"""The responsibility list in the tables: changes, history, hours and deputies, what is doubtful."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.errors import InvalidInput, MoveRefused, NotAllowed
from actions.people.directory import get_directory
from actions.people.model import Role
from actions.routing.calendar import WorkCalendar
from actions.routing.checks import find_doubts
from actions.routing.commands import ChangeDutyList, RestoreDutyList
from actions.routing.comparing import compare_lists
from actions.routing.desks import find_desk, find_unit
from actions.routing.duties import get_list, list_lines
from actions.routing.handlers import seed_lists
from actions.routing.hours import Hours, read_hours
from actions.routing.list_file import write_list
from actions.routing.rules import CLIMB, DutyList, Route
from actions.routing.rules_file import read_list
from bot.console.duties.sheets import read_list_file, write_sheets
from tests.support.desk import NOON, RULES, Desk

NIGHT = datetime(2026, 11, 18, 15, tzinfo=UTC)  # 23:00 in the community, a Wednesday
OFFICE_HOURS = read_hours("工作日 09:00-18:00")
PEST = "service_request/pest"


async def _list(desk: Desk) -> tuple[DutyList, int]:
    return await get_list(desk.session, RULES, await desk.community_id())


async def _change(desk: Desk, *routes: Route, role: str = Role.ADMIN, seen: int | None = None) -> int:
    """Lines added to the list as it stands."""
    duties, number = await _list(desk)
    staff = await desk.staff_row(role)
    duties = replace(duties, routes=(*duties.routes, *routes))
    number = number if seen is None else seen
    command = ChangeDutyList(await desk.community_id(), staff.id, duties, "add", number)
    return (await desk.do(command)).value  # type: ignore[no-any-return]


async def _who(desk: Desk, service: str, building: str = "3", at: datetime = NOON) -> str:
    unit = await find_unit(desk.session, await desk.community_id(), building, "")
    assert unit is not None
    found = await find_desk(desk.session, RULES, service, unit, at)
    return found.team.body if found else ""


async def test_without_a_list_of_its_own_a_community_follows_the_one_that_ships(desk: Desk) -> None:
    assert (await _list(desk)) == (RULES.shipped, 0)
    assert await _who(desk, PEST) == "property"


async def test_seeding_twice_writes_the_list_once_and_changes_nothing(desk: Desk) -> None:
    await seed_lists(desk.session, RULES, NOON)
    await seed_lists(desk.session, RULES, NOON)
    assert await _list(desk) == (RULES.shipped, 1)


def _old() -> DutyList:
    """The list of a version that knew nothing of care, with a name an admin has changed."""
    shipped = RULES.shipped
    routes = tuple(route for route in shipped.routes if "care/*" not in route.services)
    assert len(routes) < len(shipped.routes)
    return DutyList({**shipped.bodies, "committee": "我们的居委会"}, routes)


async def test_an_older_list_gets_the_lines_of_care_once_and_keeps_what_admins_changed(desk: Desk) -> None:
    await seed_lists(desk.session, replace(RULES, routes=_old().routes, bodies=_old().bodies), NOON)
    before, number = await _list(desk)
    for _ in range(2):
        await seed_lists(desk.session, RULES, NOON)
    now, later = await _list(desk)
    assert later == number + 1
    assert now.bodies == before.bodies
    assert now.routes[: len(before.routes)] == before.routes
    assert [route.services for route in now.routes[len(before.routes) :]] == [("care/*",)]
    assert (await desk.open("care/visit", "上门看望")).team_id is not None


async def test_lines_of_care_that_an_admin_took_out_stay_out(desk: Desk) -> None:
    await seed_lists(desk.session, RULES, NOON)
    admin = await desk.staff_row(Role.ADMIN)
    await desk.do(ChangeDutyList(await desk.community_id(), admin.id, _old(), "remove", 1))
    await seed_lists(desk.session, RULES, NOON)
    assert (await _list(desk))[1] == 2


async def test_a_line_that_is_added_routes_the_next_ticket(desk: Desk) -> None:
    assert await _change(desk, Route((PEST,), {"grid": "mediation"}, "3栋")) == 2
    assert await _who(desk, PEST) == "mediation"
    assert await _who(desk, PEST, "8") == "property"
    assert (await desk.open(PEST, "有老鼠")).team_id == (await desk.team("mediation")).id


async def test_outside_its_hours_a_body_is_stood_in_for_by_its_deputy(desk: Desk) -> None:
    await _change(desk, Route((PEST,), {"grid": "workstation"}, hours=OFFICE_HOURS, deputy="police"))
    assert await _who(desk, PEST) == "workstation"
    assert await _who(desk, PEST, at=NIGHT) == "police"
    assert await _who(desk, PEST, at=NOON + timedelta(days=3)) == "police"  # a Saturday


async def test_a_deputy_stands_in_where_there_is_no_team(desk: Desk) -> None:
    await _change(desk, Route((PEST,), {"grid": "owners", "community": "committee"}, deputy="police"))
    assert await _who(desk, PEST) == "police"


async def test_a_line_holds_from_its_first_day_to_its_last(desk: Desk) -> None:
    await _change(desk, Route((PEST,), {"grid": "police"}, valid_from=date(2026, 11, 19), valid_to=date(2026, 11, 20)))
    days = [await _who(desk, PEST, at=NOON + timedelta(days=day)) for day in range(4)]
    assert days == ["property", "police", "police", "property"]


async def test_a_list_that_names_nobody_falls_back_on_the_one_that_ships(desk: Desk) -> None:
    staff = await desk.staff_row(Role.ADMIN)
    only = DutyList(RULES.bodies, (Route(("dispute/*",), {"grid": "police"}),))
    await desk.do(ChangeDutyList(await desk.community_id(), staff.id, only, "import", 0))
    assert await _who(desk, "dispute/noise") == "police"
    assert await _who(desk, PEST) == "property"


async def test_who_looked_at_an_older_list_is_refused_and_nothing_changes(desk: Desk) -> None:
    await _change(desk, Route((PEST,), {"grid": "police"}))
    with pytest.raises(MoveRefused) as refusal:
        await _change(desk, Route((PEST,), {"grid": "mediation"}), seen=1)
    assert refusal.value.phrase == "duty.faster"
    with pytest.raises(MoveRefused):
        await _change(desk, Route((PEST,), {"grid": "mediation"}), seen=0)
    assert await _who(desk, PEST) == "police"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
async def test_only_administrators_change_the_list(desk: Desk, role: str) -> None:
    with pytest.raises(NotAllowed):
        await _change(desk, Route((PEST,), {"grid": "police"}), role=role)


async def test_a_line_that_cannot_be_is_refused(desk: Desk) -> None:
    police = {"grid": "police"}
    for line in (Route((), police), Route((PEST,), {}), Route(("x",), police), Route((PEST,), {"grid": "x"})):
        with pytest.raises(InvalidInput):
            await _change(desk, line)


async def test_what_was_can_be_read_and_restored_and_lines_that_stay_keep_their_rows(desk: Desk) -> None:
    await _change(desk, Route((PEST,), {"grid": "police"}))
    before = [row.id for row in await list_lines(desk.session, await desk.community_id())]
    staff = await desk.staff_row(Role.ADMIN)
    assert (await desk.do(RestoreDutyList(await desk.community_id(), staff.id, 1, 2))).value == 3
    assert await _list(desk) == (RULES.shipped, 3)
    assert [row.id for row in await list_lines(desk.session, await desk.community_id())] == before[:-1]
    second, _ = await get_list(desk.session, RULES, await desk.community_id(), 2)
    assert len(second.routes) == len(RULES.routes) + 1


async def test_what_is_doubtful_is_found(desk: Desk) -> None:
    directory = await get_directory(desk.session, await desk.community_id())

    def doubts(*routes: Route) -> dict[str, tuple[int, ...]]:
        lines = tuple(replace(route, key=key) for key, route in enumerate(routes, 1))
        return {d.kind: d.keys for d in find_doubts(DutyList(RULES.bodies, lines), RULES, directory, NOON)}

    everything = Route(("*",), {"community": "committee"})
    assert doubts(everything) == {}
    assert doubts(Route(("dispute/*",), {"grid": "police"})) == {"gap": ()}
    assert doubts(everything, everything) == {"overlap": (1, 2)}
    assert doubts(everything, replace(everything, place="9栋")) == {"unknown_place": (2,), "no_team": (2,)}
    lift = Route(("service_request/elevator",), {"grid": "property"}, hours=OFFICE_HOURS)
    assert doubts(everything, lift) == {"night": (2,)}
    assert doubts(everything, replace(lift, deputy="police")) == {}
    assert doubts(everything, replace(lift, services=("service_request/greenery",))) == {}  # its clock rests at night
    assert doubts(everything, Route(("other",), {"grid": "owners"})) == {"no_team": (2,)}
    assert doubts(everything, replace(lift, hours=None, valid_to=date(2026, 1, 1))) == {"over": (2,)}
    year = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}
    assert doubts(everything, replace(everything, **year)) == {"overlap": (1, 2)}


async def test_what_changes_hands_is_told_per_service_and_place() -> None:
    new = replace(RULES.shipped, routes=(*RULES.routes, Route((PEST,), {"grid": "police"}, "3栋")))
    assert compare_lists(RULES.shipped, RULES.shipped, RULES, NOON.date()) == []
    (change,) = compare_lists(RULES.shipped, new, RULES, NOON.date())
    assert (change.service, change.place, change.after) == (PEST, "3栋", new.routes[-1])


@pytest.mark.parametrize(
    ("text", "at", "there"),
    [
        ("工作日 09:00-18:00", NOON, True),
        ("09:00-18:00", NIGHT, False),
        ("每天18:00-08:00", NIGHT, True),
        ("每天 18:00至08:00", NIGHT + timedelta(hours=8), True),  # 7:00
        ("工作日 18:00-08:00", datetime(2026, 11, 20, 17, tzinfo=UTC), True),  # Saturday 1:00, of Friday's shift
        ("工作日 18:00-08:00", datetime(2026, 11, 21, 17, tzinfo=UTC), False),  # Sunday 1:00
        ("每天 9:00-12:00", NOON, False),  # the end is not of it
    ],
)
def test_hours_are_read_as_people_write_them(text: str, at: datetime, there: bool) -> None:
    hours = read_hours(text)
    assert hours is not None
    assert hours.cover(at, WorkCalendar()) is there
    assert read_hours(str(hours)) == hours


@pytest.mark.parametrize("text", ["", "全天", "24小时", "每天 08:00-08:00"])
def test_around_the_clock_needs_no_hours(text: str) -> None:
    assert read_hours(text) is None


@pytest.mark.parametrize("text", ["白天", "9点到18点", "周一 09:00-18:00", "25:00-26:00", "09:00", "09:00-18:00 x"])
def test_hours_that_nobody_understands_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_hours(text)


_codes = st.sampled_from(sorted([*RULES.services, "dispute/*", "*"]))
_bodies = st.sampled_from(sorted(RULES.bodies))
_days = st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31))
_clock = st.times().map(lambda t: t.replace(second=0, microsecond=0))
_hours = st.none() | st.tuples(_clock, _clock, st.booleans()).filter(lambda h: h[0] != h[1]).map(lambda h: Hours(*h))


def _a_route(services: list[str], bodies: dict[str, str], **more: Any) -> Route:
    return Route(tuple(services), {level: bodies[level] for level in CLIMB if level in bodies}, **more)


_route = st.builds(
    _a_route,
    st.lists(_codes, min_size=1, max_size=4, unique=True),
    st.dictionaries(st.sampled_from(CLIMB), _bodies, min_size=1),
    place=st.sampled_from(["", "3栋", "一网格", "北门", "=1+1", "'x", "-"]),
    hours=_hours,
    deputy=st.just("") | _bodies,
    valid_from=_days,
)


@settings(max_examples=30)
@given(st.lists(_route, min_size=1, max_size=6))
def test_a_list_comes_back_from_a_file_as_it_went(routes: list[Route]) -> None:
    fallback = Route(("*",), {"grid": "police"})
    lines = tuple(replace(route, key=key) for key, route in enumerate((fallback, *routes), 1))
    duties = DutyList(dict(RULES.bodies), lines)
    assert read_list(write_list(duties), RULES.services) == duties
    for name, content in (("a.yml", write_list(duties).encode()), ("a.xlsx", write_sheets(duties, RULES.services))):
        again = read_list_file(name, content, RULES.services, duties)
        assert again == duties
        fresh = read_list_file(name, content, RULES.services, DutyList(duties.bodies, ()))
        assert [replace(route, key=0) for route in fresh.routes] == [replace(route, key=0) for route in lines]


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"\xff\xfe", "duty.file.not_readable"),
        (b"routes: 3", "duty.file.not_readable"),
        (b"bodies: {a: A}\nroutes: []", "duty.empty"),
        (b"bodies: {a: A}\nroutes: [{services: [x], grid: a}]", "duty.file.service"),
        (b"bodies: {a: A}\nroutes: [{services: [other], grid: b}]", "duty.file.body"),
        (b"bodies: {a: A}\nroutes: [{services: [other]}]", "duty.file.no_body"),
        (b"bodies: {a: A}\nroutes: [{services: [other], grid: a, hours: now}]", "duty.file.hours"),
        (b"bodies: {a: A}\nroutes: [{services: [other], grid: a, until: now}]", "duty.file.date"),
        (b"x" * 3_000_000, "duty.file.too_large"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_its_reason(content: bytes, phrase: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_list_file("a.yml", content, RULES.services, RULES.shipped)
    assert refusal.value.phrase == phrase
    with pytest.raises(InvalidInput):
        read_list_file("a.xlsx", content, RULES.services, RULES.shipped)
