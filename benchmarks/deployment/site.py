"""The whole site on this machine: PostgreSQL and its replica, PgBouncer, nginx, groups, worker."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.deployment import shipped
from tests.ports import free_port
from tests.postgres import ADMINISTRATOR, Cluster, Standby, as_administrator

WEB, WORKER = "inflow-web@.service", "inflow-worker.service"
HOST = "127.0.0.1"
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
PATIENCE = 60.0
#: What systemd does for a service with a socket: hands it over as file descriptor 3.
WITH_SOCKET = 'exec 3<&"$0"; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
#: All that nginx needs around what is shipped, which is one file of its folder conf.d.
AROUND = """
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 768; }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    include {folder}/inflow.conf;
}}
"""


@dataclass
class Service:
    """One unit: what starts it, and how it is stopped and killed."""

    name: str
    unit: str
    environment: Mapping[str, str]
    log: Path
    #: Held open as systemd holds it, whatever becomes of the process; None for the worker.
    held: socket.socket | None = None
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        command = shipped.command(self.unit)
        passed = () if self.held is None else (self.held.fileno(),)
        if passed:
            command = ["bash", "-c", WITH_SOCKET, str(passed[0]), *command]
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(
                command, env={**os.environ, **self.environment}, cwd=shipped.ROOT, stdout=said,
                stderr=said, pass_fds=passed, start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        """As systemd stops it: the main process is told, and all are killed when it is too slow."""
        assert self.process is not None  # noqa: S101 - it was started
        self.process.terminate()
        try:
            self.process.wait(shipped.seconds(self.unit, "TimeoutStopSec"))
        finally:
            self.kill()

    def kill(self) -> None:
        """End every process of it, without a warning."""
        assert self.process is not None  # noqa: S101 - it was started
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self.process.wait()

    def come_back(self) -> None:
        """Start anew, as soon as systemd would."""
        time.sleep(shipped.seconds(self.unit, "RestartSec"))
        self.start()


@dataclass
class Site:
    """Where everything is."""

    folder: Path
    port: int
    environment: dict[str, str]
    primary: Cluster
    standby: Standby
    groups: list[Service]
    worker: Service

    def flask(self, *words: str, said: str = "", **more: str) -> str:
        """Run a command of the command line, as the README says; gives what it printed."""
        done = subprocess.run(
            [*shipped.command(WORKER)[:3], *words], cwd=shipped.ROOT, input=said, text=True,
            check=False, env={**os.environ, **self.environment, **more}, capture_output=True,
        )  # fmt: skip
        if done.returncode:
            message = f"{words}: {done.stdout}{done.stderr}"
            raise RuntimeError(message)
        return done.stdout


@contextmanager
def running() -> Iterator[Site]:
    """Run PostgreSQL, its replica, PgBouncer and nginx; groups and worker are started later."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="inflow-deployment-"))
        stack.callback(shutil.rmtree, folder)
        folder.chmod(0o711)  # nginx's workers are somebody else
        (folder / "instance").mkdir(mode=0o700)
        primary = Cluster(DURABLE)
        stack.callback(primary.stop)
        direct = primary.create_database("inflow")
        standby = Standby(primary.port, DURABLE)
        stack.callback(standby.stop)
        pooler = stack.enter_context(_pgbouncer(folder, primary.port))
        ports = [free_port(), free_port()]
        port = stack.enter_context(_nginx(folder, ports))
        environment = shipped.environment({
            "SECRET_KEY": os.urandom(32).hex(),
            "PUBLIC_URL": f"https://{HOST}:{port}",
            "DATABASE_URL": f"postgresql+psycopg://inflow:secret@{HOST}:{pooler}/inflow",
            "BACKUP_URL": direct,
            "REPLICA_URL": f"postgresql+psycopg://inflow@{HOST}:{standby.port}/inflow",
            "MAIL_SERVER": "",
            "INSTANCE": str(folder / "instance"),
        })  # fmt: skip
        groups = [stack.enter_context(_group(folder, number, environment)) for number in ports]
        worker = Service("worker", WORKER, environment, folder / "worker.log")
        site = Site(folder, port, environment, primary, standby, groups, worker)
        stack.callback(_stop, site)
        yield site


