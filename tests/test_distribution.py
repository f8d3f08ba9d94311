"""Ready for many nodes: a tenant's rows are found by its number, in every key and statement."""

import re

import pytest
from flask import has_request_context
from sqlalchemy import UniqueConstraint, event
from sqlalchemy.dialects.postgresql.base import PGDialect

from models import db
from models.distribution import distribute, distributed, is_distributed_by_tenant, statements
from tests.doors import doors

VISITORS = ("admin", "partner_admin")
SEARCHED = re.compile(r'(?:\b(?:FROM|JOIN|UPDATE)|,)\s+"?(\w+)"?(?:\s+AS\s+"?(\w+)"?)?')
#: A table whose columns are named anew is that table, to a planner too.
RENAMED = re.compile(r"\(SELECT (?:(?!SELECT|WHERE).)* FROM (\w+)\) AS (\w+)")
FILLED = re.compile(r'\bINTO "?(\w+)"? \(([^)]*)\)')
DISTRIBUTED = {table.name for table in distributed(db.metadata)}


def keys_of(table):
    """The columns of everything that has to be unique in a table."""
    constraints = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    indexes = [index for index in table.indexes if index.unique]
    return [table.primary_key.columns, *(found.columns for found in [*constraints, *indexes])]


@pytest.mark.parametrize("table", distributed(db.metadata), ids=str)
def test_whatever_is_unique_is_unique_within_a_tenant(table):
    assert all("tenant_id" in columns for columns in keys_of(table))


@pytest.mark.parametrize("table", distributed(db.metadata), ids=str)
def test_a_foreign_key_stays_within_the_tenant(table):
    leaving = [
        key.name
        for key in table.foreign_key_constraints
        if is_distributed_by_tenant(key.referred_table) and "tenant_id" not in key.columns
    ]

    assert leaving == []


def test_every_table_is_spread_once_after_those_it_refers_to():
    said = list(statements(db.metadata))
    spread = [re.search(r"'\"(\w+)\"'", s)[1] for s in said if s.startswith("SELECT")]

    assert sorted(spread) == sorted(db.metadata.tables)
    assert spread.index("user") < spread.index("membership") < spread.index("invite")


def test_a_key_dropped_on_the_way_is_put_back():
    said = list(statements(db.metadata))
    of_partner = [s for s in said if "partner_tenant_id_account_manager_id_fk" in s]

    assert [s.split()[3] for s in of_partner] == ["DROP", "ADD"]


def test_where_the_extension_is_all_of_it_is_run_in_that_order():
    server = ServerWithCitus()

    done = distribute(server, db.metadata)

    assert done == server.told
    assert done[0] == "CREATE EXTENSION IF NOT EXISTS citus"
    assert done[2:] == list(statements(db.metadata))


class ServerWithCitus:
    """Stands in for a server with the extension, which no test machine has; it notes all."""

    dialect = PGDialect()

    def __init__(self):
        self.told = []

    def scalar(self, _question):
        return 1

    def execute(self, statement):
        self.told.append(str(statement))


@pytest.mark.no_cover  # every door by two people: which lines that runs tells nothing
@pytest.mark.parametrize("visitor", VISITORS)
def test_every_statement_names_the_tenant_for_each_table(house, visitor):
    with listening(house) as said:
        for door in doors(house.app):
            house.knock(visitor, door)

    assert sorted(statement for statement in set(said) if lost(statement)) == []


class listening:  # noqa: N801 - read as the verb it is
    """Collect what requests say to the database, and not what puts it back."""

    def __init__(self, house):
        self.engine, self.said = house.snapshot.engine, []

    def __enter__(self):
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self.said

    def __exit__(self, *_):
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, *_more):
        if has_request_context():
            self.said.append(" ".join(statement.split()))


def lost(statement):
    """Name the tables searched or filled without the tenant: every node would have to be asked."""
    statement = RENAMED.sub(r"\1 AS \2", statement)
    return [
        table
        for table, alias in SEARCHED.findall(statement)
        if table in DISTRIBUTED and not names_tenant(statement, alias or table)
    ] + [
        table
        for table, columns in FILLED.findall(statement)
        if table in DISTRIBUTED and "tenant_id" not in columns.split(", ")
    ]


def names_tenant(statement, table):
    own = rf"(?:\b{table}\.|(?<![\w.]))tenant_id"
    return re.search(rf"{own} (?:=|IN)|= {table}\.tenant_id", statement)
