"""Counting: exact whatever is written, returned or counted at the same moment."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from models import (
    EVERY,
    CallHour,
    Lead,
    LeadState,
    MetricChange,
    MetricDay,
    MetricMark,
    Outcome,
    RejectionDay,
    across_tenants,
    db,
    next_seq,
)
from models.base import new_id
from models.sequence import lift
from operations import metric_changes, metrics
from operations.metric_rows import NUMBERS
from tests.conftest import actor_of
from tests.parallel import all_at_once
from tests.received import CREDENTIAL, TODAY, call, calls

ALL = [Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.REJECTED, Outcome.REPEATED]


@pytest.fixture
def work(app):
    """Act as the worker does, in a transaction that is committed at the end."""

    @contextmanager
    def act():
        with app.app_context(), across_tenants(db.session):
            yield
            db.session.commit()

    return act


def count_all():
    """Count until nothing is left, as the worker does."""
    for tenant_id in metrics.waiting():
        while metrics.count(tenant_id):
            db.session.commit()


def day(source, partner, when=TODAY):
    """What the rollup says, without noughts."""
    row = db.session.scalar(
        select(MetricDay).where(
            MetricDay.source_id == (source if source == EVERY else source.id),
            MetricDay.partner_id == (partner if partner == EVERY else partner.id),
            MetricDay.day == when,
        )
    )
    return row and {name: getattr(row, name) for name in NUMBERS if getattr(row, name)}


def test_each_outcome_is_added_to_source_partner_and_tenant(world, work):
    acme = world.acme
    with work():
        for outcome in ALL:
            call(acme.source, outcome, acme.partner)
        call(acme.source, partner=acme.partner, is_test=True)
        call(acme.other_source, partner=acme.other_partner)
        call(acme.free_source)

    with work():
        count_all()

        own = {"accepted": 1, "duplicate": 1, "rejected": 1, "payout_cents": 1250}
        assert day(acme.source, acme.partner) == own
        assert day(EVERY, acme.partner) == own
        assert day(EVERY, EVERY) == {**own, "accepted": 3, "payout_cents": 3750}
        assert day(acme.free_source, EVERY) == {"accepted": 1, "payout_cents": 1250}


def test_what_is_counted_is_not_counted_again(world, work):
    acme = world.acme
    with work():
        call(acme.source, partner=acme.partner)
    with work():
        count_all()
    with work():
        call(acme.source, partner=acme.partner)
        call(acme.source, partner=acme.partner, day=TODAY - timedelta(days=1))

    with work():
        count_all()
        count_all()

        assert day(acme.source, acme.partner)["accepted"] == 2
        assert day(acme.source, acme.partner, TODAY - timedelta(days=1))["accepted"] == 1


def test_a_source_that_moved_counts_for_each_partner(world, work):
    acme = world.acme
    with work():
        call(acme.source, partner=acme.partner)
        calls(2, acme.source, partner=acme.other_partner)

    with work():
        count_all()

        assert day(acme.source, acme.partner)["accepted"] == 1
        assert day(acme.source, acme.other_partner)["accepted"] == 2
        assert day(EVERY, EVERY)["accepted"] == 3


def test_changes_are_added_and_removed(world, work):
    acme = world.acme
    with work():
        lead = call(acme.source, partner=acme.partner)
    with work():
        count_all()
    with work():
        metric_changes.returned(actor_of(acme.admin), [lead])

    with work():
        count_all()

        gone = {"returned": 1, "returned_cents": 1250}
        assert day(EVERY, EVERY) == {"accepted": 1, "payout_cents": 1250, **gone}
        assert db.session.scalars(select(MetricChange)).all() == []


def test_tenants_are_counted_apart(world, work):
    with work():
        call(world.acme.source, partner=world.acme.partner)
        calls(2, world.rival.source, partner=world.rival.partner)
        waiting = metrics.waiting()
    assert sorted(waiting) == sorted([world.acme.tenant.id, world.rival.tenant.id])

    with work():
        count_all()

        assert day(world.acme.source, world.acme.partner)["accepted"] == 1
        assert day(world.rival.source, world.rival.partner)["accepted"] == 2
        assert metrics.waiting() == []


def test_a_backlog_is_counted_in_pieces(world, work):
    acme = world.acme
    for _ in range(5):
        with work():
            call(acme.source, partner=acme.partner)

    with work():
        counted = []
        while metrics.count(acme.tenant.id, piece=2):
            db.session.commit()
            counted.append(day(EVERY, EVERY)["accepted"])
            db.session.rollback()

        assert day(EVERY, EVERY)["accepted"] == 5
    assert counted == ([2, 4] if db_is_postgresql(work) else [])


def db_is_postgresql(work):
    with work():
        return db.session.get_bind().dialect.name == "postgresql"


def test_one_large_transaction_is_one_piece(world, work):
    acme = world.acme
    with work():
        calls(5, acme.source, partner=acme.partner)

    with work():
        while metrics.count(acme.tenant.id, piece=2):
            db.session.commit()

        assert day(EVERY, EVERY)["accepted"] == 5


def test_calls_are_kept_by_credential_and_hour(world, work):
    acme, other = world.acme, new_id()
    first, last = (datetime(2026, 11, 20, 9, m, 59, tzinfo=UTC) for m in (0, 59))
    with work():
        for outcome in ALL:
            call(acme.source, outcome, acme.partner, received_at=first)
        call(acme.source, partner=acme.partner, received_at=last, is_test=True)
        call(acme.source, partner=acme.partner, received_at=last, credential_id=other)
        call(acme.free_source, received_at=last + timedelta(minutes=1))

    with work():
        count_all()

        rows = db.session.scalars(select(CallHour)).all()
        nine, ten = (datetime(2026, 11, 20, h, tzinfo=UTC) for h in (9, 10))
        assert {(r.source_id, r.partner_id, r.credential_id, r.hour): r.calls for r in rows} == {
            (acme.source.id, acme.partner.id, CREDENTIAL, nine): 5,
            (acme.source.id, acme.partner.id, other, nine): 1,
            (acme.free_source.id, EVERY, CREDENTIAL, ten): 1,
        }


def reasons(source, partner):
    rows = db.session.scalars(
        select(RejectionDay).where(
            RejectionDay.source_id == source, RejectionDay.partner_id == partner
        )
    )
    return {(row.field, row.message): row.calls for row in rows}


def test_rejections_are_counted_by_field_and_message(world, work):
    acme = world.acme
    wrong = {"email": ["is missing"], "phone": ["is too short", "has letters"]}
    rejected = {"outcome": Outcome.REJECTED, "partner": acme.partner}
    with work():
        calls(2, acme.source, errors=wrong, error="validation_failed", **rejected)
        call(acme.source, errors={"email": ["is missing"]}, error="validation_failed", **rejected)
        call(acme.source, error="source_paused", **rejected)
        call(acme.source, error="source_paused", is_test=True, **rejected)
        call(acme.free_source, Outcome.REJECTED, errors=None, error="malformed_body")

    with work():
        count_all()

        own = {
            ("email", "is missing"): 3,
            ("phone", "is too short"): 2,
            ("phone", "has letters"): 2,
            ("", "source_paused"): 1,
        }
        assert reasons(acme.source.id, acme.partner.id) == own
        assert reasons(EVERY, acme.partner.id) == own
        assert reasons(EVERY, EVERY) == {**own, ("", "malformed_body"): 1}
        assert reasons(acme.free_source.id, EVERY) == {("", "malformed_body"): 1}


def test_what_no_column_holds_stops_no_count(world, work):
    acme = world.acme
    long = {"f" * 300: ["m" * 300], "\ud800": ["x\0y"]}
    with work():
        call(acme.source, Outcome.REJECTED, acme.partner, errors=long, error="validation_failed")

    with work():
        count_all()

        assert reasons(EVERY, EVERY) == {("f" * 120, "m" * 200): 1, ("?", "xy"): 1}


def total():
    sums = Counter()
    for row in db.session.scalars(select(MetricDay).where(MetricDay.source_id != EVERY)):
        sums.update({name: getattr(row, name) for name in NUMBERS})
    return {name: number for name, number in sums.items() if number}


def test_two_workers_at_once_count_once(world, work):
    acme = world.acme
    with work():
        calls(20, acme.source, partner=acme.partner)

    def count_once():
        with work():
            metrics.count(acme.tenant.id)

    all_at_once([count_once] * 4)

    with work():
        assert total() == {"accepted": 20, "payout_cents": 25000}


def write(work, acme, times):
    """Take calls of each outcome in turn, and return each accepted lead."""
    for number in range(times):
        with work():
            lead = call(acme.source, ALL[number % 3], acme.partner)
        if number % 3 == 0:
            with work():
                returned = update(Lead).where(Lead.id == lead.id)
                db.session.execute(returned.values(state=LeadState.RETURNED))
                metric_changes.returned(actor_of(acme.admin), [lead])


@contextmanager
def workers_counting(work, workers):
    """Let so many workers count without a pause meanwhile."""
    done = threading.Event()

    def keep_counting():
        while not done.is_set():
            with work():
                count_all()
            done.wait(0.01)

    with ThreadPoolExecutor(workers) as pool:
        counting = [pool.submit(keep_counting) for _ in range(workers)]
        try:
            yield
        finally:
            done.set()
        for worker in counting:
            worker.result()


def test_counting_while_calls_come_in_loses_none_and_doubles_none(world, work):
    writers, each = 4, 15
    with workers_counting(work, 2):
        all_at_once([partial(write, work, world.acme, each)] * writers)

    with work():
        count_all()
        third = writers * each // 3
        assert total() == {
            "accepted": third,
            "duplicate": third,
            "rejected": third,
            "returned": third,
            "payout_cents": 1250 * third,
            "returned_cents": 1250 * third,
        }


def test_a_call_that_commits_late_is_not_lost(world, work, app):
    """The mark stops below a transaction that still runs, whatever was committed after it."""
    acme = world.acme
    if not db_is_postgresql(work):
        return assert_writers_wait(work)
    with app.app_context(), across_tenants(db.session):
        call(acme.source, partner=acme.partner)

        with work():
            call(acme.source, partner=acme.partner)
        with work():
            count_all()
            early = total()
        db.session.commit()

    with work():
        count_all()
        assert (early, total()["accepted"]) == ({}, 2)
    return None


def assert_writers_wait(work):
    """On SQLite there is no such thing: the count is alone with the mark."""
    with work():
        assert db.session.connection().exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def start_a_process():
    """Do what the first connection of a process does; without a lift it changes nothing."""
    lift(db.session.connection().connection.driver_connection)


def test_a_restored_dump_numbers_new_rows_above_the_mark(world, work):
    acme, far = world.acme, 10**12
    with work():
        call(acme.source, partner=acme.partner)
    with work():
        count_all()
        db.session.execute(update(MetricMark).values(seq=far))

    with work():
        start_a_process()
    with work():
        call(acme.source, partner=acme.partner)
        assert db.session.scalar(select(next_seq(acme.tenant.id))) >= far

    with work():
        count_all()
        assert total()["accepted"] == 2


def test_a_cluster_that_stayed_is_not_lifted_again(world, work):
    with work():
        call(world.acme.source, partner=world.acme.partner)
    with work():
        count_all()
        db.session.execute(update(MetricMark).values(seq=10**12))
    for _ in range(2):
        with work():
            start_a_process()
        with work():
            call(world.acme.source, partner=world.acme.partner)
            bases = db.session.scalars(select(MetricMark.base)).all()
            start_a_process()
            assert db.session.scalars(select(MetricMark.base)).all() == bases


def test_a_dump_that_was_never_counted_is_lifted_too(world, work):
    acme, far = world.acme, 10**12
    with work():
        row = call(acme.source, partner=acme.partner)
        row.seq = far
    with work():
        start_a_process()

    with work():
        call(acme.source, partner=acme.partner)
    with work():
        count_all()
        if db_is_postgresql(work):
            assert total()["accepted"] == 2


def test_the_days_of_a_call_are_its_own(world, work):
    acme = world.acme
    with work():
        call(acme.source, partner=acme.partner, day=date(2024, 2, 29))

    with work():
        count_all()

        assert day(EVERY, EVERY, date(2024, 2, 29))["accepted"] == 1
