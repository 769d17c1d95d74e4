"""Both say that it was done, and the hours follow, once; or one says no, and staff look at it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.outcome import Event, Outcome
from actions.pool.commands import SayHelped, SayNoShow, SettleNeed
from actions.pool.model import Match, MatchState, Need, NeedState
from actions.pool.rules import PoolRules
from actions.pool.tell import access_staff, changed, lock_need, params_of, press, tell, tell_staff
from actions.routing.rules import Rules

SILENT_FOR = timedelta(days=2)
LENGTHS = (30, 60, 120)  # minutes


async def ask_whether_done(session: AsyncSession, need: Need, now: datetime, rules: Rules, pool: PoolRules) -> Outcome:
    """Both are asked once; after two days of silence it is for staff."""
    params = params_of(need, rules, pool)
    if need.state != NeedState.MATCHED or need.helper_id is None:
        need.next_at = None
        await session.flush()
        return Outcome()
    if need.asked_done:
        need.state, need.next_at, need.reason = NeedState.STAFF, None, rules.words["pool_unsaid"]
        await session.flush()
        return Outcome((tell_staff(need, "pool.staff.unsaid", "unsaid", **params),), (changed(need.community_id),))
    need.asked_done, need.next_at = True, now + SILENT_FOR
    await session.flush()
    helper = [press("helped", need.id, n, phrase=f"helped_{n}") for n in LENGTHS] + [press("give_back", need.id)]
    asker = (press("done", need.id), press("no_show", need.id))
    replies = []
    if need.helper_says is None:
        key = f"{need.id}:done:{need.helper_id}"
        replies.append(tell(need.helper_id, need.community_id, "pool.helper_done", key, helper, **params))
    if not need.asker_says:
        key = f"{need.id}:done:asker:{need.helper_id}"
        replies.append(tell(need.resident_id, need.community_id, "pool.asker_done", key, asker, **params))
    return Outcome(tuple(replies), (), need.id)


async def say_helped(
    session: AsyncSession, command: SayHelped, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    """Who helped says how long; who asked says that it was so. Said twice it is said once."""
    need = await lock_need(session, command.need_id)
    if command.resident_id not in (need.helper_id, need.resident_id):
        raise NotFound(f"need {need.id}", phrase="pool.none_such")
    if need.state not in (NeedState.MATCHED, NeedState.STAFF) or need.helper_id is None:
        return Outcome((tell(command.resident_id, need.community_id, "pool.settled"),))
    if command.resident_id == need.helper_id:
        if command.minutes is None or not 0 < command.minutes <= pool.longest:
            raise InvalidInput("minutes", phrase="pool.minutes", most=pool.longest // 60)
        need.helper_says = need.helper_says or command.minutes
    else:
        need.asker_says = True
    if need.helper_says is not None and need.asker_says:
        return await _done(session, need, need.helper_says, now, rules, pool)
    await session.flush()
    thanks = tell(command.resident_id, need.community_id, "pool.noted", **params_of(need, rules, pool))
    return Outcome((thanks,), (changed(need.community_id),), need.id)


async def _done(
    session: AsyncSession, need: Need, minutes: int, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    assert need.helper_id is not None
    need.state, need.minutes, need.next_at = NeedState.DONE, minutes, None
    await session.flush()
    params = params_of(need, rules, pool)
    day = rules.calendar.local_day(now)
    served = Event(
        "NeedServed",
        need.community_id,
        {
            "resident_id": need.helper_id,
            "kind": pool.hours,
            "minutes": minutes,
            "done_on": day.isoformat(),
            "source": f"need:{need.id}",
        },
    )
    replies = (
        tell(need.resident_id, need.community_id, "pool.done_asker", f"{need.id}:end:a", **params),
        tell(need.helper_id, need.community_id, "pool.done_helper", f"{need.id}:end:h", **params),
    )
    return Outcome(replies, (served, changed(need.community_id)), need.id)


async def say_no_show(
    session: AsyncSession, command: SayNoShow, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    """Staff hear it and find out; no hours are given meanwhile."""
    need = await lock_need(session, command.need_id)
    if need.resident_id != command.resident_id:
        raise NotFound(f"need {need.id}", phrase="pool.none_such")
    if need.state != NeedState.MATCHED:
        return Outcome((tell(command.resident_id, need.community_id, "pool.settled"),))
    query = select(Match).where(Match.need_id == need.id, Match.resident_id == need.helper_id)
    (await session.scalars(query)).one().state = MatchState.NO_SHOW
    need.state, need.next_at, need.reason = NeedState.STAFF, None, rules.words["pool_no_show"]
    await session.flush()
    params = params_of(need, rules, pool)
    replies = (
        tell(need.resident_id, need.community_id, "pool.sorry", **params),
        tell_staff(need, "pool.staff.no_show", "no_show", **params),
    )
    return Outcome(replies, (changed(need.community_id),), need.id)


async def settle_need(
    session: AsyncSession, command: SettleNeed, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    """Staff have asked both: so many minutes, or none."""
    need = await lock_need(session, command.need_id)
    await access_staff(session, command.staff_id, need.community_id)
    if need.state != NeedState.STAFF:
        raise MoveRefused("not theirs to settle", phrase="pool.settled")
    if not 0 <= command.minutes <= pool.longest or (command.minutes and need.helper_id is None):
        raise InvalidInput("minutes", phrase="pool.minutes", most=pool.longest // 60)
    if command.minutes:
        return await _done(session, need, command.minutes, now, rules, pool)
    need.state, need.minutes = NeedState.DONE, 0
    await session.flush()
    return Outcome((), (changed(need.community_id),), need.id)
