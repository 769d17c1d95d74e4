"""How many come, which day is meant, what a notice says: as residents and staff write it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from actions.activities.commands import Party, RelayLine
from bot.activities.calendar_file import escape, fold_line
from bot.decide.days import read_days
from bot.decide.notice import read_notice
from bot.decide.party import guest_not_coming, read_party, read_relay, relay_head

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)  # a Wednesday

PARTIES = {
    "我报名": Party(),
    "算我一个": Party(),
    "第3个人": Party(),
    "帮我妈也报一个": Party(more=1, guests=("妈妈",)),
    "帮我妈报名": Party(more=1, own=False, guests=("妈妈",)),
    "只给我爸妈报，我不去": Party(more=2, own=False, guests=("爸妈",)),
    "帮我妈也报一个，一共3人": Party(total=3, guests=("妈妈",)),
    "替隔壁李婆婆也报一个": Party(more=1, guests=("李婆婆",)),
    "帮忙报名": Party(),
    "我们仨都去": Party(total=3),
    "我們三個人": Party(total=3),
    "一家三口都去": Party(total=3),
    "两个大人一个小孩": Party(total=3),
    "改成2人": Party(total=2),
    "报名，一共99999人": Party(total=99999),
}
DAYS = {
    "周六": [date(2026, 11, 21)],
    "這週日": [date(2026, 11, 22)],
    "下周三": [date(2026, 11, 25)],
    "周一": [date(2026, 11, 23)],
    "周末": [date(2026, 11, 21), date(2026, 11, 22)],
    "明天下午": [date(2026, 11, 19)],
    "12月3号": [date(2026, 12, 3)],
    "3号": [date(2026, 12, 3)],
    "2027年1月5日": [date(2027, 1, 5)],
    "2026-11-30": [date(2026, 11, 30)],
    "11/21": [date(2026, 11, 21)],
    "2月30日": [],
    "3.5元": [],
    "1-2单元": [],
    "5栋3号楼": [],
    "9:00": [],
}


@pytest.mark.parametrize("said", PARTIES)
def test_how_many_come(said: str) -> None:
    assert read_party(said) == PARTIES[said]


@pytest.mark.parametrize("said", DAYS)
def test_which_day_is_meant(said: str) -> None:
    assert list(read_days(said, NOW)) == DAYS[said]


def test_who_does_not_come() -> None:
    assert guest_not_coming("我妈去不了了") == "妈妈"
    assert guest_not_coming("我去不了了") == ""


def test_a_list_that_people_add_to() -> None:
    said = "#接龙 周六羽毛球\n1. 老李\n2、王姐+1\n3）赵家 3人\n4."
    assert read_relay(said) == (RelayLine("老李"), RelayLine("王姐", 1), RelayLine("赵家", 2))
    assert relay_head(said) == "羽毛球"
    assert read_relay("我1.5小时后到") == ()


def test_what_a_notice_in_prose_says() -> None:
    found = read_notice(
        "各位居民：本周六上午九点半到十一点，在社区活动室举办“剪纸体验课”，名额20个，欢迎亲子家庭报名，周五中午12点前报名。",
        NOW,
    )
    assert found.pop("about")
    assert found == {
        "title": "剪纸体验课", "place": "社区活动室", "capacity": "20", "for_whom": "亲子家庭",
        "starts": "2026-11-21T09:30", "ends": "2026-11-21T11:00", "closes": "2026-11-20T12:00",
    }  # fmt: skip
    assert read_notice("今天天气不错", NOW).keys() <= {"title", "about"}


def test_a_calendar_line_is_folded_between_characters() -> None:
    line = "DESCRIPTION:" + escape("逗号,分号;反斜\\换\n行") + "很长" * 60
    pieces = list(fold_line(line))
    assert "".join(piece if n == 0 else piece[1:] for n, piece in enumerate(pieces)) == line
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert "逗号\\,分号\\;反斜\\\\换\\n行" in line
