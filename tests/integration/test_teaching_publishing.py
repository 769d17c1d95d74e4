"""Models come into use: one is live, every worker takes it over between batches, and there is a way back."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from actions.errors import MoveRefused
from actions.teaching.commands import (
    AddLocalName,
    ConfirmPublication,
    Published,
    PublishModel,
    RollBack,
    SetPhrase,
)
from actions.teaching.model import Loaded, ModelArchive, ModelState, ModelVersion, Origin, Publication
from actions.teaching.publishing import find_live, find_version
from bot.bootstrap import Parts, bring_in, build_engine, find_model, open_parts
from bot.errors import UnderstandError
from bot.settings import Settings
from bot.storage.tables import InboxRow
from bot.teaching.archives import digest_of
from bot.teaching.queries import find_standing
from bot.teaching.start import register_shipped
from bot.understand.local import LocalModel
from bot.understand.served import ServedModel
from nlu.model.lexicon import Lexicon
from nlu.model.parse import Parse
from tests.support.classroom import Classroom, open_classroom
from tests.support.postgres import own_postgres
from tests.support.world import ROOT

CURRENT = ROOT / "var" / "models" / "current.tar.gz"
DATABASES = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


def repacked(number: int) -> bytes:
    """The model that `make train` left, in other bytes."""
    return gzip.compress(gzip.decompress(CURRENT.read_bytes()), compresslevel=1, mtime=number)


@asynccontextmanager
async def school(database: str, folder: Path) -> AsyncIterator[Classroom]:
    """A classroom whose version 1 is live, as after a first start."""
    if database == "sqlite":
        async with open_classroom(folder) as room:
            await bring_in(room.world.parts)
            yield room
    else:
        async with own_postgres() as url, open_classroom(folder, url) as room:
            await bring_in(room.world.parts)
            yield room


async def trained(room: Classroom, number: int, content: bytes | None = None, **values: Any) -> None:
    """A version as the trainer leaves it."""
    content = repacked(number) if content is None else content
    now, sha256 = room.world.clock.now(), digest_of(content)
    version = ModelVersion(number=number, origin=Origin.ADMIN, state=ModelState.READY, asked_at=now, sha256=sha256)
    for name, value in {"tested_on": "same", "emergencies": 10, "heard": 10, **values}.items():
        setattr(version, name, value)
    async with room.world.parts.db.write() as session:
        session.add(version)
        session.add(ModelArchive(sha256=sha256, content=content, created_at=now))
        first = update(ModelVersion).where(ModelVersion.number == 1)
        await session.execute(first.values(tested_on="same", emergencies=10, heard=10))


async def live_number(room: Classroom) -> int:
    async with room.world.parts.db.read() as session:
        live = await find_live(session)
        assert live is not None
        version = await find_version(session, live.number)
        states = select(ModelVersion.number).where(ModelVersion.state == ModelState.PUBLISHED)
        assert list(await session.scalars(states)) == [live.number]
        assert version is not None
        assert await session.scalar(select(func.count()).where(Publication.state == "live")) == 1
        return live.number


@DATABASES
async def test_the_model_that_came_along_is_version_one_and_an_upgrade_follows(database: str, tmp_path: Path) -> None:
    async with school(database, tmp_path) as room:
        parts = room.world.parts
        assert await live_number(room) == 1
        await bring_in(parts)
        newer = tmp_path / "newer.tar.gz"
        newer.write_bytes(repacked(2))

        assert await register_shipped(parts.db, parts.clock, newer) == 2
        assert await live_number(room) == 2  # nobody here has trained a model
        assert await register_shipped(parts.db, parts.clock, newer) is None

        await trained(room, 3)
        await room.do(PublishModel(room.admin, 3, "自己的", 0))
        if await live_number(room) != 3:
            await confirm(room)
        newest = tmp_path / "newest.tar.gz"
        newest.write_bytes(repacked(4))
        assert await register_shipped(parts.db, parts.clock, newest) == 4
        assert await live_number(room) == 3  # an admin's own model is not pushed aside

        broken = tmp_path / "broken.tar.gz"
        broken.write_bytes(b"no archive")
        with pytest.raises(UnderstandError):
            await register_shipped(parts.db, parts.clock, broken)


async def confirm(room: Classroom) -> None:
    async with room.world.parts.db.read() as session:
        asked = (await find_standing(session)).asked
    assert asked is not None
    await room.do(ConfirmPublication(room.second, asked.id))


@DATABASES
async def test_of_two_admins_who_publish_at_once_the_second_is_refused(database: str, tmp_path: Path) -> None:
    async with school(database, tmp_path) as room:
        await trained(room, 2)
        await trained(room, 3)
        async with room.world.parts.db.read() as session:
            seen = (await find_live(session)).id  # type: ignore[union-attr]
        results = await asyncio.gather(
            room.do(PublishModel(room.admin, 2, "更好", seen)),
            room.do(PublishModel(room.second, 3, "更好", seen)),
            return_exceptions=True,
        )

        (won,) = [r for r in results if isinstance(r, Published)]
        (lost,) = [r for r in results if isinstance(r, MoveRefused)]
        assert lost.phrase == "error.faster"
        assert await live_number(room) == won.number


@DATABASES
async def test_a_model_that_hears_fewer_emergencies_needs_another_admin(database: str, tmp_path: Path) -> None:
    async with school(database, tmp_path) as room:
        await trained(room, 2, heard=9)
        assert await room.refused(PublishModel(room.admin, 2, "  ")) == "taught.error.reason"
        asked = await room.do(PublishModel(room.admin, 2, "其他都更好"))
        assert (asked.live, await live_number(room)) == (False, 1)
        assert await room.refused(PublishModel(room.second, 2, "再来")) == "taught.error.waits_for_second"
        own = ConfirmPublication(room.admin, asked.publication_id)
        assert await room.refused(own) == "taught.error.same_admin"
        other = ConfirmPublication(room.world.staff["钱主任"], asked.publication_id)
        assert await room.refused(other) == "taught.error.not_admin"

        confirmed = await room.do(ConfirmPublication(room.second, asked.publication_id))
        assert (confirmed.live, await live_number(room)) == (True, 2)
        async with room.world.parts.db.read() as session:
            live = await find_live(session)
        assert live is not None
        assert (live.staff_id, live.confirmed_by, live.reason) == (room.admin, room.second, "其他都更好")
        assert await room.refused(ConfirmPublication(room.second, asked.publication_id)) == "error.faster"


async def test_what_is_not_known_of_emergencies_needs_another_admin_too(tmp_path: Path) -> None:
    async with school("sqlite", tmp_path) as room:
        await trained(room, 2, tested_on="another set", heard=10)
        await trained(room, 3, emergencies=0, heard=0)
        await trained(room, 4)
        first = await room.do(PublishModel(room.admin, 2, "好"))
        second = await room.do(PublishModel(room.admin, 3, "好"))
        assert (first.live, second.live) == (False, False)
        replaced = ConfirmPublication(room.second, first.publication_id)
        assert await room.refused(replaced) == "error.faster"  # only the last request stands

        assert (await room.do(PublishModel(room.admin, 4, "好"))).live
        stale = ConfirmPublication(room.second, second.publication_id)
        assert await room.refused(stale) == "error.faster"  # it was compared with what is no longer live
        refused = await room.do(ConfirmPublication(room.admin, second.publication_id, agree=False))
        assert (refused.live, await live_number(room)) == (False, 4)


async def test_versions_that_are_not_ready_cannot_be_published(tmp_path: Path) -> None:
    async with school("sqlite", tmp_path) as room:
        for number, state in enumerate((ModelState.WAITING, ModelState.TRAINING, ModelState.FAILED), 2):
            await trained(room, number, state=state)
            assert await room.refused(PublishModel(room.admin, number, "好")) == "taught.error.not_ready"
        assert await room.refused(PublishModel(room.admin, 1, "好")) == "taught.error.not_ready"
        assert await room.refused(PublishModel(room.admin, 99, "好")) == "taught.error.no_version"


@DATABASES
async def test_rolling_back_goes_step_by_step_to_what_was_live(database: str, tmp_path: Path) -> None:
    async with school(database, tmp_path) as room:
        assert await room.refused(RollBack(room.admin)) == "taught.error.no_previous"
        for number in (2, 3):
            await trained(room, number)
            assert (await room.do(PublishModel(room.admin, number, "更好"))).live
        way = []
        for _ in range(2):
            way.append((await room.do(RollBack(room.admin, "不好用"))).number)
        assert way == [2, 1]
        assert await live_number(room) == 1
        assert await room.refused(RollBack(room.admin)) == "taught.error.no_previous"
        assert (await room.do(PublishModel(room.second, 3, "再试"))).live
        assert (await room.do(RollBack(room.admin))).number == 1


async def test_a_broken_archive_keeps_the_old_model_and_says_so(tmp_path: Path) -> None:
    async with school("sqlite", tmp_path) as room, worker_of(room) as parts:
        engine = build_engine(parts, name="test")
        await trained(room, 2, b"these bytes are no archive")
        await room.do(PublishModel(room.admin, 2, "更好"))
        await parts.watcher.look()

        assert parts.model.version == "v1"
        async with parts.db.read() as session:
            version, live = await find_version(session, 2), await find_live(session)
        assert version is not None
        assert live is not None
        assert version.error
        assert live.error == version.error
        await room.world.say("王阿姨", "电梯坏了快来修", at_bot=True)
        assert await engine.worker.handle_claimed() == 1
        assert await states(room) == {"done": 1}

    async with worker_of(room) as parts:  # started anew, while what is live cannot be read
        assert parts.model.version == "v1"


@asynccontextmanager
async def worker_of(room: Classroom) -> AsyncIterator[Parts]:
    """The parts of a worker process on the same database; no live feed leads to it."""
    async with open_parts(room.world.parts.settings, room.world.clock, serves=True) as parts:
        await parts.watcher.look()
        yield parts


async def states(room: Classroom) -> dict[str, int]:
    async with room.world.parts.db.read() as session:
        rows = await session.execute(select(InboxRow.state, func.count()).group_by(InboxRow.state))
        return {state: count for state, count in rows}


@DATABASES
async def test_another_host_fetches_the_model_and_keeps_a_copy(database: str, tmp_path: Path) -> None:
    async with school(database, tmp_path) as room:
        await trained(room, 2)
        await room.do(PublishModel(room.admin, 2, "更好"))
        settings = room.world.parts.settings
        here = {"var": tmp_path / "elsewhere", "model": None, "database_url": settings.database}
        settings = settings.model_copy(update=here)
        async with open_parts(settings, room.world.clock, serves=True) as other:
            await other.watcher.look()

            assert other.model.version == "v2"
            copy = tmp_path / "elsewhere" / "models" / f"{digest_of(repacked(2))}.tar.gz"
            assert digest_of(copy.read_bytes()) == digest_of(repacked(2))
            async with other.db.read() as session:
                assert [row.number for row in await session.scalars(select(Loaded))] == [2]
            copy.write_bytes(b"damaged on this disk")
            await room.do(RollBack(room.admin))
            await other.watcher.look()
            assert other.model.version == "v1"
            await room.do(PublishModel(room.admin, 2, "再来"))
            await other.watcher.look()
            assert other.model.version == "v2"


async def test_no_message_is_lost_while_models_are_exchanged(tmp_path: Path) -> None:
    async with school("sqlite", tmp_path) as room, worker_of(room) as parts:
        await trained(room, 2)
        await parts.watcher.start()
        engine = build_engine(parts, name="test")
        await engine.worker.start()
        said, served = 0, set()
        for turn in range(6):
            number = 2 - turn % 2
            await room.do(PublishModel(room.admin, number, "换一下"))
            for _ in range(20):
                await room.world.say("王阿姨", f"@小邻 {said}号灯坏了快来修", at_bot=True)
                said += 1
            await until(lambda number=number: parts.model.version == f"v{number}")
            served.add(parts.model.version)

        async def all_done() -> bool:
            return (await states(room)).get("done") == said

        await until(all_done)
        await engine.worker.close()
        assert (await states(room), served) == ({"done": said}, {"v1", "v2"})


async def until(true: Callable[[], Any]) -> None:
    """Wait for what another task brings about."""
    async with asyncio.timeout(60):
        while not (await found if inspect.isawaitable(found := true()) else found):  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.05)


async def test_a_batch_is_read_by_one_model_from_beginning_to_end() -> None:
    served = ServedModel()
    with pytest.raises(UnderstandError):
        await served.parse_batch(["电梯坏了"])
    base = LocalModel.load(CURRENT)
    knows = base.with_lexicon(Lexicon.from_mapping({"places": ["醉翁亭"]}))

    class Slow:
        """Lets others have a turn in the middle of a batch."""

        def __init__(self, model: LocalModel) -> None:
            self._model = model

        async def parse_batch(self, texts: Sequence[str]) -> list[Parse]:
            found = []
            for text in texts:
                found += await self._model.parse_batch([text])
            return found

        async def glance_batch(self, texts: Sequence[str]) -> list[Parse]:
            return await self._model.glance_batch(texts)

    served.swap(Slow(knows), "v1")
    reading = asyncio.create_task(served.parse_batch(["醉翁亭的灯不亮"] * 20))
    await asyncio.sleep(0)
    served.swap(base, "v2")
    named = ["醉翁亭" in {e.value for e in parse.entities} for parse in await reading]
    later = await served.parse_batch(["醉翁亭的灯不亮"])

    assert named == [True] * 20
    assert "醉翁亭" not in {e.value for e in later[0].entities}


async def test_names_and_words_reach_another_process_without_being_told(tmp_path: Path) -> None:
    """Two sets of parts on one database share no live feed, as two processes without Redis."""
    async with school("sqlite", tmp_path) as room:
        settings = room.world.parts.settings
        async with open_parts(settings, room.world.clock, serves=True) as other:
            await other.watcher.start()
            await room.do(AddLocalName(room.admin, room.world.community_id, "place", "醉翁亭"))
            await room.do(SetPhrase(room.admin, "chitchat.thanks", "小事一桩！"))
            await until(lambda: other.phrases.render("chitchat.thanks") == "小事一桩！")
            await other.watcher.look()
            (parse,) = await other.model.parse_batch(["醉翁亭的灯不亮"])
            assert "醉翁亭" in {e.value for e in parse.entities}


def test_copies_are_not_taken_for_the_model_that_came_along(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    shutil.copyfile(CURRENT, models / f"{'0' * 64}.tar.gz")
    with pytest.raises(UnderstandError):
        find_model(Settings(var=tmp_path))
    (models / "current.tar.gz").write_bytes(b"")
    assert find_model(Settings(var=tmp_path)).name == "current.tar.gz"
