"""Doing the same thing many times at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any


def at_once(times: int, deed: Callable[[], Any]) -> Sequence[Any]:
    """Run `deed` in so many threads, let go together; give back what each returned."""
    start = Barrier(times)

    def run(_number: int) -> Any:
        start.wait()
        return deed()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))
