"""A worry: its group hears it at once, one goes to look, who was worried hears how it is; staff hear every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.outcome import NOTHING_FITS, Outcome, Reply
from actions.people.model import Resident
from actions.watch.commands import DoWorry, GoAndLook, SayWorry, SettleWorry, TellFound
from actions.watch.model import LIVE, MemberState, WatchGroup, WatchMember, Worry, WorryState
from actions.watch.tell import (
    access_staff,
    changed,
    lock_group,
    lock_worry,
    members_of,
    press,
    tell,
    tell_staff,
    visit_wanted,
)

LONGEST = 200
Scrub = Callable[[str], str]  # who masks phones and doors
SOMEBODY_GOES_WITHIN = timedelta(minutes=20)
A_WORD_COMES_WITHIN = timedelta(minutes=40)


async def say_worry(session: AsyncSession, command: SayWorry, now: datetime, *, scrub: Scrub) -> Outcome:
    """To the group that knows who is meant; if two may be meant, staff find out by the ordinary road.

    Phones and doors that were said are for the desk alone: everybody else is told the words without them.
    """
    found = await _find_group(session, command)
    if found is None:
        return Outcome(value=NOTHING_FITS)
    group, about = await lock_group(session, found[0]), found[1]
    live = select(Worry).where(Worry.group_id == group.id, Worry.about == about, Worry.state.in_(LIVE))
    known = await session.scalar(live.order_by(Worry.id).limit(1).with_for_update())
    if known is not None:
        if command.resident_id not in (known.resident_id, *known.also):
            known.also = [*known.also, command.resident_id]
            await session.flush()
        return Outcome((Reply("watch.known"),), value=known.id)
    values = {
        "community_id": command.community_id,
        "source": command.source,
        "group_id": group.id,
        "resident_id": command.resident_id,
        "about": about,
        "text": command.text[:LONGEST],
        "also": [],
        "state": str(WorryState.OPEN),
        "note": "",
        "made_at": now,
        "next_at": now + SOMEBODY_GOES_WITHIN,
    }
    worry_id = await insert_once(session, Worry, values, ("community_id", "source"))
    if worry_id is None:
        return Outcome()
    return await _spread(session, group, await lock_worry(session, worry_id), scrub)


async def _spread(session: AsyncSession, group: WatchGroup, worry: Worry, scrub: Scrub) -> Outcome:
    everyone = [one for one in await members_of(session, group.id) if one.nickname != worry.about]
    name = (await session.get_one(Resident, worry.resident_id)).nickname
    params = {"title": group.title, "name": name, "text": scrub(worry.text)}
    buttons = (press("go", worry.id),)
    here, phrase = worry.community_id, "watch.who_can_look"
    asked = [tell(one.id, here, phrase, f"{worry.id}:ask:{one.id}", buttons, urgent=True, **params) for one in everyone]
    thanks = Reply("watch.thanks" if asked else "watch.thanks_staff")
    phrase = "watch.staff.worry" if asked else "watch.staff.nobody_asked"
    staff = tell_staff(worry.community_id, phrase, f"{worry.id}:new", **params)
    return Outcome((thanks, *asked, staff), (changed(worry.community_id),), worry.id)


async def _find_group(session: AsyncSession, command: SayWorry) -> tuple[int, str] | None:
    """The group by the names of those it looks after, or of its members; the worried one's own group first."""
    query = (
        select(WatchGroup.id, WatchGroup.names, Resident.id, Resident.nickname)
        .join(WatchMember, WatchMember.group_id == WatchGroup.id)
        .join(Resident, Resident.id == WatchMember.resident_id)
        .where(
            WatchGroup.community_id == command.community_id,
            WatchGroup.active.is_(True),
            WatchMember.state == MemberState.YES,
        )
        .order_by(WatchGroup.id)
    )
    found: dict[int, str] = {}
    own: set[int] = set()
    for group_id, names, resident_id, nickname in await session.execute(query):
        if resident_id == command.resident_id:
            own.add(group_id)
        called = next((one for one in (*names, nickname) if len(one) > 1 and one in command.text), "")
        if called and group_id not in found and not (called == nickname and resident_id == command.resident_id):
            # an elder has several names: one of them stands for all, so that a second worry joins the first
            found[group_id] = names[0] if called in names else called
    mine = {group_id: about for group_id, about in found.items() if group_id in own} or found
    return next(iter(mine.items())) if len(mine) == 1 else None


