"""The services and the responsibility list: what ships is complete, what is wrong is said with its line."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import String, cast, update

from actions.people.commands import CreateTeam
from actions.people.model import Level, Team
from actions.routing.desks import find_desk, find_unit
from actions.routing.rules_file import RulesWrong, read_rules
from tests.support.desk import PHRASES, ROOT, RULES, Desk

SERVICES = (ROOT / "data" / "services.yml").read_text("utf-8")
ROUTING = (ROOT / "data" / "routing.yml").read_text("utf-8")
CATEGORIES = {
    "service_request": "elevator water_drainage electricity_lighting gas_heating access_security_device "
    "sanitation greenery parking_facility public_facility network_parcel pest other",
    "safety_tip": "fire_safety falling_objects facility_hazard suspicious_person theft fraud public_order "
    "traffic_safety animal other",
    "dispute": "noise leakage parking pets property_fee renovation common_space family landlord_tenant "
    "business_nuisance other",
    "emergency": "fire gas trapped collapsed fight jumping missing drowning electric crush burst flood other",
    "activity": "signup cancel inquiry",
    "care": "help visit",
}


def test_every_kind_of_matter_has_a_service_of_its_own() -> None:
    expected = {f"{family}/{name}" for family, names in CATEGORIES.items() for name in names.split()}
    expected |= {"consult", "suggestion", "points", "handoff", "feedback", "other"}
    assert set(RULES.services) == expected


def test_every_service_climbs_to_the_district() -> None:
    for code in RULES.services:
        assert RULES.route(code).bodies["district"] == "district"


def test_every_family_and_every_danger_has_its_words() -> None:
    for service in RULES.services.values():
        assert f"ticket.opened.{service.family}" in PHRASES or service.emergency
        assert not service.emergency or f"emergency.{service.emergency}" in PHRASES


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("service_request/teleport", "service_request/other"),
        ("dispute", "dispute/other"),
        ("consult/papers", "consult"),
        ("nonsense", "other"),
        ("", "other"),
    ],
)
def test_what_is_not_listed_goes_to_the_nearest_other(code: str, found: str) -> None:
    assert RULES.service(code).code == found


def test_a_danger_decides_the_service() -> None:
    assert RULES.service("service_request/elevator", "trapped").code == "emergency/trapped"
    assert RULES.service("chitchat", "volcano").code == "emergency/other"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "services",
            "deadline: 4小时, needs_place: yes}",
            "deadline: 快, needs_place: yes}",
            r"services.yml:\d+: deadline",
        ),
        (
            "services",
            "name: 电梯故障, ",
            "",
            r"services.yml:\d+: service_request/elevator: needs at least name",
        ),
        ("services", "name: 电梯故障, ", "name: 电梯故障, colour: red, ", r"unknown: colour"),
        (
            "services",
            "deadline: 4小时, needs_place: yes}",
            "deadline: 4小时, needs_place: 要}",
            r"write yes or no",
        ),
        ("services", "after_suspended: close}", "after_suspended: 扔掉}", r"write resume or close"),
        ("services", "  other: {name: 其他事项", "  others: {name: 其他事项", r"other is missing"),
        (
            "services",
            "  consult: {name: 办事咨询",
            "  points: {name: 办事咨询",
            r"services.yml:\d+: points stands twice",
        ),
        ("services", 'work_to: "18:00"', 'work_to: "08:00"', r"work_to: must be later"),
        ("services", 'work_to: "18:00"', 'work_to: "六点"', r"services.yml: calendar"),
        ("services", "zone: Asia/Shanghai", "zone: Mars/Olympus", r"services.yml: calendar"),
        ("services", "holidays: []", "holidays: [除夕]", r"services.yml: calendar"),
        (
            "services",
            "escalated_percent: 50",
            "escalated_percent: 一半",
            r"services.yml:\d+: escalated_percent",
        ),
        ("services", "response_percent: 25", "response_percent: 0", r"services.yml:\d+: response_percent"),
        ("services", "  place_unknown: 地点待确认\n", "", r"place_unknown: is missing"),
        ("services", "services:\n", "service:\n", r"services: is missing"),
        ("services", "services:\n", "services: [\n", r"services.yml:\d+: "),
        ("routing", "grid: property", "grid: martians", r"routing.yml:\d+: grid: martians"),
        ("routing", '["dispute/*"]', '["disputes/*"]', r"disputes/\* does not stand"),
        ("routing", '["dispute/*"]', "dispute", r"is missing or not a list"),
        ("routing", "grid: property", "corner: property", r"routing.yml:\d+: corner"),
        ("routing", '["dispute/*"]', "[other]", r"has no route"),
        ("routing", "routes:", "ways:", r"routes: is missing"),
    ],
)
def test_a_mistake_is_named_with_its_entry(file: str, old: str, new: str, says: str) -> None:
    texts = {"services": SERVICES, "routing": ROUTING}
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    with pytest.raises(RulesWrong, match=says):
        read_rules(texts["services"], texts["routing"])


def test_an_empty_file_and_an_empty_route_are_refused() -> None:
    with pytest.raises(RulesWrong, match=r"services.yml:1"):
        read_rules("", ROUTING)
    with pytest.raises(RulesWrong, match="no level names a body"):
        read_rules(SERVICES, ROUTING + "\n  - services: [other]\n")


def test_a_line_for_a_place_comes_before_the_general_one() -> None:
    rules = read_rules(
        SERVICES, ROUTING + "\n  - {services: ['*'], place: 8栋, grid: grid, district: district}\n"
    )
    assert rules.route("service_request/pest", [frozenset({"8栋"})]).bodies["grid"] == "grid"
    assert rules.route("service_request/pest", [frozenset({"3栋"})]).bodies["grid"] == "property"


async def _desk(desk: Desk, service: str, building: str, **more: object) -> tuple[str, str] | None:
    unit = await find_unit(desk.session, await desk.community_id(), building, "")
    found = await find_desk(desk.session, RULES, service, unit or await desk.unit(Level.COMMUNITY), desk.now, **more)  # type: ignore[arg-type]
    return (found.team.body, found.level) if found else None


async def test_a_grid_with_a_team_keeps_its_matters_and_one_without_passes_them_on(desk: Desk) -> None:
    assert await _desk(desk, "safety_tip/fire_safety", "3") == ("grid", "grid")
    assert await _desk(desk, "safety_tip/fire_safety", "8") == ("committee", "community")
    assert await _desk(desk, "service_request/pest", "8") == ("property", "grid")


async def test_the_team_nearest_to_the_place_is_taken(desk: Desk) -> None:
    grid = await desk.unit(Level.GRID, "二网格")
    near = (await desk.do(CreateTeam(grid.id, "property", "二期物业"))).value
    unit = await find_unit(desk.session, await desk.community_id(), "8", "")
    assert unit is not None
    found = await find_desk(desk.session, RULES, "service_request/pest", unit, desk.now)
    assert found is not None
    assert found.team.id == near


async def test_the_next_levels_answer_one_after_the_other(desk: Desk) -> None:
    level, met = "grid", []
    while (found := await _desk(desk, "dispute/noise", "3", above=level)) is not None:
        met.append(found)
        level = found[1]
    assert met == [("committee", "community"), ("street", "street"), ("district", "district")]


async def test_without_any_team_nobody_is_found(desk: Desk) -> None:
    await desk.session.execute(update(Team).values(body="gone" + cast(Team.id, String)))
    assert await _desk(desk, "dispute/noise", "3") is None


@pytest.mark.parametrize(
    ("building", "spot", "name"),
    [
        ("3", "", "3栋"),
        ("3号楼", "", "3栋"),
        ("", "二网格", "二网格"),
        ("99", "", ""),
        ("", "", ""),
        ("", "月亮", ""),
    ],
)
async def test_a_place_is_found_by_number_alias_or_name(
    desk: Desk, building: str, spot: str, name: str
) -> None:
    unit = await find_unit(desk.session, await desk.community_id(), building, spot)
    assert (unit.name if unit else "") == name


def test_the_lists_hold_no_tabs_and_name_every_body() -> None:
    assert not re.search(r"\t", SERVICES + ROUTING)
    assert {body for route in RULES.routes for body in route.bodies.values()} <= set(RULES.bodies)
