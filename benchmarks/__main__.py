"""One command for the figures: `make bench`, or `python -m benchmarks --partners 100000`."""

import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from app import create_app
from benchmarks import seed
from benchmarks.measure import FLOOR, Operation, first_byte, interleaved, requests_per_second
from benchmarks.servers import Browser, serving
from config import Settings
from models import db
from tests.postgres import Cluster

RESULTS = Path(__file__).parent / "results.md"
LINK = re.compile(r'href="(?:/admin/partners/)?(partner_[a-z0-9]+)/')


@click.command()
@click.option("--partners", default=100_000, show_default=True, help="How many partners to seed.")
@click.option("--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both")
def main(partners: int, database: str) -> None:
    """Seed, measure, and write benchmarks/results.md."""
    kinds = ["sqlite", "postgresql"] if database == "both" else [database]
    parts = [_header(partners), *(_measured(kind, partners) for kind in kinds)]
    RESULTS.write_text("\n".join(parts), encoding="utf-8")
    click.echo(RESULTS.read_text(encoding="utf-8"))


def _header(partners: int) -> str:
    when = datetime.now(UTC)
    return (
        f"# Figures\n\n{when:%Y-%m-%d}, Python {platform.python_version()}, {partners:,} partners,"
        f" 3 sources and 2 people each, pages of 20 rows, 2 gunicorn workers, one connection per"
        f" request.\nMilliseconds; × is the ratio to the floor of the same run.\n"
    )


@contextmanager
def _database(kind: str) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="inflow-bench-"))
    cluster = (
        Cluster({"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"})
        if kind == "postgresql"
        else None
    )
    try:
        yield cluster.create_database("bench") if cluster else f"sqlite:///{folder / 'bench.db'}"
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder)


def _measured(kind: str, partners: int) -> str:
    click.echo(f"== {kind}")
    with _database(kind) as url, tempfile.TemporaryDirectory() as instance:
        environment = {
            "DATABASE_URL": url,
            "INSTANCE": instance,
            "INFLOW_ENV": "development",
            "SECRET_KEY": "only for this measurement, forgotten afterwards",
        }
        settings = Settings.from_environment(environment)
        app = create_app(settings)
        seed.fill(app, settings, partners)
        with app.app_context():
            db.engine.dispose()
        with (
            serving("benchmarks.floor:create_app()", environment) as floor,
            serving("app:create_app()", environment) as ours,
        ):
            return _report(kind, Browser(floor), Browser(ours))


def _report(kind: str, floor: Browser, browser: Browser) -> str:
    browser.sign_in()
    operations = list(_operations(floor, browser))
    interleaved(operations)
    base = operations[0].median
    lines = [
        f"\n## {kind}\n",
        "| operation | median | p95 | × | asked for | bytes | gzip |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [_line(operation, base) for operation in operations]
    first, last, size = first_byte(browser, "/admin/partners/export")
    _, raw, _ = first_byte(floor, "/export")
    rate = requests_per_second(browser, "/admin/partners/")
    bare = requests_per_second(floor, "/")
    lines += [
        "",
        (
            f"Export of all partners: first byte {first:.0f} ms (asked for: 100),"
            f" last {last:.0f} ms"
            f" (asked for: 1000 at 100 k), {size / 1e6:.1f} MB; raw SQL {raw:.0f} ms."
        ),
        (f"List, 8 connections: {_rate(rate)} (asked for: 300); the floor {_rate(bare)}."),
        "",
    ]
    return "\n".join(lines)


def _rate(rate: float | None) -> str:
    return "wrk is missing" if rate is None else f"{rate:.0f} requests/s"


def _line(operation: Operation, base: float) -> str:
    asked = f"{operation.target:.0f}" if operation.target else ""
    return (
        f"| {operation.name} | {operation.median:.1f} | {operation.p95:.1f}"
        f" | {operation.median / base:.1f} | {asked} | {operation.size:,}"
        f" | {operation.compressed:,} |"
    )


def _operations(floor: Browser, browser: Browser) -> Iterator[Operation]:
    _, page = browser.get("/admin/partners/?size=200")
    one = next(iter(LINK.findall(page.decode())))
    pages = (
        ("partner list, page 1", 8, "/admin/partners/"),
        ("last page", 8, "/admin/partners/?last=1"),
        ("filter by status, sort by name", 8, "/admin/partners/?status=active&sort=name"),
        ("search, part of a name", 12, "/admin/partners/?q=421"),
        ("search, thousands match", 25, "/admin/partners/?q=amber+falcon"),
        ("partner page", 12, f"/admin/partners/{one}/"),
        ("partner's sources", 12, f"/admin/partners/{one}/sources/"),
        ("partner's users", 12, f"/admin/partners/{one}/users/"),
        ("partner's invites", 12, f"/admin/partners/{one}/invites/"),
        ("edit form", 8, f"/admin/partners/{one}/edit"),
        ("source list", 8, "/admin/sources/"),
        ("user list", 8, "/admin/users/"),
        ("invite list", 8, "/admin/invites/"),
        ("dashboard", 25, "/admin/"),
    )
    yield Operation(FLOOR, None, lambda: floor.get("/"))
    for name, target, path in pages:
        yield Operation(name, target, lambda path=path: browser.get(path))  # type: ignore[misc]


if __name__ == "__main__":
    main()
