"""``linan route``: who would get a message, by which line of the responsibility list, and why."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.directory import get_directory
from actions.people.model import Level, OrgUnit, Team
from actions.routing.checks import find_doubts
from actions.routing.duties import get_list
from actions.tickets.model import Ticket
from bot.bootstrap import Parts, choose_parser, open_parts, thresholds_of
from bot.clock import LOCAL_ZONE
from bot.console.duties.reading import Words
from bot.console.duties.simulating import MONTH, figures_of, tell
from bot.errors import LinanError
from bot.settings import Settings
from bot.simulation import Matter, read_messages, simulate
from bot.storage.migrate import check_version
from bot.understand.understanding import Understander
from bot.web import console_of
from nlu.model.entities import extract


class CannotRoute(LinanError):
    """What was asked for cannot be routed."""

    code = "cannot_route"


async def route(settings: Settings, arguments: argparse.Namespace) -> str:
    """The answers, one line each (or one JSON object each), then how many go where."""
    async with open_parts(settings) as parts:
        await check_version(parts.db.engine)
        at = _instant(arguments.at, parts)
        async with parts.db.read() as session:
            community = await _community(session, arguments.community)
            matters = await _matters(parts, session, community, arguments, at)
            return await _answer(parts, session, community, matters, arguments, at)


async def _answer(
    parts: Parts,
    session: AsyncSession,
    community: OrgUnit,
    matters: Sequence[Matter],
    arguments: argparse.Namespace,
    at: datetime,
) -> str:
    duties, number = await get_list(session, parts.rules, community.id)
    other = None
    if arguments.against:
        other, found = await get_list(session, parts.rules, community.id, arguments.against)
        if found != arguments.against:
            raise CannotRoute(f"the list has no version {arguments.against}: the newest is {number}")
    words = Words(console_of(parts), duties)
    routed = await simulate(session, parts.rules, community.id, matters, (duties, other), at)
    lines = [(one.matter.label, tell(words, one)) for one in routed]
    if arguments.json:
        return "\n".join(json.dumps({"text": label, **told}, ensure_ascii=False) for label, told in lines)
    figures = figures_of(routed, words)
    doubts = find_doubts(duties, parts.rules, await get_directory(session, community.id), at)
    told_doubts = [words.doubt(doubt) for doubt in doubts if doubt.kind in ("gap", "overlap")]
    return "\n".join([*(_line(label, told) for label, told in lines), "", *_sums(figures), *told_doubts])


def _line(label: str, told: dict[str, str]) -> str:
    was = f" [{told['before']}]" if told["before"] else ""
    rest = [part for part in (told["service"], told["why"], told["nexts"]) if part]
    return f"{label} → {told['who']}{was}" + "".join(f"\n    {part}" for part in rest)


def _sums(figures: dict[str, Any]) -> list[str]:
    return [f"{count:5}  {who}" for who, count in figures["desks"]]


def _instant(text: str, parts: Parts) -> datetime:
    if not text:
        return parts.clock.now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CannotRoute(f"--at {text!r}: write it like 2026-12-31T23:00") from error
    return found if found.tzinfo else found.replace(tzinfo=LOCAL_ZONE)


async def _community(session: AsyncSession, name: str) -> OrgUnit:
    query = select(OrgUnit).where(OrgUnit.level == Level.COMMUNITY).order_by(OrgUnit.id)
    found = list(await session.scalars(query.where(OrgUnit.name == name) if name else query))
    if len(found) != 1:
        raise CannotRoute("give --community with the name of one community" if found else "no such community")
    return found[0]


async def _matters(
    parts: Parts, session: AsyncSession, community: OrgUnit, arguments: argparse.Namespace, at: datetime
) -> list[Matter]:
    if arguments.tickets:
        return await _tickets(session, community, at)
    texts = list(arguments.text)
    if arguments.file is not None:
        content = sys.stdin.read() if str(arguments.file) == "-" else arguments.file.read_text("utf-8-sig")
        texts += [line.strip() for line in content.splitlines() if line.strip()]
    if not texts:
        raise CannotRoute("give a message, --file or --tickets")
    parser, _ = choose_parser(parts.settings)
    names = {code: service.name for code, service in parts.rules.services.items()}
    matters = await read_messages(Understander(parser, extract), texts, thresholds_of(parts.settings), names, at)
    return [_placed(matter, await _place(session, community, arguments.place)) for matter in matters]


async def _place(session: AsyncSession, community: OrgUnit, name: str) -> int | None:
    if not name:
        return None
    found = (await get_directory(session, community.id)).find_named(name)
    if found is None:
        raise CannotRoute(f"--place {name!r}: no building or grid is called so")
    return found.id


def _placed(matter: Matter, unit_id: int | None) -> Matter:
    return matter if unit_id is None else Matter(matter.label, matter.service, unit_id=unit_id)


async def _tickets(session: AsyncSession, community: OrgUnit, at: datetime) -> list[Matter]:
    query = (
        select(Ticket, Team.name)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(Ticket.community_id == community.id, Ticket.opened_at > at - MONTH, Ticket.opened_at <= at)
    )
    rows = (await session.execute(query.order_by(Ticket.id))).tuples()
    return [
        Matter(ticket.ref, ticket.service, unit_id=ticket.org_unit_id, at=ticket.opened_at, held_by=team or "")
        for ticket, team in rows
    ]
