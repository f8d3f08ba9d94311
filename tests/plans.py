"""What a statement makes PostgreSQL do: the rows it visits, and how it finds them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from tests.postgres import ADMINISTRATOR, execute

#: A statement as it was sent, with its values.
Sent = tuple[str, Any]
#: Steps of SQLite's machine are counted so many at a time.
STEP = 100
#: PostgreSQL tells the plan of each statement, once run, to whoever sent it. A plan suits no value
#: in it, as those do that a connection keeps for a statement that it has run often enough.
EXPLAINING = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_level": "notice",
    "auto_explain.log_format": "json",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_min_duration": "0",
    "plan_cache_mode": "force_generic_plan",
}


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


@contextmanager
def explaining(engine: Engine) -> Iterator[list[Any]]:
    """Collect what PostgreSQL does meanwhile: statements, and how many rows a step visits."""
    found: list[Any] = []

    def listen(connection, _record) -> None:
        connection.add_notice_handler(lambda told: found.append(_told(told.message_primary)))

    event.listen(engine, "connect", listen)
    _set(engine, EXPLAINING)
    try:
        yield found
    finally:
        event.remove(engine, "connect", listen)
        _set(engine, dict.fromkeys(EXPLAINING, "DEFAULT"))


def _set(engine: Engine, settings: dict[str, str]) -> None:
    """Let new connections to this database have the settings, which only a superuser may give."""
    port, name = engine.url.port, engine.url.database
    for setting, value in settings.items():
        execute(port, ADMINISTRATOR, f'ALTER DATABASE "{name}" SET {setting} TO {value}')
    engine.dispose()


def _told(message: str) -> tuple[str, int]:
    explained = json.loads(message[message.index("{") :])
    return explained["Query Text"], max(map(_visited, _nodes(explained["Plan"])))


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


@contextmanager
def stepping(engine: Engine) -> Iterator[dict[Sent, int]]:
    """Count what SQLite does meanwhile: steps of its machine, by statement."""
    steps: dict[Sent, int] = {}

    def begin(connection, _cursor, statement, parameters, *_rest) -> None:
        now = (statement, repr(parameters))
        steps.setdefault(now, 0)

        def count() -> None:
            steps[now] += STEP

        connection.connection.driver_connection.set_progress_handler(count, STEP)

    event.listen(engine, "before_cursor_execute", begin)
    try:
        yield steps
    finally:
        event.remove(engine, "before_cursor_execute", begin)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _visited(node: dict[str, Any]) -> int:
    names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return sum(node.get(name, 0) for name in names) * node["Actual Loops"]
