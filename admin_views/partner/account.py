"""The partner's own contact details."""

from typing import Any

from flask import abort, request
from sqlalchemy import select
from wtforms import Form, HiddenField, StringField

from admin_views.base import Panel, Screen, deed, now_at, page, shown_version
from models import Partner, PartnerStatus, db
from operations import partner_contact
from operations.partner_contact import Contact
from operations.refusal import Invalid, Stale
from policy import Permission, may
from visitor import tenant_name

STALE = (
    "Somebody else saved these details while you had them open. Yours were not saved yet: save"
    " again to put them in the place of theirs."
)


class ContactForm(Form):
    version = HiddenField()
    contact_name = StringField("Contact name")
    contact_email = StringField("Contact e-mail")
    phone = StringField("Phone")
    website = StringField("Website")

    def contact(self) -> Contact:
        """Hand what was typed to the operation, which checks it."""
        fields = (self.contact_name, self.contact_email, self.phone, self.website)
        return Contact(*(field.data or "" for field in fields))


ATTRIBUTES = {
    "contact_name": {"autocomplete": "name"},
    "contact_email": {"type": "email", "autocomplete": "email", "dir": "ltr"},
    "phone": {"type": "tel", "autocomplete": "tel", "dir": "ltr"},
    "website": {"inputmode": "url", "autocomplete": "url", "dir": "ltr"},
}


class PartnerAccount(Screen):
    """How the tenant reaches the partner: its Partner Admins edit it, its other people read it."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show the contact details, as a form for those who may change them."""
        partner = self._partner()
        if not self._may_edit(partner):
            return self.render("partner/account.html", partner=partner, tenant=tenant_name())
        return self._page(ContactForm(obj=partner))

    @deed("/", needs=Permission.PARTNERS_EDIT_CONTACT)
    def save(self) -> Any:
        """Keep what was typed."""
        form, partner = ContactForm(request.form), self._partner()
        version, contact = shown_version(form), form.contact()
        try:
            self.run(
                partner_contact.edit_contact,
                partner,
                version,
                contact,
                done="Contact details saved.",
            )
        except Invalid as error:
            db.session.rollback()
            form[error.field].errors = [error.sentence]
            return self._page(form, 422)
        except Stale:
            db.session.rollback()
            return self._page_again(form)
        return now_at(self.url("index_view"))

    def _page_again(self, form: ContactForm) -> Any:
        """Keep what was typed; saving once more then holds against what somebody else saved."""
        form.form_errors = [STALE]
        form.version.data = str(self._partner().version)
        return self._page(form, Stale.status)

    def _partner(self) -> Partner:
        wanted = select(Partner).where(Partner.id == self.actor.partner_id)
        return db.session.scalar(wanted) or abort(404)

    def _may_edit(self, partner: Partner) -> bool:
        is_active = partner.status is PartnerStatus.ACTIVE
        return is_active and may(self.actor, Permission.PARTNERS_EDIT_CONTACT)

    def _page(self, form: ContactForm, status: int = 200) -> Any:
        page = {
            "title": "Partner account",
            "lead": f"How {tenant_name()} reaches you.",
            "url": self.url("save"),
            "button": "Save contact details",
            "failed": "The contact details were not saved.",
        }
        context = {"page": page, "form": form, "attributes": ATTRIBUTES}
        return self.form_page("form.html", status, **context)
