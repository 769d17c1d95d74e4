"""What a starting process brings into the tables: the labels and examples that ship, and the model that came along."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import insert_many_once, insert_rows_once
from actions.teaching.changes import EXAMPLES, MODEL, SHIPPED, Book, hold, touch
from actions.teaching.examples import AT_ONCE, example_values
from actions.teaching.marks import BrokenSentence, fingerprint, read_marked, strip_marks
from actions.teaching.model import (
    Example,
    Label,
    ModelArchive,
    ModelState,
    ModelVersion,
    Origin,
    ShippedExample,
    Taught,
    Use,
)
from actions.teaching.publishing import find_live, find_version, go_live, next_number
from bot.clock import Clock
from bot.errors import UnderstandError
from bot.phrases import Phrases
from bot.storage.engine import Database
from bot.teaching.archives import digest_of
from bot.teaching.files import BadFile, read_file
from bot.understand.local import LocalModel

log = structlog.get_logger()
NAME = "taught.label."


@dataclass(frozen=True, slots=True)
class Shipped:
    """A sentence of data/nlu, by its fingerprint."""

    key: str
    intent: str
    category: str
    marked: str


def shipped_files(folder: Path) -> list[Path]:
    """The files of examples, in order."""
    return sorted(folder.rglob("*.yml"))


def fingerprint_of(files: Sequence[Path]) -> str:
    """Changes when any of the files does."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def read_shipped(files: Sequence[Path]) -> list[Shipped]:
    """The sentences that ship, each once. A broken file is left out and logged."""
    found: dict[str, Shipped] = {}
    for path in files:
        try:
            rows = read_file(path.name, path.read_bytes())
        except BadFile as error:
            log.warning("examples_not_read", code="examples_not_read", file=path.name, reason=str(error))
            continue
        for row in rows:
            try:
                marked = read_marked(row.marked)
            except BrokenSentence:
                continue
            key = fingerprint(strip_marks(marked))
            found.setdefault(key, Shipped(key, row.intent, row.category, marked))
    return list(found.values())


async def seed(db: Database, clock: Clock, phrases: Phrases, folder: Path) -> int:
    """Bring in what ships and was never here before; how many examples that were. A second time does nothing."""
    files = await asyncio.to_thread(shipped_files, folder)
    mark = await asyncio.to_thread(fingerprint_of, files)
    async with db.read() as session:  # nearly every start ends here, so it has to be quick
        if await session.scalar(select(Taught.note).where(Taught.name == SHIPPED)) == mark:
            return 0
    async with db.write() as session:
        known = await hold(session, SHIPPED)
        if known.note == mark:
            return 0
        sentences = await asyncio.to_thread(read_shipped, files)  # only by the first of several that start together
        await _seed_labels(session, phrases, sentences, clock.now())
        book = Book(session, None, clock.now())
        new = await _seed_examples(session, book, sentences)
        await _follow_relabelled(session, sentences, clock.now())
        known.note, known.version = mark, known.version + 1
        if new:
            await touch(session, EXAMPLES)
    log.debug("examples_seeded", new=new, shipped=len(sentences))
    return new


async def _seed_labels(
    session: AsyncSession, phrases: Phrases, sentences: Sequence[Shipped], now: datetime
) -> None:
    """The labels with a name in data/phrases, in its order, and whatever else the examples use."""
    named = [key.removeprefix(NAME) for key in phrases.in_order() if key.startswith(NAME)]
    used = [f"{one.intent}/{one.category}" if one.category else one.intent for one in sentences]
    above = [code.partition("/")[0] for code in used]
    rows = [_label_row(code, phrases, now) for code in dict.fromkeys([*named, *above, *used])]
    await insert_many_once(session, Label, rows, ("intent", "category"))


def _label_row(code: str, phrases: Phrases, now: datetime) -> dict[str, object]:
    intent, _, category = code.partition("/")
    key = f"{NAME}{code}"
    name = phrases.render(key) if key in phrases else code
    return {
        "intent": intent,
        "category": category,
        "name": name[:32],
        "fixed": True,
        "answer": "",
        "unasked": False,
        "created_at": now,
    }


