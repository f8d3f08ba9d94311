"""Users of a partner: in the staff panel across partners, in the tab, and in the partner panel."""

import csv
import io
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from models import (
    AuditEvent,
    Letter,
    Membership,
    PartnerStatus,
    Role,
    across_tenants,
    db,
    now,
)
from operations import removal
from tests.world import invite_of, member


@pytest.fixture
def member_now(app):
    """A membership as it is stored now."""

    def read(row):
        with app.app_context(), across_tenants(db.session):
            return db.session.scalar(select(Membership).where(Membership.id == row.id))

    return read


def tab(side):
    return f"/admin/partners/{side.partner.public_id}/users/"


def test_staff_see_the_users_of_every_partner_of_their_tenant(world, sign_in):
    answer = sign_in(world.acme.sales).get("/admin/users/")

    assert answer.status_code == 200
    assert "acme-partner-admin" in answer.text
    assert "acme-partner-user" in answer.text
    assert "acme-customer-support" not in answer.text
    assert "rival-" not in answer.text


def test_a_name_leads_to_the_person_in_their_partners_tab(world, sign_in):
    answer = sign_in(world.acme.admin).get("/admin/users/")

    there = f"{tab(world.acme)}?q=acme-partner-user"
    assert there.replace("/admin/", "../") in answer.text


@pytest.mark.parametrize("typed", ["partner-user", "ACME-PARTNER-USER@MAIL.EXAMPLE"])
def test_a_person_is_found_by_name_and_by_address(world, sign_in, typed):
    answer = sign_in(world.acme.admin).get("/admin/users/", query_string={"q": typed})

    assert "acme-partner-user" in answer.text
    assert "acme-partner-admin" not in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        "role=partner_user",
        "partner=acme-part&role=partner_user",
        "status=active&role=partner_user",
        "sort=name&role=partner_user",
    ],
)
def test_filters_narrow_the_list(world, sign_in, asked):
    answer = sign_in(world.acme.admin).get(f"/admin/users/?{asked}")

    assert "acme-partner-user" in answer.text
    assert "acme-partner-admin" not in answer.text


def test_the_person_is_alone_where_the_name_leads(world, sign_in):
    there = f"{tab(world.acme)}?q=acme-partner-user"

    answer = sign_in(world.acme.admin).get(there)

    assert "acme-partner-user" in answer.text
    assert "acme-partner-admin" not in answer.text


def test_a_partner_is_chosen_by_its_identifier_too(world, sign_in):
    browser = sign_in(world.acme.admin)

    here = browser.get(f"/admin/users/?partner={world.acme.partner.public_id}")
    other = browser.get(f"/admin/users/?partner={world.acme.other_partner.public_id}")

    assert "acme-partner-user" in here.text
    assert "acme-partner-user" not in other.text


def test_people_of_archived_partners_are_found_by_their_partners_status(world, sign_in, stored):
    stored(lambda: setattr(db.session.merge(world.acme.partner), "status", PartnerStatus.ARCHIVED))

    answer = sign_in(world.acme.admin).get("/admin/users/?status=archived")

    assert "acme-partner-user" in answer.text


def test_pages_follow_the_name(world, sign_in, stored):
    partner, tenant = world.acme.partner, world.acme.tenant
    stored(lambda: [member(f"acme-{n:02}", tenant, Role.PARTNER_USER, partner) for n in range(22)])
    browser = sign_in(world.acme.admin)

    first = browser.get("/admin/users/?sort=name")
    last_on_it = first.text.split('name="id" value="')[20].split('"')[0]
    second = browser.get(f"/admin/users/?sort=name&after={last_on_it}")

    assert "acme-19-partner-user" in first.text
    assert "acme-20-partner-user" not in first.text
    assert "acme-20-partner-user" in second.text


def test_the_export_holds_what_the_list_shows(world, sign_in):
    answer = sign_in(world.acme.admin).get("/admin/users/export?role=partner_user")

    [heads, row] = list(csv.reader(io.StringIO(answer.text)))
    assert heads[1:5] == ["Name", "E-mail", "Partner", "Role"]
    assert row[1:5] == [
        "acme-partner-user",
        "acme-partner-user@mail.example",
        "acme-partner",
        "Partner User",
    ]


