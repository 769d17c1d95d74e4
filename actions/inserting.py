"""``INSERT … ON CONFLICT`` that is compiled once.

SQLAlchemy's own upserts of the dialects are compiled anew at every execution, which costs more than the insert.
Both databases write it the same way, so one typed text serves them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Table, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached


def _table(model: type[DeclarativeBase]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


@lru_cache(maxsize=256)
def _statement(
    model: type[DeclarativeBase],
    columns: tuple[str, ...],
    conflict: tuple[str, ...],
    replace: tuple[str, ...],
    back: bool,
) -> TextClause:
    table = _table(model)
    names, values = ", ".join(columns), ", ".join(f":{c}" for c in columns)
    then = "DO UPDATE SET " + ", ".join(f"{c} = excluded.{c}" for c in replace) if replace else "DO NOTHING"
    sql = f"INSERT INTO {table.name} ({names}) VALUES ({values}) ON CONFLICT ({', '.join(conflict)}) {then}"
    if back:
        sql += " RETURNING id"
    return text(sql).bindparams(*(bindparam(c, type_=table.c[c].type) for c in columns))


async def insert_once(
    session: AsyncSession, model: type[DeclarativeBase], values: Mapping[str, Any], conflict: tuple[str, ...]
) -> int | None:
    """Insert a row unless one with the same ``conflict`` columns is there; its new id, or None."""
    statement = _statement(model, tuple(values), conflict, (), True)
    found: int | None = (await session.execute(statement, dict(values))).scalar_one_or_none()
    return found


async def insert_many_once(
    session: AsyncSession, model: type[DeclarativeBase], rows: list[dict[str, Any]], conflict: tuple[str, ...]
) -> None:
    """Insert rows of the same columns; those already there stay as they are."""
    if rows:
        await session.execute(_statement(model, tuple(rows[0]), conflict, (), False), rows)


async def replace_row(
    session: AsyncSession,
    model: type[DeclarativeBase],
    values: Mapping[str, Any],
    conflict: tuple[str, ...],
    *,
    replace: tuple[str, ...] = (),
) -> None:
    """Insert a row, or overwrite (the ``replace`` columns of) the one with the same ``conflict`` columns."""
    rest = replace or tuple(c for c in values if c not in conflict)
    await session.execute(_statement(model, tuple(values), conflict, rest, False), dict(values))


async def replace_rows(
    session: AsyncSession, model: type[DeclarativeBase], rows: list[dict[str, Any]], conflict: tuple[str, ...]
) -> None:
    """Insert rows of the same columns, overwriting those with the same ``conflict`` columns."""
    if rows:
        columns = tuple(rows[0])
        rest = tuple(c for c in columns if c not in conflict)
        await session.execute(_statement(model, columns, conflict, rest, False), rows)


@lru_cache(maxsize=512)
def _rows_statement(
    model: type[DeclarativeBase],
    columns: tuple[str, ...],
    conflict: tuple[str, ...],
    returning: tuple[str, ...],
    count: int,
) -> TextClause:
    table = _table(model)
    rows = ", ".join("(" + ", ".join(f":{c}_{n}" for c in columns) + ")" for n in range(count))
    sql = (
        f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {rows} "
        f"ON CONFLICT ({', '.join(conflict)}) DO NOTHING RETURNING {', '.join(returning)}"
    )
    typed = (bindparam(f"{c}_{n}", type_=table.c[c].type) for n in range(count) for c in columns)
    return text(sql).bindparams(*typed)


async def insert_rows_once(
    session: AsyncSession,
    model: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
    conflict: tuple[str, ...],
    returning: tuple[str, ...],
) -> list[tuple[Any, ...]]:
    """Insert rows of the same columns in one statement; the ``returning`` columns of those that are new."""
    if not rows:
        return []
    columns = tuple(rows[0])
    statement = _rows_statement(model, columns, conflict, returning, len(rows))
    values = {f"{c}_{n}": row[c] for n, row in enumerate(rows) for c in columns}
    return [tuple(row) for row in await session.execute(statement, values)]


@lru_cache(maxsize=64)
def _row_statement(model: type[DeclarativeBase], columns: tuple[str, ...]) -> TextClause:
    table = _table(model)
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join(f':{c}' for c in columns)}) RETURNING id"
    return text(sql).bindparams(*(bindparam(c, type_=table.c[c].type) for c in columns))


async def insert_row(session: AsyncSession, model: type[DeclarativeBase], values: Mapping[str, Any]) -> int:
    """Insert a row, all of whose values without a default of the database are given; its id."""
    new_id: int = (await session.execute(_row_statement(model, tuple(values)), dict(values))).scalar_one()
    return new_id


@lru_cache(maxsize=64)
def _columns(model: type[DeclarativeBase]) -> tuple[str, ...]:
    return tuple(c.name for c in _table(model).columns if c.name != "id")


async def insert_now(session: AsyncSession, instance: DeclarativeBase) -> None:
    """Store a new instance and give it its id, without flushing what else is pending in the session."""
    columns, table = _columns(type(instance)), _table(type(instance))
    for name in columns:
        if getattr(instance, name) is None:
            setattr(instance, name, _default(table.c[name]))
    values = {name: getattr(instance, name) for name in columns}
    instance.id = await insert_row(session, type(instance), values)  # type: ignore[attr-defined]
    make_transient_to_detached(instance)
    session.add(instance)


def _default(column: Column[Any]) -> Any:
    if column.default is None or (not column.default.is_scalar and not column.default.is_callable):
        return None
    made = column.default.arg  # type: ignore[attr-defined]
    return made(None) if callable(made) else made
