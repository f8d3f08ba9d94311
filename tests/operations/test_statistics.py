"""What SQLite's planner knows of the tables (of PostgreSQL's see test_partitions.py)."""

from dataclasses import replace

import pytest
from sqlalchemy import text

import jobs
from app import create_app
from models import Scope, across_tenants, db, enter
from models.engine import reading
from operations import import_steps, statistics
from tests.conftest import actor_of
from tests.imports import brought, checked, imported, many
from tests.world import build

KNOWN = "SELECT DISTINCT tbl FROM sqlite_stat1"
TABLES = "SELECT name FROM sqlite_master"
#: A table with two indexes, either of which finds a row.
PAIRS = (
    "CREATE TABLE pair (a, b)",
    "CREATE INDEX pair_a ON pair (a)",
    "CREATE INDEX pair_b ON pair (b)",
)
FILL = (
    "INSERT INTO pair WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
    " SELECT {}, {} FROM n"
)


@pytest.fixture
def small(settings, tmp_path):
    """An application on a SQLite of its own."""
    app = create_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'small.db'}"))
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def admin(small):
    with small.app_context(), across_tenants(db.session):
        actor = actor_of(build().acme.admin)
        db.session.commit()
        return actor


def names(sql):
    with reading(), db.engine.connect() as connection:
        return set(connection.execute(text(sql)).scalars())


def analyzed(a, b):
    """Fill the table anew, and look at it."""
    db.session.execute(text("DELETE FROM pair"))
    db.session.execute(text(FILL.format(a, b)))
    db.session.commit()
    statistics.analyze("pair")
    db.session.commit()


def index_for(connection, value):
    """The index that a connection takes, after a statement that has looked at the schema.

    Each time for another value: the driver keeps what it has prepared.
    """
    plan = f"EXPLAIN QUERY PLAN SELECT * FROM pair WHERE a = {value} AND b = 1"
    with reading(), connection.begin():
        connection.execute(text("SELECT count(*) FROM pair"))
        return connection.execute(text(plan)).one()[3].split()[4]


def test_the_worker_looks_at_every_table_and_leaves_nothing_behind(small, admin):
    with small.app_context():
        before = names(TABLES)

        jobs.of(small).analyze()

        assert names(TABLES) - before == {"sqlite_stat1"}
        assert names(KNOWN) >= {"partner", "source", "membership", "invite", "user"}


def test_a_connection_that_is_open_learns_it(small):
    with small.app_context(), db.engine.connect() as another:
        for statement in PAIRS:
            db.session.execute(text(statement))
        db.session.commit()

        analyzed("i", "i % 2")
        first = index_for(another, 1)
        analyzed("i % 2", "i")

        assert (first, index_for(another, 2)) == ("pair_a", "pair_b")


@pytest.mark.parametrize(("large", "known"), [(3, {"partner"}), (4, set())])
def test_a_large_import_is_looked_at_at_once(small, admin, monkeypatch, large, known):
    monkeypatch.setattr(import_steps, "LARGE", large)
    with small.app_context():
        enter(db.session, Scope(admin.tenant_id))
        statistics.analyze("user")  # the table of the figures is there
        db.session.commit()

        imported(admin, checked(admin, brought(admin, many(3))))

        assert names(KNOWN) - {"user"} == known
