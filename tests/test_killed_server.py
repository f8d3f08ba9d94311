"""`kill -9` of the web server while people work: what was answered is there whole, and stays."""

import http.client
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from models import Assignment, AuditEvent, Invite, Letter, Source, across_tenants, db
from tests.ports import free_port
from tests.servers import (
    PATIENCE,
    Site,
    children_of,
    environment_of,
    mail_worker,
    somebody,
    wait_until,
    web_server,
)
from tests.world import source_of

CLIENTS = 8
#: The server dies once so many deeds are answered and all clients are in the midst of the next.
ANSWERED = 24
SOURCES_EACH = 40
DONE = 303
#: Begins the name of whatever these deeds make.
MARK = "acme-killed-"


@pytest.fixture
def site():
    return Site(free_port())


@pytest.fixture
def environment(settings, site, smtp, tmp_path):
    mail = {"MAIL_SERVER": smtp.host, "MAIL_PORT": str(smtp.port)}
    return environment_of(replace(settings, instance=tmp_path), site) | mail


def kill_all(server):
    """End the master and then its workers, by their identifiers and without a warning."""
    processes = [server.pid, *map(int, children_of(server.pid))]
    for process in processes:
        os.kill(process, signal.SIGKILL)
    server.wait(PATIENCE)


class Crowd:
    """Clients that post one deed after the other until nobody answers any more."""

    def __init__(self) -> None:
        self.answered: list[str] = []
        self.tried: list[str] = []
        self.enough = threading.Event()

    def work(self, deeds: Iterator[tuple[str, Callable[[], int]]]) -> None:
        for name, deed in deeds:
            self.tried.append(name)
            try:
                status = deed()
            except (OSError, http.client.HTTPException):
                return
            assert status == DONE, f"{name} was answered with {status}"
            self.answered.append(name)
            if len(self.answered) >= ANSWERED:
                self.enough.set()


def invitations(person, partner, client):
    """Invite one new address after the other."""
    address = f"/admin/partners/{partner.public_id}/invites/send"
    for number in range(10_000):
        email = f"{MARK}{client}-{number}@mail.example"
        fields = {"addresses": email, "role": "partner_user", "message": ""}
        yield email, lambda fields=fields: person.post(address, **fields).status


def assignments(person, partner, sources):
    """Assign one free source after the other."""
    address = f"/admin/partners/{partner.public_id}/sources/assign"
    for source in sources:
        fields = {"source": source.public_id, "credit": "leave"}
        yield source.name, lambda fields=fields: person.post(address, **fields).status


@pytest.fixture
def free_sources(app, world):
    """For each assigning client sources of its own."""
    with app.app_context(), across_tenants(db.session):
        made = [
            [
                source_of(world.acme.tenant, f"{MARK}{client}-{number}")
                for number in range(SOURCES_EACH)
            ]
            for client in range(CLIENTS // 2)
        ]
        db.session.commit()
    return made


class Stored:
    """What the database holds of the deeds of this test, by the names in each table."""

    def __init__(self, app) -> None:
        self.app = app

    def names(self, column, *where) -> list[str]:
        with self.app.app_context(), across_tenants(db.session):
            found = db.session.scalars(select(column).where(column.startswith(MARK), *where))
            return sorted(found)

    def invited(self) -> set[str]:
        """Whoever is invited; row, event and letter are there once each, or none of them."""
        rows = self.names(Invite.email)
        assert self.names(AuditEvent.object_name, AuditEvent.kind == "invite.sent") == rows
        assert self.names(Letter.to_email) == rows
        return set(rows)

    def assigned(self, partner) -> set[str]:
        """What is assigned: the source says so, and its one open assignment, and one event."""
        rows = self.names(Source.name, Source.partner_id == partner.id)
        assert self.names(AuditEvent.object_name, AuditEvent.kind == "source.assigned") == rows
        with self.app.app_context(), across_tenants(db.session):
            named = select(Source.name).join(Assignment, Assignment.source_id == Source.id)
            is_open = (Assignment.partner_id == partner.id, Assignment.ended_at.is_(None))
            opened = db.session.scalars(named.where(Source.name.startswith(MARK), *is_open))
            assert sorted(opened) == rows
        return set(rows)

    def sent(self) -> list[str]:
        return self.names(Letter.to_email, Letter.sent_at.is_not(None))


def test_what_was_answered_survives_kill_9_whole(app, world, site, environment, smtp, free_sources):
    crowd, person, stored = Crowd(), somebody(site, app, world.acme.admin), Stored(app)
    partner = world.acme.partner
    work = [invitations(person, partner, client) for client in range(CLIENTS // 2)]
    work += [assignments(person, partner, sources) for sources in free_sources]

    with web_server(site, environment) as server, ThreadPoolExecutor(CLIENTS) as clients:
        done = [clients.submit(crowd.work, deeds) for deeds in work]
        assert crowd.enough.wait(PATIENCE)
        kill_all(server)
        for one in done:
            one.result(PATIENCE)
    with web_server(site, environment), mail_worker(environment):
        afterwards, invite_afterwards = next(invitations(person, partner, "after"))
        status = invite_afterwards()
        invited, assigned = stored.invited(), stored.assigned(partner)
        wait_until(lambda: len(stored.sent()) == len(invited), "every letter is sent")

    assert status == DONE
    assert {*crowd.answered, afterwards} <= invited | assigned <= {*crowd.tried, afterwards}
    assert len(crowd.tried) == len(crowd.answered) + CLIENTS
    assert sorted(message["To"] for message in smtp.messages) == sorted(invited)
