"""Doing things at the same moment."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any


def at_once(times: int, deed: Callable[[], Any]) -> Sequence[Any]:
    """Run `deed` in so many threads, let go together; give back what each returned."""
    return all_at_once([deed] * times)


def all_at_once(deeds: Iterable[Callable[[], Any]]) -> Sequence[Any]:
    """Run each deed in a thread of its own, let go together; give back what each returned."""
    waiting = list(deeds)
    start = Barrier(len(waiting))

    def run(deed: Callable[[], Any]) -> Any:
        start.wait()
        return deed()

    with ThreadPoolExecutor(len(waiting)) as pool:
        return list(pool.map(run, waiting))
