"""What the database's planner knows of the tables: how many rows they have, and how they differ.

PostgreSQL looks at its tables by itself, except at those in partitions as a whole. SQLite never
does, and takes a wrong index then. It is not told to look at samples only (`analysis_limit`):
where keys begin with the tenant, it takes all rows of one tenant for alike.
"""

from collections.abc import Sequence

from sqlalchemy import text

from models import db
from models.partitions import LEAD, SUBMISSION

INDEXES = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name"
# A connection reads the statistics with the schema, anew only after the schema was changed.
ANNOUNCED = ("CREATE VIEW analyzed AS SELECT 1", "DROP VIEW analyzed")


def parts() -> Sequence[str]:
    """List what is looked at one by one: writes to SQLite wait for one index, not for all."""
    return db.session.scalars(text(INDEXES)).all() if _is_on_sqlite() else (LEAD, SUBMISSION)


def analyze(part: str) -> None:
    """Look at a table or an index, and let every connection know."""
    db.session.execute(text(f'ANALYZE "{part}"'))
    for statement in ANNOUNCED if _is_on_sqlite() else ():
        db.session.execute(text(statement))


def note_growth(table: str) -> None:
    """Look at a table that has just grown by much, before anybody waits for its lists."""
    if _is_on_sqlite():
        analyze(table)


def _is_on_sqlite() -> bool:
    return db.session.get_bind().dialect.name == "sqlite"
