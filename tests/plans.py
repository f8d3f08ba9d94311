"""What a statement makes PostgreSQL do: the rows it visits, and how it finds them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

#: A statement as it was sent, with its values.
Sent = tuple[str, Any]


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
    """Run it: the most rows that a step of its plan visits, and the tables it reads whole."""
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
