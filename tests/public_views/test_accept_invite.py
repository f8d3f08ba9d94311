"""The page behind an invite's link: looking changes nothing, accepting works once."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from models import (
    AuditEvent,
    Invite,
    Letter,
    LoginSession,
    Membership,
    Partner,
    PartnerStatus,
    Role,
    User,
    across_tenants,
    db,
    now,
)
from operations import invites
from tests.world import invite_of

NEW = {"name": "Ann Lee", "password": "correct horse battery"}


@pytest.fixture
def link(world, link_to):
    return link_to(world.acme.invite)


@pytest.fixture
def link_to(app):
    """The address that the mail of an invite carries."""

    def make(invite):
        with app.app_context(), across_tenants(db.session):
            letter = db.session.scalar(select(Letter).where(Letter.id == invite.letter_id))
            token = invites.fresh_link(letter)
            db.session.commit()
        return f"/invites/{token}"

    return make


@pytest.fixture
def invite_for(app, world):
    """Invite somebody to Acme's other partner: `invite_for("ann@mail.example")`."""

    def make(email, **values):
        with app.app_context(), across_tenants(db.session):
            acme = world.acme
            row = invite_of(acme.tenant, email, acme.other_partner, acme.admin, **values)
            db.session.commit()
        return row

    return make


@pytest.fixture
def count(app):
    def of(model, *where):
        with app.app_context(), across_tenants(db.session):
            return db.session.scalar(select(func.count()).select_from(model).where(*where))

    return of


@pytest.fixture
def change(app):
    def do(row, **values):
        with app.app_context(), across_tenants(db.session):
            db.session.execute(update(type(row)).where(type(row).id == row.id).values(**values))
            db.session.commit()

    return do


# Looking ---------------------------------------------------------------------------------------


def test_looking_says_what_is_offered_and_changes_nothing(world, anybody, link, count):
    people = count(User)

    answers = [anybody.get(link), anybody.head(link), anybody.get(link)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "acme-partner" in answers[0].text
    assert "Partner User" in answers[0].text
    assert count(User) == people
    assert count(Invite, Invite.accepted_at.is_not(None)) == 0


def test_the_address_is_told_to_nobody(anybody, link):
    answer = anybody.get(link)

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


# A new person ----------------------------------------------------------------------------------


def test_a_new_person_chooses_a_name_and_a_password_and_is_in(world, anybody, link, count):
    answer = anybody.post(link, data=NEW)

    assert (answer.status_code, answer.location) == (303, "/")
    assert anybody.get("/").location == "/partner/"
    assert anybody.get("/partner/").status_code == 200
    assert count(Membership, Membership.partner_id == world.acme.partner.id) == 3
    assert count(LoginSession) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "", "password": "correct horse battery"}, "Enter your name."),
        ({"name": "Ann", "password": ""}, "Choose a password."),
        ({"name": "Ann", "password": "short"}, "10 to 128 characters"),
        ({"name": "\u200b", "password": "correct horse battery"}, "Enter your name."),
    ],
)
def test_what_is_wrong_is_said_and_the_name_stays(anybody, link, count, typed, said):
    people = count(User)

    answer = anybody.post(link, data=typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert "You have not joined yet. 1 field needs a correction." in answer.text
    assert f'value="{typed["name"]}"' in answer.text
    assert count(User) == people
    assert anybody.get(link).status_code == 200


def test_twenty_clicks_at_once_make_one_person_and_one_membership(app, world, link, count):
    app.config["WTF_CSRF_ENABLED"] = False
    people, members = count(User), count(Membership)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: app.test_client().post(link, data=NEW), range(20)))

    # Who comes between the account and the used link is led to sign-in.
    assert [answer.location for answer in answers].count("/") == 1
    assert {answer.status_code for answer in answers} <= {303, 409, 410}
    assert (count(User), count(Membership)) == (people + 1, members + 1)


# A person with an account ----------------------------------------------------------------------


def test_a_person_with_an_account_signs_in_first_and_comes_back(
    world, anybody, link_to, invite_for, count
):
    link = link_to(invite_for("ACME-partner-user@mail.example"))

    answer, attempt = anybody.get(link), anybody.post(link, data=NEW)

    assert "already has an account" in answer.text
    assert (attempt.status_code, attempt.location) == (303, f"/login?next={link}")
    assert count(Invite, Invite.accepted_at.is_not(None)) == 0


def test_signed_in_as_that_address_one_button_is_enough(world, sign_in, link_to, invite_for, count):
    link = link_to(invite_for("acme-partner-user@mail.example"))
    browser = sign_in(world.acme.partner_user)

    offered, answer = browser.get(link), browser.post(link)

    assert "Join as" in offered.text
    assert (answer.status_code, answer.location) == (303, "/")
    assert "acme-other" in browser.get("/partner/").text
    assert count(Membership, Membership.user_id == world.acme.partner_user.user_id) == 2


