"""The database as it was: taken once, put back after whatever changed it."""

from typing import Any

from sqlalchemy import Connection, Engine, Table, event, update

from models import db, partner

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
    """What the tables held at one moment, and whether anything was committed since."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.rows = rows(engine)
        self.is_changed = False
        self._writing: set[int] = set()
        self._listeners = {
            "before_cursor_execute": self._on_statement,
            "commit": self._on_commit,
            "rollback": self._on_rollback,
        }
        for name, listener in self._listeners.items():
            event.listen(engine, name, listener)

    def put_back(self) -> None:
        """Bring every row back, if anything was committed since."""
        if not self.is_changed:
            return
        with self.engine.begin() as connection:
            refill(connection, self.rows)
        self.is_changed = False

    def forget(self) -> None:
        """Listen no longer."""
        for name, listener in self._listeners.items():
            event.remove(self.engine, name, listener)

    def _on_statement(self, connection, _cursor, statement, *_more) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            self._writing.add(id(connection))

    def _on_commit(self, connection) -> None:
        self.is_changed |= id(connection) in self._writing
        self._writing.discard(id(connection))

    def _on_rollback(self, connection) -> None:
        self._writing.discard(id(connection))


def refill(connection: Connection, kept: Rows) -> None:
    """Empty every table and fill it again; partner and membership refer to each other."""
    managers = partner.Partner.__table__
    connection.execute(update(managers).values(account_manager_id=None))
    for table in reversed(db.metadata.sorted_tables):
        connection.execute(table.delete())
    for table in db.metadata.sorted_tables:
        if found := [{**row, "account_manager_id": None} for row in kept[table.name]]:
            names = table.c.keys()
            connection.execute(table.insert(), [{n: row[n] for n in names} for row in found])
    late = ("account_manager_id", "source_count", "user_count", "admin_count")
    for row in kept["partner"]:  # what came after them was counted once more
        where = (managers.c.tenant_id == row["tenant_id"]) & (managers.c.id == row["id"])
        changed = update(managers).where(where)
        connection.execute(changed.values({name: row[name] for name in late}))
