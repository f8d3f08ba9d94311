"""Rankings: the same before a count and after it, and whatever the day."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models import Lead, LeadState, Outcome, Scope, Tenant, across_tenants, db, enter, now
from operations import metric_changes, metrics, periods, rankings, standings
from operations.asked import Whose
from operations.figures import Tally, figures
from operations.rankings import Compared, Group, compared, ranked
from tests.conftest import actor_of
from tests.received import call, calls, recently
from tests.statements import counted

#: Their days differ at every moment: the one is 25 hours ahead of the other.
BEHIND, AHEAD = "Pacific/Pago_Pago", "Pacific/Kiritimati"


def today_in(zone):
    return periods.today_in(zone, now())


@pytest.fixture
def work(app):
    """Act as the worker does, in a transaction that is committed at the end."""

    def act(deed, *facts):
        with app.app_context(), across_tenants(db.session):
            deed(*facts)
            db.session.commit()

    return act


@pytest.fixture
def looking(app, world):
    """Look as staff do."""

    def look(deed):
        with app.app_context():
            enter(db.session, Scope(world.acme.tenant.id))
            return deed(world.acme)

    return look


def count(tenant_id):
    while metrics.count(tenant_id):
        db.session.commit()


def move_to(zone):
    db.session.execute(update(Tenant).values(time_zone=zone))


def some_calls(acme, seed, today):
    """Calls of the last weeks, for either partner through any source, some of them nobody's."""
    dice = random.Random(seed)  # noqa: S311
    for _ in range(40):
        source = dice.choice([acme.source, acme.other_source, acme.free_source])
        partner = dice.choice([acme.partner, acme.other_partner, None])
        outcome = dice.choice([*Outcome, Outcome.ACCEPTED])
        day = today - timedelta(days=dice.choice([0, 1, 6, 7, 29, 30, 31, 60, 89, 90, 179]))
        call(source, outcome, partner, **recently(day=day, is_test=dice.random() < 0.1))


def credit_all(acme):
    """Credit what came to the free source to the partner; one of it was returned before."""
    actor = actor_of(acme.admin)
    own = Lead.source_id == acme.free_source.id
    one = select(Lead.id).where(own).limit(1).scalar_subquery()
    gone = update(Lead).where(Lead.id == one).values(state=LeadState.RETURNED)
    moved = (Lead.source_id, Lead.partner_id, Lead.day, Lead.payout_cents, Lead.is_test)
    metric_changes.returned(actor, db.session.execute(gone.returning(*moved)).all())
    theirs = update(Lead).where(own).values(partner_id=acme.partner.id)
    leads = db.session.execute(theirs.returning(*moved, Lead.state)).all()
    metric_changes.credited(actor, acme.partner.id, leads)


def added_up(acme, period, partner=None):
    """What the figures of each say, the first one first; those without any calls left out."""
    each = (
        [(s.id, Whose(acme.tenant.id, s.id, partner.id)) for s in sources(acme)]
        if partner
        else [(p.id, Whose(acme.tenant.id, partner_id=p.id)) for p in partners(acme)]
    )
    found = [(who, figures(whose, period)) for who, whose in each]
    rows = [
        (who, Compared(each.now, each.before))
        for who, each in found
        if each.now.received or each.before.received
    ]
    return sorted(rows, key=lambda row: (row[1].now.accepted, row[0]), reverse=True)


def sources(acme):
    return [acme.source, acme.other_source, acme.free_source]


def partners(acme):
    return [acme.partner, acme.other_partner]


STATES = ["live", "counted", "half counted"]


@pytest.fixture(params=STATES)
def lived(request, world, work):
    """Acme with some life, of which none, all or the first half is counted."""
    acme = world.acme
    today = today_in("UTC")
    if request.param != "live":
        work(standings.follow, acme.tenant.id)
    work(some_calls, acme, 1, today)
    if request.param == "half counted":
        work(count, acme.tenant.id)
    work(some_calls, acme, 2, today)
    if request.param == "counted":
        work(count, acme.tenant.id)
    return acme


