"""The tenant's settings."""

import re

from models import Tenant, db

GOOD = {
    "name": "acme-new",
    "time_zone": "Europe/Athens",
    "currency": "eur",
    "invite_days": "",
    "idle_minutes": "60",
}


def test_an_admin_saves_them(world, sign_in, app):
    browser = sign_in(world.acme.admin)

    answer = browser.post("/admin/settings/", data=GOOD)

    assert answer.status_code == 303
    assert "Europe/Athens" in browser.get("/admin/settings/").text
    with app.app_context():
        tenant = db.session.get_one(Tenant, world.acme.tenant.id)
        assert (tenant.name, tenant.idle_minutes, tenant.invite_days) == ("acme-new", 60, None)


def test_what_cannot_be_comes_back_with_what_was_typed(world, sign_in):
    browser = sign_in(world.acme.admin)

    zone = browser.post("/admin/settings/", data={**GOOD, "time_zone": "Mars/Olympus"})
    days = browser.post("/admin/settings/", data={**GOOD, "invite_days": "31"})
    word = browser.post("/admin/settings/", data={**GOOD, "idle_minutes": "many"})

    assert [answer.status_code for answer in (zone, days, word)] == [422, 422, 422]
    assert "Mars/Olympus" in zone.text
    assert "Choose a time zone by its name" in zone.text
    assert "Choose from 1 to 30 days." in days.text


def test_everything_that_is_wrong_is_said_at_once(world, sign_in):
    wrong = {"name": "", "time_zone": "Mars/Olympus", "currency": "XYZ", "invite_days": "31"}

    answer = sign_in(world.acme.admin).post("/admin/settings/", data={**GOOD, **wrong})

    named = re.findall(r'id="([a-z_]+)-error"', answer.text)
    assert named == ["name", "time_zone", "currency", "invite_days"]


def test_others_do_not_open_them(world, sign_in):
    for member in (world.acme.support, world.acme.sales, world.acme.validation):
        assert sign_in(member).get("/admin/settings/").status_code == 403
        assert sign_in(member).post("/admin/settings/", data=GOOD).status_code == 403
