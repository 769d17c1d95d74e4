"""Volunteers: what they can do and when; who is asked next; the first who takes it has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.inserting import insert_once, replace_row
from actions.outcome import NOTHING_FITS, Audience, Outcome, Reply
from actions.people.model import Resident
from actions.pool.commands import AllowVisits, AnswerOffer, DoNeed, GiveBack, OfferHelp, RestVolunteer
from actions.pool.ending import ask_whether_done
from actions.pool.model import Match, MatchState, Need, NeedState, Volunteer
from actions.pool.rules import PoolRules
from actions.pool.tell import (
    access_staff,
    changed,
    door_words,
    get_resident,
    is_soon,
    lock_need,
    params_of,
    press,
    tell,
    tell_staff,
)
from actions.routing.rules import Rules

LATELY = timedelta(days=60)  # who has just helped is asked after others
WAKES_AT, SLEEPS_AT = 8, 22  # o'clock
HOURS_OF = {"m": 9, "a": 14, "e": 18}


async def offer_help(
    session: AsyncSession, command: OfferHelp, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    """What was said adds to what is known; hours said anew replace the old ones. Home visits need staff's word."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    ticked = [code for code in pool.kinds if code in command.kinds]
    found = ticked or [kind.code for kind in pool.find_kinds(command.text)]
    if not found:
        return Outcome(value=NOTHING_FITS)
    known = await session.scalar(select(Volunteer).where(Volunteer.resident_id == resident.id).with_for_update())
    before = known if known is not None and not ticked else None
    kinds = list(dict.fromkeys([*(before.kinds if before else ()), *found]))
    free = list(command.free) or (before.free if before else [])
    values = {
        "community_id": command.community_id,
        "resident_id": resident.id,
        "kinds": kinds,
        "free": free,
        "active": True,
        "since": known.since if known else now,
        "visits_ok_by": known.visits_ok_by if known else None,
    }
    await replace_row(session, Volunteer, values, ("resident_id",), replace=("kinds", "free", "active"))
    names = rules.words["name_joint"].join(pool.kinds[code].name for code in kinds if code in pool.kinds)
    allowed = known is not None and known.visits_ok_by is not None
    visits = any(pool.kinds[code].home for code in kinds if code in pool.kinds) and not allowed
    phrase = "pool.volunteer_visits" if visits else "pool.volunteer"
    replies = [Reply("pool.told_in_private")] if command.in_group else []
    replies.append(tell(resident.id, command.community_id, phrase, skills=names, buttons=(press("rest"),)))
    if visits:
        staff = Reply(
            "pool.staff.visits", {"name": resident.nickname, "skills": names}, to=Audience.STAFF,
            community_id=command.community_id, immediate=False, effect_key=f"pool:v{resident.id}:{len(kinds)}",
        )  # fmt: skip
        replies.append(staff)
    return Outcome(tuple(replies), (changed(command.community_id),))


