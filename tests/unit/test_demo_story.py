"""The demo's story as beats: every instant in the past, in order, at a time of day when people are up."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.story import end_of_story, read_story
from bot.clock import LOCAL_ZONE, local

DATA = Path(__file__).resolve().parents[2] / "data"
MONDAY_AT_THREE = datetime(2026, 11, 23, 3, 0, tzinfo=LOCAL_ZONE)


@pytest.fixture(scope="module")
def history() -> dict[str, Any]:
    return yaml.safe_load((DATA / "demo" / "history.yml").read_text("utf-8"))


@pytest.mark.parametrize("hour", range(24))
def test_at_every_hour_the_whole_story_lies_in_the_past_and_in_daytime(
    history: dict[str, Any], hour: int
) -> None:
    now = datetime(2026, 11, 23, hour, 7, tzinfo=LOCAL_ZONE)
    end = end_of_story(now)
    beats = read_story(history, end)
    assert end <= now
    assert now - end < timedelta(hours=13)
    assert beats == sorted(beats, key=lambda beat: beat.at)
    assert beats[-1].at <= end
    assert timedelta(days=6) < end - beats[0].at < timedelta(days=7)
    assert {local(beat.at).hour for beat in beats} <= set(range(6, 22))


def test_at_night_the_story_ends_the_evening_before() -> None:
    assert local(end_of_story(MONDAY_AT_THREE)).isoformat() == "2026-11-22T21:55:00+08:00"


def test_in_the_afternoon_the_story_ends_now() -> None:
    now = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert end_of_story(now) == now


def test_two_moves_of_one_person_take_a_moment_each() -> None:
    entry = {"at": "09:00", "who": "王阿姨", "says": "灯坏了", "opens": "other"}
    entry["then"] = [
        {"after": "5m", "staff": "李国强", "do": ["accept", "take"]},
        {"after": "1h", "rates": 5},
    ]
    beats = read_story({"days": {-1: [entry]}}, MONDAY_AT_THREE)
    assert [(beat.act, local(beat.at).strftime("%H:%M")) for beat in beats] == [
        ("open", "09:00"),
        ("move", "09:05"),
        ("move", "09:06"),
        ("rates", "10:06"),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        {"at": "09:00", "who": "王阿姨", "says": "好", "colour": "red"},
        {"who": "王阿姨", "says": "好"},
        {"ago": "soon", "who": "王阿姨", "says": "好"},
        {
            "at": "09:00",
            "who": "王阿姨",
            "says": "好",
            "then": [{"after": "1m", "staff": "李国强", "do": "vanish"}],
        },
        {"at": "09:00", "who": "王阿姨", "says": "好", "then": [{"after": "9d", "says": "明年见"}]},
    ],
)
def test_what_cannot_be_is_refused_with_its_day(entry: dict[str, Any]) -> None:
    with pytest.raises(StoryWrong, match=r"day -1\.1"):
        read_story({"days": {-1: [entry]}}, MONDAY_AT_THREE)


def test_nobody_in_the_demo_has_a_real_phone_number() -> None:
    text = "".join(path.read_text("utf-8") for path in (DATA / "demo").glob("*.yml"))
    numbers = re.findall(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}", text)
    assert numbers
    assert all(number.startswith("1390000") for number in numbers)
