"""How each database is spoken to: SQLite's pragmas and its write lock, taken early."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.scoping import scoped_session

AnySession = Session | scoped_session[Any]

#: Whether the transaction about to begin will write. Page views clear it. A SQLite
#: transaction that reads first and writes later fails under load whatever the timeout;
#: one that takes the write lock at its first statement waits its turn.
_writes: ContextVar[bool] = ContextVar("writes", default=True)

#: For psycopg behind a pooler that lends a server for one transaction (PgBouncer's mode
#: `transaction`): what is prepared on one server is unknown to the next.
UNPREPARED: dict[str, Any] = {"prepare_threshold": None}

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -65536",
    "PRAGMA mmap_size = 268435456",
)


@contextmanager
def reading() -> Iterator[None]:
    """Say that transactions begun in here only read, so that SQLite readers never queue."""
    token = _writes.set(False)
    try:
        yield
    finally:
        _writes.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Say that transactions begun in here write, though the request only reads."""
    token = _writes.set(True)
    try:
        yield
    finally:
        _writes.reset(token)


def take_turns(session: AnySession, *names: str) -> None:
    """Hold each name until the transaction ends, so that what is counted stays true.

    On SQLite a writing transaction is alone anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    for name in sorted(names):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def expect_writes(*, writes: bool) -> None:
    """Say whether the transactions that this request begins will write."""
    _writes.set(writes)


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - any driver's connection
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
        for pragma in PRAGMAS:
            connection.execute(pragma)


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes.get() else "BEGIN")
