"""Statements straight to the driver: all or none, in turn, and whole again after a failure."""

import sqlite3
import threading

import psycopg
import pytest
from sqlalchemy import make_url, text

from models import Tenant, across_tenants, db
from models.direct import TROUBLE, direct
from models.write_queue import WriteQueue
from tests.intake import stored
from tests.parallel import at_once

ADD = "INSERT INTO tenant (code, name, time_zone, created_at) VALUES (:code, :name, 'UTC', :at)"
AT = "2026-01-01 00:00:00.000000+00:00"
COUNT = "SELECT count(*) FROM tenant WHERE name = :name"
END_ITS_CONNECTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'direct' AND datname = current_database()
"""
BROKEN = ("INSERT INTO tenant (name) VALUES (:name)", {"name": None})


@pytest.fixture(params=[False, True], ids=["", "pooled"])
def opened(request, settings, world):
    opened = direct(named(settings.database_url), pooled=request.param)
    yield opened
    opened.close()


def named(url):
    """The same database; its server can tell these connections from the test's own."""
    if url.startswith("sqlite"):
        return url
    named = make_url(url).update_query_dict({"application_name": "direct"})
    return named.render_as_string(hide_password=False)


def adding(number, name="new"):
    return ADD, {"code": f"c{number}", "name": name, "at": AT}


def test_a_batch_is_written_together(opened):
    opened.write([adding(1), adding(2)])

    assert opened.read(COUNT, {"name": "new"}) == (2,)


def test_of_a_batch_that_fails_nothing_is_written(opened):
    for _ in range(2):
        with pytest.raises((psycopg.IntegrityError, sqlite3.IntegrityError)):
            opened.write([adding(1), BROKEN, adding(2)])

    assert opened.read(COUNT, {"name": "new"}) == (0,)
    assert opened.write([adding(1), (COUNT, {"name": "new"})])[1] == (1,)


def test_a_block_that_fails_takes_everything_back(opened):
    with pytest.raises(KeyError), opened.transaction() as run:
        run([adding(1)])
        raise KeyError

    assert opened.read(COUNT, {"name": "new"}) == (0,)


def test_a_block_sees_what_it_wrote(opened):
    with opened.transaction() as run:
        run([adding(1)])
        assert run([(COUNT, {"name": "new"})]) == [(1,)]


def test_values_come_back_as_they_are_elsewhere(opened):
    row = opened.write([("SELECT CAST(:n AS integer), NULL, name FROM tenant LIMIT 1", {"n": 7})])[
        0
    ]

    assert (row[0], row[1]) == (7, None)
    assert row[2].endswith("-tenant")


def test_many_writers_take_turns_and_one_failure_is_its_own(app, opened):
    numbers = iter(range(100))
    lock = threading.Lock()

    def write():
        with lock:
            number = next(numbers)
        if number % 5:
            opened.write([adding(number, "crowd")])
        else:
            with pytest.raises((psycopg.IntegrityError, sqlite3.IntegrityError)):
                opened.write([adding(number, "crowd"), BROKEN])

    at_once(20, write)

    assert len([one for one in stored(app, Tenant) if one.name == "crowd"]) == 16


def test_a_large_value_goes_through(opened):
    large = "é" * 9_000_000

    assert opened.write([("SELECT length(CAST(:large AS text))", {"large": large})]) == [
        (9_000_000,)
    ]


def test_a_connection_that_the_server_ended_is_replaced(app, opened):
    assert opened.read(COUNT, {"name": "new"}) == (0,)
    with app.app_context(), across_tenants(db.session):
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text(END_ITS_CONNECTIONS))
        db.session.commit()

    assert opened.read(COUNT, {"name": "new"}) == (0,)


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://inflow@127.0.0.1:1/nowhere", "sqlite:////no/such/folder/inflow.db"],
)
def test_a_database_that_is_not_there_is_trouble(url):
    opened = direct(url)

    with pytest.raises(TROUBLE):
        opened.read("SELECT 1", {})


def test_a_commit_that_fails_is_told_to_everybody_who_waits(tmp_path):
    queue = WriteQueue(str(tmp_path / "no" / "such" / "folder"))
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    def write():
        with pytest.raises(FileNotFoundError):
            queue.write(connection, lambda _: [])

    at_once(5, write)
    queue.close()
    connection.close()
