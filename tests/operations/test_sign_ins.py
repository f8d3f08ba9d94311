"""The limit, the check, and the session that begins."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from models import (
    AuditEvent,
    LoginSession,
    Membership,
    PartnerStatus,
    SignInAttempt,
    across_tenants,
    db,
    now,
)
from operations import accounts, passwords, sessions, sign_ins
from operations.refusal import Invalid, TooMany
from tests.parallel import at_once
from tests.world import PASSWORD

HERE = "192.0.2.7"


@pytest.fixture
def outside(app, world):
    """No scope: nobody is signed in yet."""
    with app.app_context():
        yield


def sign_in(settings, email, password=PASSWORD, address=HERE):
    attempt = sign_ins.admit(email, address, settings)
    db.session.commit()
    begun = sign_ins.begin(attempt, password, address, "Firefox/140.0", settings)
    db.session.commit()
    return begun


def fail(settings, email, times, address=HERE):
    for _ in range(times):
        with pytest.raises(Invalid):
            sign_in(settings, email, "wrong horse battery", address)
        db.session.rollback()


@pytest.mark.usefixtures("outside")
def test_the_right_password_opens_a_session_in_the_persons_place(world, settings):
    key, signed_in = sign_in(settings, world.acme.admin.user.email.upper())

    assert signed_in.place.membership.id == world.acme.admin.id
    resumed = sessions.resume(key, settings)
    assert resumed.place.membership.id == world.acme.admin.id
    assert resumed.session.key_hash != key


@pytest.mark.usefixtures("outside")
def test_the_beginning_is_recorded_in_the_places_tenant(world, settings):
    sign_in(settings, world.acme.partner_user.user.email)

    with across_tenants(db.session):
        event = db.session.scalars(select(AuditEvent)).one()
    assert (event.kind, event.tenant_id) == ("session.began", world.acme.tenant.id)
    assert (event.address, event.partner_id) == (HERE, world.acme.partner.id)
    assert event.actor_id == world.acme.partner_user.id


@pytest.mark.usefixtures("outside")
def test_wrong_unknown_and_suspended_are_refused_with_one_sentence(world, settings):
    world_user = accounts.find(world.acme.sales.user.email)
    world_user.suspended_at = now()
    db.session.commit()
    sentences = set()

    for email, password in (
        (world.acme.admin.user.email, "wrong horse battery"),
        ("nobody@mail.example", PASSWORD),
        (world_user.email, PASSWORD),
    ):
        with pytest.raises(Invalid) as refusal:
            sign_in(settings, email, password)
        sentences.add(refusal.value.sentence)

    assert sentences == {sign_ins.WRONG}


@pytest.mark.usefixtures("outside")
def test_the_eleventh_failure_for_an_account_is_not_even_checked(world, settings):
    email = world.acme.admin.user.email
    for number in range(10):
        fail(settings, email, 1, f"192.0.2.{number}")

    with pytest.raises(TooMany) as refusal:
        sign_ins.admit(email, "192.0.2.99", settings)

    assert 0 < refusal.value.retry_after <= 301


@pytest.mark.usefixtures("outside")
def test_the_eleventh_failure_from_an_address_is_not_even_checked(world, settings):
    for number in range(10):
        fail(settings, f"nobody-{number}@mail.example", 1)

    with pytest.raises(TooMany):
        sign_ins.admit(world.acme.admin.user.email, HERE, settings)

    assert sign_ins.admit(world.acme.admin.user.email, "192.0.2.99", settings).user


@pytest.mark.usefixtures("outside")
def test_five_minutes_later_it_is_checked_again(world, settings):
    email = world.acme.admin.user.email
    fail(settings, email, 10)

    with time_machine.travel(now() + timedelta(minutes=5, seconds=1)):
        key, _ = sign_in(settings, email)

    assert key


@pytest.mark.usefixtures("outside")
def test_an_office_that_signs_in_from_one_address_is_not_held_up(world, settings):
    for _ in range(12):
        sign_in(settings, world.acme.admin.user.email)

    assert db.session.scalar(select(func.count(LoginSession.id))) == 12


def test_of_thirty_attempts_at_once_ten_are_let_through(app, world, settings):
    email = world.acme.admin.user.email

    def attempt():
        with app.app_context():
            try:
                sign_ins.admit(email, HERE, settings)
                db.session.commit()
            except TooMany:
                return False
            return True

    assert sum(at_once(30, attempt)) == 10


@pytest.mark.usefixtures("outside")
def test_a_hash_with_old_parameters_is_replaced(world, settings):
    stronger = replace(settings, password_passes=2)

    sign_in(stronger, world.acme.admin.user.email)

    stored = accounts.find(world.acme.admin.user.email).password_hash
    assert "t=2" in stored
    assert passwords.fits(PASSWORD, stored, stronger)


@pytest.mark.usefixtures("outside")
def test_a_password_that_changed_after_the_check_opens_nothing(world, settings):
    email = world.acme.admin.user.email
    attempt = sign_ins.admit(email, HERE, settings)
    db.session.expunge_all()
    accounts.find(email).password_hash = passwords.hashed("another password", settings)
    db.session.commit()

    with pytest.raises(Invalid):
        sign_ins.begin(attempt, PASSWORD, HERE, "", settings)


@pytest.mark.usefixtures("outside")
def test_a_fresh_account_begins_where_it_was_invited_to(world, settings):
    user, member = world.acme.admin.user, world.acme.admin
    second = Membership(
        tenant_id=world.rival.tenant.id,
        user_id=user.id,
        partner_id=world.rival.partner.id,
        role=world.rival.partner_user.role,
    )
    with across_tenants(db.session):
        db.session.add(second)
        db.session.flush()

    _, invited = sign_ins.open_session(user, HERE, "", settings, second.id)
    _, unasked = sign_ins.open_session(user, HERE, "", settings)

    assert invited.place.membership.id == second.id
    assert unasked.place.membership.id == member.id


@pytest.mark.usefixtures("outside")
def test_a_suspended_person_gets_no_session(world, settings):
    user = accounts.find(world.acme.admin.user.email)
    user.suspended_at = now()

    with pytest.raises(Invalid):
        sign_ins.open_session(user, HERE, "", settings)


@pytest.mark.usefixtures("outside")
def test_a_person_without_any_place_signs_in_to_none(world, settings):
    with across_tenants(db.session):
        db.session.merge(world.acme.partner).status = PartnerStatus.ARCHIVED
        db.session.commit()

    _, signed_in = sign_in(settings, world.acme.partner_user.user.email)

    assert signed_in.place is None
    assert signed_in.places == []


@pytest.mark.usefixtures("outside")
def test_attempts_are_forgotten_after_a_day(settings):
    with time_machine.travel(now() - timedelta(days=1, minutes=1)):
        fail(settings, "old@mail.example", 1)
    fail(settings, "new@mail.example", 1)

    accounts.forget_old_attempts()

    kept = db.session.scalars(select(SignInAttempt.email_key)).all()
    assert kept == ["new@mail.example"]
