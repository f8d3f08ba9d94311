"""Loading a server with leads by wrk, and what its processes spent on each."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
LEAD = {
    "first_name": "Ann",
    "last_name": "Lee",
    "email": "ann%d@lead-mail.com",
    "phone": "+1202%07d",
    "postal_code": "10001",
    "state": "NY",
    "city": "New York",
    "consent": True,
}
# Every lead is another one: identical leads wait for each other on purpose.
SCRIPT = """
local keys = {%(keys)s}
local n = %(first)d
function request()
  n = n + 1
  local body = string.format([[%(body)s]], n, 2000000 + n %% 7999999)
  return wrk.format("POST", nil, {["Content-Type"] = "application/json",
    ["Authorization"] = keys[n %% #keys + 1]}, body)
end
"""


@dataclass(frozen=True)
class Load:
    """What one run showed."""

    rate: float
    median: float
    p99: float
    cpu: float


@dataclass(frozen=True)
class Target:
    """An endpoint under load: its address, the server's process, the keys that take turns."""

    name: str
    url: str
    pid: int
    keys: Sequence[str]

    def load(self, connections: int, seconds: int, first: int) -> Load:
        """Post leads as quickly as they are answered; their numbers go on from `first`."""
        with _script(self.keys, first) as script:
            command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
            before = cpu_of(self.pid)
            done = subprocess.run(
                [*command, "-s", script, self.url], check=True, capture_output=True, text=True
            )
            return _read(done.stdout, cpu_of(self.pid) - before)


@contextmanager
def _script(keys: Sequence[str], first: int) -> Iterator[str]:
    values = {
        "keys": ", ".join(f'"{key}"' for key in keys),
        "first": first,
        "body": json.dumps(LEAD),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(SCRIPT % values)
        file.flush()
        yield file.name


def _read(said: str, spent: float) -> Load:
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    requests = int(_found(r"(\d+) requests in", said))
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", said))
    return Load(rate, _percentile(50, said), _percentile(99, said), spent / requests)


def _found(pattern: str, said: str) -> str:
    match = re.search(pattern, said)
    if match is None:
        raise RuntimeError(said)
    return match[1]


def _percentile(part: int, said: str) -> float:
    match = re.search(rf"{part}%\s+([\d.]+)(us|ms|s)", said)
    if match is None:
        raise RuntimeError(said)
    return float(match[1]) * MILLISECONDS[match[2]]


def cpu_of(pid: int) -> float:
    """Milliseconds of CPU that a process and its children have used: neighbours hardly matter."""
    own = Path(f"/proc/{pid}/task")
    used = sum(_scheduled(task) for task in own.glob("*/schedstat"))
    children = (own / str(pid) / "children").read_text("ascii").split()
    return used + sum(cpu_of(int(child)) for child in children)


def _scheduled(stat: Path) -> float:
    try:
        return int(stat.read_text("ascii").split()[0]) / 1e6
    except (FileNotFoundError, ProcessLookupError):  # the thread has ended
        return 0.0
