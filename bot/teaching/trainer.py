"""Trains what was asked for: claims a version, has it trained in a process of its own, keeps what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select

from actions.inserting import insert_many_once
from actions.teaching.changes import EVERYWHERE, MODEL, hold
from actions.teaching.model import (
    Example,
    ExampleChange,
    Label,
    ModelArchive,
    ModelState,
    ModelVersion,
    Use,
)
from actions.teaching.publishing import find_live, find_version
from bot.clock import Clock
from bot.decide.decision import Thresholds
from bot.errors import UnderstandError
from bot.live import LiveFeed, Waker, desk_topic
from bot.storage.engine import Database
from bot.teaching import job
from bot.teaching.archives import digest_of, fetch
from bot.teaching.files import write_yaml
from nlu.training import RASA, ROOT

log = structlog.get_logger()
LEASE = timedelta(seconds=30)
HEARTBEAT_S = 5.0
LOOK_S = 3.0
AFTER_ERROR_S = 5.0
UNTRAINED_FOR = timedelta(minutes=10)  # nobody who could train has taken it
LONGEST_S = 45 * 60.0
LOG_TAIL = 4000  # characters kept of what the training said
_LINE_LIMIT = 1024 * 1024


class TrainingLost(Exception):
    """The version is no longer ours: it was cancelled, or taken for dead."""


class TrainingBroken(Exception):
    """No model came out; the message begins with a code."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where and with what is trained. ``command`` runs a job in the folder that is appended to it."""

    var: Path
    tests: Path  # folder of the test set that ships
    thresholds: Thresholds
    name: str
    rasa: Path = RASA
    command: tuple[str, ...] = (sys.executable, "-m", "bot.teaching.job")

    @property
    def folder(self) -> Path:
        return self.var / "training"


