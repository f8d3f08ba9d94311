"""The door: signing in and out."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from models import AuditEvent, LoginSession, Membership, SignInAttempt, across_tenants, db, now
from operations.sign_ins import WRONG
from tests.parallel import at_once
from tests.world import PASSWORD


def knock(browser, email, password=PASSWORD, **more):
    return browser.post("/login", data={"email": email, "password": password, **more})


def told(answer, email):
    """What the page says, but for what was typed and the token, which names its second."""
    return re.sub(r'value="[^"]{60,}"', "", answer.text).replace(email, "")


def test_the_page_asks_for_address_and_password(anybody):
    answer = anybody.get("/login")

    assert answer.status_code == 200
    assert 'name="email"' in answer.text
    assert 'type="password"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("role", "panel"), [("admin", "/admin/"), ("sales", "/admin/"), ("partner_user", "/partner/")]
)
def test_people_arrive_in_the_panel_that_fits(world, anybody, role, panel):
    answer = knock(anybody, getattr(world.acme, role).user.email)

    assert (answer.status_code, answer.location) == (303, "/")
    assert anybody.get("/").location == panel


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(world, anybody):
    email = world.acme.admin.user.email

    wrong = knock(anybody, email, "wrong horse battery")
    unknown = knock(anybody, "nobody@mail.example", "wrong horse battery")

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert WRONG in wrong.text
    assert told(wrong, email) == told(unknown, "nobody@mail.example")
    assert "wrong horse battery" not in wrong.text


@pytest.mark.parametrize("data", [{}, {"email": "a@b.example"}, {"password": PASSWORD}])
@pytest.mark.usefixtures("world")
def test_what_is_left_out_is_asked_for(anybody, data):
    assert anybody.post("/login", data=data).status_code == 422


def test_the_person_goes_on_to_the_page_they_wanted(world, anybody):
    wanted = "/admin/partners/?status=active"

    page = anybody.get(f"/login?next={wanted}")
    answer = knock(anybody, world.acme.admin.user.email, next=wanted)

    assert f'value="{wanted}"' in page.text
    assert answer.location == wanted


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "http:evil.example",
        "/\tevil",
        "javascript:alert(1)",
        "evil",
    ],
)
def test_nobody_is_sent_to_another_site(world, anybody, elsewhere):
    assert knock(anybody, world.acme.admin.user.email, next=elsewhere).location == "/"


def test_the_eleventh_wrong_password_is_answered_with_429(world, anybody):
    email = world.acme.admin.user.email
    for _ in range(10):
        assert knock(anybody, email, "wrong horse battery").status_code == 422

    answer = knock(anybody, email)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 301
    assert knock(anybody, world.acme.sales.user.email).status_code == 429


@pytest.mark.usefixtures("anybody")
def test_of_thirty_wrong_passwords_at_once_ten_are_checked(app, world):
    def guess():
        return knock(app.test_client(), world.acme.admin.user.email, "wrong horse").status_code

    statuses = at_once(30, guess)

    assert (statuses.count(422), statuses.count(429)) == (10, 20)
    with app.app_context():
        assert db.session.scalar(select(func.count(SignInAttempt.id))) == 10


def test_each_sign_in_begins_a_new_session_and_ends_the_one_before(app, world, anybody):
    knock(anybody, world.acme.admin.user.email)
    with anybody.session_transaction() as kept:
        first = kept["_user_id"]
        kept["left over"] = "from before"

    knock(anybody, world.acme.admin.user.email)

    with anybody.session_transaction() as kept:
        assert kept["_user_id"] != first
        assert "left over" not in kept
    with app.app_context():
        held = select(func.count(LoginSession.id)).where(LoginSession.ended_at.is_(None))
        assert db.session.scalar(held) == 1


def test_the_signed_in_are_not_asked_again(world, sign_in):
    assert sign_in(world.acme.admin).get("/login").location == "/"


def test_after_signing_out_a_copy_of_the_cookie_is_worth_nothing(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    with browser.session_transaction() as kept:
        copy = dict(kept)

    answer = browser.post("/logout")

    assert answer.status_code == 303
    assert "You are signed out" in browser.get(answer.location).text
    thief = app.test_client()
    with thief.session_transaction() as kept:
        kept.update(copy)
    assert thief.get("/admin/").status_code == 302
    with app.app_context(), across_tenants(db.session):
        kinds = db.session.scalars(select(AuditEvent.kind).order_by(AuditEvent.id)).all()
    assert kinds == ["session.began", "session.ended"]


def test_signing_out_twice_does_no_harm(anybody):
    assert anybody.post("/logout").status_code == 303
    assert anybody.get("/logout").status_code == 405


def test_whoever_idled_out_is_told_so(world, sign_in):
    browser = sign_in(world.acme.admin)

    with time_machine.travel(now() + timedelta(minutes=31)):
        answer = browser.get("/admin/partners/", follow_redirects=True)

    assert "You were signed out after a time without activity." in answer.text
    assert f'value="{world.acme.admin.user.email}"' in answer.text


def test_nobody_else_is_told_whose_session_it_was(world, sign_in, anybody):
    email, browser = world.acme.admin.user.email, sign_in(world.acme.admin)

    named_in_the_address = anybody.get(f"/login?email={email}").text
    with time_machine.travel(now() + timedelta(hours=13)):
        half_a_day_later = browser.get("/login").text
    browser.post("/logout")
    signed_out = browser.get("/login").text

    for page in (named_in_the_address, half_a_day_later, signed_out):
        assert email not in page


def test_a_page_that_needs_a_sign_in_says_so(anybody):
    assert "Sign in to open that page" in anybody.get("/login?next=/admin/").text


PARTNERS = "http://localhost/admin/partners/"


@pytest.mark.parametrize(
    ("before", "onward"),
    [
        (None, "/login"),
        (f"{PARTNERS}?status=active", "/login?next=/admin/partners/?status%3Dactive"),
        (f"{PARTNERS}pause", "/login"),
        ("http://localhost/no/such/page", "/login"),
        ("http://evil.example/admin/partners/", "/login"),
    ],
)
@pytest.mark.usefixtures("world")
def test_a_form_sent_after_the_end_leads_back_to_a_page_that_can_be_opened(anybody, before, onward):
    answer = anybody.post("/admin/partners/pause", headers={"Referer": before} if before else {})

    assert (answer.status_code, answer.location) == (302, onward)


@pytest.mark.usefixtures("world")
def test_whoever_only_asks_for_the_head_of_a_page_comes_back_to_it(anybody):
    assert anybody.head("/admin/partners/").location == "/login?next=/admin/partners/"


def test_what_is_refused_leads_back_to_a_page_that_can_be_opened(world, sign_in):
    browser = sign_in(world.acme.admin)
    path = f"/admin/sources/{world.acme.source.public_id}/status"
    came = {"Referer": "http://localhost/admin/sources/selected/unassign?id=1"}
    posted = {"Referer": "http://localhost/admin/partners/pause"}

    known = browser.post(path, data={"to": "live"}, headers=came)
    unknown = browser.post(path, data={"to": "live"}, headers=posted)

    [crumbs] = re.findall(r'<nav class="crumbs".*?</nav>', known.text)
    assert (known.status_code, unknown.status_code) == (409, 409)
    assert crumbs.count("<a ") == 2
    assert '<a href="/admin/sources/">Sources</a>' in crumbs
    assert '<a href="/admin/sources/selected/unassign?id=1">The page before</a>' in crumbs
    assert "/admin/partners/pause" not in unknown.text
    assert "The page before" not in unknown.text
    assert '<a class="btn btn-primary" href="/">Go to the start</a>' in unknown.text


def test_a_suspended_person_is_out_at_the_next_request(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    with app.app_context():
        db.session.merge(world.acme.admin.user).suspended_at = now()
        db.session.commit()

    assert browser.get("/admin/").status_code == 302
    assert knock(browser, world.acme.admin.user.email).status_code == 422


def test_a_person_whose_memberships_are_gone_gets_to_the_account_only(app, world, anybody):
    with app.app_context(), across_tenants(db.session):
        db.session.merge(world.acme.partner_user).removed_at = now()
        db.session.commit()

    assert knock(anybody, world.acme.partner_user.user.email).status_code == 303

    assert anybody.get("/").location == "/account/"
    assert anybody.get("/account/").status_code == 200
    assert anybody.get("/partner/").status_code == 403
    assert anybody.get("/admin/").status_code == 403


def test_the_front_door_leads_to_the_place_that_is_left(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    with app.app_context(), across_tenants(db.session):
        db.session.merge(world.acme.admin).removed_at = now()
        second = Membership(
            tenant_id=world.acme.tenant.id,
            user_id=world.acme.admin.user_id,
            partner_id=world.acme.partner.id,
            role=world.acme.partner_user.role,
        )
        db.session.add(second)
        db.session.commit()

    assert browser.get("/admin/").status_code == 403
    assert browser.get("/").location == "/partner/"
    assert browser.get("/partner/").status_code == 200


@pytest.mark.parametrize("address", ["/login", "/forgot"])
def test_a_monitor_that_asks_for_the_head_of_a_form_is_told_that_it_is_there(anybody, address):
    assert anybody.head(address).status_code == anybody.get(address).status_code == 200
