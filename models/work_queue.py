"""The worker's queue: huey, kept in a SQLite file of its own or in the PostgreSQL database."""

from pathlib import Path
from typing import Any

import psycopg
from huey import Huey, PostgresHuey, SqliteHuey
from sqlalchemy import make_url

from models.engine import UNPREPARED

NAME = "inflow"
#: Any number, the same in every process: one at a time makes the queue's tables.
TABLES = 20261122


def open_queue(database_url: str, folder: Path, *, pooled: bool = False) -> Huey:
    """Open the queue that belongs to a database; its tables are made when they are missing.

    Behind a pooler nobody can listen: the worker asks for new work, at least once a second.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return SqliteHuey(NAME, filename=folder / "jobs.db", results=False, timeout=1)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    options: dict[str, Any] = {"connect_timeout": 3, **(UNPREPARED if pooled else {})}
    huey = PostgresHuey(
        NAME, dsn=address, results=False, create_tables=False, blocking=not pooled, **options
    )
    with psycopg.connect(address, **options) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [TABLES])
        for statement in huey.storage.ddl:
            connection.execute(statement)
    return huey
