"""The demo's time bank: goods for the shop, hours that were given, something that waits to be fetched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from actions.errors import ActionError
from actions.ledger.commands import OrderItem, RecordHours, SaveItem
from bot.bootstrap import Parts
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import Cast
from bot.clock import LOCAL_ZONE, FixedClock, local
from bot.outbox import Outbox


async def load_hours(
    parts: Parts, clock: FixedClock, outbox: Outbox, data: Mapping[str, Any], cast: Cast, end: datetime
) -> None:
    """Through the real commands, on one morning. Raises StoryWrong."""
    try:
        day = local(end).date() + timedelta(days=data["days"])
        clock.move_to(datetime.combine(day, time.fromisoformat(data["at"]), LOCAL_ZONE))
        here, staff, items = cast.community_id, cast.staff[data["by"]], {}
        for one in data["items"]:
            saved = SaveItem(here, staff, one["name"], round(one["hours"] * 60), one.get("stock"))
            items[one["name"]] = (await parts.performer.run(saved)).value
        for number, one in enumerate(data["given"]):
            done_on = day - timedelta(days=one["days_before"])
            who, minutes = cast.residents[one["who"]], round(one["hours"] * 60)
            given = RecordHours(here, who, one["kind"], minutes, done_on, f"demo:{number}")
            await parts.performer.run(given)
        for number, one in enumerate(data["ordered"]):
            wanted = OrderItem(here, cast.residents[one["who"]], items[one["item"]], f"demo:order:{number}")
            await parts.performer.run(wanted)
        await outbox.deliver_due("demo")
    except (KeyError, ValueError, TypeError, ActionError) as wrong:
        raise StoryWrong(f"hours.yml: {wrong!r}") from wrong
