"""Training: a version is asked for, trained by Rasa in a process of its own, compared, published, used."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.teaching.commands import (
    AddExamples,
    AddLabel,
    AskTraining,
    CancelTraining,
    DeleteExamples,
    Published,
    PublishModel,
)
from actions.teaching.model import ModelState, ModelVersion, Use
from actions.teaching.publishing import find_version
from bot.bootstrap import bring_in, build_engine, build_trainer, open_parts, thresholds_of
from bot.clock import SystemClock
from bot.storage.tables import ChatMessage
from bot.teaching.queries import find_standing
from bot.teaching.trainer import LEASE, UNTRAINED_FOR, Trainer, Workplace
from tests import needs
from tests.support.classroom import Classroom, open_classroom
from tests.support.processes import open_fleet
from tests.support.world import ROOT

HANGS = (sys.executable, "-c", "print('5 training a component', flush=True); import sys; sys.stdin.read()")
MENU = ("今天食堂吃什么", "食堂中午有啥菜", "老年食堂菜单发一下", "食堂今天几个菜", "晚饭食堂供应什么")


@pytest.fixture
def rasa() -> Path:
    return needs.rasa()


async def version_of(room: Classroom, number: int) -> ModelVersion:
    async with room.world.parts.db.read() as session:
        version = await find_version(session, number)
    assert version is not None
    return version


def trainer_of(room: Classroom, **more: Any) -> Trainer:
    """A trainer whose job is another command, or that has no Rasa."""
    parts = room.world.parts
    place = Workplace(parts.settings.var, room.data / "evaluation", thresholds_of(parts.settings), "test")
    return Trainer(parts.db, parts.clock, parts.live, replace(place, **{"rasa": Path(sys.executable), **more}))


async def until(true: Callable[[], Any], within_s: float = 60) -> None:
    """Wait for what another task or process brings about."""
    async with asyncio.timeout(within_s):
        while not await true():  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.05)


def leftovers(room: Classroom) -> list[Path]:
    return list((room.world.parts.settings.var / "training").glob("*"))


@pytest.mark.timeout(300)
async def test_what_an_admin_teaches_is_trained_compared_published_and_said(tmp_path: Path, rasa: Path) -> None:
    async with open_classroom(tmp_path, sure=0.1, unsure=0.05) as room:
        parts = room.world.parts
        await bring_in(parts)
        label = await room.label(id=await room.do(AddLabel(room.admin, "食堂菜单", answer="菜单贴在食堂门口。")))
        await room.add(*MENU, intent=label.intent)
        await room.do(AddExamples(room.admin, "emergency", "", ("厨房烧起来了",), Use.TEST))
        number = await room.do(AskTraining(room.admin))
        assert await room.refused(AskTraining(room.second)) == "taught.error.training_runs"
        assert await build_trainer(parts).run_once()

        version = await version_of(room, number)
        assert (version.state, version.error, version.percent) == (ModelState.READY, "", 100), version.log
        assert "LinanClassifier" in version.log
        assert version.examples == len(await room.examples(use=Use.TRAIN))
        assert version.figures["sentences"] == 5
        assert (version.emergencies, version.compared_with) == (3, 1)
        assert version.comparison["verdict"] in {"better", "worse", "no_clear_difference"}
        before = await version_of(room, 1)
        assert (before.tested_on, before.emergencies) == (version.tested_on, 3)
        assert leftovers(room) == []
        async with parts.db.read() as session:
            standing = await find_standing(session)
        assert (standing.changes_since_training, standing.running) == (0, None)

        published: Published = await room.do(PublishModel(room.admin, number, "教了食堂菜单"))
        assert published.live is (version.heard >= before.heard)
        async with open_parts(parts.settings, room.world.clock, serves=True) as worker:
            await worker.watcher.look()
            engine = build_engine(worker, name="test")
            await room.world.say("王阿姨", "今天食堂吃什么", chat="私聊")
            while await engine.worker.run_once():
                pass
        async with parts.db.read() as session:
            said = list(await session.scalars(select(ChatMessage.text).where(ChatMessage.sender == "bot")))
        assert (worker.model.version, said) == (f"v{number}", ["菜单贴在食堂门口。"])


@pytest.mark.timeout(300)
async def test_a_trainer_killed_in_the_middle_leaves_nothing_and_can_be_asked_again(tmp_path: Path, rasa: Path) -> None:
    async with open_classroom(tmp_path, real_clock=SystemClock()) as room:
        var = room.world.parts.settings.var
        number = await room.do(AskTraining(room.admin))
        model = str(ROOT / "var" / "models" / "current.tar.gz")
        async with open_fleet(tmp_path, LINAN_VAR=str(var), LINAN_DATA=str(room.data), LINAN_MODEL=model) as fleet:
            worker = fleet.add("worker")
            await fleet.start()

            async def trains() -> bool:
                version = await version_of(room, number)
                assert version.state in (ModelState.WAITING, ModelState.TRAINING), version.error
                return version.step == "training"

            await until(trains, 120)
            assert list(var.glob("training/*/nlu/*.yml"))
            jobs = processes_in(var)
            assert jobs
            await worker.kill()

            async def all_gone() -> bool:
                return not any(processes_in(var)) and not list(var.glob("training/*/nlu/*.yml"))

            await until(all_gone)
            assert (await version_of(room, number)).state == ModelState.TRAINING  # nobody could say anything
            await fleet.start()

            async def failed() -> bool:
                return (await version_of(room, number)).state == ModelState.FAILED

            await until(failed)
        version = await version_of(room, number)
        assert (version.error, version.sha256) == ("trainer_gone", "")
        assert await room.do(AskTraining(room.second)) > number


def processes_in(var: Path) -> list[int]:
    """Processes that work in the folder of trainings."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(var / "training").encode() in command:
                found.append(int(entry.name))
    return found


