"""An invite whose mail did not arrive is found as failed, for as long as that is true."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from models import AccountLetter, Invite, Letter, across_tenants, db, now
from models.invite import failed_invites
from operations import claims, invites, outbox
from tests.mail import change, now_of, one_pass, queued, queued_invite, using


@pytest.fixture
def found(app):
    """Find the addresses of the invites whose mail failed, and compare them with the letters."""

    def find():
        with app.app_context(), across_tenants(db.session):
            told = db.session.scalars(select(Invite.email).where(failed_invites())).all()
            lost = select(Invite.email).join(Invite.letter).where(Letter.failed_at.is_not(None))
            assert told == db.session.scalars(lost).all()
            return told

    return find


@pytest.fixture
def refused(app, world, inside, smtp, settings):
    """Let the mail server refuse the mail of Acme's invite."""
    smtp.behave("refuse")
    letter = queued_invite(inside, world.acme)
    one_pass(app, using(settings, smtp))
    return letter


def test_a_letter_that_is_refused_puts_its_invite_among_the_failed(world, refused, found):
    assert found() == [world.acme.invite.email]


def test_resending_takes_it_out_at_once(world, inside, refused, found):
    with inside(world.acme) as actor:
        invites.resend(actor, world.acme.invite)
        db.session.commit()

    assert found() == []


def test_a_letter_that_will_be_tried_again_has_not_failed(
    app, world, inside, smtp, settings, found
):
    smtp.behave("later")
    queued_invite(inside, world.acme)

    one_pass(app, using(settings, smtp))

    assert found() == []


def test_a_letter_given_up_on_is_among_the_failed_until_the_server_confirms_it(
    app, world, inside, found
):
    letter = queued_invite(inside, world.acme)
    with app.app_context(), across_tenants(db.session):
        claim = claims.claim(Letter, outbox.key_of(letter))
        claims.hand_over(claim)
        with time_machine.travel(now() + claims.LEASE + timedelta(seconds=1)):
            claims.close_unconfirmed(Letter, "It may have arrived.")
        given_up = found()
        claims.note(claim, sent_at=now(), failed_at=None, answer="250 OK")

    assert given_up == [world.acme.invite.email]
    assert found() == []


def test_what_nobody_confirmed_is_closed_one_by_one_and_what_just_left_stays_open(
    app, world, inside, found
):
    long_ago = now() - claims.LEASE - timedelta(seconds=1)
    for side in (world.acme, world.rival):
        change(app, queued_invite(inside, side), claimed_at=long_ago, handed_over_at=long_ago)
    just_now = queued(inside, world.acme)
    change(app, just_now, claimed_at=now(), handed_over_at=now())

    with app.app_context(), across_tenants(db.session):
        claims.close_unconfirmed(Letter, "It may have arrived.")

    assert sorted(found()) == ["acme-invitee@mail.example", "rival-invitee@mail.example"]
    assert now_of(app, just_now).failed_at is None


def test_a_letter_about_an_account_is_closed_and_is_no_invites(app, world, found):
    with app.app_context(), across_tenants(db.session):
        letter = outbox.queue_for_account(world.acme.admin.user, "password_changed")
        letter.handed_over_at = now() - claims.LEASE - timedelta(seconds=1)
        db.session.commit()
        claims.close_unconfirmed(AccountLetter, "It may have arrived.")

        assert db.session.scalars(select(AccountLetter.answer)).all() == ["It may have arrived."]
    assert found() == []
