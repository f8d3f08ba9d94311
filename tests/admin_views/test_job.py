"""A job's page: its progress, its result, and nobody else's."""

from dataclasses import replace
from datetime import timedelta

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


def test_everybody_finds_their_own_jobs_again(world, inside, sign_in, job):
    finish(inside, world, job, finished_at=now())

    admin, support = sign_in(world.acme.admin), sign_in(world.acme.support)
    page = admin.get("/admin/jobs/").text

    assert '<a href="/admin/jobs/">Your jobs</a>' in admin.get("/admin/partners/").text
    assert f'href="/admin/jobs/{job.public_id}/"' in page
    assert "Crediting earlier leads" in page
    assert "Done" in page
    assert "No jobs yet" in support.get("/admin/jobs/").text
    assert "No jobs yet" in sign_in(world.rival.admin).get("/admin/jobs/").text


def test_partner_people_find_theirs_in_their_panel(world, inside, sign_in):
    with inside(world.acme) as actor:
        theirs = replace(
            actor, membership_id=world.acme.partner_admin.id, partner_id=world.acme.partner.id
        )
        row = background.ask(theirs, "invites.revoke", list="/partner/invites/", total=2)
        db.session.commit()

    people = sign_in(world.acme.partner_admin)
    page = people.get("/partner/jobs/").text

    assert f'href="/partner/jobs/{row.public_id}/"' in page
    assert '<a href="/partner/jobs/">Your jobs</a>' in people.get("/partner/").text
    assert "All your jobs" in people.get(f"/partner/jobs/{row.public_id}/").text
    assert "No jobs yet" in sign_in(world.acme.admin).get("/admin/jobs/").text


def test_a_job_marks_the_section_of_what_it_is_about(world, inside, sign_in, job):
    finish(inside, world, job, facts={"list": "/admin/partners/?status=active"})

    page = sign_in(world.acme.admin).get(f"/admin/jobs/{job.public_id}/").text

    assert '<a class="side-link" href="/admin/partners/" aria-current="page">' in page
    assert page.count('aria-current="page"') == 1


def test_a_job_that_begins_later_says_when(world, inside, sign_in):
    with inside(world.acme) as actor:
        later = now() + timedelta(minutes=1)
        row = background.ask(actor, "leads.credit_back", total=1, due_at=later, parts=[])
        db.session.commit()

    page = sign_in(world.acme.admin).get(f"/admin/jobs/{row.public_id}/").text

    assert "Begins in 1 minute" in page
    assert "Waiting for the worker" not in page
