"""What a partner's row says of its last 30 days and its last lead: kept with each count."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from models import (
    AuditEvent,
    Outcome,
    Partner,
    Scope,
    Tenant,
    across_tenants,
    db,
    enter,
    now,
)
from operations import metrics, partner_bulk, partners, periods, standings
from tests.conftest import actor_of
from tests.operations.test_rankings import AHEAD, BEHIND, credit_all
from tests.parallel import all_at_once
from tests.received import call, calls, recently
from tests.statements import counted
from tests.world import partner_of, source_of


@pytest.fixture
def count(app, world):
    """Count what is new in pieces, as the worker does."""

    def work(piece=metrics.PIECE):
        with app.app_context(), across_tenants(db.session):
            while metrics.count(world.acme.tenant.id, piece):
                db.session.commit()
            db.session.commit()

    return work


@pytest.fixture
def follow(app, world):
    def work():
        with app.app_context(), across_tenants(db.session):
            standings.follow(world.acme.tenant.id)
            db.session.commit()

    return work


@pytest.fixture
def held(app, world):
    """What the row of a partner holds: received and accepted in 30 days, and the last lead."""

    def look(partner=world.acme.partner):
        row = (Partner.received_30, Partner.accepted_30, Partner.last_lead_at)
        with app.app_context(), across_tenants(db.session):
            return tuple(db.session.execute(select(*row).where(Partner.id == partner.id)).one())

    return look


def ago(days):
    return recently(day=now().date() - timedelta(days=days))


def test_each_outcome_of_the_last_30_days_is_received_and_tests_are_not(
    world, stored, follow, count, held
):
    acme = world.acme
    follow()

    def life():
        for outcome in Outcome:
            call(acme.source, outcome, acme.partner, **ago(0))
        call(acme.source, Outcome.ACCEPTED, acme.partner, **ago(29))
        call(acme.source, Outcome.ACCEPTED, acme.partner, **ago(30))
        calls(2, acme.source, Outcome.ACCEPTED, acme.partner, **recently(is_test=True))
        calls(2, acme.free_source, Outcome.ACCEPTED, None, **ago(0))

    stored(life)
    count(piece=1)

    assert held()[:2] == (4, 2)
    assert held(acme.other_partner) == (0, 0, None)


def test_the_first_day_kept_adds_up_what_was_counted_before(world, stored, follow, count, held):
    stored(lambda: calls(3, world.acme.source, Outcome.ACCEPTED, world.acme.partner, **ago(3)))
    count()
    nothing = held()[:2]
    follow()

    assert (nothing, held()[:2]) == ((0, 0), (3, 3))


@pytest.fixture
def moved(world, stored, follow, count):
    """The day changes: two leads of the partner leave the window, and one of the other's stays."""
    acme = world.acme
    days = periods.usual(periods.today_in(BEHIND, now())).now

    def life():
        calls(2, acme.source, Outcome.ACCEPTED, acme.partner, **recently(day=days.first))
        call(acme.source, Outcome.REJECTED, acme.partner, **recently(day=days.last))
        call(acme.other_source, Outcome.ACCEPTED, acme.other_partner, **ago(9))

    def change(before_it=lambda: None):
        stored(lambda: live_in(BEHIND))
        follow()
        stored(life)
        count()
        before_it()
        stored(lambda: live_in(AHEAD))
        follow()

    return change


def live_in(zone):
    db.session.execute(update(Tenant).values(time_zone=zone))


def test_a_day_that_leaves_the_window_leaves_the_sums(world, moved, held):
    before = []

    moved(lambda: before.append(held()[:2]))

    assert before == [(3, 2)]
    assert held()[:2] == (1, 0)
    assert held(world.acme.other_partner)[:2] == (1, 1)


def test_a_day_change_writes_those_alone_who_have_calls_on_the_days_that_move(
    world, stored, moved, held
):
    """Of a million partners a few thousand; the others keep even a sum that is wrong."""
    wrong = update(Partner).values(received_30=Partner.received_30 + 1000)

    moved(lambda: stored(lambda: db.session.execute(wrong)))

    assert held()[0] == 1001
    assert held(world.acme.other_partner)[0] == 1001


