"""A community with two administrators and a handful of examples, for tests of teaching."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from actions.errors import ActionError
from actions.people.commands import CreateStaff
from actions.people.model import Role
from actions.teaching.commands import AddExamples, Changed
from actions.teaching.model import Example, ExampleChange, Label
from bot.teaching.start import seed
from tests.support.world import ROOT, World, open_world

EACH = 4  # examples of a label
TESTS = (
    '{"text": "着火了快来人", "intent": "emergency", "category": null}\n'
    '{"text": "有人困在电梯里", "intent": "emergency", "category": null}\n'
    '{"text": "电梯又坏了快来修", "intent": "service_request", "category": "elevator"}\n'
    '{"text": "今天天气真好呀", "intent": "chitchat", "category": null}\n'
)


def tiny_data(folder: Path, each: int = EACH) -> Path:
    """The project's data folder with the first examples of every label, and a test set of four sentences."""
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("nlu", "evaluation", "demo"))
    (folder / "evaluation").mkdir()
    (folder / "evaluation" / "few.jsonl").write_text(TESTS, encoding="utf-8")
    (folder / "nlu").mkdir()
    write_nlu(folder / "nlu" / "some.yml", first_examples(each))
    return folder


def first_examples(each: int) -> dict[str, list[str]]:
    """The first examples of every label that ships."""
    lines: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for item in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["nlu"]:
            lines[item["intent"]] += [line.removeprefix("- ") for line in item["examples"].splitlines()]
    return {label: kept[:each] for label, kept in lines.items()}


def write_nlu(path: Path, examples: dict[str, list[str]]) -> None:
    rows = (
        f"- intent: {label}\n  examples: |\n" + "".join(f"    - {line}\n" for line in lines)
        for label, lines in examples.items()
    )
    path.write_text('version: "3.1"\nnlu:\n' + "".join(rows), encoding="utf-8")


@dataclass
class Classroom:
    """Short ways to teach and to look."""

    world: World
    data: Path
    admin: int
    second: int

    async def do(self, command: Any) -> Any:
        """Carry a command out; the outcome's value."""
        return (await self.world.parts.performer.run(command)).value

    async def add(self, *texts: str, intent: str = "chitchat", category: str = "", **more: Any) -> Changed:
        changed: Changed = await self.do(AddExamples(self.admin, intent, category, texts, **more))
        return changed

    async def refused(self, command: Any) -> str:
        """The phrase with which it is refused; every word of it can be rendered."""
        with pytest.raises(ActionError) as refused:
            await self.do(command)
        assert self.world.parts.phrases.render(refused.value.phrase, refused.value.params)
        return refused.value.phrase

    async def examples(self, **only: Any) -> list[Example]:
        """Examples in use."""
        query = select(Example).where(Example.deleted_at.is_(None)).filter_by(**only).order_by(Example.id)
        async with self.world.parts.db.read() as session:
            return list(await session.scalars(query))

    async def find(self, plain: str) -> Example | None:
        return next(iter(await self.examples(plain=plain)), None)

    async def changes(self) -> list[ExampleChange]:
        async with self.world.parts.db.read() as session:
            return list(await session.scalars(select(ExampleChange).order_by(ExampleChange.id)))

    async def label(self, **only: Any) -> Label:
        async with self.world.parts.db.read() as session:
            return (await session.scalars(select(Label).filter_by(**only))).one()


@asynccontextmanager
async def open_classroom(folder: Path, url: str = "", **more: Any) -> AsyncIterator[Classroom]:
    """A world of its own whose tables hold the tiny data."""
    data = more.pop("data", None) or tiny_data(folder / "data")
    (folder / "var").mkdir(exist_ok=True)
    async with open_world(folder / "var", url, data=data, **more) as world:
        parts = world.parts
        await seed(parts.db, parts.clock, parts.phrases, data / "nlu")
        second = CreateStaff("second", "第二管理员", Role.ADMIN, world.community_id, "")
        made = await parts.performer.run(second)
        yield Classroom(world, data, world.staff["管理员"], made.value)