def test_the_tab_exports_its_own_people_only(world, sign_in, stored):
    stored(
        lambda: member("acme-far", world.acme.tenant, Role.PARTNER_USER, world.acme.other_partner)
    )

    answer = sign_in(world.acme.admin).get(f"{tab(world.acme)}export")

    assert "acme-partner-user" in answer.text
    assert "acme-far" not in answer.text


def test_the_tab_counts_people_and_partner_admins(world, sign_in):
    answer = sign_in(world.acme.admin).get(tab(world.acme))

    assert "2 people, 1 Partner Admin" in answer.text


@pytest.mark.parametrize("address", ["/admin/users/", "tab"])
def test_data_validation_has_no_users_page(world, sign_in, address):
    where = tab(world.acme) if address == "tab" else address

    assert sign_in(world.acme.validation).get(where).status_code == 403


def test_a_partner_user_has_no_users_page(world, sign_in):
    browser = sign_in(world.acme.partner_user)

    assert browser.get("/partner/users/").status_code == 403
    assert browser.get("/partner/users/export").status_code == 403
    assert browser.post("/partner/users/remove").status_code == 403


def test_a_partner_admin_sees_their_own_partners_people(world, sign_in, stored):
    stored(
        lambda: member("acme-far", world.acme.tenant, Role.PARTNER_USER, world.acme.other_partner)
    )

    answer = sign_in(world.acme.partner_admin).get("/partner/users/")

    assert "acme-partner-user" in answer.text
    assert "acme-far" not in answer.text
    assert "rival-" not in answer.text


def test_partner_people_see_staff_who_invited_as_the_tenant(world, sign_in, stored):
    acme = world.acme
    stored(lambda: invited_by(acme.partner_user, acme.sales))
    stored(lambda: invited_by(acme.partner_admin, acme.partner_user))

    answer = sign_in(acme.partner_admin).get("/partner/users/")
    export = sign_in(acme.partner_admin).get("/partner/users/export")

    assert "acme-tenant" in answer.text
    assert "acme-sales" not in answer.text + export.text


def test_staff_see_who_invited_by_name(world, sign_in, stored):
    stored(lambda: invited_by(world.acme.partner_user, world.acme.sales))

    assert "<bdi>acme-sales</bdi>" in sign_in(world.acme.admin).get("/admin/users/").text


def test_whoever_was_invited_by_nobody_has_an_empty_cell(world, sign_in):
    browser, path = sign_in(world.acme.admin), f"/admin/partners/{world.acme.partner.public_id}"

    page = browser.get(f"{path}/users/").text
    lines = browser.get(f"{path}/users/export", buffered=True).text.splitlines()

    assert '<td class="clip-xs" data-label="Invited by">–' in page
    assert "nobody" not in page.split("<tbody>")[1].split("</tbody>")[0]
    assert lines[0].endswith(",Invited by")
    assert all(line.endswith(",") for line in lines[1:])


def invited_by(row, inviter):
    db.session.merge(row).invited_by_id = inviter.user_id


def test_removing_asks_first_and_counts(world, sign_in, stored, member_now):
    acme = world.acme
    stored(lambda: invite_of(acme.tenant, "guest@mail.example", acme.partner, acme.partner_user))

    answer = sign_in(acme.admin).get(f"{tab(acme)}?remove={acme.partner_user.public_id}")

    assert answer.status_code == 200
    assert "Remove user and revoke 1 invite" in answer.text
    assert "guest@mail.example, Partner User" in answer.text
    assert member_now(acme.partner_user).removed_at is None


def test_whoever_removes_themselves_is_told_so_and_promised_no_undo(world, sign_in, add):
    another = add(lambda acme: member("another", acme.tenant, Role.PARTNER_ADMIN, acme.partner))

    own = sign_in(another).get(f"/partner/users/?remove={another.public_id}")
    other = sign_in(another).get(f"/partner/users/?remove={world.acme.partner_user.public_id}")

    assert "This is you: you lose this partner at your next click, and somebody else" in own.text
    assert "You can undo this" not in own.text
    assert "You can undo this for 10 minutes.<" in other.text


