"""A person's own account, in whichever panel they work, or in none."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, select

from models import (
    AccountLetter,
    AuditEvent,
    LoginSession,
    Membership,
    PartnerStatus,
    User,
    across_tenants,
    db,
    now,
)
from tests.world import PASSWORD

NEW = "a new staple for the battery"


@pytest.fixture
def admin(world, sign_in):
    return sign_in(world.acme.admin)


@pytest.fixture
def nowhere(app, world, sign_in):
    """Somebody whose only membership was removed after they signed in."""
    browser = sign_in(world.acme.partner_user)
    with app.app_context(), across_tenants(db.session):
        db.session.merge(world.acme.partner_user).removed_at = now()
        db.session.commit()
    return browser


@pytest.fixture
def second_place(app, world):
    """Acme's Admin is a partner user of Rival's partner too."""
    with app.app_context(), across_tenants(db.session):
        member = Membership(
            tenant_id=world.rival.tenant.id,
            user_id=world.acme.admin.user_id,
            partner_id=world.rival.partner.id,
            role=world.rival.partner_user.role,
        )
        db.session.add(member)
        db.session.commit()
    return member


def user_of(app, member):
    with app.app_context():
        return db.session.get(User, member.user_id)


def kinds(app):
    with app.app_context(), across_tenants(db.session):
        return db.session.scalars(select(AuditEvent.kind).order_by(AuditEvent.id)).all()


def change_password(browser, current=PASSWORD, new=NEW):
    return browser.post("/account/password", data={"current": current, "password": new})


def session_of(app, member):
    with app.app_context():
        return db.session.scalars(
            select(LoginSession)
            .where(LoginSession.user_id == member.user_id)
            .order_by(LoginSession.id.desc())
        ).first()


@pytest.mark.parametrize("role", ["admin", "validation", "partner_admin", "partner_user"])
def test_everybody_has_an_account_page(world, sign_in, role):
    member = getattr(world.acme, role)

    answer = sign_in(member).get("/account/")

    assert answer.status_code == 200
    assert member.user.email in answer.text
    assert "rival-" not in answer.text


def test_a_person_without_any_place_has_one_too(nowhere):
    answer = nowhere.get("/account/")

    assert answer.status_code == 200
    assert "You are in no workplace" in answer.text


def test_nobody_has_one_without_signing_in(anybody):
    assert anybody.get("/account/").location == "/login?next=/account/"
    assert anybody.post("/account/name", data={"name": "x"}).location == "/login"


def test_the_name_can_be_changed(app, world, admin):
    answer = admin.post("/account/name", data={"name": "  Ada   <b> "})

    assert answer.status_code == 303
    assert user_of(app, world.acme.admin).name == "Ada <b>"
    assert "Ada &lt;b&gt;" in admin.get("/account/").text
    assert kinds(app)[-1] == "account.renamed"


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_name_that_will_not_do_is_asked_for_again(app, world, admin, name):
    assert admin.post("/account/name", data={"name": name}).status_code == 422
    assert user_of(app, world.acme.admin).name == "acme-admin"


def test_a_new_password_ends_the_other_sessions(app, world, sign_in, admin):
    other = sign_in(world.acme.admin)

    answer = change_password(admin)

    assert answer.status_code == 303
    assert admin.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 302
    assert kinds(app)[-1] == "account.password_changed"
    with app.app_context():
        assert db.session.scalars(select(AccountLetter.kind)).all() == ["password_changed"]


def test_a_person_without_any_place_can_change_it_too(nowhere, anybody, world):
    assert change_password(nowhere).status_code == 303

    data = {"email": world.acme.partner_user.user.email, "password": NEW}
    assert anybody.post("/login", data=data).status_code == 303


def test_it_takes_the_current_one(app, world, admin):
    before = user_of(app, world.acme.admin).password_hash

    answer = change_password(admin, current="wrong horse battery")

    assert answer.status_code == 422
    assert "not your current password" in answer.text
    assert "wrong horse battery" not in answer.text
    assert user_of(app, world.acme.admin).password_hash == before


@pytest.mark.parametrize("new", ["", "short", "password123", "acme-admin"])
def test_one_that_breaks_a_rule_is_asked_for_again(admin, new):
    assert change_password(admin, new=new).status_code == 422


def test_guessing_the_current_one_ends_after_ten(admin):
    for _ in range(10):
        assert change_password(admin, current="wrong horse battery").status_code == 422

    answer = change_password(admin)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_sessions_are_listed_with_device_and_address(world, sign_in, admin):
    other = sign_in(world.acme.admin)
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}
    other.post(
        "/login",
        data={"email": world.acme.admin.user.email, "password": PASSWORD},
        headers=agent,
    )

    text = admin.get("/account/").text

    assert "Firefox on Linux" in text
    assert "127.0.0.1" in text
    assert text.count("This session") == 1


def test_one_session_can_be_ended(app, world, sign_in, admin):
    other = sign_in(world.acme.admin)
    address = f"/account/sessions/{session_of(app, world.acme.admin).public_id}/end"

    assert admin.post(address).status_code == 303

    assert other.get("/admin/").status_code == 302
    assert admin.post(address).status_code == 409
    assert kinds(app)[-1] == "session.ended"


def test_nobody_ends_the_session_of_somebody_else(app, world, sign_in, admin):
    theirs = sign_in(world.rival.admin)
    identifier = session_of(app, world.rival.admin).public_id

    refused = admin.post(f"/account/sessions/{identifier}/end")
    absent = admin.post(f"/account/sessions/{world.acme.partner.public_id}/end")

    assert (refused.status_code, absent.status_code) == (404, 404)
    assert theirs.get("/admin/").status_code == 200


def test_all_others_can_be_ended(world, sign_in, admin):
    others = [sign_in(world.acme.admin) for _ in range(2)]

    answer = admin.post("/account/sessions/end_others", follow_redirects=True)

    assert "2 other sessions ended" in answer.text
    assert [browser.get("/admin/").status_code for browser in others] == [302, 302]


def test_signing_out_everywhere_ends_this_one_too(app, world, sign_in, admin):
    other = sign_in(world.acme.admin)

    answer = admin.post("/account/sessions/sign_out_everywhere")

    assert answer.location == "/login?reason=signed_out"
    assert [browser.get("/admin/").status_code for browser in (admin, other)] == [302, 302]
    assert kinds(app)[-1] == "session.ended_everywhere"


def test_the_theme_is_kept(app, world, admin):
    answer = admin.post(
        "/account/theme",
        data={"theme": "dark"},
        headers={"Referer": "http://localhost/admin/partners/?q=a"},
    )

    assert answer.location == "/admin/partners/?q=a"
    assert user_of(app, world.acme.admin).theme.value == "dark"
    assert 'data-theme="dark"' in admin.get("/account/").text
    assert admin.post("/account/theme", data={"theme": "pink"}).status_code == 400


@pytest.mark.parametrize("page", ["http://evil.example/x", "http://localhost//evil.example", ""])
def test_after_choosing_a_theme_nobody_is_sent_elsewhere(admin, page):
    answer = admin.post("/account/theme", data={"theme": "light"}, headers={"Referer": page})

    assert answer.location == "/"


def test_the_switcher_leads_into_ones_other_place(admin, second_place):
    admin.get("/")
    assert "rival-partner" in admin.get("/account/").text

    answer = admin.post("/account/switch", data={"membership": second_place.public_id})

    assert answer.location == "/"
    assert admin.get("/").location == "/partner/"
    assert admin.get("/admin/").status_code == 403


def test_switching_ends_a_preview(app, world, admin):
    with app.app_context():
        row = db.session.scalars(select(LoginSession)).one()
        row.preview_partner_id = world.acme.partner.id
        row.preview_role = world.acme.partner_user.role
        db.session.commit()

    admin.post("/account/switch", data={"membership": world.acme.admin.public_id})

    row = session_of(app, world.acme.admin)
    assert (row.preview_partner_id, row.preview_role) == (None, None)


def test_nobody_switches_into_a_place_of_somebody_else(world, admin):
    for wanted in (world.rival.admin.public_id, world.acme.sales.public_id, "member_x", ""):
        assert admin.post("/account/switch", data={"membership": wanted}).status_code == 404

    assert admin.get("/").location == "/admin/"


def test_nobody_switches_into_an_archived_partner(app, world, admin, second_place):
    with app.app_context(), across_tenants(db.session):
        db.session.merge(world.rival.partner).status = PartnerStatus.ARCHIVED
        db.session.commit()

    answer = admin.post("/account/switch", data={"membership": second_place.public_id})

    assert answer.status_code == 404
    assert "rival-partner" not in admin.get("/account/").text


def test_the_page_takes_few_statements_however_many_sessions(app, world, sign_in, admin):
    with app.app_context():
        engine = db.engine
    statements = []

    def listen(*arguments):
        statements.append(arguments[2])

    event.listen(engine, "before_cursor_execute", listen)
    try:
        admin.get("/account/")
        few = len(statements)
        for _ in range(5):
            sign_in(world.acme.admin)
        statements.clear()
        admin.get("/account/")
    finally:
        event.remove(engine, "before_cursor_execute", listen)

    assert len(statements) == few <= 12


def test_being_there_is_noted_while_reading(app, world, admin):
    moment = now() + timedelta(minutes=2)
    with time_machine.travel(moment, tick=False):
        assert admin.get("/account/").status_code == 200

    assert session_of(app, world.acme.admin).last_seen_at == moment
