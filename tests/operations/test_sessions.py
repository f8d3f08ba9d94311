"""Sessions: looked up on every request, and over for many reasons."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, select

from models import AuditEvent, LoginSession, Membership, PartnerStatus, across_tenants, db, now
from operations import own_sessions, sessions
from operations.refusal import Refusal


@pytest.fixture
def outside(app, world):
    with app.app_context(), across_tenants(db.session):
        yield


@pytest.fixture
def key(outside, world, settings):
    """A session of Acme's Admin in Acme."""
    return open_session(world.acme.admin, settings)


def open_session(member, settings, address="192.0.2.7"):
    key = sessions.begin(member.user, address, "Firefox/140.0")
    signed_in = sessions.resume(key, settings)
    if signed_in.places:
        sessions.choose(signed_in, signed_in.places[0])
    db.session.commit()
    db.session.expunge_all()
    return key


def change(row, **values):
    attached = db.session.merge(row)
    for name, value in values.items():
        setattr(attached, name, value)
    db.session.commit()
    db.session.expunge_all()


def test_a_session_is_found_in_one_statement(key, settings):
    statements = []
    listener = lambda *arguments: statements.append(arguments[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)

    sessions.resume(key, settings)

    event.remove(db.engine, "before_cursor_execute", listener)
    assert len([text for text in statements if text.startswith("SELECT")]) == 1


@pytest.mark.usefixtures("outside")
def test_an_unknown_key_opens_nothing(settings):
    assert sessions.resume("unknown", settings) is None
    assert sessions.why_key_is_over("unknown", settings) == ("", "")


def test_it_idles_out(key, settings):
    with time_machine.travel(now() + timedelta(minutes=30, seconds=5)):
        assert sessions.resume(key, settings) is None
        assert sessions.why_key_is_over(key, settings)[0] == "idle"


def test_a_tenant_sets_its_own_idle_limit(key, settings, world):
    change(world.acme.tenant, idle_minutes=5)

    with time_machine.travel(now() + timedelta(minutes=6)):
        assert sessions.resume(key, settings) is None
        assert sessions.why_key_is_over(key, settings)[0] == "idle"


def test_being_there_keeps_it_up_to_twelve_hours(key, settings):
    began = now()
    for minutes in range(25, 12 * 60, 25):
        with time_machine.travel(began + timedelta(minutes=minutes)):
            sessions.touch(sessions.resume(key, settings))

    with time_machine.travel(began + timedelta(hours=12, seconds=5)):
        assert sessions.resume(key, settings) is None
        assert sessions.why_key_is_over(key, settings) == ("long", "")


def test_last_seen_is_written_at_most_once_a_minute(key, settings, world):
    began = db.session.scalars(select(LoginSession)).one().last_seen_at

    with time_machine.travel(began + timedelta(seconds=50), tick=False):
        sessions.touch(sessions.resume(key, settings))
    soon = db.session.scalars(select(LoginSession.last_seen_at)).one()
    with time_machine.travel(began + timedelta(seconds=70), tick=False):
        sessions.touch(sessions.resume(key, settings))
    later = db.session.scalars(select(LoginSession.last_seen_at)).one()

    assert soon == began
    assert later == began + timedelta(seconds=70)
    active = db.session.scalar(
        select(Membership.last_active_at).where(Membership.id == world.acme.admin.id)
    )
    assert active == later


def test_suspending_the_person_ends_it(key, settings, world):
    change(world.acme.admin.user, suspended_at=now())

    assert sessions.resume(key, settings) is None


def test_a_place_that_is_gone_leaves_the_person_signed_in_nowhere(key, settings, world):
    change(world.acme.admin, removed_at=now())

    signed_in = sessions.resume(key, settings)

    assert signed_in.user.id == world.acme.admin.user_id
    assert signed_in.place is None
    assert sessions.settle(signed_in) is None


@pytest.mark.usefixtures("outside")
def test_an_archived_partner_is_no_place_to_enter(settings, world):
    key = open_session(world.acme.partner_admin, settings)
    change(world.acme.partner, status=PartnerStatus.ARCHIVED)

    signed_in = sessions.resume(key, settings)

    assert signed_in is not None
    assert signed_in.places == []


@pytest.mark.usefixtures("outside")
def test_whoever_lost_a_place_settles_in_the_one_that_is_left(settings, world):
    second = Membership(
        tenant_id=world.rival.tenant.id,
        user_id=world.acme.admin.user_id,
        role=world.acme.admin.role,
    )
    db.session.add(second)
    key = open_session(world.acme.admin, settings)
    change(world.acme.admin, removed_at=now())

    place = sessions.settle(sessions.resume(key, settings))

    assert place.membership.id == second.id
    assert sessions.resume(key, settings).place.membership.id == second.id


def test_one_can_be_ended_once(key, settings, world):
    other = open_session(world.acme.admin, settings)
    row = sessions.resume(other, settings).session
    signed_in = sessions.resume(key, settings)

    own_sessions.end_one(signed_in, row, "192.0.2.7")

    assert sessions.resume(other, settings) is None
    with pytest.raises(Refusal, match="already"):
        own_sessions.end_one(signed_in, row, "192.0.2.7")


def test_ending_the_others_leaves_this_one(key, settings, world):
    other = open_session(world.acme.admin, settings)
    strangers = open_session(world.acme.sales, settings)
    signed_in = sessions.resume(key, settings)

    assert own_sessions.end_others(signed_in, "192.0.2.7") == 1

    assert sessions.resume(key, settings)
    assert sessions.resume(strangers, settings)
    assert sessions.resume(other, settings) is None
    assert sessions.why_key_is_over(other, settings) == ("ended", "")


def test_where_there_are_no_others_nothing_is_recorded(key, settings):
    signed_in = sessions.resume(key, settings)

    assert own_sessions.end_others(signed_in, "192.0.2.7") == 0
    own_sessions.sign_out(signed_in, "192.0.2.7")
    own_sessions.sign_out(signed_in, "192.0.2.7")

    kinds = db.session.scalars(select(AuditEvent.kind)).all()
    assert kinds == ["session.ended"]


def test_whoever_works_nowhere_is_seen_and_signs_out_too(key, settings, world):
    change(world.acme.admin, removed_at=now())
    with time_machine.travel(now() + timedelta(minutes=2)):
        signed_in = sessions.resume(key, settings)
        sessions.touch(signed_in)

    own_sessions.sign_out(signed_in, "192.0.2.7")

    row = db.session.scalars(select(LoginSession)).one()
    assert row.last_seen_at > row.created_at + timedelta(minutes=1)
    assert row.ended_at is not None
    assert db.session.scalars(select(AuditEvent)).all() == []


def test_nobody_ends_somebody_elses(key, settings, world):
    strangers = open_session(world.acme.sales, settings)
    theirs = sessions.resume(strangers, settings).session
    signed_in = sessions.resume(key, settings)

    assert own_sessions.find(signed_in, theirs.id) is None
    with pytest.raises(Refusal):
        own_sessions.end_one(signed_in, theirs, "192.0.2.7")

    assert sessions.resume(strangers, settings)


def test_only_those_that_still_hold_are_listed(key, settings, world):
    open_session(world.acme.admin, settings)
    open_session(world.acme.sales, settings)
    signed_in = sessions.resume(key, settings)

    assert len(own_sessions.open_ones(signed_in, settings)) == 2
    assert own_sessions.open_ones(signed_in, settings)[0].id == signed_in.session.id
    with time_machine.travel(now() + timedelta(minutes=31)):
        assert own_sessions.open_ones(signed_in, settings) == []


def test_the_row_holds_only_the_keys_hash(key):
    row = db.session.scalars(select(LoginSession)).one()

    assert row.key_hash == sessions.fingerprint(key) != key
