"""Killed ten times at random with SIGKILL: what was acknowledged stands once and has exactly one effect."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector
from sqlalchemy import select

from actions.tickets.model import JoinedReport, Ticket
from bot.storage.engine import Database
from bot.storage.tables import ChatMessage, InboxRow, OutboxRow
from tests.needs import redis_url
from tests.support.chat_client import ChatClient
from tests.support.postgres import own_postgres
from tests.support.processes import Bot, open_fleet
from tests.support.residents import Signed, count_open, open_database, settle_community

SEED = 20261122
KILLS = 10
PATIENCE_S = 200.0  # of a page: on a busy machine each of the ten starts takes seconds
TROUBLES = (
    "{b}栋{u}单元电梯又停了，麻烦来看下，电话13800{n:06d}",
    "{b}栋{u}单元{n}室水管漏水了，地板都泡了",
    "{b}栋{u}单元楼道灯不亮了",
    "{b}栋门口垃圾桶满了没人收",
    "{b}栋{u}单元门禁刷不开",
)


@dataclass
class Said:
    """One message of one resident, and the page it was said on."""

    who: Signed
    page: ChatClient
    client_id: str
    chat_id: int
    text: str

    @property
    def external_id(self) -> str:
        return f"{self.who.resident_id}:{self.client_id}"

    @property
    def acked(self) -> bool:
        return self.client_id in self.page.acks

    @property
    def line_id(self) -> int:
        return int(self.page.acks[self.client_id][0]["id"])

    @property
    def answered(self) -> bool:
        return self.acked and bool(self.page.answers_to(self.line_id))


@dataclass
class Storm:
    """Residents who go on talking while processes die."""

    dice: random.Random
    said: list[Said]
    kills: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def release(self, count: int, within_s: float) -> None:
        """Let the next ones speak at random moments from now on."""
        first = len(self.tasks)
        for one in self.said[first : first + count]:
            self.tasks.append(asyncio.create_task(self._speak(one, self.dice.uniform(0.0, within_s))))

    async def _speak(self, one: Said, after_s: float) -> None:
        """Open the page, say it, stay until it is answered."""
        await asyncio.sleep(after_s)
        async with one.page as page:
            await page.say(one.client_id, one.chat_id, one.text)
            if self.dice.random() < 0.2:  # the acknowledgement got lost on the way
                await page.until(lambda: one.acked, within_s=PATIENCE_S)
                await page.repeat(one.client_id, one.chat_id, one.text)
                await page.until(lambda: len(page.acks[one.client_id]) > 1, within_s=PATIENCE_S)
            with contextlib.suppress(TimeoutError):  # the count at the end tells which
                await page.until(lambda: one.answered, within_s=PATIENCE_S)

    async def rage(self, bots: Sequence[Bot]) -> None:
        """Kill one of them again and again, at a random moment of its life, and start it at once."""
        for _ in range(KILLS):
            bot = self.dice.choice(bots)
            self.release(len(self.said) // KILLS, 1.0)
            if self.dice.random() < 0.8:  # else it dies while it starts
                await bot.ready()
            await asyncio.sleep(self.dice.uniform(0.05, 1.2))
            await bot.kill()
            self.kills += 1
            await bot.start()
        self.release(len(self.said), 1.0)
        await asyncio.gather(*self.tasks)

    async def calm(self, db: Database) -> None:
        """Wait until nothing waits any more."""
        for _ in range(100):
            if not await count_open(db):
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def open_storm(urls: Sequence[str], residents: Sequence[Signed], seed: int) -> AsyncIterator[Storm]:
    """A page for each resident; every third speaks in the group, the others in private."""
    dice = random.Random(seed)
    async with ClientSession(connector=TCPConnector(limit=0)) as http:
        said = []
        for n, who in enumerate(residents):
            page = ChatClient(http, who.token, *urls[n % len(urls) :], *urls[: n % len(urls)], dice=dice)
            text = TROUBLES[n % len(TROUBLES)].format(b=n % 8 + 1, u=n % 3 + 1, n=100 + n)
            in_group = n % 3 == 0
            chat_id = who.group_id if in_group else who.private_id
            said.append(Said(who, page, f"m{n}", chat_id, f"@小邻 {text}" if in_group else text))
        storm = Storm(dice, said)
        try:
            yield storm
        finally:
            for task in storm.tasks:
                task.cancel()
            await asyncio.gather(*storm.tasks, return_exceptions=True)


async def check(db: Database, storm: Storm) -> dict[str, int]:
    """Every message once, in one ticket (its own, or that of the same fault), one answer; the figures."""
    said = {(one.chat_id, one.external_id): one for one in storm.said}
    async with db.read() as session:
        heard = select(ChatMessage.id, ChatMessage.chat_id, ChatMessage.external_id, ChatMessage.text).where(
            ChatMessage.sender == "resident"
        )
        lines = (await session.execute(heard)).all()
        tickets = Counter(await session.scalars(select(Ticket.message_id)))
        joined = Counter(await session.scalars(select(JoinedReport.message_id)))
        refs = list(await session.scalars(select(Ticket.ref)))
        answers = Counter(
            await session.scalars(select(ChatMessage.reply_to_id).where(ChatMessage.sender == "bot"))
        )
        keyed = select(OutboxRow.effect_key).where(OutboxRow.effect_key.is_not(None))
        staff_told = Counter(await session.scalars(keyed))
        stuck = list(await session.scalars(select(InboxRow.state).where(InboxRow.state != "done")))
        stuck += list(await session.scalars(select(OutboxRow.state).where(OutboxRow.state != "sent")))
    by_key = {(line.chat_id, line.external_id): line for line in lines}
    assert len(lines) == len(by_key)
    assert by_key.keys() == said.keys()  # all were acknowledged in the end, nothing else was stored
    for key, one in said.items():
        line = by_key[key]
        assert {ack["id"] for ack in one.page.acks[one.client_id]} == {line.id}
        assert line.text == one.text
        assert tickets[line.id] + joined[line.id] == 1, (line.id, one.text)
        assert answers[line.id] == 1, (line.id, one.text)
        assert len(one.page.answers_to(line.id)) == 1, (line.id, one.text)
        assert not one.page.errors
    assert len(set(refs)) == len(refs) == len(said) - joined.total()
    assert max(staff_told.values()) == 1
    assert stuck == []
    return {
        "sent": len(said),
        "acked": sum(one.acked for one in storm.said),
        "resent": sum(one.page.resent for one in storm.said),
        "connections": sum(one.page.connections for one in storm.said),
        "kills": storm.kills,
        "tickets": sum(tickets.values()),
        "answers": sum(one.answered for one in storm.said),
    }


def check_log(words: str, storm: Storm) -> None:
    """No traceback, and nothing of what residents wrote."""
    assert "Traceback" not in words, words[words.index("Traceback") - 1000 :][:3000]
    assert not re.search(r"13800\d{6}", words)
    for one in storm.said:
        assert one.text not in words


def tell(capsys: pytest.CaptureFixture[str], name: str, figures: dict[str, int], began: float) -> None:
    with capsys.disabled():
        shown = "  ".join(f"{name}={value}" for name, value in figures.items())
        sys.stdout.write(
            f"\nkill test on {name}: {shown}  seconds={time.monotonic() - began:.1f}  seed={SEED}\n"
        )


@pytest.mark.timeout(300)
async def test_nothing_is_lost_or_done_twice_when_the_process_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    community = await settle_community(tmp_path, size=300)
    began = time.monotonic()
    async with (
        open_database(f"sqlite+aiosqlite:///{tmp_path / 'linan.db'}") as db,
        open_fleet(tmp_path, LINAN_VAR=str(tmp_path)) as fleet,
    ):
        bot = fleet.add("run")
        await fleet.start()
        async with open_storm([bot.url], community.residents, SEED) as storm:
            await storm.rage([bot])
            await storm.calm(db)
            figures = await check(db, storm)
        assert await bot.stop() == 0
        check_log(fleet.words(), storm)
    assert figures["kills"] == KILLS
    tell(capsys, "SQLite", figures, began)


@pytest.mark.timeout(300)
async def test_nothing_is_lost_or_done_twice_when_one_of_several_processes_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with own_postgres() as url:
        community = await settle_community(tmp_path, url, size=100)
        began = time.monotonic()
        shared = {"LINAN_VAR": str(tmp_path), "LINAN_DATABASE_URL": url, "LINAN_REDIS_URL": redis_url()}
        async with open_database(url) as db, open_fleet(tmp_path, **shared) as fleet:
            bots = [fleet.add(command) for command in ("web", "worker", "scheduler")]
            await fleet.start()
            async with open_storm([bots[0].url], community.residents, SEED) as storm:
                await storm.rage(bots)
                await storm.calm(db)
                figures = await check(db, storm)
            for bot in bots:
                await bot.ready()  # the last that was killed may still be starting
                assert await bot.stop() == 0
            check_log(fleet.words(), storm)
    tell(capsys, "PostgreSQL", figures, began)
