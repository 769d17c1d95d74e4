"""Examples are added, edited, moved, deleted; every change stands in the book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused
from actions.inserting import insert_rows_once
from actions.outcome import Outcome
from actions.teaching.changes import (
    EXAMPLES,
    Book,
    get_admin,
    get_example,
    get_label,
    lock_examples,
    snapshot,
    touch,
)
from actions.teaching.commands import AddExamples, Changed, DeleteExamples, EditExample, MoveExamples
from actions.teaching.marks import BrokenSentence, fingerprint, read_marked, strip_marks
from actions.teaching.model import Example, Origin, Use
from actions.teaching.tools import Tools, TooPrivate

AT_ONCE = 500  # rows of one statement: SQLite takes some 30,000 values
MOST = 20_000  # sentences of one command


async def add_examples(session: AsyncSession, command: AddExamples, now: datetime, tools: Tools) -> Outcome:
    """Add what is new and sound; a single sentence that is neither is refused with the reason."""
    await get_admin(session, command.staff_id)
    label = await get_label(session, command.intent, command.category)
    check_use(command.use)
    if not command.texts or len(command.texts) > MOST:
        raise InvalidInput("no sentences, or too many", phrase="taught.error.empty")
    event = await touch(session, EXAMPLES)
    book = Book(session, command.staff_id, now)
    marked, skipped, hidden = read_sentences(command.texts, tools)
    new, known = await insert_examples(session, book, label.intent, label.category, marked, command.origin, command.use)
    skipped += [(text, "duplicate") for text in known]
    if len(command.texts) == 1 and skipped:
        raise refusal(skipped[0][1])
    changed = Changed(book.batch, tuple(new), added=len(new), hidden=hidden, skipped=tuple(skipped))
    return Outcome(events=(event,), value=changed)


def check_use(use: str) -> None:
    """Raise InvalidInput for a use that does not exist."""
    if use not in list(Use):
        raise InvalidInput(f"use {use!r}")


def refusal(code: str) -> InvalidInput:
    """Why one sentence cannot be taken."""
    return InvalidInput(f"sentence refused: {code}", phrase=f"taught.refused.{code}")


def read_sentences(texts: Sequence[str], tools: Tools) -> tuple[list[str], list[tuple[str, str]], int]:
    """Sound sentences without private things, what is left out and why, and in how many something was hidden."""
    sound: list[str] = []
    skipped: list[tuple[str, str]] = []
    hidden = 0
    for text in texts:
        try:
            marked = read_marked(text)
            shown = tools.hide(marked)
        except BrokenSentence as broken:
            skipped.append((text, broken.code))
        except TooPrivate:
            skipped.append((text, "private"))
        else:
            hidden += shown != marked
            sound.append(shown)
    return sound, skipped, hidden


async def insert_examples(
    session: AsyncSession, book: Book, intent: str, category: str, sentences: Sequence[str], origin: str, use: str
) -> tuple[list[int], list[str]]:
    """Add the sentences under a label: ids of the new ones, and those that are there already. Written into the book."""
    if origin not in list(Origin):
        raise InvalidInput(f"origin {origin!r}")
    rows = {fingerprint(strip_marks(marked)): marked for marked in reversed(sentences)}
    values = [
        example_values(intent, category, marked, key, origin, use, book) for key, marked in reversed(rows.items())
    ]
    new: dict[str, int] = {}
    for at in range(0, len(values), AT_ONCE):
        part = await insert_rows_once(session, Example, values[at : at + AT_ONCE], ("key",), ("key", "id"))
        new.update({key: example_id for key, example_id in part})
    for key, example_id in new.items():
        after = {"intent": intent, "category": category, "marked": rows[key], "use": use}
        book.write_added(example_id, after)
    known = [marked for key, marked in rows.items() if key not in new]
    return sorted(new.values()), known + _repeated(sentences)


def _repeated(sentences: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    return [s for s in sentences if strip_marks(s) in seen or seen.add(strip_marks(s))]  # type: ignore[func-returns-value]


def example_values(
    intent: str, category: str, marked: str, key: str, origin: str, use: str, book: Book
) -> dict[str, object]:
    """A row of examples with every column that has a value."""
    return {
        "intent": intent,
        "category": category,
        "marked": marked,
        "plain": strip_marks(marked),
        "key": key,
        "origin": origin,
        "use": use,
        "created_at": book.now,
        "created_by": book.staff_id,
    }


async def edit_example(session: AsyncSession, command: EditExample, now: datetime, tools: Tools) -> Outcome:
    """Other words or marks. Refused when somebody was faster, or the sentence is there already."""
    await get_admin(session, command.staff_id)
    event = await touch(session, EXAMPLES)
    example = await get_example(session, command.example_id)
    if command.before and command.before != example.marked:
        raise MoveRefused("somebody was faster", phrase="error.faster")
    sound, skipped, hidden = read_sentences([command.marked], tools)
    if skipped:
        raise refusal(skipped[0][1])
    book = Book(session, command.staff_id, now)
    other = sound[0] != example.marked
    if other:
        await put_words(session, book, example, sound[0])
    changed = Changed(book.batch, (example.id,), edited=int(other), hidden=hidden)
    return Outcome(events=(event,), value=changed)


async def put_words(session: AsyncSession, book: Book, example: Example, marked: str) -> None:
    """Give an example other words. Raises InvalidInput when another one has them."""
    key = fingerprint(strip_marks(marked))
    if key != example.key and await is_known(session, key):
        raise refusal("duplicate")
    before = snapshot(example)
    example.marked, example.plain, example.key = marked, strip_marks(marked), key
    book.write("edit", example, before)
    await session.flush()


async def is_known(session: AsyncSession, key: str | None) -> bool:
    """Whether an example in use has that fingerprint."""
    return await session.scalar(select(Example.id).where(Example.key == key)) is not None


async def move_examples(session: AsyncSession, command: MoveExamples, now: datetime) -> Outcome:
    """They mean something else now."""
    await get_admin(session, command.staff_id)
    label = await get_label(session, command.intent, command.category)
    event = await touch(session, EXAMPLES)
    book = Book(session, command.staff_id, now)
    moved = []
    for example in await lock_examples(session, command.example_ids):
        if example.deleted_at is None and example.label != label.code:
            before = snapshot(example)
            example.intent, example.category = label.intent, label.category
            book.write("move", example, before)
            moved.append(example.id)
    return Outcome(events=(event,), value=Changed(book.batch, tuple(moved), moved=len(moved)))


async def delete_examples(session: AsyncSession, command: DeleteExamples, now: datetime) -> Outcome:
    """They are kept, but nothing is learnt from them."""
    await get_admin(session, command.staff_id)
    event = await touch(session, EXAMPLES)
    book = Book(session, command.staff_id, now)
    rows = [e for e in await lock_examples(session, command.example_ids) if e.deleted_at is None]
    for example in rows:
        put_away(book, example)
    return Outcome(events=(event,), value=Changed(book.batch, tuple(e.id for e in rows), deleted=len(rows)))


def put_away(book: Book, example: Example, what: str = "delete") -> None:
    """Delete one, so that it can be brought back."""
    before = snapshot(example)
    example.deleted_at, example.key = book.now, None
    book.write(what, example, before)
