"""What residents do in private works in an Official Account and in an app as it does on our own page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.activities.commands import CreateActivity, Details
from actions.activities.model import Signup
from actions.people.home_commands import MakeCodes
from actions.people.link_commands import MakeStaffCode
from actions.people.model import Household, Resident
from actions.tickets.model import Ticket
from actions.tips.model import Tip
from bot.channel_accounts import AccountForm
from bot.messages import ChatKind
from bot.storage.tables import Chat, ChatMessage
from tests.peers.platforms import OPENID
from tests.peers.wechat_town import APP_FORM, OFFICIAL_FORM, open_wechat


@pytest.mark.parametrize(("form", "user"), [(APP_FORM, "WangAyi"), (OFFICIAL_FORM, OPENID.format(7))])
async def test_reporting_asking_confiding_and_moving_in(tmp_path: Path, form: AccountForm, user: str) -> None:
    async with open_wechat(tmp_path, form=form) as town:
        starts = town.world.clock.now() + timedelta(days=3)
        details = Details("羽毛球友谊赛", "社区文体中心二楼", starts, starts + timedelta(hours=2), 3)
        game = CreateActivity(town.world.community_id, details, town.world.staff["钱主任"])
        await town.world.parts.performer.run(game)
        said = "\n".join(await town.told("3栋2单元的电梯坏了", user))
        assert "单号" in said
        mine = "\n".join(await town.told("我的工单", user))
        assert "电梯" in mine
        secret = "\n".join(await town.told("举报2栋304把房子隔成七间租出去", user))
        assert "封存" in secret
        assert "304" not in secret
        async with town.world.parts.db.read() as session:
            assert len((await session.scalars(select(Tip))).all()) == 1
            assert not (await session.scalars(select(ChatMessage.id).where(ChatMessage.text.contains("七间")))).all()
            chats = (await session.scalars(select(Chat).where(Chat.channel != "web"))).all()
            assert [(chat.kind, chat.community_id) for chat in chats] == [(ChatKind.PRIVATE, town.world.community_id)]
        urgent = "\n".join(await town.told("5栋着火了", user))
        assert "119" in urgent
        signed_up = "\n".join(await town.told("报名羽毛球友谊赛", user))
        assert "羽毛球友谊赛" in signed_up
        async with town.world.parts.db.read() as session:
            assert len((await session.scalars(select(Signup))).all()) == 1
        assert all(row.state == "sent" for row in await town.outbox())


async def test_a_code_from_the_office_binds_the_home(tmp_path: Path) -> None:
    async with open_wechat(tmp_path) as town:
        await town.told("你好")
        async with town.world.parts.db.write() as session:
            resident = (await session.scalars(select(Resident).order_by(Resident.id.desc()))).first()
            assert resident is not None
            building = (await session.get_one(Resident, town.world.residents["王阿姨"])).building_id
            home = Household(community_id=resident.community_id, building_id=building, unit="2", room="501")
            session.add(home)
            await session.flush()
            home_id, resident_id = home.id, resident.id
        staff = town.world.staff["钱主任"]
        made = await town.world.parts.performer.run(MakeCodes(staff, (home_id,)))
        said = "\n".join(await town.told(f"邀请码 {made.value[home_id]}"))
        assert "501" in said
        async with town.world.parts.db.read() as session:
            assert (await session.get_one(Resident, resident_id)).household_id == home_id


async def test_tickets_and_pages_reach_staff_in_their_own_wecom_and_are_taken_there(tmp_path: Path) -> None:
    async with open_wechat(tmp_path) as town:
        staff = town.world.staff["李师傅"]
        made = await town.world.parts.performer.run(MakeStaffCode(staff))
        assert "李师傅" in "\n".join(await town.told(f"绑定 {made.value}", "LiShifu"))
        await town.world.say("王阿姨", "3栋的电梯坏了")
        await town.settle()
        path, payload = town.platform.calls[-1]
        assert (path, payload["touser"]) == ("message/send", "LiShifu")
        assert "电梯" in town.platform.said()[-1]
        await town.told("1", "LiShifu")
        async with town.world.parts.db.read() as session:
            (ticket,) = (await session.scalars(select(Ticket))).all()
            assert (ticket.status, ticket.assignee_id) == ("dispatched", staff)
        assert "归您了" in town.platform.said()[-1]
        await town.world.say("老李", "5栋着火了")
        await town.settle()
        assert any("5栋" in one for one in town.platform.said())
        assert {payload["touser"] for _, payload in town.platform.calls} == {"LiShifu"}
        assert all(row.state == "sent" for row in await town.outbox())
