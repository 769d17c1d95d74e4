"""The review queue: what comes in, and what an admin makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.outcome import Outcome
from actions.people.model import StaffMember
from actions.people.units import works_in
from actions.teaching.changes import EXAMPLES, Book, get_admin, get_label, taught_event, touch
from actions.teaching.commands import Changed, DecideReview, UndoReview
from actions.teaching.examples import insert_examples, read_sentences, refusal
from actions.teaching.marks import fingerprint, strip_marks
from actions.teaching.model import Origin, Reason, ReviewItem, Use
from actions.teaching.tools import Tools
from actions.teaching.undoing import take_back

MOST_OPEN = 200  # of a community: more nobody works through, and the newest say most
MOST_IGNORED = 200
# what staff did outweighs what the bot merely doubted
_WEIGHT = {Reason.UNSURE: 0, Reason.ASKED_BACK: 1, Reason.NOT_THIS: 2}
_STATES = {"confirm": "confirmed", "correct": "corrected", "ignore": "ignored"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message that should be reviewed; ``text`` is anonymous already."""

    community_id: int
    text: str
    reason: Reason
    intent: str
    category: str = ""
    confidence: float = 0.0
    ranking: dict[str, float] = field(default_factory=dict)
    decision: str = ""
    ticket_id: int | None = None
    staff_intent: str = ""
    staff_category: str = ""


async def keep_doubt(session: AsyncSession, doubt: Doubt, now: datetime, alike: ReviewItem | None = None) -> None:
    """Put it into the queue. ``alike``: an open item so similar that it only counts once more."""
    key = fingerprint(doubt.text)
    known = alike or await session.scalar(
        select(ReviewItem).where(ReviewItem.community_id == doubt.community_id, ReviewItem.key == key)
    )
    if known is not None:
        _meet_again(known, doubt)
        return
    await insert_once(session, ReviewItem, _values(doubt, key, now), ("community_id", "key"))
    await _make_room(session, doubt.community_id)


def _meet_again(item: ReviewItem, doubt: Doubt) -> None:
    """Somebody has decided on it, or it is open and counts once more."""
    if item.state != "open":
        return
    item.seen += 1
    if _WEIGHT.get(doubt.reason, 3) > _WEIGHT.get(Reason(item.reason), 3):
        item.reason = doubt.reason
    if doubt.staff_intent:
        item.staff_intent, item.staff_category = doubt.staff_intent, doubt.staff_category
        item.ticket_id = doubt.ticket_id


def _values(doubt: Doubt, key: str, now: datetime) -> dict[str, Any]:
    return {
        "community_id": doubt.community_id,
        "key": key,
        "text": doubt.text,
        "reason": str(doubt.reason),
        "seen": 1,
        "intent": doubt.intent,
        "category": doubt.category,
        "confidence": doubt.confidence,
        "ranking": doubt.ranking,
        "decision": doubt.decision[:64],
        "ticket_id": doubt.ticket_id,
        "staff_intent": doubt.staff_intent,
        "staff_category": doubt.staff_category,
        "state": "open",
        "created_at": now,
        "batch": "",
    }


async def _make_room(session: AsyncSession, community_id: int) -> None:
    """Beyond the limit the oldest go: of those that are open, and of those that were ignored."""
    for state, most in (("open", MOST_OPEN), ("ignored", MOST_IGNORED)):
        mine = select(ReviewItem.id).where(ReviewItem.community_id == community_id, ReviewItem.state == state)
        too_old = (await session.scalars(mine.order_by(ReviewItem.id.desc()).offset(most))).all()
        if too_old:
            await session.execute(delete(ReviewItem).where(ReviewItem.id.in_(too_old)))


async def decide_review(session: AsyncSession, command: DecideReview, now: datetime, tools: Tools) -> Outcome:
    """Confirm, correct or ignore. What is confirmed or corrected is learnt with the next training."""
    admin = await get_admin(session, command.staff_id)
    if command.decision not in _STATES:
        raise InvalidInput(f"decision {command.decision!r}")
    event = await touch(session, EXAMPLES)
    item = await _lock_item(session, admin, command.item_id)
    if item.state != "open":
        raise MoveRefused("decided already", phrase="error.faster")
    changed = Changed("")
    if command.decision != "ignore":
        changed = await _learn(session, item, command, now, tools)
    item.state, item.done_at, item.done_by = _STATES[command.decision], now, command.staff_id
    await session.flush()
    return Outcome(events=(event,), value=changed)


async def _learn(
    session: AsyncSession, item: ReviewItem, command: DecideReview, now: datetime, tools: Tools
) -> Changed:
    confirms = command.decision == "confirm"
    intent, category = (item.intent, item.category) if confirms else (command.intent, command.category)
    label = await get_label(session, intent, category)
    sound, skipped, hidden = read_sentences([command.text or item.text], tools)
    if skipped:
        raise refusal(skipped[0][1])
    book = Book(session, command.staff_id, now)
    ids, known = await insert_examples(session, book, label.intent, label.category, sound, Origin.REVIEW, Use.TRAIN)
    item.example_id, item.batch = (ids[0], book.batch) if ids else (None, "")
    if command.text:
        item.text = strip_marks(sound[0])
    return Changed(book.batch, tuple(ids), len(ids), hidden=hidden, skipped=tuple((s, "duplicate") for s in known))


async def undo_review(session: AsyncSession, command: UndoReview, now: datetime) -> Outcome:
    """Open again; what was learnt from it is taken back."""
    admin = await get_admin(session, command.staff_id)
    await touch(session, EXAMPLES)
    item = await _lock_item(session, admin, command.item_id)
    if item.batch:
        await take_back(session, Book(session, command.staff_id, now), item.batch)
    item.state, item.done_at, item.done_by, item.example_id, item.batch = "open", None, None, None, ""
    await session.flush()
    return Outcome(events=(taught_event(EXAMPLES),), value=item.id)


async def _lock_item(session: AsyncSession, admin: StaffMember, item_id: int) -> ReviewItem:
    query = select(ReviewItem).where(ReviewItem.id == item_id).with_for_update()
    item = await session.scalar(query.execution_options(populate_existing=True))
    if item is None or not await works_in(session, admin, item.community_id):
        raise NotFound(f"review item {item_id}", phrase="taught.error.no_item")
    return item