class Trainer:
    """One a worker process; one of them trains at a time."""

    def __init__(self, db: Database, clock: Clock, live: LiveFeed, place: Workplace) -> None:
        self._db, self._clock, self._live, self._place = db, clock, live, place
        self._waker = Waker(live, desk_topic(EVERYWHERE))
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Say of what an earlier process of this name was at that it is lost, then wait for orders."""
        await self._give_up_lost(self._place.name)
        self._task = asyncio.create_task(self._loop())

    async def close(self) -> None:
        """Stop; what is being trained waits again, for whoever comes next."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._waker.close()

    async def _loop(self) -> None:
        while True:
            try:
                if not await self.run_once():
                    await self._waker.wait(LOOK_S)
            except Exception:
                log.exception("trainer_failed", code="trainer_failed")
                await asyncio.sleep(AFTER_ERROR_S)

    async def run_once(self) -> bool:
        """Train one version if one waits; whether there was one."""
        await self._give_up_lost()
        await self._tidy()
        number = await self._claim()
        if number is None:
            return False
        try:
            await self._train(number)
        except TrainingLost:
            log.info("training_lost", number=number)
        except TrainingBroken as error:
            await self._fail(number, str(error))
        except asyncio.CancelledError:
            await asyncio.shield(self._put_back(number))
            raise
        except Exception as error:
            log.exception("training_failed", code="training_failed", number=number)
            await self._fail(number, f"crashed: {type(error).__name__}")
        await self._tell()
        return True

    async def _claim(self) -> int | None:
        now = self._clock.now()
        if not self._place.rasa.exists():
            return None
        async with self._db.read() as session:
            waiting = select(ModelVersion.number).where(ModelVersion.state == ModelState.WAITING)
            if await session.scalar(waiting.limit(1)) is None:
                return None
        async with self._db.write() as session:
            await hold(session, MODEL)
            number = await session.scalar(waiting.order_by(ModelVersion.number).limit(1))
            version = await find_version(session, number) if number is not None else None
            if version is None:
                return None
            version.state, version.claimed_by = ModelState.TRAINING, self._place.name
            version.claimed_until, version.started_at = now + LEASE, now
            version.percent, version.step, version.log, version.error = 0, "exporting", "", ""
            return version.number

    async def _give_up_lost(self, name: str | None = None) -> None:
        """Versions whose trainer has gone away are failed, and can be asked for again."""
        now = self._clock.now()
        lost = ModelVersion.claimed_by == name if name is not None else ModelVersion.claimed_until < now
        gone = (ModelVersion.state == ModelState.TRAINING) & lost
        nobody = (ModelVersion.state == ModelState.WAITING) & (ModelVersion.asked_at < now - UNTRAINED_FOR)
        async with self._db.read() as session:
            if await session.scalar(select(ModelVersion.id).where(gone | nobody).limit(1)) is None:
                return
        async with self._db.write() as session:
            await hold(session, MODEL)
            for version in await session.scalars(select(ModelVersion).where(gone | nobody)):
                reason = "trainer_gone" if version.state == ModelState.TRAINING else "no_trainer"
                version.state, version.error, version.ended_at = ModelState.FAILED, reason, now
                version.claimed_by = version.claimed_until = None
                log.warning("training_given_up", code=reason, number=version.number)

    async def _tidy(self) -> None:
        """Remove folders of trainings that are over: they hold examples."""
        folders = [path for path in self._place.folder.glob("*-*") if path.is_dir()]
        if not folders:
            return
        async with self._db.read() as session:
            training = select(ModelVersion.number).where(ModelVersion.state == ModelState.TRAINING)
            running = set(await session.scalars(training))
        for path in folders:
            if path.name.partition("-")[0] not in {str(number) for number in running}:
                await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)

    async def _train(self, number: int) -> None:
        self._place.folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{number}-", dir=self._place.folder))
        try:
            base = await self._export(number, folder)
            await self._run(number, folder)
            await self._keep(number, folder, base)
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    async def _export(self, number: int, folder: Path) -> int | None:
        """Write the examples, the installation's own tests and the published model; the number of that."""
        async with self._db.read() as session:
            retired = select(Label.intent, Label.category).where(Label.retired_at.is_not(None))
            gone = {(intent, category) for intent, category in await session.execute(retired)}
            rows = await session.scalars(select(Example).where(Example.deleted_at.is_(None)).order_by(Example.id))
            kept = [e for e in rows if (e.intent, e.category) not in gone and (e.intent, "") not in gone]
            last = await session.scalar(select(func.max(ExampleChange.id))) or 0
            live = await find_live(session)
            base = await find_version(session, live.number) if live is not None else None
            if base is not None:
                await self._copy_base(await self._fetch(base), folder)
        training = [example for example in kept if example.use == Use.TRAIN]
        await asyncio.to_thread(_write_examples, folder, training, [e for e in kept if e.use == Use.TEST])
        tests = tuple(str(path.resolve()) for path in sorted(self._place.tests.glob("*.jsonl")))
        job.Order(self._place.thresholds, tests).write(folder)
        await self._note(number, examples=len(training), changes_to=last)
        return base.number if base is not None else None

    async def _fetch(self, base: ModelVersion) -> Path | None:
        async with self._db.read() as session:
            try:
                return await fetch(session, self._place.var, base.sha256)
            except UnderstandError:
                return None  # what is published is broken: one more reason to train

    async def _copy_base(self, path: Path | None, folder: Path) -> None:
        if path is not None:
            await asyncio.to_thread(shutil.copyfile, path, folder / job.BASE)

    async def _run(self, number: int, folder: Path) -> None:
        (folder / "tmp").mkdir()
        process = await asyncio.create_subprocess_exec(
            *self._place.command,
            str(folder),
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder / "tmp"), "PYTHONUTF8": "1"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=_LINE_LIMIT,
        )
        beating = asyncio.create_task(self._beat(number))
        working = asyncio.create_task(self._follow(number, process))
        try:
            done, _ = await asyncio.wait(
                {beating, working}, timeout=LONGEST_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                raise TrainingBroken("too_long")
            for task in done:
                task.result()
        finally:
            for task in (beating, working):
                task.cancel()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def _follow(self, number: int, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        errors = asyncio.create_task(process.stderr.read())
        said = ""
        async for raw in process.stdout:
            percent, _, rest = raw.decode("utf-8", "replace").strip().partition(" ")
            step, _, text = rest.partition(" ")
            if not percent.isdigit():
                continue
            said = (said + (f"{text}\n" if text else ""))[-LOG_TAIL:]
            await self._note(number, percent=min(99, int(percent)), step=step[:120], log=said)
            await self._tell()
        code = await process.wait()
        told = (await errors).decode("utf-8", "replace").strip()
        if code:
            last = told.splitlines()[-1] if told else f"ended with code {code}"
            await self._note(number, log=f"{said}{told}"[-LOG_TAIL:])
            killed = code < 0 or code == job.KILLED
            raise TrainingBroken(f"{'training_killed' if killed else 'training_failed'}: {last}")

    async def _beat(self, number: int) -> None:
        """Say that we live, until it is no longer ours."""
        while True:
            await self._note(number, claimed_until=self._clock.now() + LEASE)
            await asyncio.sleep(HEARTBEAT_S)

    async def _note(self, number: int, **values: Any) -> None:
        """Write down how far it is. Raises TrainingLost when it is not ours any more."""
        async with self._db.write() as session:
            version = await self._ours(await find_version(session, number))
            for name, value in values.items():
                setattr(version, name, value)

    async def _ours(self, version: ModelVersion | None) -> ModelVersion:
        mine = version is not None and version.claimed_by == self._place.name
        if version is None or not mine or version.state != ModelState.TRAINING:
            raise TrainingLost
        return version

    async def _keep(self, number: int, folder: Path, base: int | None) -> None:
        """The whole model with its figures in one transaction: nobody ever sees half of it."""
        content = await asyncio.to_thread((folder / job.MODEL).read_bytes)
        result = json.loads((folder / job.RESULT).read_text(encoding="utf-8"))
        now, sha256 = self._clock.now(), digest_of(content)
        async with self._db.write() as session:
            await hold(session, MODEL)
            version = await self._ours(await find_version(session, number))
            row = {"sha256": sha256, "content": content, "created_at": now}
            await insert_many_once(session, ModelArchive, [row], ("sha256",))
            version.sha256, version.size = sha256, len(content)
            version.state, version.percent, version.step = ModelState.READY, 100, "done"
            version.ended_at, version.claimed_by, version.claimed_until = now, None, None
            _take_figures(version, result["tested_on"], result["new"])
            if result["comparison"] is not None and base is not None:
                version.compared_with, version.comparison = base, result["comparison"]
                before = await find_version(session, base)
                if before is not None:
                    _take_figures(before, result["tested_on"], result["old"])
        log.info("model_trained", number=number, size=len(content))

    async def _fail(self, number: int, reason: str) -> None:
        # only the code: what Rasa says may quote a sentence, and stands in the row for admins to read
        log.warning("training_failed", code=reason.partition(":")[0], number=number)
        with contextlib.suppress(TrainingLost):
            await self._note(
                number,
                state=ModelState.FAILED,
                error=reason[:300],
                ended_at=self._clock.now(),
                claimed_by=None,
                claimed_until=None,
            )

    async def _put_back(self, number: int) -> None:
        with contextlib.suppress(TrainingLost):
            await self._note(
                number, state=ModelState.WAITING, asked_at=self._clock.now(), claimed_by=None, claimed_until=None
            )

    async def _tell(self) -> None:
        await self._live.publish(desk_topic(EVERYWHERE), {"name": "Taught", "what": "training"})


def _write_examples(folder: Path, training: list[Example], tests: list[Example]) -> None:
    data = folder / job.DATA
    data.mkdir()
    for intent in sorted({example.intent for example in training}):
        kept = [example for example in training if example.intent == intent]
        (data / f"{intent}.yml").write_text(write_yaml(kept), encoding="utf-8")
    lines = [
        json.dumps({"text": e.plain, "intent": e.intent, "category": e.category or None}, ensure_ascii=False)
        for e in tests
    ]
    (folder / job.OWN_TESTS).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _take_figures(version: ModelVersion, tested_on: str, tested: dict[str, Any] | None) -> None:
    if tested is not None:
        version.tested_on, version.figures = tested_on, tested["figures"]
        version.emergencies, version.heard = tested["emergencies"], tested["heard"]
