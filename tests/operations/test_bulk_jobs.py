"""What a job over all that match refuses, whoever calls it and whenever."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from models import Job, Partner, db, now
from models.base import new_id
from operations import background, bulk_job, bulk_undo, job_stopping
from operations.refusal import Forbidden, Refusal
from policy import Permission

LIST = "/admin/partners/"


def ask(actor, total=2):
    return bulk_job.ask(actor, "partners.pause", LIST, new_id(), total, {}, {})


def test_a_role_without_the_permission_asks_for_nothing(world, inside):
    with inside(world.acme, world.acme.sales) as actor:
        with pytest.raises(Forbidden):
            ask(actor)

        assert db.session.scalars(select(Job)).all() == []


def test_only_whoever_asked_stops_a_job(world, inside):
    with inside(world.acme) as actor:
        job = ask(actor)

        with pytest.raises(Forbidden):
            job_stopping.cancel(replace(actor, membership_id=world.acme.support.id), job, "")


def test_a_job_of_the_command_line_acts_for_it(world, inside):
    with inside(world.acme) as actor:
        job = ask(replace(actor, membership_id=None))

        who = background.standing(job, Permission.PARTNERS_EDIT)

        assert (who.name, who.job_id) == ("Command line", job.id)


def test_a_job_is_undone_once_even_by_two_clicks_at_the_same_moment(world, inside):
    with inside(world.acme) as actor:
        job = ask(actor)
        job.finished_at, job.result = now(), {"Done": 2}
        db.session.flush()
        bulk_undo.ask(actor, job)
        set_committed_value(job, "undo_id", None)  # as the other click read it

        with pytest.raises(Refusal, match="undone already"):
            bulk_undo.ask(actor, job)


def test_a_job_that_changed_nothing_has_nothing_to_undo(world, inside):
    with inside(world.acme) as actor:
        job = ask(actor)
        job.finished_at, job.result = now(), {"Done": 0}

        assert bulk_undo.time_left(actor, job) is None


def test_a_row_that_is_gone_when_it_is_tried_again_is_left(world, inside):
    with inside(world.acme):
        ids = [world.acme.partner.id, new_id()]

        with pytest.raises(Refusal):
            bulk_job.again(select(Partner), Partner.id, ids)
