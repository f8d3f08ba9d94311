"""The worker: told of new letters after the commit, and killed at any moment without harm."""

import os
import signal
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import jobs
from app import create_app
from models import (
    EVERY,
    LetterState,
    MetricDay,
    MetricMark,
    SignInAttempt,
    Submission,
    across_tenants,
    db,
    now,
)
from operations import outbox, standings, submissions
from tests.leads import submission_of
from tests.mail import change, now_of, queued, until
from tests.received import call

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def queue(app):
    """The queue of the application, empty."""
    huey = jobs.of(app).huey
    huey.flush()
    yield huey
    huey.storage.close()


@pytest.fixture
def environment(settings, smtp, tmp_path):
    """What a worker beside these tests is started with: the same database, a queue of its own."""
    return {
        **os.environ,
        "INFLOW_ENV": "development",
        "DATABASE_URL": settings.database_url,
        "INSTANCE": str(tmp_path),
        "PUBLIC_URL": settings.public_url,
        "MAIL_SERVER": smtp.host,
        "MAIL_PORT": str(smtp.port),
    }


@contextmanager
def a_worker(environment):
    """A worker as an installation runs it; killed at the end unless it has ended."""
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait(10)


def waiting(queue):
    return [(task.name, task.args) for task in queue.pending()]


def test_a_new_letter_stands_in_the_queue_after_the_commit(world, inside, queue):
    with inside(world.acme):
        letter = outbox.queue("accepted", "ann@mail.example")
        before = waiting(queue)
        db.session.commit()

    assert before == []
    assert waiting(queue) == [
        ("send_letter", ("letter", world.acme.tenant.id, str(letter.id))),
    ]


def test_an_account_letter_stands_there_too(app, world, queue):
    with app.app_context():
        letter = outbox.queue_for_account(world.acme.admin.user, "password_changed")
        db.session.commit()

    assert waiting(queue) == [("send_letter", ("account_letter", None, str(letter.id)))]


def test_a_letter_that_was_rolled_back_does_not(world, inside, queue):
    with inside(world.acme):
        outbox.queue("accepted", "ann@mail.example")
        db.session.rollback()
        db.session.commit()

    assert waiting(queue) == []


def test_a_letter_in_a_savepoint_waits_for_the_whole(world, inside, queue):
    with inside(world.acme):
        with db.session.begin_nested():
            outbox.queue("accepted", "ann@mail.example")
        inside_it = waiting(queue)
        db.session.commit()

    assert inside_it == []
    assert len(waiting(queue)) == 1


def test_many_letters_are_left_to_one_sweep(world, inside, queue):
    with inside(world.acme):
        for _ in range(jobs.A_FEW + 1):
            outbox.queue("accepted", "ann@mail.example")
        db.session.commit()

    assert waiting(queue) == [("sweep", ())]


def test_a_queue_that_fails_stops_nobody(settings, tmp_path, caplog):
    (tmp_path / "jobs.db").mkdir()
    broken = create_app(replace(settings, instance=tmp_path, database_url="sqlite://"))

    jobs.of(broken).hand_over([("letter", (1, uuid.uuid4()))])

    assert "the sweep will find it" in caplog.text


def test_the_queue_does_what_stands_in_it(app, world, inside, queue, settings):
    letter = queued(inside, world.acme)

    queue.execute(queue.dequeue())

    written = now_of(app, letter)
    assert written.state is LetterState.WRITTEN
    assert (settings.mail_folder / written.filed_as).exists()


def test_the_sweep_finds_what_the_queue_was_never_told(app, world, inside, queue):
    letter = queued(inside, world.acme)
    queue.flush()

    jobs.of(app).sweep()

    assert now_of(app, letter).state is LetterState.WRITTEN


