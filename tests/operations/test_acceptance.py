"""An offer is taken once, by the person it was made to, with the role it holds at that moment."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models import (
    AuditEvent,
    Invite,
    Letter,
    Membership,
    Partner,
    PartnerStatus,
    Role,
    User,
    db,
    now,
)
from operations import acceptance, accounts, invites, offers
from operations.offers import Offer
from operations.refusal import Gone, Refusal


@pytest.fixture
def token(world, inside):
    """The link of Acme's pending invite."""
    with inside(world.acme):
        link = invites.fresh_link(db.session.get(Letter, key(world, world.acme.invite.letter_id)))
        db.session.commit()
    return link


@pytest.fixture
def offer(app, token):
    with app.app_context():
        yield offers.find(token)


def key(world, identifier):
    return world.acme.tenant.id, identifier


def person(settings, email="acme-invitee@mail.example"):
    return accounts.create(email, "Ann Lee", "correct horse battery", settings)


def found_again(offer):
    db.session.commit()
    row = db.session.scalar(
        select(Invite)
        .where(Invite.id == offer.invite.id)
        .options(*offers.WITH_IT)
        .execution_options(populate_existing=True)
    )
    return Offer(row, offer.tenant)


def change(offer, **values):
    """Change the row behind the offer's back, as another request would."""
    db.session.execute(
        update(Invite)
        .where(Invite.id == offer.invite.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def test_a_new_person_gets_an_account_and_the_membership(world, offer, settings):
    user, place = acceptance.accept_as_new(
        offer, "Ann Lee", "correct horse battery", "192.0.2.9", settings
    )

    member = place.membership
    assert (user.email, user.name) == ("acme-invitee@mail.example", "Ann Lee")
    assert (member.role, member.partner_id) == (Role.PARTNER_USER, world.acme.partner.id)
    assert member.invited_by_id == world.acme.admin.user_id
    db.session.refresh(offer.invite)
    assert (offer.invite.state, offer.invite.accepted_by_id) == ("accepted", user.id)


def test_the_sender_is_told_and_the_event_says_who(world, offer, settings):
    acceptance.accept(offer, person(settings), "192.0.2.9")

    letter = db.session.scalar(select(Letter).where(Letter.kind == "accepted"))
    noted = db.session.scalar(select(AuditEvent))
    assert letter.to_email == "acme-admin@mail.example"
    assert (letter.facts["person"], letter.facts["role"]) == ("Ann Lee", "Partner User")
    assert letter.facts["link"] == f"/admin/partners/{world.acme.partner.public_id}/users/"
    assert (noted.kind, noted.actor_name, noted.actor_is_staff, noted.partner_id) == (
        "invite.accepted",
        "Ann Lee",
        False,
        world.acme.partner.id,
    )


def test_a_sender_of_the_partner_is_led_to_their_own_panel(world, offer, settings):
    change(offer, sent_by_id=world.acme.partner_admin.id)
    again = found_again(offer)

    acceptance.accept(again, person(settings), "192.0.2.9")

    letter = db.session.scalar(select(Letter).where(Letter.kind == "accepted"))
    assert letter.facts["link"] == "/partner/users/"


def test_nobody_is_told_once_the_sender_is_gone(world, offer, settings):
    change(offer, sent_by_id=None)

    acceptance.accept(found_again(offer), person(settings), "192.0.2.9")

    assert db.session.scalar(select(Letter).where(Letter.kind == "accepted")) is None


def test_an_invite_to_the_staff_makes_a_staff_member(world, offer, settings):
    change(offer, partner_id=None, role=Role.SALES)
    again = found_again(offer)

    place = acceptance.accept(again, person(settings), "192.0.2.9")

    assert again.place == "acme-tenant"
    assert (place.membership.role, place.partner) == (Role.SALES, None)
    letter = db.session.scalar(select(Letter).where(Letter.kind == "accepted"))
    assert letter.facts["link"] == "/admin/team/"


def test_the_role_is_the_one_the_invite_holds_now(offer, settings):
    change(offer, role=Role.PARTNER_ADMIN)

    place = acceptance.accept(offer, person(settings), "192.0.2.9")

    assert place.membership.role is Role.PARTNER_ADMIN


def test_somebody_else_cannot_take_it(offer, settings):
    with pytest.raises(Refusal, match="acme-invitee"):
        acceptance.accept(offer, person(settings, "eve@mail.example"), "192.0.2.9")


@pytest.mark.parametrize(
    "change_of",
    [
        {"accepted_at": now()},
        {"declined_at": now()},
        {"revoked_at": now()},
        {"replaced_at": now()},
        {"token_hash": None},
        {"expires_at": now() - timedelta(minutes=1)},
    ],
)
def test_an_offer_that_ended_meanwhile_is_gone(offer, settings, change_of):
    change(offer, **change_of)

    with pytest.raises(Gone):
        acceptance.accept(offer, person(settings), "192.0.2.9")
    with pytest.raises(Gone):
        acceptance.decline(offer, "192.0.2.9")


def test_nobody_joins_an_archived_partner(world, offer, settings):
    db.session.get(Partner, key(world, world.acme.partner.id)).status = PartnerStatus.ARCHIVED
    db.session.flush()

    with pytest.raises(Gone):
        acceptance.accept(offer, person(settings), "192.0.2.9")


def test_a_member_is_told_so_instead_of_joining_twice(world, offer):
    change(offer, email="x", email_key="acme-partner-user@mail.example")
    again = found_again(offer)
    user = db.session.get(User, world.acme.partner_user.user_id)

    with pytest.raises(Refusal, match="already a user of acme-partner"):
        acceptance.accept(again, user, "192.0.2.9")


def test_somebody_who_was_removed_can_come_back(world, offer):
    member = db.session.get(Membership, key(world, world.acme.partner_user.id))
    member.removed_at = now()
    change(offer, email="x", email_key="acme-partner-user@mail.example")
    user = db.session.get(User, member.user_id)

    place = acceptance.accept(found_again(offer), user, "192.0.2.9")

    assert place.membership.id != member.id


def test_declining_adds_nobody_and_tells_the_sender(world, offer):
    acceptance.decline(offer, "192.0.2.9")

    db.session.refresh(offer.invite)
    letter = db.session.scalar(select(Letter).where(Letter.kind == "declined"))
    noted = db.session.scalar(select(AuditEvent))
    assert offer.invite.state == "declined"
    assert letter.facts["address"] == "acme-invitee@mail.example"
    assert letter.facts["link"] == f"/admin/partners/{world.acme.partner.public_id}/invites/"
    assert noted.kind == "invite.declined"


@pytest.mark.parametrize("token", ["", ".", "x", "x.y", "\u00fc.\u00fc"])
def test_a_link_that_nobody_made_offers_nothing(world, app, token):
    with app.app_context():
        offer = offers.find(token)

    assert offer is None


def test_a_link_of_one_tenant_opens_nothing_in_another(world, app, token):
    secret = token.partition(".")[2]

    with app.app_context():
        offer = offers.find(f"{world.rival.tenant.code}.{secret}")

    assert offer is None
