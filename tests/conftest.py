"""What every test can ask for: an application, two tenants, and a way to act or sign in."""

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from admin_views.once import ticket
from app import create_app
from config import Settings
from models import Membership, Scope, across_tenants, db, enter
from models.base import Public
from models.partitions import LEAD, SUBMISSION, lay
from policy import Actor
from tests.world import PASSWORD, Side, World, empty
from tests.world import build as build_world

pytest_plugins = [
    "tests.plugin_database",
    "tests.plugin_house",
    "tests.smtp",
    "tests.browser",
    "tests.servers",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what goes through every page: at the end nobody waits for a long test."""
    items.sort(key=lambda item: item.get_closest_marker("no_cover") is None)


def pytest_collection_finish() -> None:
    """Look for no garbage in what is loaded by now, and stays: that took a fifth of the time."""
    gc.freeze()


class Browser(FlaskClient):
    """Reads every answer to its end: an export read by half would keep its connection."""

    def open(self, *args: Any, buffered: bool = True, **values: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **values)


Inside = Callable[..., AbstractContextManager[Actor]]
SignIn = Callable[[Membership], FlaskClient]


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """As in production, with a password hash that is quick and therefore weak."""
    return Settings(
        secret_key="only the tests know this key, it is 50 letters long",
        database_url=database_url,
        instance=tmp_path_factory.mktemp("instance"),
        public_url="http://localhost",
        production=False,
        password_memory=8,
        password_passes=1,
    )


@pytest.fixture(scope="session")
def open_app() -> Iterator[Callable[[Settings], Flask]]:
    """Build an application whose database has all its tables, closed when the tests are done."""
    built = []

    def make(settings: Settings) -> Flask:
        built.append(furnished(create_app(settings), settings))
        return built[-1]

    yield make
    for app in built:
        close(app)


def furnished(app: Flask, settings: Settings) -> Flask:
    app.testing = True
    app.test_client_class = Browser
    app.config["PROPAGATE_EXCEPTIONS"] = True
    with app.app_context():
        event.listen(db.engine, "connect", hurry)
        db.create_all()
        # As in production, but few: every test empties all of them.
        with db.engine.begin() as connection:
            lay(
                connection, settings.submission_days, dict.fromkeys((LEAD, SUBMISSION), timedelta())
            )
    return app


def hurry(connection: Any, _record: object) -> None:
    """As on the PostgreSQL of the tests: nothing has to survive a power cut."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture(scope="session")
def app(settings: Settings, open_app: Callable[[Settings], Flask]) -> Flask:
    return open_app(settings)


def close(app: Flask) -> None:
    """Close every connection: one that is only forgotten is a warning, which fails the run."""
    app.extensions["intake"].direct.close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def build() -> Iterator[Callable[[Settings], Flask]]:
    """One more application, closed at the end: `build(replace(settings, trusted_proxies=1))`."""
    built = []

    def make(settings: Settings) -> Flask:
        built.append(create_app(settings))
        return built[-1]

    yield make
    for app in built:
        close(app)


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """Acme and Rival, alike in everything but their names, which begin with a marker."""
    with app.app_context(), across_tenants(db.session):
        made = build_world()
        db.session.commit()
    yield made
    with app.app_context(), across_tenants(db.session):
        empty()


@pytest.fixture
def stored(app: Flask) -> Callable[[Callable[[], Any]], Any]:
    """Change what is stored: `stored(lambda: ...)` commits, and gives back what was made."""

    def store(work: Callable[[], Any]) -> Any:
        with app.app_context(), across_tenants(db.session):
            made = work()
            db.session.commit()
            return made

    return store


@pytest.fixture
def add(stored: Callable[[Callable[[], Any]], Any], world: World) -> Callable[..., Any]:
    """Add rows to acme and commit them: `add(lambda acme: ...)`."""
    return lambda work: stored(lambda: work(world.acme))


@pytest.fixture
def inside(app: Flask) -> Inside:
    """Act as a member of one side, its Admin unless said.

    Used as `with inside(world.acme) as actor:`.
    """

    @contextmanager
    def act(side: Side, member: Membership | None = None) -> Iterator[Actor]:
        actor = actor_of(member or side.admin)
        with app.app_context():
            enter(db.session, Scope(actor.tenant_id, actor.partner_id))
            yield actor

    return act


def actor_of(member: Membership) -> Actor:
    return Actor(
        name=member.user.name,
        email=member.user.email,
        tenant_id=member.tenant_id,
        role=member.role,
        membership_id=member.id,
        user_id=member.user_id,
        partner_id=member.partner_id,
        address="192.0.2.7",
    )


@pytest.fixture
def ticket_for(app: Flask) -> Callable[[Public], dict[str, str]]:
    """What a question carries whose answer is shown once: `ticket_for(world.acme.source)`."""

    def draw(about: Public) -> dict[str, str]:
        with app.app_context():
            return {"once": ticket(about)}

    return draw


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    """A browser of somebody who is not signed in. Forms need no token in tests."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A browser of a member who has just signed in: `sign_in(world.acme.admin)`."""

    def open_browser(member: Membership) -> FlaskClient:
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        answer = client.post("/login", data={"email": member.user.email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        client.get("/")
        return client

    return open_browser
