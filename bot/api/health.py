"""Health and metrics: is the road open, how much waits on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.storage.engine import Database
from bot.storage.tables import OPEN_STATES, InboxRow, OutboxRow

SLOW_S = 60.0  # a message that waits longer means the worker stands still


@dataclass(frozen=True, slots=True)
class Health:
    """What the health page looks at."""

    db: Database
    clock: Clock
    model: Callable[[], str]  # the version in use, which changes while we run


HEALTH = web.AppKey("health", Health)


def set_up_health(app: web.Application, health: Health) -> None:
    """Add ``/health`` (JSON, 200 or 503) and ``/metrics`` (Prometheus text)."""
    app[HEALTH] = health
    app.router.add_get("/health", show_health)
    app.router.add_get("/metrics", show_metrics)


async def show_health(request: web.Request) -> web.Response:
    """200 while the database answers and nothing waits too long; the body says what is wrong."""
    health = request.app[HEALTH]
    try:
        waiting = await count_waiting(health)
    except (SQLAlchemyError, OSError):
        return web.json_response({"status": "down", "code": "database_unreachable"}, status=503)
    slow = waiting["inbox_oldest_s"] > SLOW_S
    body = {"status": "slow" if slow else "ok", "model": health.model(), **waiting}
    return web.json_response(body, status=503 if slow else 200)


async def count_waiting(health: Health) -> dict[str, float]:
    """Depth and age (seconds) of inbox and outbox, and what was given up."""
    now = health.clock.now()
    inbox_open = InboxRow.state.in_(OPEN_STATES)
    outbox_due = (OutboxRow.state.in_(OPEN_STATES)) & (OutboxRow.due_at <= now)
    async with health.db.read() as session:
        depth, oldest = (
            await session.execute(select(func.count(), func.min(InboxRow.accepted_at)).where(inbox_open))
        ).one()
        failed_in = await session.scalar(select(func.count()).where(InboxRow.state == "failed"))
        due = await session.scalar(select(func.count()).where(outbox_due))
        failed_out = await session.scalar(select(func.count()).where(OutboxRow.state == "failed"))
    return {
        "inbox_waiting": depth,
        "inbox_oldest_s": round((now - oldest).total_seconds(), 1) if oldest else 0.0,
        "inbox_failed": failed_in or 0,
        "outbox_due": due or 0,
        "outbox_failed": failed_out or 0,
    }


async def show_metrics(request: web.Request) -> web.Response:
    """The same figures for Prometheus."""
    registry = CollectorRegistry()
    for name, value in (await count_waiting(request.app[HEALTH])).items():
        Gauge(f"linan_{name}", name.replace("_", " "), registry=registry).set(value)
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
