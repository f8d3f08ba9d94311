"""The order in which rows became visible: what makes a count exact without a lock.

A mark divides a tenant's rows into those that the rollups hold and those that are counted live.
On PostgreSQL a row's number is its transaction's: once all transactions below a number have
ended, no row below it can appear any more, so the mark may move there. On SQLite one transaction
writes at a time: a row takes the mark's number, and moving the mark by one leaves it behind.
"""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

#: The transaction's number begins anew when a dump is restored into another cluster; `base`
#: then lifts it above the mark.
ON_POSTGRESQL = (
    "(CAST(CAST(pg_current_xact_id() AS text) AS bigint)"
    " + (SELECT coalesce(max(base), 0) FROM metric_mark WHERE tenant_id = {tenant}))"
)
ON_SQLITE = "(SELECT coalesce(max(seq), 0) FROM metric_mark WHERE tenant_id = {tenant})"


class next_seq(FunctionElement[int]):  # noqa: N801 - read as the SQL function it is
    """What `seq` is to be in a row that is written now: ``next_seq(tenant_id)``."""

    type = BigInteger()
    inherit_cache = True


@compiles(next_seq, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    return ON_POSTGRESQL.format(tenant=compiler.process(element.clauses, **options))


@compiles(next_seq, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    return ON_SQLITE.format(tenant=compiler.process(element.clauses, **options))