def test_partners_and_sources_are_ranked_by_the_figures_of_each(lived, looking):
    periods_asked = [asked(key, today_in("UTC")) for key in [*periods.NAMED, "custom"]]

    found, expected = looking(
        lambda acme: tuple(
            [
                [deed(acme, period, partner) for partner in (None, acme.partner)]
                for period in periods_asked
            ]
            for deed in (first_ones, added_up)
        )
    )

    assert found == expected


def first_ones(acme, period, partner=None):
    return ranked(Group(acme.tenant.id, partner and partner.id), period, 10)


def asked(key, today):
    week_ago = today - timedelta(days=7)
    custom = periods.chosen(str(today - timedelta(days=31)), str(week_ago), today)
    return custom if key == "custom" else periods.named(key, today)


def test_named_sources_are_compared(lived, looking):
    period = periods.usual(today_in("UTC"))

    found, expected = looking(
        lambda acme: (
            compared(Group(acme.tenant.id, acme.partner.id), period, [acme.source.id]),
            dict(added_up(acme, period, acme.partner)),
        )
    )

    assert found == {lived.source.id: expected[lived.source.id]}


def test_only_the_first_are_read_and_in_two_statements(world, work, looking):
    acme = world.acme
    work(standings.follow, acme.tenant.id)
    work(calls, 3, acme.source, Outcome.ACCEPTED, acme.partner, now().date())
    work(count, acme.tenant.id)
    work(calls, 5, acme.source, Outcome.ACCEPTED, acme.other_partner, now().date())
    period = periods.usual(today_in("UTC"))

    with counted() as statements:
        found = looking(lambda acme: ranked(Group(acme.tenant.id), period, 1))

    assert found == [(acme.other_partner.id, Compared(Tally(accepted=5, payout_cents=5 * 1250)))]
    assert len(statements) == 2


@pytest.mark.parametrize("lived", ["counted"], indirect=True)
def test_days_of_ones_own_that_hold_too_much_are_not_ranked(lived, looking, monkeypatch):
    today = today_in("UTC")
    monkeypatch.setattr(rankings, "MOST_ADDED", 1)

    assert looking(lambda acme: first_ones(acme, asked("custom", today))) is None
    assert looking(lambda acme: first_ones(acme, periods.usual(today))) is not None


@pytest.mark.parametrize("zones", [(BEHIND, AHEAD), (AHEAD, BEHIND)])
def test_the_day_changes_and_the_ranking_stays_exact(world, work, looking, zones):
    acme, (before, after) = world.acme, zones
    work(move_to, before)
    work(standings.follow, acme.tenant.id)
    work(some_calls, acme, 3, today_in(before))
    work(count, acme.tenant.id)
    work(move_to, after)

    for step in (lambda: None, lambda: work(standings.follow, acme.tenant.id)):
        step()
        for key in periods.NAMED:
            period = periods.named(key, today_in(after))
            found, expected = looking(
                lambda acme, period=period: (
                    first_ones(acme, period),
                    added_up(acme, period),
                )
            )
            assert found == expected


def test_the_worker_is_told_whose_day_changed(world, app, work):
    acme, rival = world.acme.tenant.id, world.rival.tenant.id

    def behind():
        with app.app_context(), across_tenants(db.session):
            return sorted(standings.behind())

    assert behind() == sorted([acme, rival])
    work(standings.follow, acme)
    work(standings.follow, rival)
    assert behind() == []
    other = AHEAD if today_in(AHEAD) != today_in("UTC") else BEHIND
    work(move_to, other)
    assert behind() == sorted([acme, rival])


def test_what_was_returned_or_credited_later_moves_in_the_ranking(world, work, looking):
    """A credited lead is the partner's from then on; a returned one was accepted all the same."""
    acme, today = world.acme, today_in("UTC")
    work(standings.follow, acme.tenant.id)
    work(calls, 2, acme.free_source, Outcome.ACCEPTED, None, today)
    work(count, acme.tenant.id)
    work(credit_all, acme)
    period = periods.named("7", today)

    before_a_count = looking(lambda acme: first_ones(acme, period))
    work(count, acme.tenant.id)
    after_it = looking(lambda acme: first_ones(acme, period))

    gained = Tally(accepted=2, payout_cents=2 * 1250, returned=1, returned_cents=1250)
    assert before_a_count == after_it == [(acme.partner.id, Compared(gained))]
