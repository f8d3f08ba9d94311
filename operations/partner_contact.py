"""A partner's contact details, which its own Partner Admins may edit too."""

from dataclasses import asdict, dataclass

from models import AuditEvent, Partner, PartnerStatus
from operations import partners
from operations.refusal import Forbidden, Refusal
from policy import Actor, Permission, may


@dataclass(frozen=True)
class Contact:
    """Whom to reach at the partner, and where. Each may be empty."""

    contact_name: str = ""
    contact_email: str = ""
    phone: str = ""
    website: str = ""


def edit_contact(
    actor: Actor, partner: Partner, version: int, wanted: Contact
) -> AuditEvent | None:
    """Change the contact details, by the rules that hold for staff too.

    Returns None where nothing is different.
    """
    if not may(actor, Permission.PARTNERS_EDIT_CONTACT):
        raise Forbidden("Your role does not include the contact details.")
    if not actor.is_staff and partner.status is not PartnerStatus.ACTIVE:
        raise Refusal(f"{partner.name} is {partner.status.value}: you can read, but not change.")
    return partners.save(actor, partner, version, "partner.contact_edited", asdict(wanted))
