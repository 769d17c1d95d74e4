"""Everybody at once after a power cut: 200 residents in four groups, five messages each within a minute.

    python -m tests.benchmarks.power_cut [--seconds 60]

One real process on SQLite, a page for each resident. Prints a line: how long a message took until it was settled (p50,
p99), how long until its page showed the answer, how many were answered and how many deliberately not, tickets, lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Resident
from actions.tickets.model import Follower, Ticket
from bot.storage.engine import Database
from bot.storage.tables import OPEN_STATES, ChatMessage, InboxRow, OutboxRow
from tests.benchmarks.road import quantile
from tests.support.chat_client import ChatClient, Frame
from tests.support.processes import open_fleet
from tests.support.residents import Signed, open_database, settle_community

RESIDENTS, EACH, SEED = 200, 5, 20261122
FIRST = "整个小区都停电了"
TELLS = ("停电了", "又停电了", "我家也是", "+1", "我家也停电了", "3栋也没电", "5栋停电了", "停電了", "家里没电了")
ASKS = ("什么时候来电", "几点能来电啊", "有人知道怎么回事吗", "还要停多久啊")
CHATS = (
    "哈哈又要点蜡烛了", "冰箱里的菜要坏了", "今晚早点睡吧", "这个月第几次了", "孩子作业还没写完呢", "收到", "谢谢",
    "大家下楼小心点", "正好出去散步", "笑死，刚洗头", "外面星星倒是很亮", "谁家有多的手电",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What the tables say afterwards."""

    messages: int
    unsettled: int
    answered: int
    silent: int
    unlabelled: int
    tickets: Sequence[tuple[int, int]]  # households it says, flats of those who told of it


async def spread_homes(db: Database, ids: Sequence[int]) -> None:
    """Two neighbours to a flat, the flats over all buildings."""
    async with db.write() as session:
        buildings = (await session.scalars(select(OrgUnit.id).where(OrgUnit.level == "building"))).all()
        for number, resident_id in enumerate(ids):
            one, flat = await session.get_one(Resident, resident_id), number // 2
            one.building_id, one.unit = buildings[flat % len(buildings)], str(flat % 3 + 1)
            one.room = f"{flat // len(buildings) + 1}01"


def make_words(dice: random.Random) -> list[str]:
    """What one resident says: first of the power cut itself, then this and that."""
    kinds = [TELLS, *dice.choices((TELLS, ASKS, CHATS), (3, 2, 5), k=EACH - 1)]
    return [dice.choice(kind) for kind in kinds]


async def read_outcome(db: Database) -> Outcome:
    """Count what became of every message."""
    async with db.read() as session:
        rows = (await session.scalars(select(InboxRow))).all()
        said = await session.scalar(
            select(func.count()).select_from(ChatMessage).where(ChatMessage.sender == "resident")
        )
        answers = set((await session.scalars(select(OutboxRow.answers_id))).all())
        tickets = [(one.affected, await _count_homes(session, one)) for one in await session.scalars(select(Ticket))]
    done = [row for row in rows if row.state == "done"]
    answered = sum(row.message_id in answers for row in done)
    return Outcome(
        messages=int(said or 0),
        unsettled=int(said or 0) - len(done),
        answered=answered,
        silent=len(done) - answered,
        unlabelled=sum(not row.decision for row in done),
        tickets=tickets,
    )


async def _count_homes(session: AsyncSession, ticket: Ticket) -> int:
    """Flats of those who told of it, each once."""
    told = set(await session.scalars(select(Follower.resident_id).where(Follower.ticket_id == ticket.id)))
    homes = select(Resident.building_id, Resident.unit, Resident.room).distinct()
    rows = await session.execute(homes.where(Resident.id.in_(told | {ticket.reporter_id})))
    return len(rows.all())


