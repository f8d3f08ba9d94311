"""A partner's contact details, which its own Partner Admins may edit too."""

from dataclasses import asdict, dataclass

from models import AuditEvent, Partner, PartnerStatus
from operations import audit, details
from operations.refusal import Forbidden, Refusal
from policy import Actor, Permission, may

LIMITS = {"contact_name": 120, "contact_email": 254, "phone": 40, "website": 300}


@dataclass(frozen=True)
class Contact:
    """Whom to reach at the partner, and where. Each may be empty."""

    contact_name: str = ""
    contact_email: str = ""
    phone: str = ""
    website: str = ""


def contact_of(partner: Partner) -> Contact:
    """Read the contact details of a partner."""
    return Contact(partner.contact_name, partner.contact_email, partner.phone, partner.website)


def edit_contact(actor: Actor, partner: Partner, wanted: Contact) -> AuditEvent | None:
    """Change the contact details. Returns None where nothing is different."""
    if not may(actor, Permission.PARTNERS_EDIT_CONTACT):
        raise Forbidden("Your role does not include the contact details.")
    if not actor.is_staff and partner.status is not PartnerStatus.ACTIVE:
        raise Refusal(f"{partner.name} is {partner.status.value}: you can read, but not change.")
    old, new = asdict(contact_of(partner)), asdict(checked(wanted))
    changed = [key for key in new if new[key] != old[key]]
    for key in changed:
        setattr(partner, key, new[key])
    if not changed:
        return None
    return audit.record(
        actor,
        "partner.contact_edited",
        partner,
        before={key: old[key] for key in changed},
        after={key: new[key] for key in changed},
    )


def checked(contact: Contact) -> Contact:
    """Give the details back as they are kept. Raises Invalid for the first that cannot be one."""
    return Contact(
        details.contact_name(contact.contact_name),
        details.contact_email(contact.contact_email),
        details.phone(contact.phone),
        details.website(contact.website),
    )
