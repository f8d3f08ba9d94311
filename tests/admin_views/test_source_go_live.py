"""Going live: asked in the partner panel, seen by staff, granted or declined."""

import re

import pytest
from sqlalchemy import select

from models import Letter, Outcome, Source, SourceStatus, across_tenants, db, now
from tests.received import call, calls, recently


@pytest.fixture
def change(app):
    def store(row, **values):
        with app.app_context(), across_tenants(db.session):
            found = db.session.get(type(row), (row.tenant_id, row.id))
            for name, value in values.items():
                setattr(found, name, value)
            db.session.commit()

    return store


@pytest.fixture
def testing(change, world):
    change(world.acme.source, status=SourceStatus.TEST)


@pytest.fixture
def asked(change, world):
    change(world.acme.source, status=SourceStatus.TEST, go_live_asked_at=now())


@pytest.fixture
def source_now(app, world):
    def read():
        with app.app_context(), across_tenants(db.session):
            side = world.acme
            return db.session.get(Source, (side.tenant.id, side.source.id))

    return read


def own(side, what=""):
    return f"/partner/sources/{side.source.public_id}/{what}"


def staffs(side, what=""):
    return f"/admin/sources/{side.source.public_id}/{what}"


@pytest.mark.parametrize("role", ["partner_admin", "partner_user"])
def test_the_partners_people_ask_with_one_button(world, sign_in, testing, source_now, role):
    client = sign_in(getattr(world.acme, role))

    before = client.get(own(world.acme)).text
    done = client.post(own(world.acme, "go-live"), follow_redirects=True).text

    assert "Ask to go live" in before
    assert "You get the answer by mail." in done
    assert re.search("Asked to go live <span [^>]+>just now<", done)
    assert "Ask to go live" not in done
    assert source_now().go_live_asked_at


def test_a_live_source_offers_no_button(world, sign_in):
    text = sign_in(world.acme.partner_user).get(own(world.acme)).text

    assert "Ask to go live" not in text


def test_staff_see_who_waits_on_the_dashboard_and_in_the_list(world, sign_in, asked):
    client = sign_in(world.acme.support)

    assert "1 source waits to go live" in client.get("/admin/").text
    assert "Asks to go live" in client.get("/admin/sources/?asked=yes").text
    assert "acme-free-source" not in client.get("/admin/sources/?asked=yes").text
    assert "Asks to go live" not in client.get("/admin/sources/?asked=no").text
    assert staffs(world.acme, "go-live/") in client.get(staffs(world.acme)).text


def test_those_who_do_not_edit_sources_are_not_asked(world, sign_in, asked):
    client = sign_in(world.acme.sales)

    assert "waits to go live" not in client.get("/admin/").text
    assert "Answer: go live" not in client.get(staffs(world.acme)).text
    assert client.get(staffs(world.acme, "go-live/")).status_code == 403


def test_staff_grant_it(app, world, sign_in, asked, source_now):
    client = sign_in(world.acme.support)

    page = client.get(staffs(world.acme, "go-live/")).text
    done = client.post(staffs(world.acme, "status"), data={"to": "live"}, follow_redirects=True)

    with app.app_context(), across_tenants(db.session):
        told = db.session.scalars(select(Letter.kind).where(Letter.kind != "invite")).all()
    assert "acme-partner asked just now" in page
    assert "is live" in done.text
    assert source_now().status is SourceStatus.LIVE
    assert source_now().go_live_asked_at is None
    assert told == ["go_live_answered"]


def test_the_question_says_what_the_source_has_shown_of_itself(stored, world, sign_in, asked):
    def send():
        source = world.acme.source
        call(source, Outcome.REPEATED, **recently(is_test=True))
        call(source, **recently())
        calls(2, source, Outcome.REJECTED, **recently(is_test=True))
        call(source, Outcome.DUPLICATE, **recently(is_test=True))
        calls(3, source, **recently(is_test=True))
        call(world.acme.other_source, **recently(is_test=True))

    client = sign_in(world.acme.support)
    before = client.get(staffs(world.acme, "go-live/")).text
    stored(send)
    after = client.get(staffs(world.acme, "go-live/")).text

    def shown(page):
        return re.findall(r"<dt>([^<]+)</dt><dd><b>([^<]+)</b>", page)

    nothing = [("Test calls", "0"), ("Accepted", "0"), ("Rejected", "0"), ("Last one", "Never")]
    assert shown(before) == nothing
    assert "nobody knows that it works" in before
    some = [("Test calls", "6"), ("Accepted", "4"), ("Rejected", "2"), ("Last one", "just now")]
    assert shown(after) == some
    assert "submissions/?outcome=rejected&amp;test=yes" in after


def test_staff_leave_it_in_test_and_say_why(world, sign_in, asked, source_now):
    client = sign_in(world.acme.support)
    address = staffs(world.acme, "go-live/decline")

    empty = client.post(address, data={"reason": ""})
    done = client.post(address, data={"reason": "No phone."}, follow_redirects=True)

    assert empty.status_code == 422
    assert "Say what is missing." in empty.text
    assert "stays in test" in done.text
    assert source_now().go_live_asked_at is None


def test_a_reason_that_cannot_be_taken_comes_back(world, sign_in, asked, source_now):
    answer = sign_in(world.acme.support).post(
        staffs(world.acme, "go-live/decline"), data={"reason": "No\u202ephone"}
    )

    assert answer.status_code == 422
    assert "invisible" in answer.text
    assert source_now().go_live_asked_at


def test_nothing_is_to_be_answered_where_nobody_asked(world, sign_in, testing):
    client = sign_in(world.acme.admin)

    assert client.get(staffs(world.acme, "go-live/")).status_code == 409
    answer = client.post(staffs(world.acme, "go-live/decline"), data={"reason": "No."})
    assert answer.status_code == 409
