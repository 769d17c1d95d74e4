"""Official bulletins: written, said by a notice once a second person agrees, put right openly, withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.access import (
    BULLETIN_WRITERS,
    HEADS,
    LONGEST_REASON,
    DeedTools,
    access_staff,
    check_reason,
    check_text,
    lock_row,
)
from actions.bulletins.commands import SubmitBulletin, WithdrawBulletin
from actions.bulletins.model import Bulletin, BulletinKind, BulletinState
from actions.bulletins.tell import changed, source_words
from actions.errors import InvalidInput, MoveRefused, NotAllowed
from actions.inserting import insert_once
from actions.outcome import Event, Outcome
from actions.routing.rules import Rules

LONGEST_TITLE, LONGEST_TEXT, LONGEST_ISSUER, LONGEST_WORDS = 30, 900, 40, 100
OLDEST = timedelta(days=366)
GRACE = timedelta(minutes=5)  # whoever picks "now" in a form may have a clock that is ahead


async def submit_bulletin(
    session: AsyncSession, command: SubmitBulletin, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """Keep it and have it said by a notice; it is public once that is approved. Handed in twice it is there once."""
    await access_staff(session, command.staff_id, command.community_id, BULLETIN_WRITERS)
    first = await _get_corrected(session, command)
    values = _check(command, now)
    if first is not None:
        values |= {"kind": first.kind, "unit_ids": list(first.unit_ids), "corrects_id": first.id}
    bulletin_id = await insert_once(session, Bulletin, values, ("community_id", "source"))
    if bulletin_id is None:
        query = select(Bulletin.id).where(
            Bulletin.community_id == command.community_id, Bulletin.source == command.source
        )
        return Outcome(value=await session.scalar(query))
    bulletin = await session.get_one(Bulletin, bulletin_id)
    said = {
        "about": f"bulletin:{bulletin.id}",
        "kind": bulletin.kind,
        "title": bulletin.title,
        "text": bulletin.text,
        "source": source_words(bulletin, rules),
        "staff_id": command.staff_id,
        "unit_ids": bulletin.unit_ids or [bulletin.community_id],
        "corrects_id": first.notice_id if first is not None else None,
        "private_confirmed": command.private_confirmed,
        "slips_confirmed": command.slips_confirmed,
    }
    return Outcome(events=(Event("BulletinSubmitted", bulletin.community_id, said),), value=bulletin.id)


def _check(command: SubmitBulletin, now: datetime) -> dict[str, object]:
    """The values of its row. Raises InvalidInput with what is missing."""
    if command.kind not in tuple(BulletinKind):
        raise InvalidInput("no kind", phrase="bulletin.no_kind")
    if command.stated_at > now + GRACE or command.stated_at < now - OLDEST:
        raise InvalidInput("not a time that has been", phrase="bulletin.when")
    return {
        "community_id": command.community_id,
        "source": command.source,
        "kind": command.kind,
        "title": check_text(command.title, LONGEST_TITLE, empty="bulletin.empty"),
        "text": check_text(command.text, LONGEST_TEXT, empty="bulletin.empty"),
        "issuer": check_text(command.issuer, LONGEST_ISSUER, empty="bulletin.whose"),
        "stated_at": command.stated_at,
        "words": command.words.strip()[:LONGEST_WORDS],
        "unit_ids": list(command.unit_ids),
        "state": BulletinState.WAITING,
        "corrects_id": None,
        "why": command.why.strip()[:LONGEST_REASON],
        "reason": "",
        "author_id": command.staff_id,
        "written_at": now,
    }


async def _get_corrected(session: AsyncSession, command: SubmitBulletin) -> Bulletin | None:
    """What it puts right. Raises MoveRefused for what has not been said, InvalidInput without a word why."""
    if command.corrects_id is None:
        return None
    first = await lock_row(session, Bulletin, command.corrects_id)
    if first.community_id != command.community_id or first.state != BulletinState.PUBLISHED:
        raise MoveRefused(f"is {first.state}", phrase="bulletin.not_out")
    waiting = (Bulletin.corrects_id == first.id, Bulletin.state == BulletinState.WAITING)
    again = await session.scalar(select(Bulletin.source).where(*waiting).limit(1))
    if again is not None and again != command.source:
        raise MoveRefused("a correction waits", phrase="bulletin.correction_waits")
    check_text(command.why, LONGEST_REASON, empty="bulletin.why")
    return first


async def withdraw_bulletin(
    session: AsyncSession, command: WithdrawBulletin, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """By who wrote it, or the heads. On the page its title stays with the reason; the text goes."""
    bulletin = await lock_row(session, Bulletin, command.bulletin_id)
    staff = await access_staff(session, command.staff_id, bulletin.community_id, BULLETIN_WRITERS)
    if staff.id != bulletin.author_id and staff.role not in HEADS:
        raise NotAllowed("another's", phrase="deed.not_yours")
    if bulletin.state not in (BulletinState.WAITING, BulletinState.PUBLISHED):
        raise MoveRefused(f"is {bulletin.state}", phrase="bulletin.not_out")
    bulletin.reason = check_reason(command.reason)
    bulletin.state, bulletin.ended_at = BulletinState.WITHDRAWN, now
    await session.flush()
    data = {"bulletin_id": bulletin.id, "notice_id": bulletin.notice_id, "reason": bulletin.reason}
    return Outcome(events=(changed("BulletinWithdrawn", bulletin.community_id, **data),), value=bulletin.id)
