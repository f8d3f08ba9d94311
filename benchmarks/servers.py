"""Starting a web server for a measurement, and a browser that is signed in to it."""

import contextlib
import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.seed import STAFF
from tests.ports import free_port

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
HEADER = "X-Statements"
#: The floor is served as Inflow is.
CONFIG = Path(__file__).parent.parent / "gunicorn.conf.py"


@contextlib.contextmanager
def serving(application: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Run gunicorn with two workers on a free port; stops with the block."""
    with starting(application, environment) as (port, _):
        yield port


@contextlib.contextmanager
def starting(
    application: str, environment: Mapping[str, str]
) -> "Iterator[tuple[int, subprocess.Popen[bytes]]]":
    """Do the same, and tell the process too."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--config", str(CONFIG), "--workers", "2",
        "--log-level", "error",
        "--bind", f"127.0.0.1:{port}", application,
    ]  # fmt: skip
    server = subprocess.Popen(command, env={**os.environ, **environment, "PORT": str(port)})
    try:
        _wait(port, server)
        yield port, server
    finally:
        server.terminate()
        server.wait(20)


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError):
            Browser(port).get("/")
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.1)
    raise RuntimeError("the server did not start")


@dataclass
class Browser:
    """One fresh connection per request, as the peers were measured; keeps its cookie."""

    port: int
    cookie: str = ""
    token: str = field(default="", repr=False)
    #: Statements that the latest answer took, where the server tells (benchmarks/counted.py).
    statements: int = 0

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask for a page: status and body."""
        return self._ask("GET", path, None)

    def post(self, path: str, values: list[tuple[str, str]]) -> tuple[int, bytes]:
        """Send a form, with its token."""
        return self._ask("POST", path, urlencode([("csrf_token", self.token), *values]))

    def sign_in(self) -> None:
        """Sign in as the benchmark's Admin, and keep a token for the deeds."""
        _, page = self.get("/login")
        self.token = TOKEN.search(page.decode())[1]  # type: ignore[index]
        status, _ = self.post("/login", [("email", STAFF[0]), ("password", STAFF[1])])
        if status != http.client.SEE_OTHER:
            raise RuntimeError(f"sign-in answered {status}")
        self.get("/")
        _, page = self.get("/admin/partners/")
        self.token = TOKEN.search(page.decode())[1]  # type: ignore[index]

    def open(
        self, path: str, method: str = "GET", body: str | None = None
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Send a request; the caller reads the answer and closes the connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        return connection, connection.getresponse()

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        connection, answer = self.open(path, method, body)
        content = answer.read()
        self.statements = int(answer.headers.get(HEADER, 1))
        for cookie in answer.msg.get_all("Set-Cookie") or []:
            self.cookie = cookie.split(";")[0]
        connection.close()
        return answer.status, content
