"""Names, passwords, and the links that set a forgotten one."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from models import (
    AccountLetter,
    AuditEvent,
    LetterState,
    PasswordReset,
    ResetState,
    User,
    across_tenants,
    db,
    now,
)
from operations import accounts, passwords, resets, sessions
from operations.refusal import Gone, Invalid, Refusal
from tests.parallel import at_once
from tests.world import HASH

HERE = "192.0.2.7"
NEW = "a new staple for the battery"


@pytest.fixture
def outside(app, world):
    with app.app_context():
        yield


@pytest.fixture
def me(outside, world, settings):
    """Acme's Admin, signed in twice; this is the first of the two sessions."""
    key = sessions.begin(world.acme.admin.user, HERE, "")
    sessions.begin(world.acme.admin.user, HERE, "")
    signed_in = sessions.resume(key, settings)
    sessions.choose(signed_in, signed_in.places[0])
    db.session.commit()
    db.session.expunge_all()
    return sessions.resume(key, settings)


def asked(settings, email):
    """Ask for a link and give back the letter that will carry it."""
    accounts.ask_reset(email, settings)
    db.session.commit()
    return db.session.scalars(
        select(AccountLetter)
        .where(AccountLetter.kind == "password_reset")
        .order_by(AccountLetter.id.desc())
    ).first()


def link(letter):
    token = accounts.fresh_reset_link(letter)
    db.session.commit()
    return token


def use(token, settings, password=NEW):
    found = resets.find(token)
    db.session.commit()
    accounts.use_reset(found, password, HERE, settings)
    db.session.commit()


def stored_hash(member):
    return db.session.scalar(select(User.password_hash).where(User.id == member.user_id))


def events():
    with across_tenants(db.session):
        return db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()


@pytest.mark.usefixtures("outside")
def test_an_account_is_found_by_its_address_whatever_its_case(settings):
    made = accounts.create("New@Mail.example", "New", NEW, settings)

    assert accounts.find("NEW@mail.EXAMPLE").id == made.id
    assert accounts.find("nobody@mail.example") is None


@pytest.mark.usefixtures("outside")
def test_an_account_with_a_common_password_is_not_made(settings):
    with pytest.raises(Invalid):
        accounts.create("new@mail.example", "New", "password123", settings)

    assert accounts.find("new@mail.example") is None


def test_a_new_name_is_recorded_with_the_old_one(me, world):
    accounts.rename(me, "Ada", HERE)

    [event] = events()
    assert (event.kind, event.tenant_id) == ("account.renamed", world.acme.tenant.id)
    assert (event.before, event.after) == ({"name": "acme-admin"}, {"name": "Ada"})


@pytest.mark.parametrize("name", ["", "\u200b", "\u202egnp", "Ann\x1bLee", "A" * 121])
def test_a_name_that_nobody_can_read_is_refused(me, world, settings, name):
    with pytest.raises(Invalid) as refused:
        accounts.rename(me, name, HERE)
    with pytest.raises(Invalid):
        accounts.create("ann@mail.example", name, NEW, settings)

    assert refused.value.field == "name"


def test_the_same_name_is_no_change(me):
    accounts.rename(me, "acme-admin", HERE)

    assert events() == []


def test_a_new_password_ends_the_other_sessions_and_sends_a_letter(me, world, settings):
    accounts.change_password(me, NEW, HERE, settings)

    assert passwords.fits(NEW, stored_hash(world.acme.admin), settings)
    held = sessions.LoginSession.ended_at.is_(None)
    assert db.session.scalars(select(sessions.LoginSession.id).where(held)).all() == [me.session.id]
    letter = db.session.scalars(select(AccountLetter)).one()
    assert (letter.kind, letter.to_email) == ("password_changed", world.acme.admin.user.email)
    [event] = events()
    assert (event.kind, event.address) == ("account.password_changed", HERE)
    assert NEW not in str(event.after) + str(letter.facts)


def test_of_two_changes_at_once_the_second_is_refused(me, settings):
    accounts.change_password(me, NEW, HERE, settings)

    with pytest.raises(Refusal):
        accounts.change_password(me, NEW + "!", HERE, settings)


def test_a_new_password_makes_the_mailed_link_useless(me, world, settings):
    token = link(asked(settings, world.acme.admin.user.email))

    accounts.change_password(me, NEW, HERE, settings)
    db.session.commit()
    db.session.expunge_all()

    assert resets.find(token).state is ResetState.EXPIRED


@pytest.mark.usefixtures("outside")
def test_asking_for_a_link_queues_a_letter_without_a_token(world, settings):
    letter = asked(settings, world.acme.admin.user.email.upper())

    assert (letter.user_id, letter.state) == (world.acme.admin.user_id, LetterState.QUEUED)
    assert letter.facts == {}
    assert db.session.scalars(select(PasswordReset)).one().token_hash is None


