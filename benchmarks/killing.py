"""Processes that are killed without a warning: a PostgreSQL, a web server and a worker."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import psycopg

from benchmarks.databases import DURABLE
from tests.ports import free_port
from tests.postgres import ADMINISTRATOR, OWNER, as_administrator, create_database, execute, program
from tests.servers import children_of

PATIENCE = 60.0


class Postgres:
    """A PostgreSQL that keeps its promises to the disk, and starts again where it was killed."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="inflow-crash-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, ADMINISTRATOR, ADMINISTRATOR)
        command = [program("initdb"), "--pgdata", str(self.folder / "data"), "--auth=trust"]
        command += ["--username", ADMINISTRATOR, "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **as_administrator())
        self.start()
        execute(self.port, ADMINISTRATOR, f"CREATE ROLE {OWNER} LOGIN CREATEDB")
        self.url = create_database(self.port, "crash")

    def start(self) -> None:
        """Begin, and come back once it has replayed what it had promised."""
        asked = {"listen_addresses": "127.0.0.1", "port": str(self.port), "max_connections": "100"}
        asked |= {"unix_socket_directories": str(self.folder), **DURABLE}
        command = [program("postgres"), "-D", str(self.folder / "data")]
        command += [f"--{name}={value}" for name, value in asked.items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **as_administrator())
        address = f"postgresql://{ADMINISTRATOR}@127.0.0.1:{self.port}/postgres"
        for _ in tries():
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(address).close()
                return

    def remove(self) -> None:
        """End it, and remove what it kept."""
        kill([self.process])
        shutil.rmtree(self.folder)


def kill(processes: Iterable["subprocess.Popen[bytes]"]) -> int:
    """End these and all their children with SIGKILL, and tell how many there were."""
    processes = list(processes)
    doomed = [pid for process in processes for pid in family_of(process.pid)]
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for process in processes:
        process.wait(PATIENCE)
    for _ in tries():
        if not any(is_running(pid) for pid in doomed):
            break
    return len(doomed)


def family_of(pid: int) -> list[int]:
    """Name a process and its children: a parent first, so that it replaces none of them."""
    return [pid, *(each for child in children_of(pid) for each in family_of(int(child)))]


def is_running(pid: int) -> bool:
    """Tell whether a process is there still; one that is only waited for is not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False


def tries() -> Iterable[int]:
    """Count on while there is patience left."""
    end, number = time.monotonic() + PATIENCE, 0
    while time.monotonic() < end:
        yield number
        number += 1
        time.sleep(0.05)
    raise TimeoutError
