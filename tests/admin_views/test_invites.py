"""Invites on screen: sent from a partner's tab, seen across partners and in the partner's panel."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from models import (
    AuditEvent,
    Invite,
    Letter,
    LoginSession,
    PartnerStatus,
    Role,
    across_tenants,
    db,
    now,
)
from tests.world import invite_of

STAFF_LIST = "/admin/invites/"


def tab(side):
    return f"/admin/partners/{side.partner.public_id}/invites/"


@pytest.fixture
def stored(app):
    """Read rows as they are in the database: `stored(Invite, Invite.email == …)`."""

    def read(model, *where):
        with app.app_context(), across_tenants(db.session):
            return list(db.session.scalars(select(model).where(*where).order_by(model.id)))

    return read


@pytest.fixture
def change(app):
    def do(model, *where, **values):
        with app.app_context(), across_tenants(db.session):
            db.session.execute(update(model).where(*where).values(**values))
            db.session.commit()

    return do


def send(browser, where, addresses, role="partner_user", **more):
    data = {"addresses": addresses, "role": role, "message": "", **more}
    return browser.post(f"{where}send", data=data)


# The form --------------------------------------------------------------------------------------


def test_good_addresses_are_invited_and_a_message_says_so(world, sign_in, stored):
    browser = sign_in(world.acme.admin)

    answer = send(browser, tab(world.acme), "a@mail.example, b@mail.example", message="Hi")

    assert (answer.status_code, answer.location) == (303, tab(world.acme))
    page = browser.get(answer.location)
    assert "2 invites are written to the mail folder; nobody receives them." in page.text
    assert "3 of at most 200" in page.text
    assert {letter.facts.get("message") for letter in stored(Letter)} == {None, "Hi"}


def test_every_address_gets_a_result_and_only_what_needs_a_correction_stays(world, sign_in, stored):
    browser = sign_in(world.acme.admin)
    typed = "a@mail.example acme-invitee@mail.example acme-partner-user@mail.example y@mail,example"

    answer = send(browser, tab(world.acme), typed)

    assert answer.status_code == 422
    assert "1 of 4 invites is written to the mail folder; nobody receives it." in answer.text
    assert "1 address needs a correction." in answer.text
    assert "“y@mail,example” has a comma where a dot belongs." in answer.text
    assert ">y@mail,example</textarea>" in answer.text.replace("\r\n", "")
    assert "Has a pending invite" in answer.text
    assert "Go to user" in answer.text
    assert f"{world.acme.invite.public_id}/resend" in answer.text
    assert "Send 1 invite<" in answer.text
    assert 'Invites<span class="count">2</span>' in answer.text
    assert len(stored(Invite, Invite.email == "a@mail.example")) == 1


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"addresses": ""}, 422),
        ({"addresses": " ,; "}, 422),
        ({"addresses": "a@mail.example", "message": "x" * 1001}, 422),
        ({"addresses": "a@mail.example", "role": "sales"}, 422),
        ({"addresses": "a@mail.example", "role": "nonsense"}, 422),
        ({"addresses": "acme-invitee@mail.example"}, 409),
    ],
)
def test_what_cannot_be_sent_is_answered_with_the_form(world, sign_in, stored, typed, status):
    browser = sign_in(world.acme.admin)

    answer = browser.post(f"{tab(world.acme)}send", data={"role": "partner_user", **typed})

    assert answer.status_code == status
    assert "Invite user" in answer.text
    assert len(stored(Invite)) == 2


def test_a_limit_is_said_with_when_to_try_again(app, world, sign_in, settings):
    browser = sign_in(world.acme.admin)
    app.config["INFLOW"] = replace(settings, invites_per_hour=1)

    answer = send(browser, tab(world.acme), "a@mail.example b@mail.example")

    app.config["INFLOW"] = settings
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3600"
    assert ">b@mail.example</textarea>" in answer.text.replace("\r\n", "")


def test_a_limit_that_many_addresses_meet_is_said_once_beside_the_field(
    app, world, sign_in, settings
):
    browser = sign_in(world.acme.admin)
    app.config["INFLOW"] = replace(settings, invites_per_hour=1)

    answer = send(browser, tab(world.acme), "a@mail.example b@mail.example c@mail.example")

    app.config["INFLOW"] = settings
    said = answer.text.split('id="addresses-error">')[1].split("</span>")[0]
    assert said == (
        "2 addresses: Nothing was sent. You sent 1 invite within an hour. Try again in 60 minutes."
    )


def test_the_form_opens_by_its_address_with_what_is_to_be_invited_again(world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get(f"{tab(world.acme)}?invite=again@mail.example")

    assert ">again@mail.example</textarea>" in answer.text.replace("\r\n", "")
    assert "Send invites" in answer.text


def test_sales_are_offered_the_role_they_may_give_only(world, sign_in):
    browser = sign_in(world.acme.sales)

    page = browser.get(f"{tab(world.acme)}?invite=")
    attempt = send(browser, tab(world.acme), "a@mail.example", role="partner_admin")

    assert 'value="partner_user"' in page.text
    assert 'value="partner_admin"' not in page.text
    assert attempt.status_code == 422


def test_an_archived_partner_invites_nobody(world, sign_in, change):
    change(type(world.acme.partner), status=PartnerStatus.ARCHIVED)
    browser = sign_in(world.acme.admin)

    answer = send(browser, tab(world.acme), "a@mail.example")

    assert answer.status_code == 409


# Pending invites -------------------------------------------------------------------------------


def test_resend_queues_a_new_mail(world, sign_in, stored):
    browser = sign_in(world.acme.admin)
    where = f"{tab(world.acme)}{world.acme.invite.public_id}/resend"

    answer = browser.post(where, headers={"Referer": f"http://localhost{tab(world.acme)}?invite="})

    assert (answer.status_code, answer.location) == (303, tab(world.acme))
    assert stored(Invite, Invite.id == world.acme.invite.id)[0].times_sent == 2
    assert "The old link no longer works." in browser.get(tab(world.acme)).text


def test_a_deed_comes_back_to_the_list_as_it_was_filtered(world, sign_in):
    browser = sign_in(world.acme.admin)
    came_from = f"http://localhost{STAFF_LIST}?state=pending&size=50"

    answer = browser.post(
        f"{STAFF_LIST}resend",
        data={"id": world.acme.invite.public_id},
        headers={"Referer": came_from},
    )

    assert answer.location == f"{STAFF_LIST}?state=pending&size=50"


def test_revoking_asks_first_and_says_what_ends(world, sign_in, stored):
    browser = sign_in(world.acme.admin)
    invite = world.acme.invite

    asked = browser.get(f"{tab(world.acme)}revoke?id={invite.public_id}")
    answer = browser.post(f"{tab(world.acme)}revoke", data={"id": invite.public_id})

    assert "Revoke the invite for acme-invitee@mail.example" in asked.text
    assert (answer.status_code, answer.location) == (303, tab(world.acme))
    assert stored(Invite, Invite.id == invite.id)[0].revoked_at
    assert "Revoked" in browser.get(tab(world.acme)).text


@pytest.mark.parametrize(("filed_as", "said"), [("", "sent"), ("a.eml", "written to files")])
def test_whoever_revokes_is_told_where_the_link_is(world, sign_in, change, filed_as, said):
    invite = world.acme.invite
    change(Letter, Letter.id == invite.letter_id, sent_at=now(), filed_as=filed_as)

    asked = sign_in(world.acme.admin).get(f"{tab(world.acme)}revoke?id={invite.public_id}")

    assert f"in mails that were {said}" in asked.text


def test_what_was_revoked_is_not_revoked_again(world, sign_in, change):
    change(Invite, Invite.id == world.acme.invite.id, revoked_at=now())
    browser = sign_in(world.acme.admin)

    answer = browser.post(f"{tab(world.acme)}revoke", data={"id": world.acme.invite.public_id})

    assert answer.status_code == 409
    assert "already revoked" in answer.text


def test_roles_are_saved_together(world, sign_in, stored, change):
    browser = sign_in(world.acme.admin)
    send(browser, tab(world.acme), "a@mail.example")
    ids = [row.public_id for row in stored(Invite, Invite.partner_id == world.acme.partner.id)]

    answer = browser.post(
        f"{tab(world.acme)}roles", data={f"role-{public_id}": "partner_admin" for public_id in ids}
    )

    assert answer.status_code == 303
    rows = stored(Invite, Invite.partner_id == world.acme.partner.id)
    assert {row.role for row in rows} == {Role.PARTNER_ADMIN}
    assert "2 roles changed." in browser.get(tab(world.acme)).text


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("role-{acme}", "nonsense", 400),
        ("role-{acme}", "sales", 422),
        ("role-{rival}", "partner_user", 404),
        ("role-nonsense", "partner_user", 404),
    ],
)
def test_a_role_that_no_page_offers_is_refused(world, sign_in, name, value, status):
    browser = sign_in(world.acme.admin)
    ids = {"acme": world.acme.invite.public_id, "rival": world.rival.invite.public_id}

    answer = browser.post(f"{tab(world.acme)}roles", data={name.format(**ids): value})

    assert answer.status_code == status


def test_nothing_saved_is_said_too(world, sign_in):
    browser = sign_in(world.acme.admin)

    browser.post(
        f"{tab(world.acme)}roles", data={f"role-{world.acme.invite.public_id}": "partner_user"}
    )

    assert "No role was changed." in browser.get(tab(world.acme)).text


def test_sales_do_not_touch_an_invite_for_a_role_above_theirs(world, sign_in, change):
    change(Invite, Invite.id == world.acme.invite.id, role=Role.PARTNER_ADMIN)
    browser = sign_in(world.acme.sales)

    page = browser.get(tab(world.acme))
    answer = browser.post(f"{tab(world.acme)}revoke", data={"id": world.acme.invite.public_id})

    assert f"{world.acme.invite.public_id}" not in page.text
    assert answer.status_code == 403


def test_a_failed_mail_is_shown_with_the_servers_answer(world, sign_in, change):
    change(
        Letter,
        Letter.id == world.acme.invite.letter_id,
        sent_at=None,
        failed_at=now(),
        answer="550 no such <mailbox>",
    )
    browser = sign_in(world.acme.admin)

    page, found = browser.get(tab(world.acme)), browser.get(f"{STAFF_LIST}?delivery=failed")
    none = browser.get(f"{STAFF_LIST}?delivery=sent")

    for answer in (page, found):
        assert "Failed" in answer.text
        assert "550 no such &lt;mailbox&gt;" in answer.text
    assert "acme-invitee" not in none.text


def test_an_invite_is_among_the_failed_until_it_is_sent_again(world, sign_in, change):
    failed = f"{STAFF_LIST}?delivery=failed"
    change(Letter, Letter.id == world.acme.invite.letter_id, sent_at=None, failed_at=now())
    browser = sign_in(world.acme.admin)

    before = browser.get(failed)
    resent = browser.post(f"{STAFF_LIST}resend", data={"id": world.acme.invite.public_id})
    after = browser.get(failed)

    assert "acme-invitee" in before.text
    assert "rival-invitee" not in before.text
    assert resent.status_code == 303
    assert "<table" not in after.text
    assert "acme-invitee" in browser.get(f"{STAFF_LIST}?delivery=queued").text


def test_a_mail_that_became_a_file_is_not_called_sent(world, sign_in, change):
    change(Letter, Letter.id == world.acme.invite.letter_id, filed_as="one.eml")
    browser = sign_in(world.acme.admin)

    written = browser.get(f"{STAFF_LIST}?delivery=written_to_a_file")
    sent = browser.get(f"{STAFF_LIST}?delivery=sent")

    assert "Written to a file" in written.text
    assert "acme-invitee" in written.text
    assert "acme-invitee" not in sent.text


def test_many_pending_invites_are_one_click_away(app, world, sign_in):
    with app.app_context(), across_tenants(db.session):
        for number in range(55):
            invite_of(
                world.acme.tenant, f"p{number}@m.example", world.acme.partner, world.acme.admin
            )
        db.session.commit()
    browser = sign_in(world.acme.admin)

    page = browser.get(tab(world.acme))
    everything = browser.get(f"{tab(world.acme)}?state=pending&size=100")

    assert "All 56 pending invites" in page.text
    assert page.text.count("/resend") == 20
    assert "p0@m.example" in everything.text


# Copying a link --------------------------------------------------------------------------------


def test_a_copied_link_works_and_is_shown_once(world, sign_in, anybody, stored):
    browser = sign_in(world.acme.sales)

    copy = re.search(r'formaction="([^"]+/link[^"]+)"', browser.get(tab(world.acme)).text)[1]
    answer = browser.post(tab(world.acme) + copy)

    link = re.search(r"http://localhost(/invites/[^<\"]+)", answer.text)[1]
    assert answer.headers["Cache-Control"] == "no-store"
    assert anybody.get(link).status_code == 200
    assert "/invites/" + link.rpartition("/")[2] not in browser.get(tab(world.acme)).text
    assert [row.kind for row in stored(AuditEvent)][-1] == "invite.link_copied"


def test_the_page_of_a_link_that_is_loaded_again_leaves_the_link_as_it_is(
    world, sign_in, anybody, ticket_for, stored
):
    browser = sign_in(world.acme.sales)
    address = f"{tab(world.acme)}{world.acme.invite.public_id}/link"
    drawn = ticket_for(world.acme.invite)

    answer = browser.post(address, query_string=drawn)
    again = browser.post(address, query_string=drawn)
    made_up = browser.post(address)

    link = re.search(r"http://localhost(/invites/[^<\"]+)", answer.text)[1]
    assert (again.status_code, made_up.status_code) == (409, 400)
    assert "was made already" in again.text
    assert anybody.get(link).status_code == 200
    assert [row.kind for row in stored(AuditEvent)].count("invite.link_copied") == 1


def test_no_link_is_copied_where_mail_is_sent(app, world, sign_in, settings, ticket_for):
    browser = sign_in(world.acme.admin)
    app.config["INFLOW"] = replace(settings, mail_server="mail.example")

    page = browser.get(tab(world.acme))
    drawn = ticket_for(world.acme.invite)
    answer = browser.post(
        f"{tab(world.acme)}{world.acme.invite.public_id}/link", query_string=drawn
    )

    app.config["INFLOW"] = settings
    assert "Copy link" not in page.text
    assert answer.status_code == 409


def test_a_mail_is_only_promised_where_one_is_sent(app, world, sign_in, settings, monkeypatch):
    browser, theirs = sign_in(world.acme.admin), sign_in(world.acme.partner_admin)
    form = {"addresses": "acme-new@mail.example, half", "role": "partner_user"}

    filed = browser.get(f"{tab(world.acme)}?invite=").text
    answer = browser.post(f"{tab(world.acme)}send", data=form).text
    portal = theirs.get("/partner/invites/?invite=").text
    monkeypatch.setitem(app.config, "INFLOW", replace(settings, mail_server="mail.example"))
    mailed = browser.get(f"{tab(world.acme)}?invite=").text

    assert "copy the link of each invite below and pass it on." in filed
    assert "Invited. The mail is written to the mail folder" in answer
    assert "has to pass the links on." in portal
    assert "gets a mail with a link" in mailed
    assert "No mail server" not in mailed


def test_an_invite_to_the_staff_has_its_link_in_the_list_of_all(app, world, sign_in):
    with app.app_context(), across_tenants(db.session):
        invite_of(world.acme.tenant, "acme-boss@mail.example", None, world.acme.admin, Role.ADMIN)
        db.session.commit()

    rows = sign_in(world.acme.admin).get("/admin/invites/").text.split("<tbody>")[1].split("<tr")

    assert [("acme-boss" in row) for row in rows if "Copy link" in row] == [True]


def test_partner_people_copy_no_links(world, sign_in):
    browser = sign_in(world.acme.partner_admin)

    page = browser.get("/partner/invites/")
    answer = browser.post(f"/partner/invites/{world.acme.invite.public_id}/link")

    assert "Copy link" not in page.text
    assert answer.status_code == 403


# History and lists -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "state", "offered"),
    [
        ({"accepted_at": now()}, "accepted", "Go to user"),
        ({"declined_at": now()}, "declined", "Invite again"),
        ({"revoked_at": now()}, "revoked", "Invite again"),
        ({"expires_at": now()}, "expired", "Resend"),
        ({"expires_at": now()}, "expired", "Revoke"),
        ({"replaced_at": now()}, "expired", "Invite again"),
        ({}, "pending", "Revoke"),
    ],
)
def test_each_state_can_be_asked_for_and_offers_what_helps(
    world, sign_in, change, values, state, offered
):
    if values:
        change(Invite, Invite.id == world.acme.invite.id, **values)
    browser = sign_in(world.acme.admin)
    others = {"pending", "accepted", "declined", "revoked", "expired"} - {state}

    page = browser.get(f"{STAFF_LIST}?state={state}")

    assert "acme-invitee@mail.example" in page.text
    assert f'aria-label="{offered} acme-invitee@mail.example"' in page.text
    assert "acme-invitee@mail.example" in browser.get(tab(world.acme)).text
    for other in others:
        assert "acme-invitee@mail" not in browser.get(f"{STAFF_LIST}?state={other}").text


@pytest.mark.parametrize(
    ("column", "away", "said"),
    [
        ("expires_at", timedelta(hours=3, minutes=5), "Expires in 3 h"),
        ("expires_at", timedelta(hours=-3), "3 h ago"),
        ("accepted_at", timedelta(hours=-3), "3 h ago"),
        ("declined_at", timedelta(hours=-3), "3 h ago"),
        ("revoked_at", timedelta(hours=-3), "3 h ago"),
    ],
)
def test_a_date_belongs_to_the_state_beside_it_unless_the_list_says_otherwise(
    world, sign_in, change, column, away, said
):
    change(Invite, Invite.id == world.acme.invite.id, **{column: now() + away})
    browser = sign_in(world.acme.admin)

    for address in (STAFF_LIST, f"{tab(world.acme)}?q=invitee"):
        cells = [re.sub(r"<[^>]+>", "", cell) for cell in browser.get(address).text.split("<td")]
        assert any(cell.endswith(f">{said}") for cell in cells), address


def test_a_partners_invites_are_sorted_by_when_they_were_sent(app, world, sign_in, change):
    with app.app_context(), across_tenants(db.session):
        acme = world.acme
        invite_of(acme.tenant, "acme-later@mail.example", acme.partner, acme.admin)
        db.session.commit()
    again = {"sent_at": now() + timedelta(seconds=1), "times_sent": 2}
    change(Invite, Invite.id == world.acme.invite.id, **again)
    browser, found = sign_in(world.acme.admin), f"{tab(world.acme)}?q=acme"

    latest = browser.get(f"{found}&sort=-sent").text

    assert re.search(r'<th scope="col" aria-sort="descending"><a [^>]*>Sent', latest)
    assert latest.index("acme-invitee@") < latest.index("acme-later@")
    assert re.search(r"acme-invitee@.*?data-label=\"Times sent\">2<", latest, re.DOTALL)


def test_invites_are_found_by_address(world, sign_in):
    browser = sign_in(world.acme.admin)

    found, none = browser.get(f"{STAFF_LIST}?q=INVITEE"), browser.get(f"{STAFF_LIST}?q=nobody")

    assert "acme-invitee@mail.example" in found.text
    assert "No invite fits" in none.text


def test_the_export_has_everything_that_the_history_keeps(world, sign_in):
    browser = sign_in(world.acme.admin)

    answers = [
        browser.get(f"{where}export", buffered=True) for where in (STAFF_LIST, tab(world.acme))
    ]

    for answer in answers:
        (row,) = csv.DictReader(io.StringIO(answer.text))
        assert row["Identifier"] == world.acme.invite.public_id
        assert (row["Role"], row["State"], row["Delivery"]) == ("Partner User", "Pending", "Sent")
        assert (row["Sent by"], row["Times sent"]) == ("acme-admin", "1")


def test_staff_invites_are_for_who_manages_the_team(world, sign_in, app):
    with app.app_context(), across_tenants(db.session):
        row = invite_of(
            world.acme.tenant, "acme-new-staff@mail.example", None, world.acme.admin, Role.SALES
        )
        db.session.commit()

    support, admin = sign_in(world.acme.support), sign_in(world.acme.admin)

    assert "acme-new-staff" in admin.get(STAFF_LIST).text
    assert "acme-new-staff" not in support.get(STAFF_LIST).text
    assert support.post(f"{STAFF_LIST}{row.public_id}/resend").status_code == 404


def test_a_selection_is_resent_and_revoked_together(world, sign_in, app, stored):
    with app.app_context(), across_tenants(db.session):
        acme = world.acme
        second = invite_of(acme.tenant, "b@mail.example", acme.other_partner, acme.admin)
        db.session.commit()
    browser = sign_in(world.acme.admin)
    ids = [world.acme.invite.public_id, second.public_id]

    resent = browser.post(f"{STAFF_LIST}resend", data={"id": ids})
    asked = browser.post(f"{STAFF_LIST}revoke/ask", data={"id": ids})
    revoked = browser.post(f"{STAFF_LIST}revoke", data={"id": ids})

    assert (resent.status_code, revoked.status_code) == (303, 303)
    assert "Revoke the invite for 2 people" in asked.text
    rows = stored(Invite, Invite.tenant_id == world.acme.tenant.id)
    assert {(row.times_sent, row.state) for row in rows} == {(2, "revoked")}
    letters = stored(Letter, Letter.to_email == "b@mail.example")
    assert letters[-1].facts["partner"] == "acme-other"


def test_a_list_takes_as_many_statements_for_many_rows(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    few = [statements(app, browser, where) for where in (STAFF_LIST, tab(world.acme))]
    with app.app_context(), across_tenants(db.session):
        for number in range(30):
            row = invite_of(
                world.acme.tenant, f"p{number}@m.example", world.acme.partner, world.acme.admin
            )
            row.accepted_at = now() if number % 2 else None
        db.session.commit()

    many = [statements(app, browser, where) for where in (STAFF_LIST, tab(world.acme))]

    assert max(few[0], many[0]) <= 8
    assert max(few[1], many[1]) <= 12
    assert many[0] - few[0] <= 1  # the total of more than one page is counted
    assert many[1] == few[1]


def statements(app, browser, where):
    count = []
    listener = lambda *given: count.append(given[2])  # noqa: E731
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listener)
    assert browser.get(where).status_code == 200
    event.remove(engine, "before_cursor_execute", listener)
    return len([text for text in count if not text.startswith("BEGIN")])


# Walls -----------------------------------------------------------------------------------------


def test_a_partner_admin_works_with_their_own_invites(world, sign_in, stored):
    browser = sign_in(world.acme.partner_admin)

    page = browser.get("/partner/invites/")
    sent = send(browser, "/partner/invites/", "a@mail.example", role="partner_admin")
    resent = browser.post(f"/partner/invites/{world.acme.invite.public_id}/resend")

    assert "acme-invitee@mail.example" in page.text
    assert (sent.status_code, resent.status_code) == (303, 303)
    (made,) = stored(Invite, Invite.email == "a@mail.example")
    assert (made.partner_id, made.role) == (world.acme.partner.id, Role.PARTNER_ADMIN)


def test_partner_people_read_the_tenant_in_place_of_its_staff(world, sign_in):
    browser = sign_in(world.acme.partner_admin)

    pages = [browser.get("/partner/invites/"), browser.get("/partner/invites/?state=pending")]

    for page in pages:
        assert "acme-tenant" in page.text
        assert "acme-admin" not in page.text


def test_a_preview_shows_invites_and_changes_none(world, sign_in, change):
    browser = sign_in(world.acme.admin)
    change(
        LoginSession,
        LoginSession.user_id == world.acme.admin.user_id,
        preview_partner_id=world.acme.partner.id,
        preview_role=Role.PARTNER_ADMIN,
    )

    page = browser.get("/partner/invites/")
    deeds = [
        browser.get("/partner/invites/?invite="),
        send(browser, "/partner/invites/", "a@mail.example"),
        browser.post(f"/partner/invites/{world.acme.invite.public_id}/resend"),
        browser.post("/partner/invites/revoke", data={"id": world.acme.invite.public_id}),
    ]

    assert page.status_code == 200
    assert "Save roles" not in page.text
    assert "Invite user" not in page.text
    assert {answer.status_code for answer in deeds} == {403}


@pytest.mark.parametrize("who", ["validation", "partner_user"])
def test_others_have_no_invites_at_all(world, sign_in, who):
    browser = sign_in(getattr(world.acme, who))

    codes = {
        browser.get(where).status_code
        for where in (STAFF_LIST, tab(world.acme), "/partner/invites/")
    }

    assert codes == {403}


def test_another_tenants_invite_is_not_found(world, sign_in):
    browser = sign_in(world.acme.admin)
    theirs = world.rival.invite.public_id

    answers = [
        browser.post(f"{STAFF_LIST}{theirs}/resend"),
        browser.get(f"{STAFF_LIST}revoke?id={theirs}"),
        browser.post(f"{STAFF_LIST}revoke", data={"id": [theirs, world.acme.invite.public_id]}),
        browser.post(f"{STAFF_LIST}{theirs}/link"),
        browser.post(f"{tab(world.rival)}send", data={"addresses": "a@m.example"}),
    ]

    assert {answer.status_code for answer in answers} == {404}


def test_who_invites_from_a_list_of_all_partners_chooses_one_first(world, sign_in):
    browser, partner = sign_in(world.acme.sales), world.acme.other_partner

    lists = [browser.get(f"/admin/{name}/").text for name in ("invites", "users")]
    asked = browser.get(f"{STAFF_LIST}new?find=other")
    nothing = browser.post(f"{STAFF_LIST}new")
    searched = browser.post(f"{STAFF_LIST}new", data={"find": "acme", "search": "1"})
    chosen = browser.post(f"{STAFF_LIST}new", data={"partner": partner.public_id})

    assert all(f'href="{STAFF_LIST}new"' in text for text in lists)
    assert partner.public_id in asked.text
    assert world.acme.partner.public_id not in asked.text
    assert (nothing.status_code, searched.status_code) == (422, 200)
    assert "Choose a partner." in nothing.text
    assert chosen.location == f"/admin/partners/{partner.public_id}/invites/?invite="
