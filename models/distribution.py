"""How the tables spread over a distributed PostgreSQL (Citus): by tenant, or a copy on every node.

A tenant's rows lie on one node together, so that a page, which names its tenant, asks one node.
What all tenants share is copied to each node. Source: Citus documentation, "Multi-tenant
applications" and "Creating and modifying distributed objects".
"""

from collections.abc import Iterator

from sqlalchemy import Connection, ForeignKeyConstraint, MetaData, Table, text
from sqlalchemy.schema import AddConstraint, DropConstraint

#: For the triggers of models/partner_counts.py and models/failed_mail.py, each of which stays
#: within its row's tenant.
PREPARE = ("CREATE EXTENSION IF NOT EXISTS citus", "SET citus.enable_unsafe_triggers TO on")
AVAILABLE = "SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'"
DISTRIBUTED = "SELECT count(*) FROM pg_dist_partition WHERE logicalrel = '\"{}\"'::regclass"


class NotDistributableError(RuntimeError):
    """This database cannot be spread over several nodes; the message says why."""


def distribute(connection: Connection, metadata: MetaData) -> list[str]:
    """Spread the schema by tenant, in the connection's transaction; gives what was run.

    Raises NotDistributableError without PostgreSQL or without its extension.
    """
    if connection.dialect.name != "postgresql":
        raise NotDistributableError("Only PostgreSQL can be distributed.")
    if not connection.scalar(text(AVAILABLE)):
        raise NotDistributableError("This PostgreSQL does not have the extension “citus”.")
    done = [*PREPARE, *statements(metadata)]
    for statement in done:
        connection.execute(text(statement))
    return done


def is_distributed_by_tenant(table: Table) -> bool:
    """Whether its rows are a tenant's: then the tenant begins its primary key."""
    return "tenant_id" in table.primary_key.columns


def statements(metadata: MetaData) -> Iterator[str]:
    """Write what spreads the tables, each after those that it refers to."""
    tables = [*shared(metadata), *distributed(metadata)]
    late = [key for table in tables for key in late_keys(table, tables)]
    yield from (str(DropConstraint(key)) for key in late)
    yield from (f"SELECT create_reference_table('\"{t.name}\"')" for t in shared(metadata))
    first, *others = distributed(metadata)
    yield f"SELECT create_distributed_table('\"{first.name}\"', 'tenant_id')"
    for table in others:
        yield (
            f"SELECT create_distributed_table('\"{table.name}\"', 'tenant_id',"
            f" colocate_with => '\"{first.name}\"')"
        )
    yield from (str(AddConstraint(key)) for key in late if is_distributed_by_tenant(key.table))


def shared(metadata: MetaData) -> list[Table]:
    """What every node has a copy of."""
    return [table for table in metadata.sorted_tables if not is_distributed_by_tenant(table)]


def distributed(metadata: MetaData) -> list[Table]:
    """What lies where its tenant lies."""
    return [table for table in metadata.sorted_tables if is_distributed_by_tenant(table)]


def late_keys(table: Table, order: list[Table]) -> list[ForeignKeyConstraint]:
    """Name the foreign keys to tables that are spread later than this one.

    A shared table cannot refer to a distributed one at all: that key is not put back. Only
    sessions have such keys, and a session is asked for its membership at every request anyway.
    """
    before = order[: order.index(table) + 1]
    return [key for key in table.foreign_key_constraints if key.referred_table not in before]
