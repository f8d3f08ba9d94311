"""The queue in which SQLite's writers stand: who comes to its head writes for all behind it.

A commit costs the same for one call as for ten. SQLite's own way to wait is to sleep and to ask
again, which lets some wait for seconds; here the next one is woken.
"""

import fcntl
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from models.statements import Row

Work = Callable[[sqlite3.Connection], list[Row | None]]


@dataclass
class Place:
    """One caller's place in the queue."""

    work: Work
    result: list[Row | None] | None = None
    failure: BaseException | None = None


class WriteQueue:
    """Writes take turns: among threads by a lock, among processes by a lock on a file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = -1
        self._turn = threading.Lock()
        self._waiting: deque[Place] = deque()

    def write(self, connection: sqlite3.Connection, work: Work) -> list[Row | None]:
        """Do the work in a transaction, with that of others; on disk when it returns."""
        place = Place(work)
        self._waiting.append(place)
        with self._turn:
            if place.result is None and place.failure is None:
                self._write_all(connection)
        if place.result is None:
            raise place.failure or RuntimeError("a write was lost from its queue")
        return place.result

    @contextmanager
    def alone(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Let the block be a transaction of its own."""
        with self._turn, self._among_processes(), transaction(connection):
            yield

    def _write_all(self, connection: sqlite3.Connection) -> None:
        """Write for everybody who waits. Nobody is told it is done before it is on disk."""
        places = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            with self._among_processes(), transaction(connection):
                results = [_separately(connection, place) for place in places]
        except BaseException as error:  # nothing of this was written, whoever asked for it
            for place in places:
                place.failure = place.failure or error
            raise
        for place, result in zip(places, results, strict=True):
            place.result = result

    @contextmanager
    def _among_processes(self) -> Iterator[None]:
        if self._file < 0:
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block writes, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _separately(connection: sqlite3.Connection, place: Place) -> list[Row | None] | None:
    """Do one caller's work, so that its failure takes back nothing of the others'."""
    connection.execute("SAVEPOINT place")
    try:
        result: list[Row | None] | None = place.work(connection)
    except Exception as error:  # noqa: BLE001 - told to whoever asked for it
        place.failure = error
        connection.execute("ROLLBACK TO place")
        result = None
    connection.execute("RELEASE place")
    return result
