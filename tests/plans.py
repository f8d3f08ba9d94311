"""What a statement makes the database do: the rows it visits, and how it finds them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from models import Base

#: A statement as it was sent, with its values.
Sent = tuple[str, Any]
#: SQLite is asked after so many of its steps.
STEPS = 100


@contextmanager
def listening(engine: Engine) -> Iterator[list[Sent]]:
    """Collect what is read meanwhile."""
    sent: list[Sent] = []

    def keep(_connection, _cursor, statement, parameters, *_rest) -> None:
        if statement.startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def work_of(connection: Connection, sent: Sent) -> tuple[int, list[str]]:
    """Run it: how much work it was, and which tables it read without an index.

    Work is rows on PostgreSQL, the most that any step of the plan visits, and steps of its
    machine on SQLite, so few rows or many tell the same on each.
    """
    name = connection.dialect.name
    return (
        _on_postgresql(connection, sent) if name == "postgresql" else _on_sqlite(connection, sent)
    )


def _on_postgresql(connection: Connection, sent: Sent) -> tuple[int, list[str]]:
    statement, values = sent
    # A small table is read as it would be if it were large: by an index, if there is one.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    connection.exec_driver_sql("SET LOCAL random_page_cost = 1.1")
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}"
    plan = connection.exec_driver_sql(explain, values).scalar_one()[0]["Plan"]
    nodes = list(_nodes(plan))
    scans = [node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"]
    return max(map(_visited, nodes)), scans


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _visited(node: dict[str, Any]) -> int:
    names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return sum(node.get(name, 0) for name in names) * node["Actual Loops"]


def _on_sqlite(connection: Connection, sent: Sent) -> tuple[int, list[str]]:
    statement, values = sent
    driver: Any = connection.connection.driver_connection
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += STEPS

    driver.set_progress_handler(step, STEPS)
    driver.execute(statement, values).fetchall()
    driver.set_progress_handler(None, 0)
    told = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    return steps, [table for line in told if (table := _scanned(line, statement))]


def _scanned(line: str, statement: str) -> str | None:
    """Name the table that a line of the plan reads whole."""
    found = re.fullmatch(r"SCAN (\w+)", line)
    if not found:
        return None
    alias = re.search(rf'(\w+)"? AS "?{found[1]}\b', statement)
    table = alias[1] if alias else found[1]
    return table if table in Base.metadata.tables else None
