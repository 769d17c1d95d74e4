"""The demo community, loaded for real into a SQLite file at awkward hours."""

from __future__ import annotations

import asyncio
import hashlib
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from actions.activities.model import Activity, Signup
from actions.ballots.model import Ballot, BallotVote
from actions.bulletins.model import Bulletin, GoodDeed
from actions.emergencies.model import DutyShift
from actions.ledger.model import ShopOrder, TimeAccount
from actions.people.model import Household, Level, OrgUnit, Resident, Role, StaffMember, Team
from actions.polls.model import PollHand
from actions.pool.model import Match, Need, Volunteer
from actions.shifts.model import Shift, ShiftSignup
from actions.surveys.model import QuizEntry, Response, Survey
from actions.tickets.model import Article, Status, Ticket, Timer
from actions.tips.model import Tip
from actions.watch.model import WatchMember, Worry
from bot.cli import demo
from bot.cli.demo.player import Player
from bot.clock import LOCAL_ZONE, SystemClock, local
from bot.settings import Settings
from bot.storage.engine import Database
from bot.storage.migrate import migrate
from bot.storage.tables import Chat, ChatMember, ChatMessage, OutboxRow, ResidentToken
from tests.support.postgres import own_postgres

FAMILIES = {
    *("service_request", "safety_tip", "dispute", "emergency", "consult", "suggestion"),
    *("activity", "points", "handoff", "feedback", "other"),
}
NOWS = {
    "night": datetime(2026, 11, 23, 3, 0, tzinfo=LOCAL_ZONE),  # a Monday
    "holiday": datetime(2026, 10, 4, 20, 30, tzinfo=LOCAL_ZONE),  # a week in which nobody works
    "weekday": datetime(2026, 11, 27, 10, 0, tzinfo=LOCAL_ZONE),
}


@dataclass
class Loaded:
    settings: Settings
    now: datetime
    text: str

    def all(self, *query: Any) -> Sequence[Any]:
        """Rows of one query."""

        async def ask() -> Sequence[Any]:
            db = Database(self.settings.database)
            async with db.read() as session:
                result = await session.execute(select(*query))
                rows = result.scalars().all() if len(query) == 1 else result.all()
            await db.close()
            return rows

        return asyncio.run(ask())


def open_empty(var: Path) -> Settings:
    settings = Settings(var=var, base_url="http://demo.test")
    asyncio.run(migrate(settings.database))
    return settings


@pytest.fixture(scope="module", params=NOWS)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    settings = open_empty(tmp_path_factory.mktemp(request.param))
    now = NOWS[request.param]
    return Loaded(settings, now, asyncio.run(demo.load(settings, now)))


def test_somebody_is_on_duty_at_every_hour_of_the_next_two_weeks(loaded: Loaded) -> None:
    shifts = loaded.all(DutyShift)
    for hour in range(13 * 24):
        at = loaded.now + timedelta(hours=hour)
        turns = {shift.turn for shift in shifts if shift.starts_at <= at < shift.ends_at}
        assert {1, 2} <= turns, at


def test_the_community_has_the_size_it_should(loaded: Loaded) -> None:
    levels = Counter(unit.level for unit in loaded.all(OrgUnit))
    assert levels == {"district": 1, "street": 1, "community": 1, "grid": 6, "building": 14}
    buildings = [unit for unit in loaded.all(OrgUnit) if unit.level == Level.BUILDING]
    assert {unit.code for unit in buildings} == {str(n) for n in range(1, 15)}
    assert all(unit.aliases for unit in buildings)
    assert len(loaded.all(Household)) == 60
    assert len(loaded.all(Resident)) >= 60
    kinds = Counter(chat.kind for chat in loaded.all(Chat))
    assert (kinds["group"], kinds["staff"]) == (3, 1)
    assert kinds["private"] == len(loaded.all(Resident))


def test_there_is_staff_of_every_kind_and_a_grid_worker_for_each_grid(loaded: Loaded) -> None:
    staff = loaded.all(StaffMember)
    assert {member.role for member in staff} == set(Role)
    grids = {unit.id for unit in loaded.all(OrgUnit) if unit.level == Level.GRID}
    assert {member.org_unit_id for member in staff if member.role == Role.GRID_WORKER} == grids


