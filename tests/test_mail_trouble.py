"""A mail server in trouble: nobody waits for it, and nothing is lost or doubled."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from models import AuditEvent, Invite, Letter, LetterState, across_tenants, db, now
from tests.mail import change, now_of
from tests.ports import free_port
from tests.servers import (
    Site,
    environment_of,
    mail_worker,
    somebody,
    wait_until,
    web_server,
)
from tests.smtp import Peer

SLOW = 5.0


@pytest.fixture(scope="module")
def peer():
    peer = Peer()
    yield peer
    peer.behave("down")


@pytest.fixture(scope="module")
def environment(settings, peer, tmp_path_factory):
    own = replace(settings, instance=tmp_path_factory.mktemp("mail-trouble"))
    mail = {"MAIL_SERVER": peer.host, "MAIL_PORT": str(peer.port)}
    return environment_of(own, Site(free_port())) | mail


@pytest.fixture(scope="module")
def site(app, environment):
    """A web server alone: each test says when the worker is there."""
    site = Site(int(environment["PORT"]))
    with web_server(site, environment):
        yield site


class Inviter:
    """An Admin at the form, and what the panel and the database say of one invited address."""

    def __init__(self, app, side, site):
        self.app, self.side = app, side
        self.person = somebody(site, app, side.admin)
        self.page = f"/admin/partners/{side.partner.public_id}/invites"

    def invite(self, email):
        fields = {"addresses": email, "role": "partner_user", "message": ""}
        return self.person.post(f"{self.page}/send", **fields).status

    def letter(self, email):
        with self.app.app_context(), across_tenants(db.session):
            return db.session.scalar(select(Letter).where(Letter.to_email == email))

    def rows(self, email):
        """Count the invite, its event and its letter."""
        invites = select(Invite.id).where(Invite.email_key == email)
        with self.app.app_context(), across_tenants(db.session):
            return tuple(
                db.session.scalar(select(func.count()).select_from(table).where(which))
                for table, which in (
                    (Invite, Invite.email_key == email),
                    (AuditEvent, AuditEvent.object_id.in_(invites)),
                    (Letter, Letter.to_email == email),
                )
            )

    def shown(self, email):
        """What the panel says of this address: its row among the pending invites, without tags."""
        rows = self.person.get(f"{self.page}/").text.split("<tr")
        [row] = [row for row in rows if f'title="{email}"' in row]
        return re.sub(r"<[^>]+>", " ", row)


@pytest.fixture
def inviter(app, world, site):
    return Inviter(app, world.acme, site)


def is_held(inviter, email):
    """The worker has taken the letter to the mail server, and waits there."""
    letter = inviter.letter(email)
    return letter.claimed_at and letter.state is LetterState.QUEUED


def mailed(peer, email):
    return [message for message in peer.messages if email in message["To"]]


def test_nobody_waits_for_a_slow_mail_server(inviter, environment, peer):
    peer.behave("slow", seconds=SLOW)
    first, second = "acme-slow-1@mail.example", "acme-slow-2@mail.example"

    with mail_worker(environment):
        assert inviter.invite(first) == 303
        wait_until(lambda: is_held(inviter, first), "the mail server holds the first letter")
        status, said_meanwhile = inviter.invite(second), inviter.shown(second)
        held = mailed(peer, first) + mailed(peer, second)
        for email in (first, second):
            wait_until(lambda email=email: inviter.letter(email).sent_at, f"{email} is sent")

    assert status == 303
    assert held == [], "the answer came only after the mail server's"
    assert "Queued" in said_meanwhile
    assert "Sent" in inviter.shown(second)
    assert [len(mailed(peer, email)) for email in (first, second)] == [1, 1]
    assert inviter.rows(second) == (1, 1, 1)


def test_a_mail_server_that_is_down_loses_nothing(app, inviter, environment, peer):
    peer.behave("down")
    email = "acme-down@mail.example"

    with mail_worker(environment):
        status = inviter.invite(email)
        wait_until(lambda: inviter.letter(email).answer, "the first try comes to nothing")
    tried, said = inviter.letter(email), inviter.shown(email)
    peer.behave("accept")
    change(app, tried, next_try_at=now())
    with mail_worker(environment):
        wait_until(lambda: inviter.letter(email).sent_at, "it is sent after all")

    assert status == 303
    assert tried.state is LetterState.QUEUED
    assert "Queued" in said
    assert "Sent" in inviter.shown(email)
    assert len(mailed(peer, email)) == 1
    assert inviter.rows(email) == (1, 1, 1)


def test_a_mail_server_that_refuses_is_quoted(inviter, environment, peer):
    peer.behave("refuse")
    email = "acme-refused@mail.example"

    with mail_worker(environment):
        status = inviter.invite(email)
        wait_until(lambda: inviter.letter(email).failed_at, "it is refused")

    assert status == 303
    assert "550 5.1.1 There is nobody of this name here" in inviter.shown(email)
    assert mailed(peer, email) == []
    assert inviter.rows(email) == (1, 1, 1)


def test_a_mail_server_that_drops_the_line_after_the_text_gets_it_once(
    app, inviter, environment, peer
):
    peer.behave("drop")
    email, another = "acme-dropped@mail.example", "acme-another@mail.example"

    with mail_worker(environment):
        status = inviter.invite(email)
        wait_until(lambda: inviter.letter(email).failed_at, "the line is dropped")
    said = inviter.shown(email)
    peer.behave("accept")
    change(app, inviter.letter(email), next_try_at=now())
    with mail_worker(environment):
        inviter.invite(another)
        wait_until(lambda: inviter.letter(another).sent_at, "the worker has swept")

    assert status == 303
    assert "it may have arrived" in said
    assert "Sent" not in said
    assert len(mailed(peer, email)) == 1
    assert inviter.rows(email) == (1, 1, 1)
    assert now_of(app, inviter.letter(email)).state is LetterState.FAILED
