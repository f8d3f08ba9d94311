"""Verification: finds what was tampered with, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from models import (
    EVERY,
    Lead,
    LeadState,
    MetricDay,
    Outcome,
    Partner,
    Standing,
    Tenant,
    across_tenants,
    db,
    now,
)
from operations import metric_changes, metrics, partners, standings, verification
from tests.conftest import actor_of
from tests.received import call, calls, recently


@pytest.fixture
def verify(app):
    """Run the command as somebody on the server would."""

    def invoke(*arguments):
        return app.test_cli_runner().invoke(args=["verify", *arguments])

    return invoke


@pytest.fixture
def lived(app, world):
    """A tenant with some life: calls of each outcome, returned, deducted; half counted."""
    acme = world.acme
    actor = actor_of(acme.admin)
    with app.app_context(), across_tenants(db.session):
        yesterday = recently()["day"] - timedelta(days=1)
        back = calls(3, acme.source, partner=acme.partner, **recently())
        free = calls(2, acme.free_source, **recently(day=yesterday))
        for outcome in Outcome:
            call(acme.source, outcome, acme.partner, **recently())
            call(acme.other_source, outcome, acme.other_partner, **recently(is_test=True))
        db.session.commit()
        metrics.count(acme.tenant.id)
        db.session.commit()
        give_back(actor, back)
        credit(actor, acme.partner, free[:1])
        partner = db.session.get_one(Partner, (acme.tenant.id, acme.partner.id))
        partners.edit(actor, partner, partner.version, deduct_returned=True)
        call(acme.source, Outcome.REJECTED, acme.partner, **recently())
        db.session.commit()
    return acme


def give_back(actor, leads):
    gone = {"state": LeadState.RETURNED}
    db.session.execute(update(Lead).where(Lead.id.in_([r.id for r in leads])).values(**gone))
    metric_changes.returned(actor, leads)


def credit(actor, partner, leads):
    ids = [lead.id for lead in leads]
    change = update(Lead).where(Lead.id.in_(ids)).values(partner_id=partner.id)
    kept = (Lead.source_id, Lead.day, Lead.state, Lead.payout_cents, Lead.is_test)
    metric_changes.credited(actor, partner.id, db.session.execute(change.returning(*kept)).all())


def count(app, tenant):
    with app.app_context(), across_tenants(db.session):
        metrics.count(tenant.id)
        db.session.commit()


def tamper(app, acme, *which, **values):
    with app.app_context(), across_tenants(db.session):
        change = update(MetricDay).where(MetricDay.tenant_id == acme.tenant.id, *which)
        db.session.execute(change.values(**values))
        db.session.commit()


def test_nothing_differs_before_a_count_nor_after_it(app, lived, verify):
    before = verify()
    count(app, lived.tenant)
    after = verify()

    assert (before.exit_code, after.exit_code) == (0, 0), before.output + after.output
    assert "Every number is right." in after.output
    assert "Counting acme-tenant" in after.output


def test_a_planted_difference_is_named_and_fails(app, lived, verify):
    count(app, lived.tenant)
    mine = (MetricDay.source_id == lived.source.id,)
    tamper(app, lived, *mine, accepted=MetricDay.accepted + 3)

    answer = verify()

    assert answer.exit_code == 1
    assert f"{lived.source.public_id}, {lived.partner.public_id}" in answer.output
    assert "accepted is 7, counted 4" in answer.output
    assert "3 numbers differ" in answer.output  # the source's, and both sums of it


def test_a_planted_difference_is_put_right(app, lived, verify):
    count(app, lived.tenant)
    tamper(app, lived, MetricDay.source_id == lived.source.id, returned=99)
    tamper(app, lived, MetricDay.source_id == EVERY, rejected=98)

    repaired = verify("--repair")
    waiting = verify()
    count(app, lived.tenant)
    again = verify("--repair")
    last = verify()

    assert repaired.exit_code == 0
    assert "numbers were put right" in repaired.output
    assert waiting.exit_code in {0, 1}
    assert (again.exit_code, last.exit_code) == (0, 0), last.output


def test_what_rankings_are_read_from_is_counted_anew_too(app, lived, verify):
    with app.app_context(), across_tenants(db.session):
        standings.follow(lived.tenant.id)
        db.session.commit()
    count(app, lived.tenant)
    good = verify()
    with app.app_context(), across_tenants(db.session):
        theirs = (Standing.tenant_id == lived.tenant.id, Standing.period == "30")
        db.session.execute(update(Standing).where(*theirs).values(accepted=97))
        db.session.commit()

    found, repaired, last = verify(), verify("--repair"), verify()

    assert good.exit_code == 0, good.output
    assert f"all sources, {lived.partner.public_id}" in found.output
    assert f"{lived.source.public_id}, {lived.partner.public_id}" in found.output
    assert "accepted in the standings of “30” is 97, counted" in found.output
    assert (found.exit_code, repaired.exit_code, last.exit_code) == (1, 0, 0), last.output


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"received_30": 97}, "received_30 in the partner's row is 97, counted "),
        ({"accepted_30": 96}, "accepted_30 in the partner's row is 96, counted "),
        ({"last_lead_at": None}, "last lead is none, counted 20"),
    ],
)
def test_what_a_partners_own_row_says_is_counted_anew_too(app, lived, verify, wrong, named):
    with app.app_context(), across_tenants(db.session):
        standings.follow(lived.tenant.id)
        db.session.commit()
    count(app, lived.tenant)
    good = verify()
    with app.app_context(), across_tenants(db.session):
        mine = update(Partner).where(Partner.id == lived.partner.id)
        db.session.execute(mine.values(**wrong))
        db.session.commit()

    found, repaired, last = verify(), verify("--repair"), verify()

    assert good.exit_code == 0, good.output
    assert named in found.output
    assert f"all sources, {lived.partner.public_id}" in found.output
    assert (found.exit_code, repaired.exit_code, last.exit_code) == (1, 0, 0), last.output


def test_a_lead_that_nobody_counted_yet_is_no_difference(app, lived, verify):
    count(app, lived.tenant)
    with app.app_context(), across_tenants(db.session):
        call(lived.source, Outcome.ACCEPTED, lived.partner, **recently())
        db.session.commit()

    assert verify().exit_code == 0


def test_a_lost_lead_is_found(app, lived, verify):
    with app.app_context(), across_tenants(db.session):
        db.session.execute(delete(Lead).where(Lead.source_id == lived.free_source.id))
        db.session.commit()

    answer = verify()

    assert answer.exit_code == 1
    assert "all partners" in answer.output


def test_rejected_calls_count_while_they_are_kept(app, world):
    acme = world.acme
    long_ago = now() - timedelta(days=40)
    with app.app_context(), across_tenants(db.session):
        call(
            acme.source,
            Outcome.REJECTED,
            acme.partner,
            received_at=long_ago,
            day=long_ago.date(),
        )
        tenant = db.session.get_one(Tenant, acme.tenant.id)
        kept = verification.kept_from(tenant, 30)
        tenant.submission_days = 60
        kept_longer = verification.kept_from(tenant, 30)

        assert verification.of_source(acme.tenant.id, acme.source.id, kept) == []
        assert (kept - kept_longer).days == 30