def test_there_are_tickets_of_every_family_in_every_status(loaded: Loaded) -> None:
    tickets = loaded.all(Ticket)
    assert len(tickets) >= 45
    assert {ticket.status for ticket in tickets} == set(Status)
    assert {ticket.service.partition("/")[0] for ticket in tickets} == FAMILIES


def test_every_way_a_ticket_can_go_is_there(loaded: Loaded) -> None:
    tickets = loaded.all(Ticket)
    assert {ticket.rating for ticket in tickets} == {1, 2, 3, 4, 5, None}
    assert any(ticket.status == Status.RATED and ticket.rating is None for ticket in tickets)
    assert {ticket.level for ticket in tickets} >= {"grid", "community", "district"}
    assert any(ticket.reopened for ticket in tickets)
    assert any(ticket.returned for ticket in tickets)
    assert any(ticket.urged for ticket in tickets)
    assert {ticket.emergency for ticket in tickets} >= {"trapped", "gas"}
    working = {Status.REPORTED, Status.VERIFIED, Status.ACCEPTED, Status.DISPATCHED}
    assert any(ticket.status in working and ticket.due_at < loaded.now for ticket in tickets)
    assert any(ticket.status in working and ticket.due_at > loaded.now for ticket in tickets)
    moves = {article.move for article in loaded.all(Article)}
    assert moves >= {
        "escalate",
        "suspend",
        "resume",
        "merge",
        "reopen",
        "return",
        "withdraw",
        "note",
        "answer",
    }


def test_every_ticket_has_a_team_a_place_and_the_line_it_came_from(loaded: Loaded) -> None:
    teams = {team.id for team in loaded.all(Team)}
    lines = {line.id: line for line in loaded.all(ChatMessage)}
    for ticket in loaded.all(Ticket):
        assert ticket.team_id in teams, ticket.ref
        line = lines[ticket.message_id]
        assert line.chat_id == ticket.chat_id
        assert line.resident_id == ticket.reporter_id
        assert ticket.text.splitlines()[0] in line.text
        assert ticket.ref.startswith(f"{local(ticket.opened_at):%Y%m%d}-")


def test_the_lines_of_a_chat_stand_in_the_order_of_time_and_none_in_the_future(loaded: Loaded) -> None:
    lines = sorted(loaded.all(ChatMessage), key=lambda line: line.id)
    for chat in loaded.all(Chat):
        times = [line.sent_at for line in lines if line.chat_id == chat.id]
        assert times == sorted(times)
        assert not times or times[-1] <= loaded.now
    groups = [chat.id for chat in loaded.all(Chat) if chat.kind == "group"]
    said = [line for line in lines if line.chat_id in groups and line.sender == "resident"]
    assert len(said) >= 110
    assert {line.sender for line in lines if line.chat_id in groups} == {"resident", "bot", "staff"}
    assert all(sum(line.chat_id == group for line in said) >= 25 for group in groups)


def test_the_history_is_in_the_past_and_nothing_due_is_left_to_do(loaded: Loaded) -> None:
    assert all(article.at <= loaded.now for article in loaded.all(Article))
    assert all(timer.due_at > loaded.now for timer in loaded.all(Timer) if timer.state == "todo")
    assert not [timer for timer in loaded.all(Timer) if timer.state == "failed"]
    for row in loaded.all(OutboxRow):
        assert row.state == "sent" or row.due_at > loaded.now
    waiting = [row for row in loaded.all(OutboxRow) if row.state != "sent"]
    assert len(waiting) <= 20  # what the night holds back until the morning


def test_there_are_activities_past_full_and_with_places(loaded: Loaded) -> None:
    activities = {one.title: one for one in loaded.all(Activity)}
    assert {one.state for one in activities.values()} == {"ended", "open"}
    assert all(one.next_at > loaded.now for one in activities.values() if one.state == "open")
    states = {
        title: Counter(signup.state for signup in loaded.all(Signup) if signup.activity_id == one.id)
        for title, one in activities.items()
    }
    assert states["重阳敬老包饺子"] == {"attended": 5, "absent": 2}
    assert states["羽毛球友谊赛"]["waitlisted"] >= 2
    assert activities["羽毛球友谊赛"].left < 2
    assert activities["防诈骗讲座"].left > 20


