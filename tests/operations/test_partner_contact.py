"""A partner's contact details."""

import pytest
from sqlalchemy import select

from models import Partner, PartnerStatus, db
from operations import partner_contact
from operations.partner_contact import Contact
from operations.refusal import Forbidden, Invalid, Refusal

GOOD = Contact("Lydia", "lydia@mail.example", "+1 312 555 0142", "www.mail.example")


def own(side):
    return db.session.scalars(select(Partner).where(Partner.id == side.partner.id)).one()


def test_a_partner_admin_changes_them_and_the_change_is_audited(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor:
        event = partner_contact.edit_contact(actor, own(world.acme), 1, GOOD)
        db.session.commit()

        assert own(world.acme).website == "https://www.mail.example"
        assert event.kind == "partner.contact_edited"
        assert event.after["contact_email"] == "lydia@mail.example"
        assert partner_contact.edit_contact(actor, own(world.acme), 2, GOOD) is None


def test_a_partner_user_does_not(world, inside):
    with inside(world.acme, world.acme.partner_user) as actor, pytest.raises(Forbidden):
        partner_contact.edit_contact(actor, own(world.acme), 1, GOOD)


def test_a_paused_partners_people_only_read(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor:
        partner = own(world.acme)
        partner.status = PartnerStatus.PAUSED

        with pytest.raises(Refusal):
            partner_contact.edit_contact(actor, partner, partner.version, GOOD)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Contact(contact_name="x" * 121), "contact_name"),
        (Contact(contact_name="x\x1by"), "contact_name"),
        (Contact(contact_name="x\u202ey"), "contact_name"),
        (Contact(website="https://www.mail.example@evil.example"), "website"),
        (Contact(contact_email="no address"), "contact_email"),
        (Contact(phone="call me"), "phone"),
        (Contact(website="javascript://alert.example/%0aalert(1)"), "website"),
        (Contact(website="https://nowhere"), "website"),
        (Contact(website="https://bank.example@evil.example"), "website"),
        (Contact(website="http://[broken"), "website"),
    ],
)
def test_what_cannot_be_is_refused_by_field(world, inside, wanted, field):
    with inside(world.acme) as actor, pytest.raises(Invalid) as refused:
        partner_contact.edit_contact(actor, own(world.acme), 1, wanted)

    assert refused.value.field == field
