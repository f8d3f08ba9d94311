"""Nobody waits for a process whose hands are full while another one is idle, nor is cut off."""

import http.client
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from threading import Event

import pytest

from tests.ports import free_port
from tests.servers import GUNICORN, HOST, Site, running, serving, wait_until

#: As many as one process serves at a time (gunicorn.conf.py).
THREADS = 4
ROUNDS = 20
#: On a crowded machine even an idle process may not wake up in time. By chance it is every second.
MISSED = 2
#: More than all processes serve at a time.
KEPT = 24
#: Seconds. Whoever waits for others waits as long as those do.
SOON = 3
UNFINISHED = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "


@pytest.fixture
def site(settings, tmp_path):
    with serving(replace(settings, instance=tmp_path)) as site:
        yield site


@contextmanager
def slow_site(tmp_path, workers):
    site = Site(free_port())
    named = {"PORT": str(site.port), "WEB_CONCURRENCY": str(workers), "INSTANCE": str(tmp_path)}
    command = [*GUNICORN[:-1], "tests.slow_site:app"]
    with running(command, os.environ | named, "gunicorn.log") as server:
        wait_until(lambda: is_up(site), "the slow site answers")
        yield site, server


def is_up(site):
    with suppress(OSError):
        return is_answered(site)


def test_who_comes_after_four_slow_clients_is_answered_by_the_idle_process(site):
    answered = 0
    for _ in range(ROUNDS):
        with ExitStack() as slow, suppress(TimeoutError):
            for _ in range(THREADS):
                slow.enter_context(connection(site)).sendall(UNFINISHED)
            answered += asked(site).startswith(b"HTTP/1.1 200")

    assert answered >= ROUNDS - MISSED


def test_who_comes_to_busy_processes_does_not_wait_for_those_who_stay_connected(tmp_path):
    over = Event()
    with slow_site(tmp_path, 2) as (site, _), ThreadPoolExecutor(KEPT) as pool:
        try:
            kept = [pool.submit(keep_asking, site, over) for _ in range(KEPT)]
            for _ in range(ROUNDS):
                assert is_answered(site)
        finally:
            over.set()

        assert all(client.result() for client in kept)


def test_an_answer_that_broke_off_cuts_no_other_when_the_server_stops(tmp_path):
    with slow_site(tmp_path, 1) as (site, server):
        assert not is_answered(site, "/breaks")
        with begun(site, "/slow") as answer:
            server.terminate()

            assert whole(answer)


def connection(site):
    return socket.create_connection((HOST, site.port), timeout=SOON)


def asked(site):
    with connection(site) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return line.recv(100)


def keep_asking(site, over):
    """Ask again and again on one connection; tells whether it was answered at all."""
    answers = 0
    with closing(http.client.HTTPConnection(HOST, site.port, timeout=SOON * 10)) as line:
        while not over.is_set():
            line.request("GET", "/")
            answers += line.getresponse().read() == b"halfdone"
    return answers > 0


@contextmanager
def begun(site, path):
    """Ask on a connection of its own, up to the first half of the answer."""
    with closing(http.client.HTTPConnection(HOST, site.port, timeout=SOON)) as line:
        line.request("GET", path)
        with closing(line.getresponse()) as answer:
            assert answer.read(4) == b"half"
            yield answer


def whole(answer):
    """Tell whether the other half came too."""
    try:
        return answer.read() == b"done"
    except (http.client.IncompleteRead, ConnectionError):
        return False


def is_answered(site, path="/"):
    with begun(site, path) as answer:
        return whole(answer)