def test_one_ballot_is_voted_on_in_secret_and_one_waits_for_a_second_person(loaded: Loaded) -> None:
    ballots = sorted(loaded.all(Ballot), key=lambda one: one.id)
    assert [(one.state, one.voted, one.approved_by is None) for one in ballots] == [
        ("open", 3, False),
        ("draft", 0, True),
    ]
    assert ballots[0].closes_at > loaded.now
    assert [(one.choice, one.code) for one in loaded.all(BallotVote)] == [(None, "")] * 3


def test_patrols_have_people_and_somebody_may_be_helped(loaded: Loaded) -> None:
    shifts = sorted(loaded.all(Shift), key=lambda one: one.starts_at)
    assert len(shifts) >= 5
    assert all(shift.starts_at > loaded.now for shift in shifts)
    crew = {(one.shift_id, one.role) for one in loaded.all(ShiftSignup)}
    assert crew == {(shifts[0].id, "lead"), (shifts[0].id, "patrol")}
    assert [one.visits_ok_by is not None for one in loaded.all(Volunteer)] == [True, False]
    names = {one.id: one.nickname for one in loaded.all(Resident)}
    needs = [(one.state, names.get(one.helper_id)) for one in loaded.all(Need)]
    assert needs == [("open", None), ("matched", "雷哥")]
    assert sorted((names[one.resident_id], one.state) for one in loaded.all(Match)) == [
        ("梅姨", "offered"),
        ("雷哥", "accepted"),
    ]


def test_a_watch_group_has_looked_after_somebody(loaded: Loaded) -> None:
    assert sorted(one.state for one in loaded.all(WatchMember)) == ["asked", "yes", "yes", "yes"]
    (worry,) = loaded.all(Worry)
    assert (worry.state, worry.ended_at - worry.made_at) == ("well", timedelta(minutes=20))


def test_a_survey_is_over_and_published_and_others_go_on(loaded: Loaded) -> None:
    surveys = sorted(loaded.all(Survey), key=lambda one: one.id)
    assert [(one.template, one.state, one.published_at is not None) for one in surveys] == [
        ("service", "closed", True),
        ("community", "open", False),
        ("fire_quiz", "open", False),
    ]
    assert all(one.closes_at > loaded.now for one in surveys[1:])
    answers = Counter(one.survey_id for one in loaded.all(Response))
    assert [answers[one.id] for one in surveys] == [10, 14, 5]
    assert Counter(one.qualified for one in loaded.all(QuizEntry)) == {True: 4, False: 1}
    assert len(loaded.all(PollHand)) == 5


def test_a_deed_and_a_bulletin_are_told_and_one_of_each_waits(loaded: Loaded) -> None:
    deeds = sorted(loaded.all(GoodDeed), key=lambda one: one.id)
    assert [(one.who, str(one.state)) for one in deeds] == [("雷哥", "waiting"), ("梅姨", "asked")]
    bulletins = sorted(loaded.all(Bulletin), key=lambda one: one.id)
    assert [str(one.state) for one in bulletins] == ["published", "waiting"]


def test_hours_were_given_and_exchanged_and_the_books_come_out(loaded: Loaded) -> None:
    accounts = loaded.all(TimeAccount)
    assert sum(account.balance for account in accounts) == 0
    names = {one.id: one.nickname for one in loaded.all(Resident)}
    found = {names.get(account.holder, account.kind): account.balance for account in accounts}
    assert (found["王阿姨"], found["雷哥"], found["fund"], found["shop"]) == (240, 480, 60, 120)
    assert [order.state for order in loaded.all(ShopOrder)] == ["open"]


def test_at_night_the_bot_only_answers_and_warns(loaded: Loaded) -> None:
    sent = {row.id: row for row in loaded.all(OutboxRow)}
    for line in loaded.all(ChatMessage):
        if line.sender == "bot" and not 8 <= local(line.sent_at).hour < 22:
            row = sent[line.outbox_id]
            assert row.urgent or row.answers_id, line.text