class Page(ChatClient):
    """A page that notes when it heard what."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.said_at: dict[str, float] = {}
        self.heard_at: dict[int, float] = {}

    async def ask(self, client_id: str, chat_id: int, text: str) -> None:
        self.said_at[client_id] = time.perf_counter()
        await self.say(client_id, chat_id, text)

    async def _hear(self, socket: Any, frame: Frame) -> None:
        line: Mapping[str, Any] = frame.get("line") or {}
        if line and line["from"]["kind"] == "bot" and line.get("reply_to"):
            self.heard_at.setdefault(line["reply_to"]["id"], time.perf_counter())
        await super()._hear(socket, frame)

    def waits(self) -> list[float]:
        """Seconds from each of its messages to the answer."""
        lines = {client_id: int(acks[0]["id"]) for client_id, acks in self.acks.items()}
        return [self.heard_at[i] - self.said_at[c] for c, i in lines.items() if i in self.heard_at]


async def speak(page: Page, who: Signed, words: Sequence[str], seconds: float, dice: random.Random) -> None:
    """Its messages at random moments."""
    began = time.perf_counter()
    for number, (at, text) in enumerate(zip(sorted(dice.uniform(0, seconds) for _ in words), words, strict=True)):
        await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
        await page.ask(f"{number}", who.group_id, text)
    await page.until(lambda: len(page.acks) == len(words), within_s=60)


async def settled_in(db: Database) -> list[float]:
    """Wait until nothing waits any more; seconds from accepted to done of every message."""
    open_rows = select(func.count()).select_from(InboxRow).where(InboxRow.state.in_(OPEN_STATES))
    due = select(func.count()).select_from(OutboxRow).where(OutboxRow.state == "todo", OutboxRow.urgent.is_(True))
    while True:
        async with db.read() as session:
            if not await session.scalar(open_rows) and not await session.scalar(due):
                rows = (await session.scalars(select(InboxRow).where(InboxRow.done_at.is_not(None)))).all()
                return [(row.done_at - row.accepted_at).total_seconds() for row in rows if row.done_at]
        await asyncio.sleep(0.2)


async def measure(folder: Path, seconds: float) -> dict[str, object]:
    """The minute, on a process of its own."""
    community, dice = await settle_community(folder, size=RESIDENTS), random.Random(SEED)
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(open_database(f"sqlite+aiosqlite:///{folder / 'linan.db'}"))
        await spread_homes(db, [one.resident_id for one in community.residents])
        fleet = await stack.enter_async_context(open_fleet(folder, LINAN_VAR=str(folder)))
        bot = fleet.add("run")
        await fleet.start()
        http = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
        pages = [await stack.enter_async_context(Page(http, one.token, bot.url)) for one in community.residents]
        for page in pages:
            await page.until(lambda page=page: page.connected)
        words = [make_words(dice) for _ in pages]
        await pages[0].ask("first", community.residents[0].group_id, FIRST)
        await asyncio.gather(*(
            speak(page, who, told, seconds, random.Random(number))
            for number, (page, who, told) in enumerate(zip(pages[1:], community.residents[1:], words[1:], strict=True))
        ))  # fmt: skip
        took = await settled_in(db)
        await asyncio.sleep(1.0)  # the last lines are on their way to the pages
        waits = [wait for page in pages for wait in page.waits()]
        found = await read_outcome(db)
    return figures(found, took, waits)


def figures(found: Outcome, took: Sequence[float], waits: Sequence[float]) -> dict[str, object]:
    """In milliseconds."""
    return {
        "messages": found.messages,
        "lost": 1 + (RESIDENTS - 1) * EACH - found.messages + found.unsettled,
        "settled_p50_ms": round(quantile(took, 0.5) * 1000),
        "settled_p99_ms": round(quantile(took, 0.99) * 1000),
        "on_page_p50_ms": round(quantile(waits, 0.5) * 1000),
        "on_page_p99_ms": round(quantile(waits, 0.99) * 1000),
        "answered": found.answered,
        "deliberately_silent": found.silent,
        "without_decision": found.unlabelled,
        "tickets": len(found.tickets),
        "households": found.tickets,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), parser.parse_args().seconds))
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