def test_who_cannot_open_the_audit_trail_is_told_where_the_undo_is(world, sign_in):
    acme = world.acme

    for where in (
        f"{tab(acme)}?remove={acme.partner_user.public_id}",
        f"/admin/sources/selected/unassign?id={acme.source.public_id}",
        f"/admin/partners/{acme.partner.public_id}/?pause",
    ):
        assert "10 minutes, from the message that follows." in sign_in(acme.support).get(where).text
        assert "You can undo this for 10 minutes.<" in sign_in(acme.admin).get(where).text


def test_more_invites_than_are_counted_are_said_to_be_more(world, sign_in, stored, monkeypatch):
    monkeypatch.setattr(removal, "COUNTED", 2)
    acme = world.acme
    for name in ("one", "two", "three"):
        address = f"{name}@mail.example"
        stored(lambda to=address: invite_of(acme.tenant, to, acme.partner, acme.partner_user))

    answer = sign_in(acme.admin).get(f"{tab(acme)}?remove={acme.partner_user.public_id}")

    assert "Remove user and revoke 2+ invites" in answer.text


@pytest.mark.parametrize("panel", ["tab", "across", "partner"])
def test_a_removed_person_is_gone_from_the_list_and_it_can_be_undone(
    world, sign_in, member_now, panel
):
    acme = world.acme
    where = {"tab": tab(acme), "across": "/admin/users/", "partner": "/partner/users/"}[panel]
    browser = sign_in(acme.partner_admin if panel == "partner" else acme.admin)
    sent = {"id": acme.partner_user.public_id, "confirmed": "1"}

    answer = browser.post(f"{where}remove", data=sent)
    message = browser.get(where)

    assert (answer.status_code, answer.location) == (303, where)
    assert "acme-partner-user was removed from acme-partner." in message.text
    assert "/undo" in message.text
    assert member_now(acme.partner_user).removed_at is not None


def test_undo_from_the_message_brings_the_person_back(world, sign_in, member_now):
    acme, browser = world.acme, sign_in(world.acme.admin)
    browser.post(f"{tab(acme)}remove", data={"id": acme.partner_user.public_id, "confirmed": "1"})
    undo = browser.get(tab(acme)).text.split('/undo"')[0].rsplit('"', 1)[1] + "/undo"

    answer = browser.post(undo)

    assert answer.status_code == 303
    assert member_now(acme.partner_user).removed_at is None


def test_an_open_session_loses_the_partner_at_its_next_click(world, sign_in):
    acme = world.acme
    theirs = sign_in(acme.partner_user)
    assert theirs.get("/partner/").status_code == 200

    sign_in(acme.admin).post(
        f"{tab(acme)}remove", data={"id": acme.partner_user.public_id, "confirmed": "1"}
    )

    for address in ("/partner/", "/partner/sources/", "/partner/users/"):
        answer = theirs.get(address)
        assert answer.status_code == 403
        assert "acme-partner" not in answer.text.replace("acme-partner-user", "")
    assert theirs.get("/").location == "/account/"


def test_a_demoted_session_loses_the_page_at_its_next_click(world, sign_in, stored):
    acme = world.acme
    stored(lambda: member("acme-second", acme.tenant, Role.PARTNER_ADMIN, acme.partner))
    theirs = sign_in(acme.partner_admin)
    assert theirs.get("/partner/users/").status_code == 200

    sign_in(acme.admin).post(
        f"{tab(acme)}change-role",
        data={"id": acme.partner_admin.public_id, "role": "partner_user", "confirmed": "1"},
    )

    assert theirs.get("/partner/users/").status_code == 403


def test_staff_are_asked_why_a_partner_loses_its_last_admin(world, sign_in, member_now):
    acme, browser = world.acme, sign_in(world.acme.admin)
    sent = {"id": acme.partner_admin.public_id, "confirmed": "1"}

    asked = browser.get(f"{tab(acme)}?remove={acme.partner_admin.public_id}")
    without = browser.post(f"{tab(acme)}remove", data=sent)
    stays = member_now(acme.partner_admin).removed_at
    with_reason = browser.post(f"{tab(acme)}remove", data={**sent, "reason": "left the firm"})

    assert 'name="reason"' in asked.text
    assert "nobody there could invite people or rotate keys" in asked.text
    assert without.status_code == 422
    assert "Say why acme-partner is left without a Partner Admin." in without.text
    assert stays is None
    assert with_reason.status_code == 303