async def go_and_look(session: AsyncSession, command: GoAndLook, now: datetime, *, scrub: Scrub) -> Outcome:
    """The first who says so; the others need not go, who was worried knows that somebody does."""
    worry = await lock_worry(session, command.worry_id)
    everyone = await members_of(session, worry.group_id)
    goer = next((one for one in everyone if one.id == command.resident_id), None)
    if goer is None:
        raise NotFound("no member", phrase="watch.none_such")
    if worry.state not in (WorryState.OPEN, WorryState.STAFF) or worry.goer_id is not None:
        phrase = "watch.somebody_goes" if worry.state in LIVE else "watch.settled"
        return Outcome((tell(goer.id, worry.community_id, phrase),))
    worry.state, worry.goer_id, worry.next_at = WorryState.GOING, goer.id, now + A_WORD_COMES_WITHIN
    await session.flush()
    buttons = (press("well", worry.id), press("help", worry.id))
    replies = [tell(goer.id, worry.community_id, "watch.you_go", None, buttons, text=scrub(worry.text))]
    replies += [
        tell(one.id, worry.community_id, "watch.goes", f"{worry.id}:goes:{one.id}", urgent=True, name=goer.nickname)
        for one in everyone
        if one.id != goer.id and one.id not in _worried(worry) and one.nickname != worry.about
    ]
    replies += [
        tell(one, worry.community_id, "watch.goes_for_you", f"{worry.id}:goes:{one}", urgent=True, name=goer.nickname)
        for one in _worried(worry)
        if one != goer.id
    ]
    said = {"name": goer.nickname, "text": scrub(worry.text)}
    staff = tell_staff(worry.community_id, "watch.staff.goes", f"{worry.id}:goes", **said)
    return Outcome((*replies, staff), (changed(worry.community_id),), worry.id)


def _worried(worry: Worry) -> list[int]:
    return [worry.resident_id, *worry.also]


async def tell_found(session: AsyncSession, command: TellFound, now: datetime, *, scrub: Scrub) -> Outcome:
    """Who went says it; also after the clock has called staff. Help is never taken back by a second press."""
    worry = await lock_worry(session, command.worry_id)
    if worry.goer_id != command.resident_id:
        raise NotFound("did not go", phrase="watch.none_such")
    if worry.state not in LIVE:
        return Outcome((tell(command.resident_id, worry.community_id, "watch.settled"),))
    called = worry.state == WorryState.STAFF  # a ticket is open already
    worry.state = WorryState.WELL if command.well else WorryState.HELP
    worry.next_at, worry.ended_at = None, now
    await session.flush()
    word = "well" if command.well else "help"
    name = (await session.get_one(Resident, command.resident_id)).nickname
    replies = [tell(command.resident_id, worry.community_id, f"watch.found_{word}")]
    replies += [
        tell(one, worry.community_id, f"watch.result_{word}", f"{worry.id}:end:{one}", urgent=True, name=name)
        for one in _worried(worry)
        if one != command.resident_id
    ]
    said = {"name": name, "text": scrub(worry.text)}
    replies.append(tell_staff(worry.community_id, f"watch.staff.{word}", f"{worry.id}:end", **said))
    events = [changed(worry.community_id)]
    if not command.well and not called:
        events.append(visit_wanted(worry))
    return Outcome(tuple(replies), tuple(events), worry.id)


async def settle_worry(session: AsyncSession, command: SettleWorry, now: datetime) -> Outcome:
    """Staff have been there or phoned; who was worried, and who went, hear what they say."""
    worry = await lock_worry(session, command.worry_id)
    await access_staff(session, command.staff_id, worry.community_id)
    text = command.text.strip()
    if not 0 < len(text) <= LONGEST:
        raise InvalidInput("what", phrase="watch.say_what", most=LONGEST)
    if worry.state not in LIVE:
        raise MoveRefused("is over", phrase="watch.settled")
    worry.state, worry.next_at, worry.ended_at = WorryState.WELL, None, now
    worry.staff_id, worry.note = command.staff_id, text
    await session.flush()
    people = dict.fromkeys([*_worried(worry), *([worry.goer_id] if worry.goer_id else [])])
    replies = [
        tell(one, worry.community_id, "watch.result_staff", f"{worry.id}:end:{one}", urgent=True, text=text)
        for one in people
    ]
    return Outcome(tuple(replies), (changed(worry.community_id),), worry.id)


async def due_worries(session: AsyncSession, now: datetime, limit: int) -> Sequence[int]:
    """Worries for which nobody went, or nobody came back with a word."""
    query = select(Worry.id).where(Worry.next_at <= now).order_by(Worry.next_at).limit(limit)
    return (await session.scalars(query)).all()


async def do_worry(session: AsyncSession, command: DoWorry, now: datetime, *, scrub: Scrub) -> Outcome:
    """Staff are called, and a ticket with a deadline is opened, once; neighbours may still go."""
    worry = await lock_worry(session, command.worry_id)
    if worry.next_at is None or worry.next_at > now or worry.state not in (WorryState.OPEN, WorryState.GOING):
        return Outcome()
    went = worry.state == WorryState.GOING
    worry.state, worry.next_at = WorryState.STAFF, None
    await session.flush()
    phrase = "watch.staff.no_word" if went else "watch.staff.nobody_goes"
    name = (await session.get_one(Resident, worry.goer_id)).nickname if worry.goer_id else ""
    replies = [tell_staff(worry.community_id, phrase, f"{worry.id}:late", name=name, text=scrub(worry.text))]
    if not went:
        replies += [
            tell(one, worry.community_id, "watch.staff_go", f"{worry.id}:late:{one}", urgent=True)
            for one in _worried(worry)
        ]
    return Outcome(tuple(replies), (changed(worry.community_id), visit_wanted(worry)), worry.id)
