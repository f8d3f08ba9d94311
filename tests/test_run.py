"""Starting Inflow refuses what cannot work, before it starts or writes anything."""

import os
import socket
import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).resolve().parent.parent / "bin" / "run.py"


def run(instance, port):
    return subprocess.run(
        [sys.executable, RUN],
        env={**os.environ, "INSTANCE": str(instance), "PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_taken_port_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        ended = run(tmp_path / "instance", port)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Port {port} cannot be used: Address already in use.")
    assert not (tmp_path / "instance").exists()


def test_a_port_that_is_no_number_is_refused(tmp_path):
    ended = run(tmp_path / "instance", "http")

    assert ended.returncode == 1
    assert "has to be a number" in ended.stderr
    assert not (tmp_path / "instance").exists()
