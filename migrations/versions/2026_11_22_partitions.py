"""Leads and submissions are partitioned by time on PostgreSQL.

What is there is not copied: it becomes the first partition, which ends after its last row.
"""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from models.base import first_id, now
from models.partitions import default_of, lay, moment_of, unit_of

revision = "2026_11_22_partitions"
down_revision = "2026_11_22_standings"
branch_labels = None
depends_on = None

TABLES = ("lead", "submission")
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '{}' ORDER BY indexname"
LIKE = "(LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
KEY = "ALTER TABLE {table} ADD CONSTRAINT {table}_pk PRIMARY KEY (tenant_id, id)"
LAST = """
SELECT last.id FROM tenant CROSS JOIN LATERAL (
  SELECT id FROM {} WHERE tenant_id = tenant.id ORDER BY id DESC LIMIT 1) AS last
ORDER BY last.id DESC LIMIT 1
"""


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    days = current_app.config["INFLOW"].submission_days
    longest = sa.text(f"SELECT max(coalesce(submission_days, {days})) FROM tenant")  # noqa: S608
    kept = connection.scalar(longest) or days
    for table in TABLES:
        _partition(connection, table, kept)
    lay(connection, kept)
    for table in TABLES:
        op.execute(f"ANALYZE {table}")


def _partition(connection: sa.Connection, table: str, kept: int) -> None:
    last = connection.scalar(sa.text(LAST.format(table)))
    indexes = connection.execute(sa.text(INDEXES.format(table))).all()
    first = f"{table}_first"
    op.execute(f"ALTER TABLE {table} RENAME TO {first}")
    for name, _ in indexes:
        op.execute(f"ALTER INDEX {name} RENAME TO {name.replace(table, first, 1)}")
    op.execute(f"CREATE TABLE {table} {LIKE.format(first)} PARTITION BY RANGE (id)")
    _index(table, indexes)
    if last is None:
        op.execute(f"DROP TABLE {first}")
    else:
        moment = max(now(), moment_of(last))
        end = first_id(unit_of(table, kept)(moment)[1].timestamp())
        # The indexes of the first partition become parts of the new ones by what they are.
        op.execute(
            f"ALTER TABLE {table} ATTACH PARTITION {first} FOR VALUES FROM (MINVALUE) TO ('{end}')"
        )
    op.execute(default_of(table))


def _index(table: str, indexes: list[tuple[str, str]]) -> None:
    """Make the key and the indexes as they were, on the table of this name as it is now."""
    op.execute(KEY.format(table=table))
    for name, definition in indexes:
        if name != f"{table}_pk":
            op.execute(definition)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table in TABLES:
        _join(connection, table)


def _join(connection: sa.Connection, table: str) -> None:
    """Copy everything into one table again."""
    indexes = connection.execute(sa.text(INDEXES.format(table))).all()
    op.execute(f"ALTER TABLE {table} RENAME TO {table}_parts")
    op.execute(f"CREATE TABLE {table} {LIKE.format(f'{table}_parts')}")
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_parts")  # noqa: S608 - our own names
    op.execute(f"DROP TABLE {table}_parts")
    _index(table, [(name, made.replace(" ON ONLY ", " ON ")) for name, made in indexes])
