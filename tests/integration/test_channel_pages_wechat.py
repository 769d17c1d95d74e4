"""Connecting a WeCom app and an Official Account in the console: secrets pasted once and never shown again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.wechat.accounts import read_account
from bot.secret_box import SecretBox
from bot.storage.tables_channels import ChannelAccount
from tests.peers.platforms import APP, APP_SECRET, CORP, CORP_SECRET, KEY, TOKEN
from tests.support.console import open_office

APP_FORM = {
    "kind": "wecomapp", "mode": "safe", "name": "邻安应用", "number": CORP, "agent_id": "1000002",
    "corp_secret": CORP_SECRET, "callback_token": TOKEN, "aes_key": KEY,
}  # fmt: skip
OFFICIAL_FORM = {
    "kind": "official", "mode": "plain", "name": "桂花社区", "number": APP, "app_secret": APP_SECRET,
    "callback_token": TOKEN, "template": "tpl thing1",
}  # fmt: skip


@pytest.mark.parametrize(("form", "path"), [(APP_FORM, "/wecom/app/"), (OFFICIAL_FORM, "/wechat/official/")])
async def test_an_account_is_connected_and_its_secrets_stay_hidden(
    tmp_path: Path, form: dict[str, str], path: str
) -> None:
    async with open_office(tmp_path) as office:
        admin, here = await office.browser("admin"), str(office.people.community_id)
        secrets = [form[name] for name in ("corp_secret", "app_secret", "callback_token", "aes_key") if name in form]
        assert "可信IP" in await admin.page("/console/channels?new=wecomapp")
        answer = await admin.post("/console/channels", {**form, "community": here})
        page = await admin.page(answer.headers["Location"])
        (row,) = await office.rows(select(ChannelAccount))
        assert f"{path}{row.id}" in page
        assert ("建一个群" in page) is (form["kind"] == "wecomapp")
        assert [one for one in secrets if one in page or one.encode() in row.sealed] == []
        account = read_account(row, SecretBox(office.parts.settings))
        assert account is not None
        assert (account.owner_id, account.secret, account.token) == (form["number"], secrets[0], TOKEN)
        assert secrets[0] not in repr(account)

        again = await admin.post("/console/channels", {**form, "community": here})
        assert again.status == 422
        change = {name: value for name, value in form.items() if value not in secrets}
        assert (await admin.post(f"/console/channels/{row.id}", {**change, "name": "新名字"})).status == 303
        (row,) = await office.rows(select(ChannelAccount))
        kept = read_account(row, SecretBox(office.parts.settings))
        assert kept is not None
        assert (kept.name, kept.secret) == ("新名字", secrets[0])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"aes_key": "short"}, "EncodingAESKey"),
        ({"corp_secret": "有中文的密钥有中文的密钥有中文的密钥"}, "应用Secret不对"),
        ({"number": ""}, "请填企业ID"),
        ({"callback_token": "a b"}, "Token"),
    ],
)
async def test_what_cannot_be_right_is_refused_with_what_to_do(
    tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    async with open_office(tmp_path) as office:
        admin = await office.browser("admin")
        form = {**APP_FORM, "community": str(office.people.community_id), **wrong}
        answer = await admin.post("/console/channels", form)
        text = answer.text if isinstance(answer.text, str) else await answer.text()
        assert (answer.status, said in text, CORP_SECRET in text) == (422, True, False)
        assert await office.rows(select(ChannelAccount)) == []
