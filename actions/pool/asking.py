"""A need is said, completed, taken back; what nobody may ask of a neighbour is refused with advice."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.outcome import NOTHING_FITS, Outcome, Reply
from actions.pool.commands import AskForHelp, CancelNeed, CompleteNeed
from actions.pool.model import LIVE, Need, NeedState
from actions.pool.rules import PoolRules
from actions.pool.tell import access_staff, changed, get_resident, lock_need, params_of, press, tell
from actions.routing.rules import Rules

LONGEST = 200
MOST_OPEN = 3  # of one resident
FARTHEST = 31  # days


async def ask_for_help(
    session: AsyncSession, command: AskForHelp, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    """Kept as it was said; what is missing is asked in private, one thing after the other."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    if command.staff_id is not None:
        await access_staff(session, command.staff_id, command.community_id)
    why = pool.refuses(command.text)
    kinds = pool.find_kinds(command.text)
    if not why and not kinds:
        return Outcome(value=NOTHING_FITS)
    if why:
        raise InvalidInput(f"not of a neighbour: {why}", phrase=f"pool.refused.{why}")
    if len(command.text) > LONGEST:
        raise InvalidInput("too long", phrase="pool.too_long", most=LONGEST)
    live = (Need.resident_id == resident.id, Need.state.in_(LIVE), Need.source != command.source)
    if int(await session.scalar(select(func.count(Need.id)).where(*live)) or 0) >= MOST_OPEN:
        raise MoveRefused("several are open", phrase="pool.too_many", most=MOST_OPEN)
    values = {
        "community_id": command.community_id,
        "source": command.source,
        "resident_id": resident.id,
        "staff_id": command.staff_id,
        "kind": kinds[0].code,
        "text": pool.scrub(command.text),
        "on_day": command.on_day,
        "part": command.part,
        "at_home": command.at_home,
        "state": str(NeedState.DRAFT),
        "reason": "",
        "made_at": now,
        "rounds": 0,
        "asker_says": False,
        "asked_done": False,
    }
    need_id = await insert_once(session, Need, values, ("community_id", "source"))
    if need_id is None:
        return Outcome()
    need = await lock_need(session, need_id)
    here = (Reply("pool.told_in_private"),) if command.in_group else ()
    following = await _go_on(session, need, now, rules, pool, said_when=command.on_day is not None or command.any_day)
    return Outcome((*here, *following.replies), following.events, need.id)


async def complete_need(
    session: AsyncSession, command: CompleteNeed, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    """Fill in what was asked; only its owner, and only while it is a draft."""
    need = await _own(session, command.need_id, command.resident_id)
    if need.state != NeedState.DRAFT:
        return Outcome((tell(need.resident_id, need.community_id, "pool.settled"),))
    if command.days is not None:
        if not -1 <= command.days <= FARTHEST:
            raise InvalidInput("day", phrase="pool.none_such")
        today = rules.calendar.local_day(now)
        need.on_day = None if command.days < 0 else today + timedelta(days=command.days)
        need.part = command.part if command.part in ("m", "a", "e") else ""
    if command.at_home is not None:
        need.at_home = command.at_home
    return await _go_on(session, need, now, rules, pool, said_when=True)


async def _go_on(
    session: AsyncSession, need: Need, now: datetime, rules: Rules, pool: PoolRules, *, said_when: bool
) -> Outcome:
    params = params_of(need, rules, pool)
    if not said_when:
        days = (("today", 0, ""), ("tomorrow_m", 1, "m"), ("tomorrow_a", 1, "a"), ("any", -1, ""))
        buttons = [press("when", need.id, n, part, phrase=f"when_{name}") for name, n, part in days]
        return Outcome((tell(need.resident_id, need.community_id, "pool.ask_when", buttons=buttons, **params),))
    if need.at_home is None:
        buttons = [press("where", need.id, n, phrase=f"where_{n}") for n in (1, 0)]
        return Outcome((tell(need.resident_id, need.community_id, "pool.ask_where", buttons=buttons, **params),))
    if need.at_home:
        resident = await get_resident(session, need.resident_id, need.community_id)
        if resident.building_id is None or not resident.room:
            raise InvalidInput("no door", phrase="pool.no_door")
    need.state, need.next_at = NeedState.OPEN, now
    await session.flush()
    stop = (press("cancel", need.id),)
    kept = tell(need.resident_id, need.community_id, "pool.kept", buttons=stop, **params_of(need, rules, pool))
    return Outcome((kept,), (changed(need.community_id),), need.id)


async def _own(session: AsyncSession, need_id: int, resident_id: int) -> Need:
    need = await lock_need(session, need_id)
    if need.resident_id != resident_id:
        raise NotFound(f"need {need_id}", phrase="pool.none_such")
    return need


async def cancel_need(
    session: AsyncSession, command: CancelNeed, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    """Who had promised to come is told."""
    need = await lock_need(session, command.need_id)
    if command.staff_id is not None:
        await access_staff(session, command.staff_id, need.community_id)
        if not command.text.strip():
            raise InvalidInput("why", phrase="pool.say_why")
    elif need.resident_id != command.resident_id:
        raise NotFound(f"need {need.id}", phrase="pool.none_such")
    if need.state not in LIVE:
        return Outcome((tell(need.resident_id, need.community_id, "pool.settled"),))
    need.state, need.next_at, need.reason = NeedState.CANCELLED, None, command.text.strip()[:LONGEST]
    await session.flush()
    params = params_of(need, rules, pool)
    replies = []
    if command.staff_id is None:
        replies.append(tell(need.resident_id, need.community_id, "pool.cancelled", **params))
    else:
        replies.append(tell(need.resident_id, need.community_id, "pool.cancelled_by", f"{need.id}:off", **params))
    if need.helper_id is not None:
        replies.append(tell(need.helper_id, need.community_id, "pool.not_needed", f"{need.id}:off:h", **params))
    return Outcome(tuple(replies), (changed(need.community_id),), need.id)
