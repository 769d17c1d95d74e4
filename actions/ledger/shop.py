"""The shop: goods with a stock, services without; hours go in, a code comes out."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.ledger.access import DESKS, access_resident, access_staff, check_reason, lock_row
from actions.ledger.book import OWN, Leg, find_account, find_entry, hold_accounts, post
from actions.ledger.commands import CancelOrder, HandOverOrder, OfferItems, OrderItem, SaveItem
from actions.ledger.model import EntryKind, Holder, OrderState, ShopItem, ShopOrder, TimeEntry
from actions.ledger.rules import LedgerRules
from actions.ledger.spending import take_back
from actions.ledger.tell import changed, press, tell, tell_staff
from actions.outcome import Outcome, Reply

MOST_OFFERED = 4  # buttons
MOST_STOCK = 100_000
_LONGEST_NAME, _LONGEST_NOTE = 40, 120
_TRIES = 20


class OutOfStock(ActionError):
    """There is none left."""

    code = "out_of_stock"
    phrase = "ledger.out_of_stock"


async def save_item(session: AsyncSession, command: SaveItem, now: datetime, rules: LedgerRules) -> Outcome:
    """New, or changed. Orders keep the name and price of their day."""
    await access_staff(session, command.staff_id, command.community_id, DESKS)
    name = command.name.strip()
    if not name or len(name) > _LONGEST_NAME or len(command.note) > _LONGEST_NOTE:
        raise InvalidInput("name", phrase="ledger.item_name", most=_LONGEST_NAME)
    if command.minutes <= 0 or command.minutes > rules.holding:
        raise InvalidInput("price", phrase="ledger.more_than_nothing")
    if command.stock is not None and not 0 <= command.stock <= MOST_STOCK:
        raise InvalidInput("stock", phrase="ledger.item_stock", most=MOST_STOCK)
    values: dict[str, Any] = {"note": command.note.strip(), "minutes": command.minutes}
    values |= {"stock": command.stock, "active": command.active}
    if command.item_id is None:
        made = {"community_id": command.community_id, "name": name, **values}
        item_id = await insert_once(session, ShopItem, made, ("community_id", "name"))
        if item_id is None:
            raise InvalidInput("named already", phrase="ledger.item_there_already", name=name)
        return Outcome(events=(changed(command.community_id),), value=item_id)
    item = await lock_row(session, ShopItem, command.item_id)
    if item.community_id != command.community_id:
        raise NotFound("item elsewhere", phrase="ledger.none_such")
    same = select(ShopItem.id).where(
        ShopItem.community_id == item.community_id, ShopItem.name == name, ShopItem.id != item.id
    )
    if await session.scalar(same) is not None:
        raise InvalidInput("named already", phrase="ledger.item_there_already", name=name)
    item.name = name
    for key, value in values.items():
        setattr(item, key, value)
    return Outcome(events=(changed(command.community_id),), value=item.id)


async def offer_items(session: AsyncSession, command: OfferItems, now: datetime, rules: LedgerRules) -> Outcome:
    """What they can have, with a button each; what they cannot afford is told without one."""
    account = await find_account(session, command.community_id, command.resident_id)
    balance = account.balance if account is not None else 0
    items = [item for item in await list_items(session, command.community_id) if item.stock != 0]
    near = [item for item in items if _is_near(command.wanted, item.name)]
    shown = (near or items)[:MOST_OFFERED]
    buttons = tuple(
        press("order", "order", item.id, command.offer, name=item.name, amount=rules.hours_words(item.minutes))
        for item in shown
        if item.minutes <= balance
    )
    phrase = "ledger.shop" if buttons else ("ledger.shop_too_dear" if shown else "ledger.shop_empty")
    params: dict[str, Any] = {
        "balance": rules.hours_words(balance),
        "items": rules.words["joint"].join(f"{item.name} {rules.hours_words(item.minutes)}" for item in shown),
    }
    here = (Reply("ledger.told_in_private"),) if command.in_group else ()
    own = tell(command.resident_id, command.community_id, phrase, buttons=buttons, immediate=True, **params)
    return Outcome((*here, own))


async def list_items(session: AsyncSession, community_id: int, *, all_of_them: bool = False) -> list[ShopItem]:
    """What the shop has, the cheapest first."""
    query = select(ShopItem).where(ShopItem.community_id == community_id)
    if not all_of_them:
        query = query.where(ShopItem.active.is_(True))
    return list(await session.scalars(query.order_by(ShopItem.active.desc(), ShopItem.minutes, ShopItem.id)))


def _is_near(wanted: str, name: str) -> bool:
    """ "米" is near to "大米5公斤"; of more characters one pair has to stand in the name."""
    pairs = [wanted[n : n + 2] for n in range(len(wanted) - 1)] or [wanted]
    return bool(wanted) and any(pair in name for pair in pairs)


async def order_item(session: AsyncSession, command: OrderItem, now: datetime, rules: LedgerRules) -> Outcome:
    """Stock and hours in one step: of two who want the last one, one gets it."""
    resident = await access_resident(session, command.community_id, command.resident_id)
    item = await session.get(ShopItem, command.item_id, populate_existing=True)
    if item is None or item.community_id != command.community_id or not item.active:
        raise NotFound(f"item {command.item_id}", phrase="ledger.out_of_stock")
    mine, shop = await hold_accounts(
        session, command.community_id, (Holder.RESIDENT, resident.id), (Holder.SHOP, OWN)
    )
    if await find_entry(session, command.community_id, command.source) is not None:
        return await _again(session, command)
    await _take(session, item)
    entry_id = await post(
        session, EntryKind.EXCHANGE, command.source, [Leg(mine, shop, item.minutes)], now, text=item.name
    )
    order = await _order(session, command, item, entry_id, now)
    replies = (
        _ordered(order, rules, rules.hours_words(mine.balance)),
        tell_staff(command.community_id, "ledger.staff_ordered", f"ordered:{order.id}", name=item.name,
                   who=resident.nickname),
    )  # fmt: skip
    return Outcome(replies, (changed(command.community_id),), order.id)


async def _again(session: AsyncSession, command: OrderItem) -> Outcome:
    """Pressed twice: the order that is there, and nothing more."""
    query = select(ShopOrder).where(
        ShopOrder.community_id == command.community_id, ShopOrder.source == command.source
    )
    order = await session.scalar(query)
    return Outcome(value=order.id if order is not None else None)


async def _take(session: AsyncSession, item: ShopItem) -> None:
    if item.stock is None:
        return
    taken = await session.execute(
        update(ShopItem).where(ShopItem.id == item.id, ShopItem.stock > 0).values(stock=ShopItem.stock - 1)
    )
    if not getattr(taken, "rowcount", 0):
        raise OutOfStock(f"item {item.id}", name=item.name)


async def _order(
    session: AsyncSession, command: OrderItem, item: ShopItem, entry_id: int | None, now: datetime
) -> ShopOrder:
    """With a code that no other order here has."""
    values = {
        "community_id": command.community_id,
        "source": command.source,
        "item_id": item.id,
        "resident_id": command.resident_id,
        "name": item.name,
        "minutes": item.minutes,
        "state": str(OrderState.OPEN),
        "ordered_at": now,
        "entry_id": entry_id,
    }
    for _ in range(_TRIES):
        code = f"{secrets.randbelow(1_000_000):06d}"
        order_id = await insert_once(session, ShopOrder, {**values, "code": code}, ("community_id", "code"))
        if order_id is not None:
            return await session.get_one(ShopOrder, order_id)
    raise OutOfStock("no code is free", name=item.name)


def _ordered(order: ShopOrder, rules: LedgerRules, balance: str) -> Reply:
    params: dict[str, Any] = {"name": order.name, "code": order.code, "balance": balance}
    params["amount"] = rules.hours_words(order.minutes)
    buttons = (press("cancel_order", "cancel", order.id),)
    return tell(order.resident_id, order.community_id, "ledger.ordered", buttons=buttons, immediate=True, **params)


async def hand_over_order(session: AsyncSession, command: HandOverOrder, now: datetime, rules: LedgerRules) -> Outcome:
    """Fetched, or the service was done. Once."""
    order = await lock_row(session, ShopOrder, command.order_id)
    await access_staff(session, command.staff_id, order.community_id, DESKS)
    _check_open(order)
    order.state, order.settled_at, order.settled_by = OrderState.HANDED, now, command.staff_id
    reply = tell(order.resident_id, order.community_id, "ledger.handed", key=f"handed:{order.id}", name=order.name)
    return Outcome((reply,), (changed(order.community_id),), order.id)


async def cancel_order(session: AsyncSession, command: CancelOrder, now: datetime, rules: LedgerRules) -> Outcome:
    """Stock and hours go back."""
    order = await lock_row(session, ShopOrder, command.order_id)
    if command.staff_id is not None:
        await access_staff(session, command.staff_id, order.community_id, DESKS)
        text = check_reason(command.text)
    elif command.resident_id == order.resident_id:
        text = order.name
    else:
        raise NotFound(f"order {order.id}", phrase="ledger.none_such")
    _check_open(order)
    order.state, order.settled_at, order.settled_by = OrderState.CANCELLED, now, command.staff_id
    await session.execute(
        update(ShopItem)
        .where(ShopItem.id == order.item_id, ShopItem.stock.is_not(None))
        .values(stock=ShopItem.stock + 1)
    )
    entry = await session.get_one(TimeEntry, order.entry_id)
    return await take_back(session, entry, now, rules, staff_id=command.staff_id, text=text)


def _check_open(order: ShopOrder) -> None:
    if order.state != OrderState.OPEN:
        raise MoveRefused(f"order is {order.state}", phrase="ledger.order_settled")
