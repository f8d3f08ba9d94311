"""A throw-away PostgreSQL; "python -m tests.postgres COMMAND" runs a command on a fresh one."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from tests.ports import free_port

OWNER = "inflow"
ADMINISTRATOR = "postgres"

# Nothing here has to survive a power cut, so nothing waits for the disk.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# Nobody else is at work while something is measured or waited for.
SETTINGS |= {"autovacuum": "off", "jit": "off"}
# A standby that is just being made still finds where it has to go on.
KEPT = {"wal_keep_size": "1GB"}

#: What is put back as it was need not be checked again: no foreign key, no trigger.
LENIENCE = "session_replication_role"
#: The first version that lets others than a superuser say so.
LENIENT = 150_000

# Its input is held open by whoever started the cluster. When that ends, even killed, it cleans up.
KEEPER = 'read -r end; "$0" stop --pgdata "$1/data" --mode immediate --silent; rm -rf "$1"'


class Cluster:
    """A PostgreSQL server in a temporary directory, with one role that owns databases."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self._directory = Path(tempfile.mkdtemp(prefix="inflow-postgres-"))
        if os.geteuid() == 0:
            shutil.chown(self._directory, ADMINISTRATOR, ADMINISTRATOR)
        keeper = ["sh", "-c", KEEPER, program("pg_ctl"), str(self._directory)]
        # A session of its own keeps Ctrl-C away from it.
        self._keeper = subprocess.Popen(
            keeper, stdin=subprocess.PIPE, start_new_session=True, **as_administrator()
        )
        try:
            self._create()
            self._start({**SETTINGS, **KEPT, **(settings or {})})
        except BaseException:
            self.stop()
            raise

    @property
    def _data(self) -> str:
        return str(self._directory / "data")

    def _create(self) -> None:
        self._run("initdb", "--pgdata", self._data, "--username", ADMINISTRATOR, "--auth=trust",
                  "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip

    def _start(self, settings: Mapping[str, str]) -> None:
        self._serve(settings)
        # Not a superuser: row-level security does not hold for one, and production has none.
        self._execute(ADMINISTRATOR, f"CREATE ROLE {OWNER} LOGIN CREATEDB")
        if is_lenient(self.port):
            self._execute(ADMINISTRATOR, f"GRANT SET ON PARAMETER {LENIENCE} TO {OWNER}")

    def _serve(self, settings: Mapping[str, str]) -> None:
        listening = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self._directory),
            "max_connections": "200",
        }
        options = server_options({**listening, **settings})
        log = str(self._directory / "log")
        self._run("pg_ctl", "start", "--wait", "--pgdata", self._data, "--log", log,
                  "--options", options)  # fmt: skip

    def create_database(self, name: str) -> str:
        """Create an empty database, and answer with its URL for SQLAlchemy."""
        return create_database(self.port, name)

    def restart(self) -> None:
        """End every connection, as an update of the server does, and come back."""
        data, log = str(self._directory / "data"), str(self._directory / "log")
        self._run("pg_ctl", "restart", "--wait", "--mode", "fast", "--pgdata", data, "--log", log)

    def stop(self) -> None:
        self._keeper.communicate()

    def _execute(self, role: str, statement: str) -> None:
        execute(self.port, role, statement)

    def _run(self, name: str, *arguments: str) -> None:
        # To a file and not a pipe: the server inherits it, and a pipe would stay open with it.
        with (self._directory / "setup").open("w+", encoding="utf-8") as said:
            command = [program(name), *arguments]
            done = subprocess.run(
                command, stdout=said, stderr=said, check=False, **as_administrator()
            )
            if done.returncode:
                said.seek(0)
                message = f"{name} failed: {said.read()}"
                raise RuntimeError(message)


class Standby(Cluster):
    """A server that follows another one, and can only be read."""

    def __init__(self, port: int, settings: Mapping[str, str] | None = None) -> None:
        self._primary = f"postgresql://{ADMINISTRATOR}@127.0.0.1:{port}"
        super().__init__(settings)

    def _create(self) -> None:
        self._run("pg_basebackup", "--pgdata", self._data, "--dbname", self._primary,
                  "--write-recovery-conf", "--checkpoint=fast", "--no-sync")  # fmt: skip

    def _start(self, settings: Mapping[str, str]) -> None:
        self._serve({**settings, "hot_standby_feedback": "on"})


def create_database(port: int, name: str) -> str:
    execute(port, OWNER, f'CREATE DATABASE "{name}"')
    return f"postgresql+psycopg://{OWNER}@127.0.0.1:{port}/{name}"


def execute(port: int, role: str, statement: str) -> None:
    address = f"postgresql://{role}@127.0.0.1:{port}/postgres"
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        connection.execute(statement.encode())


def is_lenient(port: int) -> bool:
    address = f"postgresql://{ADMINISTRATOR}@127.0.0.1:{port}/postgres"
    with closing(psycopg.connect(address)) as connection:
        return connection.info.server_version >= LENIENT


def server_options(settings: Mapping[str, str]) -> str:
    return " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())


def program(name: str) -> str:
    """Find a program of PostgreSQL: Debian keeps them off the PATH, one folder for each version."""
    if found := shutil.which(name, path=os.pathsep.join(places())):
        return found
    message = f"{name} was not found, install PostgreSQL's server"
    raise FileNotFoundError(message)


def places() -> Iterable[str]:
    yield os.environ.get("PATH", os.defpath)
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from map(str, sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True))


def as_administrator() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root hands it to the person that Debian made for it."""
    if os.geteuid() != 0:
        return {}
    return {"user": ADMINISTRATOR, "group": ADMINISTRATOR, "extra_groups": [], "cwd": "/"}


def main(command: list[str]) -> int:
    if not command:
        return 0 if is_installed() else 1
    cluster = Cluster()
    try:
        url = cluster.create_database("inflow")
        environment = {**os.environ, "DATABASE_URL": url}
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        cluster.stop()


def is_installed() -> bool:
    try:
        program("initdb")
        program("pg_ctl")
    except FileNotFoundError as missing:
        print(missing)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
