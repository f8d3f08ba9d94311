"""Crediting: leads from before an assignment go to the partner, and so do the figures."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models import AuditEvent, Job, JobState, Lead, LeadState, MetricChange, Outcome, Partner, db
from models.assignment import Credit
from operations import assignments, background, crediting
from schedule import STEPS
from tests.operations.test_assignments import here
from tests.received import TODAY, call, calls


@pytest.fixture
def worked(app):
    """Do what was asked for."""

    def work():
        with app.app_context():
            keys = background.due_keys()
        for key in keys:
            with app.app_context():
                background.run(key, STEPS)

    return work


@pytest.fixture
def assigned(world, inside, worked):
    """Assign the free source of acme with this choice, and let the worker do its part."""

    def assign(credit, since=None):
        with inside(world.acme) as actor:
            sources = [here(world.acme.free_source)]
            assignments.assign(actor, here(world.acme.partner), sources, credit, since)
            db.session.commit()
        worked()

    return assign


def received(inside, world, times=3, **values):
    with inside(world.acme):
        made = calls(times, here(world.acme.free_source), **values)
        db.session.commit()
        return [row.id for row in made]


def credited(inside, world):
    """How many leads of the free source are whose."""
    with inside(world.acme):
        query = select(Lead.partner_id, func.count()).group_by(Lead.partner_id)
        query = query.where(Lead.source_id == world.acme.free_source.id)
        return dict(db.session.execute(query).all())


def test_leads_from_before_stay_with_nobody_unless_it_is_asked_for(world, inside, assigned):
    received(inside, world)

    assigned(Credit.LEAVE)

    assert credited(inside, world) == {None: 3}


def test_all_of_them_are_credited_with_their_figures(world, inside, assigned):
    received(inside, world)
    received(inside, world, 1, outcome=Outcome.DUPLICATE)

    assigned(Credit.ALL)

    partner_id = world.acme.partner.id
    assert credited(inside, world) == {partner_id: 4}
    with inside(world.acme):
        rows = db.session.scalars(select(MetricChange).order_by(MetricChange.accepted)).all()
        assert [
            (row.partner_id, row.accepted, row.duplicate, row.payout_cents) for row in rows
        ] == [
            (None, -3, -1, -3750),
            (partner_id, 3, 1, 3750),
        ]


def test_those_since_a_day_are_credited_and_earlier_ones_left(world, inside, assigned):
    received(inside, world, 2, day=TODAY - timedelta(days=9))
    received(inside, world, 3, day=TODAY)

    assigned(Credit.SINCE, TODAY)

    assert credited(inside, world) == {None: 2, world.acme.partner.id: 3}


def test_a_returned_lead_goes_along_as_returned(world, inside, assigned):
    (lead_id,) = received(inside, world, 1)
    with inside(world.acme):
        lead = db.session.scalars(select(Lead).where(Lead.id == lead_id)).one()
        lead.state = LeadState.RETURNED
        db.session.commit()

    assigned(Credit.ALL)

    with inside(world.acme):
        gained = select(MetricChange).where(MetricChange.partner_id == world.acme.partner.id)
        row = db.session.scalars(gained).one()
        assert (row.accepted, row.returned, row.returned_cents) == (1, 1, 1250)


def test_leads_of_other_partners_and_sources_stay_where_they_are(world, inside, assigned):
    received(inside, world)
    with inside(world.acme):
        other = here(world.acme.other_partner)
        call(here(world.acme.free_source), partner=other)
        call(here(world.acme.other_source))
        db.session.commit()

    assigned(Credit.ALL)

    assert credited(inside, world) == {world.acme.partner.id: 3, world.acme.other_partner.id: 1}
    with inside(world.acme):
        others = select(Lead.partner_id).where(Lead.source_id == world.acme.other_source.id)
        assert db.session.scalars(others).all() == [None]


def test_many_leads_are_credited_in_several_steps(world, inside, assigned, monkeypatch):
    monkeypatch.setattr(crediting, "A_STEP", 2)
    received(inside, world, 5)

    assigned(Credit.ALL)

    with inside(world.acme):
        job = db.session.scalars(select(Job)).one()
        partner = db.session.scalars(
            select(Partner).where(Partner.id == world.acme.partner.id)
        ).one()
        assert (job.state, job.done) == (JobState.DONE, 1)
        assert job.result == {"Leads credited": 5, "Partner": partner.name}
    assert credited(inside, world) == {world.acme.partner.id: 5}


def test_what_was_credited_is_in_the_audit_under_whoever_asked(world, inside, assigned):
    received(inside, world)

    assigned(Credit.ALL)

    with inside(world.acme):
        event = db.session.scalars(
            select(AuditEvent).where(AuditEvent.kind == "leads.credited")
        ).one()
        assert event.actor_id == world.acme.admin.id
        assert event.partner_id == world.acme.partner.id
        assert event.after == {"leads": 3, "sources": 1, "since": None}


def test_where_there_is_nothing_to_credit_no_job_is_asked_for(world, inside, assigned):
    assigned(Credit.ALL)

    with inside(world.acme):
        assert db.session.scalars(select(Job)).all() == []
