"""How each database is spoken to: when a transaction begins, which plans and lines are kept."""

import select as sockets
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from enum import Enum, auto
from typing import Any

import psycopg
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    ExecutionContext,
    Integer,
    event,
    func,
    literal_column,
    select,
)
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.orm.scoping import scoped_session

AnySession = Session | scoped_session[Any]


class Purpose(Enum):
    """What the transaction about to begin is for.

    A SQLite transaction that reads first and writes later fails under load whatever the timeout;
    one that takes the write lock at its first statement waits its turn. On PostgreSQL, what only
    reads needs no transaction: each of its statements sees what is committed by then, within
    one or without. It saves two round trips a page, and the prepared statements, which the
    driver drops at each ROLLBACK. Only a cursor, which gives its rows bit by bit, lives in one.
    """

    WRITE = auto()
    READ = auto()
    STREAM = auto()


_purpose: ContextVar[Purpose] = ContextVar("purpose", default=Purpose.WRITE)

#: For psycopg behind a pooler that lends a server for one transaction (PgBouncer's mode
#: `transaction`): what is prepared on one server is unknown to the next.
UNPREPARED: dict[str, Any] = {"prepare_threshold": None}

#: A statement is prepared when a connection is asked it again, not as psycopg has it at the sixth
#: time: PostgreSQL then counts five more before it keeps a plan, and of eight connections each
#: would have to show a page eleven times before it shows it quickly.
PREPARED_AFTER = 1
#: So many are kept on one connection, those used last: a server needs about 120 KB for each.
KEPT_PREPARED = 200

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    # The file is read through the system's cache, which all connections share; their own holds
    # what they write.
    "PRAGMA mmap_size = 2147418112",  # the most that SQLite is built for
    "PRAGMA cache_size = -8192",
)


def constant(number: int) -> ColumnElement[int]:
    """Write a limit into the statement: the database sees it when it plans, not when it is asked.

    PostgreSQL keeps a plan only where it costs no more than one made for the values. Of a limit
    that it does not know it takes a tenth of the table, and plans anew each time: longer than it
    then needs to answer. Not for what somebody typed: each number makes another statement.
    """
    return literal_column(f"{number:d}", Integer)


@contextmanager
def _for(purpose: Purpose) -> Iterator[None]:
    token = _purpose.set(purpose)
    try:
        yield
    finally:
        _purpose.reset(token)


def reading() -> AbstractContextManager[None]:
    """Say that transactions begun in here only read, so that SQLite readers never queue."""
    return _for(Purpose.READ)


def streaming() -> AbstractContextManager[None]:
    """Say that a transaction begun in here reads its rows bit by bit, from a cursor."""
    return _for(Purpose.STREAM)


def writing() -> AbstractContextManager[None]:
    """Say that transactions begun in here write, though the request only reads."""
    return _for(Purpose.WRITE)


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
    _purpose.set(Purpose.WRITE if writes else Purpose.READ)


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - any driver's connection
    if isinstance(connection, psycopg.Connection):
        # Compiling a statement takes 80 ms and starting helpers for it 5, and these take a few;
        # all it needs is a wrong guess. The worker's sums leave a processor to who waits for pages.
        connection.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")
        if connection.prepare_threshold is not None:
            connection.prepare_threshold = PREPARED_AFTER
            connection.prepared_max = KEPT_PREPARED
        connection.commit()
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
        for pragma in PRAGMAS:
            connection.execute(pragma)


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    purpose = _purpose.get()
    if connection.dialect.name == "sqlite":
        writes = purpose is Purpose.WRITE
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif connection.info.get("reads", False) is not (purpose is Purpose.READ):
        reads = connection.info["reads"] = purpose is Purpose.READ
        driver: Any = connection.connection.driver_connection
        driver.autocommit = reads


@event.listens_for(Engine, "do_execute")
def _execute(
    cursor: Any,  # noqa: ANN401 - any driver's cursor
    statement: str,
    parameters: Any,  # noqa: ANN401
    context: ExecutionContext,
) -> bool:
    """Let PostgreSQL plan a search anew each time.

    A plan that is kept for a statement suits its values on average. How many rows hold what was
    typed, or what a list is narrowed to, decides whether to walk an order until a page is full
    or to gather the rows and sort them: the wrong way reads the whole table.
    """
    if type(cursor) is not psycopg.Cursor:
        return False
    if " LIKE " not in statement and not context.execution_options.get("planned_anew"):
        return False
    cursor.execute(statement.encode(), parameters, prepare=False)
    return True


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
