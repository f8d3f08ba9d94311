"""A forgotten password, from the door to the new one."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

import jobs
from models import AccountLetter, db, now
from operations import accounts
from tests.parallel import at_once
from tests.statements import counted
from tests.world import PASSWORD

NEW = "a new staple for the battery"


@pytest.fixture
def token(app, world, settings):
    """The token of a link that was just mailed to Acme's Admin."""
    with app.app_context():
        accounts.ask_reset(world.acme.admin.user.email, settings)
        made = accounts.fresh_reset_link(db.session.scalars(select(AccountLetter)).one())
        db.session.commit()
    return made


def knock(browser, member, password):
    data = {"email": member.user.email, "password": password}
    return browser.post("/login", data=data).status_code


def count_letters(app):
    with app.app_context():
        return db.session.scalar(select(func.count(AccountLetter.id)))


def test_the_answer_is_the_same_whether_or_not_there_is_an_account(app, world, anybody):
    known = anybody.post("/forgot", data={"email": world.acme.admin.user.email})
    unknown = anybody.post("/forgot", data={"email": "nobody@mail.example"})

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert known.text == unknown.text
    assert count_letters(app) == 1


def test_a_mail_is_only_promised_where_one_is_sent(app, settings, anybody, monkeypatch):
    filed = anybody.get("/forgot?sent=1").text
    monkeypatch.setitem(app.config, "INFLOW", replace(settings, mail_server="mail.example"))
    mailed = anybody.get("/forgot?sent=1").text

    assert "on its way" not in filed
    assert "No mail server is configured." in filed
    assert "Look at your mail" in mailed


def test_the_clock_does_not_tell_either(app, world, anybody):
    queue, told, sent = jobs.of(app).huey, [], []
    for email in (world.acme.admin.user.email, "nobody@mail.example"):
        before = queue.pending_count()
        with counted() as statements:
            anybody.post("/forgot", data={"email": email})
        told.append(queue.pending_count() - before)
        sent.append([kind_of(statement) for statement in statements])

    assert told == [1, 1]
    assert abs(len(sent[0]) - len(sent[1])) <= 1
    assert "INSERT" in sent[1]


def kind_of(statement):
    return statement.split()[0]


def test_the_sixth_request_of_a_day_is_answered_alike_and_sends_nothing(app, world, anybody):
    answers = [
        anybody.post("/forgot", data={"email": world.acme.admin.user.email}) for _ in range(6)
    ]

    assert {(answer.status_code, answer.location) for answer in answers} == {
        (303, "/forgot?sent=1")
    }
    assert count_letters(app) == 5


def test_an_address_is_needed(anybody):
    assert anybody.get("/forgot").status_code == 200
    assert anybody.post("/forgot", data={"email": ""}).status_code == 422


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_changes_nothing(anybody, token, method):
    for _ in range(3):
        assert getattr(anybody, method)(f"/reset/{token}").status_code == 200


def test_the_page_tells_no_other_page_its_address(anybody, token):
    assert anybody.get(f"/reset/{token}").headers["Referrer-Policy"] == "no-referrer"


def test_the_form_works_over_https_though_it_sends_no_referrer(app, anybody, token):
    app.config["WTF_CSRF_ENABLED"] = True
    page = anybody.get(f"/reset/{token}", base_url="https://localhost").text
    csrf = page.partition('name="csrf_token" value="')[2].partition('"')[0]

    answer = anybody.post(
        f"/reset/{token}",
        data={"password": NEW, "csrf_token": csrf},
        base_url="https://localhost",
    )

    assert answer.status_code == 303


def test_the_new_password_works_and_the_person_signs_in_with_it(world, sign_in, token):
    browser = sign_in(world.acme.admin)

    answer = browser.post(f"/reset/{token}", data={"password": NEW})

    assert answer.status_code == 303
    assert "Your password was changed" in browser.get(answer.location).text
    assert browser.get("/admin/").status_code == 302
    assert knock(browser, world.acme.admin, PASSWORD) == 422
    assert knock(browser, world.acme.admin, NEW) == 303


def test_a_password_that_will_not_do_is_asked_for_again(world, anybody, token):
    for refused in ("", "short", "password123", world.acme.admin.user.email):
        assert anybody.post(f"/reset/{token}", data={"password": refused}).status_code == 422

    assert anybody.post(f"/reset/{token}", data={"password": NEW}).status_code == 303


def test_a_used_link_is_gone(anybody, token):
    anybody.post(f"/reset/{token}", data={"password": NEW})

    page = anybody.get(f"/reset/{token}")
    again = anybody.post(f"/reset/{token}", data={"password": NEW + "!"})

    assert (page.status_code, again.status_code) == (410, 410)
    assert "used already" in page.text


def test_an_expired_link_is_gone(anybody, token):
    with time_machine.travel(now() + timedelta(hours=1, seconds=5)):
        page = anybody.get(f"/reset/{token}")
        tried = anybody.post(f"/reset/{token}", data={"password": NEW})

    assert (page.status_code, tried.status_code) == (410, 410)
    assert "expired" in page.text


@pytest.mark.usefixtures("world")
def test_unknown_links_are_gone_in_one_and_the_same_wording(anybody):
    pages = [anybody.get(f"/reset/{made_up}") for made_up in ("x", "A" * 43, "ü" * 300)]

    assert {page.status_code for page in pages} == {410}
    assert len({page.text for page in pages}) == 1
    assert anybody.post("/reset/x", data={"password": NEW}).status_code == 410


@pytest.mark.usefixtures("anybody")
def test_of_twenty_posts_at_once_one_sets_the_password(app, token):
    def set_it():
        return app.test_client().post(f"/reset/{token}", data={"password": NEW}).status_code

    statuses = at_once(20, set_it)

    assert (statuses.count(303), statuses.count(410)) == (1, 19)
