"""A ticket that desks send back: its page offers the reasons, the settlement, then the correction of the list."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.routing.handlers import seed_lists
from actions.teaching.model import ReviewItem
from actions.tickets.model import Ticket
from tests.support.console import Browser, Office, open_office
from tests.support.workbench import text_of

GUESS = {"intent": "service_request", "category": "elevator", "confidence": 0.8, "ranking": [["service_request", 0.8]]}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        async with opened.parts.db.write() as session:
            await seed_lists(session, opened.parts.rules, opened.clock.now())
        yield opened


async def _move(browser: Browser, ticket: Ticket, move: str, **fields: str) -> str:
    """The ticket's page after a move made in it."""
    path = f"/console/tickets/{ticket.id}"
    version = re.search(r'name="version" value="(\d+)"', await browser.page(path))
    form = {"move": move, "text": "因为如此", "version": version[1] if version else "", **fields}
    answer = await browser.post(f"{path}/move", form)
    return await browser.page(answer.headers["Location"])


async def test_from_two_returns_to_a_corrected_list(office: Office) -> None:
    ticket = await office.open(understanding=GUESS)
    steward, committee, admin = [await office.browser(role) for role in ("steward", "committee", "admin")]
    assert "不在我们的片区" in await steward.page(f"/console/tickets/{ticket.id}")
    police = str(office.people.teams["police"])
    assert "退1次" in text_of(await _move(steward, ticket, "return", reason="not_ours", team_id=police))
    assert "退2次·待定" in text_of(await _move(await office.browser("police"), ticket, "return", reason="wrong_kind"))
    page = await committee.page(f"/console/tickets/{ticket.id}")
    assert "等居委会定归谁办" in page
    assert "确定派件" not in page
    settled = await _move(committee, ticket, "settle", team_id=police, service="safety_tip/facility_hazard")
    assert "以后这类都给" not in settled  # the committee decides, the administrator changes the list
    assert "退回</summary>" not in settled

    listed = text_of(await committee.page("/console/duties"))
    assert "设施隐患 定给 桂花社区警务室 1次" in listed
    assert "电梯故障 桂花物业退回 1次（不归我们管）" in listed
    offer = re.search(r'href="([^"]+)"><i[^>]*></i>以后这类都给', await admin.page(f"/console/tickets/{ticket.id}"))
    assert offer is not None
    form = await admin.page(unescape(offer[1]))
    assert 'value="safety_tip/facility_hazard" checked' in form
    assert '<option value="police" selected>' in form
    assert '<option value="committee" selected>' in form  # the levels above stay as they are
    assert "<option selected>3栋</option>" in form

    items = await office.rows(select(ReviewItem).order_by(ReviewItem.id))
    assert {item.reason for item in items} & {"staff_changed", "returned"}
    assert any((item.staff_intent, item.staff_category) == ("safety_tip", "facility_hazard") for item in items)


async def test_a_return_for_the_wrong_place_says_nothing_of_the_understanding(office: Office) -> None:
    ticket = await office.open(understanding=GUESS)
    await _move(await office.browser("steward"), ticket, "return", reason="wrong_place")
    assert await office.rows(select(ReviewItem)) == []
    assert "请选一个退回的原因" in await _move(await office.browser("admin"), ticket, "return", reason="<b>")
