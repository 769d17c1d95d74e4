"""A burst through each channel: all kept once, in everybody's order, answered once, within the platform's limits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.channels.wecom.aibot_deps import Times
from bot.channels.wecom.aibot_hearing import BotHearing
from tests.peers.bursts import text_of, through_bot, through_onebot
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
