"""A read replica: what is read from it, when it is left alone, and that the walls stand there."""

from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import InternalError

from app import create_app
from models import Partner, Scope, db, enter
from models.replica import Replica, reading
from models.tenancy import ScopeMissingError
from tests.conftest import Browser
from tests.intake import write
from tests.postgres import Standby, execute
from tests.servers import wait_until
from tests.world import PASSWORD

NOWHERE = "postgresql+psycopg://inflow@127.0.0.1:1/nowhere"


@pytest.fixture(scope="module")
def standby(settings):
    server = Standby(make_url(settings.database_url).port)
    yield server
    server.stop()


@pytest.fixture
def frozen(app, world, standby):
    """The address of a replica that has acme's world, and gets nothing that comes after it."""
    with app.app_context(), db.engine.connect() as primary:
        position = primary.scalar(text("SELECT CAST(pg_current_wal_insert_lsn() AS text)"))
    wait_until(lambda: asked(standby, f"pg_last_wal_replay_lsn() >= '{position}'"), "it follows")
    asked(standby, "pg_wal_replay_pause()")
    wait_until(lambda: asked(standby, "pg_get_wal_replay_pause_state()") == "paused", "it waits")
    yield make_url(app.config["INFLOW"].database_url).set(port=standby.port)
    asked(standby, "pg_wal_replay_resume()")


def asked(standby, expression):
    address = f"postgresql://postgres@127.0.0.1:{standby.port}/postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        return connection.execute(f"SELECT {expression}").fetchone()[0]


@pytest.fixture
def having(settings, world):
    """The application with a replica that may be so many seconds behind, and its Admin."""
    built = []

    def make(url, seconds):
        address = make_url(url).render_as_string(hide_password=False)
        app = create_app(replace(settings, replica_url=address, replica_seconds=seconds))
        app.config["WTF_CSRF_ENABLED"] = False
        app.test_client_class = Browser
        built.append(app)
        client = app.test_client()
        client.post("/login", data={"email": world.acme.admin.user.email, "password": PASSWORD})
        return app, client

    yield make
    for app in built:
        app.extensions["replica"].engine.dispose()
        with app.app_context():
            db.engine.dispose()


def add_partner(app, world):
    write(app, Partner(tenant_id=world.acme.tenant.id, name="acme-latest"))


def test_exports_and_reports_come_from_a_replica_that_follows(frozen, having, world):
    app, client = having(frozen, seconds=3600)
    add_partner(app, world)

    export = client.get("/admin/partners/export").text

    assert "acme-partner" in export
    assert "acme-latest" not in export
    assert "acme-latest" in client.get("/admin/partners/").text
    assert client.get("/admin/").status_code == 200


def test_one_that_is_too_far_behind_is_not_read(frozen, having, world):
    app, client = having(frozen, seconds=0)
    add_partner(app, world)

    assert "acme-latest" in client.get("/admin/partners/export").text


@pytest.mark.parametrize("where", ["down", "promoted"])
def test_one_that_is_down_or_follows_nobody_is_not_read(where, settings, having, world):
    app, client = having(NOWHERE if where == "down" else settings.database_url, seconds=3600)
    add_partner(app, world)

    for _ in range(2):
        assert "acme-latest" in client.get("/admin/partners/export").text


def test_one_that_was_down_is_not_asked_again_at_once(frozen, app):
    down = Replica(NOWHERE, 10)

    with app.app_context():
        assert down.session() is None
        down.engine = Replica(frozen, 10).engine
        assert down.session() is None


def test_the_walls_stand_there_too(frozen, having, world):
    app, _ = having(frozen, seconds=3600)

    with app.app_context():
        with pytest.raises(ScopeMissingError), reading():
            pass
        enter(db.session, Scope(world.acme.tenant.id))
        with reading():
            names = db.session.scalars(select(Partner.name)).all()

    assert names
    assert all(name.startswith("acme-") for name in names)


def test_nothing_can_be_written_there(frozen, having, world):
    app, _ = having(frozen, seconds=3600)

    with app.app_context():
        enter(db.session, Scope(world.acme.tenant.id))
        with reading(), pytest.raises(InternalError, match="read-only"):
            db.session.add(Partner(name="acme-written"))
            db.session.flush()


def test_a_replica_that_stops_in_between_is_left_for_the_primary(frozen, having, standby):
    _, client = having(frozen, seconds=3600)
    before = client.get("/admin/partners/export").text
    execute(standby.port, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'inflow'")  # fmt: skip

    assert client.get("/admin/partners/export").text == before
