"""Background work: every step is committed once, whatever happens to the worker."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from models import Job, JobState, Membership, Scope, across_tenants, db, enter, now
from operations import background
from operations.refusal import Refusal

KIND = "test.count"


@pytest.fixture
def asked(world, inside):
    """A job of three steps, asked for and committed."""
    with inside(world.acme) as actor:
        job = background.ask(actor, KIND, world.acme.source, total=3, reason="because")
        db.session.commit()
        return background.key_of(job)


def count(job):
    job.done += 1
    return job.done == job.total


def worked(app, key, step=count):
    with app.app_context():
        background.run(key, {KIND: step})


def stored(app, key):
    with app.app_context():
        enter(db.session, Scope(key[0]))
        return db.session.scalars(select(Job).where(Job.id == key[1])).one()


def silent_for(app, key, time):
    """Let the job look as a worker left it that died so long ago."""
    with app.app_context(), across_tenants(db.session):
        db.session.execute(update(Job).where(Job.id == key[1]).values(beat_at=now() - time))
        db.session.commit()


def due(app):
    with app.app_context():
        return background.due_keys()


def test_a_job_is_due_until_it_is_done(app, asked):
    before = due(app)

    worked(app, asked)

    job = stored(app, asked)
    assert before == [asked]
    assert due(app) == []
    assert (job.state, job.done, job.facts) == (JobState.DONE, 3, {"reason": "because"})


def test_a_job_remembers_who_asked_and_what_it_is_about(world, app, asked):
    job = stored(app, asked)

    assert job.state is JobState.QUEUED
    assert job.subject_id == world.acme.source.id
    assert job.asked_by_id == world.acme.admin.id


def test_a_job_acts_as_whoever_asked(world, app, inside, asked):
    seen = []

    def look(job):
        seen.append(background.actor_of(job))
        return True

    worked(app, asked, look)

    assert [(who.email, who.membership_id) for who in seen] == [
        (world.acme.admin.user.email, world.acme.admin.id)
    ]


def test_a_job_that_nobody_asked_for_acts_as_the_command_line(world, app, inside, asked):
    with inside(world.acme):
        job = db.session.scalars(select(Job)).one()
        job.asked_by_id = None

        assert background.actor_of(job).name == "Command line"


def test_a_step_sees_the_rows_of_the_jobs_tenant_alone(world, app, asked):
    seen = []

    def look(_job):
        seen.extend(db.session.scalars(select(Membership.tenant_id).distinct()))
        return True

    worked(app, asked, look)

    assert seen == [world.acme.tenant.id]


def test_what_a_failing_step_did_is_taken_back_and_earlier_steps_stand(app, asked):
    def break_at_the_second(job):
        job.done += 1
        if job.done == 2:
            message = "broken"
            raise ValueError(message)
        return False

    worked(app, asked, break_at_the_second)

    job = stored(app, asked)
    assert (job.state, job.done, job.problem) == (JobState.FAILED, 1, background.BROKEN)
    assert due(app) == []


def test_a_refusal_is_told_in_its_own_words(app, asked):
    def refuse(_job):
        raise Refusal("The partner is archived.")

    worked(app, asked, refuse)

    assert stored(app, asked).problem == "The partner is archived."


def test_a_job_whose_database_went_away_goes_on_later(app, asked):
    def lose_the_database(job):
        job.done += 1
        raise OperationalError("", {}, Exception())

    worked(app, asked, lose_the_database)
    silent_for(app, asked, background.LEASE + timedelta(seconds=1))
    worked(app, asked)

    job = stored(app, asked)
    assert (job.state, job.done) == (JobState.DONE, 3)


def test_another_worker_goes_on_once_the_lease_has_run_out(app, asked):
    silent_for(app, asked, timedelta(seconds=1))
    worked(app, asked)
    early = stored(app, asked).done

    silent_for(app, asked, background.LEASE + timedelta(seconds=1))
    worked(app, asked)

    assert early == 0
    assert stored(app, asked).done == 3


def test_a_worker_that_was_overtaken_stops_and_changes_nothing(app, asked):
    with app.app_context():
        enter(db.session, Scope(asked[0]))
        beat = background.claim(asked)
    silent_for(app, asked, timedelta(seconds=1))  # as another worker's beat would leave it

    with app.app_context():
        enter(db.session, Scope(asked[0]))
        further = background.one_step(asked, beat, {KIND: count})

    assert further is None
    assert stored(app, asked).done == 0


def test_a_worker_that_was_overtaken_does_not_call_the_job_failed(app, asked):
    def be_overtaken_and_break(_job):
        db.session.rollback()
        db.session.execute(update(Job).where(Job.id == asked[1]).values(beat_at=now()))
        db.session.commit()
        message = "broken"
        raise ValueError(message)

    worked(app, asked, be_overtaken_and_break)

    assert stored(app, asked).state is not JobState.FAILED