async def test_a_cancelled_training_stops_and_its_folder_is_removed(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        number = await room.do(AskTraining(room.admin))
        training = asyncio.create_task(trainer_of(room, command=HANGS).run_once())

        async def runs() -> bool:
            return (await version_of(room, number)).step == "training"

        await until(runs)
        assert "a component" in (await version_of(room, number)).log
        await room.do(CancelTraining(room.second, number))
        assert await asyncio.wait_for(training, 30)

        version = await version_of(room, number)
        assert (version.state, version.error) == (ModelState.FAILED, "cancelled")
        assert leftovers(room) == []
        assert processes_in(room.world.parts.settings.var) == []
        assert await room.refused(CancelTraining(room.second, number)) == "taught.error.not_training"


async def test_a_process_that_is_told_to_stop_leaves_the_work_to_the_next(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        number = await room.do(AskTraining(room.admin))
        trainer = trainer_of(room, command=HANGS)
        await trainer.start()

        async def runs() -> bool:
            return (await version_of(room, number)).step == "training"

        await until(runs)
        await trainer.close()

        assert (await version_of(room, number)).state == ModelState.WAITING
        assert leftovers(room) == []
        assert processes_in(room.world.parts.settings.var) == []


async def test_a_trainer_that_went_away_is_noticed_when_its_lease_is_over(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        number = await room.do(AskTraining(room.admin))
        now = room.world.clock.now()
        async with room.world.parts.db.write() as session:
            version = await find_version(session, number)
            assert version is not None
            version.state, version.claimed_by, version.claimed_until = ModelState.TRAINING, "other:1", now + LEASE
        folder = room.world.parts.settings.var / "training" / f"{number}-abc"
        folder.mkdir(parents=True)
        other = trainer_of(room, command=HANGS)
        assert await other.run_once() is False
        assert (await version_of(room, number)).state == ModelState.TRAINING
        assert folder.exists()  # it may be at work on the same disk

        room.world.clock.advance(LEASE + timedelta(seconds=1))
        assert await other.run_once() is False
        version = await version_of(room, number)
        assert (version.state, version.error) == (ModelState.FAILED, "trainer_gone")
        assert not folder.exists()


async def test_without_rasa_an_order_waits_for_others_but_not_for_ever(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        number = await room.do(AskTraining(room.admin))
        blind = trainer_of(room, rasa=tmp_path / "no rasa")
        assert await blind.run_once() is False
        assert (await version_of(room, number)).state == ModelState.WAITING

        room.world.clock.advance(UNTRAINED_FOR + timedelta(seconds=1))
        await blind.run_once()
        version = await version_of(room, number)
        assert (version.state, version.error) == (ModelState.FAILED, "no_trainer")


async def test_when_nothing_can_be_learnt_the_reason_is_kept(tmp_path: Path, rasa: Path) -> None:
    async with open_classroom(tmp_path) as room:
        await room.do(DeleteExamples(room.admin, tuple(e.id for e in await room.examples())))
        number = await room.do(AskTraining(room.admin))
        assert await trainer_of(room, command=(sys.executable, "-m", "bot.teaching.job")).run_once()

        version = await version_of(room, number)
        assert version.state == ModelState.FAILED
        assert version.error.startswith("training_failed: ")
        assert len(version.error) > len("training_failed: ")
        assert leftovers(room) == []
