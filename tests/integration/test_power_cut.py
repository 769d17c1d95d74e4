"""Everybody talks at once after a power cut: one ticket, every household counted once, nothing without a decision."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from bot.messages import Arrival
from tests.benchmarks.crowd import Neighbour, build_crowd
from tests.benchmarks.power_cut import EACH, FIRST, RESIDENTS, SEED, make_words, read_outcome, spread_homes
from tests.support.world import World, open_world


async def test_after_a_power_cut_there_is_one_ticket_and_nothing_is_lost(tmp_path: Path) -> None:
    async with open_world(tmp_path, group_rate=1_000_000) as world:
        crowd, dice = await build_crowd(world, RESIDENTS), random.Random(SEED)
        await spread_homes(world.parts.db, [one.resident_id for one in crowd])
        words = [make_words(dice) for _ in crowd]
        words[0] = [FIRST, *words[0][1:]]
        await say(world, crowd[0], 0, FIRST)
        await world.settle()
        for number in range(EACH):
            told = ((one, said[number]) for one, said in zip(crowd, words, strict=True))
            rest = [say(world, one, number, text) for one, text in told if (one, number) != (crowd[0], 0)]
            await asyncio.gather(*rest)
            await world.settle()
        found = await read_outcome(world.parts.db)
    assert (found.messages, found.unsettled, found.unlabelled) == (RESIDENTS * EACH, 0, 0)
    assert found.answered > RESIDENTS / 2
    ((affected, households),) = found.tickets
    assert affected == households > RESIDENTS / 2 * 0.9  # two neighbours to a flat


async def say(world: World, who: Neighbour, number: int, text: str) -> None:
    await world.parts.inbox.accept(Arrival(who.group_id, who.resident_id, f"{who.resident_id}:{number}", text))
