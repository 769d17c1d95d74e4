"""Alembic's entry: the connection comes from ``bot.storage.migrate``."""

from __future__ import annotations

from alembic import context

from bot.storage.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
