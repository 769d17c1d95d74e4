"""Staff work from their own chat and their own group on a bridge, as they would from the console."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from actions.people.link_commands import MakeStaffCode
from actions.tickets.model import Ticket
from bot.channel_accounts import access_account, give_group
from bot.messages import ChatKind
from bot.storage.channels import hear_group
from bot.storage.tables_channels import ChannelGroup
from tests.peers.town import Town, open_town

STEWARD, STRANGER, DESK = 888, 999, 4321


async def make_staff_group(town: Town) -> int:
    """A group of the bridge that is the staff's own; its chat."""
    world = town.world
    async with world.parts.db.write() as session:
        now = world.clock.now()
        account = await access_account(session, town.account_id, [world.community_id])
        await hear_group(session, account.id, world.community_id, str(DESK), "物业工作群", now)
        group = await session.scalar(select(ChannelGroup).where(ChannelGroup.external_id == str(DESK)))
        assert group is not None
        given = await give_group(session, account, group.id, world.community_id, None, now, of=ChatKind.STAFF)
        return given.chat_id or 0


async def ticket_of(town: Town) -> Ticket:
    async with town.world.parts.db.read() as session:
        return (await session.scalars(select(Ticket))).one()


async def test_a_call_reaches_the_staffs_group_and_chat_and_is_taken_and_done_there(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        world = town.world
        await make_staff_group(town)
        code = (await world.parts.performer.run(MakeStaffCode(world.staff["李师傅"]))).value
        async with town.bridge() as bridge:

            def last(where: str, text: str) -> dict[str, Any] | None:
                found = (one for one in reversed(bridge.sent()) if one["in"] == where and text in one["text"])
                return next(found, None)

            async def hears(count: int) -> None:
                await town.heard(count, bridge)
                await world.settle()

            await bridge.say(f"绑定 {code}", user=STEWARD, group=None, name="李工")
            await hears(1)
            await bridge.until(lambda: last("private", "绑定好了"))
            await bridge.say("3栋2单元的电梯又停了，按了没反应，麻烦派人修一下")
            await hears(2)
            told = await bridge.until(lambda: last("group", "新工单"))
            assert told["params"]["group_id"] == DESK
            assert (await bridge.until(lambda: last("private", "新工单")))["params"]["user_id"] == STEWARD
            await town.written("新工单")

            said = zip(bridge.sent(), bridge.history, strict=True)
            number = next(h["message_id"] for s, h in said if s["in"] == "group" and "新工单" in s["text"])
            quote = {"type": "reply", "data": {"id": str(number)}}
            words = [quote, {"type": "text", "data": {"text": "接单"}}]
            await bridge.say(words, user=STRANGER, group=DESK, name="路人")
            await bridge.say(words, user=STEWARD, group=DESK, name="李工")
            await hears(4)
            ticket = await ticket_of(town)
            assert (ticket.status, ticket.assignee_id) == ("dispatched", world.staff["李师傅"])
            taken = await bridge.until(lambda: last("group", "归您了"))
            assert taken["params"]["group_id"] == DESK

            await bridge.say("办结，换了门机皮带", user=STEWARD, group=None, name="李工")
            await hears(5)
            await bridge.until(lambda: last("group", "换了门机皮带"))
            assert (await ticket_of(town)).status == "handled"
