"""Partitions by time: made ahead, emptied into, dropped when old, and nobody waits for them.

On a PostgreSQL, whichever database the run is on.
"""

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

import jobs
from app import create_app
from models import MetricMark, Submission, Tenant, across_tenants, db, now
from models.base import first_id
from models.partitions import AHEAD, LEAD, SUBMISSION, Range, existing, lay, month, week
from operations import intake_entry, partitions, statistics, submissions
from operations.intake_rows import Visit
from tests.intake import a_key
from tests.intake import lead as a_lead
from tests.leads import lead_of, submission_of
from tests.plugin_database import PORT
from tests.postgres import Cluster, create_database
from tests.world import build as build_world
from tests.world import empty

WHERE = "SELECT CAST(tableoid AS regclass) FROM {} ORDER BY id"


@pytest.fixture(scope="module")
def port(request):
    """A PostgreSQL: the run's own where it has one."""
    if PORT in request.config.stash:
        yield request.config.stash[PORT]
        return
    cluster = Cluster()
    yield cluster.port
    cluster.stop()


@pytest.fixture(scope="module")
def parted(port, settings, worker):
    app = create_app(replace(settings, database_url=create_database(port, f"partitions_{worker}")))
    with app.app_context():
        db.create_all()
    yield app
    app.extensions["intake"].direct.close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def acme(parted):
    """Acme, in a database with no partition but the default ones; acts as the worker does."""
    with parted.app_context(), across_tenants(db.session):
        world = build_world()
        db.session.add(MetricMark(tenant_id=world.acme.tenant.id, seq=100))
        db.session.commit()
        yield world.acme
        db.session.rollback()
        empty()
        for table in (LEAD, SUBMISSION):
            for part in existing(db.session.connection(), table):
                db.session.execute(text(f"DROP TABLE {part.called}"))
        db.session.commit()


def run_out(parted, work):
    """Do it as the worker does, and count how often there was something to do."""
    rounds = 0
    while work(parted.config["INFLOW"]):
        db.session.commit()
        rounds += 1
    db.session.commit()
    return rounds


def spans(table):
    return existing(db.session.connection(), table)


def placed(table):
    """Name the partition of each row, in the order of time."""
    return db.session.scalars(text(WHERE.format(table))).all()


def call(acme, days, seq=1):
    row = submission_of(acme, acme.source, at=now() - timedelta(days=days), seq=seq)
    db.session.commit()
    return row


def test_they_are_made_ahead_one_at_a_time_and_without_a_gap(parted, acme):
    assert run_out(parted, partitions.keep) > 0
    assert partitions.keep(parted.config["INFLOW"]) is False
    for table, ahead in AHEAD.items():
        made = spans(table)
        for place in (now(), now() + ahead):
            assert any(one.holds(first_id(place.timestamp())) for one in made)
        assert [one.end for one in made[:-1]] == [one.begin for one in made[1:]]


def test_what_arrives_lies_in_the_partition_of_its_time(parted, acme):
    lay(db.session.connection(), 30)
    call(acme, 0)
    lead_of(acme, acme.source)

    assert placed(SUBMISSION) == [f"submission_{now():%Y_%m_%d}"]
    assert placed(LEAD) == [f"lead_{now():%Y_%m_01}"]


def test_after_weeks_without_a_worker_all_is_put_in_its_place(parted, acme, caplog):
    for days in (25, 2, 0):
        call(acme, days)
        lead_of(acme, acme.source, at=now() - timedelta(days=days * 20))
    db.session.commit()
    run_out(parted, partitions.keep)

    # Today's come in at this moment: they are moved once the day is over, and reported till then.
    before = [f"submission_{now() - timedelta(days=days):%Y_%m_%d}" for days in (25, 2)]
    assert placed(SUBMISSION) == [*before, "submission_default"]
    assert placed(LEAD)[-1] == "lead_default"
    assert "lead_default" not in placed(LEAD)[:-1]
    assert "submission_default holds rows" in caplog.text

    with time_machine.travel(now() + timedelta(days=1)):
        run_out(parted, partitions.keep)

    assert "submission_default" not in placed(SUBMISSION)


def test_a_partition_goes_when_all_of_it_is_old(parted, acme):
    with time_machine.travel(now() - timedelta(days=40)):
        lay(db.session.connection(), 30)
    old, young = call(acme, 33), call(acme, 29)
    lead_of(acme, acme.source, at=old.received_at)
    db.session.commit()
    before = len(spans(SUBMISSION))

    dropped = run_out(parted, submissions.forget_some)

    assert dropped == before - len(spans(SUBMISSION)) > 0
    assert db.session.scalars(text("SELECT id FROM submission")).all() == [young.id]
    assert len(placed(LEAD)) == 1


