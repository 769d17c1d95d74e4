"""A console whose workbench has a handful of sentences, two administrators and the trained model as version 1."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from actions.base import Base
from actions.people.commands import CreateStaff
from actions.people.model import Role, StaffMember
from actions.teaching.commands import DecideReview
from actions.teaching.model import Example, ExampleChange, ModelState, ModelVersion, Origin, ReviewItem
from actions.teaching.publishing import find_version
from bot.bootstrap import bring_in
from tests.support.classroom import tiny_data
from tests.support.console import HASH, Browser, Office, open_office
from tests.support.world import START

SECOND = "second"
HOME = "/console/teaching"
ELEVATOR = "service_request/elevator"
NOISE = "dispute/noise"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


@dataclass
class Workbench:
    """The office, the administrator's browser, and short ways to look into the tables."""

    office: Office
    browser: Browser

    async def page(self, path: str = "", status: int = 200) -> str:
        return await self.browser.page(f"{HOME}{path}", status)

    async def post(self, path: str, data: Any = None, **more: Any) -> str:
        """Send a form as a page would; the text of the page it leads to."""
        answer = await self.browser.post(f"{HOME}{path}", data, **more)
        if answer.status == 303:
            return await self.browser.page(answer.headers["Location"])
        return await answer.text()

    async def examples(self, **only: Any) -> list[Example]:
        """Sentences in use."""
        query = select(Example).where(Example.deleted_at.is_(None)).filter_by(**only).order_by(Example.id)
        return await self.office.rows(query)

    async def find(self, plain: str) -> Example | None:
        return next(iter(await self.examples(plain=plain)), None)

    async def changes(self) -> int:
        return len(await self.office.rows(select(ExampleChange).where(ExampleChange.what != "seed")))

    async def second(self) -> Workbench:
        """The other administrator at a browser of their own."""
        browser = await self.office.browser()
        assert (await browser.sign_in(SECOND)).status == 303
        return Workbench(self.office, browser)

    async def doubt(self, text: str, intent: str, category: str = "", **more: Any) -> int:
        """A message in the review queue; its id."""
        values = {"community_id": self.office.people.community_id, "reason": "unsure", "confidence": 0.5, **more}
        label = f"{intent}/{category}" if category else intent
        values.setdefault("ranking", {label: values["confidence"], "chitchat": 0.3, "consult": 0.1})
        item = ReviewItem(key=text, text=text, intent=intent, category=category, created_at=START, **values)
        async with self.office.parts.db.write() as session:
            session.add(item)
            await session.flush()
            return item.id


async def ignore_doubt(bench: Workbench, item_id: int) -> None:
    """Somebody else decides on it."""
    admin = (await bench.office.rows(select(StaffMember.id).where(StaffMember.login == SECOND)))[0]
    await bench.office.parts.performer.run(DecideReview(admin, item_id, "ignore"))


def text_of(page: str) -> str:
    """What a reader sees: no tags, entities resolved, spaces as one."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def everything(bench: Workbench) -> dict[str, int]:
    """How many rows each table has."""
    async with bench.office.parts.db.read() as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name != "audit_event"
        }


def compared() -> dict[str, Any]:
    """A comparison as a training leaves it."""
    score = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 9, "said": 9, "hits": 9}
    sure = {"old_confidence": 0.9, "new_confidence": 0.6}
    row = {"text": HOSTILE, "true": NOISE, "old": NOISE, "new": "chitchat", **sure}
    return {
        "verdict": "worse",
        "p_value": 0.01,
        "old": {"accuracy": 0.9, "emergencies": 10, "emergencies_heard": 10, "speaks_on_chitchat": 0.1},
        "new": {"accuracy": 0.8, "emergencies": 10, "emergencies_heard": 8, "speaks_on_chitchat": 0.05},
        "hears_fewer_emergencies": True,
        "by_intent": {
            "dispute": {"old": score, "new": {**score, "f1": 0.5}, "f1": -0.5},
            "chitchat": {"old": {**score, "f1": 0.5}, "new": score, "f1": 0.5},
        },
        "newly_right": [],
        "newly_wrong": [row],
        "newly_wrong_count": 321,
        "emergencies_newly_missed": [{**row, "true": "emergency", "old": "emergency"}],
    }


async def ready(bench: Workbench, number: int, *, heard: int = 8) -> None:
    """A trained version with another archive than the one in use, measured on the same test set."""
    async with bench.office.parts.db.write() as session:
        live = await find_version(session, 1)
        assert live is not None
        live.tested_on, live.emergencies, live.heard = "the set", 10, 10
        values = {
            "origin": Origin.ADMIN, "state": ModelState.READY, "asked_at": START, "sha256": live.sha256, "percent": 100,
            "tested_on": "the set", "emergencies": 10, "heard": heard, "compared_with": 1, "examples": 200,
            "comparison": compared(), "figures": {"accuracy": 0.8},
        }  # fmt: skip
        session.add(ModelVersion(number=number, **values))


@asynccontextmanager
async def open_workbench(folder: Path) -> AsyncIterator[Workbench]:
    """Seed, register the model, sign the administrator in."""
    data = tiny_data(folder / "data")
    async with open_office(folder / "var", data=data) as office:
        parts = office.parts
        await bring_in(parts)
        await parts.watcher.start()
        await parts.performer.run(CreateStaff(SECOND, "第二管理员", Role.ADMIN, office.people.community_id, ""))
        async with parts.db.write() as session:
            await session.execute(update(StaffMember).where(StaffMember.login == SECOND).values(password_hash=HASH))
        yield Workbench(office, await office.browser("admin"))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Workbench]:
    async with open_workbench(tmp_path) as opened:
        yield opened
