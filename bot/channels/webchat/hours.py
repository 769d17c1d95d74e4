"""The resident's page of the time bank: balance, statement, shop, giving away; and who is honoured here."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.ledger.book import find_account
from actions.ledger.commands import AnswerGift, CancelOrder, Donate, GiveHours, OrderItem, SetPublished
from actions.ledger.lots import list_lots
from actions.ledger.model import OrderState
from actions.ledger.rules import LedgerRules
from actions.ledger.shop import list_items
from actions.ledger.standing import given_by
from actions.ledger.tell import list_lines, signed_words, what_words
from actions.outcome import Outcome
from actions.people.model import Resident
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.replies import load_templates, page
from bot.channels.webchat.signing import check_origin, find_resident
from bot.channels.webchat.tips import read_form
from bot.channels.webchat.wire import clean_text
from bot.storage.queries_ledger import find_neighbour, list_honours, list_open_gifts, list_orders

Perform = Callable[[Any], Awaitable[Outcome]]


class HourPages:
    """Handlers of /hours. What is done here goes through the same commands as in the chat."""

    def __init__(self, deps: WebChat, perform: Perform, rules: LedgerRules) -> None:
        self._deps, self._perform, self._rules = deps, perform, rules
        self._templates = load_templates()

    async def show(self, request: web.Request) -> web.Response:
        """The page as it stands."""
        return await self._page(request, await self._owner(request))

    async def act(self, request: web.Request) -> web.Response:
        """Do what the form asks; shown again it asks for nothing twice."""
        check_origin(self._deps, request)
        resident = await self._owner(request)
        form = await read_form(request)
        try:
            taker = await self._taker(resident, form)
            await self._perform(_command(resident, form, taker))
        except ActionError as error:
            words = self._deps.phrases.render(error.phrase, error.params)
            return await self._page(request, resident, words=words, status=400)
        return web.Response(status=303, headers={"Location": "/hours"})

    async def _taker(self, resident: Resident, form: Mapping[str, str]) -> int:
        """Whom the hours are for, by the name they have in the group; 0 where nobody is named. Raises InvalidInput."""
        if form.get("do") != "gift":
            return 0
        async with self._deps.db.read() as session:
            found, _ = await find_neighbour(session, resident.community_id, clean_text(form.get("name", "")).strip())
        if found is None:
            raise InvalidInput("no such neighbour", phrase="ledger.gift_whom")
        return found.id

    async def honours(self, request: web.Request) -> web.Response:
        """Only those who have agreed, by what they are called in the group."""
        resident = await self._owner(request)
        async with self._deps.db.read() as session:
            rows = await list_honours(session, resident.community_id, published=True)
        return page(request, self._templates, "honours.html", rows=rows, rules=self._rules, resident=resident)

    async def _owner(self, request: web.Request) -> Resident:
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        async with self._deps.db.read() as session:
            return await session.get_one(Resident, resident_id)

    async def _page(
        self, request: web.Request, resident: Resident, *, words: str = "", status: int = 200
    ) -> web.Response:
        here = resident.community_id
        async with self._deps.db.read() as session:
            account = await find_account(session, here, resident.id)
            items = await list_items(session, here)
            orders = await list_orders(session, here, OrderState.OPEN, resident.id)
            gifts = await list_open_gifts(session, here, resident.id)
            lines = await list_lines(session, account.id) if account is not None else []
            lots = await list_lots(session, account.id) if account is not None else []
            given = await given_by(session, account) if account is not None else 0
        return page(
            request, self._templates, "hours.html", status=status, resident=resident, rules=self._rules, words=words,
            balance=account.balance if account is not None else 0,
            published=account is not None and account.published,
            items=items, gifts=gifts, say=self._deps.phrases.render,
            orders=[row.order for row in orders], lines=lines, lots=lots, given=given,
            tier=self._rules.tier_of(given), number=secrets.token_urlsafe(12),
            what_words=what_words, signed_words=signed_words,
        )  # fmt: skip


def _command(resident: Resident, form: Mapping[str, str], taker: int) -> Any:
    """The order a form stands for. Raises InvalidInput."""
    here, number, do = resident.community_id, form.get("number", ""), form.get("do", "")
    if do == "publish":
        return SetPublished(here, resident.id, form.get("published") == "1")
    if do == "cancel":
        return CancelOrder(_whole(form.get("order", "")), resident_id=resident.id)
    if do in ("take", "untake"):
        return AnswerGift(_whole(form.get("gift", "")), resident.id, do == "take")
    if not 8 <= len(number) <= 40:
        raise InvalidInput("no number", phrase="ledger.none_such")
    if do == "order":
        return OrderItem(here, resident.id, _whole(form.get("item", "")), f"page:{resident.id}:{number}")
    if do == "gift":
        return GiveHours(here, resident.id, taker, _minutes(form.get("hours", "")), f"page:{resident.id}:{number}")
    return Donate(here, resident.id, _minutes(form.get("hours", "")), f"page:{resident.id}:{number}")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _minutes(text: str) -> int:
    try:
        return round(float(text[:10]) * 60)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no number", phrase="ledger.more_than_nothing") from error
