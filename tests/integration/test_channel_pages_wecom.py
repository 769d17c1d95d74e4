"""WeCom's bots in the console: what is pasted is checked, kept sealed, and a robot is given to a bot's group."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.secret_box import SecretBox
from bot.storage.channels import hear_group, secret_name, set_state
from bot.storage.tables_channels import ChannelAccount, ChannelGroup
from tests.support.console import Office, open_office
from tests.support.world import START

BOT = {"kind": "wecombot", "name": "小邻助手", "mode": "socket", "number": "aibGuihuaEast2026", "called": "小邻",
       "bot_secret": "long-connection-secret-2026"}  # fmt: skip
KEY = "693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"
HOOK = {"kind": "wecomhook", "name": "喇叭", "mode": "webhook",
        "webhook_key": f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"}  # fmt: skip


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def test_a_robot_becomes_the_voice_of_a_bot_and_a_refused_bot_is_dialled_again(office: Office) -> None:
    admin, here = await office.browser("admin"), office.people.community_id
    assert "企业微信智能机器人" in await admin.page("/console/channels?new=wecombot")
    for form in (BOT, HOOK):
        answer = await admin.post("/console/channels", {**form, "community": here})
        assert answer.status == 303, await answer.text()
    bot, hook = await office.rows(select(ChannelAccount).order_by(ChannelAccount.id))
    box = SecretBox(office.parts.settings)
    assert box.open(hook.sealed, secret_name(hook.id)) == {"webhook_key": KEY}
    async with office.parts.db.write() as session:
        await hear_group(session, bot.id, here, "wrkSFfCgAALFgnrSsWU38puiv4yvExuw", "", START)
        await set_state(session, bot.id, state="displaced")
    mine, heard = await office.rows(select(ChannelGroup).order_by(ChannelGroup.id))
    page = await admin.page(f"/console/channels/{hook.id}")
    assert f'value="group:{heard.id}"' in page
    assert KEY not in page
    await admin.post(f"/console/channels/{hook.id}/groups/{mine.id}", {"place": f"group:{heard.id}"})
    assert f'value="group:{heard.id}" selected' in await admin.page(f"/console/channels/{hook.id}")
    await admin.post(f"/console/channels/{hook.id}/groups/{mine.id}", {"place": f"{here}:"})
    assert [row.config.get("speaks_for") for row in await office.rows(select(ChannelAccount))] == [None, None]
    missing = await admin.post(f"/console/channels/{hook.id}/groups/{mine.id}", {"place": "group:999"})
    assert missing.status == 404

    again = 'name="do" value="dial"'
    assert again in await admin.page(f"/console/channels/{bot.id}")
    await admin.post(f"/console/channels/{bot.id}/state", {"do": "dial"})
    assert again not in await admin.page(f"/console/channels/{bot.id}")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({**BOT, "number": ""}, "要填机器人ID"),
        ({**BOT, "bot_secret": "short"}, "长连接密钥填错了"),
        ({**BOT, "mode": "callback", "callback_token": "a b", "aes_key": "A" * 43}, "Token填错了"),
        ({**BOT, "mode": "callback", "callback_token": "abc", "aes_key": "A" * 42}, "正好43位"),
        ({**HOOK, "webhook_key": "https://example.cn/"}, "不像群机器人的地址"),
        ({**HOOK, "kind": "pigeon"}, "表单不完整"),
    ],
)
async def test_what_cannot_work_is_said_and_no_secret_shown_again(
    office: Office, form: dict[str, str], said: str
) -> None:
    admin = await office.browser("admin")
    answer = await admin.post("/console/channels", {**form, "community": office.people.community_id})
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert BOT["bot_secret"] not in text
    assert KEY not in text
    assert await office.rows(select(ChannelAccount)) == []


async def test_the_same_bot_is_not_connected_twice(office: Office) -> None:
    admin, here = await office.browser("admin"), office.people.community_id
    for form in (BOT, HOOK):
        await admin.post("/console/channels", {**form, "community": here})
        answer = await admin.post("/console/channels", {**form, "name": "又一个", "community": here})
        assert answer.status == 422
        assert f"“{form['name']}”已经接着它了" in await answer.text()
