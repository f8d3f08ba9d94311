"""The real thing for a test: gunicorn with two workers, the mail's worker, and its users."""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from config import Settings
from models import LoginSession, Membership, across_tenants, db
from models.base import new_secret
from operations.sessions import fingerprint
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "app:create_app()"]
WORKER = [sys.executable, "-m", "flask", "--app", "app", "worker"]
WORKERS = 2
PATIENCE = 90.0
#: How often each race is run; fifty times when somebody wants to be sure.
ROUNDS = int(os.environ.get("INFLOW_ROUNDS", "5"))


def pytest_report_header() -> str:
    return f"races: {ROUNDS} rounds (INFLOW_ROUNDS), {WORKERS} workers"


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    text: str
    location: str


@dataclass(frozen=True)
class Site:
    """A running Inflow."""

    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def send(
        self, method: str, path: str, data: Mapping[str, Any] | None = None, cookie: str = ""
    ) -> Answer:
        headers = {"Cookie": cookie} if cookie else {}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(data, doseq=True) if data is not None else None
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)) as line:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            text = answer.read().decode()
            return Answer(answer.status, text, answer.headers.get("Location", ""))


@dataclass(frozen=True)
class Person:
    """Somebody with a browser: the cookie they hold, and the token of the pages they see."""

    site: Site
    cookie: str
    token: str

    def get(self, path: str) -> Answer:
        return self.site.send("GET", path, cookie=self.cookie)

    def post(self, path: str, **fields: Any) -> Answer:
        return self.site.send("POST", path, fields | {"csrf_token": self.token}, self.cookie)


def somebody(site: Site, app: Flask, member: Membership | None = None) -> Person:
    """Let a member sign in, or nobody in particular open a page; no password is hashed for it."""
    held: dict[str, Any] = {"csrf_token": "a token of the tests"}
    if member is not None:
        held |= {"_user_id": _begin_session(app, member), "_fresh": True}
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    tokens = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token")
    cookie = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(held)}"
    return Person(site, cookie, str(tokens.dumps(held["csrf_token"])))


def _begin_session(app: Flask, member: Membership) -> str:
    key = new_secret()
    with app.app_context(), across_tenants(db.session):
        row = LoginSession(
            key_hash=fingerprint(key),
            user_id=member.user_id,
            tenant_id=member.tenant_id,
            membership_id=member.id,
        )
        db.session.add(row)
        db.session.commit()
    return key


def at_once(deeds: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Do all of these in threads of their own, let go together."""
    start = threading.Barrier(len(deeds))

    def do(deed: Callable[[], Answer]) -> Answer:
        start.wait(PATIENCE)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


@contextmanager
def serving(settings: Settings, *, with_worker: bool = False, **more: str) -> Iterator[Site]:
    """Run Inflow on the database of these settings until the block ends."""
    site = Site(free_port())
    environment = environment_of(settings, site) | more
    with web_server(site, environment):
        if not with_worker:
            yield site
            return
        with mail_worker(environment):
            yield site


@contextmanager
def web_server(site: Site, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run gunicorn alone; the block begins when both its workers are there."""
    with running(GUNICORN, environment, "gunicorn.log") as server:
        wait_until(lambda: is_answering(site, server), "the web server answers")
        wait_until(lambda: len(children_of(server.pid)) >= WORKERS, "both its workers run")
        yield server


@contextmanager
def mail_worker(environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the worker alone; it begins with a sweep."""
    with running(WORKER, environment, "worker.log") as worker:
        yield worker


def environment_of(settings: Settings, site: Site) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("COV")},
        "INFLOW_ENV": "development",
        "SECRET_KEY": settings.secret_key,
        "DATABASE_URL": settings.database_url,
        "INSTANCE": str(settings.instance),
        "PORT": str(site.port),
        "PUBLIC_URL": site.url,
        "WEB_CONCURRENCY": str(WORKERS),
        # What the races do a thousand times, nobody may do in an hour.
        "INVITES_PER_HOUR": "1000000",
        "INVITES_PENDING": "1000000",
        "MAILS_PER_DAY": "1000000",
    }


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], log: str
) -> Iterator["subprocess.Popen[bytes]"]:
    with (Path(environment["INSTANCE"]) / log).open("ab") as said:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=said, stderr=said)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def is_answering(site: Site, server: "subprocess.Popen[bytes]") -> bool:
    assert server.poll() is None, "the web server ended before it answered"
    try:
        return site.send("GET", "/healthz").status == http.client.OK
    except OSError:
        return False


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def wait_until(holds: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Look again and again until something holds, and give back what was seen."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not (seen := holds()):
        assert time.monotonic() < end, f"waited {seconds} s, and still not: {what}"
        pause.wait(0.05)
    return seen
