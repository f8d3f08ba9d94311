"""Measuring: every operation once per round, the floor among them, so that noise hits all alike."""

import gzip
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.servers import Browser

ROUNDS = 15
#: Both processes have kept their plans then, as those that serve people have: the driver prepares
#: what it has sent five times, and PostgreSQL keeps what it has planned five times more.
WARM_UP = 24
FLOOR = "floor: 20 rows"


@dataclass
class Operation:
    """One page or deed: what it does, what it may cost (ms), how it is asked for.

    `prepare` puts back what a deed has changed; it is not measured.
    """

    name: str
    target: float | None
    ask: Callable[[], tuple[int, bytes]]
    prepare: Callable[[], object] = lambda: None
    #: Tells how many statements the answer took.
    count: Callable[[], int] = lambda: 1
    statements: int = 0
    times: list[float] = field(default_factory=list)
    size: int = 0
    compressed: int = 0

    def run(self) -> None:
        """Ask once, and keep how long it took in milliseconds."""
        self.prepare()
        began = time.perf_counter()
        status, body = self.ask()
        self.times.append((time.perf_counter() - began) * 1000)
        self.statements = self.count()
        if status not in {200, 303}:
            raise RuntimeError(f"{self.name}: {status}")
        self.size, self.compressed = len(body), len(gzip.compress(body, 6))

    @property
    def median(self) -> float:
        """Milliseconds, the middle of all rounds."""
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """Milliseconds that nineteen of twenty rounds stayed below."""
        return sorted(self.times)[int(len(self.times) * 0.95)]


def interleaved(operations: list[Operation], rounds: int = ROUNDS) -> None:
    """Run all operations A B C, A B C, …, after some rounds that do not count."""
    for number in range(WARM_UP + rounds):
        for operation in operations:
            operation.run()
        if number < WARM_UP:
            for operation in operations:
                operation.times.clear()


def first_byte(browser: Browser, path: str) -> tuple[float, float, int]:
    """Milliseconds to the first byte and to the last one, and the bytes between."""
    began = time.perf_counter()
    connection, answer = browser.open(path)
    answer.read(1)
    first = (time.perf_counter() - began) * 1000
    size = len(answer.read()) + 1
    connection.close()
    return first, (time.perf_counter() - began) * 1000, size


def requests_per_second(
    pages: Sequence[tuple[Browser, str]], rounds: int = 5
) -> list[float] | None:
    """Requests a second over eight kept connections (wrk), as the benchmark of the peers asks.

    The median of rounds in which each page is asked in turn; None where wrk is not installed.
    """
    if shutil.which("wrk") is None:
        return None
    found = [[_rate(browser, path) for browser, path in pages] for _ in range(rounds)]
    return [statistics.median(rates) for rates in zip(*found, strict=True)]


def _rate(browser: Browser, path: str, seconds: int = 3) -> float:
    url, cookie = f"http://127.0.0.1:{browser.port}{path}", f"Cookie: {browser.cookie}"
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "-H", cookie, url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if rate is None or "Non-2xx" in said:
        raise RuntimeError(said)
    return float(rate[1])
