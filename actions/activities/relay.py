"""接龙: a list that one copies and adds to. Names that stand on it twice, or were written down before, count once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.commands import JoinRelay, RelayLine
from actions.activities.finding import find_signup, get_resident, list_open, list_signups, lock_activity
from actions.activities.line import count_waiting, move_up, put_in_line, resize
from actions.activities.model import COMES, Activity, Signup, SignupState
from actions.activities.signing import ask_which, check_open, choose
from actions.activities.tell import changed, params_of, press
from actions.outcome import NOTHING_FITS, Audience, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules

ME = frozenset({"我", "本人", "自己"})


@dataclass(slots=True)
class _Read:
    """A list, sorted by who may be signed up by whoever pasted it."""

    own: bool = False
    own_more: int = 0
    guests: list[str] = field(default_factory=list)
    more: int = 0  # people who come with guests and have no name
    known: list[str] = field(default_factory=list)
    neighbours: list[Resident] = field(default_factory=list)


async def join_relay(session: AsyncSession, command: JoinRelay, now: datetime, rules: Rules) -> Outcome:
    """Names nobody knows come with who pasted the list; neighbours of the chat are asked themselves."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    among = [] if command.which.activity_id else await list_open(session, command.community_id, now)
    found = await choose(session, command.community_id, command.which, among, rules)
    if not found:
        return Outcome(value=NOTHING_FITS)
    if len(found) > 1:
        return ask_which(found, "join")
    activity = await lock_activity(session, found[0].id)
    check_open(activity, resident, now)
    signed = await list_signups(session, activity.id)
    read = await _sort(session, command.lines, resident, signed)
    asked = tuple(_ask(activity, neighbour, resident, rules) for neighbour in read.neighbours)
    signup = await find_signup(session, activity.id, resident.id)
    live = signup if signup is not None and signup.state in COMES else None
    headcount, guests = _counted(live, read)
    moved: tuple[Reply, ...] = ()
    if headcount and live is None:
        values = {"resident_id": resident.id, "name": resident.nickname, "headcount": headcount, "own": read.own,
                  "guests": guests}  # fmt: skip
        live = await put_in_line(session, activity, signup, values, now)
    elif live is not None and headcount != live.headcount:
        await resize(session, activity, live, headcount)
        live.guests, live.own = guests, live.own or read.own
        moved = await move_up(session, activity, now, rules)
    summed = await _sum_up(session, activity, live, read, rules)
    return Outcome((summed, *asked, *moved), (changed(activity),), activity.id)


async def _sort(
    session: AsyncSession, lines: Sequence[RelayLine], resident: Resident, signed: Sequence[Signup]
) -> _Read:
    read, once = _Read(), {line.name: line for line in reversed(lines)}
    names = set(once) - ME - {resident.nickname}
    query = select(Resident).where(Resident.community_id == resident.community_id, Resident.nickname.in_(names))
    neighbours = {one.nickname: one for one in await session.scalars(query)}
    counted = {name for one in signed for name in (one.name, *one.guests)}
    for name, line in reversed(once.items()):
        if name in ME or name == resident.nickname:
            read.own, read.own_more = True, line.more
        elif name in counted:
            read.known.append(name)
        elif name in neighbours:
            read.neighbours.append(neighbours[name])
        else:
            read.guests.append(name)
            read.more += line.more
    return read


def _counted(live: Signup | None, read: _Read) -> tuple[int, list[str]]:
    """People in all, and the named ones; the same list again changes nothing."""
    if live is None:
        return int(read.own) + read.own_more + len(read.guests) + read.more, list(read.guests)
    unnamed = live.headcount - int(live.own) - len(live.guests)
    joins = int(read.own and not live.own)
    more = max(0, read.own_more - unnamed)
    return live.headcount + joins + more + len(read.guests) + read.more, [*live.guests, *read.guests]


async def _sum_up(session: AsyncSession, activity: Activity, live: Signup | None, read: _Read, rules: Rules) -> Reply:
    joint = rules.words["name_joint"]
    params = params_of(activity, rules) | {
        "headcount": live.headcount if live is not None else 0,
        "known": joint.join(read.known) or rules.words["nobody"],
        "asked": joint.join(one.nickname for one in read.neighbours) or rules.words["nobody"],
        "before": await count_waiting(session, activity.id, live.number) if live is not None else 0,
    }
    if live is None:
        phrase = "activity.relay_nobody"
    else:
        phrase = "activity.relay" if live.state == SignupState.CONFIRMED else "activity.relay_waiting"
    return Reply(phrase, params, buttons=(press("leave", activity.id),) if live is not None else ())


def _ask(activity: Activity, neighbour: Resident, by: Resident, rules: Rules) -> Reply:
    return Reply(
        "activity.named_in_relay",
        params_of(activity, rules) | {"by": by.nickname},
        to=Audience.PRIVATE,
        resident_id=neighbour.id,
        community_id=activity.community_id,
        buttons=(press("join", activity.id),),
        immediate=False,
        effect_key=f"activity:{activity.id}:relay:{neighbour.id}",
    )
