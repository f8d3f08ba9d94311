"""The team: the tenant's own staff."""

import pytest
from sqlalchemy import select

from models import Invite, Membership, Role, across_tenants, db
from tests.world import member


@pytest.fixture
def second_admin(app, world):
    with app.app_context(), across_tenants(db.session):
        made = member("acme-second", world.acme.tenant, Role.ADMIN)
        db.session.commit()
        return made


@pytest.fixture
def member_now(app):
    """A membership as it is stored now."""

    def read(row):
        with app.app_context(), across_tenants(db.session):
            return db.session.scalar(select(Membership).where(Membership.id == row.id))

    return read


def test_an_admin_sees_the_staff_and_nobody_else(world, sign_in):
    answer = sign_in(world.acme.admin).get("/admin/team/")

    assert answer.status_code == 200
    assert "acme-sales" in answer.text
    assert "acme-partner-user" not in answer.text
    assert "rival-" not in answer.text


@pytest.mark.parametrize("who", ["support", "sales", "validation"])
def test_only_admins_manage_the_team(world, sign_in, who):
    browser = sign_in(getattr(world.acme, who))
    sent = {"id": world.acme.sales.public_id, "confirmed": "1", "role": "admin"}

    assert browser.get("/admin/team/").status_code == 403
    assert browser.get("/admin/team/export").status_code == 403
    for deed in ("remove", "change-role", "invite"):
        assert browser.post(f"/admin/team/{deed}", data=sent).status_code == 403


def test_staff_are_filtered_by_role(world, sign_in):
    answer = sign_in(world.acme.admin).get("/admin/team/?role=sales")

    assert "acme-sales" in answer.text
    assert "acme-data-validation" not in answer.text


def test_the_question_counts_the_partners_somebody_manages(world, sign_in):
    answer = sign_in(world.acme.admin).get(f"/admin/team/?remove={world.acme.sales.public_id}")

    assert "Remove <bdi>acme-sales</bdi> from <bdi>acme-tenant</bdi>?" in answer.text
    assert "Partners they manage" in answer.text


def test_a_colleague_is_removed_and_loses_the_panel_at_the_next_click(world, sign_in):
    theirs = sign_in(world.acme.sales)
    assert theirs.get("/admin/").status_code == 200

    answer = sign_in(world.acme.admin).post(
        "/admin/team/remove", data={"id": world.acme.sales.public_id, "confirmed": "1"}
    )

    assert answer.status_code == 303
    assert theirs.get("/admin/").status_code == 403


def test_a_colleague_gets_another_role(world, sign_in, member_now):
    sent = {"id": world.acme.sales.public_id, "confirmed": "1", "role": "customer_support"}

    answer = sign_in(world.acme.admin).post("/admin/team/change-role", data=sent)

    assert answer.status_code == 303
    assert member_now(world.acme.sales).role is Role.CUSTOMER_SUPPORT


def test_a_partner_role_is_not_offered_to_staff(world, sign_in):
    sent = {"id": world.acme.sales.public_id, "confirmed": "1", "role": "partner_admin"}

    assert sign_in(world.acme.admin).post("/admin/team/change-role", data=sent).status_code == 422


@pytest.mark.parametrize(("word", "deed"), [("remove", "remove"), ("change", "change-role")])
def test_the_last_admin_stays(world, sign_in, member_now, word, deed):
    browser, admin = sign_in(world.acme.admin), world.acme.admin
    sent = {"id": admin.public_id, "confirmed": "1", "role": "sales", "reason": "tired"}

    asked = browser.get(f"/admin/team/?{word}={admin.public_id}")
    answer = browser.post(f"/admin/team/{deed}", data=sent)

    assert "is the last Admin" in asked.text
    assert answer.status_code == 409
    assert (member_now(admin).role, member_now(admin).removed_at) == (Role.ADMIN, None)


def test_an_admin_who_steps_down_goes_to_the_front_door(world, sign_in, second_admin, member_now):
    sent = {"id": world.acme.admin.public_id, "confirmed": "1", "role": "sales"}

    answer = sign_in(world.acme.admin).post("/admin/team/change-role", data=sent)

    assert answer.location == "/"
    assert member_now(world.acme.admin).role is Role.SALES


def test_a_partners_people_are_not_found_in_the_team(world, sign_in):
    sent = {"id": world.acme.partner_user.public_id, "confirmed": "1"}

    assert sign_in(world.acme.admin).post("/admin/team/remove", data=sent).status_code == 404


def test_inviting_staff_opens_above_the_list(world, sign_in):
    answer = sign_in(world.acme.admin).get("/admin/team/?invite=1")

    assert "Invite staff to acme-tenant" in answer.text
    assert 'value="data_validation"' in answer.text
    assert 'value="partner_user"' not in answer.text


def test_an_invitation_without_an_address_or_role_is_sent_back(world, sign_in):
    answer = sign_in(world.acme.admin).post("/admin/team/invite", data={"message": "Hello"})

    assert answer.status_code == 422
    assert "Enter at least one e-mail address." in answer.text
    assert "Hello" in answer.text


def test_staff_are_invited_and_each_address_is_answered(world, sign_in, app):
    typed = "new@mail.example, acme-sales@mail.example, nonsense"
    sent = {"addresses": typed, "role": "sales", "message": "Welcome"}

    answer = sign_in(world.acme.admin).post("/admin/team/invite", data=sent)

    assert answer.status_code == 422
    assert all(address in answer.text for address in typed.split(", "))
    assert ">\r\nnonsense</textarea>" in answer.text
    assert "Already a user of the team. Nothing was sent." in answer.text
    with app.app_context(), across_tenants(db.session):
        made = db.session.scalar(select(Invite).where(Invite.email == "new@mail.example"))
        assert (made.role, made.partner_id) == (Role.SALES, None)
        assert db.session.scalar(select(Invite).where(Invite.email.like("acme-sales%"))) is None


def test_the_list_says_that_all_were_invited(world, sign_in):
    sent = {"addresses": "new@mail.example", "role": "sales"}

    answer = sign_in(world.acme.admin).post("/admin/team/invite", data=sent, follow_redirects=True)

    assert answer.request.path == "/admin/team/"
    assert "The invite for new@mail.example is" in answer.text
