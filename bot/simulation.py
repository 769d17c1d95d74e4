"""Messages and tickets sent through the responsibility list without anything happening: who would get them, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.handoffs.commands import AskHandoff
from actions.people.model import OrgUnit
from actions.routing.desks import find_unit, get_community, look_around
from actions.routing.rules import DutyList, Rules
from actions.routing.tracing import Trace, trace
from actions.tickets.commands import GiveFeedback, OpenTicket, Where
from bot.conversations import Conversation
from bot.decide.decision import Ask, Case, Decision, HandOff, Run, Surroundings, Thresholds
from bot.decide.matters import matters_of
from bot.decide.policy import decide
from bot.messages import ChatKind, Message
from bot.understand.understanding import Understander
from bot.understanding import Understanding

BATCH = 64


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter to be sent through. ``service`` "": no ticket comes of it."""

    label: str  # the words, or the ticket's number
    service: str
    where: Where = Where()
    unit_id: int | None = None  # where it is, if that is known better than in words
    at: datetime | None = None  # when it was; None: at the instant that was asked for
    asked_back: bool = False  # the bot would ask first which service is meant
    held_by: str = ""  # the team that has (or had) the ticket


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a matter lands now, and by the list it is compared with."""

    matter: Matter
    trace: Trace | None  # None: no ticket
    before: Trace | None = None

    @property
    def changed(self) -> bool:
        """Whether somebody else had got it by the other list."""
        return self.trace is not None and self.before is not None and _team(self.trace) != _team(self.before)


def _team(one: Trace) -> int | None:
    return one.desk.team.id if one.desk is not None else None


async def read_messages(
    understander: Understander, texts: Sequence[str], thresholds: Thresholds, names: Mapping[str, str], now: datetime
) -> list[Matter]:
    """What the bot makes of messages said to it in a group, matter by matter. Raises UnderstandError."""
    found: list[Matter] = []
    for at in range(0, len(texts), BATCH):
        batch = [
            Message(number, 0, 0, ChatKind.GROUP, 0, "", text, now, mentions_bot=True)
            for number, text in enumerate(texts[at : at + BATCH])
        ]
        results = await understander.understand(batch)
        for message, result in zip(batch, results, strict=True):
            if not isinstance(result, Understanding):
                raise result
            case = Case(message, result, Conversation(), Surroundings(service_names=names, thresholds=thresholds), now)
            found += [_matter(message.text, one.understanding.where, decide(one)) for one in matters_of(case)]
    return found


def _matter(text: str, where: Where, decision: Decision) -> Matter:
    match decision:
        case Run(instead=rest) if rest is not None:  # nobody is signed up for anything here
            return _matter(text, where, rest)
        case HandOff(AskHandoff()):
            return Matter(text, "handoff", where)
        case Run(OpenTicket() as command) | Run(otherwise=OpenTicket() as command):
            service = f"emergency/{command.emergency}" if command.emergency else command.service
            return Matter(text, service, command.where)
        case Run(GiveFeedback()):
            return Matter(text, "feedback", where)
        case Ask(_, (first, *_)):
            return Matter(text, first, where, asked_back=True)
        case _:
            return Matter(text, "", where)


async def simulate(
    session: AsyncSession,
    rules: Rules,
    community_id: int,
    matters: Sequence[Matter],
    lists: tuple[DutyList, DutyList | None],
    now: datetime,
) -> list[Routed]:
    """Send each through the first list, and through the second to compare. Reads only."""
    community = await get_community(session, community_id)
    return [await _route(session, rules, community, matter, lists, now) for matter in matters]


async def _route(
    session: AsyncSession,
    rules: Rules,
    community: OrgUnit,
    matter: Matter,
    lists: tuple[DutyList, DutyList | None],
    now: datetime,
) -> Routed:
    if not matter.service:
        return Routed(matter, None)
    unit = await session.get(OrgUnit, matter.unit_id) if matter.unit_id else None
    unit = unit or await find_unit(session, community.id, matter.where.building, matter.where.spot) or community
    around, at, service = await look_around(session, unit), matter.at or now, rules.service(matter.service).code
    ways = [trace(rules, replace(around, routes=one.routes), service, at) if one else None for one in lists]
    return Routed(matter, ways[0], ways[1])
