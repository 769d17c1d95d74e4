"""Hours from both sides: told by a resident and confirmed by staff, or the other way round; disputes go to staff."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotAllowed
from actions.inserting import insert_once
from actions.ledger.access import (
    LONGEST_NOTE,
    WRITERS,
    access_own_claim,
    access_resident,
    access_staff,
    check_reason,
    lock_row,
)
from actions.ledger.commands import (
    AmendClaim,
    AnswerClaim,
    ClaimHours,
    CompleteClaim,
    ConfirmClaim,
    DropClaim,
    EnterHours,
    RecordHours,
    RefuseClaim,
)
from actions.ledger.crediting import credit_claim
from actions.ledger.model import ClaimState, TimeClaim
from actions.ledger.rules import LedgerRules
from actions.ledger.tell import changed, claim_params, press, tell, tell_staff
from actions.outcome import Button, Outcome, Reply
from actions.people.model import Resident, Role, StaffMember

_ASKED_MINUTES = (60, 120, 180, 240)
_ASKED_DAYS = (0, 1, 2, 3)


def check_minutes(minutes: int, rules: LedgerRules) -> int:
    """Raise InvalidInput for hours below or at zero, or more than one entry may hold."""
    if minutes <= 0:
        raise InvalidInput("not more than nothing", phrase="ledger.more_than_nothing")
    if minutes > rules.longest:
        raise InvalidInput("too long", phrase="ledger.too_many", most=rules.hours_words(rules.longest))
    return minutes


def check_day(day: date, now: datetime, rules: LedgerRules) -> date:
    """Raise InvalidInput for a day to come, or one too long ago."""
    today = rules.today(now)
    if day > today:
        raise InvalidInput("lies ahead", phrase="ledger.lies_ahead")
    if (today - day).days > rules.late_days:
        raise InvalidInput("too long ago", phrase="ledger.too_late", days=rules.late_days)
    return day


async def claim_hours(session: AsyncSession, command: ClaimHours, now: datetime, rules: LedgerRules) -> Outcome:
    """Keep what was said; ask for what is missing, or hand it to staff."""
    await access_resident(session, command.community_id, command.resident_id)
    if command.minutes is not None:
        check_minutes(command.minutes, rules)
    if command.done_on is not None:
        check_day(command.done_on, now, rules)
    kind = rules.find_kind(command.text)
    claim = await _new(
        session, command.community_id, command.source, command.resident_id, now, state=ClaimState.DRAFT,
        kind=kind.code if kind else "", minutes=command.minutes, done_on=command.done_on,
        note=command.text[:LONGEST_NOTE], pictures=list(command.pictures),
    )  # fmt: skip
    if claim is None:
        return Outcome()
    here = (Reply("ledger.told_in_private"),) if command.in_group else ()
    following = await _go_on(session, claim, now, rules)
    return Outcome((*here, *following.replies), following.events, claim.id)


async def complete_claim(session: AsyncSession, command: CompleteClaim, now: datetime, rules: LedgerRules) -> Outcome:
    """Fill in what was asked; what is filled in already stays."""
    claim = await access_own_claim(session, command.claim_id, command.resident_id)
    if claim.state != ClaimState.DRAFT:
        return Outcome(value=claim.id)
    if command.kind and not claim.kind:
        claim.kind = rules.kind(command.kind).code
    if command.minutes is not None and claim.minutes is None:
        claim.minutes = check_minutes(command.minutes, rules)
    if command.days_ago is not None and claim.done_on is None:
        claim.done_on = check_day(rules.today(now) - timedelta(days=max(0, command.days_ago)), now, rules)
    return await _go_on(session, claim, now, rules)


async def _go_on(session: AsyncSession, claim: TimeClaim, now: datetime, rules: LedgerRules) -> Outcome:
    """Ask for the next thing that is missing; with all of it, staff are asked."""
    asked = _missing(claim, rules)
    if asked is not None:
        return Outcome((_own(claim, *asked, rules),), value=claim.id)
    claim.state = ClaimState.STAFF
    await session.flush()
    resident = await session.get_one(Resident, claim.resident_id)
    drop = (press("drop", "drop", claim.id),)
    replies = (
        _own(claim, "ledger.claimed", drop, rules),
        tell_staff(claim.community_id, "ledger.staff_to_confirm", f"claimed:{claim.id}",
                   **claim_params(claim, rules, resident.nickname)),
    )  # fmt: skip
    return Outcome(replies, (changed(claim.community_id),), claim.id)


def _missing(claim: TimeClaim, rules: LedgerRules) -> tuple[str, tuple[Button, ...]] | None:
    if not claim.kind:
        kinds = tuple(press("kind", "kind", claim.id, kind.code, name=kind.name) for kind in rules.kinds.values())
        return "ledger.ask_kind", kinds
    if claim.minutes is None:
        each = (press("amount", "long", claim.id, n, amount=rules.hours_words(n)) for n in _ASKED_MINUTES)
        return "ledger.ask_minutes", tuple(each)
    if claim.done_on is None:
        return "ledger.ask_day", tuple(press(f"days_ago_{n}", "day", claim.id, n) for n in _ASKED_DAYS)
    return None


def _own(claim: TimeClaim, phrase: str, buttons: tuple[Button, ...], rules: LedgerRules) -> Reply:
    params = claim_params(claim, rules)
    return tell(claim.resident_id, claim.community_id, phrase, buttons=buttons, immediate=True, **params)


async def drop_claim(session: AsyncSession, command: DropClaim, now: datetime, rules: LedgerRules) -> Outcome:
    """Only before anybody confirmed it."""
    claim = await access_own_claim(session, command.claim_id, command.resident_id)
    if claim.state == ClaimState.DROPPED:
        return Outcome(value=claim.id)
    if claim.state not in (ClaimState.DRAFT, ClaimState.STAFF) or claim.made_by is not None:
        raise MoveRefused("settled already", phrase="ledger.settled_already")
    claim.state, claim.settled_at = ClaimState.DROPPED, now
    return Outcome((_own(claim, "ledger.dropped", (), rules),), (changed(claim.community_id),), claim.id)


async def enter_hours(session: AsyncSession, command: EnterHours, now: datetime, rules: LedgerRules) -> Outcome:
    """Staff wrote it down: the resident is asked in private."""
    kind = rules.kind(command.kind)
    await _access_kind(session, command.staff_id, command.community_id, command.kind, rules)
    await access_resident(session, command.community_id, command.resident_id)
    if len(command.note) > LONGEST_NOTE:
        raise InvalidInput("too long", phrase="ledger.too_long", most=LONGEST_NOTE)
    claim = await _new(
        session, command.community_id, command.source, command.resident_id, now, state=ClaimState.RESIDENT,
        kind=kind.code, minutes=check_minutes(command.minutes, rules), done_on=check_day(command.done_on, now, rules),
        note=command.note, pictures=list(command.pictures), made_by=command.staff_id,
    )  # fmt: skip
    if claim is None:
        return Outcome()
    return Outcome((_ask_resident(claim, rules),), (changed(claim.community_id),), claim.id)


async def record_hours(session: AsyncSession, command: RecordHours, now: datetime, rules: LedgerRules) -> Outcome:
    """Both sides have said so elsewhere: straight into the book."""
    await access_resident(session, command.community_id, command.resident_id)
    claim = await _new(
        session, command.community_id, command.source, command.resident_id, now, state=ClaimState.STAFF,
        kind=rules.kind(command.kind).code, minutes=check_minutes(command.minutes, rules), done_on=command.done_on,
        note=command.note[:LONGEST_NOTE],
    )  # fmt: skip
    if claim is None:
        return Outcome()
    return await _credit(session, claim, now, rules, None)


async def answer_claim(session: AsyncSession, command: AnswerClaim, now: datetime, rules: LedgerRules) -> Outcome:
    """Right: it is credited. Not right: staff look at it again."""
    claim = await access_own_claim(session, command.claim_id, command.resident_id)
    if claim.state != ClaimState.RESIDENT:
        raise MoveRefused("not asked", phrase="ledger.settled_already")
    if command.agrees:
        return await _credit(session, claim, now, rules, claim.settled_by or claim.made_by)
    claim.state = ClaimState.DISPUTED
    resident = await session.get_one(Resident, claim.resident_id)
    params = claim_params(claim, rules, resident.nickname)
    replies = (
        _own(claim, "ledger.disputed", (), rules),
        tell_staff(claim.community_id, "ledger.staff_disputed", f"disputed:{claim.id}:{claim.rounds}", **params),
    )
    return Outcome(replies, (changed(claim.community_id),), claim.id)


async def confirm_claim(session: AsyncSession, command: ConfirmClaim, now: datetime, rules: LedgerRules) -> Outcome:
    """Staff say so too."""
    claim = await _held(session, command.claim_id, command.staff_id, rules, ClaimState.STAFF)
    return await _credit(session, claim, now, rules, command.staff_id)


async def amend_claim(session: AsyncSession, command: AmendClaim, now: datetime, rules: LedgerRules) -> Outcome:
    """Another length than was said: the resident has to agree to it."""
    states = (ClaimState.STAFF, ClaimState.DISPUTED)
    claim = await _held(session, command.claim_id, command.staff_id, rules, *states)
    claim.reason, claim.minutes = check_reason(command.text), check_minutes(command.minutes, rules)
    claim.state, claim.settled_by = ClaimState.RESIDENT, command.staff_id
    claim.rounds += 1
    return Outcome((_ask_resident(claim, rules),), (changed(claim.community_id),), claim.id)


async def refuse_claim(session: AsyncSession, command: RefuseClaim, now: datetime, rules: LedgerRules) -> Outcome:
    """Nothing is credited, and why."""
    states = (ClaimState.STAFF, ClaimState.DISPUTED, ClaimState.RESIDENT)
    claim = await _held(session, command.claim_id, command.staff_id, rules, *states)
    claim.reason = check_reason(command.text)
    claim.state, claim.settled_at, claim.settled_by = ClaimState.REFUSED, now, command.staff_id
    params = claim_params(claim, rules)
    reply = tell(claim.resident_id, claim.community_id, "ledger.refused", key=f"refused:{claim.id}", **params)
    return Outcome((reply,), (changed(claim.community_id),), claim.id)


def _ask_resident(claim: TimeClaim, rules: LedgerRules) -> Reply:
    phrase = "ledger.please_confirm_again" if claim.rounds else "ledger.please_confirm"
    buttons = (press("agree", "yes", claim.id), press("disagree", "no", claim.id))
    key = f"confirm:{claim.id}:{claim.rounds}"
    return tell(claim.resident_id, claim.community_id, phrase, key=key, buttons=buttons, **claim_params(claim, rules))


async def _credit(
    session: AsyncSession, claim: TimeClaim, now: datetime, rules: LedgerRules, staff_id: int | None
) -> Outcome:
    replies = await credit_claim(session, claim, now, rules, staff_id)
    return Outcome(replies, (changed(claim.community_id),), claim.id)


async def _held(
    session: AsyncSession, claim_id: int, staff_id: int, rules: LedgerRules, *states: ClaimState
) -> TimeClaim:
    """A claim for staff who may settle it, in one of those states. Raises ActionError."""
    claim = await lock_row(session, TimeClaim, claim_id)
    await _access_kind(session, staff_id, claim.community_id, claim.kind, rules)
    if claim.state not in states:
        raise MoveRefused(f"is {claim.state}", phrase="ledger.settled_already")
    return claim


async def _access_kind(
    session: AsyncSession, staff_id: int, community_id: int, kind: str, rules: LedgerRules
) -> StaffMember:
    """Staff who may confirm that kind by the table. Raises ActionError."""
    staff = await access_staff(session, staff_id, community_id, WRITERS)
    if staff.role != Role.ADMIN and staff.role not in rules.kind(kind).confirms:
        raise NotAllowed(f"not for {staff.role}", phrase="ledger.not_your_kind")
    return staff


async def _new(
    session: AsyncSession, community_id: int, source: str, resident_id: int, now: datetime, *, state: ClaimState,
    kind: str, minutes: int | None, done_on: date | None, note: str, pictures: list[str] | None = None,
    made_by: int | None = None,
) -> TimeClaim | None:  # fmt: skip
    """A new claim, or None if there is one of that source."""
    values = {
        "community_id": community_id,
        "source": source,
        "resident_id": resident_id,
        "kind": kind,
        "minutes": minutes,
        "done_on": done_on,
        "note": note,
        "pictures": pictures or [],
        "state": str(state),
        "made_by": made_by,
        "made_at": now,
        "reason": "",
        "rounds": 0,
        "credited": 0,
    }
    claim_id = await insert_once(session, TimeClaim, values, ("community_id", "source"))
    if claim_id is None:
        return None
    return (await session.scalars(select(TimeClaim).where(TimeClaim.id == claim_id))).one()