def test_the_last_lead_is_the_newest_that_is_no_test_whatever_its_day(
    world, stored, follow, count, held
):
    acme, moment = world.acme, now() - timedelta(days=50)
    follow()
    stored(lambda: call(acme.source, Outcome.ACCEPTED, acme.partner, **ago(0)))
    stored(
        lambda: call(
            acme.source, Outcome.DUPLICATE, acme.partner, received_at=moment, day=moment.date()
        )
    )
    stored(lambda: call(acme.source, Outcome.ACCEPTED, acme.partner, **recently(is_test=True)))
    stored(lambda: call(acme.source, Outcome.REJECTED, acme.partner, **ago(0)))
    count()

    assert held() == (2, 1, moment)


def test_a_rejected_call_leaves_the_last_lead_as_it_was(world, stored, follow, count, held):
    acme = world.acme
    follow()
    stored(lambda: call(acme.source, Outcome.ACCEPTED, acme.partner, **ago(0)))
    count()
    first = held()
    stored(lambda: call(acme.source, Outcome.REJECTED, acme.partner, **ago(0)))
    count()

    assert held() == (2, 1, first[2])


def test_leads_that_are_credited_later_are_the_partners_from_then_on(
    world, stored, follow, count, held
):
    acme = world.acme
    follow()
    came = stored(lambda: calls(2, acme.free_source, Outcome.ACCEPTED, None, **ago(1)))
    count()
    nothing = held()
    stored(lambda: credit_all(acme))
    count()

    assert nothing == (0, 0, None)
    assert held() == (2, 2, came[-1].received_at)


def test_counting_leaves_the_version_and_the_history_of_a_partner_alone(
    app, world, inside, stored, follow, count
):
    """A form that was opened before a count is saved after it: StaleDataError is for people."""
    acme = world.acme
    follow()
    with inside(acme) as actor:
        partner = db.session.scalars(select(Partner).where(Partner.id == acme.partner.id)).one()
        opened = partner.version
        db.session.commit()
        stored(lambda: calls(3, acme.source, Outcome.ACCEPTED, acme.partner, **ago(0)))
        count()
        partners.edit(actor, partner, opened, notes="Rang today.")
        db.session.commit()

    with app.app_context(), across_tenants(db.session):
        row = db.session.get_one(Partner, (acme.tenant.id, acme.partner.id))
        kinds = db.session.scalars(select(AuditEvent.kind)).all()
    assert (row.notes, row.version, row.received_30) == ("Rang today.", opened + 1, 3)
    assert kinds.count("partner.edited") == 1
    assert not [kind for kind in kinds if kind.startswith("metrics.")]


#: So many partners are counted for and changed by somebody at the same moment.
MANY = 30


@pytest.fixture
def crowd(world, stored):
    """Partners with a source each."""

    def make(acme):
        made = [partner_of(acme.tenant, f"acme-busy-{number}") for number in range(MANY)]
        return [(one, source_of(acme.tenant, f"{one.name}-source", one)) for one in made]

    return stored(lambda: make(world.acme))


def test_a_count_and_a_bulk_deed_over_the_same_partners_both_end(
    app, world, stored, follow, count, crowd
):
    """Both hold the rows in one order, so that neither waits for the other for ever."""
    acme, ids = world.acme, [partner.id for partner, _ in crowd]
    follow()

    def tag(turn):
        with app.app_context():
            enter(db.session, Scope(acme.tenant.id))
            order = Partner.id.desc() if turn % 2 else Partner.id
            found = db.session.scalars(select(Partner).where(Partner.id.in_(ids)).order_by(order))
            partner_bulk.add_tag(actor_of(acme.admin), found.all(), f"tag {turn}")
            db.session.commit()

    for turn in range(4):
        stored(lambda: [call(source, partner=partner, **ago(0)) for partner, source in crowd[::-1]])
        all_at_once([count, partial(tag, turn)])
    count()

    with app.app_context(), across_tenants(db.session):
        rows = db.session.scalars(select(Partner).where(Partner.id.in_(ids))).all()
        assert {(row.received_30, row.version) for row in rows} == {(4, 5)}


def test_adding_up_anew_writes_the_partners_once_and_last(app, world, stored, follow, count, held):
    """Between two times, it would hold some of them while it waits for others."""
    acme = world.acme
    stored(lambda: call(acme.source, Outcome.ACCEPTED, acme.partner, **recently()))
    follow()
    count()
    before = held()

    with app.app_context(), across_tenants(db.session), counted() as sent:
        standings.begin_anew(acme.tenant.id)
        db.session.commit()

    writing = [one for one in sent if "UPDATE partner SET" in one]
    assert sent[-1:] == writing
    assert held() == before
