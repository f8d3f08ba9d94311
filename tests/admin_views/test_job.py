"""A job's page: its progress, its result, and nobody else's."""

import pytest

from models import db, now
from operations import background


@pytest.fixture
def job(world, inside):
    with inside(world.acme) as actor:
        row = background.ask(actor, "leads.credit", world.acme.source, total=3)
        row.done = 1
        db.session.commit()
        return row


def finish(inside, world, job, **values):
    with inside(world.acme):
        row = db.session.merge(job)
        for name, value in values.items():
            setattr(row, name, value)
        db.session.commit()


def test_a_running_job_shows_how_far_it_is(world, sign_in, job):
    page = sign_in(world.acme.admin).get(f"/admin/jobs/{job.public_id}/")

    assert page.status_code == 200
    assert "1 of 3 sources" in page.text
    assert "acme-source" in page.text


def test_its_script_asks_for_the_same(world, sign_in, job):
    answer = sign_in(world.acme.admin).get(f"/admin/jobs/{job.public_id}/status")

    assert answer.json == {"state": "queued", "done": 1, "total": 3, "words": "1 of 3 sources"}


def test_a_job_that_is_done_shows_its_result(world, inside, sign_in, job):
    finish(inside, world, job, finished_at=now(), result={"Leads credited": 1234})

    page = sign_in(world.acme.admin).get(f"/admin/jobs/{job.public_id}/")

    assert "Leads credited" in page.text
    assert "1,234" in page.text


def test_a_job_that_failed_says_why(world, inside, sign_in, job):
    finish(inside, world, job, failed_at=now(), problem="The partner is archived.", total=0)

    page = sign_in(world.acme.admin).get(f"/admin/jobs/{job.public_id}/")

    assert "The partner is archived." in page.text


def test_a_job_of_nothing_in_particular_leads_nowhere(world, inside, sign_in, job):
    finish(inside, world, job, subject_id=None)

    page = sign_in(world.acme.admin).get(f"/admin/jobs/{job.public_id}/")

    assert "acme-source" not in page.text


def test_only_whoever_asked_sees_it(world, sign_in, job):
    assert sign_in(world.acme.support).get(f"/admin/jobs/{job.public_id}/").status_code == 404
    assert sign_in(world.rival.admin).get(f"/admin/jobs/{job.public_id}/").status_code == 404
