"""Every word the console may have to show is there, and deadlines say what they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from actions.activities.model import ActivityState, SignupState
from actions.errors import InvalidInput
from actions.handoffs.model import Ending, State, Why
from actions.mediation.model import CaseState, Consent, ItemState
from actions.mediation.moves import REFERRALS
from actions.mediation.moves import Move as CaseMove
from actions.notices.model import NoticeState
from actions.people.model import Level, Role
from actions.routing.rules_file import read_rules
from actions.tickets.commands import Move
from actions.tickets.model import Status, Ticket
from actions.tickets.timers import Kind
from bot.console.activities.acting import BUILD
from bot.console.deadlines import read_deadline
from bot.console.ladder import ladder_of
from bot.console.notices.page import BUILD as BUILD_NOTICE
from bot.console.passwords import check_new_password, hash_password
from bot.console.queues import query_of, read_filter
from bot.console.replies import standard_replies
from bot.console.ticket_page import told_words
from bot.phrases import Phrases
from bot.scheduling.timetable import TIMETABLE
from bot.storage.queries import QUEUES, SORTS

DATA = Path(__file__).resolve().parents[2] / "data"
PHRASES = Phrases.load(DATA / "phrases")
RULES = read_rules((DATA / "services.yml").read_text("utf-8"), (DATA / "routing.yml").read_text("utf-8"))
CASE_ENTRIES = "open add offer paper sign consent asks disagrees late".split()
HANDOFF_STEPS = "asked anger misunderstood again take say pass ticket remind climb nudge".split()
NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("status", Status),
        ("move", Move),
        ("role", Role),
        ("level", Level),
        ("timer", Kind),
        ("move", Kind),  # the clock's entries in a ticket's history bear the timer's name
        ("case", CaseState),
        ("consent", Consent),
        ("referral", REFERRALS),
        ("item", ItemState),
        ("case_move", [*(move for move in CaseMove if move != "note"), *CASE_ENTRIES]),
        ("activity_state", ActivityState),
        ("notice_state", NoticeState),
        ("notice", [*BUILD_NOTICE, "handed_in", "kept", "welcome"]),
        ("signup", SignupState),
        ("activity", ["made", *BUILD]),
        ("handoff_state", State),
        ("handoff_why", Why),
        ("handoff_end", Ending),
        ("handoff_step", [*(f"end_{how}" for how in Ending), *HANDOFF_STEPS]),
        ("queue", QUEUES),
        ("sort", SORTS),
        ("tick", [tick.name for tick in TIMETABLE]),
        ("family", {service.family for service in RULES.services.values()}),
        ("danger", {service.emergency for service in RULES.services.values() if service.emergency}),
    ],
)
def test_everything_that_can_be_shown_has_a_word(kind: str, values: list[str]) -> None:
    assert [value for value in values if f"console.{kind}.{value}" not in PHRASES] == []


def ticket(**values: object) -> Ticket:
    known = {
        "id": 1, "ref": "20261118-0001", "service": "service_request/elevator",
        "status": "accepted", "status_before": "",
        "building": "3", "unit": "", "floor": "", "room": "501", "spot": "", "urged": 0, "affected": 1,
        "opened_at": NOW - timedelta(hours=2), "due_at": NOW + timedelta(hours=2),
    }  # fmt: skip
    return Ticket(**{**known, **values})


@pytest.mark.parametrize("code", sorted(RULES.services))
@pytest.mark.parametrize(
    "step", ["accept", "dispatch", "take", "handle", "close", "return", "suspend", "answer"]
)
def test_standard_replies_exist_for_every_service_and_name_no_door(code: str, step: str) -> None:
    texts = standard_replies(PHRASES, RULES, ticket(service=code), step)
    assert texts
    assert all("{" not in text and "501" not in text for text in texts)


def test_every_standard_reply_can_be_offered_somewhere() -> None:
    steps = {key.split(".")[1] for key in PHRASES.keys() if key.startswith("standard.")}
    offered = {
        text
        for step in steps
        for code in RULES.services
        for text in standard_replies(PHRASES, RULES, ticket(service=code), step)
    }
    assert len(offered) >= sum(key.startswith("standard.") for key in PHRASES.keys())


@pytest.mark.parametrize(
    ("values", "state", "words"),
    [
        ({}, "ok", "还剩2小时"),
        ({"due_at": NOW + timedelta(minutes=60)}, "soon", "快到期 还剩1小时"),
        ({"due_at": NOW + timedelta(minutes=61)}, "ok", "还剩1小时1分"),
        ({"opened_at": NOW - timedelta(days=8), "due_at": NOW + timedelta(days=2)}, "soon", "快到期 还剩2天"),
        ({"opened_at": NOW - timedelta(days=7), "due_at": NOW + timedelta(days=2)}, "ok", "还剩2天"),
        ({"due_at": NOW}, "late", "已超时1分钟"),
        ({"due_at": NOW - timedelta(days=1, hours=3)}, "late", "已超时1天3小时"),
        ({"due_at": NOW + timedelta(days=2)}, "ok", "还剩2天"),
        ({"due_at": None}, "none", "没有时限"),
        ({"status": "suspended"}, "stopped", "停表等居民"),
        ({"status": "handled", "due_at": NOW - timedelta(days=9)}, "over", "时限已结束"),
        ({"status": "closed"}, "over", "时限已结束"),
    ],
)
def test_a_deadline_is_a_colour_and_words(values: dict[str, object], state: str, words: str) -> None:
    shown = read_deadline(PHRASES, ticket(**values), NOW)
    assert (shown.state, shown.words) == (state, words)


@pytest.mark.parametrize(
    ("values", "here"),
    [
        ({"status": "reported"}, 0),
        ({"status": "dispatched"}, 3),
        ({"status": "rated"}, 7),
        ({"status": "suspended", "status_before": "dispatched"}, 3),
        ({"status": "returned"}, 0),
        ({"status": "withdrawn"}, 0),
    ],
)
def test_the_ladder_stands_where_the_ticket_is(values: dict[str, str], here: int) -> None:
    states = [rung.state for rung in ladder_of(PHRASES, ticket(**values))]
    assert states == ["done"] * here + ["here"] + ["todo"] * (7 - here)


def test_an_address_keeps_its_filter() -> None:
    query = {
        "queue": "late", "service": "dispute/*", "building": "3", "status": "accepted", "level": "street",
        "emergency": "1", "q": "电梯 又坏", "sort": "urged", "page": "3",
    }  # fmt: skip
    wanted = read_filter(query, RULES)
    assert dict(parse_qsl(query_of(wanted))) == query
    assert read_filter(dict(parse_qsl(query_of(wanted))), RULES) == wanted


def test_told_words_are_a_phrase_or_the_text_itself() -> None:
    assert told_words(PHRASES, "马上到", {}) == "马上到"
    assert told_words(PHRASES, "console.opened", {"ref": "7"}) == "工单 7 已登记"
    assert told_words(PHRASES, "console.opened", {}) == "工单 … 已登记"


def test_a_password_hash_is_argon2id() -> None:
    assert hash_password("something long").startswith("$argon2id$")


@pytest.mark.parametrize("password", ["short1!", "a" * 12, "Steward7-and-more", "x" * 201])
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        check_new_password(password, "steward7")
