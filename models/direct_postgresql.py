"""PostgreSQL by its driver: prepared statements, several of them in one round trip."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.errors import LockNotAvailable
from sqlalchemy import create_engine, event

from models.sequence import ON_POSTGRESQL
from models.statements import Row, Run, Statement, StillHeldError

#: How long a statement waits for what another transaction holds, in milliseconds.
LOCK_TIMEOUT = 1000
NAME = re.compile(r"(?<!:):([a-z_0-9]+)")
LOCK = "SELECT pg_advisory_xact_lock(CAST(:name AS bigint))"

Connection = psycopg.Connection[Row]


class OnPostgreSQL:
    """Every transaction ends before its connection goes back, so there is nothing to reset."""

    next_seq = ON_POSTGRESQL.format(tenant=":tenant_id")
    skip_locked = "FOR UPDATE SKIP LOCKED"

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, pool_reset_on_return=None, pool_use_lifo=True)
        event.listen(self._engine, "connect", _prepare)

    def read(self, sql: str, values: Mapping[str, Any]) -> Row | None:
        """Read one row; on a fresh connection where the server ended the one we had."""
        try:
            return self._read(sql, values)
        except psycopg.OperationalError:
            self.close()
            return self._read(sql, values)

    def _read(self, sql: str, values: Mapping[str, Any]) -> Row | None:
        with self._connection() as connection:
            return connection.execute(_translated(sql), values).fetchone()

    def write(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Run all of them or none: what goes in one pipeline is one transaction."""
        with self._connection() as connection:
            return _run(connection, statements)

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        """Run statements that depend on each other."""
        with self._connection() as connection, connection.transaction():
            yield lambda statements: _run(connection, statements)

    def holding(self, names: Sequence[int]) -> list[Statement]:
        """Take each as an advisory lock, in an order that is the same for everybody.

        A statement sees what was committed before it began, so these stand before it.
        """
        return [(LOCK, {"name": name}) for name in sorted(names)]

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        lent = self._engine.raw_connection()
        try:
            yield lent.driver_connection  # type: ignore[misc]
        except LockNotAvailable as error:
            raise StillHeldError from error
        except BaseException:
            lent.invalidate()  # nobody knows what it was in the middle of
            raise
        finally:
            lent.close()


def _prepare(connection: Connection, _record: object) -> None:
    connection.autocommit = True
    connection.prepare_threshold = 0
    connection.execute(f"SET lock_timeout = {LOCK_TIMEOUT}".encode())


def _run(connection: Connection, statements: Sequence[Statement]) -> list[Row | None]:
    with connection.pipeline():
        cursors = [connection.execute(_translated(sql), values) for sql, values in statements]
    return [cursor.fetchone() if cursor.description else None for cursor in cursors]


@lru_cache(256)
def _translated(sql: str) -> bytes:
    return NAME.sub(r"%(\1)s", sql).encode()