@pytest.mark.usefixtures("outside")
def test_an_address_without_account_and_a_suspended_person_get_none(world, settings):
    accounts.find(world.acme.sales.user.email).suspended_at = now()
    db.session.commit()

    assert asked(settings, "nobody@mail.example") is None
    assert asked(settings, world.acme.sales.user.email) is None


@pytest.mark.usefixtures("outside")
def test_the_sixth_link_of_a_day_is_not_sent(world, settings):
    letters = {asked(settings, world.acme.admin.user.email).id for _ in range(7)}

    assert len(letters) == 5
    with time_machine.travel(now() + timedelta(days=1, minutes=1)):
        assert asked(settings, world.acme.admin.user.email).id not in letters


def test_of_twenty_requests_at_once_five_are_sent(app, world, settings):
    def ask():
        with app.app_context():
            accounts.ask_reset(world.acme.admin.user.email, settings)
            db.session.commit()

    at_once(20, ask)

    with app.app_context():
        assert db.session.scalar(select(func.count(PasswordReset.id))) == 5


@pytest.mark.usefixtures("outside")
def test_the_link_sets_the_password_once_and_ends_every_session(world, settings):
    token = link(asked(settings, world.acme.admin.user.email))
    key = sessions.begin(world.acme.admin.user, HERE, "")
    db.session.commit()

    use(token, settings)

    assert passwords.fits(NEW, stored_hash(world.acme.admin), settings)
    assert sessions.resume(key, settings) is None
    assert resets.find(token).state is ResetState.USED
    with pytest.raises(Gone):
        use(token, settings, NEW + "!")
    kinds = db.session.scalars(select(AccountLetter.kind).order_by(AccountLetter.id)).all()
    assert kinds == ["password_reset", "password_changed"]
    assert [event.kind for event in events()] == ["account.password_reset"]


@pytest.mark.usefixtures("outside")
def test_a_refused_password_leaves_the_link_alive(world, settings):
    token = link(asked(settings, world.acme.admin.user.email))

    with pytest.raises(Invalid):
        use(token, settings, "short")

    assert resets.find(token).state is ResetState.LIVE
    assert stored_hash(world.acme.admin) == HASH


@pytest.mark.usefixtures("outside")
def test_an_hour_after_it_left_the_link_is_dead(world, settings):
    letter = asked(settings, world.acme.admin.user.email)
    with time_machine.travel(now() + timedelta(hours=3)):
        token = link(letter)
    with time_machine.travel(now() + timedelta(hours=3, minutes=59)):
        assert resets.find(token).state is ResetState.LIVE

    with time_machine.travel(now() + timedelta(hours=4, minutes=1)), pytest.raises(Gone):
        use(token, settings)

    assert stored_hash(world.acme.admin) == HASH


@pytest.mark.usefixtures("outside")
def test_a_letter_that_is_sent_again_carries_a_new_link(world, settings):
    letter = asked(settings, world.acme.admin.user.email)
    first = link(letter)

    second = link(letter)

    assert resets.find(first) is None
    assert resets.find(second).state is ResetState.LIVE


@pytest.mark.usefixtures("outside")
def test_asking_again_withdraws_what_was_asked_before(world, settings):
    first = asked(settings, world.acme.admin.user.email)
    token = link(first)

    asked(settings, world.acme.admin.user.email)
    db.session.expunge_all()

    assert resets.find(token).state is ResetState.EXPIRED
    assert db.session.get(AccountLetter, first.id).state is LetterState.WITHDRAWN
    with pytest.raises(Gone):
        accounts.fresh_reset_link(first)


@pytest.mark.usefixtures("outside")
def test_a_link_that_was_used_while_the_password_was_hashed_is_gone(world, settings):
    token = link(asked(settings, world.acme.admin.user.email))
    first = resets.find(token)
    db.session.expunge_all()
    second = resets.find(token)
    db.session.expunge_all()

    accounts.use_reset(first, NEW, HERE, settings)

    with pytest.raises(Gone):
        accounts.use_reset(second, NEW + "!", HERE, settings)


def test_of_twenty_uses_of_a_link_at_once_one_sets_the_password(app, world, settings):
    with app.app_context():
        token = link(asked(settings, world.acme.admin.user.email))

    def try_it():
        with app.app_context():
            try:
                use(token, settings)
            except Gone:
                return False
            return True

    assert sum(at_once(20, try_it)) == 1
    with app.app_context():
        kinds = db.session.scalars(select(AccountLetter.kind)).all()
    assert kinds.count("password_changed") == 1
