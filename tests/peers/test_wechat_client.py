"""Somebody else's client at our stand-ins, so that they are what the platforms are; and tokens fetched once."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from wechatpy import WeChatClient, WeChatClientException
from wechatpy.enterprise import WeChatClient as WeComClient

from bot.channels.wechat.accounts import Account
from bot.channels.wechat.api_wire import Answer
from bot.channels.wechat.tokens import TokenRefused, Tokens
from bot.clock import FixedClock
from tests.peers.platforms import AGENT, APP, APP_SECRET, CORP, CORP_SECRET, OPENID, TEMPLATE, Qyapi, WeixinApi

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
ACCOUNT = Account(1, 1, "wecomapp", "应用", CORP, str(AGENT), CORP_SECRET, "t", "k", "safe", False)


def at(client: Any, url: str) -> Any:
    """The client, dialling our stand-in in place of the platform."""
    client.API_BASE_URL = f"{url}cgi-bin/"
    ask = client._http.request

    def here(method: str, url_there: str, **more: Any) -> Any:
        path = url_there.partition("/cgi-bin/")[2]
        return ask(method, f"{url}cgi-bin/{path}", **more)

    client._http.request = lambda method, url, **more: here(method, url, **more)
    client._http.get = lambda url, **more: here("get", url, **more)
    return client


def refused(client: Any, work: Any) -> int:
    with pytest.raises(WeChatClientException) as caught:
        work(client)
    client._http.close()
    return int(caught.value.errcode)


async def test_wechatpy_is_served_by_both_stand_ins() -> None:
    corp, weixin = Qyapi(lambda: NOW), WeixinApi(lambda: NOW)
    async with TestServer(corp.app()) as one, TestServer(weixin.app()) as other:
        await asyncio.to_thread(as_corporation, str(one.make_url("/")))
        weixin.wrote(OPENID.format(1))
        await asyncio.to_thread(as_official, str(other.make_url("/")))
    assert corp.said() == ["你好", "在群里"]
    assert weixin.said() == ["你好"] * 5


def as_corporation(url: str) -> None:
    client = at(WeComClient(CORP, CORP_SECRET), url)
    sent = client.message.send_text(AGENT, ["WangAyi", "nobody"], "你好")
    assert sent["invaliduser"] == "nobody"
    made = client.appchat.create(name="通知群", owner="LiShifu", user_list=["LiShifu", "WangAyi"])
    client.appchat.send_text(made["chatid"], "在群里")
    media = client.media.upload("image", io.BytesIO(b"a picture"))
    assert media["media_id"]
    assert refused(client, lambda c: c.message.send_text(7, ["WangAyi"], "你好")) == 301002
    assert refused(at(WeComClient(CORP, "wrong" * 8), url), lambda c: c.message.send_text(AGENT, ["a"], "b")) == 40001


def as_official(url: str) -> None:
    client = at(WeChatClient(APP, APP_SECRET), url)
    for _ in range(5):
        client.message.send_text(OPENID.format(1), "你好")
    assert client.template.get_all_private_template()["template_list"][0]["template_id"] == TEMPLATE
    assert refused(client, lambda c: c.message.send_text(OPENID.format(1), "你好")) == 45047
    client = at(WeChatClient(APP, APP_SECRET), url)
    assert refused(client, lambda c: c.message.send_text(OPENID.format(2), "你好")) == 45015


async def test_a_token_is_fetched_once_for_all_who_want_it_and_anew_before_it_runs_out() -> None:
    clock, let_go, asked = FixedClock(NOW), asyncio.Event(), []

    async def fetch(account: Account) -> Answer:
        asked.append(account.id)
        await let_go.wait()
        return Answer(0, "ok", {"access_token": f"t{len(asked)}", "expires_in": 7200})

    tokens = Tokens(clock, fetch)
    waiting = [asyncio.create_task(tokens.get(ACCOUNT)) for _ in range(20)]
    let_go.set()
    assert set(await asyncio.gather(*waiting)) == {"t1"}
    clock.advance(timedelta(seconds=7200 - 301))
    assert await tokens.get(ACCOUNT) == "t1"
    clock.advance(timedelta(seconds=2))
    assert await tokens.get(ACCOUNT) == "t2"
    tokens.drop(ACCOUNT, "t1")  # a late refusal of the old one
    assert await tokens.get(ACCOUNT) == "t2"
    tokens.drop(ACCOUNT, "t2")
    assert await tokens.get(ACCOUNT) == "t3"


async def test_a_refused_secret_is_not_asked_about_again_at_once() -> None:
    clock, asked = FixedClock(NOW), []

    async def fetch(_account: Account) -> Answer:
        asked.append(1)
        return Answer(40001, "invalid credential", {})

    tokens = Tokens(clock, fetch)
    for _ in range(5):
        with pytest.raises(TokenRefused):
            await tokens.get(ACCOUNT)
    assert len(asked) == 1
    clock.advance(timedelta(seconds=31))
    with pytest.raises(TokenRefused):
        await tokens.get(ACCOUNT)
    assert len(asked) == 2
