"""Opens a database for statements straight to the driver: for intake, which has to be quick.

What SQLAlchemy's sessions add would be most of what a call costs. Connections are its pool's.
"""

import sqlite3

import psycopg
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.direct_postgresql import OnPostgreSQL
from models.direct_sqlite import OnSQLite
from models.statements import Direct, StillHeldError

#: What a database that is busy or gone says.
TROUBLE = (
    StillHeldError,
    psycopg.OperationalError,
    sqlite3.OperationalError,
    OperationalError,
    PoolTimeout,
)


def direct(url: str, *, pooled: bool = False) -> Direct:
    """Open a database, beside the panel's own connections; connects when it is first used."""
    if make_url(url).get_backend_name() == "sqlite":
        return OnSQLite(url)
    return OnPostgreSQL(url, pooled=pooled)
