"""The figures over millions of leads: `python -m benchmarks.metrics`, or `--leads 300000`."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import click
from sqlalchemy import insert, select, text

from app import create_app
from benchmarks import seed
from benchmarks.__main__ import _database
from benchmarks.measure import Operation, interleaved
from benchmarks.servers import Browser, serving
from config import Settings
from models import (
    Lead,
    LeadState,
    Outcome,
    Partner,
    Scope,
    Source,
    Submission,
    across_tenants,
    db,
    enter,
    next_seq,
    now,
)
from models.base import new_id
from operations import metrics, periods
from operations.figures import Whose, by_partner, by_source, figures

RESULTS = Path(__file__).parent / "results_metrics.md"
PARTNERS, DAYS, TAIL = 300, 180, 5000
#: So many calls share one number, as if they came in one transaction.
TOGETHER = 50_000
TARGET = 25.0
OUTCOMES = [Outcome.ACCEPTED] * 17 + [Outcome.DUPLICATE] * 2 + [Outcome.REJECTED]
WRONG = {"email": ["is no e-mail address"], "phone": ["is too short"]}
ROUNDS = 30


@click.command()
@click.option("--leads", default=3_000_000, show_default=True)
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), default="postgresql")
def main(leads: int, database: str) -> None:
    """Seed, count, measure, and write benchmarks/results_metrics.md."""
    with _database(database) as url, tempfile.TemporaryDirectory() as instance:
        environment = {
            "DATABASE_URL": url,
            "INSTANCE": instance,
            "INFLOW_ENV": "development",
            "SECRET_KEY": "only for this measurement, forgotten afterwards",
        }
        settings = Settings.from_environment(environment)
        app = create_app(settings)
        seed.fill(app, settings, PARTNERS)
        with app.app_context():
            took = _fill(leads)
            lines = [*_header(database, leads, took), *_figures()]
            paths = _paths()
            db.engine.dispose()
        with serving("app:create_app()", environment) as port:
            lines += _pages(Browser(port), paths)
    told = "\n".join(lines) + "\n"
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    RESULTS.write_text(_replaced(before, database, told), encoding="utf-8")
    click.echo(told)


def _header(database: str, leads: int, took: float) -> list[str]:
    when = datetime.now(UTC)
    return [
        f"## {database}",
        "",
        (
            f"{when:%Y-%m-%d}: {leads:,} calls of {PARTNERS} partners in {DAYS} days, {TAIL:,} of"
            f" them after the mark. Counting the others took {took:.0f} s. Milliseconds."
        ),
        "",
        "| what | median | p95 | at most |",
        "| --- | --- | --- | --- |",
    ]


def _fill(leads: int) -> float:
    """Write the calls, count all but the tail, and tell how long the counting took."""
    random.seed(11)
    with across_tenants(db.session):
        sources = list(db.session.execute(select(Source.tenant_id, Source.id, Source.partner_id)))
        _write(sources, leads - TAIL, _first_numbers())
        began = time.perf_counter()
        while metrics.count(sources[0].tenant_id):
            db.session.commit()
        db.session.commit()
        took = time.perf_counter() - began
        seq = db.session.scalar(select(next_seq(sources[0].tenant_id)))
        _write(sources, TAIL, seq)
        db.session.execute(text("ANALYZE"))
        db.session.commit()
    return took


def _first_numbers() -> Callable[[int], int]:
    """Number the calls before the first count: by transaction, or all alike on SQLite."""
    if db.session.get_bind().dialect.name == "postgresql":
        return lambda number: number // TOGETHER + 1
    return lambda _number: 0


def _write(sources: list[Any], leads: int, seq: int | Callable[[int], int]) -> None:
    rows = _rows(sources, leads, seq)
    with click.progressbar(length=leads, label="submission, lead") as bar:
        while batch := list(islice(rows, seed.BATCH)):
            _put(Submission, [submission for submission, _ in batch])
            _put(Lead, [lead for _, lead in batch if lead])
            bar.update(len(batch))
    db.session.commit()


def _put(kind: Any, rows: list[dict[str, Any]]) -> None:  # noqa: ANN401
    if db.session.get_bind().dialect.name != "postgresql":
        db.session.execute(insert(kind), rows)
        return
    names = list(rows[0])
    connection: Any = db.session.connection().connection.driver_connection
    statement = f"COPY {kind.__tablename__} ({', '.join(names)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([_plain(row[name]) for name in names])


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return '{"email": ["is no e-mail address"]}' if value else "{}"
    return value.value if isinstance(value, Outcome | LeadState) else value


def _rows(
    sources: list[Any], leads: int, seq: int | Callable[[int], int]
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    end = now()
    credential = new_id()
    for number in range(leads):
        source = sources[int(random.paretovariate(0.7)) % len(sources)]
        outcome = random.choice(OUTCOMES)  # noqa: S311
        past = DAYS * (1 - number / leads) if callable(seq) else 0.0
        moment = end - timedelta(days=past)
        own = {
            "tenant_id": source.tenant_id,
            "id": new_id(),
            "source_id": source.id,
            "partner_id": source.partner_id,
            "received_at": moment,
            "day": moment.date(),
            "is_test": False,
            "payout_cents": 1250 if outcome is Outcome.ACCEPTED else 0,
        }
        call = {
            **own,
            "seq": seq(number) if callable(seq) else seq,
            "credential_id": credential,
            "address": "192.0.2.1",
            "content_type": "application/json",
            "body": b'{"email": "somebody@mail.example", "phone": "+13125550148"}',
            "outcome": outcome,
            "status": 422 if outcome is Outcome.REJECTED else 201,
            "answer": '{"status": "accepted", "test": false}',
            "error": "validation_failed" if outcome is Outcome.REJECTED else "",
            "errors": WRONG if outcome is Outcome.REJECTED else {},
        }
        yield call, _lead(own, outcome)


def _lead(own: dict[str, Any], outcome: Outcome) -> dict[str, Any] | None:
    if outcome is Outcome.REJECTED:
        return None
    lead = {"state": LeadState(outcome), "fields": {}, "extra": {}, "return_reason": ""}
    return {**own, **lead, "email": "somebody@mail.example", "phone": "+13125550148"}


def _busiest() -> Source:
    query = select(Lead.source_id).where(Lead.partner_id.is_not(None)).limit(1)
    return db.session.scalars(select(Source).where(Source.id == query.scalar_subquery())).one()


def _enter() -> Source:
    with across_tenants(db.session):
        source = _busiest()
    enter(db.session, Scope(source.tenant_id))
    return source


def _figures() -> Iterator[str]:
    source = _enter()
    today, tenant_id, partner_id = now().date(), source.tenant_id, source.partner_id
    month, quarter = (periods.usual(today), periods.last(90, today))
    of_partner = Whose(tenant_id, partner_id=partner_id)
    for name, deed in {
        "figures: tenant, 30 days": lambda: figures(Whose(tenant_id), month),
        "figures: tenant, 90 days": lambda: figures(Whose(tenant_id), quarter),
        "figures: partner, 90 days": lambda: figures(of_partner, quarter),
        "figures: source, 90 days": lambda: figures(Whose(tenant_id, source.id), quarter),
        "figures: each source of a partner": lambda: by_source(of_partner, quarter),
        "figures: partners ranked, 30 days": lambda: by_partner(tenant_id, month),
        "figures: partners ranked, 90 days": lambda: by_partner(tenant_id, quarter),
    }.items():
        yield _line(name, _timed(deed), TARGET)


def _timed(deed: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(ROUNDS + 3):
        began = time.perf_counter()
        deed()
        times.append((time.perf_counter() - began) * 1000)
        db.session.rollback()
    return times[3:]


def _line(name: str, times: list[float], target: float | None) -> str:
    p95 = sorted(times)[int(len(times) * 0.95)]
    return f"| {name} | {statistics.median(times):.1f} | {p95:.1f} | {target or '–'} |"


def _paths() -> dict[str, str]:
    source = _enter()
    partner = Partner(id=source.partner_id).public_id
    return {
        "page: dashboard, 30 days": "/admin/",
        "page: dashboard, 90 days": "/admin/?range=90",
        "page: partner, 30 days": f"/admin/partners/{partner}/",
        "page: source, 30 days": f"/admin/sources/{source.public_id}/",
        "page: source, 90 days": f"/admin/sources/{source.public_id}/?range=90",
    }


def _pages(browser: Browser, paths: dict[str, str]) -> list[str]:
    browser.sign_in()
    operations = [
        Operation(name, None, lambda path=path: browser.get(path))  # type: ignore[misc]
        for name, path in paths.items()
    ]
    interleaved(operations)
    return [_line(operation.name, operation.times, None) for operation in operations]


def _replaced(before: str, database: str, told: str) -> str:
    """Keep what the other database showed."""
    parts = [f"## {part}" for part in before.split("## ")[1:] if not part.startswith(database)]
    return "# Figures over many leads\n\n" + "\n".join(sorted([*parts, told]))


if __name__ == "__main__":
    main()
