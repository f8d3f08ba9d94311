"""Many rows in one statement, however many: each column is one parameter (models/among.py)."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Dialect,
    Executable,
    FromClause,
    Insert,
    String,
    Table,
    Text,
    Update,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.types import TypeEngine

from models.among import ArrayText, as_stored, elements, kind_of_array
from models.engine import AnySession
from models.tenancy import check_rows

Row = dict[str, Any]
Columns = dict[str, Sequence[Any]]


def among_pairs(
    session: AnySession,
    model: Any,  # noqa: ANN401 - a mapped class
    names: tuple[str, str],
    pairs: Sequence[tuple[Any, Any]],
) -> ColumnElement[bool]:
    """Criterion for rows of which two columns hold one of many pairs; neither is ever NULL."""
    table, dialect = model.__table__, session.get_bind().dialect
    columns: Columns = dict(zip(names, zip(*pairs, strict=True), strict=True))
    is_json = dialect.name == "sqlite"
    given = _given_json(table, columns, dialect) if is_json else _given(table, columns)
    return tuple_(*(getattr(model, name) for name in names)).in_(select(*given.c))


def rows_changed(session: AnySession, statement: Executable) -> int:
    """Run an UPDATE or DELETE, and tell how many rows it reached: what decides a race."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def insert_many(
    session: AnySession,
    model: Any,  # noqa: ANN401 - a mapped class
    rows: Sequence[Row],
    shared: Row | None = None,
) -> None:
    """Insert rows that name the same columns; with what all of them share, if that is known.

    Their tenant and `id` are among them.
    """
    columns = _columns(rows, shared or {})
    check_rows(session, model, _owners(rows, shared or {}))
    session.flush()
    connection = session.connection()
    connection.execute(_inserted(model.__table__, columns, connection.dialect))


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


def _columns(rows: Sequence[Row], shared: Row) -> Columns:
    """Turn rows into columns; one that holds the same in all rows has it once."""
    found: Columns = {name: [value] for name, value in shared.items()}
    for name in rows[0]:
        values = [row[name] for row in rows]
        is_one = name != "id" and values.count(values[0]) == len(values)
        found[name] = values[:1] if is_one else values
    return found


def _owners(rows: Iterable[Row], shared: Row) -> list[Row]:
    """List whose the rows are, each tenant and partner once."""
    tenant, partner = shared.get("tenant_id"), shared.get("partner_id")
    found = {(row.get("tenant_id", tenant), row.get("partner_id", partner)) for row in rows}
    return [{"tenant_id": owner, "partner_id": whose} for owner, whose in found]


def _inserted(table: Table, columns: Columns, dialect: Dialect) -> Insert:
    """Select the rows from what differs between them; what all share is said once."""
    each = {name: found for name, found in columns.items() if len(found) > 1 or name == "id"}
    is_json = dialect.name == "sqlite"
    given = _given_json(table, each, dialect) if is_json else _given(table, each)
    parts = [
        given.c[name] if name in each else bindparam(None, found[0], type_=table.c[name].type)
        for name, found in columns.items()
    ]
    return insert(table).from_select(list(columns), select(*parts).select_from(given))


def _given(table: Table, values: Columns) -> FromClause:
    """Give the values as a table: one array a column, of which each JSON list is one element."""
    arrays = [
        bindparam(None, found, type_=ArrayText("TEXT"))
        if type(table.c[name].type) in {String, Text}
        else _array(table.c[name].type, found)
        for name, found in values.items()
    ]
    return func.unnest(*arrays).table_valued(*values, name="given").render_derived()


def _array(kind: TypeEngine[Any], values: Sequence[Any]) -> ColumnElement[Any]:
    return bindparam(None, values, type_=kind_of_array(kind))


def _given_json(table: Table, values: Columns, dialect: Dialect) -> FromClause:
    """Give them as a table to SQLite: one JSON text, a list a row."""
    stored = [as_stored(table.c[name].type, found, dialect) for name, found in values.items()]
    rows = json.dumps(list(zip(*stored, strict=True)))
    row = elements(bindparam(None, rows, type_=Text()))
    cells = [
        func.json_extract(row.c.value, literal_column(f"'$[{number}]'")).label(name)
        for number, name in enumerate(values)
    ]
    return select(*cells).subquery("given")
