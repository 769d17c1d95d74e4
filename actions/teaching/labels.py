"""Labels: categories and intents that an admin adds, their names and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.outcome import Outcome
from actions.teaching.changes import NAMES, Book, get_admin, touch
from actions.teaching.commands import AddLabel, ChangeLabel, RetireLabel
from actions.teaching.marks import tidy
from actions.teaching.model import Label

BRANCHED = ("service_request", "safety_tip", "dispute")  # intents under which categories may be added
LONGEST_NAME = 16
LONGEST_ANSWER = 1000


async def add_label(session: AsyncSession, command: AddLabel, now: datetime) -> Outcome:
    """A new category, or a new intent with its answer. Codes are ours: admins write names."""
    await get_admin(session, command.staff_id)
    event = await touch(session, NAMES)
    if command.intent and command.intent not in BRANCHED:
        raise InvalidInput(f"no categories under {command.intent!r}", phrase="taught.error.no_label")
    name = await _check_name(session, command.name, command.intent)
    answer = "" if command.intent else _check_answer(command.answer)
    code = f"own_{(await session.scalar(select(func.max(Label.id))) or 0) + 1}"
    label = Label(
        intent=command.intent or code,
        category=code if command.intent else "",
        name=name,
        fixed=False,
        answer=answer,
        unasked=command.unasked and not command.intent,
        created_at=now,
        created_by=command.staff_id,
    )
    session.add(label)
    await session.flush()
    Book(session, command.staff_id, now).write_label("label_add", label, {})
    return Outcome(events=(event,), value=label.id)


async def change_label(session: AsyncSession, command: ChangeLabel, now: datetime) -> Outcome:
    """Another name; of an added intent also another answer. It takes effect at once."""
    await get_admin(session, command.staff_id)
    event = await touch(session, NAMES)
    label = await _get_label(session, command.label_id)
    before = _described(label)
    if command.name is not None and tidy(command.name) != label.name:
        label.name = await _check_name(session, command.name, label.intent if label.category else "")
    if command.answer is not None or command.unasked is not None:
        if not label.is_own_intent:
            raise InvalidInput("only added intents have answers", phrase="taught.error.fixed_label")
        label.answer = _check_answer(command.answer) if command.answer is not None else label.answer
        label.unasked = label.unasked if command.unasked is None else command.unasked
    Book(session, command.staff_id, now).write_label("label_change", label, before)
    return Outcome(events=(event,), value=label.id)


async def retire_label(session: AsyncSession, command: RetireLabel, now: datetime) -> Outcome:
    """An added label is laid aside, or taken up again."""
    await get_admin(session, command.staff_id)
    event = await touch(session, NAMES)
    label = await _get_label(session, command.label_id)
    if label.fixed:
        raise InvalidInput("the taxonomy's own labels stay", phrase="taught.error.fixed_label")
    before = _described(label)
    label.retired_at = now if command.retired else None
    Book(session, command.staff_id, now).write_label("label_change", label, before)
    return Outcome(events=(event,), value=label.id)


async def _get_label(session: AsyncSession, label_id: int) -> Label:
    label = await session.get(Label, label_id)
    if label is None:
        raise NotFound(f"label {label_id}", phrase="taught.error.no_label")
    return label


async def _check_name(session: AsyncSession, name: str, intent: str) -> str:
    """Short, and not taken among its siblings."""
    wanted = tidy(name)
    if not wanted or len(wanted) > LONGEST_NAME:
        raise InvalidInput("a name of 1 to 16 characters", phrase="taught.error.label_name", most=LONGEST_NAME)
    siblings = (Label.intent == intent) & (Label.category != "") if intent else Label.category == ""
    if await session.scalar(select(Label.id).where(siblings, Label.name == wanted)) is not None:
        raise InvalidInput(f"label name {wanted!r} is taken", phrase="taught.error.label_taken")
    return wanted


def _check_answer(answer: str) -> str:
    wanted = answer.strip()
    if not wanted or len(wanted) > LONGEST_ANSWER:
        raise InvalidInput("an answer is needed", phrase="taught.error.answer", most=LONGEST_ANSWER)
    return wanted


def _described(label: Label) -> dict[str, Any]:
    retired = label.retired_at is not None
    return {"name": label.name, "answer": label.answer, "unasked": label.unasked, "retired": retired}
