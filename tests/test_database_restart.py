"""A PostgreSQL that was restarted: whoever comes next, in the panel or at intake, sees nothing."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import create_engine, text

from app import create_app
from models import across_tenants, db
from tests.conftest import Browser
from tests.intake import LEADS, a_key, lead
from tests.postgres import Cluster
from tests.servers import PATIENCE
from tests.world import PASSWORD
from tests.world import build as build_world

CONNECTIONS = 3


@pytest.fixture
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture
def site(cluster, settings):
    site = create_app(replace(settings, database_url=cluster.create_database("restarted")))
    site.test_client_class = Browser
    site.config["WTF_CSRF_ENABLED"] = False
    with site.app_context():
        db.create_all()
    yield site
    site.extensions["intake"].direct.close()
    with site.app_context():
        db.engine.dispose()


def keep_open(site):
    """Leave several connections in both pools, as a few busy minutes do."""
    with site.app_context(), ExitStack() as held:
        for _ in range(CONNECTIONS):
            held.enter_context(db.engine.connect()).execute(text("SELECT 1"))
        assert db.engine.pool.checkedout() == CONNECTIONS
    direct, together = site.extensions["intake"].direct, Barrier(CONNECTIONS)

    def hold(_):
        with direct.transaction():
            together.wait(PATIENCE)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(hold, range(CONNECTIONS)))


def test_nobody_sees_that_the_database_was_restarted(cluster, site):
    with site.app_context(), across_tenants(db.session):
        acme = build_world().acme
        db.session.commit()
        email = acme.admin.user.email
    key, client = a_key(site, acme), site.test_client()
    client.post("/login", data={"email": email, "password": PASSWORD})
    shown = {"Authorization": key.header, "Content-Type": "application/json"}
    assert client.get("/admin/").status_code == 200
    # The second call is remembered, and those after it go to the server once.
    before = [client.post(LEADS, json=lead(f"before{n}"), headers=shown) for n in range(2)]
    assert [answer.status_code for answer in before] == [201, 201]
    keep_open(site)

    cluster.restart()
    pages = [client.get("/admin/").status_code for _ in range(CONNECTIONS + 1)]
    calls = [
        client.post(LEADS, json=lead(number), headers=shown).status_code
        for number in range(CONNECTIONS + 1)
    ]

    assert pages == [200] * len(pages)
    assert calls == [201] * len(calls)


def test_a_write_straight_to_the_driver_finds_a_new_connection(cluster, site):
    direct = site.extensions["intake"].direct
    keep_open(site)

    cluster.restart()
    for _ in range(CONNECTIONS + 1):
        direct.write([("SELECT 1", {})])
        with direct.transaction() as run:
            assert run([("SELECT CAST(1 AS integer)", {})]) == [(1,)]


def test_one_that_was_closed_on_this_side_is_replaced_too(cluster):
    engine = create_engine(cluster.create_database("closed"), pool_reset_on_return=None)
    lent = engine.raw_connection()
    lent.driver_connection.close()
    lent.close()

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