def test_old_attempts_to_sign_in_are_forgotten_by_the_clock(app, world, queue):
    with app.app_context():
        for days in (0, 2):
            at = now() - timedelta(days=days)
            db.session.add(SignInAttempt(email_key="a", address="192.0.2.1", at=at))
        db.session.commit()
    seven_past = now().replace(minute=7)
    due = {task.name: task for task in queue.read_periodic(seven_past)}

    queue.execute(due["forget_old_attempts"])

    with app.app_context(), across_tenants(db.session):
        assert db.session.query(SignInAttempt).count() == 1


def test_old_calls_are_forgotten_by_the_clock_batch_by_batch(app, world, queue, monkeypatch):
    monkeypatch.setattr(submissions, "BATCH", 2)
    with app.app_context(), across_tenants(db.session):
        for days in (40, 41, 42, 43, 44, 1):
            at = now() - timedelta(days=days)
            submission_of(world.acme, world.acme.source, at=at, seq=1)
        db.session.add(MetricMark(tenant_id=world.acme.tenant.id, seq=2))
        db.session.commit()
    seventeen_past = now().replace(minute=17)
    due = {task.name: task for task in queue.read_periodic(seventeen_past)}

    queue.execute(due["forget_some"])

    with app.app_context(), across_tenants(db.session):
        assert db.session.query(Submission).count() == 1


def test_the_worker_begins_with_a_sweep_and_ends_when_asked(app, world, inside, smtp, environment):
    letter = queued(inside, world.acme)

    with a_worker(environment) as worker:
        until(lambda: now_of(app, letter).state is LetterState.SENT)
        worker.terminate()
        status = worker.wait(15)

    assert status == 0
    assert len(smtp.messages) == 1


def test_the_worker_ends_at_ctrl_c(app, world, inside, environment):
    letter = queued(inside, world.acme)

    with a_worker(environment) as worker:
        until(lambda: now_of(app, letter).sent_at)
        worker.send_signal(signal.SIGINT)
        status = worker.wait(15)

    assert status == 0


def test_a_worker_killed_before_the_text_left_loses_nothing(app, world, inside, smtp, environment):
    smtp.behave("slow")
    letter = queued(inside, world.acme)
    with a_worker(environment) as worker:
        until(lambda: now_of(app, letter).claimed_at)
        kill(worker)
    killed = now_of(app, letter)
    smtp.behave("accept")

    change(app, letter, claimed_at=now() - timedelta(minutes=6))
    with a_worker(environment):
        until(lambda: now_of(app, letter).state is LetterState.SENT)

    assert killed.state is LetterState.QUEUED
    assert len(smtp.messages) == 1


def test_a_worker_killed_after_the_text_left_sends_nothing_twice(
    app, world, inside, smtp, environment
):
    smtp.behave("silent")
    letter = queued(inside, world.acme)
    with a_worker(environment) as worker:
        until(lambda: smtp.received)
        kill(worker)
    smtp.behave("accept")

    change(app, letter, handed_over_at=now() - timedelta(minutes=6))
    with a_worker(environment):
        until(lambda: now_of(app, letter).state is LetterState.FAILED)

    assert "it may have arrived" in now_of(app, letter).answer
    assert len(smtp.messages) == 1


def test_the_worker_counts_what_is_new(world, app, queue):
    with app.app_context(), across_tenants(db.session):
        call(world.acme.source, partner=world.acme.partner)
        db.session.commit()

    jobs.of(app).count()

    with app.app_context(), across_tenants(db.session):
        day = db.session.scalar(select(MetricDay).where(MetricDay.source_id == EVERY))
        assert day.accepted == 1
        assert standings.behind() == []


def test_a_count_stands_in_the_queue_now_and_then(app, queue):
    jobs.of(app).count_soon()

    assert waiting(queue) == [("count", ())]


def test_a_queue_that_is_away_stops_no_worker(settings, tmp_path, caplog):
    (tmp_path / "jobs.db").mkdir()
    broken = create_app(replace(settings, instance=tmp_path, database_url="sqlite://"))

    jobs.of(broken).count_soon()

    assert "the metrics are not counted now" in caplog.text
