"""Getting many rows into empty tables in minutes: COPY, with all that checks each row set aside."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import click
from sqlalchemy import Connection, ForeignKeyConstraint, Table, text
from sqlalchemy.schema import AddConstraint, DropConstraint

from benchmarks.rows import Filling
from models.partner_counts import MEMBERS, SOURCES, removals, statements

BATCH = 10_000


def fill(connection: Connection, fillings: Iterable[Filling]) -> None:
    """Write the tables one after the other, and say how far it is."""
    for filling in fillings:
        table: Table = filling.model.__table__
        with click.progressbar(length=filling.count, label=f"{table.name:12}") as bar:
            for batch in _batches(filling):
                _write(connection, table.name, filling.columns.split(), batch)
                bar.update(len(batch))


def _batches(filling: Filling) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(islice(filling.rows, BATCH)):
        yield batch


def _write(
    connection: Connection, table: str, columns: list[str], rows: list[tuple[Any, ...]]
) -> None:
    driver: Any = connection.connection.driver_connection
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        driver.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)  # noqa: S608
        return
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        copy.write("".join(map(_line, rows)))


def _line(row: tuple[Any, ...]) -> str:
    return "\t".join([_text(value) for value in row]) + "\n"


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a column holds
    if value is None:
        return r"\N"
    return rf"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


@contextmanager
def unchecked(connection: Connection, tables: Iterable[Table]) -> Iterator[None]:
    """Take indexes, foreign keys and counting away, and make them anew: they then see it all."""
    tables = list(tables)
    _say(
        connection, [line for of in (SOURCES, MEMBERS) for line in removals(of, _name(connection))]
    )
    indexes = [index for table in tables for index in table.indexes]
    for index in indexes:
        index.drop(connection, checkfirst=True)
    for constraint in _foreign_keys(connection, tables):
        connection.execute(DropConstraint(constraint))
    yield
    if _name(connection) == "postgresql":
        connection.execute(text("SET maintenance_work_mem = '1GB'"))
    with click.progressbar(indexes, label="indexes     ") as shown:
        for index in shown:
            index.create(connection)
    for constraint in _foreign_keys(connection, tables):
        connection.execute(AddConstraint(constraint, isolate_from_table=False))
    _say(
        connection,
        [line for of in (SOURCES, MEMBERS) for line in statements(of, _name(connection))],
    )


def _name(connection: Connection) -> str:
    return connection.dialect.name


def _foreign_keys(connection: Connection, tables: list[Table]) -> list[ForeignKeyConstraint]:
    """SQLite knows no way to drop one, and checks them quickly enough."""
    if _name(connection) == "sqlite":
        return []
    found = [key for table in tables for key in table.foreign_key_constraints]
    return sorted(found, key=lambda key: str(key.name))


def _say(connection: Connection, lines: Iterable[str]) -> None:
    for line in lines:
        connection.exec_driver_sql(line)