def test_it_stays_while_a_call_is_not_counted_or_a_tenant_keeps_its_own_longer(parted, acme):
    with time_machine.travel(now() - timedelta(days=50)):
        lay(db.session.connection(), 30, {SUBMISSION: timedelta(days=1), LEAD: timedelta(0)})
    uncounted = call(acme, 49.5, seq=100)
    run_out(parted, submissions.forget_some)

    assert [one.holds(uncounted.id) for one in spans(SUBMISSION)] == [True]

    db.session.get_one(MetricMark, acme.tenant.id).seq = 101
    db.session.get_one(Tenant, acme.tenant.id).submission_days = 60
    db.session.commit()
    run_out(parted, submissions.forget_some)

    assert db.session.get_one(Submission, (acme.tenant.id, uncounted.id))


@contextmanager
def reader(parted):
    """Somebody who reads for long, as an export does."""
    url = parted.config["INFLOW"].database_url.replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("SELECT count(*) FROM submission")
        yield


def test_a_long_reader_keeps_it_and_nobody_waits(parted, acme):
    with time_machine.travel(now() - timedelta(days=40)):
        lay(db.session.connection(), 30)
    call(acme, 33)
    with reader(parted):
        assert submissions.forget_some(parted.config["INFLOW"]) is False
        db.session.commit()
        call(acme, 0)  # and calls are taken as before
        assert len(placed(SUBMISSION)) == 2

    run_out(parted, submissions.forget_some)

    assert len(placed(SUBMISSION)) == 1


def test_what_fails_for_another_reason_is_told(parted, acme):
    with time_machine.travel(now() - timedelta(days=40)):
        lay(db.session.connection(), 30)
    db.session.commit()
    with reader(parted), pytest.raises(OperationalError, match="statement timeout"):
        db.session.execute(text(f"SET LOCAL statement_timeout = {partitions.PATIENCE // 2}"))
        submissions.forget_some(parted.config["INFLOW"])


def test_long_kept_calls_lie_in_weeks_that_begin_where_the_days_end(parted, acme):
    run_out(parted, partitions.keep)
    days = spans(SUBMISSION)
    db.session.get_one(Tenant, acme.tenant.id).submission_days = 365
    db.session.commit()
    with time_machine.travel(now() + timedelta(days=14)):
        run_out(parted, partitions.keep)

    weeks = spans(SUBMISSION)[len(days) :]
    assert weeks[0].begin == days[-1].end
    assert len(weeks) < AHEAD[SUBMISSION].days
    assert weeks[-1].begin == first_id(week(now() + timedelta(days=28))[0].timestamp())


def test_months_know_the_year():
    assert month(datetime(2026, 12, 31, 23, tzinfo=UTC)) == (
        datetime(2026, 12, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert Range(first_id(0), first_id(1)).name("lead") == "lead_1970_01_01"


def test_the_planner_is_told_of_the_whole_and_of_nothing_it_looks_at_itself(parted, acme):
    told = "SELECT relname FROM pg_class WHERE reltuples >= 0 AND relname = ANY(:names)"

    jobs.of(parted).analyze()
    statistics.note_growth("import_row")

    names = {"names": [LEAD, SUBMISSION, "import_row"]}
    assert set(db.session.scalars(text(told), names)) == {LEAD, SUBMISSION}


def test_a_call_looks_into_few_partitions_and_reads_no_table(parted, acme):
    with time_machine.travel(now() - timedelta(days=90)):
        lay(db.session.connection(), 30)
    lay(db.session.connection(), 30)
    db.session.commit()
    intake = parted.extensions["intake"]
    entry = intake_entry.find(intake.direct, a_key(parted, acme).header)
    visit = Visit(entry, "192.0.2.1", "application/json", json.dumps(a_lead()).encode())

    for sql, values in intake.read(visit).statements:
        (plan,) = intake.direct.write([(f"EXPLAIN (FORMAT JSON) {sql}", values)])
        names = set(re.findall(r'"Relation Name": "(\w+)"', plan[0]))
        assert "Seq Scan" not in plan[0]
        # The month of now, and those that the thirty days of the rule reach back to.
        assert len([name for name in names if name.startswith("lead_2")]) <= 3
        assert not {name for name in names if "default" in name}


def test_sqlite_has_none(settings, tmp_path):
    url = f"sqlite:///{tmp_path / 'whole.db'}"
    app = create_app(replace(settings, database_url=url))
    with app.app_context(), across_tenants(db.session):
        db.create_all()
        lay(db.session.connection(), 30)

        assert partitions.keep(settings) is False
        assert submissions.forget_some(settings) is False
        db.session.rollback()
        db.engine.dispose()
