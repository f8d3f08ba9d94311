"""Finding out that somebody waits for a lock of PostgreSQL."""

import time

from sqlalchemy import Connection, text

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
PATIENCE = 20


def until_somebody_waits(connection: Connection) -> None:
    end = time.monotonic() + PATIENCE
    while not connection.scalar(WAITING):
        assert time.monotonic() < end, "nobody waits"
