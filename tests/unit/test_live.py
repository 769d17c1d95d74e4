"""The bell that loops wait for."""

from __future__ import annotations

import asyncio

from bot.live import LocalFeed, Waker


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
