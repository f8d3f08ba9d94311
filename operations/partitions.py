"""Partitions by time on PostgreSQL: made ahead, dropped when old, and none waits for a long reader.

Whatever needs a lock that calls would stand behind is given up after a moment and tried again
another time: meanwhile calls lie in the default partition, and what is old lies a while longer.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from psycopg.errors import LockNotAvailable
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from config import Settings
from models import Tenant, db, now
from models.base import first_id
from models.engine import take_turns
from models.partitions import (
    AHEAD,
    ATTACH,
    LEAD,
    NEW,
    SUBMISSION,
    Partition,
    Range,
    existing,
    hole_at,
    holes,
    make,
    moment_of,
    unit_of,
)

log = logging.getLogger("inflow")

#: How long calls may stand behind us while we wait for a lock, in milliseconds.
PATIENCE = 100
#: Two workers take turns.
TURN = "partitions"
#: Leads older than this stay in the default partition: a wrong identifier makes no partition.
OLDEST_LEAD = timedelta(days=10 * 366)

# By each tenant's index: the default partition may be large where the worker was away for long.
CAUGHT = """
SELECT first.id FROM tenant CROSS JOIN LATERAL (
  SELECT id FROM {table}_default
  WHERE tenant_id = tenant.id AND id >= :begin AND id < :end ORDER BY id LIMIT 1) AS first
ORDER BY first.id LIMIT 1
"""
MOVE = """
WITH moved AS (DELETE FROM {table}_default WHERE id >= '{begin}' AND id < '{end}' RETURNING *)
INSERT INTO {name} SELECT * FROM moved
"""
# While it is attached, a table that checks this needs no reading.
CHECK = "ALTER TABLE {name} ADD CONSTRAINT {name} CHECK (id >= '{begin}' AND id < '{end}')"
CHECKED = "ALTER TABLE {name} DROP CONSTRAINT {name}"
UNCOUNTED = """
SELECT EXISTS (SELECT FROM tenant CROSS JOIN LATERAL (
  SELECT id FROM {name}
  WHERE tenant_id = tenant.id
    AND seq >= coalesce((SELECT seq FROM metric_mark WHERE tenant_id = tenant.id), 0)
  LIMIT 1) AS uncounted)
"""
ALL = Range(uuid.UUID(int=0), uuid.UUID(int=2**128 - 1))


def keep(settings: Settings) -> bool:
    """Make one partition that is missing for each table, and tell whether there may be more.

    The caller commits each time and asks again.
    """
    if not _is_on_postgresql():
        return False
    take_turns(db.session, TURN)
    days = longest(settings)
    return any([_make_one(LEAD, days, OLDEST_LEAD), _make_one(SUBMISSION, days)])


def old(until: datetime) -> list[Partition]:
    """List the partitions of calls that all came before a moment."""
    end = first_id(until.timestamp())
    parts = existing(db.session.connection(), SUBMISSION) if _is_on_postgresql() else []
    return [part for part in parts if part.end <= end]


def drop_one(parts: Sequence[Partition]) -> bool:
    """Drop the first of these whose calls are all counted, and tell whether it is gone."""
    part = next((part for part in parts if _is_counted(part)), None)
    if part is None:
        return False
    take_turns(db.session, TURN)
    return _briefly(lambda: _drop(part))


def _drop(part: Partition) -> bool:
    """Let nobody add to it, look again, and take it out: only this last step stops calls."""
    db.session.execute(text(f"LOCK TABLE {part.called} IN SHARE MODE"))
    return _is_counted(part) and _take_out(part)


def _take_out(part: Partition) -> bool:
    db.session.execute(text(f"ALTER TABLE {SUBMISSION} DETACH PARTITION {part.called}"))
    db.session.execute(text(f"DROP TABLE {part.called}"))
    log.info("%s was dropped", part.called)
    return True


def _is_counted(part: Partition) -> bool:
    """Say whether the figures hold every call of it; asks each tenant's index."""
    return not db.session.scalar(text(UNCOUNTED.format(name=part.called)))


def _briefly(work: Callable[[], bool]) -> bool:
    """Try what calls may have to wait for, and give it up soon."""
    try:
        with db.session.begin_nested():
            db.session.execute(text(f"SET LOCAL lock_timeout = {PATIENCE}"))
            return work()
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        log.info("a partition is in use; tried again later")
        return False


def longest(settings: Settings) -> int:
    """Tell for how many days the calls of any tenant are kept."""
    days = func.coalesce(Tenant.submission_days, settings.submission_days)
    return db.session.scalar(select(func.max(days))) or settings.submission_days


def _is_on_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


def _make_one(table: str, days: int, kept: timedelta | None = None) -> bool:
    """Make the next one ahead, or one for what the default partition caught."""
    connection, present = db.session.connection(), now()
    parts, unit = existing(connection, table), unit_of(table, days)
    missing = holes(present, present + AHEAD[table], parts, unit)
    free = next((hole for hole in missing if _caught(table, hole) is None), None)
    if free is not None:
        return _briefly(lambda: make(connection, table, free))
    since = present - (kept or timedelta(days=days))
    caught = _caught(table, _span(since, unit(present)[0]))
    if caught is not None:
        return _briefly(lambda: _empty_into(table, hole_at(caught, parts, unit)))
    return _report(table)


def _span(begin: datetime, end: datetime) -> Range:
    return Range(first_id(begin.timestamp()), first_id(end.timestamp()))


def _caught(table: str, span: Range) -> uuid.UUID | None:
    """Find the first row of a span that lies in the default partition."""
    values = {"begin": span.begin, "end": span.end}
    found: uuid.UUID | None = db.session.scalar(text(CAUGHT.format(table=table)), values)
    return found


def _empty_into(table: str, span: Range) -> bool:
    """Move rows into a partition of their own. Only where no calls arrive any more."""
    values = {"table": table, "name": span.name(table), "begin": span.begin, "end": span.end}
    for statement in (NEW, CHECK, MOVE, ATTACH, CHECKED):
        db.session.execute(text(statement.format_map(values)))
    return True


def _report(table: str) -> bool:
    """Say that rows lie where no partition is made: their time is unlikely, or the present one."""
    if (caught := _caught(table, ALL)) is not None:
        log.warning("%s_default holds rows, the oldest of %s", table, moment_of(caught))
    return False