def test_a_reason_that_is_too_long_is_sent_back(world, sign_in):
    acme = world.acme
    sent = {"id": acme.partner_admin.public_id, "confirmed": "1", "reason": "x" * 501}

    assert sign_in(acme.admin).post(f"{tab(acme)}remove", data=sent).status_code == 422


def test_a_partners_last_admin_is_told_that_they_stay(world, sign_in, member_now):
    acme, browser = world.acme, sign_in(world.acme.partner_admin)
    sent = {"id": acme.partner_admin.public_id, "confirmed": "1", "reason": "enough"}

    asked = browser.get(f"/partner/users/?remove={acme.partner_admin.public_id}")
    answer = browser.post("/partner/users/remove", data=sent)

    assert "is the last Partner Admin" in asked.text
    assert "Remove user" not in asked.text
    assert answer.status_code == 409
    assert member_now(acme.partner_admin).removed_at is None


@pytest.mark.parametrize("word", ["remove", "change"])
def test_support_may_not_touch_a_role_that_holds_more_than_their_own(world, sign_in, word):
    acme, browser = world.acme, sign_in(world.acme.support)
    deed = "remove" if word == "remove" else "change-role"
    sent = {"id": acme.partner_admin.public_id, "confirmed": "1", "role": "partner_user"}

    assert browser.get(f"{tab(acme)}?{word}={acme.partner_admin.public_id}").status_code == 403
    assert browser.post(f"{tab(acme)}{deed}", data=sent).status_code == 403


def test_sales_see_users_but_no_deeds(world, sign_in):
    browser = sign_in(world.acme.sales)

    assert "?remove=" not in browser.get("/admin/users/").text
    assert browser.post("/admin/users/remove").status_code == 403


@pytest.mark.parametrize("deed", ["remove", "change-role"])
def test_somebody_elses_member_is_not_found(world, sign_in, deed):
    browser = sign_in(world.acme.admin)
    rival = world.rival.partner_user.public_id
    sent = {"id": [world.acme.partner_user.public_id, rival], "confirmed": "1", "role": "sales"}

    assert browser.post(f"/admin/users/{deed}", data=sent).status_code == 404
    assert browser.get(f"/admin/users/?remove={rival}").status_code == 404
    assert browser.get("/admin/users/?change=nonsense").status_code == 404


def test_staff_are_not_users_of_a_partner(world, sign_in):
    sent = {"id": world.acme.sales.public_id, "confirmed": "1"}

    assert sign_in(world.acme.admin).post("/admin/users/remove", data=sent).status_code == 404


def test_removing_somebody_twice_is_not_found_the_second_time(world, sign_in):
    browser = sign_in(world.acme.admin)
    sent = {"id": world.acme.partner_user.public_id, "confirmed": "1"}
    browser.post("/admin/users/remove", data=sent)

    assert browser.post("/admin/users/remove", data=sent).status_code == 404


def test_a_new_role_is_chosen_and_given(world, sign_in, member_now):
    acme, browser = world.acme, sign_in(world.acme.admin)
    sent = {"id": acme.partner_user.public_id, "confirmed": "1", "role": "partner_admin"}

    asked = browser.get(f"{tab(acme)}?change={acme.partner_user.public_id}")
    answer = browser.post(f"{tab(acme)}change-role", data=sent)

    assert 'type="radio" value="partner_admin"' in asked.text
    assert answer.status_code == 303
    assert member_now(acme.partner_user).role is Role.PARTNER_ADMIN


@pytest.mark.parametrize("role", ["", "admin", "nonsense"])
def test_only_the_offered_roles_are_taken(world, sign_in, member_now, role):
    sent = {"id": world.acme.partner_user.public_id, "confirmed": "1", "role": role}

    answer = sign_in(world.acme.admin).post("/admin/users/change-role", data=sent)

    assert answer.status_code == 422
    assert member_now(world.acme.partner_user).role is Role.PARTNER_USER


