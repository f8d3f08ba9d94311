"""Memory over exports of a million rows and mixed load: `python -m benchmarks.memory`."""

import contextlib
import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import create_engine

from app import create_app
from benchmarks import million, seed
from benchmarks.databases import fresh
from benchmarks.results import keep
from benchmarks.servers import Browser, starting
from config import Settings

RESULTS = Path(__file__).parent / "results_memory.md"
PARTNERS = 300
#: What memory may grow by, of what it was.
FLAT = 0.10
#: Clients that hang up in the middle of an export, one after the other.
HANG_UPS = 20
#: What each reads first: some batches, so that every thread has the memory that an export takes.
READ_FIRST = 1_000_000
CLIENTS = 3
HTTP_OK = 200
SAMPLE_EVERY = 0.2
#: How long a connection may take to come back to its pool.
SECONDS_TO_CLOSE = 60
IN_USE = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
    AND backend_type = 'client backend'"""
#: Says whether somebody still reads, who would keep the log from being emptied.
CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"
PAGES = (
    "/admin/",
    "/admin/partners/",
    "/admin/partners/?last=1",
    "/admin/partners/?status=active&sort=name",
    "/admin/partners/?q=amber+falcon",
    "/admin/sources/",
    "/admin/users/",
    "/admin/invites/",
    "/admin/leads/",
    "/admin/leads/?status=duplicate",
    "/admin/audit/",
)


@dataclass
class Memory:
    """The memory of a server's workers, looked at all the time in a thread.

    What each has for itself: pages of SQLite's file, which it maps, are the system's cache.
    """

    pid: int
    highest: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def now(self) -> int:
        """Bytes that the largest worker has in memory."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii").split()
        return max(_resident(child) for child in children)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Keep the highest figure of the block."""
        self.highest = self.now()
        self._ended.clear()
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_EVERY):
            self.highest = max(self.highest, self.now())


def _resident(pid: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) * 1024  # type: ignore[index]


@click.command()
@click.option("--rows", default=1_000_000, show_default=True, help="Partners, and as many leads.")
@click.option("--minutes", default=30.0, show_default=True, help="How long the mixed load lasts.")
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), default="postgresql")
def main(rows: int, minutes: float, database: str) -> None:
    """Seed, export, load, and write benchmarks/results_memory.md."""
    with fresh(database) as environment:
        settings = Settings.from_environment(environment)
        app = create_app(settings)
        seed.fill(app, settings, PARTNERS)
        million.fill(app, rows, PARTNERS + 1)
        with starting("app:create_app()", environment) as (port, server):
            lines = list(
                _measured(Browser(port), Memory(server.pid), environment["DATABASE_URL"], minutes)
            )
    told = "\n".join([*_header(rows, minutes), *lines])
    keep(RESULTS, "Memory", database, told)
    click.echo(told)


def _header(rows: int, minutes: float) -> Iterator[str]:
    when = datetime.now(UTC)
    yield (
        f"{when:%Y-%m-%d}: {rows:,} partners and {rows:,} leads, 2 gunicorn workers with 4 threads;"
        f" the larger worker's resident memory, maps of files left out. Mixed load of {CLIENTS}"
        f" clients for {minutes:g} minutes. Memory may grow by {FLAT:.0%}."
    )
    yield from ("", "| what | before | highest | grew by | |", "| --- | ---: | ---: | ---: | --- |")


def _measured(browser: Browser, memory: Memory, url: str, minutes: float) -> Iterator[str]:
    browser.sign_in()
    # Every thread of both workers has then served pages and sent the beginning of an export.
    _load(browser, 10, [])
    for _ in range(HANG_UPS):
        _hang_up(browser)
    yield f"| connections in use after {HANG_UPS} clients hung up | | | {_in_use(url)} | of 0 |"
    for what in ("partners", "leads"):
        before = memory.now()
        with memory.watched():
            took = _export(browser, f"/admin/{what}/export")
        yield _line(f"export of all {what}, {took}", before, memory.highest)
    failures: list[str] = []
    before = memory.now()
    with memory.watched():
        asked = _load(browser, minutes * 60, failures)
    yield _line(f"mixed load, {asked:,} requests", before, memory.highest)
    yield f"| errors | | | {len(failures)} | {dict(Counter(failures)) or 'of 0'} |"
    yield f"| connections in use at the end | | | {_in_use(url)} | of 0 |"


def _line(what: str, before: int, highest: int) -> str:
    grew = highest / before - 1
    verdict = "flat" if grew <= FLAT else "**not flat**"
    return f"| {what} | {before / 1e6:.1f} MB | {highest / 1e6:.1f} MB | {grew:.1%} | {verdict} |"


def _export(browser: Browser, path: str) -> str:
    began, size, lines = time.perf_counter(), 0, 0
    connection, answer = browser.open(path)
    while part := answer.read(65536):
        size += len(part)
        lines += part.count(b"\n")
    connection.close()
    return f"{lines - 1:,} rows, {size / 1e6:.0f} MB in {time.perf_counter() - began:.0f} s"


def _hang_up(browser: Browser) -> None:
    connection, answer = browser.open("/admin/leads/export")
    answer.read(READ_FIRST)
    connection.close()


def _load(browser: Browser, seconds: float, failures: list[str]) -> int:
    """Let clients read pages, now and then the beginning of an export; count what they asked."""
    ends_at = time.monotonic() + seconds
    with ThreadPoolExecutor(CLIENTS) as pool:
        counts = [
            pool.submit(_ask, browser, number, ends_at, failures) for number in range(CLIENTS)
        ]
        return sum(count.result() for count in counts)


def _ask(browser: Browser, number: int, ends_at: float, failures: list[str]) -> int:
    own, paths = Browser(browser.port, browser.cookie, browser.token), itertools.cycle(PAGES)
    for asked in itertools.count(1):
        path = next(paths)
        try:
            status, _ = own.get(path)
            if status != HTTP_OK:
                failures.append(f"{path}: {status}")
        except OSError as error:
            failures.append(f"{path}: {type(error).__name__}")
        if asked % 100 == number:
            _hang_up(own)
        if time.monotonic() > ends_at:
            return asked
    return 0


def _in_use(url: str) -> int:
    """Count the connections that are in a transaction, once they have had the time to end it."""
    engine, deadline = create_engine(url), time.monotonic() + SECONDS_TO_CLOSE
    question = CHECKPOINT if engine.dialect.name == "sqlite" else IN_USE
    lent = engine.raw_connection()  # SQLite would begin a transaction of SQLAlchemy's by writing
    try:
        while True:
            found: int = lent.cursor().execute(question).fetchone()[0]
            if not found or time.monotonic() > deadline:
                return found
            lent.rollback()  # within one transaction PostgreSQL tells the same again
            time.sleep(0.1)
    finally:
        lent.close()
        engine.dispose()


if __name__ == "__main__":
    main()
