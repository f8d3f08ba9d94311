"""How each database is spoken to: SQLite's write lock, taken early; PostgreSQL's ended lines."""

import select as sockets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.orm.scoping import scoped_session

AnySession = Session | scoped_session[Any]

#: Whether the transaction about to begin will write. Page views clear it. A SQLite
#: transaction that reads first and writes later fails under load whatever the timeout;
#: one that takes the write lock at its first statement waits its turn.
_writes: ContextVar[bool] = ContextVar("writes", default=True)

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
    if isinstance(connection, psycopg.Connection):
        # Compiling a statement takes 80 ms, and these take a few; all it needs is a wrong guess.
        connection.execute("SET jit = off")
        connection.commit()
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
        for pragma in PRAGMAS:
            connection.execute(pragma)


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes.get() else "BEGIN")


@event.listens_for(Engine, "checkout")
def _replace_ended(connection: Any, _record: object, _lent: object) -> None:  # noqa: ANN401
    """Let a pool begin anew where the server has ended a connection, before anything is sent.

    A server that was restarted has said so on each idle connection, so this asks nobody: whoever
    comes next gets a new connection instead of an error, and a write is never sent twice.
    """
    if isinstance(connection, psycopg.Connection) and _has_ended(connection):
        raise InvalidatePoolError


def _has_ended(connection: psycopg.Connection[Any]) -> bool:
    """Say whether there is something to read on a connection that was asked nothing."""
    if connection.closed:
        return True
    idle = sockets.poll()
    idle.register(connection.pgconn.socket, sockets.POLLIN)
    return bool(idle.poll(0))
