"""A failure noted while somebody changes the invite: on PostgreSQL both lock rows, in one order."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import select, text, update

from models import Invite, Letter, across_tenants, db, now
from operations import claims, invites, outbox
from operations.refusal import Refusal
from tests.mail import queued_invite
from tests.waiting import until_somebody_waits
from tests.world import invite_of


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
    # What was revoked has no letter that could fail any more, and what was resent has another.
    assert told is ((first, then) == (note, revoke))


@pytest.fixture
def second(app, world):
    """Invite one more; the first invite is written again then, and lies behind it."""
    acme = world.acme
    with app.app_context(), across_tenants(db.session):
        other = invite_of(acme.tenant, "second@mail.example", acme.partner, acme.admin)
        db.session.flush()
        first = update(Invite).where(Invite.id == acme.invite.id)
        db.session.execute(first.values(sent_by_id=acme.admin.id, message="Again"))
        db.session.commit()
        return other


def test_who_changes_several_invites_holds_them_in_one_order(world, inside, second):
    acme = world.acme

    def revoke_them():
        with inside(acme) as actor:
            db.session.execute(text("SET LOCAL enable_indexscan = off"))
            db.session.execute(text("SET LOCAL enable_bitmapscan = off"))
            revoked = invites.revoke_sent_by(actor, acme.admin)
            db.session.commit()
            return revoked

    with inside(acme), ThreadPoolExecutor(1) as somebody:
        db.session.execute(hold(acme.invite))
        waiting = somebody.submit(revoke_them)
        with db.engine.connect() as looking:
            until_somebody_waits(looking)
        db.session.execute(hold(second))
        db.session.commit()

        assert waiting.result() == 2


def hold(invite):
    return select(Invite.id).where(Invite.id == invite.id).with_for_update(key_share=True)