def test_nothing_confidential_is_echoed_into_a_group(loaded: Loaded) -> None:
    groups = {chat.id for chat in loaded.all(Chat) if chat.kind == "group"}
    refs = {tip.ref for tip in loaded.all(Tip)}
    heard = " ".join(
        line.text for line in loaded.all(ChatMessage) if line.chat_id in groups and line.sender != "resident"
    )
    assert len(refs) == 5
    assert not [line.text for line in loaded.all(ChatMessage) if "拧门把手" in line.text or "赌钱" in line.text]
    assert {tip.state for tip in loaded.all(Tip)} == {"checking", "settled"}
    assert not [ref for ref in refs if ref in heard]


def test_a_few_lines_are_unread_and_not_a_week_of_them(loaded: Loaded) -> None:
    lines = loaded.all(ChatMessage)
    groups = {chat.id for chat in loaded.all(Chat) if chat.kind == "group"}
    for member in loaded.all(ChatMember):
        if member.chat_id in groups:
            unread = [line for line in lines if line.chat_id == member.chat_id and line.id > member.read_to]
            assert len(unread) < 40


def test_the_printed_passwords_open_their_accounts_and_are_kept_for_the_owner_alone(loaded: Loaded) -> None:
    kept = loaded.settings.var / "demo-accounts.txt"
    assert kept.read_text("utf-8") == loaded.text + "\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    rows = {line.split()[0]: line.split()[-1] for line in loaded.text.splitlines() if line.strip()}
    staff = loaded.all(StaffMember)
    assert len({rows[member.login] for member in staff}) == len(staff)
    for member in staff[:3]:
        assert PasswordHasher().verify(member.password_hash, rows[member.login])
    for chat in loaded.all(Chat):
        assert (f"http://demo.test/j/{chat.invite}" in loaded.text) == (chat.kind == "group")


def test_the_ready_made_links_belong_to_residents(loaded: Loaded) -> None:
    links = [line.split() for line in loaded.text.splitlines() if "/r/" in line]
    owners = {row.token_hash: row.resident_id for row in loaded.all(ResidentToken)}
    names = {resident.id: resident.nickname for resident in loaded.all(Resident)}
    assert len(links) == len(owners) == 3
    for nickname, link in links:
        token = link.removeprefix("http://demo.test/r/")
        assert names[owners[hashlib.sha256(token.encode()).hexdigest()]] == nickname


def test_a_second_load_is_refused_and_changes_nothing(loaded: Loaded) -> None:
    before = len(loaded.all(Ticket)), (loaded.settings.var / "demo-accounts.txt").read_text("utf-8")
    with pytest.raises(demo.DemoLoaded, match=r"demo-accounts\.txt"):
        asyncio.run(demo.load(loaded.settings, loaded.now))
    assert (len(loaded.all(Ticket)), (loaded.settings.var / "demo-accounts.txt").read_text("utf-8")) == before


def test_an_interrupted_load_leaves_nothing_and_may_be_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = open_empty(tmp_path)
    staff_step = Player._staff

    async def stumble(self: Player, beat: Any) -> None:
        if beat.act == "answer":
            raise KeyboardInterrupt
        await staff_step(self, beat)

    with monkeypatch.context() as patched:
        patched.setattr(Player, "_staff", stumble)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(demo.load(settings))
    world = Loaded(settings, SystemClock().now(), "")
    assert not world.all(OrgUnit)
    assert not world.all(ChatMessage)
    asyncio.run(demo.load(settings))
    assert world.all(Ticket)


def test_a_database_in_use_is_left_alone(tmp_path: Path) -> None:
    settings = open_empty(tmp_path)

    async def settle() -> None:
        db = Database(settings.database)
        async with db.write() as session:
            session.add(OrgUnit(level=Level.DISTRICT, name="真的区", path="/1/"))
        await db.close()

    asyncio.run(settle())
    with pytest.raises(demo.CannotLoad, match="in use"):
        asyncio.run(demo.load(settings))
    assert not (settings.var / "demo-accounts.txt").exists()


async def test_the_demo_loads_on_postgresql_too(tmp_path: Path) -> None:
    async with own_postgres() as url:
        settings = Settings(var=tmp_path, database_url=url)
        await migrate(url)
        await demo.load(settings, NOWS["weekday"])
        db = Database(url)
        async with db.read() as session:
            found = Counter((await session.scalars(select(Ticket.status))).all())
        await db.close()
    assert set(found) == set(Status)
