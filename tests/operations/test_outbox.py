"""The outbox: letters commit with what causes them, and can be taken back until they leave."""

import pytest

from models import Letter, LetterState, Role, across_tenants, db, now
from models.tenancy import ForeignRowError
from operations import outbox
from tests.mail import now_of, queued


def test_a_letter_is_gone_when_what_caused_it_is_rolled_back(app, world, inside):
    with inside(world.acme):
        outbox.queue("accepted", "ann@mail.example")
        db.session.rollback()

    with app.app_context(), across_tenants(db.session):
        assert db.session.query(Letter).filter_by(kind="accepted").count() == 0


def test_moments_and_roles_are_kept_as_people_read_them(world, inside):
    moment = now()

    letter = queued(inside, world.acme, role=Role.PARTNER_ADMIN, when=moment)

    assert letter.facts["role"] == "Partner Admin"
    assert letter.facts["when"] == moment.isoformat()


def test_partner_people_see_the_letters_about_their_partner(world, inside):
    with inside(world.acme, world.acme.partner_admin):
        mine = outbox.queue("accepted", "ann@mail.example")
        db.session.commit()
    queued(inside, world.acme)

    with inside(world.acme, world.acme.partner_admin):
        seen = db.session.query(Letter).filter_by(kind="accepted").all()

    assert [letter.id for letter in seen] == [mine.id]


def test_staff_say_which_partner_a_letter_is_about(world, inside):
    with inside(world.acme):
        letter = outbox.write(
            "removed", world.acme.partner_user.user, partner_id=world.acme.partner.id
        )
        db.session.commit()

    assert letter.to_email == world.acme.partner_user.user.email
    assert letter.partner_id == world.acme.partner.id


def test_partner_people_write_no_letter_about_another_partner(world, inside):
    with inside(world.acme, world.acme.partner_admin), pytest.raises(ForeignRowError):
        outbox.queue("accepted", "ann@mail.example", partner_id=world.acme.other_partner.id)


def test_a_letter_that_has_not_left_can_be_taken_back(app, world, inside):
    letter = queued(inside, world.acme)

    with inside(world.acme):
        withdrawn = outbox.withdraw(letter.id)
        db.session.commit()

    assert withdrawn
    assert now_of(app, letter).state is LetterState.WITHDRAWN


@pytest.mark.parametrize("left", ["handed_over_at", "sent_at", "failed_at"])
def test_a_letter_that_left_or_failed_cannot_be_taken_back(app, world, inside, left):
    letter = queued(inside, world.acme)
    with inside(world.acme):
        setattr(db.session.merge(letter), left, now())
        db.session.commit()

    with inside(world.acme):
        withdrawn = outbox.withdraw(letter.id)
        db.session.commit()

    assert not withdrawn
    assert now_of(app, letter).withdrawn_at is None


def test_no_letter_needs_no_taking_back(world, inside):
    with inside(world.acme):
        assert not outbox.withdraw()


def test_a_persons_letters_of_one_kind_are_taken_back_together(app, world):
    person, other = world.acme.admin.user, world.acme.sales.user
    with app.app_context():
        letters = [outbox.queue_for_account(user, "password_reset") for user in (person, other)]
        letters.append(outbox.queue_for_account(person, "password_changed"))
        outbox.withdraw_for_account(person, "password_reset")
        db.session.commit()

    states = [now_of(app, letter).state for letter in letters]

    assert states == [LetterState.WITHDRAWN, LetterState.QUEUED, LetterState.QUEUED]
