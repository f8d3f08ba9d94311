"""SQLite by its driver: writers stand in one queue instead of in its busy handler, which sleeps."""

import fcntl
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url

from models.sequence import MARK
from models.statements import Row, Run, Statement


class OnSQLite:
    """Writes take turns: among the threads by a lock, among the processes by a locked file."""

    next_seq = MARK.format(tenant=":tenant_id")
    skip_locked = ""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, pool_reset_on_return=None, pool_use_lifo=True)
        self._turn = Turn(f"{make_url(url).database}-intake")

    def read(self, sql: str, values: Mapping[str, Any]) -> Row | None:
        """Read one row; readers never wait for a writer."""
        with self._connection() as connection:
            return _run(connection, [(sql, values)])[0]

    def write(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Run all of them or none."""
        with self.transaction() as run:
            return run(statements)

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        """Run statements that depend on each other, alone."""
        with self._connection() as connection, self._turn:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield lambda statements: _run(connection, statements)
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    def holding(self, names: Sequence[int]) -> list[Statement]:  # noqa: ARG002
        """Hold nothing besides: a writing transaction is alone anyway."""
        return []

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        lent = self._engine.raw_connection()
        try:
            yield lent.driver_connection  # type: ignore[misc]
        finally:
            lent.close()


class Turn:
    """Whose turn it is to write; everybody else waits without asking again and again."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._among_threads = threading.Lock()

    def __enter__(self) -> None:
        self._among_threads.acquire()
        try:
            self._file = self._path.open("ab")
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._among_threads.release()
            raise

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._among_threads.release()


def _run(connection: sqlite3.Connection, statements: Sequence[Statement]) -> list[Row | None]:
    return [connection.execute(sql, _adapted(values)).fetchone() for sql, values in statements]


def _adapted(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _as_stored(value) for name, value in values.items()}


def _as_stored(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """Write a value as SQLAlchemy's types do for SQLite."""
    adapt = STORED.get(type(value))
    return adapt(value) if adapt else value


def _moment(value: datetime) -> str:
    plain = value.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(sep=" ", timespec="microseconds")


STORED: dict[type, Callable[[Any], Any]] = {
    uuid.UUID: lambda value: value.hex,
    datetime: _moment,
    date: date.isoformat,
}
