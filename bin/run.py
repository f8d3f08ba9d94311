"""Run Inflow: migrate the database, load the demo once, then keep the web server and the worker."""

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = Path(os.environ.get("INSTANCE") or ROOT / "instance").resolve()
PORT = os.environ.get("PORT") or "8000"
DEMO = INSTANCE / "demo.json"
COMPRESS = [sys.executable, "-m", "whitenoise.compress", "--quiet", "static"]
FLASK = [sys.executable, "-m", "flask", "--app", "app"]
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "app:create_app()"]
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_STOP = 15

Processes = dict[str, "subprocess.Popen[bytes]"]


def main() -> None:
    for ending in ENDINGS:
        signal.signal(ending, signal.default_int_handler)
    os.chdir(ROOT)
    os.umask(0o077)  # databases, mails and secrets are their owner's alone
    print("Starting Inflow …", flush=True)
    refuse_taken_port()
    prepare_environment()
    with contextlib.suppress(KeyboardInterrupt):
        prepare_database()
        # The server sends the compressed twin of a file where there is one.
        subprocess.run(COMPRESS, check=True, umask=0o022)
        with running({"web server": GUNICORN, "worker": [*FLASK, "worker"]}) as processes:
            wait_for_answer(processes)
            greet()
            sys.exit(f"The {first_to_end(processes)} ended, so Inflow stops.")


def refuse_taken_port() -> None:
    if not PORT.isdecimal() or not 0 < int(PORT) < 2**16:
        sys.exit(f"PORT is {PORT!r}; it has to be a number from 1 to 65535.")
    with socket.socket() as probe:
        # As gunicorn does it: an address whose last connections are still fading is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(PORT)))
        except OSError as error:
            sys.exit(f"Port {PORT} cannot be used: {error.strerror}. Try: make run PORT=8001")


def prepare_environment() -> None:
    os.umask(0o077)  # the database holds what nobody else on this machine should read
    INSTANCE.mkdir(parents=True, exist_ok=True)
    os.environ.update(INSTANCE=str(INSTANCE), PORT=PORT)
    os.environ.setdefault("INFLOW_ENV", "development")
    if in_development() and not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = kept_secret(INSTANCE / "secret.key")


def in_development() -> bool:
    return os.environ["INFLOW_ENV"] == "development"


def kept_secret(path: Path) -> str:
    """Read the secret of this instance; sessions survive a restart because it is made only once."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")


def prepare_database() -> None:
    steps = [["db", "upgrade"]]
    if in_development() and not DEMO.exists():
        steps.append(["demo", "--quiet"])  # who can sign in is said at the end
    for step in steps:
        if subprocess.run([*FLASK, *step], check=False).returncode:
            sys.exit(f"'flask {' '.join(step)}' failed; what it said stands above.")


@contextlib.contextmanager
def running(commands: dict[str, list[str]]) -> Iterator[Processes]:
    """Run all commands at once, and leave none behind, however this ends."""
    processes: Processes = {}
    try:
        for name, command in commands.items():
            # A group of its own keeps Ctrl-C away, so that only the orderly stop below reaches it.
            processes[name] = subprocess.Popen(command, process_group=0)
        yield processes
    finally:
        stop(processes)


def stop(processes: Processes) -> None:
    for ending in ENDINGS:
        # A second Ctrl-C must not interrupt the stopping: something would stay behind.
        signal.signal(ending, signal.SIG_IGN)
    for process in processes.values():
        process.terminate()
    for process in processes.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_STOP)
        # Whoever is too slow, and the children of one that died: mostly nobody is left to find.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for_answer(processes: Processes) -> None:
    """Return once the application answers, or once a process has ended and it never will."""
    while not ended(processes, seconds=0.1):
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", int(PORT), timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", "/")
                connection.getresponse()
                return


def first_to_end(processes: Processes) -> str:
    while not (names := ended(processes, seconds=0.5)):
        pass
    return names[0]


def ended(processes: Processes, seconds: float) -> list[str]:
    """Name the processes that have ended, after giving them some time to."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        next(iter(processes.values())).wait(seconds)
    return [name for name, process in processes.items() if process.poll() is not None]


def greet() -> None:
    print(f"\nInflow runs at {os.environ.get('PUBLIC_URL') or f'http://127.0.0.1:{PORT}'}")
    if DEMO.exists():
        people = json.loads(DEMO.read_text(encoding="utf-8"))["people"]
        print("These people can sign in, with these passwords unless they changed them:\n")
        print_table([(person["email"], person["password"], person["role"]) for person in people])
    print("\nPress Ctrl-C to stop.", flush=True)


def print_table(rows: list[tuple[str, ...]]) -> None:
    rows = [("email", "password", "role"), *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  " + "  ".join(cells).rstrip())


if __name__ == "__main__":
    main()
