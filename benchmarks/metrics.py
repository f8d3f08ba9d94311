"""The figures over millions of leads: `python -m benchmarks.metrics`, or `--leads 300000`."""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import select, text

from app import create_app
from benchmarks import seed
from benchmarks.databases import fresh
from benchmarks.load import cpu_of
from benchmarks.measure import Operation, interleaved
from benchmarks.results import keep
from benchmarks.seed_leads import DAYS, fill
from benchmarks.servers import Browser, serving
from config import Settings
from models import Lead, Partner, Scope, Source, across_tenants, db, enter, now
from operations import periods
from operations.asked import Whose
from operations.figures import figures
from operations.rankings import Group, ranked
from operations.rejections import ranking

RESULTS = Path(__file__).parent / "results_metrics.md"
PARTNERS = 300
TARGET = 25.0
ROUNDS = 30


@click.command()
@click.option("--leads", default=3_000_000, show_default=True)
@click.option("--tail", default=1000, show_default=True, help="Calls that are not counted yet.")
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), default="postgresql")
def main(leads: int, tail: int, database: str) -> None:
    """Seed, count, measure, and write benchmarks/results_metrics.md."""
    with fresh(database) as environment:
        settings = Settings.from_environment(environment)
        app = create_app(settings)
        seed.fill(app, settings, PARTNERS)
        with app.app_context():
            took = fill(leads, tail)
            lines = [*_header(leads, tail, took), *_figures()]
            paths = _paths()
            db.engine.dispose()
        with serving("app:create_app()", environment) as port:
            lines += _pages(Browser(port), paths)
    told = "\n".join(lines)
    keep(RESULTS, "Figures over many leads", database, told)
    click.echo(told)


def _header(leads: int, tail: int, took: float) -> list[str]:
    when = datetime.now(UTC)
    return [
        (
            f"{when:%Y-%m-%d}: {leads:,} calls of {PARTNERS} partners in {DAYS} days, {tail:,} of"
            f" them after the mark. Counting the others took {took:.0f} s. Milliseconds."
        ),
        "",
        "| what | median | p95 | CPU | at most |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]


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
        "reasons ranked: tenant, 90 days": lambda: ranking(Whose(tenant_id), quarter.now, 5),
        "reasons ranked: source, 90 days": lambda: ranking(
            Whose(tenant_id, source.id), quarter.now, 5
        ),
        **_rankings(Group(tenant_id), "partners", today),
        **_rankings(Group(tenant_id, partner_id), "a partner's sources", today),
    }.items():
        yield _line(name, *_timed(deed), TARGET)


def _rankings(group: Group, who: str, today: date) -> dict[str, Callable[[], object]]:
    """Rank for every period on offer, and for days of one's own, which nothing is kept for."""
    own = periods.chosen(str(today - timedelta(days=60)), str(today - timedelta(days=7)), today)
    return {
        f"ranked: {who}, {period.name.lower()}": lambda period=period: ranked(group, period, 10)  # type: ignore[misc]
        for period in [*periods.on_offer(today), own]
    }


def _timed(deed: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Take the milliseconds of each round: on the wall, and of CPU, PostgreSQL's included."""
    wall, cpu = [], []
    server = _server()
    for _ in range(ROUNDS + 3):
        began, spent = time.perf_counter(), _spent(server)
        deed()
        wall.append((time.perf_counter() - began) * 1000)
        db.session.rollback()
        cpu.append(_spent(server) - spent)
    return wall[3:], cpu[3:]


def _server() -> int | None:
    """Name the process of PostgreSQL that answers this session."""
    if db.session.get_bind().dialect.name != "postgresql":
        return None
    return db.session.scalar(text("SELECT pg_backend_pid()"))


def _spent(server: int | None) -> float:
    return time.process_time() * 1000 + (cpu_of(server) if server else 0)


def _line(name: str, times: list[float], cpu: list[float], target: float | None) -> str:
    p95 = sorted(times)[int(len(times) * 0.95)]
    spent = f"{statistics.median(cpu):.1f}" if cpu else "–"
    return f"| {name} | {statistics.median(times):.1f} | {p95:.1f} | {spent} | {target or '–'} |"


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
    return [_line(operation.name, operation.times, [], None) for operation in operations]


if __name__ == "__main__":
    main()
