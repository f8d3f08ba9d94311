"""Seeing a partner's panel as its people see it: looking, and nothing else."""

from sqlalchemy import update

from models import Membership, Partner, PartnerStatus, Role, across_tenants, db


def start(browser, side, role="partner_user"):
    form = {"partner": side.partner.public_id, "role": role}
    return browser.post("/admin/preview/start", data=form)


def change(app, table, row, **values):
    with app.app_context(), across_tenants(db.session):
        db.session.execute(update(table).where(table.id == row.id).values(**values))
        db.session.commit()


def test_staff_see_the_panel_as_the_role_sees_it(world, sign_in):
    browser = sign_in(world.acme.support)

    answer = start(browser, world.acme)
    panel = browser.get("/partner/")

    assert answer.status_code == 303
    assert answer.location == "/partner/"
    assert "You see the partner panel of acme-partner as a Partner User sees it." in panel.text
    assert "Leave preview" in panel.text
    assert "acme-source" in panel.text
    assert "acme-other" not in panel.text
    assert browser.get("/partner/activity/").status_code == 403


def test_nobody_reads_in_a_preview_what_their_own_role_does_not(world, sign_in):
    sales, admin = sign_in(world.acme.sales), sign_in(world.acme.admin)
    start(sales, world.acme, "partner_admin")
    start(admin, world.acme, "partner_admin")

    assert sales.get("/partner/users/").status_code == 200
    assert sales.get("/partner/activity/").status_code == 403
    assert sales.get("/partner/activity/export").status_code == 403
    assert admin.get("/partner/activity/").status_code == 200


def test_every_deed_is_refused(world, sign_in, app):
    browser = sign_in(world.acme.admin)
    start(browser, world.acme, "partner_admin")

    refused = {}
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods and rule.rule.startswith("/partner/"):
            values = dict.fromkeys(rule.arguments, "event_01h455vb4pex5vsknk084sn02q")
            with app.test_request_context():
                address = rule.build(values)[1]
            refused[rule.rule] = browser.post(address).status_code

    assert refused
    assert set(refused.values()) == {403}


def test_the_role_is_asked_for(world, sign_in):
    browser = sign_in(world.acme.sales)

    answer = browser.get(f"/admin/preview/?partner={world.acme.partner.public_id}")

    assert answer.status_code == 200
    assert "Start preview" in answer.text
    assert (
        browser.get(f"/admin/preview/?partner={world.rival.partner.public_id}").status_code == 404
    )


def test_leaving_goes_back_to_the_partner(world, sign_in):
    browser = sign_in(world.acme.admin)
    start(browser, world.acme)

    answer = browser.post("/admin/preview/stop")

    assert answer.location == f"/admin/partners/{world.acme.partner.public_id}/"
    assert browser.get("/partner/").status_code == 403
    assert browser.post("/admin/preview/stop").location == "/admin/"


def test_another_tenants_partner_is_not_found(world, sign_in):
    browser = sign_in(world.acme.admin)

    assert start(browser, world.rival).status_code == 404
    assert start(browser, world.acme, "admin").status_code == 404
    assert browser.get("/partner/").status_code == 403


def test_those_who_may_not_preview_do_not(world, sign_in):
    assert start(sign_in(world.acme.validation), world.acme).status_code == 403
    assert start(sign_in(world.acme.partner_admin), world.acme).status_code == 403


def test_it_ends_with_the_permission(world, sign_in, app):
    browser = sign_in(world.acme.sales)
    start(browser, world.acme)

    change(app, Membership, world.acme.sales, role=Role.DATA_VALIDATION)

    assert browser.get("/partner/").status_code == 403


def test_an_archived_partner_is_not_shown(world, sign_in, app):
    browser = sign_in(world.acme.admin)
    start(browser, world.acme)

    change(app, Partner, world.acme.partner, status=PartnerStatus.ARCHIVED)

    assert browser.get("/partner/").status_code == 403
    assert start(browser, world.acme).status_code == 409


def test_the_start_leads_to_the_panel_or_to_the_partners(world, sign_in):
    browser = sign_in(world.acme.admin)

    before = browser.get("/admin/preview/").location
    start(browser, world.acme)

    assert (before, browser.get("/admin/preview/").location) == ("/admin/partners/", "/partner/")
