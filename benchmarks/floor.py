"""The floor: what the same costs with nothing but Flask's smallest page, or with SQL alone."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from flask import Flask, render_template_string
from sqlalchemy import Connection, create_engine, text

from benchmarks.names import SOURCES_EACH, Kind, identifier, owner_of

PAGE = """<!doctype html><title>floor</title><table>{% for row in rows %}<tr>
{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"""

ROWS = (
    "SELECT name, status, contact_email, created_at FROM partner"
    " WHERE tenant_id = 1 ORDER BY id DESC LIMIT 20"
)
EXPORT = (
    "SELECT p.id, p.name, p.contact_email, p.status, p.source_count, p.user_count, p.created_at"
    " FROM partner AS p WHERE p.tenant_id = 1 ORDER BY p.id DESC"
)
TIMES = 7


def create_app() -> Flask:
    """Build the smallest page that shows twenty partners."""
    app = Flask(__name__)
    engine = create_engine(os.environ["DATABASE_URL"])

    @app.get("/")
    def table() -> str:
        with engine.connect() as connection:
            return render_template_string(PAGE, rows=connection.execute(text(ROWS)).all())

    return app


@dataclass(frozen=True)
class Raw:
    """What SQL alone takes, in milliseconds."""

    assign: float
    export: float


def raw(url: str, sources: list[int]) -> Raw:
    """Measure giving sources to a partner, and reading every partner as CSV."""
    engine = create_engine(url)
    with engine.connect() as connection:
        partners = cycle(identifier(Kind.PARTNER, number) for number in range(100, 400))
        assign = _median(lambda: _assign(connection, next(partners), sources))
        export = _median(lambda: _export(connection))
    engine.dispose()
    return Raw(assign, export)


def unassigned(partners: int, most: int = 1000) -> list[int]:
    """Name the first sources that are with nobody."""
    found = (n for n in range(1, partners * SOURCES_EACH + 1) if owner_of(n) is None)
    return list(islice(found, most))


def _median(deed: Callable[[], None]) -> float:
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        deed()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _assign(connection: Connection, partner: str, sources: list[int]) -> None:
    """One UPDATE, as the benchmark of the peers has it; what triggers count comes with it."""
    names = ", ".join(f"'{identifier(Kind.SOURCE, number)}'" for number in sources)
    statement = f"UPDATE source SET partner_id = '{partner}' WHERE tenant_id = 1"  # noqa: S608
    connection.exec_driver_sql(f"{statement} AND id IN ({names})")
    connection.rollback()


def _export(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY ({EXPORT}) TO STDOUT CSV") as copy:
            for _block in copy:
                pass
    else:
        rows = connection.exec_driver_sql(EXPORT)
        sum(len(",".join(map(str, row))) for row in rows)
    connection.rollback()
