"""A failure noted while somebody changes the invite: on PostgreSQL both lock rows, in one order."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import select

from models import Invite, Letter, across_tenants, db, now
from operations import claims, invites, outbox
from operations.refusal import Refusal
from tests.mail import queued_invite
from tests.waiting import until_somebody_waits


def note(_actor, _invite, claim):
    claims.note(claim, failed_at=now(), answer="550 There is nobody of this name here")


def revoke(actor, invite, _claim):
    invites.revoke(actor, invite)


def resend(actor, invite, _claim):
    invites.resend(actor, invite)


@pytest.fixture
def claim(app, world, inside):
    """Claim the letter of Acme's invite, as a worker does before it talks to the server."""
    letter = queued_invite(inside, world.acme)
    with app.app_context(), across_tenants(db.session):
        return claims.claim(Letter, outbox.key_of(letter))


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (revoke, note),
        (resend, note),
        (note, revoke),
        (note, resend),
        (revoke, resend),
        (resend, revoke),
    ],
)
def test_who_comes_second_waits_for_the_invite_and_holds_nothing_of_it_before(
    world, inside, claim, first, then
):
    """Else whoever came first, and changes the letter next, would wait in a circle."""
    acme = world.acme

    def come_second():
        with inside(acme) as actor, suppress(Refusal):
            then(actor, acme.invite, claim)
            db.session.commit()

    with inside(acme) as actor, ThreadPoolExecutor(1) as somebody:
        db.session.execute(hold(acme.invite))
        waiting = somebody.submit(come_second)
        with db.engine.connect() as looking:
            until_somebody_waits(looking)
        first(actor, acme.invite, claim)
        db.session.commit()
        waiting.result()

    with inside(acme):
        now_said = select(Invite.mail_failed, Letter.failed_at).join(Invite.letter)
        told, failed_at = db.session.execute(now_said).one()
    assert told is bool(failed_at)
    assert told is (resend not in {first, then})


def hold(invite):
    return select(Invite.id).where(Invite.id == invite.id).with_for_update(key_share=True)