def test_twenty_clicks_of_a_signed_in_person_make_one_membership(
    app, world, sign_in, link_to, invite_for, count
):
    link = link_to(invite_for("acme-partner-user@mail.example"))
    browsers = [sign_in(world.acme.partner_user) for _ in range(10)]

    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(lambda browser: browser.post(link).status_code, browsers * 2))

    assert codes.count(303) == 1
    assert set(codes) == {303, 410}
    assert count(Membership, Membership.user_id == world.acme.partner_user.user_id) == 2


def test_somebody_else_sees_both_addresses_and_can_sign_out(world, sign_in, link, count):
    browser = sign_in(world.acme.sales)

    offered, attempt = browser.get(link), browser.post(link)
    out = browser.post(f"{link}/sign-out")

    for answer in (offered, attempt):
        assert "acme-invitee@mail.example" in answer.text
        assert "acme-sales@mail.example" in answer.text
    assert attempt.status_code == 409
    assert count(Invite, Invite.accepted_at.is_not(None)) == 0
    assert (out.status_code, out.location) == (303, link)
    assert "Create account and join" in browser.get(link).text


def test_a_member_who_is_invited_again_is_told_so(
    world, sign_in, link_to, invite_for, change, count
):
    invite = invite_for("acme-partner-user@mail.example")
    change(invite, partner_id=world.acme.partner.id)
    link, browser = link_to(invite), sign_in(world.acme.partner_user)

    answer = browser.post(link)

    assert answer.status_code == 409
    assert "already a user of acme-partner" in answer.text
    assert count(Membership, Membership.user_id == world.acme.partner_user.user_id) == 1


def test_an_invite_to_the_staff_leads_to_the_staff_panel(app, world, anybody, link_to, change):
    change(world.acme.invite, partner_id=None, role=Role.SALES)

    answer = anybody.post(link_to(world.acme.invite), data=NEW)

    assert answer.status_code == 303
    assert anybody.get("/").location == "/admin/"


# Links that lead nowhere -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"revoked_at": now()}, "This invite was withdrawn"),
        ({"accepted_at": now()}, "This invite was used already"),
        ({"declined_at": now()}, "This invite was declined"),
        ({"expires_at": now() - timedelta(days=1)}, "This invite has expired"),
        ({"replaced_at": now()}, "This invite has expired"),
        ({"token_hash": None}, "This link does not work"),
    ],
)
def test_a_dead_link_says_what_happened(world, anybody, link, change, count, values, said):
    people = count(User)
    change(world.acme.invite, **values)

    answers = [anybody.get(link), anybody.post(link, data=NEW), anybody.post(f"{link}/decline")]

    for answer in answers:
        assert answer.status_code == 410
        assert said in answer.text
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert count(User) == people


def test_a_used_link_leads_whoever_used_it_to_their_panel(world, sign_in, link_to, invite_for):
    link = link_to(invite_for("acme-partner-user@mail.example"))
    browser = sign_in(world.acme.partner_user)
    browser.post(link)

    mine, anothers = browser.get(link), sign_in(world.acme.sales).get(link)

    for answer in (mine, anothers):
        assert answer.status_code == 410
        assert '<a class="btn btn-primary btn-block" href="/">Open your panel</a>' in answer.text
    assert "You accepted it" in mine.text
    assert "Was it you?" in anothers.text


def test_an_archived_partners_invite_waits(world, anybody, link, change):
    change(world.acme.partner, status=PartnerStatus.ARCHIVED)

    closed = anybody.post(link, data=NEW)
    change(world.acme.partner, status=PartnerStatus.ACTIVE)

    assert closed.status_code == 410
    assert "This panel is closed" in closed.text
    assert anybody.get(link).status_code == 200


def test_an_unknown_link_says_nothing_about_what_exists(world, anybody, link):
    known_tenant = link.partition(".")[0] + "." + "x" * 43

    answers = [
        anybody.get(known_tenant),
        anybody.get("/invites/nonsense"),
        anybody.get("/invites/a.b"),
    ]

    assert {answer.status_code for answer in answers} == {410}
    assert len({answer.text for answer in answers}) == 1


# Declining -------------------------------------------------------------------------------------


def test_declining_tells_the_sender_and_ends_the_link(world, anybody, link, count):
    looked = anybody.get(f"{link}/decline")
    answer = anybody.post(f"{link}/decline")

    assert looked.status_code == 405
    assert answer.status_code == 200
    assert "You declined the invite" in answer.text
    assert count(Letter, Letter.kind == "declined") == 1
    assert anybody.get(link).status_code == 410


# The secret ------------------------------------------------------------------------------------


def test_the_token_is_neither_logged_nor_kept(app, world, anybody, link, caplog):
    token = link.rpartition("/")[2]

    with caplog.at_level(logging.DEBUG):
        anybody.get(link)
        anybody.post(link, data=NEW)

    assert token not in caplog.text
    with app.app_context(), across_tenants(db.session):
        for model in (Invite, Letter, AuditEvent, LoginSession, Partner):
            for row in db.session.scalars(select(model)):
                assert token not in str(vars(row))
