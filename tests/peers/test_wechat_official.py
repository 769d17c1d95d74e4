"""An Official Account: one answer to everything said, in the response or later, within its limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channel_accounts import AccountForm
from tests.peers.platforms import APP, APP_SECRET, OPENID, TEMPLATE, TOKEN, Caller, WeixinApi
from tests.peers.test_wechat_app import put
from tests.peers.wechat_town import OFFICIAL_FORM, WeChatTown, open_wechat
from tests.support.postgres import own_postgres

WANG, LI = OPENID.format(1), OPENID.format(2)
PLAIN = AccountForm("桂花社区", "plain", external_id=APP, secrets={"app_secret": APP_SECRET, "callback_token": TOKEN})
WITH_TEMPLATE = replace(OFFICIAL_FORM, texts={"template": f"{TEMPLATE} thing1 time2"})


def sent(town: WeChatTown, path: str = "message/custom/send") -> int:
    return sum(one == path for one, _ in town.platform.calls)


async def test_what_is_ready_goes_back_in_the_response_and_only_there(tmp_path: Path) -> None:
    async with open_wechat(tmp_path, form=OFFICIAL_FORM, passive_s=20.0) as town, town.running():
        query, echo = town.caller.verify(town.world.clock.now())
        async with town.http.get(town.url(), params=query) as answer:
            assert (answer.status, await answer.text()) == (200, echo)
        now = town.world.clock.now()
        first = town.caller.message("3栋的电梯坏了", WANG, now)
        status, text = await town.call(first)
        assert (status, "单号" in text) == (200, True)
        assert await town.call(first) == (200, text)  # the response got lost: the same again, not another one
        assert await town.call(town.caller.event("subscribe", LI, now)) == (200, welcome(town))
        status, text = await town.call(town.caller.event("CLICK", LI, now, EventKey="我的工单"))
        assert "工单" in text
        assert sent(town) == 0
        assert await town.counted("passive") == 3
        assert await town.counted("repeated") == 1
        assert [row.state for row in await town.outbox()] == ["sent"] * 3
        town.world.clock.advance(timedelta(minutes=1))
        assert await town.call(first) == (200, "")  # a replay


def welcome(town: WeChatTown) -> str:
    return town.world.parts.phrases.render("channels.welcome_official")


async def test_what_takes_too_long_comes_as_a_message_and_never_both(tmp_path: Path) -> None:
    async with open_wechat(tmp_path, form=OFFICIAL_FORM) as town:
        assert await town.say("3栋的电梯坏了", WANG) == (200, "")
        await town.settle()
        assert sent(town) == 1
        now = town.world.clock.now()
        await town.call(town.caller.event("subscribe", LI, now))
        await town.call(town.caller.event("subscribe", LI, now))
        await town.call(town.caller.event("unsubscribe", LI, now))
        town.platform.windows[LI] = (now + timedelta(minutes=1), 3)  # type: ignore[union-attr]
        await town.settle()
        assert town.platform.said().count(welcome(town)) == 1
        assert await town.counted("left") == 1


@pytest.fixture(params=["sqlite", "postgres"])
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield ""
    else:
        async with own_postgres() as address:
            yield address


async def test_after_five_the_rest_is_kept_noticed_once_and_told_when_they_write(tmp_path: Path, url: str) -> None:
    async with open_wechat(tmp_path, url, form=WITH_TEMPLATE) as town:
        platform = town.platform
        assert isinstance(platform, WeixinApi)
        await town.told("你好", WANG)
        words = [f"第{n}句" for n in range(8)]
        await put(town, *words)
        await town.settle()
        assert platform.said()[1:] == words[:4]
        assert sent(town) == 5
        assert platform.asked["message/custom/send"] == 5  # not once in vain
        (notice,) = platform.notices.values()
        assert (notice["touser"], notice["template_id"]) == (WANG, TEMPLATE)
        assert notice["data"]["thing1"]["value"] == "有新回复，进来发1就能看"
        assert all("第" not in str(one) for one in notice["data"].values())  # never what it is
        await town.told("我来了", WANG)
        assert set(words) <= set(platform.said())
        assert len(platform.said()) == len(set(platform.said()))

        town.world.clock.advance(timedelta(hours=49))
        await put(town, "两天以后")
        await town.settle()
        assert sent(town, "message/template/send") == 2
        assert "两天以后" not in platform.said()
        await town.told("在吗", WANG)
        assert "两天以后" in platform.said()
        assert [one for one in await town.findings() if not one[1]] == []
        platform.templates.clear()
        assert "没有这个模板ID" in (await town.findings())[2][0]


async def test_who_has_agreed_to_it_gets_a_subscription_notice_and_who_has_not_reads_it_later(tmp_path: Path) -> None:
    form = replace(OFFICIAL_FORM, texts={"subscribe": f"{TEMPLATE} thing1 time2 phrase3"})
    async with open_wechat(tmp_path, form=form) as town:
        assert isinstance(town.platform, WeixinApi)
        await town.told("你好", WANG)
        for agreed in (False, True):
            town.platform.subscribers = {WANG} if agreed else set()
            town.world.clock.advance(timedelta(hours=49))
            await put(town, "您反映的棋牌室的事，民警今晚去看", "还有一句")
            await town.settle()
            await town.told("我来了", WANG)
        assert await town.faults() == ["notice_failed"]  # asked about once, 43101
        assert (await town.counted("notices_sent"), await town.counted("kept")) == (1, 4)
        storm = iter([{"errcode": 45009, "errmsg": "freq"}])
        town.platform.fault = lambda path, _payload: next(storm, None) if path.endswith("bizsend") else None
        town.world.clock.advance(timedelta(hours=49))
        await put(town, "一", "二", "三")
        await town.settle()
        assert await town.counted("notices_sent") == 2  # the second message could tell what the first could not
        path, notice = town.platform.calls[-1]
        assert (path, notice["touser"], notice["template_id"]) == ("message/subscribe/bizsend", WANG, TEMPLATE)
        assert notice["page"] == "https://linan.example"
        said = {name: field["value"] for name, field in notice["data"].items()}
        assert (said["thing1"], said["phrase3"]) == ("有新回复，进来发1就能看", "有新回复，")  # never what it is
        assert len(said["time2"]) == 16
        await town.told("在吗", WANG)
        assert "您反映的棋牌室的事，民警今晚去看" in town.platform.said()


async def test_a_window_that_the_platform_knows_shut_is_believed(tmp_path: Path) -> None:
    async with open_wechat(tmp_path, form=OFFICIAL_FORM) as town:
        await town.told("你好", WANG)
        town.platform.windows.clear()  # type: ignore[union-attr]
        await put(town, "一", "二")
        await town.settle()
        assert town.platform.asked["message/custom/send"] == 2  # 45015 once, then not again
        assert [row.state for row in (await town.outbox())[-2:]] == ["failed", "failed"]
        assert await town.counted("kept") == 2
        assert ("没有设模板或订阅通知" in str(await town.findings())) is True
        await town.told("在吗", WANG)
        assert {"一", "二"} <= set(town.platform.said())


async def test_plain_mode_is_signed_too_and_safe_mode_takes_nothing_plain(tmp_path: Path) -> None:
    async with open_wechat(tmp_path, form=PLAIN, passive_s=20.0) as town:
        async with town.running():
            query, body = town.caller.post(town.caller.message("你好", WANG, town.world.clock.now()))
            assert (await town.post({**query, "signature": "0" * 40}, body))[0] == 403
            status, text = await town.post(query, body)
            assert (status, bool(text)) == (200, True)
            assert await town.post(query, body) == (200, text)  # a retry
            assert await town.post(query, body.replace("你好", "5栋有人打架")) == (403, "signature_wrong")
            assert len(await town.lines()) == 1
        old = town.caller.message("你好", WANG, town.world.clock.now() - timedelta(hours=2))
        assert await town.post(*town.caller.post(old)) == (403, "stale")
        sealed = Caller(app=False)
        told = sealed.post(sealed.message("你好", WANG, town.world.clock.now()), "another")
        assert (await town.post(*told))[0] == 403
        assert {"signature_wrong", "sealed_unasked"} <= set(await town.faults())
    async with open_wechat(tmp_path / "safe", form=OFFICIAL_FORM) as town:
        plain = Caller(app=False, sealed=False)
        assert (await town.post(*plain.post(plain.message("你好", WANG, town.world.clock.now()))))[0] == 403
        assert await town.lines() == []
        assert "not_sealed" in await town.faults()


async def test_three_at_once_and_out_of_order_are_each_answered_once(tmp_path: Path) -> None:
    async with open_wechat(tmp_path, form=OFFICIAL_FORM, passive_s=20.0) as town, town.running():
        now = town.world.clock.now()
        told = [town.caller.message(text, WANG, now) for text in ("3栋的电梯坏了", "5栋的路灯不亮", "你好")]
        town.platform.wrote(WANG)  # type: ignore[union-attr]
        answers = await asyncio.gather(*(town.call(one) for one in (*reversed(told), *told)))
        said = [text for _, text in answers if text]

        async def out() -> bool:
            return all(row.state == "sent" for row in await town.outbox()) and len(await town.outbox()) >= 3

        await town.until(out)
        said = [*dict.fromkeys(said), *town.platform.said()]
        rows = [row.body["text"] for row in await town.outbox()]
        assert len(await town.lines()) == 3
        assert len(said) == len(rows)
        assert all(any(one.startswith(row) for one in said) for row in rows)
