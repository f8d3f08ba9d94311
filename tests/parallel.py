"""Doing several things at the same moment."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any


def at_once(deeds: Iterable[Callable[[], Any]]) -> list[Any]:
    """Start every deed in a thread of its own at the same moment; tells what each gave."""
    waiting = list(deeds)
    start = Barrier(len(waiting))

    def run(deed: Callable[[], Any]) -> Any:
        start.wait()
        return deed()

    with ThreadPoolExecutor(len(waiting)) as pool:
        return list(pool.map(run, waiting))
