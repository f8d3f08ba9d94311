"""Many rows in one statement: a thousand values cost PostgreSQL's driver what one array does."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    FromClause,
    Insert,
    Table,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from models.engine import AnySession
from models.tenancy import check_rows

Row = dict[str, Any]


def among(
    session: AnySession, column: InstrumentedAttribute[Any], values: Iterable[Any]
) -> ColumnElement[bool]:
    """Criterion for rows whose `column` holds one of many values."""
    if session.get_bind().dialect.name != "postgresql":
        return column.in_(list(values))
    wanted = bindparam(None, list(values), type_=ARRAY(column.type))
    return column == func.any(wanted)


def rows_changed(session: AnySession, statement: Executable) -> int:
    """Run an UPDATE or DELETE, and tell how many rows it reached: what decides a race."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def insert_many(session: AnySession, model: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - a mapped class
    """Insert rows that name the same columns, their tenant and `id` among them."""
    check_rows(session, model, rows)
    session.flush()
    connection, table = session.connection(), model.__table__
    if connection.dialect.name == "postgresql":
        connection.execute(_in_one(table, rows))
    else:
        connection.execute(insert(table), list(rows))


def update_many(session: AnySession, model: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401
    """Change rows by their tenant and `id`; all of them name the same columns.

    The caller holds them: nothing here asks whether they still are what they were.
    """
    check_rows(session, model, rows)
    session.flush()
    connection, table = session.connection(), model.__table__
    if connection.dialect.name == "postgresql":
        connection.execute(_updated_in_one(table, rows))
        return
    own = (table.c.tenant_id == bindparam("of_tenant"), table.c.id == bindparam("of_id"))
    given = [{"of_tenant": row["tenant_id"], "of_id": row["id"], **row} for row in rows]
    connection.execute(update(table).where(*own), given)


def _updated_in_one(table: Table, rows: Sequence[Row]) -> Update:
    given = _given(table, {name: [row[name] for row in rows] for name in rows[0]})
    key = {"tenant_id", "id"}
    return (
        update(table)
        .where(*(table.c[name] == given.c[name] for name in sorted(key)))
        .values({name: given.c[name] for name in rows[0] if name not in key})
    )


def _given(table: Table, values: dict[str, list[Any]]) -> FromClause:
    """Give the values as a table: one array a column, of which each JSON list is one element."""
    arrays = [
        bindparam(None, found, type_=ARRAY(table.c[name].type, dimensions=1))
        for name, found in values.items()
    ]
    return func.unnest(*arrays).table_valued(*values, name="given").render_derived()


def _in_one(table: Table, rows: Sequence[Row]) -> Insert:
    """Select the rows from arrays, one a column; what all rows share is said once."""
    values = {name: [row[name] for row in rows] for name in rows[0]}
    shared = {name: found[0] for name, found in values.items() if name != "id" and _is_one(found)}
    given = _given(table, {name: found for name, found in values.items() if name not in shared})
    parts = [
        bindparam(None, shared[name], type_=table.c[name].type) if name in shared else given.c[name]
        for name in values
    ]
    return insert(table).from_select(list(values), select(*parts).select_from(given))


def _is_one(found: Sequence[Any]) -> bool:
    first = found[0]
    return all(value is first or value == first for value in found)
