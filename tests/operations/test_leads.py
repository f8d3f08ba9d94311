"""Leads marked as returned and taken back: all or none, with history, undo and figures."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models import (
    AuditEvent,
    Lead,
    LeadState,
    MetricChange,
    Partner,
    across_tenants,
    db,
    now,
)
from operations import leads, undo
from operations.refusal import Forbidden, Invalid, Refusal
from tests.leads import lead_of
from tests.statements import counted


@pytest.fixture
def made(app, world):
    """Three accepted leads of acme's source."""
    with app.app_context(), across_tenants(db.session):
        rows = [lead_of(world.acme, world.acme.source) for _ in range(3)]
        db.session.commit()
    return rows


def seen(rows):
    """Read them as they are now."""
    wanted = select(Lead).where(Lead.id.in_([row.id for row in rows])).order_by(Lead.id)
    return db.session.scalars(wanted.execution_options(populate_existing=True)).all()


def states():
    return sorted(state.value for state in db.session.scalars(select(Lead.state)))


def sums():
    """What the changes add up to: returned, its money, and what of that is left out."""
    columns = (MetricChange.returned, MetricChange.returned_cents, MetricChange.deducted_cents)
    added = select(*(func.coalesce(func.sum(column), 0) for column in columns))
    return tuple(int(number) for number in db.session.execute(added).one())


def test_a_lead_is_returned_with_its_reason(world, inside, made):
    with inside(world.acme, world.acme.validation) as actor:
        leads.mark_returned(actor, made[:1], "  The number is  dead ")

        row = db.session.get_one(Lead, (world.acme.tenant.id, made[0].id))
        assert row.state is LeadState.RETURNED
        assert row.return_reason == "The number is dead"
        assert row.returned_by_id == world.acme.validation.id
        assert now() - row.returned_at < timedelta(minutes=1)


def test_each_of_many_has_its_event_that_names_nobody(world, inside, made):
    with inside(world.acme) as actor:
        first = leads.mark_returned(actor, made, "Dead numbers")

        events = db.session.scalars(select(AuditEvent)).all()
        assert {event.object_name for event in events} == {lead.public_id for lead in made}
        assert {event.kind for event in events} == {"lead.returned"}
        assert {event.deed_id for event in events} == {first.deed_id}
        assert events[0].before == {"status": "accepted"}
        assert events[0].after == {"status": "returned", "return_reason": "Dead numbers"}
        assert events[0].partner_id == world.acme.partner.id


def test_the_figures_move_in_the_same_transaction(world, inside, made):
    with inside(world.acme) as actor:
        leads.mark_returned(actor, made, "Dead numbers")

        assert sums() == (3, 3 * 1250, 0)

        leads.take_back(actor, seen(made[:2]))

        assert sums() == (1, 1250, 0)


def test_a_partner_that_leaves_returned_leads_out_owes_less(world, inside, made):
    with inside(world.acme) as actor:
        partner = db.session.get_one(Partner, (world.acme.tenant.id, world.acme.partner.id))
        partner.deduct_returned = True

        leads.mark_returned(actor, made, "Dead numbers")

        assert sums() == (3, 3 * 1250, 3 * 1250)


def test_taking_back_leaves_no_trace_on_the_lead(world, inside, made):
    with inside(world.acme) as actor:
        leads.mark_returned(actor, made, "Dead numbers")

        leads.take_back(actor, seen(made))

        row = db.session.get_one(Lead, (world.acme.tenant.id, made[0].id))
        assert states() == ["accepted"] * 3
        assert (row.returned_at, row.returned_by_id, row.return_reason) == (None, None, "")


def test_returning_is_undone_as_a_whole(world, inside, made):
    with inside(world.acme) as actor:
        event = leads.mark_returned(actor, made, "Dead numbers")

        undone = undo.undo(actor, event)

        assert states() == ["accepted"] * 3
        assert undone.kind == "lead.accepted_again"
        assert sums() == (0, 0, 0)


def test_taking_back_is_undone_with_the_reason_that_each_had(world, inside, made):
    with inside(world.acme) as actor:
        leads.mark_returned(actor, made[:1], "Dead number")
        leads.mark_returned(actor, made[1:], "Never asked")
        event = leads.take_back(actor, seen(made))

        undo.undo(actor, event)

        reasons = db.session.scalars(select(Lead.return_reason)).all()
        assert sorted(reasons) == ["Dead number", "Never asked", "Never asked"]
        assert sums() == (3, 3 * 1250, 0)


def test_what_was_undone_is_not_undone_again(world, inside, made):
    with inside(world.acme) as actor:
        event = leads.mark_returned(actor, made, "Dead numbers")
        undo.undo(actor, event)

        with pytest.raises(Refusal, match="undone already"):
            undo.undo(actor, event)


