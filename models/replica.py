"""A read replica: exports and reports are read from it while it follows the primary closely.

What decides or writes never comes from here: only what stands within `reading`. There the
registry of `db.session` holds another session, on the replica, of the same scope.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.base import db
from models.engine import UNPREPARED
from models.tenancy import enter, scope_of

log = logging.getLogger("inflow")

POSITION = text("SELECT CAST(pg_current_wal_insert_lsn() AS text)")
#: It has all that the primary had written a moment ago, or what it has is recent: a primary
#: that rests commits nothing, so that the last commit is old on a replica that misses nothing.
#: One that was promoted follows nobody.
FOLLOWS = text(
    "SELECT pg_last_wal_replay_lsn() >= CAST(:position AS pg_lsn)"
    " OR pg_last_xact_replay_timestamp() > now() - make_interval(secs => :seconds)"
    " FROM (SELECT) AS one WHERE pg_is_in_recovery()"
)
#: A replica that did not answer is left alone for so many seconds: nobody waits for it twice.
LEFT_ALONE = 10.0
READ_ONLY = {"postgresql_readonly": True}


class Replica:
    """One replica, asked anew each time whether it may be read."""

    def __init__(self, url: str, seconds: int, *, pooled: bool = False) -> None:
        options = {"connect_timeout": 2, **(UNPREPARED if pooled else {})}
        self.engine = create_engine(url, hide_parameters=True, connect_args=options)
        self._seconds = seconds
        self._left_alone_until = 0.0

    def session(self) -> Session | None:
        """Open a session on it; None where the primary has to be read instead."""
        if time.monotonic() < self._left_alone_until:
            return None
        with db.engine.connect() as primary:
            position = primary.scalar(POSITION)
        session = Session(self.engine, expire_on_commit=False)
        try:
            if self._follows(session.connection(execution_options=READ_ONLY), position):
                return session
        except OperationalError as error:
            self._left_alone_until = time.monotonic() + LEFT_ALONE
            log.warning("the replica did not answer: %s", type(error.orig).__name__)
        session.close()
        return None

    def _follows(self, connection: Connection, position: str) -> bool:
        values = {"position": position, "seconds": self._seconds}
        return bool(connection.scalar(FOLLOWS, values))


def install(app: Flask, url: str, seconds: int, *, pooled: bool = False) -> None:
    """Let the application read from a replica, where it has one."""
    if url:
        app.extensions["replica"] = Replica(url, seconds, pooled=pooled)


@contextmanager
def reading() -> Iterator[None]:
    """Read within from the replica, or from the primary where there is none that may be read."""
    registry: Any = db.session.registry
    own = registry()
    scope = scope_of(own)
    replica: Replica | None = current_app.extensions.get("replica")
    other = replica.session() if replica else None
    if other is None:
        yield
        return
    enter(other, scope)
    registry.set(other)
    try:
        yield
    finally:
        registry.set(own)
        other.close()
