"""Finding rows by a part of a name: trigram indexes on both databases.

PostgreSQL has `pg_trgm`; SQLite has FTS5's trigram tokenizer, in a table of its own that
triggers keep in step. Below three characters there is no trigram: the search is then for the
beginning, which the ordinary index serves.
"""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnClause,
    ColumnElement,
    Index,
    Select,
    Table,
    and_,
    bindparam,
    event,
    literal_column,
    select,
    table,
)
from sqlalchemy import column as sql_column
from sqlalchemy.orm import InstrumentedAttribute

from models.base import db, key_of
from models.when_created import only_on, when_created

TRIGRAM = 3
#: Of so many values PostgreSQL keeps in mind what they are like, to tell how many rows hold what
#: was typed. By the usual hundred it cannot see what one in some hundreds holds: it takes such
#: rows for a few, gathers the thousands that they are, and sorts them.
SAMPLE = 1000
#: Comes after every character that text holds.
LAST = "\U0010ffff"

FTS = """
CREATE VIRTUAL TABLE {table}_search USING fts5(
    {column}, content='{table}', content_rowid='rowid', tokenize='trigram', detail='full');
CREATE TRIGGER {table}_search_insert AFTER INSERT ON "{table}" BEGIN
    INSERT INTO {table}_search(rowid, {column}) VALUES (new.rowid, new.{column});
END;
CREATE TRIGGER {table}_search_update AFTER UPDATE OF {column} ON "{table}" BEGIN
    INSERT INTO {table}_search({table}_search, rowid, {column})
    VALUES ('delete', old.rowid, old.{column});
    INSERT INTO {table}_search(rowid, {column}) VALUES (new.rowid, new.{column});
END;
CREATE TRIGGER {table}_search_delete AFTER DELETE ON "{table}" BEGIN
    INSERT INTO {table}_search({table}_search, rowid, {column})
    VALUES ('delete', old.rowid, old.{column});
END;
"""


def fts_statements(table_name: str, column: str) -> list[str]:
    """List the SQLite statements that make a table searchable, for `create_all` and migrations."""
    script = FTS.format(table=table_name, column=column).strip()
    parts = script.split("\nCREATE ")
    return [parts[0].rstrip(";"), *(f"CREATE {part}" for part in parts[1:])]


def make_searchable(model: Any, column: str) -> None:  # noqa: ANN401 - a mapped class
    """Declare that lists search this column by any part of it."""
    target: Table = model.__table__
    Index(
        f"{target.name}_{column}_trigram",
        target.c[column],
        postgresql_using="gin",
        postgresql_ops={column: "gin_trgm_ops"},
    ).ddl_if(dialect="postgresql")
    trigrams = only_on("postgresql", "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    event.listen(target, "before_create", trigrams)
    sampled = f'ALTER TABLE "{target.name}" ALTER {column} SET STATISTICS {SAMPLE}'
    when_created(target, "postgresql", sampled)
    when_created(target, "sqlite", *fts_statements(target.name, column))


def is_by_part(typed: str) -> bool:
    """Whether this is long enough to be searched anywhere in the text, by trigrams."""
    return len(key_of(typed)) >= TRIGRAM


def matching(column: InstrumentedAttribute[str], typed: str) -> ColumnElement[bool]:
    """Rows whose `column` holds what was typed, ignoring case; by beginning when very short."""
    wanted = key_of(typed)
    if not is_by_part(typed):
        # As a range, which any index that begins with the column serves on both databases.
        return and_(column >= wanted, column < wanted + LAST)
    if db.session.get_bind().dialect.name == "sqlite":
        return _fts_match(column, wanted)
    return column.contains(wanted, autoescape=True)


def _fts_match(column: InstrumentedAttribute[str], wanted: str) -> ColumnElement[bool]:
    name = column.class_.__table__.name
    hits: Select[Any] = (
        select(literal_column("rowid"))
        .select_from(table(f"{name}_search"))
        .where(literal_column(f"{name}_search").op("MATCH")(_phrase(wanted)))
    )
    return literal_column(f'"{name}".rowid').in_(hits)


def _phrase(wanted: str) -> BindParameter[str]:
    return bindparam(None, '"' + wanted.replace('"', '""') + '"')


def counting(query: Select[Any], column: InstrumentedAttribute[str], typed: str) -> Select[Any]:
    """Narrow a query whose rows are only counted, in no order.

    SQLite then begins with the hits and looks up their rows. Given `matching`, it walks every
    row of the tenant and asks of each whether it is a hit, which suits a page in order.
    """
    if not is_by_part(typed) or db.session.get_bind().dialect.name != "sqlite":
        return query.where(matching(column, typed))
    target = column.class_.__table__
    hits = table(f"{target.name}_search")
    own_rowid: ColumnClause[int] = sql_column("rowid", _selectable=target)
    hit: ColumnClause[int] = sql_column("rowid", _selectable=hits)
    return query.where(
        own_rowid == hit + 0,  # an expression: SQLite cannot look hits up by row instead
        literal_column(f"{target.name}_search").op("MATCH")(_phrase(key_of(typed))),
    )
