"""A partner's contact details, which its own Partner Admins may edit too."""

import re
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from models import AuditEvent, Partner, PartnerStatus
from operations import audit
from operations.refusal import Forbidden, Invalid, Refusal
from policy import Actor, Permission, may

LIMITS = {"contact_name": 120, "contact_email": 254, "phone": 40, "website": 300}
PHONE = re.compile(r"\+?[\d\s().\-/]{3,}(\s?(x|ext\.?)\s?\d+)?", re.IGNORECASE)


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
    values = {key: " ".join(text.split()) for key, text in asdict(contact).items()}
    for key, limit in LIMITS.items():
        if len(values[key]) > limit:
            raise Invalid(key, f"Use at most {limit} characters.")
    if values["phone"] and not PHONE.fullmatch(values["phone"]):
        raise Invalid("phone", "Write a phone number, such as +1 312 555 0142.")
    return Contact(
        values["contact_name"],
        _address(values["contact_email"]),
        values["phone"],
        _website(values["website"]),
    )


def _address(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized if text else ""
    except EmailNotValidError as error:
        raise Invalid("contact_email", "This is not an e-mail address.") from error


def _website(text: str) -> str:
    """Only http and https: a link of another kind could run something when followed."""
    if not text:
        return ""
    full = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(full)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or "." not in host or " " in full or parts.scheme not in {"http", "https"}:
        raise Invalid("website", "Write an address such as https://www.example.com.")
    return full
