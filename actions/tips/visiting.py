"""The reporter comes back: reads what was asked and answered, and adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Audience, Outcome, Reply
from actions.routing.rules import Rules
from actions.tips.commands import ListOwnTips, VisitOwnTip, VisitTip
from actions.tips.leaving import add_words
from actions.tips.model import Tip, TipEntry
from actions.tips.passing import check_passphrase, count_wrong, is_locked, plain_digits
from actions.tips.sealing import Seals, TipKeyUnavailable, open_tip, open_words
from actions.tips.telling import read_button, tip_event

MOST_LISTED = 5
SAID = frozenset({"said", "added"})


@dataclass(frozen=True, slots=True)
class Spoken:
    """An entry that the reporter may read."""

    at: datetime
    by_staff: bool
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit found; without ``ref`` number and passphrase do not fit, or were tried too often."""

    ref: str = ""
    state: str = ""
    received_at: datetime | None = None
    entries: tuple[Spoken, ...] = ()
    added: bool = False
    readable: bool = True  # False: the installation's key is missing; what was added is kept all the same


async def visit_tip(session: AsyncSession, command: VisitTip, now: datetime, rules: Rules, seals: Seals) -> Outcome:
    """By number and passphrase. A refusal is an outcome, not an error: the wrong try must be kept."""
    ref = f"X{plain_digits(command.ref)}"
    query = select(Tip).where(Tip.ref == ref, Tip.pass_hash.is_not(None)).with_for_update()
    tip = await session.scalar(query)
    fits = check_passphrase(tip, command.passphrase)
    if tip is None or is_locked(tip, now):
        return Outcome(value=Visit())
    if not fits:
        count_wrong(tip, now)
        return Outcome(value=Visit())
    tip.failed, tip.locked_until = 0, None
    return await _visit(session, tip, command.text, now, rules, seals)


async def visit_own_tip(
    session: AsyncSession, command: VisitOwnTip, now: datetime, rules: Rules, seals: Seals
) -> Outcome:
    """By the signed-in resident who reported it; to others it does not exist."""
    query = select(Tip).where(Tip.ref == command.ref, Tip.reporter_id == command.resident_id).with_for_update()
    tip = await session.scalar(query)
    return Outcome(value=Visit()) if tip is None else await _visit(session, tip, command.text, now, rules, seals)


async def list_own_tips(
    session: AsyncSession, command: ListOwnTips, now: datetime, rules: Rules, seals: Seals
) -> Outcome:
    """Numbers and how far they are; a button opens each."""
    query = select(Tip).where(Tip.community_id == command.community_id, Tip.reporter_id == command.resident_id)
    tips = list(await session.scalars(query.order_by(Tip.id.desc()).limit(MOST_LISTED)))
    if not tips:
        return Outcome((_privately(command, "tips.list_empty", {}),))
    replies = (_privately(command, f"tips.state.{tip.state}", {"ref": tip.ref}, tip) for tip in tips)
    return Outcome(tuple(replies))


def _privately(command: ListOwnTips, phrase: str, params: dict[str, str], tip: Tip | None = None) -> Reply:
    return Reply(
        phrase,
        params,
        Audience.PRIVATE,
        resident_id=command.resident_id,
        community_id=command.community_id,
        buttons=(read_button(tip),) if tip is not None else (),
    )


async def _visit(session: AsyncSession, tip: Tip, text: str, now: datetime, rules: Rules, seals: Seals) -> Outcome:
    added = bool(text.strip())
    replies = await add_words(session, seals, tip, text, now, rules) if added else ()
    await session.flush()
    try:
        entries, readable = await _spoken(session, tip, seals), True
    except TipKeyUnavailable:
        entries, readable = (), False
    visit = Visit(tip.ref, tip.state, tip.received_at, entries, added, readable)
    return Outcome(replies, (tip_event("TipChanged", tip),) if added else (), visit)


async def _spoken(session: AsyncSession, tip: Tip, seals: Seals) -> tuple[Spoken, ...]:
    """Everything the reporter may read. Raises TipKeyUnavailable."""
    private = await open_tip(session, seals, tip)
    query = select(TipEntry).where(TipEntry.tip_id == tip.id, TipEntry.for_reporter.is_(True)).order_by(TipEntry.id)
    spoken = []
    for entry in await session.scalars(query):
        words = open_words(seals, tip, private, entry)
        spoken.append(Spoken(entry.at, entry.kind not in SAID, entry.kind, str(words.get("text", ""))))
    return tuple(spoken)
