"""The demo's patrols, neighbours' help and neighbour watch: who goes, who helps, whom somebody was worried about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from actions.errors import ActionError
from actions.pool.commands import AllowVisits, AnswerOffer, AskForHelp, DoNeed, OfferHelp
from actions.pool.model import Match, Volunteer
from actions.shifts.commands import DutyDetails, JoinShift, SaveDuty, WhichShift
from actions.shifts.model import Shift
from actions.watch.commands import AnswerWatch, GoAndLook, MakeWatch, SayWorry, TellFound
from bot.bootstrap import Parts
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import Cast
from bot.clock import LOCAL_ZONE, FixedClock, local
from bot.outbox import Outbox

_A_WHILE = timedelta(minutes=10)


async def load_watch(
    parts: Parts, clock: FixedClock, outbox: Outbox, data: Mapping[str, Any], cast: Cast, end: datetime
) -> None:
    """A group and what it has seen to, on one morning before the story. Raises StoryWrong."""
    run, here, people = parts.performer.run, cast.community_id, cast.residents
    try:
        day = local(end).date() + timedelta(days=data["days"])
        clock.move_to(datetime.combine(day, time.fromisoformat(data["at"]), LOCAL_ZONE))
        members, names = tuple(people[one] for one in data["members"]), tuple(data["names"])
        made = MakeWatch(here, cast.staff[data["by"]], data["title"], people[data["lead"]], members, names, "demo")
        group = (await run(made)).value
        for name in data["agrees"]:
            await run(AnswerWatch(group, people[name], True))
        await _deliver(outbox)
        for number, one in enumerate(data["worries"]):
            worry = (await run(SayWorry(here, people[one["who"]], one["says"], f"demo:{number}"))).value
            for step in (GoAndLook(worry, people[one["goes"]]), TellFound(worry, people[one["goes"]], well=True)):
                await _deliver(outbox)
                clock.advance(_A_WHILE)
                await run(step)
            await _deliver(outbox)
    except (KeyError, ValueError, TypeError, ActionError) as wrong:
        raise StoryWrong(f"helping.yml: watch: {wrong!r}") from wrong


async def load_helping(
    parts: Parts, clock: FixedClock, outbox: Outbox, data: Mapping[str, Any], cast: Cast, end: datetime
) -> None:
    """Through the real commands at the end of the story, when people are awake. Raises StoryWrong."""
    clock.move_to(end)
    try:
        for one in data["patrols"]:
            await _patrol(parts, one, cast)
        for one in data["volunteers"]:
            await _volunteer(parts, one, cast)
        for number, one in enumerate(data["needs"]):
            await _need(parts, one, cast, f"demo:{number}")
    except (KeyError, ValueError, TypeError, ActionError) as wrong:
        raise StoryWrong(f"helping.yml: {wrong!r}") from wrong
    await _deliver(outbox)


async def _deliver(outbox: Outbox) -> None:
    while await outbox.deliver_due("demo"):
        pass


async def _volunteer(parts: Parts, one: Mapping[str, Any], cast: Cast) -> None:
    who = cast.residents[one["who"]]
    await parts.performer.run(OfferHelp(cast.community_id, who, one["says"]))
    if "visits" in one:
        async with parts.db.read() as session:
            found = (await session.scalars(select(Volunteer.id).where(Volunteer.resident_id == who))).one()
        await parts.performer.run(AllowVisits(found, cast.staff[one["visits"]], True))


async def _need(parts: Parts, one: Mapping[str, Any], cast: Cast, source: str) -> None:
    run, who = parts.performer.run, cast.residents[one["who"]]
    asked = AskForHelp(cast.community_id, who, one["says"], source, any_day=True, at_home=one["home"])
    need = (await run(asked)).value
    await run(DoNeed(need))
    if "takes" in one:
        helper = cast.residents[one["takes"]]
        async with parts.db.read() as session:
            offer = select(Match.id).where(Match.need_id == need, Match.resident_id == helper)
            found = (await session.scalars(offer)).one()
        await run(AnswerOffer(found, helper, takes=True))


async def _patrol(parts: Parts, one: Mapping[str, Any], cast: Cast) -> None:
    details = DutyDetails(one["title"], one["place"], one["rule"], one["kind"], one["about"], tuple(one["points"]))
    await parts.performer.run(SaveDuty(cast.community_id, cast.staff[one["by"]], details))
    async with parts.db.read() as session:
        coming = (await session.scalars(select(Shift.id).order_by(Shift.starts_at).limit(1))).one()
    for joins in one["joins"]:
        which = WhichShift(shift_id=coming)
        await parts.performer.run(JoinShift(cast.community_id, cast.residents[joins["who"]], which, joins["role"]))
