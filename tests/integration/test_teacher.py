"""The teacher of docker-compose.yml: the one worker with Rasa's environment, which trains what an admin asks for.

The images are laid out by hand, file by file as the Dockerfile copies them, and their processes run from there.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from actions.teaching.commands import AskTraining, CancelTraining
from actions.teaching.model import ModelState, ModelVersion
from actions.teaching.publishing import find_version
from bot.clock import SystemClock
from tests import needs
from tests.support.compose import SERVICES, shared_settings
from tests.support.images import lay_out
from tests.support.postgres import own_postgres
from tests.support.processes import MODEL, Bot, Fleet, open_fleet, run_bot
from tests.support.world import World, open_world

FINGERPRINT = """
from pathlib import Path
from nlu.training import fingerprint_of
print(fingerprint_of(Path("data/nlu")))
"""


@dataclass
class City:
    """The desk at which an admin asks, and the processes that hear of it."""

    folder: Path
    world: World
    fleet: Fleet

    def add(self, service: str) -> Bot:
        """A process of that service, from its own image."""
        image = lay_out(SERVICES[service]["build"]["target"], self.folder / service)
        return self.fleet.add(*SERVICES[service]["command"], root=image)

    async def ask(self) -> int:
        return int((await self.world.parts.performer.run(AskTraining(self.world.staff["管理员"]))).value)

    async def version(self, number: int) -> ModelVersion:
        async with self.world.parts.db.read() as session:
            version = await find_version(session, number)
        assert version is not None
        return version

    async def workers_looked(self) -> None:
        """Whoever looks for a training first tidies up. When the second folder is gone, a whole look is over."""
        for name in ("0-first", "0-second"):
            left = self.folder / "var" / "training" / name
            left.mkdir(parents=True)
            await until(lambda left=left: asyncio.to_thread(lambda: not left.exists()))  # type: ignore[misc]


async def until(true: Callable[[], Awaitable[bool]], within_s: float = 60) -> None:
    """Wait for what another process brings about."""
    async with asyncio.timeout(within_s):
        while not await true():  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.05)


@asynccontextmanager
async def open_city(folder: Path) -> AsyncIterator[City]:
    var = folder / "var"
    async with own_postgres() as url:
        settings = shared_settings(url, "worker", "teacher")
        more = {"redis_url": settings["LINAN_REDIS_URL"], "real_clock": SystemClock()}
        async with (
            open_world(var, url, **more) as world,  # type: ignore[arg-type]
            open_fleet(folder, **settings, LINAN_VAR=str(var)) as fleet,
        ):
            yield City(folder, world, fleet)


@pytest.mark.timeout(300)
async def test_a_worker_without_rasa_leaves_a_training_to_the_teacher(tmp_path: Path) -> None:
    needs.rasa()
    async with open_city(tmp_path) as city:
        number = await city.ask()
        worker = city.add("worker")
        await city.fleet.start()
        await city.workers_looked()
        version = await city.version(number)
        assert (version.state, version.claimed_by, version.started_at) == (ModelState.WAITING, None, None)

        teacher = city.add("teacher")
        await city.fleet.start()

        async def rasa_trains() -> bool:
            version = await city.version(number)
            assert version.state in (ModelState.WAITING, ModelState.TRAINING), version.error
            return "training LinanFeaturizer" in version.log

        await until(rasa_trains, 180)
        assert teacher.process is not None
        assert str((await city.version(number)).claimed_by).endswith(f":{teacher.process.pid}")

        assert await teacher.stop() == 0  # it hands the training back, and again nobody else takes it
        await city.workers_looked()
        version = await city.version(number)
        assert (version.state, version.claimed_by) == (ModelState.WAITING, None)
        await city.world.parts.performer.run(CancelTraining(city.world.staff["管理员"], number))
        assert await worker.stop() == 0
        assert "Traceback" not in city.fleet.words()


async def test_the_one_shot_training_knows_the_model_that_the_image_was_built_with(tmp_path: Path) -> None:
    needs.rasa()
    built = lay_out("rasa", tmp_path / "rasa")
    models = tmp_path / "var" / "models"
    models.mkdir(parents=True)
    shutil.copyfile(MODEL, models / "current.tar.gz")
    (models / "current.tar.gz.sha256").write_text(await fingerprint_in(built), encoding="utf-8")

    image = lay_out(SERVICES["train"]["build"]["target"], tmp_path / "train")
    trained = await run_bot(*SERVICES["train"]["command"], root=image, LINAN_VAR=str(tmp_path / "var"))
    assert (trained.code, trained.out) == (0, "")
    assert "model is up to date" in trained.err


async def fingerprint_in(root: Path) -> str:
    """Of everything a training in that folder would read."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FINGERPRINT, cwd=root, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()
