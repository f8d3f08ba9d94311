"""Every list asked in each way that it offers, and every page: `python -m benchmarks.walk`.

Each address is asked in this process, once PostgreSQL keeps a plan for what it asks, and with
nothing remembered of how long lists are. What it took is the time that it and PostgreSQL's
processes were on a processor, by the scheduler's own count: what else the machine does is no fault
of a page. Nor are neighbours that use the same caches, and they go: those that took too long are
asked up to five times more, with pauses, when all others were, and the least counts.
"""

import gc
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import click
from flask import Flask
from sqlalchemy import Engine, text

from benchmarks.databases import fresh
from benchmarks.results import keep
from benchmarks.seed import SCALES
from config import Settings
from tests.crawl import local, read
from tests.doors import doors
from tests.large import ARGUMENTS, Large, every_question, opened

RESULTS = Path(__file__).parent / "results_walk.md"
#: Milliseconds that nothing in the panel may take longer than.
MOST = 25.0
VISITORS = ("admin", "partner_admin")
TRIES = 6
#: Seconds between two of them.
PAUSE = 8
#: PostgreSQL decides on a plan that it keeps once it has made five; the first ask prepares none.
WARM = 7
#: So many pages of one kind are asked, each of another row, with one argument at most: what a list
#: makes of several is asked of the lists.
OF_A_KIND, ARGUMENTS_AT_MOST = 2, 1
#: So many of the slowest are named.
NAMED = 10
HTTP_OK = 200
BACKENDS = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
Taken = dict[tuple[str, str], float]


@click.command()
@click.option("--scale", type=click.Choice([*SCALES]), default="1m", show_default=True)
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), default="postgresql")
def main(scale: str, database: str) -> None:
    """Seed, ask, and write benchmarks/results_walk.md."""
    partners, calls = SCALES[scale]
    with fresh(database) as environment:
        settings = Settings.from_environment(environment)
        with opened(settings, environment["DATABASE_URL"], partners, calls) as large:
            gc.collect()
            gc.freeze()  # as the server does (gunicorn.conf.py)
            parts = {
                "lists": _timed(large, _questions(large)),
                "pages": _timed(large, _pages(large)),
            }
    header = (
        f"{datetime.now(UTC):%Y-%m-%d}: {partners:,} partners and {calls:,} calls."
        f" Nothing may take more than {MOST:.0f} ms of a processor, the database's time in it."
    )
    told = "\n".join([header, *(line for item in parts.items() for line in _told(*item))])
    keep(RESULTS, "Walk through everything", database, told)
    click.echo(told)


def _questions(large: Large) -> Iterator[tuple[str, str]]:
    for visitor in VISITORS:
        yield from ((visitor, address) for address in every_question(large, visitor))


def _pages(large: Large) -> Iterator[tuple[str, str]]:
    for visitor in VISITORS:
        yield from ((visitor, address) for address in _found(large, visitor))


def _found(large: Large, visitor: str) -> Iterator[str]:
    """Follow the links from page to page; files are no pages."""
    waiting = [
        large.address(door)
        for door in doors(large.app)
        if door.method == "GET" and set(door.arguments) <= {*ARGUMENTS}
    ]
    seen: Counter[tuple[str, frozenset[str]]] = Counter()
    known = set(waiting)
    while waiting:
        address = waiting.pop(0)
        kind = page, names = _kind_of(large.app, address)
        if page.endswith("export") or len(names) > ARGUMENTS_AT_MOST or seen[kind] == OF_A_KIND:
            continue
        answer = large.open(visitor, address)
        answer.close()  # a file is sent as it is read
        if answer.status_code != HTTP_OK or answer.mimetype != "text/html":
            continue
        seen[kind] += 1
        yield address
        links = {path for link in read(address, answer.text).links if (path := local(link))}
        waiting += sorted(links - known)
        known |= links


def _kind_of(app: Flask, address: str) -> tuple[str, frozenset[str]]:
    """Two addresses are of a kind when they open one page with the same arguments."""
    parts = urlsplit(address)
    adapter = app.url_map.bind("localhost")
    page = adapter.match(parts.path)[0] if adapter.test(parts.path, "GET") else parts.path
    return page, frozenset(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))


def _timed(large: Large, asked: Iterable[tuple[str, str]]) -> Taken:
    taken = {one: _warm(large, *one) for one in asked}
    for _ in range(TRIES - 1):
        slow = [one for one, took in taken.items() if took > MOST]
        time.sleep(PAUSE if slow else 0)
        taken |= {one: min(taken[one], _warm(large, *one)) for one in slow}
    return taken


def _warm(large: Large, visitor: str, address: str) -> float:
    for _ in range(WARM):
        large.open(visitor, address)
    return _once(large, visitor, address)


def _once(large: Large, visitor: str, address: str) -> float:
    """Tell how many milliseconds of a processor one answer takes."""
    large.app.extensions.pop("long_lists", None)
    backends = _backends(large.engine)
    before = _on_processor(backends)
    large.open(visitor, address)
    return (_on_processor(backends) - before) * 1000


def _backends(engine: Engine) -> list[int]:
    """Name PostgreSQL's processes that work for this application."""
    if engine.dialect.name == "sqlite":
        return []
    with engine.connect() as connection:
        return list(connection.execute(BACKENDS).scalars())


def _on_processor(backends: Iterable[int]) -> float:
    """Add up the seconds that this thread and these processes have been on a processor."""
    theirs = (Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0] for pid in backends)
    return time.thread_time() + sum(map(int, theirs)) / 1e9


def _told(what: str, taken: Taken) -> Iterator[str]:
    slowest = sorted(taken.items(), key=lambda item: -item[1])
    over = sum(took > MOST for took in taken.values())
    middle = slowest[len(slowest) // 2][1]
    yield f"\n{len(taken):,} {what}: {over} over {MOST:.0f} ms, {middle:.1f} ms in the middle.\n"
    yield from ("| the slowest | as | ms |", "| --- | --- | ---: |")
    yield from (f"| `{address}` | {who} | {took:.1f} |" for (who, address), took in slowest[:NAMED])


if __name__ == "__main__":
    main()
