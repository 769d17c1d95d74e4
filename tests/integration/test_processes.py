"""The processes of docker-compose.yml with its own settings, on this machine's PostgreSQL and Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis
from sqlalchemy import func, select

from actions.tickets.model import Ticket
from bot.storage.engine import Database
from bot.storage.tables import ChatMessage
from tests.needs import redis_url
from tests.support.chat_client import ChatClient
from tests.support.compose import SERVICES, shared_settings
from tests.support.postgres import own_postgres
from tests.support.processes import Bot, Fleet, open_fleet, run_bot
from tests.support.residents import Community, open_database, settle_community

LONG_RUNNING = ("web", "worker", "scheduler")


@dataclass
class City:
    """What docker-compose.yml starts."""

    fleet: Fleet
    community: Community
    db: Database
    http: ClientSession

    def of(self, command: str) -> list[Bot]:
        return [bot for bot in self.fleet.bots if bot.command == command]

    def page(self, number: int, web: int) -> ChatClient:
        """A resident's page that only knows one of the two web processes."""
        return ChatClient(self.http, self.community.residents[number].token, self.of("web")[web].url)

    async def tickets(self) -> int:
        async with self.db.read() as session:
            return int(await session.scalar(select(func.count()).select_from(Ticket)) or 0)

    async def rows_said(self, text: str) -> int:
        async with self.db.read() as session:
            query = select(func.count()).select_from(ChatMessage).where(ChatMessage.text == text)
            return int(await session.scalar(query) or 0)


@asynccontextmanager
async def open_city(folder: Path) -> AsyncIterator[City]:
    async with own_postgres(empty=True) as url:
        settings = shared_settings(url, "migrate", *LONG_RUNNING)
        var = folder / "var"
        migrated = await run_bot(*SERVICES["migrate"]["command"], **settings, LINAN_VAR=str(var))
        assert migrated.code == 0, migrated.err
        community = await settle_community(var, url, size=4)
        async with (
            open_fleet(folder, **settings, LINAN_VAR=str(var)) as fleet,
            open_database(url) as db,
            ClientSession() as http,
        ):
            for service in LONG_RUNNING:
                for _ in range(SERVICES[service].get("deploy", {}).get("replicas", 1)):
                    fleet.add(*SERVICES[service]["command"])
            await fleet.start()
            yield City(fleet, community, db, http)


@pytest.mark.timeout(300)
async def test_a_city_works_while_its_workers_and_its_redis_fail_in_turn(tmp_path: Path) -> None:
    async with open_city(tmp_path) as city:
        await said_at_one_web_is_answered_at_the_other(city)
        await either_worker_is_enough(city)
        await lines_said_while_redis_is_cut_off_reach_open_pages(city)
        await a_page_moves_to_the_other_web_when_its_own_dies(city)
        for bot in city.fleet.bots:
            if bot.alive:
                assert await bot.stop() == 0, bot.words()[-2000:]
        assert "Traceback" not in city.fleet.words()
        assert "漏水" not in city.fleet.words()


async def said_at_one_web_is_answered_at_the_other(city: City) -> None:
    who = city.community.residents[0]
    async with city.page(0, 0) as phone, city.page(0, 1) as tablet, city.page(1, 1) as neighbour:
        for page in (phone, tablet, neighbour):
            await page.until(lambda page=page: page.connected)  # type: ignore[misc]
        await phone.say("a", who.group_id, "@小邻 3栋2单元电梯又停了")
        line = (await phone.acked("a"))["id"]
        for page in (tablet, neighbour):
            await page.until(lambda page=page: bool(page.answers_to(line)))  # type: ignore[misc]
            assert line in page.lines
            assert page.connections == 1  # it came by itself, not by coming back
    assert await city.tickets() == 1


async def either_worker_is_enough(city: City) -> None:
    first, second = city.of("worker")
    texts = ("5栋1单元502水管漏水了", "6栋2单元门口垃圾桶满了没人收")
    for number, (dies, text) in enumerate(((first, texts[0]), (second, texts[1])), 1):
        who = city.community.residents[number]
        await dies.kill()
        async with city.page(number, 0) as page:
            await page.say("w", who.private_id, text)
            line = (await page.acked("w"))["id"]
            await page.until(lambda page=page, line=line: len(page.answers_to(line)) == 1)  # type: ignore[misc]
        await dies.start()
        await dies.ready()
    assert await city.tickets() == 3


async def lines_said_while_redis_is_cut_off_reach_open_pages(city: City) -> None:
    who, neighbour = city.community.residents[0], city.community.residents[1]
    redis = Redis.from_url(redis_url())
    try:
        async with city.page(0, 0) as here, city.page(1, 1) as there:
            for page in (here, there):
                await page.until(lambda page=page: page.connected)  # type: ignore[misc]
            for n in range(6):
                await cut_off_all(redis)
                await here.say(f"r{n}", who.group_id, f"断线时说的第{n}句")
                await here.acked(f"r{n}")
            said = {f"断线时说的第{n}句" for n in range(6)}
            await there.until(lambda: said <= {line.get("text") for line in there.lines.values()})
            assert (here.connections, there.connections) == (1, 1)
    finally:
        await redis.aclose()
    assert neighbour.group_id == who.group_id


async def cut_off_all(redis: Redis) -> None:
    """Drop every connection to our database of that Redis but this one."""
    me = await redis.client_info()
    for client in await redis.client_list():
        if client["db"] == str(me["db"]) and client["id"] != str(me["id"]):
            await redis.client_kill_filter(_id=client["id"])


async def a_page_moves_to_the_other_web_when_its_own_dies(city: City) -> None:
    who = city.community.residents[3]
    webs = city.of("web")
    async with ChatClient(city.http, who.token, webs[0].url, webs[1].url) as page:
        await page.until(lambda: page.connected)
        await webs[0].kill()
        await page.say("m", who.private_id, "2栋1单元楼道灯不亮了")
        line = (await page.acked("m"))["id"]
        await page.until(lambda: len(page.answers_to(line)) == 1)
    assert await city.rows_said("2栋1单元楼道灯不亮了") == 1
