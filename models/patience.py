"""How long a transaction of ours lasts where somebody else decides: a reader, or a large table."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import func, select, text

from models.engine import AnySession

#: SQLite asks every so many steps of its machine whether to go on.
STEPS = 20_000


def end_when_idle(session: AnySession, seconds: int) -> None:
    """Let PostgreSQL end this transaction, and its connection, when we ask nothing for so long.

    SQLite has no such limit; whoever reads from it keeps time.
    """
    if session.get_bind().dialect.name == "postgresql":
        setting = func.set_config("idle_in_transaction_session_timeout", f"{seconds}s", True)  # noqa: FBT003 - PostgreSQL's own order
        session.execute(select(setting))


@contextmanager
def at_most(session: AnySession, seconds: float) -> Iterator[None]:
    """End what is asked in here with an OperationalError when it takes longer.

    What the transaction did before stands.
    """
    driver: Any = session.connection().connection.driver_connection
    if session.get_bind().dialect.name == "postgresql":
        # A transaction of its own where there is none (models/engine.py), else a savepoint.
        with driver.transaction():
            session.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
            yield
            session.execute(text("SET LOCAL statement_timeout TO DEFAULT"))
        return
    connection, deadline = cast("sqlite3.Connection", driver), time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
