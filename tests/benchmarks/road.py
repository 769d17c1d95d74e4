"""How fast the road is: accepted → understood → acted → answered, on SQLite and PostgreSQL.

    python -m tests.benchmarks.road [--messages 3000] [--rate 100] [--seconds 20]

Two mixes: "requests" (every message opens a ticket and is answered) and "group" (85 % chatter, as groups are).
Prints one table. A real database, the real model, one process; the clock is the machine's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.cli.serving import tune
from bot.clock import SystemClock
from bot.live import chat_topic
from bot.messages import Arrival
from bot.storage.tables import OPEN_STATES, InboxRow, OutboxRow
from tests.benchmarks.crowd import Neighbour, build_crowd
from tests.needs import POSTGRES, listens
from tests.support.world import World, open_world

REQUESTS = (
    "{b}栋{u}单元电梯又停了，麻烦来看下",
    "{b}栋{u}单元楼道灯不亮了",
    "{b}栋门口垃圾桶满了没人收",
    "{b}栋{u}单元门禁刷不开",
    "{b}栋地下车库有积水，水泵好像坏了",
)
CHATTER = (
    "今天晚饭吃什么呀",
    "哈哈哈哈笑死我了",
    "谁家有多的葱借两根",
    "明天降温大家多穿点",
    "收到，谢谢群主",
    "我家猫又把花瓶打碎了",
    "周末有人一起爬山吗",
    "这个剧太好看了，一口气看完",
)


def make_text(mix: str, number: int, dice: random.Random) -> str:
    """One message of the mix."""
    if mix == "group" and dice.random() < 0.85:
        return dice.choice(CHATTER)
    return REQUESTS[number % len(REQUESTS)].format(b=number % 8 + 1, u=number % 3 + 1)


async def burst(world: World, crowd: Sequence[Neighbour], mix: str, messages: int) -> float:
    """Hand in all messages as fast as they are taken; messages a second until everything is settled."""
    dice = random.Random(1)
    gate = asyncio.Semaphore(64)

    async def one(n: int) -> None:
        neighbour = crowd[n % len(crowd)]
        async with gate:
            await world.parts.inbox.accept(
                Arrival(neighbour.private_id, neighbour.resident_id, f"burst:{mix}:{n}", make_text(mix, n, dice))
            )

    began = time.perf_counter()
    await asyncio.gather(*(one(n) for n in range(messages)))
    await until_settled(world)
    return messages / (time.perf_counter() - began)


async def until_settled(world: World) -> None:
    """Wait until inbox and due outbox are empty."""
    waiting = select(func.count()).select_from(InboxRow).where(InboxRow.state.in_(OPEN_STATES))
    unsent = OutboxRow.state.in_(OPEN_STATES) & OutboxRow.urgent.is_(False)
    due = select(func.count()).select_from(OutboxRow).where(unsent)
    while True:
        async with world.parts.db.read() as session:
            left = await session.scalar(waiting)
            late = await session.scalar(due.where(OutboxRow.due_at <= world.parts.clock.now()))
        if not left and not late:
            return
        await asyncio.sleep(0.1)


async def steady(world: World, crowd: Sequence[Neighbour], rate: int, seconds: int) -> list[float]:
    """Messages at a fixed rate, whatever the answers take; seconds from handing in to the answer on the page."""
    waiting: dict[int, float] = {}
    took: list[float] = []

    def heard(_topic: str, payload: object) -> None:
        line = payload["line"]  # type: ignore[index]
        if line["sender"] == "bot" and line["chat_id"] in waiting:
            took.append(time.perf_counter() - waiting.pop(line["chat_id"]))

    stops = [world.parts.live.listen(chat_topic(one.private_id), heard) for one in crowd]
    dice, tasks = random.Random(2), []
    began = time.perf_counter()
    for n in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
        one = crowd[n % len(crowd)]
        waiting[one.private_id] = time.perf_counter()
        arrival = Arrival(one.private_id, one.resident_id, f"steady:{n}", make_text("requests", n, dice))
        tasks.append(asyncio.create_task(world.parts.inbox.accept(arrival)))
    await asyncio.gather(*tasks)
    await until_settled(world)
    for stop in stops:
        stop()
    return took


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


async def measure(name: str, url: str, arguments: argparse.Namespace) -> dict[str, object]:
    """All figures on one database."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        async with open_world(Path(folder), url, real_clock=SystemClock(), group_rate=1_000_000) as world:
            await world.engine.worker.start()
            ready = time.perf_counter() - began
            crowd = await build_crowd(world, arguments.crowd)
            requests = await burst(world, crowd, "requests", arguments.messages)
            group = await burst(world, await build_fresh(world, arguments.crowd), "group", arguments.messages)
            fresh = await build_fresh(world, arguments.rate * arguments.seconds)
            took = await steady(world, fresh, arguments.rate, arguments.seconds)
            await world.engine.worker.close()
        memory = psutil.Process().memory_info().rss / 2**20
    return {
        "database": name,
        "requests_per_s": round(requests),
        "group_mix_per_s": round(group),
        "steady_rate_per_s": arguments.rate,
        "answered": len(took),
        "p50_ms": round(quantile(took, 0.5) * 1000),
        "p99_ms": round(quantile(took, 0.99) * 1000),
        "memory_mb": round(memory),
        "ready_s": round(ready, 1),
    }


async def build_fresh(world: World, size: int) -> list[Neighbour]:
    """Another crowd, so that no earlier ticket draws the new message to it."""
    return await build_crowd(world, size)


async def main(arguments: argparse.Namespace) -> None:
    tune()
    rows = []
    if arguments.on in ("sqlite", "both"):
        rows.append(await measure("SQLite", "", arguments))
    if arguments.on in ("postgresql", "both") and listens(POSTGRES, 5432):
        rows.append(await on_postgresql(arguments))
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))


async def on_postgresql(arguments: argparse.Namespace) -> dict[str, object]:
    """The same on a database of its own, dropped afterwards."""
    engine = create_async_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text('DROP DATABASE IF EXISTS "linan_bench" WITH (FORCE)'))
        await connection.execute(text('CREATE DATABASE "linan_bench"'))
    row = await measure("PostgreSQL", POSTGRES.rpartition("/")[0] + "/linan_bench", arguments)
    async with engine.connect() as connection:
        await connection.execute(text('DROP DATABASE "linan_bench" WITH (FORCE)'))
    await engine.dispose()
    return row


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--crowd", type=int, default=3000)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(read_arguments()))
