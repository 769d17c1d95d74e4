"""What the database itself refuses: a changed or deleted line of the book, a balance that is not its sum."""

from __future__ import annotations

from sqlalchemy import DDL, FromClause, event
from sqlalchemy.schema import ExecutableDDLElement

_SUM = (
    "UPDATE time_account SET balance = balance - NEW.minutes WHERE id = NEW.debit_id; "
    "UPDATE time_account SET balance = balance + NEW.minutes WHERE id = NEW.credit_id; "
)
_FUNCTION = "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {body}END $$ LANGUAGE plpgsql"
_EACH = "FOR EACH ROW EXECUTE FUNCTION {name}()"


def keep_lines(table: FromClause) -> None:
    """Lines of that table are only ever added. A migrated database gets the same from its migration."""
    called = str(table)
    name, said = f"{called}_kept", f"{called} is append-only"
    for what in ("UPDATE", "DELETE"):
        before = f"CREATE TRIGGER {name}_{what.lower()} BEFORE {what} ON {called} "
        _make(table, "sqlite", f"{before}BEGIN SELECT RAISE(ABORT, '{said}'); END")
    _make(table, "postgresql", _FUNCTION.format(name=name, body=f"RAISE EXCEPTION '{said}'; "))
    before = f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {called} "
    _make(table, "postgresql", before + _EACH.format(name=name))


def sum_up(posting: FromClause) -> None:
    """A posting changes the balance of both its accounts, in the same statement."""
    _make(posting, "sqlite", f"CREATE TRIGGER time_posting_sum AFTER INSERT ON time_posting BEGIN {_SUM}END")
    _make(posting, "postgresql", _FUNCTION.format(name="time_posting_sum", body=f"{_SUM}RETURN NULL; "))
    after = "CREATE TRIGGER time_posting_sum AFTER INSERT ON time_posting "
    _make(posting, "postgresql", after + _EACH.format(name="time_posting_sum"))


def _make(table: FromClause, dialect: str, statement: str) -> None:
    event.listen(table, "after_create", _ddl(statement, dialect))


def _ddl(statement: str, dialect: str) -> ExecutableDDLElement:
    made: ExecutableDDLElement = DDL(statement)  # type: ignore[no-untyped-call]
    return made.execute_if(dialect=dialect)
