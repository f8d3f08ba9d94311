"""What an invite's row says of its mail is what its letter says, however either is changed."""

import pytest
from sqlalchemy import insert, select, update

from models import Invite, Letter, Role, across_tenants, db, now
from models.base import key_of, new_id
from tests.world import a_letter, added, an_invite, invite_of


def told():
    """The addresses of the invites whose rows say that their mail failed."""
    return set(db.session.scalars(select(Invite.email).where(Invite.mail_failed)))


def recounted():
    """The addresses of the invites whose letters failed."""
    failed = select(Invite.email).join(Invite.letter).where(Letter.failed_at.is_not(None))
    return set(db.session.scalars(failed))


@pytest.fixture
def everywhere(app, world):
    """Work in all tenants at once, and compare once the test is over."""
    with app.app_context(), across_tenants(db.session):
        yield world
        assert told() == recounted()


def fail(*letters):
    failed = update(Letter).where(Letter.id.in_(letters))
    db.session.execute(failed.values(failed_at=now(), sent_at=None))


def test_a_failure_is_told_to_the_invite_that_the_letter_carries_and_to_no_other(everywhere):
    acme = everywhere.acme
    invite_of(acme.tenant, "acme-second@mail.example", acme.partner, acme.admin)

    fail(acme.invite.letter_id)

    assert told() == {acme.invite.email}


def test_a_failure_that_is_taken_back_or_noted_again_leaves_the_truth(everywhere):
    letter_id = everywhere.acme.invite.letter_id
    the_letter = update(Letter).where(Letter.id == letter_id)
    said = []

    for failed_at in (now(), now(), None, None, now()):
        db.session.execute(the_letter.values(failed_at=failed_at))
        said.append(bool(told()))

    assert said == [True, True, False, False, True]


def test_one_statement_tells_many_invites(everywhere):
    acme, rival = everywhere.acme, everywhere.rival
    each = [
        invite_of(side.tenant, f"{side.marker}-{n}@mail.example", side.partner, side.admin)
        for side in (acme, rival)
        for n in range(5)
    ]

    fail(*(invite.letter_id for invite in each[::2]))

    assert told() == {invite.email for invite in each[::2]}


def test_nothing_is_told_of_what_was_rolled_back(everywhere):
    fail(everywhere.acme.invite.letter_id)
    db.session.rollback()

    assert told() == set()


def test_an_invite_is_told_of_a_letter_that_failed_before(everywhere):
    acme = everywhere.acme
    letter = a_letter(acme.tenant, "acme-late@mail.example", acme.partner)
    letter.failed_at = now()

    added(an_invite(added(letter), Role.PARTNER_USER, acme.admin))

    assert told() == {"acme-late@mail.example"}


def test_many_invites_that_come_at_once_are_told_whatever_they_say_themselves(everywhere):
    acme = everywhere.acme
    letters = [
        added(a_letter(acme.tenant, f"acme-{n}@mail.example", acme.partner)) for n in range(6)
    ]
    fail(*(letter.id for letter in letters[:3]))
    rows = [
        {
            "tenant_id": acme.tenant.id,
            "id": new_id(),
            "email": letter.to_email,
            "email_key": key_of(letter.to_email),
            "role": Role.PARTNER_USER,
            "partner_id": acme.partner.id,
            "letter_id": letter.id,
            "expires_at": now(),
            "mail_failed": n % 2 == 0,
        }
        for n, letter in enumerate(letters)
    ]

    db.session.execute(insert(Invite).values(rows))

    assert told() == {letter.to_email for letter in letters[:3]}


def test_an_invite_tells_of_the_letter_that_it_has_now(everywhere):
    acme = everywhere.acme
    sound, failed = (
        added(a_letter(acme.tenant, acme.invite.email, acme.partner)).id for _ in range(2)
    )
    fail(failed)
    said = []

    for letter_id in (failed, sound, failed, None, failed):
        db.session.execute(
            update(Invite).where(Invite.id == acme.invite.id).values(letter_id=letter_id)
        )
        said.append(bool(told()))

    assert said == [True, False, True, False, True]


def test_a_letter_that_was_replaced_tells_no_invite_any_more(everywhere):
    acme = everywhere.acme
    before = acme.invite.letter_id
    fresh = added(a_letter(acme.tenant, acme.invite.email, acme.partner))
    db.session.execute(update(Invite).where(Invite.letter_id == before).values(letter_id=fresh.id))

    fail(before)

    assert told() == set()