async def _seed_examples(session: AsyncSession, book: Book, sentences: Sequence[Shipped]) -> int:
    """Only what has never shipped before: what an admin deleted or moved does not come back."""
    shipped = set(await session.scalars(select(ShippedExample.key)))
    fresh = [one for one in sentences if one.key not in shipped]
    new = 0
    for part in _parts(fresh):
        rows = [
            example_values(e.intent, e.category, e.marked, e.key, Origin.SHIPPED, Use.TRAIN, book) for e in part
        ]
        new += len(await insert_rows_once(session, Example, rows, ("key",), ("id",)))
        await insert_many_once(session, ShippedExample, [{"key": one.key} for one in part], ("key",))
    return new


def _parts(sentences: Sequence[Shipped]) -> Iterable[Sequence[Shipped]]:
    return (sentences[at : at + AT_ONCE] for at in range(0, len(sentences), AT_ONCE))


async def _follow_relabelled(session: AsyncSession, sentences: Sequence[Shipped], now: datetime) -> None:
    """A sentence that ships under another label by now follows, unless somebody here has touched it."""
    untouched = select(Example.key, Example.intent, Example.category, Example.marked, Example.id).where(
        Example.origin == Origin.SHIPPED, Example.changed_at.is_(None), Example.key.is_not(None)
    )
    known: Mapping[str | None, tuple[str, str, str, int]] = {
        key: (intent, category, marked, example_id)
        for key, intent, category, marked, example_id in await session.execute(untouched)
    }
    for one in sentences:
        row = known.get(one.key)
        if row is not None and row[:3] != (one.intent, one.category, one.marked):
            values = {"intent": one.intent, "category": one.category, "marked": one.marked}
            await session.execute(update(Example).where(Example.id == row[3]).values(**values))


async def register_shipped(db: Database, clock: Clock, archive: Path) -> int | None:
    """Make a version of the model that came along, if it is not one yet; its number, or None where nothing is new.

    It goes live when no admin's model is: on the first start, after an upgrade of an installation that never trained
    by itself, or when what is live cannot be read by this code. Raises UnderstandError for an archive that is broken.
    """
    content = await asyncio.to_thread(archive.read_bytes)
    sha256 = digest_of(content)
    async with db.read() as session:
        if await _is_version(session, sha256):
            return None
    await asyncio.to_thread(LocalModel.load, archive)
    now = clock.now()
    async with db.write() as session:
        await hold(session, MODEL)
        if await _is_version(session, sha256):
            return None
        row = {"sha256": sha256, "content": content, "created_at": now}
        await insert_many_once(session, ModelArchive, [row], ("sha256",))
        version = _shipped_version(await next_number(session), sha256, len(content), now)
        session.add(version)
        await session.flush()
        if await _takes_over(session):
            await go_live(session, version, now, staff_id=None, reason="")
    log.info("shipped_model_registered", number=version.number)
    return version.number


async def _is_version(session: AsyncSession, sha256: str) -> bool:
    return await session.scalar(select(ModelVersion.id).where(ModelVersion.sha256 == sha256).limit(1)) is not None


def _shipped_version(number: int, sha256: str, size: int, now: datetime) -> ModelVersion:
    return ModelVersion(
        number=number,
        origin=Origin.SHIPPED,
        state=ModelState.READY,
        asked_at=now,
        ended_at=now,
        percent=100,
        sha256=sha256,
        size=size,
    )


async def _takes_over(session: AsyncSession) -> bool:
    live = await find_live(session)
    if live is None:
        return True
    published = await find_version(session, live.number)
    if published is None or published.origin == Origin.SHIPPED:
        return True
    return bool(published.error)  # a worker of this code could not load it


async def prepare(db: Database, clock: Clock, phrases: Phrases, data: Path, archive: Path | None) -> None:
    """Everything a starting process brings in. A model that came along broken is logged: the published one serves."""
    await seed(db, clock, phrases, data / "nlu")
    if archive is None:
        return
    try:
        await register_shipped(db, clock, archive)
    except (UnderstandError, OSError) as error:
        async with db.read() as session:
            if await find_live(session) is None:
                return  # nothing serves: loading the model says so in a moment
        log.error("shipped_model_not_read", code="shipped_model_not_read", reason=str(error))
