"""What partner people read of their own partner's events."""

import pytest

from models import db
from operations import audit


@pytest.fixture
def events(world, inside):
    """A change by staff that holds what only staff may read, one by the partner, a preview."""
    changed = {
        "before": {"phone": "111", "notes": "old-secret", "tags": ["tag-secret"]},
        "after": {"phone": "222", "notes": "new-secret", "account_manager": "manager-secret"},
    }
    with inside(world.acme) as actor:
        by_staff = audit.record(actor, "partner.edited", world.acme.partner, **changed)
        audit.record(actor, "preview.began", world.acme.partner)
        audit.record(actor, "partner.edited", world.acme.other_partner)
        db.session.commit()
    with inside(world.acme, world.acme.partner_admin) as actor:
        own = audit.record(
            actor, "member.removed", None, name="somebody", partner_id=actor.partner_id
        )
        db.session.commit()
    return by_staff, own


def test_staff_are_the_tenant_and_their_notes_stay_with_them(events, world, sign_in):
    browser = sign_in(world.acme.partner_admin)

    pages = [
        browser.get("/partner/activity/"),
        browser.get(f"/partner/activity/{events[0].public_id}/"),
        browser.get("/partner/activity/export"),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    for page in pages:
        assert "acme-tenant" in page.text
        assert "acme-admin" not in page.text
        assert "-secret" not in page.text
        assert "acme-other" not in page.text
    assert "192.0.2.7" not in pages[1].text
    assert "222" in pages[1].text


def test_previews_are_the_tenants_own_business(events, world, sign_in):
    assert "panel of" not in sign_in(world.acme.partner_admin).get("/partner/activity/").text


def test_only_ones_own_change_can_be_undone(events, world, sign_in):
    text = sign_in(world.acme.partner_admin).get("/partner/activity/").text

    assert f"/partner/activity/{events[1].public_id}/undo" in text
    assert f"/partner/activity/{events[0].public_id}/undo" not in text


def test_partner_users_do_not_read_it(world, sign_in):
    assert sign_in(world.acme.partner_user).get("/partner/activity/").status_code == 403


def test_another_partners_event_is_not_found(events, world, sign_in):
    browser = sign_in(world.rival.partner_admin)

    assert browser.get(f"/partner/activity/{events[0].public_id}/").status_code == 404
