"""Many messages at once through a channel on a real server, and what is counted afterwards.

Every tenth comes a second time, every fiftieth asks for something, and some of each person's are told in one breath.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import func, select

from bot.live import OUTBOX
from bot.storage.tables import OPEN_STATES, InboxRow, OutboxRow
from tests.peers.town import Town
from tests.peers.wecom_town import WecomTown

PEOPLE = 40
AGAIN, ASKS = 10, 50
PATIENCE_S = 1800.0


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of a burst. ``said``: texts that the stand-in took from us."""

    told: int
    stored: int
    different: int
    out_of_order: int
    repeated: int
    unhandled: int
    answers: int
    most_to_one: int
    said: int
    too_many: int
    stored_s: float
    settled_s: float

    def check(self, messages: int) -> None:
        """Nothing lost, nothing twice, limits kept."""
        assert self.told == messages + len(range(0, messages, AGAIN))
        assert (self.stored, self.different, self.out_of_order) == (messages, messages, 0)
        assert (self.repeated, self.unhandled) == (self.told - messages, 0)
        asked = {(n % PEOPLE, n % 8) for n in range(0, messages, ASKS)}  # said again, it is added to their ticket
        assert self.answers >= len(asked)
        assert (self.most_to_one, self.said) == (1, self.answers)
        assert self.too_many == 0


def text_of(n: int) -> str:
    """What is said as the n-th, and starts with its number."""
    return f"{n}：{n % 8 + 1}栋电梯又停了，麻烦派人修一下" if n % ASKS == 0 else f"{n}：哈哈哈哈笑死我了"


async def through_onebot(town: Town, messages: int) -> Counted:
    """A bridge tells it in a group."""
    async with town.bridge() as bridge:
        began = time.perf_counter()
        events = [bridge.event(text_of(n), user=200 + n % PEOPLE, name=f"邻居{n % PEOPLE}") for n in range(messages)]
        for event in (*events, *events[::AGAIN]):
            await bridge.post(event)
        return await _count(town, began, messages, lambda: len(bridge.sent()), lambda: 0)


async def through_bot(town: WecomTown, messages: int) -> Counted:
    """WeCom tells it to an AI bot in a group, over its long connection."""
    gateway, began = town.gateway, time.perf_counter()
    bodies = [gateway.message(text_of(n), user=f"user{n % PEOPLE}") for n in range(messages)]
    for body in (*bodies, *bodies[::AGAIN]):
        await gateway.tell(body)
    return await _count(town, began, messages, lambda: len(gateway.words()), lambda: gateway.broken["too many"])


async def _count(
    town: Town | WecomTown, began: float, messages: int, said: Callable[[], int], too_many: Callable[[], int]
) -> Counted:
    told = messages + len(range(0, messages, AGAIN))

    async def all_heard() -> bool:
        return await town.counted("heard") + await town.counted("repeated") >= told

    await town.until(all_heard, PATIENCE_S)
    stored_s = time.perf_counter() - began
    while await town.world.engine.worker.run_once():
        pass

    waiting = OutboxRow.state.in_(OPEN_STATES) & (OutboxRow.channel != "web")

    async def all_said() -> bool:
        async with town.world.parts.db.read() as session:
            if not await session.scalar(select(func.count()).select_from(OutboxRow).where(waiting)):
                return True
        town.world.clock.advance(timedelta(seconds=5))
        await town.world.parts.live.publish(OUTBOX, {})
        await asyncio.sleep(0)
        return False

    await town.until(all_said, PATIENCE_S)
    lines, rows = await town.lines(), await town.outbox()
    numbers: dict[int | None, list[int]] = {}
    for line in lines:
        numbers.setdefault(line.resident_id, []).append(int(line.text.partition("：")[0]))
    async with town.world.parts.db.read() as session:
        open_rows = select(func.count()).select_from(InboxRow).where(InboxRow.state != "done")
        unhandled = await session.scalar(open_rows) or 0
    per_line = Counter(row.answers_id for row in rows)
    return Counted(
        told=told,
        stored=len(lines),
        different=len({line.text for line in lines}),
        out_of_order=sum(a > b for said_by in numbers.values() for a, b in pairwise(said_by)),
        repeated=await town.counted("repeated"),
        unhandled=unhandled,
        answers=sum(row.state == "sent" for row in rows),
        most_to_one=max(per_line.values(), default=0),
        said=said(),
        too_many=too_many(),
        stored_s=stored_s,
        settled_s=time.perf_counter() - began,
    )
