"""The demo's duty roster: who is called, by day and by night, in the two weeks that follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from actions.emergencies.commands import AddShift
from bot.bootstrap import Parts
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import Cast
from bot.clock import LOCAL_ZONE, local

DAYS = 14


async def load_roster(parts: Parts, data: Mapping[str, Any], cast: Cast, now: datetime) -> None:
    """The shifts of the file, the first of each so that it runs now or later. Raises StoryWrong."""
    today = local(now).date()
    try:
        for shift in data["roster"]:
            starts = datetime.combine(today, time.fromisoformat(shift["from"]), LOCAL_ZONE)
            ends = datetime.combine(today, time.fromisoformat(shift["to"]), LOCAL_ZONE)
            if ends <= starts:  # over midnight: the one that began yesterday may still run
                ends += timedelta(days=1)
                if ends - timedelta(days=1) > now:
                    starts, ends = starts - timedelta(days=1), ends - timedelta(days=1)
            elif ends <= now:
                starts, ends = starts + timedelta(days=1), ends + timedelta(days=1)
            await parts.performer.run(
                AddShift(
                    community_id=cast.community_id,
                    org_unit_id=cast.community_id,
                    staff_id=cast.staff[shift["who"]],
                    starts_at=starts,
                    ends_at=ends,
                    by_id=cast.staff[shift["by"]],
                    turn=shift["turn"],
                    days=DAYS,
                    note=shift.get("note", ""),
                )
            )
    except KeyError as missing:
        raise StoryWrong(f"community.yml: {missing} is missing or named wrongly") from missing
