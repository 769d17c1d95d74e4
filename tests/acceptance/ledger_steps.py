"""What staff do with the time bank in a chat script, and what the book must say then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from actions.ledger import commands as c
from actions.ledger.model import ShopItem, ShopOrder, TimeAccount, TimeClaim, TimeEntry
from actions.ledger.proof import check_books
from tests.support.world import World

KEYS = frozenset({"hours", "kind", "minutes", "stock", "name", "balance"})


async def _latest(world: World, model: Any) -> Any:
    async with world.parts.db.read() as session:
        found = await session.scalar(select(model).order_by(model.id.desc()).limit(1))
    assert found is not None, f"there is no {model.__tablename__}"
    return found


async def hours_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of a step ``{staff: …, hours: …}``; of claims, entries and orders the latest is meant."""
    here, staff, what = world.community_id, world.staff[step["staff"]], step["hours"]
    text, minutes = str(step.get("text", "")), int(step.get("minutes", 0))
    match what:
        case "enter":
            day, who = date.fromisoformat(str(step["day"])), world.residents[step["party"]]
            return c.EnterHours(here, staff, who, step["kind"], minutes, day, f"script:{world.clock.now()}", text)
        case "record":
            day, who = date.fromisoformat(str(step["day"])), world.residents[step["party"]]
            return c.RecordHours(here, who, step["kind"], minutes, day, f"script:{day}:{who}:{step['kind']}")
        case "confirm":
            return c.ConfirmClaim((await _latest(world, TimeClaim)).id, staff)
        case "amend":
            return c.AmendClaim((await _latest(world, TimeClaim)).id, staff, minutes, text)
        case "refuse":
            return c.RefuseClaim((await _latest(world, TimeClaim)).id, staff, text)
        case "grant":
            return c.GrantHours(here, staff, world.residents[step["party"]], minutes, text, f"grant:{minutes}")
        case "reverse":
            return c.ReverseEntry((await _latest(world, TimeEntry)).id, staff, text)
        case "item":
            return c.SaveItem(here, staff, step["name"], minutes, step.get("stock"))
        case "hand_over":
            return c.HandOverOrder((await _latest(world, ShopOrder)).id, staff)
        case "cancel":
            return c.CancelOrder((await _latest(world, ShopOrder)).id, staff, text=text)
    raise AssertionError(f"nobody can {what}")


async def check_hours(world: World, wanted: Mapping[str, int]) -> None:
    """Balances in minutes by nickname or kind of account, stocks by "库存:<name>"; and the books come out."""
    names = {i: n for n, i in world.residents.items()}
    async with world.parts.db.read() as session:
        accounts = (await session.scalars(select(TimeAccount))).all()
        items = (await session.scalars(select(ShopItem))).all()
        proof = await check_books(session, world.community_id)
    found = {names.get(a.holder, a.kind): a.balance for a in accounts}
    found |= {f"库存:{item.name}": item.stock for item in items}
    for key, value in wanted.items():
        assert found.get(key, 0) == value, f"{key} has {found.get(key, 0)}, not {value}"
    assert proof.holds, proof
