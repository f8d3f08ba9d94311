"""PostgreSQL by its driver: prepared statements, several of them in one round trip."""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.errors import LockNotAvailable, UniqueViolation
from sqlalchemy import create_engine, event

from models.engine import UNPREPARED
from models.pipeline import Pipeline, Prepared
from models.sequence import ON_POSTGRESQL
from models.statements import AlreadyWrittenError, Row, Run, Statement, StillHeldError

#: How long a statement waits for what another transaction holds, in milliseconds.
LOCK_TIMEOUT = 1000
#: Every statement finds its rows by an index. One that was planned while a table was empty
#: would go on reading all of it, however long the table has grown meanwhile.
SET = (
    f"SELECT set_config('lock_timeout', '{LOCK_TIMEOUT}', {{local}}),"
    " set_config('enable_seqscan', 'off', {local})"
)
#: Behind a pooler a setting must not outlive its transaction: the next one is somebody else's.
SET_LOCALLY: Statement = (SET.format(local="true"), {})
NAME = re.compile(r"(?<!:):([a-z_0-9]+)")
LOCK = "pg_advisory_xact_lock(CAST(:name_{} AS bigint))"
BEGIN: Statement = ("BEGIN", {})
COMMIT: Statement = ("COMMIT", {})
ROLLBACK: Statement = ("ROLLBACK", {})


class OnPostgreSQL:
    """Every transaction ends before its connection goes back, so there is nothing to reset."""

    next_seq = ON_POSTGRESQL.format(tenant=":tenant_id")
    skip_locked = "FOR UPDATE SKIP LOCKED"
    joins_writes = True

    def __init__(self, url: str, *, pooled: bool = False) -> None:
        self._engine = create_engine(
            url,
            pool_reset_on_return=None,
            pool_use_lifo=True,
            connect_args=UNPREPARED if pooled else {},
        )
        self._first = [SET_LOCALLY] if pooled else []
        event.listen(self._engine, "connect", _prepare)

    def read(self, sql: str, values: Mapping[str, Any]) -> Row | None:
        """Read one row."""
        return self._twice([(sql, values)])[0]

    def write(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Run all of them or none: what goes in one pipeline is one transaction."""
        with self._pipeline() as pipeline:
            return run(pipeline, [*self._first, *statements])[len(self._first) :]

    def write_once(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Write named rows: the database refuses to have two of one name."""
        try:
            return self._twice(statements)
        except UniqueViolation as error:
            raise AlreadyWrittenError from error

    def _twice(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Run what may be run twice: on a fresh connection where the server ended the one we had.

        One that ended unheard looks as any other until something is sent.
        """
        try:
            return self.write(statements)
        except psycopg.OperationalError:
            self.close()
            return self.write(statements)

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        """Run statements that depend on each other."""
        with self._pipeline() as pipeline:
            run(pipeline, [BEGIN, *self._first])
            try:
                yield lambda statements: run(pipeline, statements)
            except StillHeldError:
                run(pipeline, [ROLLBACK])
                raise
            run(pipeline, [COMMIT])

    def holding(self, names: Sequence[int]) -> list[Statement]:
        """Take each as an advisory lock, in an order that is the same for everybody.

        A statement sees what was committed before it began, so these stand before it.
        """
        locks = ", ".join(LOCK.format(number) for number in range(len(names)))
        values = {f"name_{number}": name for number, name in enumerate(sorted(names))}
        return [(f"SELECT {locks}", values)] if names else []

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _pipeline(self) -> Iterator[Pipeline]:
        lent = self._engine.raw_connection()
        try:
            yield lent.info["pipeline"]
        except StillHeldError:
            raise
        except BaseException:
            lent.invalidate()  # nobody knows what it was in the middle of
            raise
        finally:
            lent.close()


def _prepare(connection: psycopg.Connection, record: Any) -> None:  # noqa: ANN401 - the pool's own
    connection.autocommit = True
    if connection.prepare_threshold is not None:
        connection.execute(SET.format(local="false").encode())
    record.info["pipeline"] = Pipeline(connection)


def run(pipeline: Pipeline, statements: Sequence[Statement]) -> list[Row | None]:
    """Run statements in one round trip; gives the first row of each."""
    try:
        return pipeline.run([_prepared(sql, values) for sql, values in statements])
    except LockNotAvailable as error:
        raise StillHeldError from error


def _prepared(sql: str, values: Mapping[str, Any]) -> Prepared:
    numbered, names = _numbered(sql)
    return numbered, [_dumped(values[name]) for name in names]


@lru_cache(256)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Write a statement with numbers, and name what each stands for."""
    names = tuple(dict.fromkeys(NAME.findall(sql)))
    numbers = {name: f"${number}" for number, name in enumerate(names, 1)}
    return NAME.sub(lambda match: numbers[match[1]], sql).encode(), names


def _dumped(value: Any) -> bytes | memoryview | None:  # noqa: ANN401 - whatever a column holds
    """Write a value as PostgreSQL reads it; which type it is, the statement says."""
    return DUMPED[type(value)](value)


DUMPED: dict[type, Callable[[Any], bytes | memoryview | None]] = {
    type(None): lambda _: None,
    str: str.encode,
    bytes: memoryview,
    bool: lambda value: b"t" if value else b"f",
    int: lambda value: str(value).encode(),
    uuid.UUID: lambda value: str(value).encode(),
    date: lambda value: value.isoformat().encode(),
    datetime: lambda value: value.isoformat().encode(),
}
