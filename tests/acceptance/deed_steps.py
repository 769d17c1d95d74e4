"""Steps of scripts in which good deeds and bulletins are written, agreed to, told and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from actions.bulletins import commands as b
from actions.bulletins.model import Bulletin, GoodDeed
from actions.people.model import OrgUnit
from bot.clock import LOCAL_ZONE
from bot.community.board import Board
from tests.support.world import World

KEYS = frozenset("deed bulletin call how issuer when words board off_board stands".split())


async def deed_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of a step ``{staff: …, deed: …}`` or ``{staff: …, bulletin: …}``; the latest is meant."""
    who, here, text = world.staff[step["staff"]], world.community_id, str(step.get("text", ""))
    if "bulletin" in step:
        return await _bulletin(world, step, who)
    match step["deed"]:
        case "write":
            nominee = world.residents[step["party"]] if "party" in step else None
            minor = bool(step.get("minor"))
            return b.WriteDeed(here, who, text, str(step["name"]), f"form:{hash(str(step))}", minor, nominee)
        case "ask":
            return b.AskConsent((await _latest(world, GoodDeed)).id, who, world.residents[step["party"]])
        case "edit":
            one = await _latest(world, GoodDeed)
            return b.EditDeed(one.id, who, text, str(step.get("name", one.who)), one.minor)
        case "record":
            one = await _latest(world, GoodDeed)
            return b.RecordConsent(one.id, who, step["call"], str(step.get("name", "")), str(step.get("how", "")))
        case "approve":
            return b.ApproveDeed((await _latest(world, GoodDeed)).id, who, await _area(world, step))
        case "refuse":
            return b.RefuseDeed((await _latest(world, GoodDeed)).id, who, text)
        case "withdraw":
            return b.WithdrawDeed((await _latest(world, GoodDeed)).id, staff_id=who, reason=text)
    raise AssertionError(f"nobody can {step['deed']}")


async def _bulletin(world: World, step: Mapping[str, Any], who: int) -> Any:
    what = step["bulletin"]
    if what == "withdraw":
        return b.WithdrawBulletin((await _latest(world, Bulletin)).id, who, str(step.get("reason", "")))
    when = datetime.fromisoformat(str(step["when"])).replace(tzinfo=LOCAL_ZONE)
    first = (await _latest(world, Bulletin)).id if what == "correct" else None
    return b.SubmitBulletin(
        world.community_id, who, "incident" if what == "correct" else what, str(step["title"]), str(step["text"]),
        str(step.get("issuer", "")), when, f"form:{hash(str(step))}", await _area(world, step),
        str(step.get("words", "")), corrects_id=first, why=str(step.get("reason", "")),
        private_confirmed=bool(step.get("confirmed")),
    )  # fmt: skip


async def _area(world: World, step: Mapping[str, Any]) -> tuple[int, ...]:
    async with world.parts.db.read() as session:
        units = {unit.name: unit.id for unit in await session.scalars(select(OrgUnit))}
    return (units[step["area"]],) if "area" in step else ()


async def _latest(world: World, model: Any) -> Any:
    async with world.parts.db.read() as session:
        found = await session.scalar(select(model).order_by(model.id.desc()).limit(1))
    assert found is not None, f"there is no {model.__tablename__}"
    return found


async def check_deed(world: World, step: Mapping[str, Any]) -> None:
    """``stands``: of the latest deed (of the latest bulletin in a step about one); ``board``, ``off_board``: what the
    community's page says, and what it does not."""
    if "stands" in step:
        found = await _latest(world, Bulletin if "bulletin" in step else GoodDeed)
        assert found.state == step["stands"], f"it is {found.state}"
    if "board" not in step and "off_board" not in step:
        return
    parts = world.parts
    page = await Board(parts.db, world.clock, parts.rules, parts.phrases, parts.hours).read(world.community_id)
    said = "\n".join(str(line) for group in page.groups for line in group.lines)
    for words in _list(step.get("board")):
        assert words in said, f"{words!r} is not on the page:\n{said}"
    for words in _list(step.get("off_board")):
        assert words not in said, f"{words!r} is on the page:\n{said}"


def _list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)
