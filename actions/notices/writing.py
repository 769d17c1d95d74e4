"""A notice is written, looked over, and approved by a second person where the rule says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotAllowed
from actions.notices.access import (
    NoticeTools,
    get_staff,
    get_units,
    is_whole,
    lives_in,
    lock_notice,
    notice_event,
    state_event,
    tell_staff,
)
from actions.notices.checking import find_slips
from actions.notices.commands import DecideNotice, Draft, SendMissed, SetReach, SubmitNotice
from actions.notices.model import Broadcast, BroadcastState, Notice, NoticeState
from actions.notices.repeats import check_fires
from actions.outcome import Outcome
from actions.people.model import Role, StaffMember
from actions.routing.rules import Rules

LONGEST_TITLE, LONGEST_TEXT = 40, 1000
MOST_PICTURES = 4
GRACE = timedelta(minutes=5)  # whoever picks "now" in a form is a little late when they send it
FARTHEST = timedelta(days=366)
_OPEN = frozenset({NoticeState.DRAFT, NoticeState.REFUSED})


async def submit_notice(
    session: AsyncSession, command: SubmitNotice, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """Check it and hand it in; a draft is only kept."""
    draft = command.draft
    writers = frozenset(Role) if draft.about else tools.book.writers
    staff = await get_staff(session, command.staff_id, command.community_id, writers)
    _check_size(draft)
    first = await _get_corrected(session, command)
    unit_ids = first.unit_ids if first is not None else list(draft.unit_ids)
    units = [] if command.keep and not unit_ids else await get_units(session, staff, command.community_id, unit_ids)
    notice = await _get_open(session, command, staff, now)
    _write(notice, draft, unit_ids, first, tools)
    if not command.keep:
        check_words(draft, command, now, rules, tools)
        notice.due_at = _first_time(draft, now, rules)
        needs = _needs_second(notice, staff, is_whole(units), command, tools)
        notice.state = NoticeState.WAITING if needs else NoticeState.APPROVED
        notice.approved_at = None if needs else now
        notice.due_at = notice.due_at if needs else notice.due_at or now
    session.add(notice)
    await session.flush()
    if command.keep:
        return Outcome(value=notice.id)
    if notice.private and first is None:
        await _check_somebody(session, notice)
    waiting = notice.state == NoticeState.WAITING
    told = (
        (tell_staff(notice, "staff.notice.waiting", f"waiting:{notice.id}:{int(now.timestamp())}", name=staff.name),)
        if waiting
        else ()
    )
    reach = not notice.private and first is None
    event = notice_event("NoticeSubmitted", notice, unit_ids=unit_ids if reach else None)
    return Outcome(told, (event, *state_event(notice)), notice.id)


def _needs_second(notice: Notice, staff: StaffMember, whole: bool, command: SubmitNotice, tools: NoticeTools) -> bool:
    if command.seconded and staff.role in tools.book.approvers:
        return False
    return tools.book.needs_second(staff.role, whole=whole, safety=notice.safety, private=notice.private)


def _check_size(draft: Draft) -> None:
    if not draft.title.strip() or not draft.text.strip():
        raise InvalidInput("empty", phrase="notice.empty")
    if len(draft.title) > LONGEST_TITLE:
        raise InvalidInput("title too long", phrase="notice.title_too_long", longest=LONGEST_TITLE)
    if len(draft.text) > LONGEST_TEXT:
        raise InvalidInput("text too long", phrase="notice.too_long", longest=LONGEST_TEXT, length=len(draft.text))
    if len(draft.pictures) > MOST_PICTURES:
        raise InvalidInput("too many pictures", phrase="console.too_many_pictures", most=MOST_PICTURES)


def check_words(draft: Draft, command: SubmitNotice, now: datetime, rules: Rules, tools: NoticeTools) -> None:
    """Private numbers and slips are to be confirmed or removed. Raises InvalidInput."""
    whole = f"{draft.title}\n{draft.text}"
    private = tools.find_private(whole)
    if private and not command.private_confirmed:
        raise InvalidInput("private", phrase="notice.private", found="、".join(private))
    # an official word tells of days that have been
    slips = [slip for slip in find_slips(whole, now, rules.calendar) if not (draft.about and slip.kind == "past")]
    if slips and not command.slips_confirmed:
        raise InvalidInput("slips", phrase="notice.slips", found="、".join(f"“{slip.written}”" for slip in slips))


async def _get_corrected(session: AsyncSession, command: SubmitNotice) -> Notice | None:
    if command.corrects_id is None:
        return None
    first = await lock_notice(session, command.corrects_id)
    if first.about and not command.draft.about:
        raise MoveRefused("another room's word", phrase="notice.put_right_there")
    went_out = exists().where(Broadcast.notice_id == first.id, Broadcast.state != BroadcastState.MISSED)
    if first.community_id != command.community_id or not await session.scalar(select(went_out)):
        raise MoveRefused("nobody got it", phrase="notice.not_sent_yet")
    return first


async def _get_open(session: AsyncSession, command: SubmitNotice, staff: StaffMember, now: datetime) -> Notice:
    """A new one, or the draft or refused one that is being written on."""
    if command.notice_id is None:
        return Notice(community_id=command.community_id, author_id=staff.id, written_at=now, state=NoticeState.DRAFT)
    notice = await lock_notice(session, command.notice_id)
    if notice.community_id != command.community_id or notice.author_id != staff.id:
        raise NotAllowed("not their draft", phrase="notice.not_yours")
    if notice.state not in _OPEN:
        raise MoveRefused(f"is {notice.state}", phrase="notice.decided_already")
    if notice.about:
        raise MoveRefused("another room's word", phrase="notice.put_right_there")
    notice.state, notice.reason, notice.written_at = NoticeState.DRAFT, "", now
    return notice


def _write(notice: Notice, draft: Draft, unit_ids: list[int], first: Notice | None, tools: NoticeTools) -> None:
    template = tools.book.templates.get(draft.template)
    notice.title, notice.text = draft.title.strip(), draft.text.strip()
    notice.pictures = list(draft.pictures) or list(notice.pictures or ())
    notice.unit_ids = unit_ids
    notice.private = first.private if first is not None else draft.private
    notice.template = template.code if template else ""
    notice.safety = first.safety if first is not None else bool(template and template.safety)
    notice.repeat = draft.repeat.as_json() if draft.repeat and first is None else None
    notice.due_at = draft.due_at
    notice.about = draft.about
    notice.corrects_id = first.id if first is not None else notice.corrects_id


def _first_time(draft: Draft, now: datetime, rules: Rules) -> datetime | None:
    if draft.repeat is not None:
        return check_fires(draft.repeat, now, rules.calendar)
    if draft.due_at is not None and draft.due_at < now - GRACE:
        raise InvalidInput("in the past", phrase="notice.past")
    if draft.due_at is not None and draft.due_at > now + FARTHEST:
        raise InvalidInput("too far", phrase="notice.too_far")
    return draft.due_at


async def _check_somebody(session: AsyncSession, notice: Notice) -> None:
    lives = await lives_in(session, notice.community_id, notice.unit_ids)
    if not await session.scalar(select(exists().where(lives))):
        raise InvalidInput("to nobody", phrase="notice.nobody")


async def set_reach(
    session: AsyncSession, command: SetReach, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """A notice to no group is refused when it is handed in, not when it should go out."""
    if command.chats == 0:
        raise InvalidInput("to nobody", phrase="notice.nobody")
    return Outcome()


async def decide_notice(
    session: AsyncSession, command: DecideNotice, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """Of two who decide at once the first has decided; nobody approves their own."""
    notice = await lock_notice(session, command.notice_id)
    staff = await get_staff(session, command.staff_id, notice.community_id, tools.book.approvers)
    if staff.id == notice.author_id:
        raise NotAllowed("their own", phrase="notice.own")
    if notice.state != NoticeState.WAITING:
        raise MoveRefused(f"is {notice.state}", phrase="notice.decided_already")
    reason = command.reason.strip()[:200]
    if not command.approve and not reason:
        raise InvalidInput("no reason", phrase="notice.why_refused")
    notice.approver_id, notice.reason = staff.id, reason
    notice.state = NoticeState.APPROVED if command.approve else NoticeState.REFUSED
    if command.approve:
        notice.approved_at, notice.due_at = now, notice.due_at or now
    await session.flush()
    what = "approved" if command.approve else "refused"
    key = f"{what}:{notice.id}:{int(now.timestamp())}"
    told = tell_staff(notice, f"staff.notice.{what}", key, name=staff.name, reason=reason)
    return Outcome((told,), (notice_event("NoticeDecided", notice), *state_event(notice)), notice.id)


async def send_missed(
    session: AsyncSession, command: SendMissed, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """What was missed goes out after all, because somebody says that it is still of use."""
    notice = await lock_notice(session, command.notice_id)
    await get_staff(session, command.staff_id, notice.community_id, tools.book.approvers)
    if notice.state != NoticeState.MISSED:
        raise MoveRefused(f"is {notice.state}", phrase="notice.decided_already")
    notice.state, notice.due_at = NoticeState.APPROVED, now
    await session.flush()
    return Outcome(events=(notice_event("NoticeDecided", notice),), value=notice.id)
