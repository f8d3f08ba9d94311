"""Figures: exact before a count and after it, for whoever looks, in one statement."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from models import Outcome, Scope, across_tenants, db, enter
from operations import metric_changes, metrics, periods
from operations.asked import Whose
from operations.figures import Tally, figures
from tests.conftest import actor_of
from tests.plans import listening
from tests.received import TODAY, call, calls
from tests.statements import counted

WEEK = periods.last(7, TODAY)
LONG_AGO = TODAY - timedelta(days=8)


def come_first(acme, rival):
    calls(2, acme.source, partner=acme.partner)
    calls(3, acme.source, partner=acme.partner, day=LONG_AGO)
    call(acme.source, Outcome.REJECTED, acme.partner)
    call(rival.source, partner=rival.partner)
    db.session.commit()


def come_then(acme):
    call(acme.source, Outcome.DUPLICATE, acme.partner)
    lead = call(acme.source, partner=acme.other_partner)
    calls(4, acme.other_source, partner=acme.other_partner)
    call(acme.free_source)
    call(acme.source, partner=acme.partner, is_test=True)
    call(acme.source, Outcome.REPEATED, acme.partner)
    metric_changes.returned(actor_of(acme.admin), [lead])
    db.session.commit()


def count(acme):
    metrics.count(acme.tenant.id)
    db.session.commit()


@pytest.fixture(params=["live", "counted", "half counted"])
def lived(request, app, world):
    """Acme with some calls, of which none, all or the first are in the rollups."""
    acme = world.acme
    with app.app_context(), across_tenants(db.session):
        come_first(acme, world.rival)
        if request.param == "half counted":
            count(acme)
        come_then(acme)
        if request.param == "counted":
            count(acme)
    return acme


@pytest.fixture
def looking(app, lived):
    """Look as staff do."""
    with app.app_context():
        enter(db.session, Scope(lived.tenant.id))
        yield lived


def test_the_tenant_sees_everything_that_counts(looking):
    found = figures(Whose(looking.tenant.id), WEEK)

    assert found.now == Tally(8, 1, 1, 1, 8 * 1250, 1250, 0)
    assert found.before == Tally(accepted=3, payout_cents=3 * 1250)
    assert found.now.received == 10
    assert (found.now.acceptance, found.now.duplication, found.now.rejection) == (0.8, 0.1, 0.1)
    assert found.now.return_rate == 1 / 8


def test_a_day_without_calls_is_there_with_nothing(looking):
    found = figures(Whose(looking.tenant.id), WEEK)

    assert [tally.accepted for _, tally in found.days] == [0, 0, 0, 0, 0, 0, 8]
    assert [tally.accepted for _, tally in found.days_before] == [0, 0, 0, 0, 0, 3, 0]
    assert Tally().acceptance is None


def test_a_partner_keeps_what_came_while_a_source_was_its_own(looking):
    acme = looking

    mine = figures(Whose(acme.tenant.id, partner_id=acme.partner.id), WEEK)
    other = figures(Whose(acme.tenant.id, partner_id=acme.other_partner.id), WEEK)

    assert (mine.now.accepted, mine.now.rejected, mine.now.duplicate) == (2, 1, 1)
    assert (other.now.accepted, other.now.returned) == (5, 1)


def test_a_source_has_what_it_received_for_every_partner(looking):
    acme = looking

    whole = figures(Whose(acme.tenant.id, acme.source.id), WEEK)
    part = figures(Whose(acme.tenant.id, acme.source.id, acme.other_partner.id), WEEK)
    free = figures(Whose(acme.tenant.id, acme.free_source.id), WEEK)

    assert (whole.now.accepted, part.now.accepted, free.now.accepted) == (3, 1, 1)


def test_partner_people_see_their_own_and_nothing_else(app, lived):
    acme = lived
    with app.app_context():
        enter(db.session, Scope(acme.tenant.id, acme.partner.id))

        own = figures(Whose(acme.tenant.id, acme.source.id, acme.partner.id), WEEK)
        others = figures(Whose(acme.tenant.id, partner_id=acme.other_partner.id), WEEK)
        everything = figures(Whose(acme.tenant.id), WEEK)

    assert own.now.accepted == 2
    assert (others.now, others.before) == (Tally(), Tally())
    assert everything.now.accepted <= 2


def test_days_between_two_periods_are_in_neither(app, world):
    acme, today = world.acme, date(2026, 11, 10)
    month = periods.named("month", today)
    with app.app_context(), across_tenants(db.session):
        for day in (date(2026, 11, 1), date(2026, 10, 10), date(2026, 10, 11), date(2026, 10, 31)):
            call(acme.source, partner=acme.partner, day=day)

        found = figures(Whose(acme.tenant.id), month)

    assert (found.now.accepted, found.before.accepted) == (1, 1)


def test_figures_are_read_in_one_statement(looking):
    with counted() as statements:
        figures(Whose(looking.tenant.id), WEEK)

    assert len(statements) == 1


def test_what_is_deducted_is_not_paid():
    tally = Tally(accepted=3, payout_cents=3750, returned_cents=1250, deducted_cents=1250)

    assert tally.payout == 2500


def test_only_calls_that_are_not_counted_yet_are_looked_at_however_many_a_source_had(app, world):
    """SQLite knows how many calls a source has on average, and nothing of the newest ones."""
    acme = world.acme
    with app.app_context(), across_tenants(db.session):
        calls(50, acme.source, partner=acme.partner)
        calls(50, acme.other_source, partner=acme.other_partner)
        db.session.commit()
        count(acme)
        if db.engine.dialect.name == "sqlite":
            as_if_there_were_many()
        enter(db.session, Scope(acme.tenant.id))
        with listening(db.engine) as sent:
            figures(Whose(acme.tenant.id, source_id=acme.source.id), WEEK)
        plans = [line for one in sent for line in plan_of(db.session.connection(), one)]

    by_index = [line.replace(" ", "") for line in plans if "index" in line.lower()]
    assert any("seq>" in line for line in by_index)
    assert not any("submission_source" in line for line in plans)


def as_if_there_were_many():
    """Tell SQLite what it would find of 200,000 calls: 94 of each source, and all in one count."""
    db.session.execute(text("ANALYZE"))
    for index, found in (("submission_source", "94 1"), ("submission_seq", "200000")):
        known = text("UPDATE sqlite_stat1 SET stat = :stat WHERE idx = :index")
        db.session.execute(known, {"stat": f"200000 200000 {found}", "index": index})
    db.session.execute(text("ANALYZE sqlite_master"))
    db.session.commit()


def plan_of(connection, sent):
    statement, values = sent
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values)]
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
