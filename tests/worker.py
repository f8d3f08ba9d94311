"""The worker as a test has it: does what is due, or one step of it, when the test says so."""

from datetime import timedelta

import time_machine
from flask import Flask

import jobs
from models import Job, Scope, db, enter, now
from operations import background


def due(app: Flask) -> list[background.JobKey]:
    with app.app_context():
        return background.due_keys()


def work(app: Flask) -> None:
    """Do every job that is due, to its end."""
    for key in due(app):
        with app.app_context():
            background.run(key, jobs.of(app).steps)


def work_later(app: Flask) -> None:
    """Do what is due in an hour, jobs that begin later among it."""
    with time_machine.travel(now() + timedelta(hours=1)):
        work(app)


def one_step(app: Flask) -> None:
    """Do one step of the job that is due, and die."""
    [key] = due(app)
    with app.app_context():
        enter(db.session, Scope(key[0]))
        beat = background.claim(key)
        assert beat is not None
        background.one_step(key, beat, jobs.of(app).steps)


def job_at(app: Flask, tenant_id: int, address: str) -> Job:
    """Read the job whose page is at this address."""
    with app.app_context():
        enter(db.session, Scope(tenant_id))
        return db.session.get_one(
            Job, (tenant_id, Job.parse_id(address.rstrip("/").split("/")[-1]))
        )
