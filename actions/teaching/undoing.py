"""A batch of changes is taken back, as far as nobody has changed the same again since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.outcome import Outcome
from actions.teaching.changes import EXAMPLES, Book, get_admin, lock_examples, snapshot, touch
from actions.teaching.commands import Changed, UndoChanges
from actions.teaching.examples import is_known
from actions.teaching.marks import fingerprint, strip_marks
from actions.teaching.model import Example, ExampleChange


async def undo_changes(session: AsyncSession, command: UndoChanges, now: datetime) -> Outcome:
    """Everything of the batch that is still as it was left by it goes back to what it was before."""
    await get_admin(session, command.staff_id)
    event = await touch(session, EXAMPLES)
    changed = await take_back(session, Book(session, command.staff_id, now), command.batch)
    return Outcome(events=(event,), value=changed)


async def take_back(session: AsyncSession, book: Book, batch: str) -> Changed:
    """Take a batch back. Raises NotFound when there is none of that name."""
    query = select(ExampleChange).where(ExampleChange.batch == batch, ExampleChange.example_id.is_not(None))
    changes = list(await session.scalars(query.order_by(ExampleChange.id.desc())))
    if not changes:
        raise NotFound(f"batch {batch!r}", phrase="taught.error.no_batch")
    ids = tuple({change.example_id for change in changes if change.example_id is not None})
    examples = {example.id: example for example in await lock_examples(session, ids)}
    deleted, restored = [], []
    for change in changes:
        example = examples.get(change.example_id or 0)
        if example is None or snapshot(example) != change.after:
            continue
        if not change.before:
            _remove(book, example, change)
            deleted.append(example.id)
        elif await _restore(session, book, example, change):
            restored.append(example.id)
    return Changed(book.batch, tuple(deleted + restored), deleted=len(deleted), restored=len(restored))


def _remove(book: Book, example: Example, change: ExampleChange) -> None:
    example.deleted_at, example.key = book.now, None
    book.write("undo", example, change.after)


async def _restore(session: AsyncSession, book: Book, example: Example, change: ExampleChange) -> bool:
    """As it was before; not if the same sentence is there again by now."""
    before = change.before
    plain = strip_marks(before["marked"])
    key = fingerprint(plain)
    if key != example.key and await is_known(session, key):
        return False
    example.intent, example.category, example.use = before["intent"], before["category"], before["use"]
    example.marked, example.plain, example.key, example.deleted_at = before["marked"], plain, key, None
    book.write("undo", example, change.after)
    await session.flush()
    return True