def test_demoting_the_last_partner_admin_asks_why(world, sign_in):
    sent = {"id": world.acme.partner_admin.public_id, "confirmed": "1", "role": "partner_user"}

    answer = sign_in(world.acme.admin).post(f"{tab(world.acme)}change-role", data=sent)

    assert answer.status_code == 422
    assert "Say why" in answer.text


def test_a_selection_is_asked_about_before_anything_happens(world, sign_in, member_now):
    acme, browser = world.acme, sign_in(world.acme.admin)
    both = [acme.partner_user.public_id, acme.partner_admin.public_id]

    asked = browser.post("/admin/users/remove", data={"id": both, "action": "remove"})
    roles = browser.post("/admin/users/change-role", data={"id": both})

    assert asked.status_code == roles.status_code == 200
    assert "Remove 2 users" in asked.text
    assert member_now(acme.partner_user).removed_at is None


def test_a_selection_is_removed_together(world, sign_in, member_now, app):
    acme = world.acme
    both = [acme.partner_user.public_id, acme.partner_admin.public_id]
    sent = {"id": both, "confirmed": "1", "reason": "the partner asked"}

    answer = sign_in(acme.admin).post("/admin/users/remove", data=sent)

    assert answer.status_code == 303
    assert member_now(acme.partner_user).removed_at is not None
    assert member_now(acme.partner_admin).removed_at is not None
    with app.app_context(), across_tenants(db.session):
        kinds = list(db.session.scalars(select(AuditEvent.kind)))
        assert kinds.count("member.removed") == 2
        assert len(list(db.session.scalars(select(Letter).where(Letter.kind == "removed")))) == 2


def test_nothing_selected_is_a_malformed_request(world, sign_in):
    assert sign_in(world.acme.admin).post("/admin/users/remove").status_code == 400


def test_a_partner_admin_who_steps_down_goes_to_the_front_door(world, sign_in, stored):
    acme = world.acme
    stored(lambda: member("acme-second", acme.tenant, Role.PARTNER_ADMIN, acme.partner))
    sent = {"id": acme.partner_admin.public_id, "confirmed": "1", "role": "partner_user"}

    answer = sign_in(acme.partner_admin).post("/partner/users/change-role", data=sent)

    assert answer.location == "/"


def test_who_leaves_is_offered_no_undo_that_would_not_work(world, sign_in, stored):
    acme = world.acme
    stored(lambda: member("acme-second", acme.tenant, Role.PARTNER_ADMIN, acme.partner))
    browser = sign_in(acme.partner_admin)

    answer = browser.post(
        "/partner/users/remove", data={"id": acme.partner_admin.public_id, "confirmed": "1"}
    )

    assert answer.location == "/"
    assert "/undo" not in browser.get("/", follow_redirects=True).text


def test_a_suspended_account_is_marked(world, sign_in, stored):
    stored(lambda: setattr(db.session.merge(world.acme.partner_user.user), "suspended_at", now()))

    assert "Account suspended" in sign_in(world.acme.admin).get("/admin/users/").text


@pytest.mark.parametrize(
    ("address", "most"),
    [("/admin/users/", 8), ("tab", 8), ("/partner/users/", 8), ("task", 12)],
)
def test_pages_take_the_same_few_statements_however_many_people(
    world, sign_in, stored, app, address, most
):
    acme = world.acme
    where = {"tab": tab(acme), "task": f"{tab(acme)}?remove={acme.partner_user.public_id}"}
    browser = sign_in(acme.partner_admin if address == "/partner/users/" else acme.admin)
    browser.get("/")

    def visit():
        with counted(app) as seen:
            assert browser.get(where.get(address, address)).status_code == 200
        return len(seen)

    few = visit()
    stored(
        lambda: [
            member(f"acme-{n}", acme.tenant, Role.PARTNER_USER, acme.partner) for n in range(15)
        ]
    )

    assert visit() == few
    assert few <= most


@contextmanager
def counted(app):
    """The statements that run meanwhile, transactions aside."""
    seen = []

    def note(*arguments):
        if not arguments[2].startswith("BEGIN"):
            seen.append(arguments[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)
