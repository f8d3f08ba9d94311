"""Nobody waits for a process whose hands are full while another one is idle."""

import socket
from contextlib import ExitStack
from dataclasses import replace

import pytest

from tests.servers import HOST, serving

#: As many as one process serves at a time (gunicorn.conf.py).
THREADS = 4
ROUNDS = 12
#: Seconds. Without an idle process the answer comes when the slow ones are given up on.
SOON = 3
UNFINISHED = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "


@pytest.fixture
def site(settings, tmp_path):
    with serving(replace(settings, instance=tmp_path)) as site:
        yield site


def test_who_comes_after_four_slow_clients_is_answered_by_the_idle_process(site):
    for _ in range(ROUNDS):
        with ExitStack() as slow:
            for _ in range(THREADS):
                slow.enter_context(connection(site)).sendall(UNFINISHED)

            assert asked(site).startswith(b"HTTP/1.1 200")


def connection(site):
    return socket.create_connection((HOST, site.port), timeout=SOON)


def asked(site):
    with connection(site) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return line.recv(100)
