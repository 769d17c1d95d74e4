"""Logs: one JSON line an event on stderr, with a stable code, never with what residents wrote."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from bot.understand.privacy import scrub

QUIET = ("aiohttp.access", "apscheduler", "jieba", "aiosqlite", "PIL", "alembic")


def set_up_logs(level: str = "INFO") -> None:
    """Send everything, our own and the libraries', through one scrubbed JSON renderer."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        scrub_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(ensure_ascii=False), foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("aiohttp.server").addFilter(shorten_bad_request)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def shorten_bad_request(record: logging.LogRecord) -> bool:
    """What is no HTTP is its sender's mistake: one line with its kind, not with its bytes, which may be a cookie."""
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and type(error).__module__ == "aiohttp.http_exceptions":
        record.msg, record.args, record.exc_info = f"bad_request: {type(error).__name__}", (), None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


def scrub_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask phone, identity and door numbers in whatever is about to be written."""
    for key, value in event.items():
        if isinstance(value, str) and key not in {"timestamp", "level"}:
            event[key] = scrub(value)
    return event