def _stop(site: Site) -> None:
    for service in (*site.groups, site.worker):
        if service.process:
            service.kill()


@contextmanager
def _group(folder: Path, port: int, environment: Mapping[str, str]) -> Iterator[Service]:
    own = {**environment, "PORT": str(port)}
    with socket.create_server((HOST, port), backlog=2048) as held:
        yield Service(f"web@{port}", WEB, own, folder / f"web-{port}.log", held)


@contextmanager
def _pgbouncer(folder: Path, database: int) -> Iterator[int]:
    own, port = folder / "pgbouncer", free_port()
    own.mkdir()
    instead = {
        "host=127.0.0.1 port=5432": f"host={HOST} port={database}",
        "listen_port = 6432": f"listen_port = {port}",
        "/var/run/postgresql": str(own),
        "/var/log/postgresql": str(own),
        "/etc/pgbouncer/userlist.txt": str(own / "userlist.txt"),
    }
    # Without the first line, the only one that names its place on Debian.
    text = shipped.text_of("pgbouncer.ini", instead)
    (own / "pgbouncer.ini").write_text(text, encoding="utf-8")
    (own / "userlist.txt").write_text('"inflow" "secret"\n', encoding="utf-8")
    if os.geteuid() == 0:
        for path in (own, *own.iterdir()):
            shutil.chown(path, ADMINISTRATOR, ADMINISTRATOR)
    command = [_program("pgbouncer"), "--quiet", str(own / "pgbouncer.ini")]
    with _process(command, port, **as_administrator()):
        yield port


@contextmanager
def _nginx(folder: Path, groups: list[int]) -> Iterator[int]:
    own, port = folder / "nginx", free_port()
    own.mkdir(mode=0o755)
    _certificate(own)
    instead = {
        "127.0.0.1:8001": f"{HOST}:{groups[0]}",
        "127.0.0.1:8002": f"{HOST}:{groups[1]}",
        "listen 80;": f"listen {HOST}:{free_port()};",
        "listen [::]:80;": "",
        "listen 443 ssl http2;": f"listen {HOST}:{port} ssl http2;",
        "listen [::]:443 ssl http2;": "",
        "/etc/letsencrypt/live/leads.example.com": str(own),
        "/var/cache/nginx/inflow": str(own / "cache"),
        "/var/log/nginx": str(own),
    }
    shipped_text = shipped.text_of("nginx.conf", instead)
    (own / "inflow.conf").write_text(shipped_text, encoding="utf-8")
    user = "user www-data;" if os.geteuid() == 0 else ""
    main = own / "nginx.conf"
    main.write_text(AROUND.format(user=user, folder=own), encoding="utf-8")
    nginx = [_program("nginx"), "-e", "stderr", "-c", str(main)]
    subprocess.run([*nginx, "-q", "-t"], check=True)
    with _process([*nginx, "-g", "daemon off;"], port):
        yield port


def _certificate(folder: Path) -> None:
    subprocess.run(
        [_program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", "/CN=leads.example.com", "-keyout", str(folder / "privkey.pem"),
         "-out", str(folder / "fullchain.pem")],
        check=True, capture_output=True,
    )  # fmt: skip


@contextmanager
def _process(command: list[str], port: int, **more: object) -> Iterator[None]:
    process = subprocess.Popen(command, **more)  # type: ignore[call-overload]
    try:
        wait_until(lambda: _listens(port), f"{command[0]} listens")
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Look again and again until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            message = f"waited {PATIENCE} s, and still not: {what}"
            raise TimeoutError(message)
        time.sleep(0.05)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        message = f"{name} is not installed"
        raise FileNotFoundError(message)
    return found


def trusting() -> ssl.SSLContext:
    """Believe the certificate that was made a moment ago."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
