"""SQLite by its driver: readers never wait, and writers stand in one queue."""

import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import QueuePool, create_engine, make_url

from models.sequence import MARK
from models.statements import Row, Run, Statement
from models.write_queue import WriteQueue


class OnSQLite:
    """The connections are prepared by models/engine.py, as the panel's are."""

    next_seq = MARK.format(tenant=":tenant_id")
    skip_locked = ""
    joins_writes = False

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            url, poolclass=QueuePool, pool_reset_on_return=None, pool_use_lifo=True
        )
        self._queue = WriteQueue(f"{make_url(url).database}-writers")

    def read(self, sql: str, values: Mapping[str, Any]) -> Row | None:
        """Read one row."""
        with self._connection() as connection:
            return run(connection, [(sql, values)])[0]

    def write(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Run all of them or none."""
        with self._connection() as connection:
            return self._queue.write(connection, lambda writer: run(writer, statements))

    def write_once(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Run all of them or none: no answer is lost on the way from a file."""
        return self.write(statements)

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        """Run statements that depend on each other, alone."""
        with self._connection() as connection, self._queue.alone(connection):
            yield lambda statements: run(connection, statements)

    def holding(self, names: Sequence[int]) -> list[Statement]:  # noqa: ARG002
        """Hold nothing besides: one transaction writes at a time anyway."""
        return []

    def close(self) -> None:
        """Let go of every connection."""
        self._queue.close()
        self._engine.dispose()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        lent = self._engine.raw_connection()
        try:
            yield lent.driver_connection  # type: ignore[misc]
        finally:
            lent.close()


def run(connection: sqlite3.Connection, statements: Sequence[Statement]) -> list[Row | None]:
    """Run statements one after the other; gives the first row of each."""
    return [connection.execute(sql, _stored(values)).fetchone() for sql, values in statements]


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write values as SQLAlchemy's types do for SQLite."""
    return {
        name: STORED[type(value)](value) if type(value) in STORED else value
        for name, value in values.items()
    }


def _moment(value: datetime) -> str:
    plain = value.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(sep=" ", timespec="microseconds")


STORED: dict[type, Callable[[Any], Any]] = {
    uuid.UUID: lambda value: value.hex,
    datetime: _moment,
    date: date.isoformat,
}