async def rest_volunteer(
    session: AsyncSession, command: RestVolunteer, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    """What was promised stays promised."""
    known = await session.scalar(select(Volunteer).where(Volunteer.resident_id == command.resident_id))
    if known is not None and known.community_id == command.community_id:
        known.active = False
        await session.flush()
    return Outcome((tell(command.resident_id, command.community_id, "pool.rests"),), (changed(command.community_id),))


async def allow_visits(
    session: AsyncSession, command: AllowVisits, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    """They are told; without it no home is offered to them."""
    volunteer = await session.get(Volunteer, command.volunteer_id, with_for_update=True, populate_existing=True)
    if volunteer is None:
        raise NotFound("no such volunteer", phrase="pool.none_such")
    staff = await access_staff(session, command.staff_id, volunteer.community_id)
    if (volunteer.visits_ok_by is not None) == command.allowed:
        return Outcome(value=volunteer.id)
    volunteer.visits_ok_by = staff.id if command.allowed else None
    await session.flush()
    phrase = "pool.visits_allowed" if command.allowed else "pool.visits_ended"
    key = f"v{volunteer.id}:{phrase}:{now.timestamp():.0f}"
    told = tell(volunteer.resident_id, volunteer.community_id, phrase, key)
    return Outcome((told,), (changed(volunteer.community_id),), volunteer.id)


async def due_needs(session: AsyncSession, now: datetime, limit: int) -> Sequence[int]:
    """Those the clock has to look at now."""
    query = select(Need.id).where(Need.next_at <= now).order_by(Need.next_at).limit(limit)
    return (await session.scalars(query)).all()


async def do_need(session: AsyncSession, command: DoNeed, now: datetime, rules: Rules, pool: PoolRules) -> Outcome:
    """Ask the next few, or whether it was done."""
    need = await lock_need(session, command.need_id)
    if not is_soon(now, need.next_at):
        return Outcome()
    if need.state == NeedState.OPEN:
        return await _next_round(session, need, now, rules, pool)
    return await ask_whether_done(session, need, now, rules, pool)


async def _next_round(session: AsyncSession, need: Need, now: datetime, rules: Rules, pool: PoolRules) -> Outcome:
    """The next few who fit; when nobody is left, staff and who asked are told."""
    params = params_of(need, rules, pool)
    past = need.on_day is not None and need.on_day < rules.calendar.local_day(now)
    chosen = [] if past else (await rank(session, need, now, rules))[: pool.offered_to]
    if not chosen:
        need.state, need.next_at, need.reason = NeedState.STAFF, None, rules.words["pool_nobody"]
        await session.flush()
        replies = (
            tell(need.resident_id, need.community_id, "pool.nobody", f"{need.id}:nobody:{need.rounds}", **params),
            tell_staff(need, "pool.staff.nobody", f"nobody:{need.rounds}", **params),
        )
        return Outcome(replies, (changed(need.community_id),), need.id)
    need.rounds += 1
    wait, today = timedelta(hours=pool.wait_hours), rules.calendar.local_day(now)
    need.next_at = now + wait if need.on_day == today else awake_after(now, wait, rules.calendar.zone)
    offers = []
    for resident_id in chosen:
        values = {
            "community_id": need.community_id,
            "need_id": need.id,
            "resident_id": resident_id,
            "state": str(MatchState.OFFERED),
            "offered_at": now,
        }
        match_id = await insert_once(session, Match, values, ("need_id", "resident_id"))
        if match_id is not None:
            buttons = (press("take", match_id), press("cannot", match_id))
            offers.append(tell(resident_id, need.community_id, "pool.offer", f"offer:{match_id}", buttons, **params))
    await session.flush()
    return Outcome(tuple(offers), (changed(need.community_id),), need.id)


def awake_after(now: datetime, wait: timedelta, zone: ZoneInfo) -> datetime:
    """The end of a wait that does not run at night, when nobody hears that they are asked."""
    here = now.astimezone(zone)
    morning, evening = (here.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in (WAKES_AT, SLEEPS_AT))
    start = max(here, morning)
    if start + wait <= evening:
        return start + wait
    return awake_after(morning + timedelta(days=1), wait - max(evening - start, timedelta()), zone)


async def rank(session: AsyncSession, need: Need, now: datetime, rules: Rules) -> list[int]:
    """Who may be asked, in turn: who has done less lately, then who lives nearer, then who is known longest."""
    asked = select(Match.resident_id).where(Match.need_id == need.id)
    query = (
        select(Volunteer, Resident)
        .join(Resident, Resident.id == Volunteer.resident_id)
        .where(
            Volunteer.community_id == need.community_id,
            Volunteer.active.is_(True),
            Volunteer.resident_id != need.resident_id,
            Volunteer.resident_id.not_in(asked),
        )
    )
    rows = (await session.execute(query.order_by(Volunteer.id))).tuples().all()
    able = [(v, r) for v, r in rows if need.kind in v.kinds and is_free(v, need)]
    fits = [(v, r) for v, r in able if v.visits_ok_by is not None or not need.at_home]
    lately = select(Match.resident_id, func.count()).where(
        Match.community_id == need.community_id, Match.state == MatchState.ACCEPTED, Match.offered_at > now - LATELY
    )
    load = {who: count for who, count in await session.execute(lately.group_by(Match.resident_id))}
    asker = await session.get_one(Resident, need.resident_id)
    fits.sort(key=lambda one: (load.get(one[1].id, 0), one[1].building_id != asker.building_id, one[0].id))
    return [resident.id for _, resident in fits]


def is_free(volunteer: Volunteer, need: Need) -> bool:
    """Whether their free hours hold that day and part of it; who named none is free at any."""
    if not volunteer.free:
        return True
    days = range(7) if need.on_day is None else (need.on_day.weekday(),)
    parts = (need.part,) if need.part else ("m", "a", "e")
    return any(f"{day}{part}" in volunteer.free for day in days for part in parts)


async def answer_offer(
    session: AsyncSession, command: AnswerOffer, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    """Taken: they learn the name and, for a visit, the door; the others hear that it is settled."""
    match = await session.get(Match, command.match_id)
    if match is None or match.resident_id != command.resident_id:
        raise NotFound(f"match {command.match_id}", phrase="pool.none_such")
    need = await lock_need(session, match.need_id)
    await session.refresh(match)
    if match.state != MatchState.OFFERED or need.state != NeedState.OPEN:
        return Outcome((tell(match.resident_id, need.community_id, "pool.taken_already"),))
    if not command.takes:
        match.state = MatchState.DECLINED
        await session.flush()
        waits = select(func.count(Match.id)).where(Match.need_id == need.id, Match.state == MatchState.OFFERED)
        if not await session.scalar(waits):
            need.next_at = now  # nobody is left to wait for
        await session.flush()
        return Outcome((tell(match.resident_id, need.community_id, "pool.declined"),))
    return await _matched(session, need, match, now, rules, pool)


async def _matched(
    session: AsyncSession, need: Need, match: Match, now: datetime, rules: Rules, pool: PoolRules
) -> Outcome:
    match.state, need.state, need.helper_id = MatchState.ACCEPTED, NeedState.MATCHED, match.resident_id
    need.next_at, need.asked_done = _ask_at(need, now, rules), False
    await session.flush()
    asker = await session.get_one(Resident, need.resident_id)
    helper = await session.get_one(Resident, match.resident_id)
    params = params_of(need, rules, pool)
    door = await door_words(session, asker, rules) if need.at_home else ""
    to_helper = "pool.matched_visit" if need.at_home else "pool.matched"
    replies = [
        tell(helper.id, need.community_id, to_helper, buttons=(press("give_back", need.id),), name=asker.nickname,
             door=door, **params),
        tell(asker.id, need.community_id, "pool.found", f"{need.id}:found:{helper.id}", (press("cancel", need.id),),
             name=helper.nickname, **params),
    ]  # fmt: skip
    others = select(Match).where(Match.need_id == need.id, Match.state == MatchState.OFFERED)
    for other in (await session.scalars(others)).all():
        other.state = MatchState.PASSED
        replies.append(tell(other.resident_id, need.community_id, "pool.passed", f"passed:{other.id}", **params))
    await session.flush()
    return Outcome(tuple(replies), (changed(need.community_id),), need.id)


def _ask_at(need: Need, now: datetime, rules: Rules) -> datetime:
    """When it should be done: some hours into the part of the day that was named, or a day from now."""
    if need.on_day is None:
        return now + timedelta(days=1)
    zone = rules.calendar.zone
    at = datetime(need.on_day.year, need.on_day.month, need.on_day.day, HOURS_OF.get(need.part, 17), tzinfo=zone)
    return max(now + timedelta(hours=2), at + timedelta(hours=3))


async def give_back(session: AsyncSession, command: GiveBack, now: datetime, rules: Rules, pool: PoolRules) -> Outcome:
    """The next ones are asked at once; who asked is told."""
    need = await lock_need(session, command.need_id)
    if need.helper_id != command.resident_id:
        raise NotFound(f"need {need.id}", phrase="pool.none_such")
    if need.state != NeedState.MATCHED or need.helper_says is not None:
        return Outcome((tell(command.resident_id, need.community_id, "pool.settled"),))
    match = (
        await session.scalars(select(Match).where(Match.need_id == need.id, Match.resident_id == command.resident_id))
    ).one()
    match.state, need.state, need.helper_id, need.next_at = MatchState.GIVEN_BACK, NeedState.OPEN, None, now
    await session.flush()
    params = params_of(need, rules, pool)
    replies = (
        tell(command.resident_id, need.community_id, "pool.gave_back", **params),
        tell(need.resident_id, need.community_id, "pool.looking_again", f"{need.id}:again:{match.id}", **params),
    )
    return Outcome(replies, (changed(need.community_id),), need.id)
