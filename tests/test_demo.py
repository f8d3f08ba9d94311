"""The demo, at a small scale."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from admin_views.event_words import WORDS
from demo import load
from demo.scene import Sizes
from models import (
    Assignment,
    AuditEvent,
    Invite,
    Lead,
    LeadState,
    Letter,
    Membership,
    Partner,
    PartnerStatus,
    Source,
    Submission,
    Tenant,
    User,
    across_tenants,
    db,
)
from operations import accounts, passwords

SMALL = Sizes(partners=16, sources=40, people=30, days=2)


@pytest.fixture
def demo(app, settings):
    """The people of a small demo, inside the application."""
    with app.app_context(), across_tenants(db.session):
        yield load.load(load.STEPS, settings, SMALL)
        db.session.rollback()


def names_of(table):
    return db.session.scalars(select(table.name).order_by(table.name)).all()


def test_every_role_can_sign_in(demo, settings):
    for person in demo:
        stored = accounts.find(person["email"]).password_hash
        assert passwords.fits(person["password"], stored, settings)


def test_there_are_as_many_as_asked_for(demo):
    counts = [db.session.scalar(select(func.count()).select_from(t)) for t in (Partner, Source)]

    assert counts == [16 + 3, 40 + 3]
    assert db.session.scalar(select(func.count()).select_from(User)) == 30
    assert names_of(Tenant) == ["Cobalt Mortgage Exchange", "Northgate Insurance Marketing"]


def test_invites_are_in_every_state(demo):
    states = Counter(invite.state for invite in db.session.scalars(select(Invite)))

    assert {state.value for state in states} == {
        *("pending", "accepted", "declined", "revoked", "expired")
    }
    assert db.session.scalar(select(func.count()).where(Letter.failed_at.is_not(None))) == 3


def test_some_partners_are_paused_and_some_lack_something(demo):
    statuses = set(db.session.scalars(select(Partner.status)))
    with_source = set(db.session.scalars(select(Source.partner_id)))

    assert PartnerStatus.PAUSED in statuses
    assert any(partner.id not in with_source for partner in db.session.scalars(select(Partner)))


def test_assignments_agree_with_the_sources_and_have_a_past(demo):
    periods = db.session.scalars(select(Assignment)).all()
    owners = {source.id: source.partner_id for source in db.session.scalars(select(Source))}

    assert any(period.ended_at for period in periods)
    assert all(
        owners[period.source_id] == period.partner_id
        for period in periods
        if period.ended_at is None
    )
    assert all(period.ended_at is None or period.ended_at > period.began_at for period in periods)


def test_leads_are_in_every_state_and_rejections_name_the_field(demo):
    states = set(db.session.scalars(select(Lead.state)))
    faults = db.session.scalars(select(Submission.errors).where(Submission.error != ""))

    assert states == set(LeadState)
    # Which fields and how many, in so few days, depends on the hour at which they end.
    assert {name for errors in faults for name in errors}


def test_leads_are_credited_to_whom_the_source_was_with(demo):
    periods = select(Assignment.source_id, Assignment.partner_id)
    held = {(row.source_id, row.partner_id) for row in db.session.execute(periods)}
    credited = select(Lead.source_id, Lead.partner_id).where(Lead.partner_id.is_not(None))

    assert {(row.source_id, row.partner_id) for row in db.session.execute(credited)} <= held


def test_a_partner_that_was_paused_brings_leads_until_then_and_is_refused_for_a_while(
    app, settings
):
    with app.app_context(), across_tenants(db.session):
        load.load(load.STEPS, settings, Sizes(partners=13, sources=60, people=30, days=20))
        query = select(AuditEvent.object_id, AuditEvent.at)
        paused = db.session.execute(query.where(AuditEvent.kind == "partner.paused")).one()
        own = select(Submission.received_at, Submission.error).where(
            Submission.partner_id == paused.object_id
        )
        calls = db.session.execute(own.order_by(Submission.received_at)).all()
        db.session.rollback()

    refused = [call.received_at for call in calls if call.error == "partner_paused"]
    others = [call.received_at for call in calls if call.error != "partner_paused"]
    assert others
    assert refused
    assert max(others) < paused.at < min(refused)
    assert max(refused) < paused.at + timedelta(days=1)


def test_the_trail_is_in_the_order_of_time(demo):
    moments = db.session.scalars(select(AuditEvent.at).order_by(AuditEvent.id)).all()

    assert len(moments) > 100
    assert moments == sorted(moments)


def test_every_event_has_words(demo):
    assert set(db.session.scalars(select(AuditEvent.kind))) <= set(WORDS)


def test_nobody_joined_before_their_partner_was_there(demo):
    query = select(Membership.joined_at, Partner.created_at).join(
        Partner, Partner.id == Membership.partner_id
    )

    assert all(joined > created for joined, created in db.session.execute(query))


def test_it_is_the_same_every_time_but_for_the_passwords(demo, app, settings):
    first = [names_of(table) for table in (Partner, Source, User)]
    db.session.rollback()

    again = load.load(load.STEPS, settings, SMALL)

    assert [names_of(table) for table in (Partner, Source, User)] == first
    assert not {p["password"] for p in again} & {p["password"] for p in demo}
