"""Statements straight to the driver within a session's own transaction: for loading many rows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import text

from models import direct_postgresql, direct_sqlite
from models.engine import AnySession
from models.pipeline import Pipeline
from models.statements import Direct, Row, Run, Statement

#: As every connection of models/direct_postgresql.py: plans made for empty tables are kept.
BY_INDEX = "SET LOCAL enable_seqscan = off"


class InSession:
    """A `Direct` that neither begins nor ends a transaction: the session commits, or nobody."""

    skip_locked = ""
    joins_writes = False

    def __init__(self, next_seq: str, run: Run) -> None:
        self.next_seq = next_seq
        self._run = run

    def read(self, sql: str, values: Mapping[str, Any]) -> Row | None:
        """Read one row, the session's own among them once they are flushed."""
        return self._run([(sql, values)])[0]

    def write(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Run all of them."""
        return self._run(statements)

    def write_once(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Run all of them; should the connection end, the session's transaction is lost."""
        return self.write(statements)

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        """Run statements that depend on each other."""
        yield self._run

    def holding(self, names: Sequence[int]) -> list[Statement]:  # noqa: ARG002
        """Hold nothing: nobody else writes what this session loads."""
        return []

    def close(self) -> None:
        """Leave the connection to the session."""


def in_session(session: AnySession) -> Direct:
    """Speak to the driver of the session's connection. Flush before, and begin nothing anew."""
    connection: Any = session.connection().connection.driver_connection
    if session.get_bind().dialect.name == "sqlite":
        return InSession(direct_sqlite.OnSQLite.next_seq, partial(direct_sqlite.run, connection))
    session.execute(text(BY_INDEX))
    pipeline = Pipeline(connection)
    return InSession(
        direct_postgresql.OnPostgreSQL.next_seq, partial(direct_postgresql.run, pipeline)
    )
