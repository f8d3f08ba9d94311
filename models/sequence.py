"""The order in which rows became visible: what makes a count exact without a lock.

A mark divides a tenant's rows into those that the rollups hold and those that are counted live.
On PostgreSQL a row's number is its transaction's: once all transactions below a number have
ended, no row below it can appear any more, so the mark may move there. On SQLite one transaction
writes at a time: a row takes the mark's number, and moving the mark by one leaves it behind.
"""

from typing import Any

import psycopg
from sqlalchemy import BigInteger, Engine, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

#: The transaction's number begins anew when a dump is restored into another cluster; `base`
#: then lifts it above the mark.
BASE = " (SELECT coalesce(max(base), 0) FROM metric_mark WHERE tenant_id = {tenant})"
MARK = "(SELECT coalesce(max(seq), 0) FROM metric_mark WHERE tenant_id = {tenant})"
ON_POSTGRESQL = f"(CAST(CAST(pg_current_xact_id() AS text) AS bigint) + {BASE})"
#: Transactions below this number have ended, whatever they wrote.
ENDED = "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"


class next_seq(FunctionElement[int]):  # noqa: N801 - read as the SQL function it is
    """What `seq` is to be in a row that is written now: ``next_seq(tenant_id)``."""

    type = BigInteger()
    inherit_cache = True


class settled_seq(FunctionElement[int]):  # noqa: N801 - the same
    """Where the mark may move now: no row below it can appear. ``settled_seq(tenant_id)``.

    On SQLite only for a transaction that writes.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(next_seq, "postgresql")
def _next_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    return ON_POSTGRESQL.format(tenant=compiler.process(element.clauses, **options))


@compiles(next_seq, "sqlite")
def _next_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    return MARK.format(tenant=compiler.process(element.clauses, **options))


@compiles(settled_seq, "postgresql")
def _settled_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    tenant = compiler.process(element.clauses, **options)
    return f"({ENDED} + {BASE.format(tenant=tenant)})"


@compiles(settled_seq, "sqlite")
def _settled_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    return f"({MARK.format(tenant=compiler.process(element.clauses, **options))} + 1)"


#: Numbers that this cluster cannot have given yet came with a dump from another one. New rows
#: would be numbered below the mark and never be counted, so `base` lifts them above all there is.
LIFT = f"""
WITH tenants AS (
    SELECT t.id, m.base, greatest(
        m.seq,
        (SELECT max(seq) + 1 FROM submission WHERE tenant_id = t.id),
        (SELECT max(seq) + 1 FROM metric_change WHERE tenant_id = t.id)
    ) AS above
    FROM tenant AS t LEFT JOIN metric_mark AS m ON m.tenant_id = t.id
), cluster AS (
    SELECT {ENDED} AS ended, greatest(
        CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint),
        CAST(CAST(pg_current_xact_id_if_assigned() AS text) AS bigint) + 1
    ) AS next
)
INSERT INTO metric_mark (tenant_id, seq, base, counted_at)
SELECT id, 0, above - ended, now() FROM tenants, cluster
WHERE above > next + coalesce(base, 0)
ON CONFLICT (tenant_id) DO UPDATE SET base = greatest(metric_mark.base, excluded.base)
"""  # noqa: S608 - only of the constants above


#: Not before the tables are there, and not on a read replica, which gets it from the primary.
CAN_BE_LIFTED = "SELECT to_regclass('metric_mark') IS NOT NULL AND NOT pg_is_in_recovery()"


@event.listens_for(Engine, "first_connect")
def lift(connection: Any, _record: object = None) -> None:  # noqa: ANN401 - any driver's
    """Number rows above the mark from here on, before this process writes its first one.

    Every process does: the web's, the worker's, and every command.
    """
    if not isinstance(connection, psycopg.Connection):
        return
    found = connection.execute(CAN_BE_LIFTED).fetchone()
    if found and found[0]:
        connection.execute(LIFT)
    connection.commit()
