"""What is agreed is told by a notice and stands on the page; consent taken back takes it out of both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.access import DEED_WRITERS, HEADS, DeedTools, access_staff, check_reason, lock_row
from actions.bulletins.commands import ApproveDeed, NoteNotice, RefuseDeed, WithdrawDeed
from actions.bulletins.deeds import forget
from actions.bulletins.model import Bulletin, BulletinState, DeedState, GoodDeed
from actions.bulletins.tell import changed, press, tell
from actions.errors import MoveRefused, NotFound
from actions.outcome import Event, Outcome, Reply
from actions.routing.rules import Rules

_MAY_END = (DeedState.TOLD, DeedState.ASKED, DeedState.AGREED, DeedState.WAITING, DeedState.PUBLISHED)


async def approve_deed(
    session: AsyncSession, command: ApproveDeed, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """Only with a yes. Whoever approves what somebody else has told is the second pair of eyes."""
    deed = await lock_row(session, GoodDeed, command.deed_id)
    await access_staff(session, command.staff_id, deed.community_id, HEADS)
    if deed.state != DeedState.AGREED:
        raise MoveRefused(f"is {deed.state}", phrase="deed.not_agreed")
    deed.state, deed.reason = DeedState.WAITING, ""
    await session.flush()
    said = {
        "about": f"deed:{deed.id}",
        "staff_id": command.staff_id,
        "deed_id": deed.id,
        "unit_ids": list(command.unit_ids) or [deed.community_id],
        "seconded": deed.author_id != command.staff_id,
    }
    return Outcome(events=(Event("GoodDeedApproved", deed.community_id, said),), value=deed.id)


async def refuse_deed(
    session: AsyncSession, command: RefuseDeed, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """It is not told."""
    deed = await lock_row(session, GoodDeed, command.deed_id)
    await access_staff(session, command.staff_id, deed.community_id, HEADS)
    if deed.state not in (DeedState.TOLD, DeedState.ASKED, DeedState.AGREED):
        raise MoveRefused(f"is {deed.state}", phrase="deed.settled")
    deed.reason = check_reason(command.reason)
    deed.state, deed.ended_at = DeedState.REFUSED, now
    await session.flush()
    return Outcome(events=(changed("GoodDeedChanged", deed.community_id, deed_id=deed.id),), value=deed.id)


async def withdraw_deed(
    session: AsyncSession, command: WithdrawDeed, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """The text goes wherever it can; twice is once."""
    deed = await lock_row(session, GoodDeed, command.deed_id)
    if command.staff_id is not None:
        await access_staff(session, command.staff_id, deed.community_id, DEED_WRITERS)
        deed.reason = check_reason(command.reason)
    elif command.resident_id is None or command.resident_id not in (deed.asked_id, deed.thanker_id):
        raise NotFound(f"deed {command.deed_id}", phrase="deed.none_such")
    if deed.state not in _MAY_END:
        return Outcome(value=deed.id)
    deed.state, deed.ended_at = DeedState.WITHDRAWN, now
    forget(deed)
    await session.flush()
    replies: tuple[Reply, ...] = ()
    if command.resident_id is not None:
        replies = (tell(command.resident_id, deed.community_id, "deed.withdrawn", immediate=True),)
    data = {"deed_id": deed.id, "notice_id": deed.notice_id}
    return Outcome(replies, (changed("GoodDeedWithdrawn", deed.community_id, **data),), deed.id)


async def note_notice(
    session: AsyncSession, command: NoteNotice, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """The notice by which it is said goes its way, and this with it. ``value``: the id of the bulletin or deed."""
    kind, _, number = command.about.partition(":")
    if kind == "deed":
        return await _note_deed(session, await lock_row(session, GoodDeed, int(number)), command, now)
    return await _note_bulletin(session, await lock_row(session, Bulletin, int(number)), command, now)


async def _note_bulletin(session: AsyncSession, bulletin: Bulletin, command: NoteNotice, now: datetime) -> Outcome:
    bulletin.notice_id = command.notice_id
    waits = bulletin.state == BulletinState.WAITING
    if command.state == "approved" and waits:
        bulletin.state, bulletin.published_at = BulletinState.PUBLISHED, now
        await _correct(session, bulletin, now)
    elif command.state == "refused" and waits:
        bulletin.state, bulletin.reason = BulletinState.REFUSED, command.reason
    elif command.state == "recalled" and bulletin.state in (BulletinState.WAITING, BulletinState.PUBLISHED):
        bulletin.state, bulletin.reason, bulletin.ended_at = BulletinState.WITHDRAWN, command.reason, now
    await session.flush()
    return Outcome(
        events=(changed("BulletinChanged", bulletin.community_id, bulletin_id=bulletin.id),), value=bulletin.id
    )


async def _correct(session: AsyncSession, bulletin: Bulletin, now: datetime) -> None:
    if bulletin.corrects_id is None:
        return
    first = await lock_row(session, Bulletin, bulletin.corrects_id)
    if first.state == BulletinState.PUBLISHED:
        first.state, first.ended_at = BulletinState.CORRECTED, now


async def _note_deed(session: AsyncSession, deed: GoodDeed, command: NoteNotice, now: datetime) -> Outcome:
    deed.notice_id = command.notice_id
    told: tuple[Reply, ...] = ()
    if command.state == "approved" and deed.state == DeedState.WAITING:
        deed.state, deed.published_at = DeedState.PUBLISHED, now
        told = _told_public(deed)
    elif command.state == "refused" and deed.state == DeedState.WAITING:
        deed.state, deed.reason = DeedState.AGREED, command.reason
    elif command.state == "recalled" and deed.state in (DeedState.WAITING, DeedState.PUBLISHED):
        deed.state, deed.reason, deed.ended_at = DeedState.WITHDRAWN, command.reason, now
        forget(deed)
    await session.flush()
    return Outcome(told, (changed("GoodDeedChanged", deed.community_id, deed_id=deed.id),), deed.id)


def _told_public(deed: GoodDeed) -> tuple[Reply, ...]:
    """They hear that it is told, and how to take it back."""
    if deed.asked_id is None:
        return ()
    back = (press("back", "back", deed.id),)
    return (tell(deed.asked_id, deed.community_id, "deed.published", key=f"published:{deed.id}", buttons=back),)
