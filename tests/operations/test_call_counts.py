"""Calls per hour are exact: what the worker has counted, and what came after its mark."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, insert, select

from models import MetricMark, Outcome, Source, Submission, across_tenants, db, now
from models.base import first_id, new_id
from models.sequence import next_seq
from operations import call_counts, metrics, rotation_calls, rotations
from operations.call_counts import AN_HOUR, hour
from tests.keys import called, credential_of
from tests.statements import counted

HALF_PAST = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


def submitted(side, credential, received_at=None, seq=None, outcome=Outcome.ACCEPTED):
    """A call, as the intake writes it."""
    lowest = first_id((received_at or now()).timestamp())
    db.session.execute(
        insert(Submission).values(
            tenant_id=side.tenant.id,
            id=UUID(int=lowest.int | new_id().int % 2**76),
            seq=next_seq(side.tenant.id) if seq is None else seq,
            source_id=credential.source_id,
            partner_id=side.partner.id,
            credential_id=credential.id,
            received_at=received_at or now(),
            day=now().date(),
            address="",
            content_type="",
            body=b"",
            outcome=outcome,
            is_test=False,
            status=201,
            answer="",
            error="",
            payout_cents=0,
        )
    )


def source_of(side):
    return db.session.get_one(Source, (side.tenant.id, side.source.id))


@pytest.fixture
def pair(app, world):
    """The old and the new credential of a rotation that began two days ago."""
    side = world.acme
    with app.app_context(), across_tenants(db.session):
        old = credential_of(
            side, name="Old", created_at=now() - timedelta(days=9), closes_at=now() + 3 * AN_HOUR
        )
        new = credential_of(
            side, name="New", created_at=now() - timedelta(days=2), replaces_id=old.id
        )
        db.session.commit()
    return old, new


def test_calls_are_counted_by_credential_and_hour(world, inside, pair):
    old, new = pair
    with inside(world.acme), time_machine.travel(HALF_PAST, tick=False):
        called(world.acme, old, 5, hours_ago=2)
        called(world.acme, old, 7)
        called(world.acme, new, 1)

        calls = call_counts.of_source(source_of(world.acme), now() - timedelta(days=1))

        assert calls.of(old.id) == 12
        assert calls.of(old.id, now() - AN_HOUR) == 7
        assert calls.at(old.id, hour(now() - 2 * AN_HOUR)) == 5
        assert calls.first(old.id) == hour(now() - 2 * AN_HOUR)
        assert (calls.of(new.id), calls.at(new.id, hour(now() - AN_HOUR))) == (1, 0)


def test_hours_before_the_first_are_left_out(world, inside, pair):
    old, _ = pair
    with inside(world.acme), time_machine.travel(HALF_PAST, tick=False):
        called(world.acme, old, 5, hours_ago=30)

        calls = call_counts.of_source(source_of(world.acme), now() - timedelta(days=1))

        assert (calls.of(old.id), calls.first(old.id)) == (0, None)


def test_calls_after_the_mark_are_added_and_those_before_it_are_not(app, world, inside, pair):
    old, _ = pair
    with app.app_context(), across_tenants(db.session):
        db.session.add(MetricMark(tenant_id=world.acme.tenant.id, seq=100, counted_at=now()))
        called(world.acme, old, 5)
        submitted(world.acme, old, seq=99)
        for outcome in (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.REPEATED):
            submitted(world.acme, old, seq=100, outcome=outcome)
        submitted(world.acme, old, now() - timedelta(days=3), seq=100)
        db.session.commit()

    for member in (world.acme.admin, world.acme.partner_admin):
        with inside(world.acme, member):
            calls = call_counts.of_source(source_of(world.acme), now() - timedelta(days=1))

            assert calls.of(old.id) == 8


def test_without_a_mark_every_call_is_counted(app, world, inside, pair):
    old, _ = pair
    with app.app_context(), across_tenants(db.session):
        submitted(world.acme, old)
        db.session.commit()

    with inside(world.acme):
        calls = call_counts.of_source(source_of(world.acme), now())

        assert calls.at(old.id, hour(now())) == 1


def test_the_same_moment_is_read_in_one_statement(world, inside, pair):
    with inside(world.acme):
        source = source_of(world.acme)
        with counted() as said:
            call_counts.of_source(source, now())

        assert len(said) == 1


def test_another_tenants_calls_are_not_counted(app, world, inside):
    with app.app_context(), across_tenants(db.session):
        theirs = credential_of(world.rival)
        submitted(world.rival, theirs)
        db.session.commit()

    with inside(world.acme):
        calls = call_counts.of_source(source_of(world.acme), now())

        assert calls.of(theirs.id) == 0
        assert db.session.scalar(select(func.count()).select_from(Submission)) == 0


# Rotations -------------------------------------------------------------------------------------


def rotation_of(side, pair):
    old, new = (db.session.merge(one) for one in pair)
    calls = call_counts.of_source(source_of(side), rotations.since([new, old]))
    return next(iter(rotations.running([new, old], calls)), None)


def test_a_meter_counts_this_hour_and_the_one_before(world, inside, pair):
    old, new = pair
    with inside(world.acme):
        called(world.acme, old, 3)
        called(world.acme, new, 14)
        called(world.acme, old, 50, hours_ago=2)

        rotation = rotation_of(world.acme, pair)

        assert (rotation.recent_new, rotation.recent_old, rotation.share) == (14, 3, 82)


@pytest.mark.parametrize("is_counted", [True, False])
def test_a_meter_leaves_out_what_came_before_the_rotation(stored, world, inside, pair, is_counted):
    old, new = pair
    with time_machine.travel(HALF_PAST, tick=False):
        old.closes_at = now() + AN_HOUR
        new.created_at = now() - 10 * A_MINUTE
        sent = (50, old), (20, old), (11, old), (9, old), (3, new), (2, new)
        stored(lambda: [db.session.merge(one) for one in pair])
        stored(lambda: [submitted(world.acme, key, now() - n * A_MINUTE) for n, key in sent])
        with inside(world.acme):
            if is_counted:
                metrics.count(world.acme.tenant.id)

            rotation = rotation_of(world.acme, pair)
            short = rotations.next_of(world.acme.source.id)
            calls = rotation_calls.with_both(old.id)

        assert rotation.recent_since == new.created_at
        assert (rotation.recent_new, rotation.recent_old, rotation.share) == (2, 1, 67)
        assert rotation.old_since(now() - timedelta(days=1)) == 1
        assert (short.recent_new, short.recent_old) == ((2, 1) if is_counted else (0, 0))
        assert calls == ((1, 2) if is_counted else (0, 0))


@pytest.mark.parametrize(("last_old", "safe"), [(8, True), (0.5, False), (-1, False)])
def test_a_call_with_the_old_one_just_before_the_new_ones_first_does_not_keep_it_open(
    stored, world, inside, pair, last_old, safe
):
    old, new = pair
    with time_machine.travel(HALF_PAST, tick=False):
        first = now() - 6 * AN_HOUR - 5 * A_MINUTE
        old.closes_at = now() + AN_HOUR
        old.last_used_at, new.last_used_at = first - last_old * A_MINUTE, now()
        stored(lambda: submitted(world.acme, new, first))
        with inside(world.acme):
            assert rotation_of(world.acme, pair).is_safe_to_close is safe


def test_the_new_one_is_in_use_from_its_first_call_on_and_not_from_that_hour_on(
    stored, world, inside, pair
):
    old, new = pair
    with time_machine.travel(HALF_PAST, tick=False):
        first = now() - 6 * AN_HOUR + 5 * A_MINUTE
        old.closes_at = now() + AN_HOUR
        old.last_used_at, new.last_used_at = first - AN_HOUR, now()
        stored(lambda: submitted(world.acme, new, first))
        with inside(world.acme):
            assert not rotation_of(world.acme, pair).is_safe_to_close


def test_a_meter_without_calls_has_no_share(world, inside, pair):
    with inside(world.acme):
        assert rotation_of(world.acme, pair).share is None


def test_a_chart_has_an_hour_for_each_since_the_new_one_was_issued(world, inside, pair):
    old, new = pair
    with inside(world.acme):
        called(world.acme, old, 2, hours_ago=1)
        called(world.acme, new, 4)

        hours = rotation_of(world.acme, pair).hours

        assert len(hours) == 49
        assert [(one.new, one.old) for one in hours[-2:]] == [(0, 2), (4, 0)]


@pytest.mark.parametrize(("hours_ago", "shown"), [(0, 12), (200, 96)])
def test_a_chart_is_neither_too_short_nor_too_long(world, inside, pair, hours_ago, shown):
    with inside(world.acme):
        pair[1].created_at = now() - timedelta(hours=hours_ago)

        assert len(rotation_of(world.acme, pair).hours) == shown


def test_only_a_rotation_whose_old_one_still_works_is_shown(world, inside, pair):
    old, new = pair
    with inside(world.acme):
        lone = credential_of(world.acme, name="Lone")
        calls = call_counts.of_source(source_of(world.acme), now())

        assert [one.old.id for one in rotations.running([lone, new, old], calls)] == [old.id]
        assert rotations.running([new], calls) == []
        old.closes_at = now() - A_MINUTE
        assert rotations.running([new, old], calls) == []


def test_what_is_read_goes_back_to_the_oldest_rotation_and_no_further(pair):
    old, new = pair

    assert rotations.since([]) <= now() - timedelta(hours=24)
    assert rotations.since([new, old]) == new.created_at
    new.created_at = now() - timedelta(days=30)
    assert now() - rotations.since([new, old]) < timedelta(hours=97)


def test_an_old_one_is_not_safe_to_close_once_the_new_one_is_revoked(world, inside, pair):
    with inside(world.acme):
        pair[1].last_used_at = pair[1].revoked_at = now()

        assert not rotation_of(world.acme, pair).is_safe_to_close


@pytest.mark.parametrize(
    ("new_used", "old_used", "new_called", "safe"),
    [
        (None, None, None, False),  # nobody calls at all: the next call may use the old one
        (1, 23, 1, False),
        (1, 25, 1, True),
        (1, None, 1, True),
        (0, 3, 7, False),  # the old one was used since the new one was
        (0, 9, 7, True),
        (0, 5, 4, False),  # the new one is in use for too short a time
    ],
)
def test_an_old_one_is_safe_to_close_once_it_is_silent(
    world, inside, pair, new_used, old_used, new_called, safe
):
    old, new = pair
    with inside(world.acme):
        new.last_used_at = None if new_used is None else now() - timedelta(hours=new_used)
        old.last_used_at = None if old_used is None else now() - timedelta(hours=old_used)
        if new_called is not None:
            called(world.acme, new, 1, hours_ago=new_called)

        assert rotation_of(world.acme, pair).is_safe_to_close is safe
