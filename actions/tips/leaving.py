"""A case begins, and more of it is said. The words are sealed before anything else is done with them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.outcome import Outcome, Reply
from actions.routing.desks import find_desk, find_unit, get_community
from actions.routing.rules import Rules
from actions.tips.access import lock_tip
from actions.tips.commands import AddToTip, LeaveTip, OpenedTip
from actions.tips.model import Source, Tip, TipEntry, TipState
from actions.tips.passing import check_passphrase, fingerprint, has_passphrase, set_passphrase
from actions.tips.sealing import Seals, get_vault, seal_words
from actions.tips.telling import DONE_BUTTON, tell_reporter, tell_staff, tip_event

LONGEST = 4000  # characters of one entry
MOST_TRIES = 20
_NAMED = ("building", "unit", "floor", "room")


async def leave_tip(session: AsyncSession, command: LeaveTip, now: datetime, rules: Rules, seals: Seals) -> Outcome:
    """Seal it, find its desk, tell the reporter its number and staff that it is there."""
    if not command.text.strip() and not command.images:
        raise InvalidInput("an empty tip", phrase="error.empty")
    sent_before = await _find_sent(session, command)
    if sent_before is not None:
        return Outcome(value=OpenedTip(sent_before.id, sent_before.ref))
    tip = await _new_tip(session, command, now, rules, seals)
    words = {"text": command.text[:LONGEST], "place": place_words(command.where, rules)}
    add_entry(session, seals, tip, "said", now, {**words, "pictures": list(command.images)}, staff_id=command.staff_id)
    value = OpenedTip(tip.id, tip.ref)
    if command.over:
        tip.state, tip.closed_at = TipState.SETTLED, now
        return Outcome(value=value)
    mark_unread(tip, now, rules)
    await session.flush()
    return Outcome((*_answers(tip, command, rules), tell_staff(tip, rules, "staff.new_tip", "new")),
                   (tip_event("TipLeft", tip),), value)  # fmt: skip


async def add_to_tip(session: AsyncSession, command: AddToTip, now: datetime, rules: Rules, seals: Seals) -> Outcome:
    """More from the same resident. Raises NotFound for whoever else asks."""
    tip = await lock_tip(session, command.tip_id)
    if tip.reporter_id is None or tip.reporter_id != command.resident_id:
        raise NotFound(f"tip {command.tip_id}", phrase="tips.none_such")
    replies = await add_words(session, seals, tip, command.text, now, rules, command.images)
    return Outcome(
        (*tell_reporter(tip, "tips.added", DONE_BUTTON), *replies),
        (tip_event("TipChanged", tip),),
        OpenedTip(tip.id, tip.ref),
    )


async def add_words(
    session: AsyncSession, seals: Seals, tip: Tip, text: str, now: datetime, rules: Rules,
    images: tuple[str, ...] = (),
) -> tuple[Reply, ...]:  # fmt: skip
    """Seal what the reporter adds; staff hear once that there is something to read."""
    if not text.strip() and not images:
        raise InvalidInput("nothing added", phrase="error.empty")
    known = tip.unread_since is not None
    add_entry(session, seals, tip, "added", now, {"text": text[:LONGEST], "pictures": list(images)}, shown=True)
    if tip.state != TipState.RECEIVED:  # an answer, or something new on what seemed settled
        tip.state, tip.closed_at = TipState.CHECKING, None
    mark_unread(tip, now, rules)
    await session.flush()
    return () if known else (tell_staff(tip, rules, "staff.tip_added", "added"),)


def mark_unread(tip: Tip, now: datetime, rules: Rules) -> None:
    """Somebody has to look; from now on the clock reminds."""
    if tip.unread_since is None:
        tip.unread_since, tip.reminded = now, 0
        tip.remind_at = rules.calendar.due(now, rules.terms.tip_unread)


def add_entry(
    session: AsyncSession, seals: Seals, tip: Tip, kind: str, now: datetime, words: Mapping[str, object],
    *, staff_id: int | None = None, shown: bool = False,
) -> None:  # fmt: skip
    """An entry of the case, sealed."""
    session.add(
        TipEntry(
            community_id=tip.community_id,
            tip_id=tip.id,
            at=now,
            kind=kind,
            staff_id=staff_id,
            for_reporter=shown or kind == "said",
            sealed=seal_words(seals, tip, kind, words),
        )
    )


def place_words(where: Mapping[str, str], rules: Rules) -> str:
    """Where it is, as far as it was said, with the door."""
    named = "".join(rules.words[key].format_map({key: where[key]}) for key in _NAMED if where.get(key))
    return named + where.get("spot", "")


async def _find_sent(session: AsyncSession, command: LeaveTip) -> Tip | None:
    """The case of the same form sent before: a phone that lost the answer sends it again."""
    if not command.form_key:
        return None
    query = select(Tip).where(Tip.form_key == fingerprint(command.form_key))
    tip = await session.scalar(query)
    if tip is not None and not check_passphrase(tip, command.passphrase):
        raise InvalidInput("the form's number is taken", phrase="tips.form_again")
    return tip


async def _new_tip(session: AsyncSession, command: LeaveTip, now: datetime, rules: Rules, seals: Seals) -> Tip:
    where, service = command.where, rules.service(command.service)
    unit = await find_unit(session, command.community_id, where.get("building", ""), where.get("spot", ""))
    unit = unit or await get_community(session, command.community_id)
    desk = await find_desk(session, rules, service.code, unit, now)
    ref, vault = await _free_ref(session), await get_vault(session, seals)
    case = seals.new_case(vault, ref.encode())
    anonymous = Source.FORM if command.form_key else Source.CHAT
    tip = Tip(
        community_id=command.community_id,
        ref=ref,
        service=service.code,
        source=Source.DESK if command.staff_id else anonymous,
        state=TipState.RECEIVED,
        team_id=desk.team.id if desk else None,
        reporter_id=command.reporter_id,
        public=case.public,
        wrapped=case.wrapped,
        form_key=fingerprint(command.form_key) if command.form_key else None,
        received_at=now,
    )
    if has_passphrase(command.passphrase):
        set_passphrase(tip, command.passphrase)
    session.add(tip)
    await session.flush()
    return tip


async def _free_ref(session: AsyncSession) -> str:
    for _ in range(MOST_TRIES):
        ref = f"X{secrets.randbelow(10**8):08d}"
        if await session.scalar(select(Tip.id).where(Tip.ref == ref)) is None:
            return ref
    raise RuntimeError("no free number for a tip")


def _answers(tip: Tip, command: LeaveTip, rules: Rules) -> tuple[Reply, ...]:
    """In the group no more than that it was heard; everything else in private."""
    if tip.reporter_id is None or command.staff_id is not None:
        return ()
    neutral = (Reply("tips.noted_privately", resident_id=tip.reporter_id),) if command.in_group else ()
    placed = any(command.where.get(key) for key in ("building", "spot"))
    asks = rules.service(tip.service).needs_place and not placed
    return (*neutral, *tell_reporter(tip, "tips.received_where" if asks else "tips.received", DONE_BUTTON))
