"""Who teaches, and the book in which every change of examples and labels is written."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotAllowed, NotFound
from actions.inserting import insert_many_once
from actions.outcome import Event
from actions.people.model import Role, StaffMember
from actions.teaching.model import Example, ExampleChange, Label, Taught

EVERYWHERE = 0  # community of events that concern the whole installation
EXAMPLES, PHRASES, NAMES, MODEL, SHIPPED = "examples", "phrases", "names", "model", "shipped"


async def get_admin(session: AsyncSession, staff_id: int) -> StaffMember:
    """The administrator. Raises NotAllowed for everybody else."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or staff.role != Role.ADMIN:
        raise NotAllowed(f"staff {staff_id} does not teach", phrase="taught.error.not_admin")
    return staff


async def hold(session: AsyncSession, name: str) -> Taught:
    """The row of that kind, held until the commit: changes of one kind are made one after the other."""
    await insert_many_once(session, Taught, [{"name": name, "version": 0, "note": ""}], ("name",))
    query = select(Taught).where(Taught.name == name).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def touch(session: AsyncSession, name: str) -> Event:
    """Count a change of that kind, so that every process loads it anew; the event wakes them."""
    row = await hold(session, name)
    row.version += 1
    return taught_event(name)


def taught_event(name: str) -> Event:
    """Something was taught; processes look at the tables."""
    return Event("Taught", EVERYWHERE, {"what": name})


async def get_label(session: AsyncSession, intent: str, category: str) -> Label:
    """The label that examples may be given. Raises InvalidInput for unknown, retired or half ones."""
    query = select(Label).where(Label.intent == intent, Label.category == category)
    label = (await session.scalars(query)).one_or_none()
    if label is None or label.retired_at is not None:
        raise InvalidInput(f"no label {intent!r}/{category!r}", phrase="taught.error.no_label")
    if not category and intent in await intents_with_categories(session):
        raise InvalidInput(f"{intent} needs a category", phrase="taught.error.category_needed")
    return label


async def intents_with_categories(session: AsyncSession) -> frozenset[str]:
    """Intents whose examples need a category."""
    return frozenset(await session.scalars(select(Label.intent).where(Label.category != "").distinct()))


def snapshot(example: Example) -> dict[str, Any]:
    """An example as it is written into the book; {} for one that is not there."""
    if example.deleted_at is not None:
        return {}
    return {
        "intent": example.intent,
        "category": example.category,
        "marked": example.marked,
        "use": example.use,
    }


@dataclass
class Book:
    """Writes down the changes of one command under one batch."""

    session: AsyncSession
    staff_id: int | None
    now: datetime
    batch: str = field(default_factory=lambda: secrets.token_hex(8))

    def write(self, what: str, example: Example, before: Mapping[str, Any]) -> None:
        """An example is now as it is; it was as ``before`` says."""
        after = snapshot(example)
        self._add(what, example_id=example.id, before=before, after=after)
        example.changed_at, example.changed_by = self.now, self.staff_id

    def write_added(self, example_id: int, after: Mapping[str, Any], what: str = "add") -> None:
        """An example was added."""
        self._add(what, example_id=example_id, before={}, after=after)

    def write_label(self, what: str, label: Label, before: Mapping[str, Any]) -> None:
        """A label is new or has changed."""
        after = {"code": label.code, "name": label.name, "answer": label.answer, "unasked": label.unasked}
        self._add(what, label_id=label.id, before=before, after={**after, "retired": label.retired_at is not None})

    def _add(self, what: str, **more: Any) -> None:
        self.session.add(
            ExampleChange(at=self.now, staff_id=self.staff_id, what=what, batch=self.batch, **more)
        )


async def lock_examples(session: AsyncSession, ids: tuple[int, ...]) -> list[Example]:
    """The examples, held until the commit, in order of id; those not there are left out."""
    found: list[Example] = []
    for at in range(0, len(ids), 500):
        query = select(Example).where(Example.id.in_(ids[at : at + 500])).order_by(Example.id).with_for_update()
        found += await session.scalars(query.execution_options(populate_existing=True))
    return found


async def get_example(session: AsyncSession, example_id: int) -> Example:
    """One example in use, held until the commit. Raises NotFound."""
    found = await lock_examples(session, (example_id,))
    if not found or found[0].deleted_at is not None:
        raise NotFound(f"example {example_id}", phrase="taught.error.no_example")
    return found[0]
