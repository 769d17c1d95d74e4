"""``linan run | web | worker | scheduler``: processes that stay until they are told to stop."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import structlog
from aiohttp import web

from bot.bootstrap import Parts, bring_in, build_engine, build_jobs, build_trainer, open_parts
from bot.errors import LinanError
from bot.scheduling.scheduler import Scheduler
from bot.settings import Settings
from bot.storage.migrate import check_version
from bot.web import create_app

log = structlog.get_logger()
SWITCH_S = 0.0005  # the loop waits this long for the reading thread; Python's 5 ms add up over a message
GC_THRESHOLD = (50_000, 20, 50)  # a message makes thousands of short-lived objects, hardly any cycles
WEB, WORKER, SCHEDULER = "web", "worker", "scheduler"
EVERYTHING = (WEB, WORKER, SCHEDULER)


class PortBusy(LinanError):
    """Somebody else listens on that port."""

    code = "port_busy"


async def serve(settings: Settings, kinds: tuple[str, ...]) -> None:
    """Run these parts in one process until SIGTERM or SIGINT."""
    tune()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with running(settings, kinds):
        await stop.wait()
        log.info("stopping")


def tune() -> None:
    """Settings of the interpreter for a process in which one thread reads messages and another serves."""
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(*GC_THRESHOLD)


@asynccontextmanager
async def running(settings: Settings, kinds: tuple[str, ...]) -> AsyncIterator[Parts]:
    """The parts, started in order and stopped in reverse."""
    if WEB in kinds:
        check_port(settings)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_parts(settings, serves=WORKER in kinds))
        await parts.db.check()
        await check_version(parts.db.engine)
        await bring_in(parts, model=WORKER in kinds)
        await parts.watcher.start()
        if WORKER in kinds:
            engine = build_engine(parts)
            await engine.worker.start()
            stack.push_async_callback(engine.worker.close)
            trainer = build_trainer(parts)
            await trainer.start()
            stack.push_async_callback(trainer.close)
        if SCHEDULER in kinds:
            scheduler = Scheduler(build_jobs(parts))
            await scheduler.start()
            stack.push_async_callback(scheduler.close)
        if WEB in kinds:
            await _listen(stack, parts)
        log.info("ready", kinds=list(kinds), model=parts.model.version)
        yield parts


def check_port(settings: Settings) -> None:
    """Find out before anything is changed. Raises PortBusy."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with _busy_is_told(settings):
            tried.bind((settings.host, settings.port))


@contextmanager
def _busy_is_told(settings: Settings) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            advice = f"port {settings.port} is in use: stop what listens there or set LINAN_PORT to another one"
            raise PortBusy(advice) from error
        raise


async def _listen(stack: AsyncExitStack, parts: Parts) -> None:
    settings = parts.settings
    runner = web.AppRunner(create_app(parts), access_log=None, shutdown_timeout=3)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    with _busy_is_told(settings):
        await web.TCPSite(runner, settings.host, settings.port, reuse_address=True).start()
