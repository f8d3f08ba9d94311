"""Leads and submissions by time on PostgreSQL: what a partition holds, and how one is made.

An identifier begins with its time (UUIDv7), and a lead has that of its submission. So a range of
identifiers is a span of time, the primary key stays what it is everywhere, and whoever asks for
an identifier reads one partition. What lies in no span is caught by the default partition.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, text

from models.base import first_id, now
from models.when_created import when_created

#: Every page looks into each partition, so there are few: leads are kept for years.
LEAD, SUBMISSION = "lead", "submission"
#: So much is made ahead, for a worker that is away for long.
AHEAD = {LEAD: timedelta(days=92), SUBMISSION: timedelta(days=14)}
#: Calls that are kept for longer than this have a partition a week, others one a day.
DAYS_OF_DAYS = 42

BOUNDS = text("""
SELECT child.relname, pg_get_expr(child.relpartbound, child.oid)
FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent = CAST(:table AS regclass)
ORDER BY child.relname
""")
FROM_TO = re.compile(r"FROM \((?:'([-0-9a-f]+)'|MINVALUE)\) TO \('([-0-9a-f]+)'\)")
NAME = re.compile(rf"({LEAD}|{SUBMISSION})_(default|first|\d{{4}}_\d\d_\d\d)")
#: Made by itself and attached: nobody who reads or writes the others waits for that.
NEW = "CREATE TABLE {name} (LIKE {table} INCLUDING ALL)"
ATTACH = "ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{begin}') TO ('{end}')"

#: Tells the first moment of the span that a moment lies in, and the first one after it.
Unit = Callable[[datetime], tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Range:
    """A span of time as identifiers: from `begin` on, up to `end`, which is the next one's."""

    begin: uuid.UUID
    end: uuid.UUID

    def holds(self, identifier: uuid.UUID) -> bool:
        """Say whether a row with this identifier belongs here."""
        return self.begin <= identifier < self.end

    def name(self, table: str) -> str:
        """Name the partition after the day it begins with."""
        return f"{table}_{moment_of(self.begin):%Y_%m_%d}"


@dataclass(frozen=True, slots=True)
class Partition(Range):
    """One that is there."""

    called: str


def partition_by_time(model: Any) -> None:  # noqa: ANN401 - a mapped class
    """Declare that `create_all` makes the default partition; the others are made as time goes."""
    table: Table = model.__table__
    when_created(table, "postgresql", default_of(table.name))


def default_of(table: str) -> str:
    """Write what makes the partition of everything that lies in no other one."""
    return f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT"


def is_partition(name: str) -> bool:
    """Say whether a table of this name is no table by itself."""
    return NAME.fullmatch(name) is not None


def moment_of(identifier: uuid.UUID) -> datetime:
    """Read the time that an identifier begins with."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def day(moment: datetime) -> tuple[datetime, datetime]:
    """Tell the day (UTC) around a moment."""
    begin = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return begin, begin + timedelta(days=1)


def week(moment: datetime) -> tuple[datetime, datetime]:
    """Tell the week around a moment, from Monday on."""
    begin = day(moment)[0] - timedelta(days=moment.astimezone(UTC).weekday())
    return begin, begin + timedelta(days=7)


def month(moment: datetime) -> tuple[datetime, datetime]:
    """Tell the month around a moment."""
    begin = day(moment)[0].replace(day=1)
    return begin, (begin + timedelta(days=31)).replace(day=1)


def unit_of(table: str, kept_days: int) -> Unit:
    """Tell how much time one partition holds, by how many days of calls are kept."""
    if table == LEAD:
        return month
    return day if kept_days <= DAYS_OF_DAYS else week


def existing(connection: Connection, table: str) -> list[Partition]:
    """List the partitions that hold a span, in the order of time."""
    rows = connection.execute(BOUNDS, {"table": table})
    found = [(FROM_TO.search(bound), name) for name, bound in rows]
    parts = [
        Partition(uuid.UUID(match[1] or "0" * 32), uuid.UUID(match[2]), name)
        for match, name in found
        if match
    ]
    return sorted(parts, key=lambda part: part.begin)


def hole_at(identifier: uuid.UUID, parts: Iterable[Range], unit: Unit) -> Range:
    """Tell the span around an identifier, as far as no partition holds it already."""
    begin, end = (first_id(edge.timestamp()) for edge in unit(moment_of(identifier)))
    before = [part.end for part in parts if part.end <= identifier]
    after = [part.begin for part in parts if part.begin > identifier]
    return Range(max([begin, *before]), min([end, *after]))


def holes(begin: datetime, end: datetime, parts: Sequence[Range], unit: Unit) -> list[Range]:
    """List the spans between two moments that no partition holds."""
    place, last = (first_id(moment.timestamp()) for moment in (begin, end))
    found = []
    while place <= last:
        part = next((part for part in parts if part.holds(place)), None)
        if part is None:
            found.append(part := hole_at(place, parts, unit))
        place = part.end
    return found


def make(connection: Connection, table: str, span: Range) -> bool:
    """Make the partition of a span, of which the default one holds no row."""
    values = {"table": table, "name": span.name(table), "begin": span.begin, "end": span.end}
    for statement in (NEW, ATTACH):
        connection.execute(text(statement.format_map(values)))
    return True


def lay(connection: Connection, kept_days: int, ahead: dict[str, timedelta] = AHEAD) -> None:
    """Make what is missing from now on until some time ahead; for a database that nobody uses."""
    if connection.dialect.name != "postgresql":
        return
    for table, time in ahead.items():
        parts, unit = existing(connection, table), unit_of(table, kept_days)
        for hole in holes(now(), now() + time, parts, unit):
            make(connection, table, hole)
