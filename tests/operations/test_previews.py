"""Previews: staff look at a partner's panel."""

import pytest

from models import LoginSession, PartnerStatus, Role, db
from operations import previews, sessions
from operations.refusal import Forbidden, Refusal


@pytest.fixture
def session(world, app):
    with app.app_context():
        sessions.begin(world.acme.admin.user, "192.0.2.7", "a browser")
        db.session.commit()
        return db.session.scalars(db.select(LoginSession)).one()


def test_a_preview_is_audited(world, inside, session):
    with inside(world.acme) as actor:
        event = previews.begin(actor, session, world.acme.partner, Role.PARTNER_USER)

        assert (event.kind, event.object_name) == ("preview.began", "acme-partner")
        assert event.after == {"role": "partner_user"}


def test_only_partner_roles_can_be_tried_and_only_by_those_who_may(world, inside, session):
    with inside(world.acme) as actor, pytest.raises(Forbidden):
        previews.begin(actor, session, world.acme.partner, Role.ADMIN)
    with inside(world.acme, world.acme.validation) as actor, pytest.raises(Forbidden):
        previews.begin(actor, session, world.acme.partner, Role.PARTNER_USER)
    with inside(world.acme, world.acme.partner_admin) as actor, pytest.raises(Forbidden):
        previews.begin(actor, session, world.acme.partner, Role.PARTNER_USER)


def test_an_archived_partner_has_no_panel_to_see(world, inside, session):
    world.acme.partner.status = PartnerStatus.ARCHIVED

    with inside(world.acme) as actor, pytest.raises(Refusal) as refused:
        previews.begin(actor, session, world.acme.partner, Role.PARTNER_USER)

    assert "is archived" in refused.value.sentence
