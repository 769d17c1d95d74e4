"""The bell that loops wait for."""

from __future__ import annotations

import asyncio
from datetime import date

from bot.live import LocalFeed, Waker
from bot.live_redis import RedisFeed
from tests.needs import redis_url


async def test_whoever_waits_ends_when_cancelled_in_the_moment_the_bell_rings() -> None:
    feed = LocalFeed()
    bell = Waker(feed, "some")

    async def wait_for_ever() -> None:
        while True:
            await bell.wait()

    for turns in range(6):  # whatever step of the waiting the two meet
        task = asyncio.create_task(wait_for_ever())
        await asyncio.sleep(0)
        await feed.publish("some", {})
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=5)
        assert done == {task}, turns


async def test_a_bell_that_does_not_ring_is_not_waited_for_longer_than_wanted() -> None:
    bell = Waker(LocalFeed(), "some")
    async with asyncio.timeout(5):
        await bell.wait(0.01)


async def test_a_day_or_an_instant_in_a_fact_does_not_keep_it_from_other_processes() -> None:
    feed, heard = RedisFeed(redis_url()), asyncio.Event()
    await feed.start()
    stop = feed.listen("facts", lambda _topic, payload: heard.set() if payload["on"] == "2026-11-18" else None)
    try:
        async with asyncio.timeout(5):
            while not heard.is_set():  # it has to be listening first
                await feed.publish("facts", {"on": date(2026, 11, 18)})
                await asyncio.wait({asyncio.create_task(heard.wait())}, timeout=0.05)
    finally:
        stop()
        await feed.close()
