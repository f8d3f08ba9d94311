"""What is added to past days: returned and credited leads, deductions, under any order of deeds."""

from collections import Counter

import pytest
from sqlalchemy import select, update

from models import Lead, LeadState, MetricChange, Outcome, Partner, Scope, db, enter
from operations import metric_changes, partners
from tests.conftest import actor_of
from tests.parallel import all_at_once
from tests.received import TODAY, call, calls


def changed():
    """Sum what was appended, by source, partner and day; without what is nought."""
    sums = {}
    for row in db.session.scalars(select(MetricChange)):
        numbers = sums.setdefault((row.source_id, row.partner_id, row.day), Counter())
        for name in metric_changes.NUMBERS:
            numbers[name] += getattr(row, name)
    plain = {
        key: {name: number for name, number in numbers.items() if number}
        for key, numbers in sums.items()
    }
    return {key: numbers for key, numbers in plain.items() if numbers}


def move(state, *leads):
    """Change leads' state as staff do, and give back what the metrics want to know of them."""
    change = update(Lead).where(Lead.id.in_([lead.id for lead in leads])).values(state=state)
    kept = (Lead.source_id, Lead.partner_id, Lead.day, Lead.payout_cents, Lead.is_test)
    return db.session.execute(change.returning(*kept)).all()


def leave_out(actor, partner, *, deduct=True):
    row = db.session.scalar(select(Partner).where(Partner.id == partner.id))
    db.session.refresh(row)
    partners.edit(actor, row, row.version, deduct_returned=deduct)


def test_returned_leads_are_added_up_by_source_partner_and_day(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        leads = calls(3, acme.source, partner=acme.partner)

        metric_changes.returned(actor, move(LeadState.RETURNED, *leads))

        assert changed() == {
            (acme.source.id, acme.partner.id, TODAY): {"returned": 3, "returned_cents": 3750}
        }
        assert len(db.session.scalars(select(MetricChange)).all()) == 1


def test_what_a_partner_leaves_out_of_the_payout_is_deducted(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        lead = call(acme.source, partner=acme.partner)
        leave_out(actor, acme.partner)

        metric_changes.returned(actor, move(LeadState.RETURNED, lead))

        (numbers,) = changed().values()
        assert numbers == {"returned": 1, "returned_cents": 1250, "deducted_cents": 1250}


def test_taking_back_leaves_nothing(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        lead = call(acme.source, partner=acme.partner)
        metric_changes.returned(actor, move(LeadState.RETURNED, lead))

        metric_changes.taken_back(actor, move(LeadState.ACCEPTED, lead))

        assert changed() == {}


def test_a_returned_test_lead_counts_nowhere(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        lead = call(acme.source, partner=acme.partner, is_test=True)

        metric_changes.returned(actor, move(LeadState.RETURNED, lead))

        assert db.session.scalars(select(MetricChange)).all() == []


def test_a_lead_of_nobody_is_returned_without_a_deduction(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        lead = call(acme.free_source)

        metric_changes.returned(actor, move(LeadState.RETURNED, lead))

        assert changed() == {
            (acme.free_source.id, None, TODAY): {"returned": 1, "returned_cents": 1250}
        }


def test_deducting_from_now_on_holds_for_what_was_returned_before(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        leads = calls(2, acme.source, partner=acme.partner)
        metric_changes.returned(actor, move(LeadState.RETURNED, *leads))

        leave_out(actor, acme.partner)
        assert changed()[acme.source.id, acme.partner.id, TODAY]["deducted_cents"] == 2500

        leave_out(actor, acme.partner, deduct=False)
        assert "deducted_cents" not in changed()[acme.source.id, acme.partner.id, TODAY]


def test_another_partners_returned_leads_stay_in_its_payout(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        lead = call(acme.other_source, partner=acme.other_partner)
        metric_changes.returned(actor, move(LeadState.RETURNED, lead))

        leave_out(actor, acme.partner)

        assert all("deducted_cents" not in numbers for numbers in changed().values())


def test_an_edit_of_something_else_appends_nothing(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        lead = call(acme.source, partner=acme.partner)
        metric_changes.returned(actor, move(LeadState.RETURNED, lead))

        partner = db.session.scalar(select(Partner).where(Partner.id == acme.partner.id))
        partners.edit(actor, partner, partner.version, name="acme-renamed")

        assert len(db.session.scalars(select(MetricChange)).all()) == 1


def credit(actor, partner, *leads):
    change = update(Lead).where(Lead.id.in_([lead.id for lead in leads]))
    kept = (Lead.source_id, Lead.day, Lead.state, Lead.payout_cents, Lead.is_test)
    moved = db.session.execute(change.values(partner_id=partner.id).returning(*kept)).all()
    metric_changes.credited(actor, partner.id, moved)


def test_credited_leads_move_from_nobody_to_the_partner(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        good, twin = call(acme.free_source), call(acme.free_source, Outcome.DUPLICATE)
        test = call(acme.free_source, is_test=True)

        credit(actor, acme.partner, good, twin, test)

        gained = {"accepted": 1, "duplicate": 1, "payout_cents": 1250}
        assert changed() == {
            (acme.free_source.id, acme.partner.id, TODAY): gained,
            (acme.free_source.id, None, TODAY): {name: -n for name, n in gained.items()},
        }


@pytest.mark.parametrize("deduct", [True, False])
def test_a_returned_lead_is_credited_as_the_partner_is_paid(world, inside, deduct):
    acme = world.acme
    with inside(acme) as actor:
        lead = call(acme.free_source)
        metric_changes.returned(actor, move(LeadState.RETURNED, lead))
        leave_out(actor, acme.partner, deduct=deduct)

        credit(actor, acme.partner, lead)

        gained = changed()[acme.free_source.id, acme.partner.id, TODAY]
        assert gained["returned_cents"] == 1250
        assert gained.get("deducted_cents", 0) == (1250 if deduct else 0)
        assert changed()[acme.free_source.id, None, TODAY] == {
            "accepted": -1,
            "payout_cents": -1250,
        }


def test_returning_and_toggling_at_once_never_disagree(app, world):
    acme = world.acme
    with app.app_context():
        enter(db.session, Scope(acme.tenant.id))
        leads = calls(6, acme.source, partner=acme.partner)
        db.session.commit()

    def within(deed, *facts):
        def run():
            with app.app_context():
                enter(db.session, Scope(acme.tenant.id))
                deed(staff(acme), *facts)
                db.session.commit()

        return run

    deeds = [within(give_back, lead) for lead in leads]
    all_at_once([*deeds[:3], within(leave_out, acme.partner), *deeds[3:]])

    with app.app_context():
        enter(db.session, Scope(acme.tenant.id))
        (numbers,) = changed().values()
        assert numbers == {"returned": 6, "returned_cents": 7500, "deducted_cents": 7500}


def give_back(actor, lead):
    metric_changes.returned(actor, move(LeadState.RETURNED, lead))


def staff(side):
    return actor_of(side.admin)
