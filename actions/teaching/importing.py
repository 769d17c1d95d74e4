"""The sentences of a file are taken in, all or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.outcome import Outcome
from actions.teaching.changes import EXAMPLES, Book, get_admin, intents_with_categories, snapshot, touch
from actions.teaching.commands import Changed, ImportedExample, ImportExamples
from actions.teaching.examples import MOST, insert_examples, put_away
from actions.teaching.marks import BrokenSentence, fingerprint, read_marked, strip_marks
from actions.teaching.model import Example, Label, Origin, Use
from actions.teaching.tools import Tools, TooPrivate


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line of a file; the codes are those of ``Changed`` and no_label, category_needed, twice.
    ``file``: which one, where there are several."""

    line: int
    code: str
    text: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would change. Of ``different`` (known, but under another label or with other marks) each has
    (example id, what is known, what the file says)."""

    new: tuple[ImportedExample, ...]
    same: int
    different: tuple[tuple[int, str, ImportedExample], ...]
    missing: tuple[int, ...]  # ids of examples that the file does not have
    hidden: int
    faults: tuple[Fault, ...]


async def make_plan(session: AsyncSession, rows: Sequence[ImportedExample], tools: Tools) -> Plan:
    """Compare the sentences of a file with what is known. Changes nothing."""
    known = {e.key: e for e in await session.scalars(select(Example).where(Example.deleted_at.is_(None)))}
    faults = await _label_faults(session, rows)
    given: dict[str, ImportedExample] = {}
    hidden = 0
    for row in rows:
        try:
            marked, was_hidden = _read(row, known, tools)
        except (BrokenSentence, TooPrivate) as broken:
            faults.append(Fault(row.line, getattr(broken, "code", "private"), row.marked, row.file))
            continue
        key = fingerprint(strip_marks(marked))
        if key in given:
            faults.append(Fault(row.line, "twice", row.marked, row.file))
            continue
        given[key] = replace(row, marked=marked)
        hidden += was_hidden
    return _compare(known, given, hidden, tuple(sorted(faults, key=_by_line)))


def _compare(
    known: Mapping[str | None, Example], given: Mapping[str, ImportedExample], hidden: int, faults: tuple[Fault, ...]
) -> Plan:
    met = [(known[key], row) for key, row in given.items() if key in known]
    different = tuple((e.id, f"{e.label} {e.marked}", row) for e, row in met if not _is_same(e, row))
    uses = {row.use for row in given.values()}
    return Plan(
        new=tuple(row for key, row in given.items() if key not in known),
        same=len(met) - len(different),
        different=different,
        missing=tuple(e.id for e in known.values() if e.key not in given and e.use in uses),
        hidden=hidden,
        faults=faults,
    )


def _by_line(fault: Fault) -> tuple[str, int]:
    return fault.file, fault.line


def _is_same(example: Example, row: ImportedExample) -> bool:
    return (example.intent, example.category, example.marked, example.use) == (
        row.intent,
        row.category,
        row.marked,
        row.use,
    )


def _read(row: ImportedExample, known: Mapping[str | None, Example], tools: Tools) -> tuple[str, bool]:
    """The sentence as it is kept. One that is known already is not made anonymous a second time."""
    marked = read_marked(row.marked)
    if fingerprint(strip_marks(marked)) in known:
        return marked, False
    shown = tools.hide(marked)
    return shown, shown != marked


async def _label_faults(session: AsyncSession, rows: Sequence[ImportedExample]) -> list[Fault]:
    labels = {label.code: label for label in await session.scalars(select(Label))}
    branched = await intents_with_categories(session)
    faults = []
    for row in rows:
        label = labels.get(f"{row.intent}/{row.category}" if row.category else row.intent)
        if label is None or label.retired_at is not None or row.use not in list(Use):
            faults.append(Fault(row.line, "no_label", f"{row.intent}/{row.category}", row.file))
        elif not row.category and row.intent in branched:
            faults.append(Fault(row.line, "category_needed", row.intent, row.file))
    return faults


async def import_examples(session: AsyncSession, command: ImportExamples, now: datetime, tools: Tools) -> Outcome:
    """Take the file in. Raises InvalidInput with the first fault, and nothing is changed."""
    await get_admin(session, command.staff_id)
    if not command.rows or len(command.rows) > MOST:
        raise InvalidInput("no sentences, or too many", phrase="taught.error.empty")
    event = await touch(session, EXAMPLES)
    plan = await make_plan(session, command.rows, tools)
    if plan.faults:
        fault = plan.faults[0]
        raise InvalidInput(f"line {fault.line}: {fault.code}", phrase="taught.error.file", line=fault.line)
    book = Book(session, command.staff_id, now)
    changed = Changed(book.batch, hidden=plan.hidden)
    if command.replace:  # first, so that nothing stands in the way of what comes
        changed = replace(changed, deleted=await _put_away(session, book, plan.missing))
    ids: list[int] = []
    for group, rows in _grouped(plan.new).items():
        new, _ = await insert_examples(session, book, group[0], group[1], rows, Origin.IMPORT, group[2])
        ids += new
    if command.overwrite:
        changed = replace(changed, edited=await _overwrite(session, book, plan))
    else:
        skipped = tuple((row.marked, "other_label") for _, _, row in plan.different)
        changed = replace(changed, skipped=skipped)
    return Outcome(events=(event,), value=replace(changed, ids=tuple(ids), added=len(ids)))


def _grouped(rows: Sequence[ImportedExample]) -> dict[tuple[str, str, str], list[str]]:
    groups: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        groups.setdefault((row.intent, row.category, row.use), []).append(row.marked)
    return groups


async def _put_away(session: AsyncSession, book: Book, ids: tuple[int, ...]) -> int:
    for example_id in ids:
        example = await session.get(Example, example_id)
        if example is not None:
            put_away(book, example)
    await session.flush()
    return len(ids)


async def _overwrite(session: AsyncSession, book: Book, plan: Plan) -> int:
    for example_id, _, row in plan.different:
        example = await session.get(Example, example_id)
        if example is not None:
            before = snapshot(example)
            example.intent, example.category, example.use = row.intent, row.category, row.use
            example.marked = row.marked
            book.write("move" if before["marked"] == row.marked else "edit", example, before)
    await session.flush()
    return len(plan.different)
