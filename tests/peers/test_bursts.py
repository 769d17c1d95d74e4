"""A burst through each channel: all kept once, in everybody's order, answered once, within the platform's limits."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from bot.channels.keeping import Keeping
from bot.channels.onebot.hearing import Hearing
from bot.channels.wecom.aibot_deps import Times
from bot.channels.wecom.aibot_hearing import BotHearing
from tests.peers.bursts import text_of, through_bot, through_onebot
from tests.peers.test_faults import put, settled
from tests.peers.town import open_town
from tests.peers.wecom_town import open_wecom

BURST = 60  # ten thousand by hand: python -m tests.benchmarks.bursts


async def test_a_burst_from_a_bridge(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        (await through_onebot(town, BURST)).check(BURST)


async def test_a_burst_over_the_long_connection(tmp_path: Path) -> None:
    async with open_wecom(tmp_path) as town:
        await town.connected()
        (await through_bot(town, BURST)).check(BURST)


class Deaf:
    """Stores nothing before somebody has asked three times whether the intake is full: as often as an answer may
    have been waited for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, hearing: type, method: str) -> None:
        self.stored, self._patch = asyncio.Event(), monkeypatch
        hear = getattr(hearing, method)

        async def hear_late(*given: Any, **more: Any) -> Any:
            await self.stored.wait()
            return await hear(*given, **more)

        monkeypatch.setattr("bot.channels.keeping.MOST_WAITING", 2)
        monkeypatch.setattr(hearing, method, hear_late)

    def begin(self) -> None:
        looks = itertools.count(1)

        def is_full(keeping: Keeping) -> bool:
            if next(looks) == 3:
                self.stored.set()
            return keeping._room.locked()

        self._patch.setattr(Keeping, "is_full", property(is_full))


async def test_a_bridge_that_has_to_wait_for_us_is_not_left_and_told_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = Deaf(monkeypatch, Hearing, "_hear")
    async with open_town(tmp_path, call_timeout_s=0.4) as town, town.bridge() as bridge:
        try:
            await bridge.until(lambda: "get_group_list" in {call["action"] for call in bridge.calls})
            deaf.begin()
            for n in range(10):
                await bridge.say(text_of(n), user=200 + n)
            await put(town)
            assert len(await town.heard(10, bridge)) == 10
            await settled(town, "sent")
        finally:
            deaf.stored.set()
        assert sum(one["text"] == "通知一声" for one in bridge.sent()) == 1
        assert not {"closed", "api_silent", "no_answer"} & set(await town.faults())


async def test_what_the_gateway_has_taken_is_not_said_again_because_we_do_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = Deaf(monkeypatch, BotHearing, "hear")
    async with open_wecom(tmp_path, times=Times(ack_s=0.4, ping_s=60)) as town:
        try:
            await town.connected()
            deaf.begin()
            for n in range(10):
                await town.gateway.say(text_of(n), user=f"user{n}")
            await town.put()
            assert len(await town.heard(10)) == 10
            await town.settled("sent")
        finally:
            deaf.stored.set()
        assert town.gateway.words().count("今晚停水，请备水") == 1
        assert "no_answer" not in await town.faults()


async def test_a_gateway_that_has_to_wait_for_us_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored, hear = asyncio.Event(), BotHearing.hear

    async def hear_late(*given: Any, **more: Any) -> str | None:
        await stored.wait()
        return await hear(*given, **more)

    monkeypatch.setattr("bot.channels.keeping.MOST_WAITING", 2)
    monkeypatch.setattr(BotHearing, "hear", hear_late)
    async with open_wecom(tmp_path, times=Times(ack_s=0.1, ping_s=0.05)) as town:
        await town.connected()
        for n in range(10):
            await town.gateway.say(text_of(n), user=f"user{n}")
        pinged = len(town.gateway.sent("ping"))
        await town.gateway.until(lambda: len(town.gateway.sent("ping")) >= pinged + 5)
        stored.set()
        assert len(await town.heard(10)) == 10
        assert len(town.gateway.sockets) == 1
