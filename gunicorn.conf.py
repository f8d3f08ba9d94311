"""How gunicorn serves Inflow: a few processes with threads, on this machine, behind a proxy."""

import gc
import os
import select
import time
from pathlib import Path
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

#: Seconds. Long enough for an idle process to wake up, too short to be noticed.
STANDS_BACK = 0.1


class Balanced(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Leaves new connections to the other processes first, when all its own threads are at work.

    gunicorn's own takes them nevertheless. Whoever called after it waited for a thread while
    another process was idle, and of eight connections that came at once all eight could be with
    one: half the requests a second, for as long as they were kept. Where all processes are at
    work, all take them.
    """

    _waited_since: float | None = None

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes next: on new connections only where this process takes them."""
        if self._accepting and self._leaves_them():
            self.set_accept_enabled(enabled=False)  # gunicorn asks again before the next wait
            timeout = STANDS_BACK
        super().wait_for_and_dispatch_events(timeout)

    def finish_request(self, conn: Any, fs: Any) -> None:  # noqa: ANN401 - gunicorn's own
        """Count a connection down once: gunicorn does it again where closing it fails.

        A process that believed it had none left would end in the midst of the others' answers.
        """
        held = self.nr_conns
        super().finish_request(conn, fs)
        self.nr_conns = max(self.nr_conns, held - 1)

    def _leaves_them(self) -> bool:
        """Tell whether to leave new connections: until one was left by all others too."""
        at_work = self.nr_conns - len(self.keepalived_conns) - len(self.pending_conns)
        is_busy = bool(at_work >= self.cfg.threads)
        if not is_busy or not select.select(self.sockets, [], [], 0)[0]:
            self._waited_since = None
            return is_busy
        self._waited_since = self._waited_since or time.monotonic()
        return time.monotonic() - self._waited_since < STANDS_BACK


bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = Balanced
threads = 4

# A group that is told to stop finishes what it took, an export of a million rows too. Its port is
# held by systemd meanwhile (deploy/), or by nobody; which of them, gunicorn finds out by itself.
graceful_timeout = 30

# Every worker imports the application itself: a fork would share connections and locks, and the
# state of the random numbers that identifiers are made of.
preload_app = False

# No max_requests: memory is flat, and a worker that leaves takes its caches with it.

# Who did what is in the audit trail, and the proxy keeps the access log.
accesslog = None
loglevel = "warning"

# No header of a client moves the application to another path, and its links to another host.
forwarder_headers = ""

# Workers touch a file to show that they live; on a slow disk that alone can look like death.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - memory, not a disk

# The control socket has one place per person, so two instances would fight for it.
control_socket_disable = True


def worker_exit(_server: object, worker: Balanced) -> None:
    """Leave at once when all is answered: whoever comes to this port waits for the next one.

    Taking the interpreter apart takes as long as a start, and frees what the system frees anyway.
    """
    if worker.booted and not worker.alive:
        os._exit(0)


def post_worker_init(_worker: Balanced) -> None:
    """Keep the application out of what Python's collector walks through.

    It lives as long as the process, and walking it stopped every request of a worker for more
    than 100 ms, once in some hundreds of them.
    """
    gc.collect()
    gc.freeze()
