"""What is said for help between neighbours, and how long those who were asked may take."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from actions.pool.commands import AskForHelp, OfferHelp
from actions.pool.helping import awake_after
from bot.clock import LOCAL_ZONE
from bot.decide.pool import read_pool_order
from tests.unit.test_deed_words import case


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("想请人明天下午帮我买菜", AskForHelp),  # what the bot itself gives as an example
        ("想请人明天上午陪我去医院", AskForHelp),
        ("谁周六上午能教我孩子数学", AskForHelp),
        ("谁能明天下午3点陪我去医院", AskForHelp),
        ("需要人下周三上门帮我装窗帘", AskForHelp),
        ("想请人来家里陪我妈说说话", AskForHelp),
        ("我可以帮邻居买菜，周末有空", OfferHelp),
        ("请邻居晚上来我家里吃饭", None),
        ("请人明天来修水管", None),
        ("有没有人在修水管", None),
    ],
)
def test_a_need_may_name_its_day_in_the_middle(text: str, kind: type | None) -> None:
    order = read_pool_order(case(text, addressed=True))
    assert type(order) is (kind or type(None))


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        ("18 10:00", "18 12:00"),
        ("18 20:30", "19 08:30"),
        ("18 23:30", "19 10:00"),
        ("19 03:00", "19 10:00"),
    ],
)
def test_the_night_does_not_count_while_neighbours_are_asked(asked: str, until: str) -> None:
    start, end = (
        datetime.strptime(f"2026-11-{one}", "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL_ZONE) for one in (asked, until)
    )
    assert awake_after(start, timedelta(hours=2), LOCAL_ZONE) == end
    assert awake_after(start, timedelta(hours=16), LOCAL_ZONE) == end + timedelta(days=1)
