"""The two dashboards."""

from sqlalchemy import update

from models import Invite, Partner, PartnerStatus, across_tenants, db, now


def test_staff_see_what_needs_attention(world, sign_in, app):
    browser = sign_in(world.acme.admin)

    answer = browser.get("/admin/")

    assert answer.status_code == 200
    assert "1 partner has no Partner Admin" in answer.text
    assert "acme-other" in answer.text
    assert "rival-" not in answer.text
