"""Who may do what in the console: every address, asked as everybody; see the table in tests/support/access_rows.py."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from actions.tickets.model import Likeness
from tests.support.access_asks import (
    ELEVATOR,
    GONE,
    GUIDE,
    SHIFT,
    TICKETS,
    Make,
    alarm,
    far,
    near,
    new_guide,
    new_shift,
    on_shift,
    secret,
    undelivered,
)
from tests.support.access_asks_ballots import BALLOTS
from tests.support.access_asks_cases import CASES_OF_PEOPLE
from tests.support.access_asks_channels import CHANNELS
from tests.support.access_asks_community import COMMUNITY
from tests.support.access_asks_handoffs import HANDOFFS, waits
from tests.support.access_asks_homes import HOMES
from tests.support.access_asks_ledger import LEDGER
from tests.support.access_asks_notices import NOTICES
from tests.support.access_asks_pool import POOL
from tests.support.access_asks_proposals import PROPOSALS
from tests.support.access_asks_shifts import SHIFTS
from tests.support.access_asks_surveys import SURVEYS
from tests.support.access_asks_teaching import TEACHING, doubt, new_name
from tests.support.access_asks_watch import WATCH
from tests.support.access_table import CASES, SECRETS, Case, Thing
from tests.support.access_town import CONSOLE, NOBODY, Answer, Ask, Person, Town, open_town
from tests.support.world import START

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASKS = {**TICKETS, **CASES_OF_PEOPLE, **COMMUNITY, **HANDOFFS, **HOMES, **LEDGER, **NOTICES, **TEACHING, **CHANNELS}
ASKS |= {**SHIFTS, **PROPOSALS, **BALLOTS, **SURVEYS, **POOL, **WATCH}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with open_town(tmp_path_factory.mktemp("town")) as opened:
        await near(opened, "松树这边的电梯停了，蚂蚱一样多的人在等")
        await far(opened, "柏树那边的电梯停了，蝴蝶一样多的人在等")
        opened.secret = (await secret(opened, "柳树下有骗子打电话，像蜻蜓一样缠人")).id
        for make in (new_shift, new_guide, new_name):
            ask = await make(opened)
            assert (await opened.ask(opened.person("admin"), "POST", ask)).wrote, ask
        await doubt(opened)
        await undelivered(opened)
        await CASES_OF_PEOPLE["GET /tips/{id}"](opened)
        await waits(opened)
        await alarm(opened)
        yield opened


def maker_of(case: Case) -> Make:
    """How it is asked; an address without numbers needs nothing made for it."""
    if case.name in ASKS:
        return ASKS[case.name]
    path = case.address.partition(" ")[2]
    assert "{" not in path, f"no ask for {case.name!r}: put one into tests/support/access_asks.py"

    async def make(town: Town) -> Ask:
        return Ask(path)

    return make


def routes_of(town: Town) -> set[str]:
    """What the console serves, as "GET /tickets/{id}"."""
    app = town.office.server.app
    assert app is not None
    found = set()
    for resource in app.router.resources():
        for route in resource:
            path = route.resource.canonical if route.resource is not None else ""
            if path.startswith(f"{CONSOLE}/") and route.method != "HEAD":
                found.add(f"{route.method} {path.removeprefix(CONSOLE)}")
    return found


async def test_every_address_stands_in_the_table_and_nothing_else(town: Town) -> None:
    routes, table = routes_of(town), {case.address for case in CASES}
    where = "tests/support/access_rows.py"
    missing = [f"route {route!r} has no row in the table: say in {where} who may" for route in sorted(routes - table)]
    left = [f"row {row!r} is of no route any more: take it out of {where}" for row in sorted(table - routes)]
    assert not missing + left, "\n".join(missing + left)
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert ASKS.keys() <= set(names), f"asks without a row: {sorted(ASKS.keys() - set(names))}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_each_does_what_is_theirs_and_to_others_it_is_not_there(town: Town, case: Case) -> None:
    make = maker_of(case)
    ask = await make(town)
    if case.method == "POST":
        await check_tokens(town, case, ask)
    wrong = []
    for person in town.people:
        answer = await town.ask(person, case.method, ask)
        found = await outcome_of(town, case, ask, person, answer)
        if found != expected(case, person):
            wrong.append(f"{person.name}: {found}, not {expected(case, person)}")
        check_words(person, case, ask, answer)
        if case.method == "GET":
            check_links(town, case, answer)
        if answer.wrote:
            ask = await make(town)
    if case.name == "POST /sign-out":
        await town.sign_in_again()
    assert not wrong, f"{case.name}: {wrong}"


def expected(case: Case, person: Person) -> str:
    if person.name != NOBODY:
        return case.expected(person.role, person.place, person.title)
    return "does" if case.where == "open" else "sign in"


async def outcome_of(town: Town, case: Case, ask: Ask, person: Person, answer: Answer) -> str:
    """What came of it, seen from outside: "does", "told" why not, "not there", "sign in", or what should not be."""
    if case.address.endswith("/sign-in"):
        return "does" if answer.status in (200, 303) else f"status {answer.status}"
    if answer.location.startswith(f"{CONSOLE}/sign-in?") or (answer.status, case.address) == (204, "GET /live"):
        return "wrote before it asked who" if answer.wrote else "sign in"
    if case.method == "GET" and answer.status == 200:
        return "does"
    if answer.wrote:
        return "does" if answer.status in (200, 303) else f"wrote, and said {answer.status}"
    if await looks_missing(town, case, ask, person, answer):
        return "not there"
    if answer.status not in (200, 303, 422):
        return f"status {answer.status}"
    return "does" if ask.reads and answer.status == 200 and ask.refusal not in answer.text else "told"


async def looks_missing(town: Town, case: Case, ask: Ask, person: Person, answer: Answer) -> bool:
    """Whether nothing in the answer tells it from that for something that is not there."""
    if ask.missing is None:
        return answer.status == 404
    missing = await town.ask(person, case.method, ask.missing)
    return missing.status in (303, 404, 422) and answer.same == missing.same


async def check_tokens(town: Town, case: Case, ask: Ask) -> None:
    """A form without the token of the one who sends it is refused and does nothing."""
    someone = next(one for one in town.people if expected(case, one) == "does")
    for token in ("", "x", town.person("supervisor elsewhere").token):
        answer = await town.ask(someone, "POST", ask, token=token)
        assert (case.name, answer.status, answer.wrote) == (case.name, 403, False)


def check_words(person: Person, case: Case, ask: Ask, answer: Answer) -> None:
    """No page shows them what is not theirs to read."""
    text, typed = html.unescape(answer.text), str(ask.form)
    shown = [
        thing.word
        for thing in SECRETS
        if thing.word in text
        and not (may_read(person, thing) or thing.word in typed)
        # who taught what is known to all who share the workbench
        and not (case.where == "everywhere" and thing.where == "elsewhere" and expected(case, person) == "does")
    ]
    assert not shown, f"{person.name} reads {shown} at {case.name}"


def may_read(person: Person, thing: Thing) -> bool:
    return person.name != NOBODY and thing.is_for(person.role, person.place)


@pytest.mark.parametrize("thing", SECRETS, ids=lambda thing: thing.word)
async def test_each_reads_what_is_for_them_and_others_do_not(town: Town, thing: Thing) -> None:
    readers = set()
    for person in town.people:
        answer = await town.ask(person, "GET", Ask(thing.page.format(secret=f"/tickets/{town.secret}")))
        if thing.word in html.unescape(answer.text):
            readers.add(person.name)
    assert readers == {person.name for person in town.people if may_read(person, thing)}


def check_links(town: Town, case: Case, answer: Answer) -> None:
    """Every button and link of a page leads to an address that is served."""
    if not town.served:
        town.served = [re.compile(re.sub(r"\{\w+\}", "[^/]+", route)) for route in routes_of(town)]
    lost = [link for link in links_of(answer.text) if not any(one.fullmatch(link) for one in town.served)]
    assert not lost, f"{case.name} leads nowhere: {lost}"


def links_of(page: str) -> set[str]:
    """As "GET /tickets/7"."""
    found = {f"POST {path}" for path in re.findall(r'(?:formaction|hx-post)="/console(/[^"?#]*)', page)}
    for form in re.findall(r"<form[^>]*>", page):
        method = "POST" if 'method="post"' in form else "GET"
        found |= {f"{method} {path}" for path in re.findall(r' action="/console(/[^"?#]*)', form)}
    return found | {f"GET {path}" for path in re.findall(r'(?:href|hx-get|src)="/console(/[^"?#]*)', page)}


async def forms_elsewhere(town: Town) -> list[tuple[str, Ask, Ask]]:
    """(who, a form that names something that is not theirs, the same with something that is nowhere)."""
    ticket, other = await near(town), await far(town)
    likeness = Likeness(community_id=ticket.community_id, ticket_id=other.id, other_id=ticket.id, found_at=START)
    move, alike = f"/tickets/{ticket.id}/move", f"/tickets/{ticket.id}/same"
    stranger, team = town.person("steward elsewhere").id, town.elsewhere.teams["property"]
    above = town.person("district elsewhere").id
    shift = (await on_shift("/hand-over")(town)).path
    named = [
        ("grid_worker", move, {"move": "merge"}, "into_ref", other.ref),
        ("committee", move, {"move": "dispatch"}, "assignee_id", stranger),
        ("committee", move, {"move": "dispatch"}, "assignee_id", above),
        ("committee", move, {"move": "dispatch"}, "team_id", team),
        ("committee", "/duty", {**SHIFT, "community": town.community}, "staff_id", stranger),
        ("committee", "/duty", {**SHIFT, "community": town.community}, "staff_id", above),
        ("committee", shift, {}, "staff_id", stranger),
        ("committee", "/guides/new", GUIDE, "area", town.elsewhere.community_id),
        ("committee", "/tickets/new", {"text": "电梯", "service": ELEVATOR}, "nickname", "外乡客"),
    ]
    asks = [(who, Ask(path, {**form, key: it}), Ask(path, {**form, key: GONE})) for who, path, form, key, it in named]
    unseen = (await town.add(likeness)).id
    return [*asks, ("grid_worker", Ask(f"{alike}/{unseen}", {"same": "no"}), Ask(f"{alike}/{GONE}", {"same": "no"}))]


async def test_what_a_form_names_that_is_not_theirs_is_answered_like_what_is_nowhere(town: Town) -> None:
    for who, ask, missing in await forms_elsewhere(town):
        person = town.person(who)
        answer, nowhere = await town.ask(person, "POST", ask), await town.ask(person, "POST", missing)
        typed = [str(value) for value in {*ask.form.values(), *missing.form.values()} if len(str(value)) > 2]
        said = [re.sub("|".join(map(re.escape, typed)), "", one.text) for one in (answer, nowhere)]
        assert not answer.wrote, (who, ask)
        assert (answer.status, answer.location, said[0]) == (nowhere.status, nowhere.location, said[1]), (who, ask)