def test_undo_leaves_what_was_decided_again_since(world, inside, made):
    with inside(world.acme) as actor:
        event = leads.mark_returned(actor, made[:1], "Dead number")
        leads.take_back(actor, seen(made[:1]))
        leads.mark_returned(actor, seen(made[:1]), "Fraud")
        db.session.commit()

        with pytest.raises(Refusal, match="changed again since"):
            undo.undo(actor, event)

        db.session.rollback()
        assert db.session.scalars(select(Lead.return_reason)).all().count("Fraud") == 1


def test_undo_is_refused_once_somebody_took_one_of_them_back(world, inside, made):
    with inside(world.acme) as actor:
        event = leads.mark_returned(actor, made, "Dead numbers")
        leads.take_back(actor, seen(made[:1]))

        with pytest.raises(Refusal, match="is not returned"):
            undo.undo(actor, event)


@pytest.mark.parametrize("reason", ["", "   ", "\u200b"])
def test_a_reason_is_needed(world, inside, made, reason):
    with inside(world.acme) as actor, pytest.raises(Invalid, match="Say why"):
        leads.mark_returned(actor, made, reason)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"state": LeadState.DUPLICATE}, "is a duplicate"),
        ({"state": LeadState.RETURNED}, "is returned already"),
        ({"is_test": True}, "is a test lead"),
    ],
)
def test_one_that_cannot_be_returned_stops_all(world, inside, made, values, why):
    with inside(world.acme) as actor:
        other = lead_of(world.acme, world.acme.source, **values)

        with pytest.raises(Refusal, match=why):
            leads.mark_returned(actor, [*made, other], "Dead numbers")

        assert states().count("accepted") >= 3


def test_the_refusal_says_how_many_more_stand_in_the_way(world, inside, made):
    with inside(world.acme) as actor, pytest.raises(Refusal, match="and 2 more the same"):
        leads.take_back(actor, seen(made))


def test_one_that_changed_meanwhile_stops_all(world, inside, made):
    with inside(world.acme) as actor:
        leads.mark_returned(actor, made[:1], "Dead number")

        with pytest.raises(Refusal, match="at the same moment"):
            leads.mark_returned(actor, made, "Dead numbers")  # as they were read before


def test_the_figures_follow_whoever_it_is_credited_to_by_then(world, inside, made):
    with inside(world.acme) as actor:
        other = world.acme.other_partner.id
        db.session.get_one(Lead, (world.acme.tenant.id, made[0].id)).partner_id = other
        db.session.flush()
        db.session.expunge_all()

        leads.mark_returned(actor, made[:1], "Dead number")

        assert db.session.scalars(select(MetricChange.partner_id)).all() == [other]


def test_an_empty_choice_and_a_vast_one_are_refused(world, inside, made):
    with inside(world.acme) as actor:
        with pytest.raises(Invalid, match="at least one"):
            leads.mark_returned(actor, [], "Dead numbers")
        with pytest.raises(Invalid, match="At most 1,000"):
            leads.mark_returned(actor, made * 334, "Dead numbers")


@pytest.mark.parametrize("who", ["sales", "partner_admin", "partner_user"])
def test_other_roles_return_nothing(world, inside, made, who):
    with inside(world.acme, getattr(world.acme, who)) as actor:
        with pytest.raises(Forbidden):
            leads.mark_returned(actor, made, "Dead numbers")
        with pytest.raises(Forbidden):
            leads.take_back(actor, seen(made))


def test_another_tenants_leads_are_out_of_reach(world, inside, made):
    with inside(world.rival) as actor, pytest.raises(Refusal, match="Nothing was changed"):
        leads.mark_returned(actor, made, "Dead numbers")


def test_many_cost_as_many_statements_as_one(world, inside):
    with inside(world.acme) as actor:
        few = [lead_of(world.acme, world.acme.source) for _ in range(2)]
        many = [lead_of(world.acme, world.acme.source) for _ in range(200)]

        with counted() as for_few:
            leads.mark_returned(actor, few, "Dead numbers")
        with counted() as for_many:
            leads.mark_returned(actor, many, "Dead numbers")

        assert len(for_many) == len(for_few)


def test_two_people_who_return_the_same_lead_at_once_count_it_once(app, world, inside, made):
    def try_it(member):
        with inside(world.acme, member) as actor:
            try:
                leads.mark_returned(actor, seen(made[:1]), "Dead number")
                db.session.commit()
            except Refusal:
                db.session.rollback()
                return "refused"
            return "returned"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(try_it, (world.acme.admin, world.acme.support)))

    with inside(world.acme):
        assert sorted(answers) == ["refused", "returned"]
        assert sums() == (1, 1250, 0)
