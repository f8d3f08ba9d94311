"""The form of a partner's fields, for a new one and for one that is edited."""

import uuid
from typing import Any

from flask import request
from sqlalchemy import select
from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired

from admin_views.ruled import tidied
from models import Membership, Partner, User, db
from models.base import public_id
from operations import details, partners
from operations.refusal import Invalid

GROUPS = (
    {
        "title": "Partner",
        "help": "What the panels and mails call it.",
        "fields": ["version", "name"],
    },
    {
        "title": "Contact",
        "help": "Whom to write to. Its Partner Admins can change this too.",
        "fields": ["contact_name", "contact_email", "phone", "website"],
    },
    {
        "title": "For staff",
        "help": "Never shown in the partner panel or in its exports.",
        "fields": ["account_manager", "tags", "notes"],
    },
    {
        "title": "Returned leads",
        "help": "What a return means for this partner.",
        "fields": ["show_returned", "deduct_returned"],
    },
)
ATTRIBUTES = {
    "name": {"maxlength": 200, "autocomplete": "off"},
    "contact_name": {"maxlength": 120, "autocomplete": "off"},
    "contact_email": {"maxlength": 254, "type": "email", "autocomplete": "off", "dir": "ltr"},
    "phone": {"maxlength": 40, "type": "tel", "autocomplete": "off", "dir": "ltr"},
    "website": {"maxlength": 290, "type": "url", "autocomplete": "off", "dir": "ltr"},
    "notes": {"maxlength": details.LONGEST_NOTES, "rows": 4, "dir": "auto"},
}
NOBODY = ("", "Nobody")


def _tags(text: str) -> str:
    return ", ".join(details.tags(text))


class PartnerForm(Form):
    """Every field that staff type."""

    name = StringField(
        "Name",
        [InputRequired("Give the partner a name."), tidied(details.name)],
        description="As it appears on invoices. Unique, ignoring capitals.",
    )
    contact_name = StringField("Contact name", [tidied(details.contact_name)])
    contact_email = StringField("Contact e-mail", [tidied(details.contact_email)])
    phone = StringField(
        "Phone",
        [tidied(details.phone)],
        description="With the country code, as in +1 312 555 0148.",
    )
    website = StringField("Website", [tidied(details.website)])
    account_manager = SelectField("Account manager", validate_choice=True)
    tags = StringField(
        "Tags",
        [tidied(_tags)],
        description=f"Separated by commas, at most {details.MOST_TAGS}. As in: auto, net 30",
    )
    notes = TextAreaField("Internal notes", [tidied(details.notes)])
    show_returned = BooleanField(
        "Show returned leads to the partner",
        default=True,
        description="They see the reason, never the buyer.",
    )
    deduct_returned = BooleanField("Leave returned leads out of the payout")
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """Give what operations/partners.py takes."""
        fields = {field: self[field].data for field in (*FIELDS, "tags")}
        return {**fields, "account_manager_id": member_id(self.account_manager.data)}

    def is_right(self, partner: Partner | None = None) -> bool:
        """Validate what was typed, and in the same answer whether the name is free."""
        is_valid = self.validate()
        if not self.name.errors and partners.is_taken(self.name.data or "", partner):
            self.refuse(Invalid("name", partners.TAKEN))
            return False
        return bool(is_valid)

    def refuse(self, invalid: Invalid) -> None:
        """Put an operation's sentence beside its field."""
        name = "account_manager" if invalid.field == "account_manager_id" else invalid.field
        self[name].errors = [invalid.sentence]


#: What the form and the row hold alike.
FIELDS = (
    "name",
    "contact_name",
    "contact_email",
    "phone",
    "website",
    "notes",
    "show_returned",
    "deduct_returned",
)


def empty() -> PartnerForm:
    """Build the form of a new partner."""
    return _with_staff(PartnerForm())


def posted() -> PartnerForm:
    """Read what was sent."""
    return _with_staff(PartnerForm(request.form))


def filled(partner: Partner, tags: list[str]) -> PartnerForm:
    """Build the form of a partner as it is now."""
    values = {field: getattr(partner, field) for field in (*FIELDS, "version")}
    manager = partner.account_manager
    values["account_manager"] = manager.public_id if manager else ""
    values["tags"] = ", ".join(tags)
    return _with_staff(PartnerForm(data=values), partner)


def posted_for(partner: Partner) -> PartnerForm:
    """Read what was sent about this partner."""
    return _with_staff(PartnerForm(request.form), partner)


STAFF = (
    select(Membership.id, User.name)
    .join(Membership.user)
    .where(Membership.partner_id.is_(None), Membership.removed_at.is_(None))
    .order_by(User.search_key)
)


def staff_choices() -> list[tuple[str, str]]:
    """Offer the tenant's staff by name."""
    found = db.session.execute(STAFF).all()
    return [(public_id(Membership.prefix, row.id), row.name) for row in found]


def member_id(text: str) -> uuid.UUID | None:
    """Read the chosen member, who was among the choices."""
    return Membership.parse_id(text) if text else None


def _with_staff(form: PartnerForm, partner: Partner | None = None) -> PartnerForm:
    """Offer the staff, and an account manager who has left the team since."""
    choices = [NOBODY, *staff_choices()]
    manager = partner.account_manager if partner else None
    if manager and manager.public_id not in dict(choices):
        choices.append((manager.public_id, f"{manager.user.name} (left the team)"))
    form.account_manager.choices = choices
    return form


def show_saved(form: PartnerForm, partner: Partner, tags: list[str]) -> None:
    """Say beside each field that differs what is saved now; the next save goes by that version."""
    now_saved = filled(partner, tags)
    for field in form:
        saved = now_saved[field.short_name]
        if field.short_name != "version" and (field.data or "") != (saved.data or ""):
            field.errors = [f"Saved meanwhile: {_said(saved)}"]
    form.version.data = str(partner.version)


def _said(field: Any) -> str:
    if isinstance(field.data, bool):
        return "on" if field.data else "off"
    words = dict(getattr(field, "choices", None) or ())
    return f"“{words.get(field.data, field.data)}”" if field.data else "nothing"
