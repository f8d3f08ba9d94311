"""The two dashboards, and the partner's own account page."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from models import (
    Credential,
    Flow,
    Invite,
    Letter,
    Outcome,
    Partner,
    PartnerStatus,
    Role,
    Source,
    SourceStatus,
    Tenant,
    across_tenants,
    db,
    now,
)
from operations import audit, background, metrics, sources, standings
from tests.keys import rotation_of
from tests.leads import lead_of, rejected
from tests.received import calls, recently
from tests.world import invite_of, member, partner_of, source_of

STAFF = ("admin", "support", "sales")


@pytest.fixture
def change(app):
    """Change rows behind everybody's back."""

    def apply(table, *rows, **values):
        with app.app_context(), across_tenants(db.session):
            ids = [getattr(row, "id", row) for row in rows]
            db.session.execute(update(table).where(table.id.in_(ids)).values(**values))
            db.session.commit()

    return apply


@pytest.fixture
def statements(app):
    """Every statement that the database is sent."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        yield sent
        event.remove(db.engine, "before_cursor_execute", note)


def test_staff_see_what_needs_attention_with_an_example(world, sign_in, change):
    change(Letter, world.acme.invite.letter_id, failed_at=now(), sent_at=None)

    text = sign_in(world.acme.admin).get("/admin/").text

    assert "1 mail could not be delivered" in text
    assert "acme-invitee@mail.example" in text
    assert "1 partner has no Partner Admin" in text
    assert "acme-other" in text
    assert "rival-" not in text


def test_why_a_mail_was_not_delivered_is_said(world, sign_in, change, add):
    refused = {"failed_at": now(), "sent_at": None, "answer": "550 5.1.1 mailbox <unavailable>"}
    change(Letter, world.acme.invite.letter_id, **refused)
    browser = sign_in(world.acme.admin)

    one = browser.get("/admin/").text
    other = add(
        lambda side: invite_of(side.tenant, "acme-x@mail.example", side.partner, side.admin)
    )
    change(Letter, other.letter_id, failed_at=now() - timedelta(hours=1), sent_at=None)

    said = "acme-invitee@mail.example</bdi>: “550 5.1.1 mailbox &lt;unavailable&gt;”."
    assert said in one
    assert f"Latest: <bdi>{said}" in browser.get("/admin/").text


def test_what_is_over_or_missing_is_said(world, sign_in, change):
    change(Invite, world.acme.invite, expires_at=now() - timedelta(hours=1))
    change(Source, world.acme.other_source, partner_id=None)

    text = sign_in(world.acme.sales).get("/admin/").text

    assert "1 invite has expired" in text
    assert "1 partner has no source" in text


def test_only_who_manages_the_team_hears_of_invites_to_the_staff(app, world, sign_in, change):
    with app.app_context(), across_tenants(db.session):
        to_staff = invite_of(
            world.acme.tenant, "acme-boss@mail.example", None, world.acme.admin, Role.ADMIN
        )
        db.session.commit()
    change(Invite, world.acme.invite, revoked_at=now())

    pending = {role: sign_in(getattr(world.acme, role)).get("/admin/").text for role in STAFF}
    change(Letter, to_staff.letter_id, failed_at=now(), sent_at=None)
    failed = {role: sign_in(getattr(world.acme, role)).get("/admin/").text for role in STAFF}

    assert [role for role in STAFF if "1 pending" in words(pending[role])] == ["admin"]
    assert [role for role in STAFF if "acme-boss" in failed[role]] == ["admin"]
    assert [role for role in STAFF if "1 failed" in words(failed[role])] == ["admin"]


def words(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_an_old_key_that_closes_while_in_use_is_said_to_who_may_issue_another(world, sign_in, add):
    add(rotation_of)

    texts = {role: words(sign_in(getattr(world.acme, role)).get("/admin/").text) for role in STAFF}

    assert (
        "An old key closes in 19 hours 18 % of the calls to acme-source still use it"
        in (texts["admin"])
    )
    assert [role for role in STAFF if "old key closes" in texts[role]] == ["admin"]


def test_of_several_old_keys_the_list_of_their_sources_tells(world, sign_in, add):
    add(lambda side: [rotation_of(side), rotation_of(side)])

    browser = sign_in(world.acme.admin)
    page, found = browser.get("/admin/"), browser.get("/admin/sources/?key=closing")

    assert "2 old keys close within two days" in page.text
    assert 'href="/admin/sources/?key=closing"' in page.text
    assert "acme-source" in found.text
    assert "acme-other-source" not in found.text


def test_an_old_key_that_nobody_calls_with_calls_for_nothing(world, sign_in, add, change):
    old = add(rotation_of)
    change(Credential, old, last_used_at=now() - timedelta(days=3))

    assert "old key" not in words(sign_in(world.acme.admin).get("/admin/").text)


def test_who_does_not_issue_keys_cannot_ask_where_one_closes(world, sign_in, add):
    add(rotation_of)

    page = sign_in(world.acme.support).get("/admin/sources/?key=closing")

    assert "Old key" not in page.text
    assert "acme-other-source" in page.text


def test_one_partner_that_lacks_something_is_led_to_where_it_is_mended(world, sign_in, change):
    change(Source, world.acme.other_source, partner_id=None)
    page = f"/admin/partners/{world.acme.other_partner.public_id}"

    texts = {role: sign_in(getattr(world.acme, role)).get("/admin/").text for role in STAFF}

    assert f'href="{page}/invites/?invite#invite">Invite one' in texts["sales"]
    assert f'href="{page}/sources/?assign#assign">Assign one' in texts["admin"]
    assert "Assign one" not in texts["sales"]


def test_for_how_long_a_source_has_been_silent_is_said(world, sign_in, change):
    silent = {"flow": Flow.SILENT, "flow_since": now() - timedelta(hours=26, minutes=5)}
    change(Source, world.acme.source, **silent)
    staff, partner = sign_in(world.acme.admin), sign_in(world.acme.partner_admin)

    assert "no call for 26 hours" in staff.get("/admin/").text
    assert "No call came for 26 hours" in partner.get("/partner/").text

    change(Source, world.acme.other_source, **silent | {"flow_since": now() - timedelta(days=3)})

    assert "Longest: acme-other-source, 3 days." in words(staff.get("/admin/").text).replace(
        " ,", ","
    )


def test_an_invite_about_to_expire_is_said(world, sign_in, change):
    change(Invite, world.acme.invite, expires_at=now() + timedelta(hours=20))

    assert "1 invite expires within two days" in sign_in(world.acme.admin).get("/admin/").text


def test_the_invites_about_to_expire_are_led_to_and_no_others(world, sign_in, change, add):
    change(Invite, world.acme.invite, expires_at=now() + timedelta(hours=20))
    add(lambda acme: invite_of(acme.tenant, "later@mail.example", acme.partner, acme.admin))
    browser = sign_in(world.acme.admin)

    page = browser.get("/admin/").text
    link = re.search(r'href="(/admin/invites/[^"]*)">Open these invites', page)
    found = browser.get(html.unescape(link[1])).text

    assert world.acme.invite.email in found
    assert "later@mail.example" not in found


@pytest.mark.parametrize(
    ("who", "list_"), [("admin", "/admin/partners/"), ("partner_user", "/partner/sources/")]
)
def test_an_address_that_leads_nowhere_still_stands_in_the_panel(world, sign_in, who, list_):
    answer = sign_in(getattr(world.acme, who)).get("/admin/nothing-here")

    assert answer.status_code == 404
    assert f'<a class="btn btn-primary" href="{list_}"' in answer.text
    assert 'name="q"' in answer.text


def test_a_page_of_the_other_panel_is_refused_in_ones_own(world, sign_in):
    answer = sign_in(world.acme.partner_user).get("/admin/partners/")

    assert answer.status_code == 403
    assert 'class="side-link" href="/partner/sources/"' in answer.text
    assert "acme-partner" in answer.text


def test_all_is_well_says_so(world, sign_in, change):
    change(Partner, world.acme.other_partner, status=PartnerStatus.PAUSED)

    assert "All is well" in sign_in(world.acme.support).get("/admin/").text


def test_data_validation_sees_an_honest_small_dashboard(world, sign_in):
    text = sign_in(world.acme.validation).get("/admin/").text

    assert "You check leads" in text
    assert 'href="/admin/leads/">Open leads</a>' in text
    assert 'placeholder="Search leads"' in text
    assert "links of invites" not in text
    assert "acme-partner" not in text
    assert "Needs attention" not in text


def test_an_empty_tenant_is_shown_its_first_steps(app, world, sign_in):
    with app.app_context(), across_tenants(db.session):
        tenant = Tenant(name="fresh-tenant")
        db.session.add(tenant)
        db.session.flush()
        admin = member("fresh", tenant, Role.ADMIN)
        db.session.commit()

    text = sign_in(admin).get("/admin/").text

    assert "First steps" in text
    assert "Create a partner" in text


def test_statements_do_not_grow_with_the_tenant(world, sign_in, app, statements):
    browser = sign_in(world.acme.admin)
    browser.get("/admin/")
    statements.clear()
    browser.get("/admin/")
    few = len(statements)
    with app.app_context(), across_tenants(db.session):
        for number in range(40):
            partner = partner_of(world.acme.tenant, f"acme-many-{number}")
            invite_of(world.acme.tenant, f"many-{number}@mail.example", partner, world.acme.admin)
        db.session.commit()
    statements.clear()

    browser.get("/admin/")

    selects = [text for text in statements if not text.startswith(("BEGIN", "PRAGMA"))]
    assert len(selects) <= 12
    assert len(statements) == few


def test_partner_people_see_their_own_sources_and_what_to_do(world, sign_in):
    text = sign_in(world.acme.partner_admin).get("/partner/").text

    assert "acme-source" in text
    assert "You are the only Partner Admin" in text
    assert "acme-invitee<wbr>@mail.example" in text
    assert "acme-other" not in text
    assert "notes" not in text


@pytest.mark.parametrize("days", ["", "?range=custom&from=2026-01-01&to=2026-01-02"])
def test_partner_people_see_first_what_brings_most(world, sign_in, add, change, days):
    acme = world.acme
    names = ("acme-quiet", "acme-zealous", "acme-gone")
    _, best, gone = add(lambda _: [source_of(acme.tenant, name, acme.partner) for name in names])
    for source, number in ((best, 2), (gone, 3)):
        brought = (number, source, Outcome.ACCEPTED, acme.partner)
        add(lambda _, brought=brought: calls(*brought, **recently()))
    add(lambda _: (standings.follow(acme.tenant.id), metrics.count(acme.tenant.id)))
    change(Source, gone, deleted_at=now())

    page = sign_in(acme.partner_user).get(f"/partner/{days}").text.split("Your sources</h2>")[1]

    named = re.findall(r"<bdi>(acme-[a-z]+)</bdi></a></th>", page)
    assert named == ["acme-zealous", "acme-quiet", "acme-source"]


def test_partner_users_see_no_people_and_no_invites(world, sign_in):
    text = sign_in(world.acme.partner_user).get("/partner/").text

    assert "acme-source" in text
    assert "acme-invitee" not in text
    assert "Partner Admin" not in text


def test_a_partner_admin_hears_of_failed_and_expired_invites(world, sign_in, change):
    change(Invite, world.acme.invite, expires_at=now() - timedelta(hours=1))
    change(Letter, world.acme.invite.letter_id, failed_at=now(), sent_at=None)
    change(Source, world.acme.source, partner_id=None)

    text = sign_in(world.acme.partner_admin).get("/partner/").text

    assert "1 invite did not arrive" in text
    assert "1 invite has expired" in text
    assert "You have no sources yet" in text


CONTACT = {
    "version": "1",
    "contact_name": "Lydia",
    "contact_email": "lydia@mail.example",
    "phone": "+1 312 555 0142",
    "website": "www.mail.example",
}


def test_a_partner_admin_edits_the_contact_details(world, sign_in):
    browser = sign_in(world.acme.partner_admin)

    answer = browser.post("/partner/account/", data=CONTACT)

    assert answer.status_code == 303
    assert "lydia@mail.example" in browser.get("/partner/account/").text
    assert (
        "https://www.mail.example" in sign_in(world.acme.partner_user).get("/partner/account/").text
    )


def test_what_cannot_be_comes_back_beside_its_field(world, sign_in):
    browser = sign_in(world.acme.partner_admin)

    answer = browser.post("/partner/account/", data={**CONTACT, "website": "javascript:alert(1)"})
    long = browser.post("/partner/account/", data={**CONTACT, "phone": "1" * 41})

    assert (answer.status_code, long.status_code) == (422, 422)
    assert "Write" in answer.text


def test_what_somebody_else_saved_meanwhile_is_not_lost_unseen(world, sign_in):
    browser = sign_in(world.acme.partner_admin)
    browser.post("/partner/account/", data=CONTACT)

    late = browser.post("/partner/account/", data={**CONTACT, "contact_name": "Late"})

    assert late.status_code == 409
    assert "Somebody else saved these details" in late.text
    assert "Late" in late.text
    assert 'value="2"' in late.text


def test_a_partner_user_only_reads_them(world, sign_in):
    browser = sign_in(world.acme.partner_user)

    assert browser.post("/partner/account/", data=CONTACT).status_code == 403
    assert "A Partner Admin can change these." in browser.get("/partner/account/").text


def test_a_paused_partner_is_said_in_a_banner_and_only_read(world, sign_in, change):
    browser = sign_in(world.acme.partner_admin)
    change(Partner, world.acme.partner, status=PartnerStatus.PAUSED)

    assert "acme-partner is paused." in browser.get("/partner/").text
    assert "nothing can be changed for now" in browser.get("/partner/account/").text
    assert browser.post("/partner/account/", data=CONTACT).status_code == 409


def test_no_deed_of_a_paused_partners_people_is_done_or_offered(app, world, sign_in, change):
    browser = sign_in(world.acme.partner_admin)
    change(Partner, world.acme.partner, status=PartnerStatus.PAUSED)

    answers = {
        rule.rule: browser.post(address_of(app, rule)).status_code
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and rule.rule.startswith("/partner/")
    }

    assert set(answers.values()) == {409}
    assert "Invite user" not in browser.get("/partner/users/").text
    assert ">Resend<" not in browser.get("/partner/invites/").text
    assert browser.post("/account/name", data={"name": "Ann"}).status_code == 303


def test_a_paused_partners_people_read_what_to_send_and_are_offered_nothing(world, sign_in, change):
    browser = sign_in(world.acme.partner_admin)
    change(Partner, world.acme.partner, status=PartnerStatus.PAUSED)
    source = f"/partner/sources/{world.acme.source.public_id}"

    dashboard = browser.get("/partner/").text
    specification = browser.get(f"{source}/specification/?mail=1")

    assert browser.get(f"{source}/mapping/").status_code == 200
    assert "Endpoint" in specification.text
    assert "Make a link" not in specification.text
    assert "Mail the specification" not in specification.text
    assert f"{source}/specification/" in browser.get(f"{source}/").text
    assert "Invite a colleague" not in dashboard
    assert "take leads" not in dashboard
    assert "take none while you are paused" in dashboard


def address_of(app, rule):
    values = dict.fromkeys(rule.arguments, "event_01h455vb4pex5vsknk084sn02q")
    with app.test_request_context():
        return rule.build(values)[1]


@pytest.mark.parametrize(
    ("flow", "words"),
    [("silent", "1 source is silent"), ("late", "less than usual"), ("surging", "more than usual")],
)
def test_a_source_whose_calls_are_unusual_is_shown_and_leads_to_the_list(
    world, inside, sign_in, flow, words
):
    with inside(world.acme):
        db.session.merge(world.acme.source).flow = Flow(flow)
        db.session.commit()
    browser = sign_in(world.acme.admin)

    page = browser.get("/admin/")
    found = browser.get(f"/admin/sources/?flow={flow}")

    assert words in page.text
    assert f'href="/admin/sources/{world.acme.source.public_id}/">Open source' in page.text
    assert "acme-source" in found.text
    assert "acme-other-source" not in found.text


def test_a_partner_reads_when_each_source_brought_its_last_lead(world, sign_in, add):
    add(lambda side: lead_of(side, side.source, at=now() - timedelta(hours=3)))
    add(lambda side: lead_of(side, side.source, is_test=True))

    text = sign_in(world.acme.partner_user).get("/partner/").text

    assert re.search(r'acme-source</bdi>.*?data-label="Last lead"><span[^>]*>3 h ago</span>', text)


def test_a_silent_source_is_said_to_be_silent_and_to_do(world, sign_in, change):
    change(Source, world.acme.source, flow=Flow.SILENT)

    browser = sign_in(world.acme.partner_user)
    text = browser.get("/partner/").text
    found = browser.get("/partner/sources/?flow=silent").text

    assert "silent" in text.split("</nav>")[0]
    assert "acme-source is silent" in text
    assert f"/partner/sources/{world.acme.source.public_id}/submissions/" in text
    assert "acme-source" in found
    assert "acme-free-source" not in found
    assert 'badge-bad">Silent</span>' in text.split("Your sources")[-1]


def test_reasons_lead_to_the_specification_of_the_source_they_are_most_of(world, sign_in, add):
    missing = {"email": ["Required, and not sent."]}
    add(lambda side: rejected(side, side.source, missing))

    text = sign_in(world.acme.partner_admin).get("/partner/").text

    assert f"/partner/sources/{world.acme.source.public_id}/specification/#fields" in text


def test_what_happened_leads_to_what_it_happened_to(world, inside, sign_in):
    with inside(world.acme) as actor:
        sources.set_status(actor, db.session.merge(world.acme.source), SourceStatus.PAUSED)
        db.session.commit()
    browser, partner = sign_in(world.acme.admin), world.acme.partner.public_id

    for address in ("/admin/", f"/admin/partners/{partner}/"):
        text = browser.get(address).text
        link = f'<a href="/admin/sources/{world.acme.source.public_id}/"><bdi>acme-source</bdi>'
        assert f"paused the source {link}" in text


def test_what_has_no_page_leads_to_its_event(world, inside, sign_in):
    with inside(world.acme) as actor:
        audit.record(actor, "invite.sent", world.acme.invite)
        db.session.commit()

    text = sign_in(world.acme.admin).get("/admin/").text

    assert re.search(r'invited <a href="/admin/audit/event_\w+/"><bdi>acme-invitee@', text)


def test_a_job_over_many_rows_leaves_room_in_what_happened_last(world, inside, sign_in):
    with inside(world.acme) as actor:
        audit.record(actor, "partner.edited", world.acme.partner)
        job = background.ask(actor, "partners.pause", list="/admin/partners/")
        audit.record(actor, "job.asked", job, name="Pausing partners")
        worker = replace(actor, job_id=job.id)
        sources_of_acme = [source_of(world.acme.tenant, f"acme-{n}") for n in range(30)]
        db.session.add_all(sources_of_acme)
        for source in sources_of_acme:
            audit.record(worker, "source.edited", source, partner_id=world.acme.partner.id)
        db.session.commit()

    staff = sign_in(world.acme.admin)
    dashboard = staff.get("/admin/").text
    partner = staff.get(f"/admin/partners/{world.acme.partner.public_id}/").text

    assert "asked for a job over all that match" in dashboard
    assert "edited the source" not in dashboard
    assert partner.count("edited the source") == 1
    assert " and others" in partner
    assert " edited " in partner.replace("edited the source", "")
