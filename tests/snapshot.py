"""The database as it was: taken once, put back after whatever changed it."""

from typing import Any

from sqlalchemy import Connection, Engine, Table, event

from models import db
from tests.postgres import LENIENCE, LENIENT

WRITES = ("INSERT", "UPDATE", "DELETE")

Rows = dict[str, list[dict[str, Any]]]


def rows(engine: Engine) -> Rows:
    """Read every row of every table."""
    with engine.connect() as connection:
        return {table.name: _rows(connection, table) for table in db.metadata.sorted_tables}


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    found = connection.execute(table.select().order_by(*table.primary_key))
    return [dict(row) for row in found.mappings()]


class Snapshot:
    """What the tables held at one moment, and whether anything was committed since.

    It is kept in temporary tables of a connection of its own, so that thousands of times
    a run the database fills itself again without a row passing through here.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_changed = False
        self._writing: set[int] = set()
        self._connection = engine.connect().execution_options(no_parameters=True)
        self._run(
            [f'CREATE TEMPORARY TABLE kept_{name} AS SELECT * FROM "{name}"' for name in names()]
        )
        self._refill = [*leniency(engine), *refilling()]
        self._listeners = {
            "before_cursor_execute": self._on_statement,
            "commit": self._on_commit,
            "rollback": self._on_rollback,
        }
        for name, listener in self._listeners.items():
            event.listen(engine, name, listener)

    def put_back(self) -> None:
        """Bring every row back, if anything was committed since."""
        if self.is_changed:
            self._run(self._refill)
        self.is_changed = False

    def forget(self) -> None:
        """Listen no longer, and drop what was kept."""
        for name, listener in self._listeners.items():
            event.remove(self.engine, name, listener)
        self._run([f"DROP TABLE kept_{name}" for name in names()])
        self._connection.close()

    def _run(self, statements: list[str]) -> None:
        """PostgreSQL takes all of it in one round trip; SQLite one by one, in the process."""
        together = self.engine.dialect.name == "postgresql"
        for statement in [";".join(statements)] if together else statements:
            self._connection.exec_driver_sql(statement)
        self._connection.commit()

    def _on_statement(self, connection, _cursor, statement, *_more) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            self._writing.add(id(connection))

    def _on_commit(self, connection) -> None:
        self.is_changed |= id(connection) in self._writing
        self._writing.discard(id(connection))

    def _on_rollback(self, connection) -> None:
        self._writing.discard(id(connection))


def names() -> list[str]:
    """Every table, what is referred to before what refers to it."""
    return [table.name for table in db.metadata.sorted_tables]


def leniency(engine: Engine) -> list[str]:
    """Check nothing anew where the server allows it: it is most of the work."""
    version = engine.dialect.server_version_info if engine.dialect.name == "postgresql" else ()
    is_allowed = version >= (LENIENT // 10_000,)
    return [f"SET LOCAL {LENIENCE} = replica"] if is_allowed else []


def refilling() -> list[str]:
    """Empty every table and fill it again; partner and membership refer to each other."""
    # What comes after partners is counted on them once more, so their counts are put back last.
    late = ", ".join(
        f"{column} = (SELECT kept.{column} FROM kept_partner AS kept WHERE kept.id = partner.id)"
        for column in ("account_manager_id", "source_count", "user_count", "admin_count")
    )
    return [
        "UPDATE partner SET account_manager_id = NULL",
        *(f'DELETE FROM "{name}"' for name in reversed(names())),
        *(filling(name) for name in names()),
        f"UPDATE partner SET {late}",
    ]


def filling(name: str) -> str:
    """Copy a table's kept rows into it, partners without the account manager yet to come."""
    columns = ", ".join(f'"{column.name}"' for column in db.metadata.tables[name].columns)
    values = columns.replace('"account_manager_id"', "NULL")
    return f'INSERT INTO "{name}" ({columns}) SELECT {values} FROM kept_{name}'
