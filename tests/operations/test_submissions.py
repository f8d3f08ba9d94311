"""What is no longer kept goes in small batches; what no figure has counted stays."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from models import IdempotencyKey, MetricMark, Submission, Tenant, across_tenants, db, now
from models.base import new_id
from operations import submissions
from tests.leads import submission_of

SETTINGS = SimpleNamespace(submission_days=30)


@pytest.fixture
def kept(app, world, monkeypatch):
    """Act as the job does, with batches of three."""
    monkeypatch.setattr(submissions, "BATCH", 3)
    with app.app_context(), across_tenants(db.session):
        yield world


def call(side, days, seq=1):
    return submission_of(side, side.source, at=now() - timedelta(days=days), seq=seq)


def mark(side, seq):
    db.session.add(MetricMark(tenant_id=side.tenant.id, seq=seq))
    db.session.flush()


def left(kind=Submission):
    return db.session.scalar(select(func.count()).select_from(kind))


def run_out():
    rounds = 1
    while submissions.forget_some(SETTINGS):
        rounds += 1
    return rounds


def test_calls_older_than_the_days_go(kept):
    old, young = call(kept.acme, 31), call(kept.acme, 29)
    mark(kept.acme, 100)

    run_out()

    assert db.session.scalars(select(Submission.id)).all() == [young.id]
    assert old.id != young.id


def test_calls_that_no_figure_has_counted_stay_however_old(kept):
    call(kept.acme, 90, seq=100)
    mark(kept.acme, 100)

    run_out()

    assert left() == 1


def test_nothing_goes_where_nothing_was_ever_counted(kept):
    call(kept.acme, 90)

    run_out()

    assert left() == 1


def test_a_tenant_has_days_of_its_own(kept):
    db.session.get_one(Tenant, kept.acme.tenant.id).submission_days = 10
    for side in (kept.acme, kept.rival):
        call(side, 20)
        mark(side, 100)

    run_out()

    assert db.session.scalars(select(Submission.tenant_id)).all() == [kept.rival.tenant.id]


def test_they_go_in_batches(kept):
    for _ in range(7):
        call(kept.acme, 40)
    mark(kept.acme, 100)

    assert submissions.forget_some(SETTINGS) is True
    assert left() == 4
    assert run_out() == 2
    assert left() == 0


def key(side, hours):
    row = IdempotencyKey(
        id=new_id(),
        tenant_id=side.tenant.id,
        source_id=side.source.id,
        key_hash=new_id().hex * 2,
        body_hash="0" * 64,
        received_at=now() - timedelta(hours=hours),
    )
    db.session.add(row)
    db.session.flush()
    return row


def test_keys_go_after_a_day_whosever_they_are(kept):
    young = key(kept.acme, 23)
    for side in (kept.acme, kept.rival):
        for _ in range(3):
            key(side, 25)

    run_out()

    assert db.session.scalars(select(IdempotencyKey.id)).all() == [young.id]
