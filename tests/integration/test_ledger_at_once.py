"""Two devices spend the same hours, or want the last thing in the shop, at once: one of them gets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.errors import ActionError
from actions.ledger.commands import AnswerGift, Donate, GiveHours, LapseGift, OrderItem, RecordHours, SaveItem
from actions.ledger.model import ShopItem, TimeAccount, TimeEntry, TimeGift
from actions.ledger.proof import check_books
from bot.bootstrap import Parts, open_parts
from bot.clock import FixedClock
from bot.storage.migrate import migrate
from tests.support.postgres import own_postgres
from tests.support.world import START, World, build_people, make_settings


@dataclass
class Town:
    parts: Parts
    world: World

    async def do(self, command: Any) -> Any:
        return (await self.parts.performer.run(command)).value

    async def at_once(self, *commands: Any) -> list[str]:
        """What came of each: "done", or the code it was refused with."""
        results = await asyncio.gather(*map(self.parts.performer.run, commands), return_exceptions=True)
        refused = [r for r in results if isinstance(r, BaseException) and not isinstance(r, ActionError)]
        assert not refused, refused
        return sorted(r.code if isinstance(r, ActionError) else "done" for r in results)

    async def rows(self, query: Any) -> list[Any]:
        async with self.parts.db.read() as session:
            return list((await session.scalars(query)).all())


@asynccontextmanager
async def open_town(folder: Path, url: str = "") -> AsyncIterator[Town]:
    settings = make_settings(folder, url)
    await migrate(settings.database)
    async with open_parts(settings, FixedClock(START)) as parts:
        async with parts.db.write() as session:
            world = await build_people(session, START)
        yield Town(parts, world)


@pytest.fixture(params=["sqlite", "postgresql"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_postgres()) if request.param == "postgresql" else ""
        yield await stack.enter_async_context(open_town(tmp_path, url))


async def test_the_same_hours_and_the_last_goods_go_once(town: Town) -> None:
    here, desk = town.world.community_id, town.world.staff["钱主任"]
    people = [town.world.residents[name] for name in ("王阿姨", "老李")]
    day = START.date()
    for number, who in enumerate(people):
        await town.do(RecordHours(here, who, "patrol", 120, day, f"shift:{number}"))
    rice = await town.do(SaveItem(here, desk, "大米", 60, 1))
    lesson = await town.do(SaveItem(here, desk, "理发", 120, None))

    # one source from two devices, and once more later
    twice = [RecordHours(here, people[0], "service", 60, day, "shift:9")] * 3
    assert await town.at_once(*twice) == ["done"] * 3
    assert len(await town.rows(select(TimeEntry).where(TimeEntry.source.like("claim:%")))) == 3

    # two hours of hers, wanted four times over
    wants = [Donate(here, people[1], 120, f"donate:{n}") for n in range(2)]
    wants += [OrderItem(here, people[1], lesson, f"order:{n}") for n in range(2)]  # type: ignore[misc]
    assert await town.at_once(*wants) == ["done", *["insufficient_hours"] * 3]

    # the last bag of rice
    await town.do(RecordHours(here, people[1], "service", 180, day, "shift:10"))
    wants = [OrderItem(here, who, rice, f"rice:{who}:{n}") for who in people for n in range(2)]  # type: ignore[misc]
    assert await town.at_once(*wants) == ["done", *["out_of_stock"] * 3]
    assert [item.stock for item in await town.rows(select(ShopItem).where(ShopItem.id == rice))] == [0]

    # hours given twice over, then taken, taken back and run out at once
    gifts = [GiveHours(here, people[1], people[0], 120, f"gift:{n}") for n in range(2)]
    assert await town.at_once(*gifts) == ["done", "insufficient_hours"]
    (gift,) = await town.rows(select(TimeGift))
    clock = town.parts.clock
    assert isinstance(clock, FixedClock)
    clock.move_to(gift.ends_at)
    ends = [AnswerGift(gift.id, people[0], takes=True), AnswerGift(gift.id, people[1], takes=False), LapseGift(gift.id)]
    assert await town.at_once(*ends, *ends) == ["done"] * 6
    (gift,) = await town.rows(select(TimeGift))
    assert gift.state in ("accepted", "withdrawn", "lapsed")

    accounts = await town.rows(select(TimeAccount))
    assert sum(account.balance for account in accounts) == 0
    async with town.parts.db.read() as session:
        proof = await check_books(session, here)
    assert proof.holds, proof
