"""Figures to the lead: real calls, a time zone and so a day that changes, a source that moves."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import (
    Lead,
    LeadState,
    Outcome,
    SourceStatus,
    Submission,
    Tenant,
    across_tenants,
    db,
    now,
)
from operations import assignments, leads, metrics, standings
from operations.asked import Whose
from operations.figures import figures
from operations.periods import Days, Period, today_in
from operations.rankings import Group, ranked
from tests.intake import LEADS, a_key, change, lead
from tests.operations.test_assignments import here

#: The one is 25 hours ahead of the other: at every moment their days differ.
BEHIND, AHEAD = "Pacific/Pago_Pago", "Pacific/Kiritimati"


@pytest.fixture
def post(app, world):
    """Send so many leads to Acme's source, as its partner's form would."""
    key, client = a_key(app, world.acme), app.test_client()
    change(app, world.acme.source, status=SourceStatus.LIVE, payout_cents=1250)

    def send(*sent):
        headers = {"Authorization": key.header, "Content-Type": "application/json"}
        for one in sent:
            client.post(LEADS, data=json.dumps(one), headers=headers)

    yield send
    app.extensions["intake"].direct.close()


@pytest.fixture
def lived(app, world, inside, post):
    """Four leads, a duplicate and a reject: of two partners, on two days, one returned."""
    acme = world.acme
    live_in(app, acme, AHEAD)
    post(lead(1), lead(2), lead(1), {"first_name": "Nobody"})
    with inside(acme) as actor:
        assignments.move(actor, here(acme.other_partner), [here(acme.source)])
        db.session.commit()
    post(lead(3))
    live_in(app, acme, BEHIND)
    post(lead(4), {"email": "no address"})
    with inside(acme) as actor:
        first = db.session.scalars(select(Lead).order_by(Lead.id).limit(1)).all()
        leads.mark_returned(actor, first, "no such person")
        db.session.commit()
    return acme


def live_in(app, acme, zone):
    with app.app_context(), across_tenants(db.session):
        db.session.get_one(Tenant, acme.tenant.id).time_zone = zone
        db.session.commit()


def week():
    """Both days, whichever of them is over already."""
    last = today_in(AHEAD, now())
    days = Days(last - timedelta(days=6), last)
    return Period("custom", days, days.just_before(), "These days", "Those before")


def listed(partner):
    """What the lists of leads and submissions say of a partner, day by day."""
    numbers = Counter()
    for row in db.session.scalars(select(Lead).where(Lead.partner_id == partner.id)):
        numbers[row.day, row.state.value] += 1
        numbers[row.day, "payout"] += row.payout_cents
    rejected = (Submission.outcome == Outcome.REJECTED, Submission.partner_id == partner.id)
    for row in db.session.scalars(select(Submission).where(*rejected)):
        numbers[row.day, "rejected"] += 1
    return numbers


def counted(acme, partner):
    """What the figures say of them; a returned lead was accepted."""
    numbers = Counter()
    for day, tally in figures(Whose(acme.tenant.id, partner_id=partner.id), week()).days:
        numbers[day, LeadState.ACCEPTED.value] = tally.accepted - tally.returned
        numbers[day, LeadState.RETURNED.value] = tally.returned
        numbers[day, LeadState.DUPLICATE.value] = tally.duplicate
        numbers[day, "rejected"] = tally.rejected
        numbers[day, "payout"] = tally.payout
    return +numbers


def seen(inside, acme):
    """Everything there is to see: each partner's figures and lists, and the ranking."""
    with inside(acme):
        each = [acme.partner, acme.other_partner]
        return (
            [counted(acme, partner) for partner in each],
            [+listed(partner) for partner in each],
            [(who, both.now.accepted) for who, both in ranked(Group(acme.tenant.id), week(), 6)],
        )


def test_the_figures_are_the_leads_before_a_count_and_after_it(app, lived, inside):
    before, those_leads, ranking = seen(inside, lived)
    with app.app_context(), across_tenants(db.session):
        standings.follow(lived.tenant.id)
        while metrics.count(lived.tenant.id):
            db.session.commit()
        db.session.commit()
    after = seen(inside, lived)
    verified = app.test_cli_runner().invoke(args=["verify"])

    yesterday, today = today_in(BEHIND, now()), today_in(AHEAD, now())
    (mine, others) = those_leads
    assert mine == {
        (today, "accepted"): 1,
        (today, "returned"): 1,
        (today, "duplicate"): 1,
        (today, "rejected"): 1,
        (today, "payout"): 2500,
    }
    assert others == {
        (today, "accepted"): 1,
        (today, "payout"): 1250,
        (yesterday, "accepted"): 1,
        (yesterday, "rejected"): 1,
        (yesterday, "payout"): 1250,
    }
    assert before == those_leads
    assert after == (before, those_leads, ranking)
    assert sorted(number for _, number in ranking) == [2, 2]
    assert verified.exit_code == 0, verified.output
