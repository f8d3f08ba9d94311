"""The database under test answers, and is the one that was asked for."""

from contextlib import closing

import pytest
from sqlalchemy import create_engine, text


@pytest.fixture
def connection(database_url):
    engine = create_engine(database_url)
    with closing(engine.connect()) as connection:
        yield connection
    engine.dispose()


def test_the_database_answers(connection):
    assert connection.scalar(text("SELECT 1")) == 1


def test_the_database_is_of_the_kind_asked_for(connection, pytestconfig):
    assert connection.dialect.name == pytestconfig.getoption("database")


def test_the_database_belongs_to_this_process(database_url, worker, pytestconfig):
    mark = {"sqlite": f"popen-{worker}", "postgresql": f"inflow_{worker}"}

    assert worker == "main" or mark[pytestconfig.getoption("database")] in database_url


def test_row_level_security_would_hold_for_the_role(connection, pytestconfig):
    bypasses = {
        "sqlite": "SELECT 0",
        "postgresql": "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user",
    }

    assert not connection.scalar(text(bypasses[pytestconfig.getoption("database")]))
