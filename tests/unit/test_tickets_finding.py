"""Tickets meant but not named: the report everybody talks of, the one matter a resident has open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actions.errors import NotAllowed, NotFound
from actions.people.model import Role
from actions.tickets.commands import FollowReported, WithdrawOpen
from actions.tickets.model import Status
from tests.support.desk import CHAT, Desk, phrases_of


async def test_my_house_too_follows_the_latest_report_of_that_chat(desk: Desk) -> None:
    await desk.open()
    latest = await desk.open(message_id=9)
    latest_again = await desk.open("safety_tip/theft")  # a secret is no talk of the group
    laoli, community = await desk.resident("laoli"), latest.community_id
    outcome = await desk.do(FollowReported(community, laoli, CHAT))
    assert (phrases_of(outcome), latest.affected, latest_again.affected) == (["ticket.followed"], 2, 1)
    desk.now += timedelta(minutes=11)
    xinlai = await desk.resident("xinlai")
    assert (await desk.do(FollowReported(community, xinlai, CHAT))).replies == ()
    third = await desk.do(FollowReported(community, xinlai, CHAT, message_id=9))
    assert phrases_of(third) == ["ticket.followed", "staff.crowd"]
    assert (await desk.do(FollowReported(community, xinlai, CHAT + 1, message_id=8))).replies == ()


async def test_the_one_open_matter_is_withdrawn_and_of_several_it_is_asked_which(desk: Desk) -> None:
    amei, community = await desk.resident("amei"), await desk.community_id()
    with pytest.raises(NotFound):
        await desk.do(WithdrawOpen(community, amei))
    first, second = await desk.open(), await desk.open("consult")
    outcome = await desk.do(WithdrawOpen(community, amei))
    (asked,) = outcome.replies
    assert {button.value for button in asked.buttons} == {f"withdraw:{first.id}", f"withdraw:{second.id}"}
    second.status = Status.RATED
    await desk.session.flush()
    assert phrases_of(await desk.do(WithdrawOpen(community, amei)))[0] == "ticket.withdrawn"
    assert first.status == Status.WITHDRAWN
    with pytest.raises(NotAllowed):
        await desk.do(WithdrawOpen(community, await desk.staff(Role.ADMIN)))
