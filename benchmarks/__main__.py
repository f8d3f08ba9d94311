"""One command for the figures: `make bench`, or `python -m benchmarks --scales 1k,100k,1m`."""

import gzip
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

import click

from app import create_app
from benchmarks import seed
from benchmarks.databases import fresh
from benchmarks.floor import Raw, raw, unassigned
from benchmarks.measure import Operation, first_byte, interleaved, requests_per_second
from benchmarks.operations import assigning, operations
from benchmarks.servers import Browser, serving
from config import Settings
from models import db

RESULTS = Path(__file__).parent / "results.md"
FILE = re.compile(r'(?:href|src)="(/static/[^"#]+)')
#: A million partners are not what SQLite is for; ask for them by --database sqlite.
LARGEST_OF_BOTH = "1m"


@click.command()
@click.option("--scales", default="1k,100k,1m", show_default=True, help="Of 1k, 100k and 1m.")
@click.option("--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both")
def main(scales: str, database: str) -> None:
    """Seed, measure, and write benchmarks/results.md."""
    runs = [
        (kind, scale)
        for kind in (["sqlite", "postgresql"] if database == "both" else [database])
        for scale in scales.split(",")
        if (kind, scale, database) != ("sqlite", LARGEST_OF_BOTH, "both")
    ]
    parts = [_header(), *(_measured(kind, scale) for kind, scale in runs)]
    RESULTS.write_text("\n".join(parts), encoding="utf-8")
    click.echo(RESULTS.read_text(encoding="utf-8"))


def _header() -> str:
    when = datetime.now(UTC)
    return (
        f"# Figures\n\n{when:%Y-%m-%d}, Python {platform.python_version()}, {_machine()}."
        " 3 sources and 2 people to a partner, pages of 20 rows, 2 gunicorn workers, one"
        " connection per request, and\neight kept ones where requests a second are counted."
        " Milliseconds; × is the ratio to the floor of the same run, which for deeds and exports"
        " is SQL alone.\n"
    )


def _machine() -> str:
    """Name the processor, as Linux does."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} × {models[0]}" if models else platform.machine()


def _measured(kind: str, scale: str) -> str:
    partners, calls = seed.SCALES[scale]
    click.echo(f"== {kind}, {scale}")
    with fresh(kind) as environment:
        settings = Settings.from_environment(environment)
        app = create_app(settings)
        seed.fill(app, settings, partners, calls)
        with app.app_context():
            db.engine.dispose()
        free = unassigned(partners)
        alone = raw(environment["DATABASE_URL"], free)
        with (
            serving("benchmarks.floor:create_app()", environment) as floor,
            serving("benchmarks.counted:create_app()", environment) as ours,
        ):
            title = f"{kind}, {partners:,} partners and {calls:,} calls"
            return _report(title, free, alone, Browser(floor), Browser(ours))


def _report(title: str, free: list[int], alone: Raw, floor: Browser, browser: Browser) -> str:
    browser.sign_in()
    pages = list(operations(floor, browser))
    interleaved(pages)
    assign = assigning(browser, free)
    interleaved([assign])
    return "\n".join(
        [
            f"\n## {title}\n",
            "| operation | median | p95 | × | asked for | statements | bytes | gzip |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *(_line(page, pages[0].median) for page in pages),
            f"| floor: {len(free)} sources by SQL | {alone.assign:.1f} | | 1.0 | | 1 | | |",
            _line(assign, alone.assign),
            "",
            _export(browser, alone.export),
            _rates(floor, browser),
            f"Static files of the list: {_weight(browser):,} bytes compressed (asked for: 100 KB).",
            "",
        ]
    )


def _line(operation: Operation, base: float) -> str:
    asked = f"{operation.target:.0f}" if operation.target else ""
    return (
        f"| {operation.name} | {operation.median:.1f} | {operation.p95:.1f}"
        f" | {operation.median / base:.1f} | {asked} | {operation.statements}"
        f" | {operation.size:,} | {operation.compressed:,} |"
    )


def _export(browser: Browser, floor: float) -> str:
    first, last, size = first_byte(browser, "/admin/partners/export")
    return (
        f"Export of all partners: first byte {first:.0f} ms (asked for: 100), last {last:.0f} ms"
        f" (asked for: 1000 at 100 k), {last / floor:.1f} × SQL alone, {size / 1e6:.1f} MB.\n"
    )


def _rates(floor: Browser, browser: Browser) -> str:
    rates = requests_per_second([(browser, "/admin/partners/"), (floor, "/")])
    if rates is None:
        return "Requests per second: wrk is missing.\n"
    ours, theirs = rates
    return f"List, 8 connections: {ours:.0f} requests/s (asked for: 300; the floor {theirs:.0f}).\n"


def _weight(browser: Browser) -> int:
    """Add up what the list's page loads besides, as it is sent to a browser."""
    _, page = browser.get("/admin/partners/")
    files = set(FILE.findall(page.decode()))
    return sum(len(gzip.compress(browser.get(name)[1], 6)) for name in files)


if __name__ == "__main__":
    main()
